"""Multiple choice: the option is that of the network's own choice among all, whatever is batched with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch  # noqa: TID253  # the tests need it anyway
import xharness_transformers
from transformers import AutoModelForMultipleChoice, AutoTokenizer  # noqa: TID253
from xharness import Choices, DataError, Example, Kind, NoHead, PredictionError, Settings, Split, Task, Text

if TYPE_CHECKING:
    from pathlib import Path

    from tiny_checkpoints import WriteCheckpoint

WORDS = "the a man woman dog cat eats runs sleeps in on at park house big small".split()


def _no_data(request: Any) -> Split:
    raise DataError("no data")


TASK = Task(
    name="places", version="1", kind=Kind.MULTIPLE_CHOICE, labels=("0", "1", "2"), languages=("en",),
    metrics=("accuracy",), main=("accuracy",), head="places", load=_no_data,
)  # fmt: skip


def _questions(count: int) -> list[Choices]:
    """Questions with two or three options of many lengths; every fifth has no context."""

    def text(seed: int) -> str:
        return " ".join(WORDS[(seed * step) % 16] for step in range(1, 2 + seed % 11))

    return [
        Choices(
            context="" if row % 5 == 0 else text(row + 3),
            options=tuple(text(7 * row + option) for option in range(2 + row % 2)),
        )
        for row in range(count)
    ]


def _split(inputs: list[Any]) -> Split:
    examples = [Example(id=f"e{row}", cluster=str(row), inputs=item) for row, item in enumerate(inputs)]
    return Split(task="places", language="en", name="test", examples=examples, version="1", source="made up")


def _predict(folder: Path, split: Split, **settings: Any) -> Any:
    chosen = Settings(device="cpu", **settings)
    model = xharness_transformers.xharness_load(str(folder), chosen)
    assert model is not None
    predictor = xharness_transformers.xharness_predict(model, TASK, chosen)
    assert predictor is not None
    return predictor.predict(predictor.prepare(split), lambda _: None)


def _by_transformers(folder: Path, questions: list[Choices]) -> list[str]:
    """The choices by transformers alone: all options of one question in one call."""
    network, tokenizer = (
        AutoModelForMultipleChoice.from_pretrained(folder).eval(),
        AutoTokenizer.from_pretrained(folder),
    )
    chosen = []
    for item in questions:
        columns = [[item.context] * len(item.options), list(item.options)] if item.context else [list(item.options)]
        tensors = tokenizer(*columns, padding=True, return_tensors="pt")
        with torch.inference_mode():
            logits = network(**{name: values[None] for name, values in tensors.items()}).logits
        chosen.append(str(int(logits[0].argmax())))
    return chosen


@pytest.mark.parametrize("family", ["bert", "xlmr"])
def test_choices_are_those_of_a_plain_loop(family: str, write_checkpoint: WriteCheckpoint) -> None:
    """Computing options one by one, sorted and batched, changes no choice, with and without a context."""
    folder, questions = write_checkpoint(family=family, head="choice", seed=4), _questions(60)
    found = _predict(folder, _split(questions))
    assert found.values == _by_transformers(folder, questions)
    assert set(found.values) == {"0", "1", "2"}
    assert _predict(folder, _split(questions), batch_tokens=40).values == found.values
    assert found.record["truncated"] == 0


def test_checkpoint_without_such_a_head_does_not_answer(bert_nli: Path) -> None:
    """A classifier of texts is no head for multiple choice, and the reason says what is needed."""
    model = xharness_transformers.xharness_load(str(bert_nli), Settings(device="cpu"))
    assert model is not None
    head = model.head(TASK)
    assert isinstance(head, NoHead)
    assert "no head for multiple choice, which places needs" in head.reason


def test_inputs_of_another_kind_are_refused(write_checkpoint: WriteCheckpoint) -> None:
    """A loader that yields texts for a multiple-choice task is told which example is wrong."""
    folder = write_checkpoint(head="choice", seed=4)
    with pytest.raises(PredictionError, match=r"places/en: example e0 has Text inputs.*needs Choices"):
        _predict(folder, _split([Text(text="a man")]))


def test_damaged_weights_name_the_option(write_checkpoint: WriteCheckpoint) -> None:
    """Logits that are not finite are refused with the example and the option, and nothing is answered."""
    from safetensors.torch import load_file, save_file

    folder = write_checkpoint(head="choice", seed=5)
    weights = load_file(folder / "model.safetensors")
    weights["classifier.bias"].fill_(float("nan"))
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(PredictionError, match=r"example e\d+, option \d: the network returned NaN"):
        _predict(folder, _split(_questions(4)))
