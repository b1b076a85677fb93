"""Which tasks a network's head answers, and what its outputs mean there."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from xharness import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xharness import Task


class HeadType(StrEnum):
    """What stands on top of an encoder."""

    SEQUENCE = "sequence classification"
    TOKEN = "token classification"  # noqa: S105
    QUESTION = "question answering"
    CHOICE = "multiple choice"
    MASKED = "masked language model"
    NONE = "no head"


NEEDED: Mapping[str, HeadType] = {
    Kind.CLASSIFICATION: HeadType.SEQUENCE,
    Kind.PAIR_CLASSIFICATION: HeadType.SEQUENCE,
    Kind.TAGGING: HeadType.TOKEN,
    Kind.SPAN_QA: HeadType.QUESTION,
    Kind.MULTIPLE_CHOICE: HeadType.CHOICE,
}
"""Task kind → the head it needs; retrieval and mining need none."""

LABELLED = frozenset({HeadType.SEQUENCE, HeadType.TOKEN})
ENCODING = frozenset({Kind.RETRIEVAL, Kind.MINING})

_AUTO = {
    HeadType.SEQUENCE: "AutoModelForSequenceClassification",
    HeadType.TOKEN: "AutoModelForTokenClassification",
    HeadType.QUESTION: "AutoModelForQuestionAnswering",
    HeadType.CHOICE: "AutoModelForMultipleChoice",
    HeadType.MASKED: "AutoModelForMaskedLM",
    HeadType.NONE: "AutoModel",
}
_ADAPTER_TASKS = {
    "SEQ_CLS": HeadType.SEQUENCE,
    "TOKEN_CLS": HeadType.TOKEN,
    "QUESTION_ANS": HeadType.QUESTION,
    "FEATURE_EXTRACTION": HeadType.NONE,
}
_ENDINGS = {
    "ForSequenceClassification": HeadType.SEQUENCE,
    "ForTokenClassification": HeadType.TOKEN,
    "ForQuestionAnswering": HeadType.QUESTION,
    "ForQuestionAnsweringSimple": HeadType.QUESTION,
    "ForMultipleChoice": HeadType.CHOICE,
    "ForMaskedLM": HeadType.MASKED,
}

OFFSET_POSITIONS = frozenset(
    {
        "camembert", "data2vec-text", "esm", "ibert", "lilt", "longformer", "luke", "markuplm", "mpnet", "roberta",
        "roberta-prelayernorm", "xlm-roberta", "xlm-roberta-xl", "xmod",
    }
)  # fmt: skip
"""Model types that count positions from pad_token_id + 1, so that as many rows of the table are never used.

Source: `create_position_ids_from_input_ids` in these models' code, transformers 5.23.
"""
NO_LIMIT = 2**31 - 1
"""Positions of networks without a table of absolute positions."""


def head_type(architecture: str) -> HeadType:
    """Returns the head that a class name such as "XLMRobertaForTokenClassification" promises."""
    return next((kind for ending, kind in _ENDINGS.items() if architecture.endswith(ending)), HeadType.NONE)


def adapter_head_type(configuration: Mapping[str, Any]) -> HeadType:
    """Returns the head that an adapter was trained with, by task_type or by the class it wrapped."""
    task_type = configuration.get("task_type")
    if task_type in _ADAPTER_TASKS:
        return _ADAPTER_TASKS[task_type]
    return head_type(str((configuration.get("auto_mapping") or {}).get("base_model_class", "")))


def auto_class(kind: HeadType, config: Any) -> Any:
    """Returns the Auto class that loads networks with this head; of encoder-decoders without head only the encoder."""
    import transformers

    if kind is HeadType.NONE and config.is_encoder_decoder:
        return transformers.AutoModelForTextEncoding
    return getattr(transformers, _AUTO[kind])


def network_class(kind: HeadType, config: Any) -> Any | None:
    """Returns the transformers class that is loaded, None if transformers has none (or runs the checkpoint's own code)."""
    return auto_class(kind, config)._model_mapping.get(type(config), None)


def max_positions(config: Any) -> int:
    """Returns the longest input in subwords, special tokens included; `NO_LIMIT` without absolute positions."""
    rows = getattr(config, "max_position_embeddings", None)
    if not isinstance(rows, int) or rows <= 0:
        return NO_LIMIT
    offset = config.pad_token_id + 1 if config.model_type in OFFSET_POSITIONS else 0
    return rows - offset


def needed_head(task: Task, own: HeadType) -> HeadType | None:
    """Returns the head that `task` needs; for kinds of other plugins the one there is; None for a bare encoder."""
    if task.kind in ENCODING:
        return None
    return NEEDED.get(task.kind, own)
