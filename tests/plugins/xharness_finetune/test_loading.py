"""Training data: read, drawn, held out, checked, refused."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
import xharness
from xharness.identity import of_file, of_split, of_training
from xharness_finetune.data.loading import Source, TrainingData, draw, file_of, hold_out, load_training_data
from xharness_finetune.recipes.settings import TaskSettings

from .conftest import examples_of, make_task

if TYPE_CHECKING:
    from pathlib import Path

PAIR = xharness.Kind.PAIR_CLASSIFICATION
TAGGING = xharness.Kind.TAGGING
SPAN = xharness.Kind.SPAN_QA
CHOICE = xharness.Kind.MULTIPLE_CHOICE


def load(task: xharness.Task, *, seed: int = 3, source: Source | None = None, **settings: object) -> TrainingData:
    """Loads a task's data with settings as a recipe has them."""
    wanted = TaskSettings.model_validate(settings)
    return load_training_data(task, wanted, source or Source(folder=None), seed=seed, key=f"target.{task.head}")


# ---- which examples are used ------------------------------------------------------------------------------------------


def test_drawing_depends_on_seed_and_name_alone() -> None:
    """The same seed and task name draw the same examples, in the order of the data; another of either draws others."""
    examples = examples_of(PAIR, 50, seed=1)
    drawn = draw(examples, 20, seed=3, name="xnli")
    assert drawn == draw(examples, 20, seed=3, name="xnli")
    places = [examples.index(example) for example in drawn]
    assert places == sorted(set(places))
    assert len(places) == 20
    assert drawn != draw(examples, 20, seed=4, name="xnli")
    assert drawn != draw(examples, 20, seed=3, name="pawsx")
    assert draw(examples, None, seed=3, name="xnli") == draw(examples, 99, seed=3, name="xnli") == examples


def test_loader_is_asked_for_training_and_development_data(tmp_path: Path) -> None:
    """The task's own loader gets language, split, folder, stand-in and revision; the stand-in is for training only."""
    asked: list[xharness.DataRequest] = []
    task = make_task(PAIR, head="xnli")
    given = task.load

    def recorded(request: xharness.DataRequest) -> xharness.Split:
        asked.append(request)
        return given(request)

    file = tmp_path / "file.tsv"
    file.write_text("", encoding="utf-8")
    source = Source(folder=tmp_path, revision="abc")
    load(dataclasses.replace(task, load=recorded), source=source, file=file)
    assert asked == [
        xharness.DataRequest(language="en", split="train", data=tmp_path, file=file, revision="abc"),
        xharness.DataRequest(language="en", split="dev", data=tmp_path, revision="abc"),
    ]


def test_fingerprint_is_of_all_that_is_available() -> None:
    """The fingerprint does not depend on how many examples are used, but on every one that is there."""
    task = make_task(PAIR, head="xnli")
    split = task.load(xharness.DataRequest(language="en", split="train"))
    some, every = load(task, max_examples=10), load(task)
    assert (len(some.examples), len(every.examples), len(some.every)) == (10, 96, 96)
    assert some.fingerprint == every.fingerprint == of_training(split)
    other = make_task(PAIR, head="xnli", examples=examples_of(PAIR, 96, seed=9))
    assert load(other).fingerprint != every.fingerprint


def test_several_languages_are_read_one_after_the_other(tmp_path: Path) -> None:
    """Each language's file is that of the placeholder; the examples of all are used and each file is on record."""
    for language in ("de", "sw"):
        (tmp_path / f"train-{language}.tsv").write_text(language, encoding="utf-8")
    pattern = tmp_path / "train-{language}.tsv"
    assert file_of(pattern, "sw") == tmp_path / "train-sw.tsv"
    task = make_task(PAIR, head="xnli", languages=("de", "sw"))
    data = load(task, languages=("de", "sw"), file=pattern)
    assert (len(data.examples), data.languages) == (192, ("de", "sw"))
    hashes = [of_file(tmp_path / f"train-{language}.tsv") for language in ("de", "sw")]
    assert [one["sha256"] for one in data.stand_ins] == hashes
    assert data.fingerprint != load(task, languages=("de",), file=pattern).fingerprint


def test_open_label_set_is_filled_from_all_data() -> None:
    """A tagging task without labels gets the sorted tags of training and development data; a given set stays as it is."""
    one = xharness.Example(id="0", cluster="0", inputs=xharness.Words(words=("a",)), gold=("X",))
    task = make_task(TAGGING, head="ccg", examples=[one], labels=())
    assert load(task).task.labels == ("ANIMAL", "CITY", "O", "X")
    assert load(make_task(TAGGING, head="panx")).task.labels == ("O", "ANIMAL", "CITY")


# ---- development data -------------------------------------------------------------------------------------------------


def paragraphs(n: int, each: int) -> list[xharness.Example]:
    """Returns questions in clusters of `each`."""
    made = examples_of(SPAN, n, seed=1)
    return [dataclasses.replace(one, cluster=str(index // each)) for index, one in enumerate(made)]


def test_holding_out_takes_whole_clusters_whatever_the_seed() -> None:
    """Questions on one paragraph are held out together, at least the share asked for, the same ones for every seed."""
    examples = paragraphs(60, each=4)
    kept, held = hold_out(examples, 0.2, name="squad")
    assert len(held) == 12
    assert not {one.cluster for one in kept} & {one.cluster for one in held}
    assert {one.id for one in kept} | {one.id for one in held} == {one.id for one in examples}
    task = make_task(SPAN, head="squad", examples=examples)
    first, second = (load(task, seed=seed, holdout=0.2, max_examples=20) for seed in (1, 2))
    assert first.dev is not None
    assert second.dev is not None
    assert [one.id for one in first.dev.examples] == [one.id for one in second.dev.examples]
    assert {one.id for one in first.examples} != {one.id for one in second.examples}
    for data in (first, second):
        assert data.held_out
        assert len(data.examples) == 20
        assert not {one.id for one in data.examples} & {one.id for one in first.dev.examples}


def test_first_development_examples_are_scored() -> None:
    """At most `dev_examples` are scored, the first ones, and the fingerprint is of those."""
    data = load(make_task(PAIR, head="xnli"), dev_examples=7)
    assert data.dev is not None
    assert [one.id for one in data.dev.examples] == [str(index) for index in range(7)]
    assert data.dev_fingerprint == of_split(data.dev)


def test_development_file_is_read_as_training_data_are(tmp_path: Path) -> None:
    """A file given for development is read in the form that every loader knows, and stands in for the task's own."""
    file = tmp_path / "mine.tsv"
    file.write_text("", encoding="utf-8")
    task = make_task(SPAN, head="squad", splits=("train",))
    data = load(task, dev_file=file)
    assert data.dev is not None
    assert (data.dev.name, data.dev.source, data.held_out) == ("dev", "read from mine.tsv", False)


def _without_gold(request: xharness.DataRequest) -> xharness.Split:
    split = make_task(PAIR, head="xnli").load(request)
    if request.split == "train":
        return split
    return dataclasses.replace(split, examples=[dataclasses.replace(one, gold=None) for one in split.examples])


def _without_dev(request: xharness.DataRequest) -> xharness.Split:
    if request.split == "dev":
        raise xharness.MissingDataError("xnli/en: no dev-en.tsv.")
    return make_task(PAIR, head="xnli").load(request)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"splits": ("train", "test")}, "the task has no dev split"),
        ({"load": _without_gold}, "its gold is not at hand"),
        ({"load": _without_dev}, r"no dev-en\.tsv"),
    ],
)
def test_absent_development_data_are_no_error_but_a_reason(changes: dict[str, object], reason: str) -> None:
    """Without development data training is possible; why there are none is kept in words."""
    data = load(make_task(PAIR, head="xnli", **changes))
    assert (data.dev, data.dev_fingerprint) == (None, None)
    assert reason.replace("\\", "") in data.no_dev


# ---- what cannot be learnt from ---------------------------------------------------------------------------------------


def _changed(kind: str, **changes: object) -> list[xharness.Example]:
    examples = examples_of(kind, 5, seed=1)
    return [*examples[:3], dataclasses.replace(examples[3], **changes), examples[4]]


@pytest.mark.parametrize(
    ("kind", "examples", "message"),
    [
        (PAIR, [], r"xnli/en: the train data \(made up\) are empty;.*--set target\.xnli\.file=FILE"),
        (PAIR, _changed(PAIR, gold=None), r"example 4 \(id 3\).*it has no gold"),
        (PAIR, _changed(PAIR, gold="ugly"), r"example 4 .*label is 'ugly', expected one of bad, good"),
        (PAIR, _changed(PAIR, inputs=xharness.Text(text="one")), "inputs are Text, expected a pair"),
        (
            PAIR,
            [dataclasses.replace(example, gold="good") for example in examples_of(PAIR, 5, seed=1)],
            "all 5 training examples have the label 'good'",
        ),
        (TAGGING, _changed("tagging", gold=("O",)), r"it has \d words and 1 tags"),
        (
            TAGGING,
            _changed("tagging", inputs=xharness.Words(words=("a",)), gold=("VERB",)),
            "tag 'VERB' is none of O, ANIMAL, CITY",
        ),
        (SPAN, _changed("span_qa", gold=()), "it has no answer"),
        (SPAN, _changed("span_qa", gold="rome"), "its gold is no list of answers"),
        (
            SPAN,
            [
                dataclasses.replace(example, gold=(xharness.Answer(text="oslo"),))
                for example in examples_of("span_qa", 3, seed=1)
            ],
            "no answer of the train data .* is in its context",
        ),
        (CHOICE, _changed(CHOICE, gold="3"), "its right option is '3', expected one of 0, 1, 2"),
        (
            CHOICE,
            _changed(CHOICE, inputs=xharness.Choices(context="a", options=("b",)), gold="0"),
            "expected a context with at least two options",
        ),
        (CHOICE, _changed(CHOICE, inputs=xharness.Choices(context="a", options=("b", "c")), gold="2"), "one of 0, 1"),
    ],
)
def test_data_that_cannot_be_learnt_from_are_refused(kind: str, examples: list[xharness.Example], message: str) -> None:
    """Empty, unlabelled, mislabelled, misaligned or one-class data are refused with place and remedy."""
    task = make_task(kind, head="xnli", examples=examples)
    with pytest.raises(xharness.DataError, match=message):
        load(task)


def test_questions_without_their_answer_are_counted() -> None:
    """A question whose answer is not in its context is left out and counted."""
    examples = _changed("span_qa", gold=(xharness.Answer(text="oslo"),))
    data = load(make_task(SPAN, head="squad", examples=examples))
    assert (len(data.examples), data.skipped, len(data.every)) == (4, 1, 5)


def test_unanswerable_questions_are_kept() -> None:
    """Where a task has questions without an answer, these are training data as any other."""
    task = make_task(SPAN, head="squad-v2.0", examples=_changed("span_qa", gold=()), unanswerable=True)
    data = load(task)
    assert (len(data.examples), data.skipped) == (5, 0)


def test_bad_development_file_is_an_error_and_a_bad_split_a_reason(tmp_path: Path) -> None:
    """A development file that was named must fit; the task's own split that does not is left out with the reason."""
    good, bad = make_task(PAIR, head="xnli"), examples_of(TAGGING, 5, seed=1)

    def mixed(request: xharness.DataRequest) -> xharness.Split:
        split = good.load(request)
        return dataclasses.replace(split, examples=bad) if request.file or request.split == "dev" else split

    task = dataclasses.replace(good, load=mixed)
    data = load(task)
    assert data.dev is None
    assert "expected a pair" in data.no_dev
    file = tmp_path / "mine.tsv"
    file.write_text("", encoding="utf-8")
    with pytest.raises(xharness.DataError, match=r"expected a pair.*--set target\.xnli\.dev_file=FILE"):
        load(task, dev_file=file)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"file": "gone.tsv"}, r"there is no training file .*gone\.tsv"),
        ({"dev_file": "gone.tsv"}, r"target\.xnli: there is no development file .*gone\.tsv"),
        ({"file": "a.tsv", "languages": ("en", "de")}, r"holds one language.*train-\{language\}\.tsv"),
    ],
)
def test_files_that_are_not_there_are_refused(settings: dict[str, object], message: str) -> None:
    """A file that does not exist is named, and one file for two languages is refused with the placeholder."""
    with pytest.raises(xharness.HarnessError, match=message):
        load(make_task(PAIR, head="xnli"), **settings)
