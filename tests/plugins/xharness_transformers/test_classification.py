"""Classification: labels by name, truncation, order, and outputs that are not finite."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
import torch  # noqa: TID253  # the tests need it anyway
import xharness_transformers
from xharness import Example, Kind, PredictionError, Settings, Split, Task, Text, TextPair, Words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from xharness.records import Inputs

WORDS = "the a man woman dog cat eats runs sleeps in on at park house big small".split()


def _split(inputs: list[Any], task: str = "xnli") -> Split:
    examples = [Example(id=f"e{row}", cluster=str(row), inputs=item) for row, item in enumerate(inputs)]
    return Split(task=task, language="sw", name="test", examples=examples, version="1", source="made up")


def _texts(count: int) -> list[str]:
    return [" ".join(WORDS[(row * step) % 16] for step in range(1, 2 + (row * 7) % 23)) for row in range(count)]


def _pairs(count: int) -> list[Inputs]:
    texts = _texts(2 * count)
    return [TextPair(first=first, second=second) for first, second in zip(texts[::2], texts[1::2], strict=True)]


def _predictor(folder: Path, task: Task, **settings: Any) -> Any:
    chosen = Settings(device="cpu", **settings)
    return xharness_transformers.xharness_predict(_model(folder, **settings), task, chosen)


def _model(folder: Path, **settings: Any) -> Any:
    return xharness_transformers.xharness_load(str(folder), Settings(device="cpu", **settings))


def _run(predictor: Any, split: Split) -> Any:
    return predictor.predict(predictor.prepare(split), lambda _: None)


def _one_by_one(folder: Path, inputs: list[Any], max_length: int) -> list[str]:
    """The labels by transformers alone: one input at a time, the tokenizer's own call."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    network = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    labels = []
    for item in inputs:
        tensors = tokenizer(*item.parts(), truncation=True, max_length=max_length, return_tensors="pt")
        with torch.inference_mode():
            labels.append(network.config.id2label[int(network(**tensors).logits.argmax())])
    return labels


@pytest.mark.parametrize("checkpoint", ["bert_nli", "xlmr_nli"])
def test_labels_are_those_of_a_plain_loop(
    checkpoint: str, tasks: Mapping[str, Task], request: pytest.FixtureRequest
) -> None:
    """Batching, sorting and alignment by name change no label, with segments (BERT) and without (XLM-R)."""
    folder, inputs = request.getfixturevalue(checkpoint), _pairs(80)
    found = _run(_predictor(folder, tasks["xnli"]), _split(inputs))
    assert found.values == [label.lower() for label in _one_by_one(folder, inputs, 128)]
    assert len(set(found.values)) > 1
    assert list(found.ids) == [f"e{row}" for row in range(80)]


def test_single_texts_are_classified(bert_nli: Path, tasks: Mapping[str, Task]) -> None:
    """A task of kind classification asks about one text."""
    inputs: list[Inputs] = [Text(text=text) for text in _texts(40)]
    found = _run(_predictor(bert_nli, tasks["topics"]), _split(inputs, "topics"))
    assert found.values == [label.lower() for label in _one_by_one(bert_nli, inputs, 128)]


def test_batch_size_changes_no_label(bert_nli: Path, tasks: Mapping[str, Task]) -> None:
    """One row at a time or everything at once: the same labels, and neither is part of the signature."""
    split = _split(_pairs(60))
    one, all_rows = (_predictor(bert_nli, tasks["xnli"], batch_tokens=budget) for budget in (1, 100_000))
    assert _run(one, split).values == _run(all_rows, split).values
    assert one.signature == all_rows.signature == {"max_length": 128, "dtype": "float32"}


def test_long_pairs_are_cut_from_the_longer_side_and_counted(bert_nli: Path, tasks: Mapping[str, Task]) -> None:
    """128 subwords at most, as the tokenizer's longest-first truncation leaves them; the record says how many were cut."""
    long = " ".join(WORDS * 10)
    inputs: list[Inputs] = [
        TextPair(first=long, second="the dog"),
        TextPair(first="a cat", second=long),
        TextPair(first=long, second=long),
        TextPair(first="a", second="dog"),
    ]
    predictor = _predictor(bert_nli, tasks["xnli"])
    found = _run(predictor, _split(inputs))
    assert found.values == [label.lower() for label in _one_by_one(bert_nli, inputs, 128)]
    assert found.record["truncated"] == 3
    assert predictor.prepare(_split(inputs)).work == 3 * 128 + 5


def test_the_networks_positions_limit_the_length(write_checkpoint: Any, tasks: Mapping[str, Task]) -> None:
    """A network with 40 positions gets 40 subwords, and the signature says so."""
    labels = ("contradiction", "entailment", "neutral")
    folder = write_checkpoint(head="sequence", labels=labels, max_position_embeddings=40)
    predictor = _predictor(folder, tasks["xnli"])
    assert predictor.signature["max_length"] == 40
    assert predictor.prepare(_split([TextPair(first=" ".join(WORDS * 9), second="a")])).work == 40


def test_outputs_outside_the_task_are_never_chosen(write_checkpoint: Any, tasks: Mapping[str, Task]) -> None:
    """A head with a further class answers with the task's labels only, however high that class's logit is."""
    labels = ("contradiction", "entailment", "neutral", "no idea")
    folder = write_checkpoint(head="sequence", labels=labels)
    model = _model(folder)
    with torch.no_grad():
        model.loaded(tasks["xnli"]).network.classifier.bias[3] = 1000.0
    predictor: Any = xharness_transformers.xharness_predict(model, tasks["xnli"], Settings(device="cpu"))
    assert set(_run(predictor, _split(_pairs(30))).values) <= set(labels[:3])


def test_empty_texts_get_a_label(bert_nli: Path, tasks: Mapping[str, Task]) -> None:
    """Empty and blank sentences are predicted like all others."""
    inputs: list[Inputs] = [
        TextPair(first="", second=""),
        TextPair(first=" ", second="dog"),
        TextPair(first="\u200b", second=""),
    ]
    found = _run(_predictor(bert_nli, tasks["xnli"]), _split(inputs))
    assert all(value in tasks["xnli"].labels for value in found.values)


def test_a_split_without_examples_has_no_predictions(bert_nli: Path, tasks: Mapping[str, Task]) -> None:
    """Nothing in, nothing out."""
    assert _run(_predictor(bert_nli, tasks["xnli"]), _split([])).values == []


@pytest.mark.parametrize(("dtype", "remedy"), [("bfloat16", "--dtype float32"), ("float32", "check the checkpoint")])
def test_logits_that_are_not_finite_are_an_error(
    bert_nli: Path, tasks: Mapping[str, Task], dtype: str, remedy: str
) -> None:
    """The message names task, language, example and remedy."""
    model = _model(bert_nli, dtype=dtype)
    with torch.no_grad():
        model.loaded(tasks["xnli"]).network.classifier.bias[0] = float("nan")
    predictor: Any = xharness_transformers.xharness_predict(model, tasks["xnli"], Settings(device="cpu", dtype=dtype))
    with pytest.raises(PredictionError, match=rf"xnli/sw: example e\d+: .*NaN or infinity in {dtype}.*{remedy}"):
        _run(predictor, _split(_pairs(5)))


def test_inputs_of_another_kind_are_an_error(bert_nli: Path, tasks: Mapping[str, Task]) -> None:
    """A split whose inputs do not fit the task, or that has gold only, is refused by example."""
    predictor = _predictor(bert_nli, tasks["xnli"])
    with pytest.raises(PredictionError, match="example e0 has Words inputs; this predictor needs TextPair"):
        predictor.prepare(_split([Words(words=("a",))]))
    with pytest.raises(PredictionError, match="example e1 has no inputs"):
        predictor.prepare(_split([*_pairs(1), None]))


def test_preparing_in_another_thread_changes_nothing(bert_nli: Path, tasks: Mapping[str, Task]) -> None:
    """Splits of several languages prepared at the same time are those prepared one after another."""
    predictor = _predictor(bert_nli, tasks["xnli"])
    splits = [_split(_pairs(50 + number)) for number in range(6)]
    expected = [predictor.prepare(split).payload.rows.tokens.tolist() for split in splits]
    found: dict[int, list[int]] = {}

    def prepare(number: int) -> None:
        found[number] = predictor.prepare(splits[number]).payload.rows.tokens.tolist()

    threads = [threading.Thread(target=prepare, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[number] for number in range(6)] == expected


def test_bfloat16_agrees_with_float32_where_the_margin_is_clear(bert_nli: Path, tasks: Mapping[str, Task]) -> None:
    """The blocked attention of bfloat16 gives the labels of float32 on nearly all inputs."""
    assert tasks["xnli"].kind == Kind.PAIR_CLASSIFICATION
    split = _split(_pairs(200))
    single, half = (_run(_predictor(bert_nli, tasks["xnli"], dtype=dtype), split) for dtype in ("float32", "bfloat16"))
    equal = sum(left == right for left, right in zip(single.values, half.values, strict=True))
    assert equal >= 190
