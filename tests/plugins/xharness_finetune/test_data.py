"""Training data: drawn, checked, refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
import xharness
from xharness_finetune.data.loading import draw, load_training_data

from .conftest import examples_of, make_task

if TYPE_CHECKING:
    from pathlib import Path

Request = Callable[..., xharness.TrainRequest]
PAIR = xharness.Kind.PAIR_CLASSIFICATION


def test_drawing_depends_on_seed_and_head_alone() -> None:
    """The same seed and head draw the same examples, in the order of the data; another of either draws others."""
    examples = examples_of(PAIR, 50, seed=1)
    drawn = draw(examples, 20, seed=3, head="xnli")
    assert drawn == draw(examples, 20, seed=3, head="xnli")
    places = [examples.index(example) for example in drawn]
    assert places == sorted(set(places))
    assert len(places) == 20
    assert drawn != draw(examples, 20, seed=4, head="xnli")
    assert drawn != draw(examples, 20, seed=3, head="pawsx")
    assert draw(examples, None, seed=3, head="xnli") == draw(examples, 99, seed=3, head="xnli") == examples


def test_loader_is_asked_for_english_training_data(request_for: Request, tmp_path: Path) -> None:
    """The task's own loader gets language, split, folder, stand-in and revision of the request."""
    asked: list[xharness.DataRequest] = []
    task = make_task(PAIR, head="xnli")
    given = task.load

    def load(request: xharness.DataRequest) -> xharness.Split:
        asked.append(request)
        return given(request)

    file = tmp_path / "file.tsv"
    file.write_text("", encoding="utf-8")
    recording = dataclasses.replace(task, load=load)
    load_training_data(recording, request_for("e", task, files={"xnli": file}, data=tmp_path, revision="abc"))
    assert asked == [
        xharness.DataRequest(language="en", split="train", data=tmp_path, file=file, revision="abc"),
    ]


def _changed(kind: str, **changes: object) -> list[xharness.Example]:
    examples = examples_of(kind, 5, seed=1)
    return [*examples[:3], dataclasses.replace(examples[3], **changes), examples[4]]


@pytest.mark.parametrize(
    ("kind", "examples", "message"),
    [
        (PAIR, [], r"xnli/en: the train data \(made up\) are empty;.*--train-data xnli=FILE"),
        (PAIR, _changed(PAIR, gold=None), r"example 4 \(id 3\).*it has no gold"),
        (PAIR, _changed(PAIR, gold="ugly"), r"example 4 .*label is 'ugly', expected one of bad, good"),
        (PAIR, _changed(PAIR, inputs=xharness.Text(text="one")), "inputs are Text, expected a pair"),
        (
            PAIR,
            [dataclasses.replace(example, gold="good") for example in examples_of(PAIR, 5, seed=1)],
            "all 5 training examples have the label 'good'",
        ),
        (xharness.Kind.TAGGING, _changed("tagging", gold=("O",)), r"it has \d words and 1 tags"),
        (
            xharness.Kind.TAGGING,
            _changed("tagging", inputs=xharness.Words(words=("a",)), gold=("VERB",)),
            "tag 'VERB' is none of ANIMAL, CITY, O",
        ),
        (xharness.Kind.SPAN_QA, _changed("span_qa", gold=()), "it has no answer"),
        (
            xharness.Kind.SPAN_QA,
            [
                dataclasses.replace(example, gold=(xharness.Answer(text="oslo"),))
                for example in examples_of("span_qa", 3, seed=1)
            ],
            "no answer of the train data .* is in its context",
        ),
    ],
)
def test_data_that_cannot_be_learnt_from_are_refused(
    kind: str, examples: list[xharness.Example], message: str, request_for: Request
) -> None:
    """Empty, unlabelled, mislabelled, misaligned or one-class data are refused with place and remedy."""
    task = make_task(kind, head="xnli", examples=examples)
    with pytest.raises(xharness.DataError, match=message):
        load_training_data(task, request_for("e", task))


def test_questions_without_their_answer_are_counted(request_for: Request) -> None:
    """A question whose answer is not in its context is left out and counted."""
    examples = _changed("span_qa", gold=(xharness.Answer(text="oslo"),))
    task = make_task(xharness.Kind.SPAN_QA, head="squad", examples=examples)
    data = load_training_data(task, request_for("e", task))
    assert (len(data.examples), data.skipped, data.available) == (4, 1, 5)


def test_absent_stand_in_is_refused(request_for: Request, tmp_path: Path) -> None:
    """A stand-in file that does not exist is named with its flag."""
    task = make_task(PAIR, head="xnli")
    with pytest.raises(xharness.DataError, match=r"there is no training file .*gone\.tsv; .*--train-data xnli=FILE"):
        load_training_data(task, request_for("e", task, files={"xnli": tmp_path / "gone.tsv"}))
