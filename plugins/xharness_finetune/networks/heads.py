"""A new head on a pretrained encoder."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xharness import CheckpointError, Kind

from xharness_finetune.encoder import reset_tokenizer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Set
    from pathlib import Path

    from transformers import PreTrainedModel
    from xharness import Task

    from xharness_finetune.encoder import Encoder

_CLASSES: Mapping[str, str] = {
    Kind.CLASSIFICATION: "AutoModelForSequenceClassification",
    Kind.PAIR_CLASSIFICATION: "AutoModelForSequenceClassification",
    Kind.TAGGING: "AutoModelForTokenClassification",
    Kind.SPAN_QA: "AutoModelForQuestionAnswering",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHead:
    """A network to train; `initialised` names its parameters that are not the encoder's but drawn at random."""

    network: PreTrainedModel
    initialised: tuple[str, ...]


def new_head(encoder: Encoder, task: Task) -> NewHead:
    """Returns the encoder with a freshly drawn head for the task, in float32; a head that it had is dropped.

    Takes its random numbers from torch's global generator: seed it before. Raises CheckpointError if the weights cannot
    be read, do not fill the encoder, or the architecture has no such head.
    """
    import torch
    import transformers

    options: dict[str, Any] = {"trust_remote_code": False}
    names = dict(enumerate(task.labels))
    labels = {"id2label": names, "label2id": {label: index for index, label in names.items()}} if names else {}
    with quiet_loading():
        try:
            config = transformers.AutoConfig.from_pretrained(encoder.transformer, **labels, **options)
            body, loading = transformers.AutoModel.from_pretrained(
                encoder.transformer, dtype=torch.float32, use_safetensors=True, output_loading_info=True, **options
            )
        except Exception as err:  # parsers of configuration and weights have no common root
            raise CheckpointError(
                f"{task.head}: the weights of the encoder {encoder.folder} cannot be loaded ({err}). Copy its files again "
                f"from where they were saved; encoders that need code of their own are not run."
            ) from err
        _check_filled(encoder, loading)
        try:
            network = getattr(transformers, _CLASSES[task.kind]).from_config(config, dtype=torch.float32, **options)
        except ValueError as err:
            raise CheckpointError(
                f"{task.head}: an encoder of type {config.model_type!r} has no head for {task.kind} tasks in transformers; "
                f"leave the task out (--tasks) or take another encoder."
            ) from err
    return NewHead(network=network, initialised=_fill(network, body, encoder, set(loading["missing_keys"])))


def save(network: PreTrainedModel, tokenizer: Any, folder: Path) -> None:
    """Writes a transformers directory with safetensors; raises OSError if that fails."""
    from safetensors import SafetensorError

    reset_tokenizer(tokenizer)
    with quiet_loading():
        try:
            network.save_pretrained(folder)
        except SafetensorError as err:  # how a full disk shows
            raise OSError(str(err)) from err
    tokenizer.save_pretrained(folder)


@contextmanager
def quiet_loading() -> Iterator[None]:
    """Keeps transformers' table of new and dropped weights and its loading bar off the screen: both are wanted here."""
    from transformers.utils import logging as library

    loader = logging.getLogger("transformers.modeling_utils")
    had_bar = library.is_progress_bar_enabled()
    library.disable_progress_bar()
    loader.addFilter(_is_no_load_report)
    try:
        yield
    finally:
        loader.removeFilter(_is_no_load_report)
        if had_bar:
            library.enable_progress_bar()


def _is_no_load_report(record: logging.LogRecord) -> bool:
    return "LOAD REPORT" not in record.getMessage()


def _check_filled(encoder: Encoder, loading: Mapping[str, Any]) -> None:
    """Raises CheckpointError if any weight but the pooler's, which masked language models lack, was not in the files."""
    absent = sorted(name for name in loading["missing_keys"] if "pooler" not in name)
    if absent:
        raise CheckpointError(
            f"The weights of the encoder {encoder.folder} lack {len(absent)} tensors that its config.json asks for (first: "
            f"{absent[0]}): they would be random. Configuration and weights must come from the same save."
        )


def _fill(network: Any, body: Any, encoder: Encoder, drawn: Set[str]) -> tuple[str, ...]:
    """Copies the encoder's weights into the network and returns the names of the parameters that it did not have.

    `drawn` names those of `body` that were random already.
    """
    inner = network.base_model
    outcome = inner.load_state_dict(body.state_dict(), strict=False)
    absent = [name for name in outcome.missing_keys if "pooler" not in name]
    if inner is network or absent:
        raise CheckpointError(
            f"The encoder {encoder.folder} ({type(body).__name__}) does not fit into {type(network).__name__}: "
            f"{absent[0] if absent else 'it has no encoder of its own'}. Take another encoder."
        )
    prefix = f"{network.base_model_prefix}."
    taken = {prefix + name for name in body.state_dict().keys() - drawn}
    return tuple(name for name, _ in network.named_parameters() if name not in taken)
