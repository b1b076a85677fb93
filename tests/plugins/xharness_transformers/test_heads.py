"""What class names, configurations and tasks say about heads."""

from __future__ import annotations

import importlib
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from xharness_transformers import heads
from xharness_transformers.heads import HeadType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xharness import Task


@pytest.mark.parametrize(
    ("architecture", "expected"),
    [
        ("XLMRobertaForSequenceClassification", HeadType.SEQUENCE),
        ("BertForTokenClassification", HeadType.TOKEN),
        ("BertForQuestionAnswering", HeadType.QUESTION),
        ("XLMForQuestionAnsweringSimple", HeadType.QUESTION),
        ("BertForMaskedLM", HeadType.MASKED),
        ("BertModel", HeadType.NONE),
        ("BertForMultipleChoice", HeadType.CHOICE),
        ("unknown", HeadType.NONE),
    ],
)
def test_the_class_name_tells_the_head(architecture: str, expected: HeadType) -> None:
    """The head is read off the class name in the configuration."""
    assert heads.head_type(architecture) is expected


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        ({"task_type": "SEQ_CLS"}, HeadType.SEQUENCE),
        ({"task_type": "TOKEN_CLS"}, HeadType.TOKEN),
        ({"task_type": "QUESTION_ANS"}, HeadType.QUESTION),
        ({"task_type": None, "auto_mapping": {"base_model_class": "BertForMaskedLM"}}, HeadType.MASKED),
        ({"task_type": "FEATURE_EXTRACTION"}, HeadType.NONE),
        ({"task_type": None, "auto_mapping": None}, HeadType.NONE),
    ],
)
def test_an_adapter_tells_the_head_it_was_trained_with(configuration: Mapping[str, object], expected: HeadType) -> None:
    """The head of an adapter is its task_type, or the class that it wrapped."""
    assert heads.adapter_head_type(configuration) is expected


def test_positions_that_are_never_used_do_not_count() -> None:
    """BERT takes as many subwords as its table has rows, RoBERTa's family pad_token_id + 1 fewer."""
    from transformers import BertConfig, T5Config, XLMRobertaConfig

    assert heads.max_positions(BertConfig(max_position_embeddings=512)) == 512
    assert heads.max_positions(XLMRobertaConfig(max_position_embeddings=514, pad_token_id=1)) == 512
    assert heads.max_positions(T5Config()) == heads.NO_LIMIT


def test_the_longest_input_runs_and_one_more_does_not() -> None:
    """The limit is exact: a network takes an input of max_positions subwords, and fails on one subword more."""
    import torch
    from transformers import AutoModel, BertConfig, XLMRobertaConfig

    shape = {
        "vocab_size": 9,
        "hidden_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 1,
        "intermediate_size": 8,
    }
    for config in (
        BertConfig(max_position_embeddings=12, **shape),
        XLMRobertaConfig(max_position_embeddings=12, **shape),
    ):
        network, limit = AutoModel.from_config(config).eval(), heads.max_positions(config)
        network(input_ids=torch.full((1, limit), 5))
        with pytest.raises((IndexError, RuntimeError)):
            network(input_ids=torch.full((1, limit + 1), 5))


@pytest.mark.slow
def test_offset_positions_are_those_of_transformers() -> None:
    """Every model type in the list counts positions from the padding id, by the code that is installed."""
    from transformers import CONFIG_MAPPING

    for model_type in sorted(heads.OFFSET_POSITIONS):
        package = CONFIG_MAPPING[model_type].__module__
        source = importlib.util.find_spec(re.sub(r"\.configuration_", ".modeling_", package))
        assert source is not None, model_type
        with open(str(source.origin), encoding="utf-8") as stream:  # noqa: PTH123
            assert "create_position_ids_from_input_ids" in stream.read(), model_type


def test_tasks_of_other_kinds_take_the_head_there_is(tasks: Mapping[str, Task]) -> None:
    """A kind of another plugin uses the checkpoint's own head; retrieval needs none."""
    other = replace(tasks["xnli"], kind="my kind")
    assert heads.needed_head(other, HeadType.TOKEN) is HeadType.TOKEN
    assert heads.needed_head(tasks["tatoeba"], HeadType.TOKEN) is None
    assert heads.needed_head(tasks["xquad"], HeadType.TOKEN) is HeadType.QUESTION


def test_networks_without_a_limit_keep_none() -> None:
    """A configuration whose table of positions is switched off has no limit."""
    config = SimpleNamespace(max_position_embeddings=-1, model_type="deberta-v2", pad_token_id=0)
    assert heads.max_positions(config) == heads.NO_LIMIT
