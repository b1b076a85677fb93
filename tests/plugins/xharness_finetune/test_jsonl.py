"""Tasks from labelled JSONL files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import xharness
from xharness import Answer, Choices, Question, Text, TextPair, Words
from xharness_finetune.data.jsonl import labelled_task
from xharness_finetune.recipes.tables import Labelled

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, *lines: object, name: str = "train.jsonl") -> Path:
    """Writes one JSON value per line; bytes go in as they are."""
    file = folder / name
    file.write_bytes(b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines))
    return file


def task_of(folder: Path, kind: str, *lines: object, **table: Any) -> xharness.Task:
    """Returns the task of a file with these lines."""
    return labelled_task("mine", Labelled.model_validate({"kind": kind, "file": written(folder, *lines), **table}))


def examples(task: xharness.Task, split: str = "train") -> list[tuple[object, object]]:
    """Returns inputs and gold of a split."""
    loaded = task.load(xharness.DataRequest(language="en", split=split))
    return [(example.inputs, example.gold) for example in loaded.examples]


def test_classification(tmp_path: Path) -> None:
    """A text with a label; without a label set, it is the sorted set found; numbers and truth values are labels too."""
    lines = [{"text": "a", "label": 1}, {"text": "b", "label": True}, {"text": "c", "label": "x"}]
    task = task_of(tmp_path, "classification", *lines)
    assert task.labels == ("1", "true", "x")
    assert examples(task) == [(Text(text="a"), "1"), (Text(text="b"), "true"), (Text(text="c"), "x")]
    assert (task.metrics, task.main, task.head, task.splits) == (("accuracy",), ("accuracy",), "mine", ("train",))


def test_pairs_with_fields_of_other_names(tmp_path: Path) -> None:
    """Fields say where the parts are; a list of fields is joined by a space; blank lines are passed over."""
    line = {"p": "a", "q": "b", "h": "c", "gold": "yes"}
    fields = {"first": ["p", "q"], "second": "h", "label": "gold"}
    task = task_of(tmp_path, "pair_classification", line, b"", line, fields=fields, labels=["yes", "no"])
    assert task.labels == ("yes", "no")
    assert examples(task) == [(TextPair(first="a b", second="c"), "yes")] * 2
    loaded = task.load(xharness.DataRequest(language="en", split="train"))
    assert [example.id for example in loaded.examples] == ["1", "3"]


def test_tagging(tmp_path: Path) -> None:
    """Words with a tag each; the label set is that of the tags."""
    task = task_of(tmp_path, "tagging", {"words": ["a", "b"], "tags": ["N", "V"]}, {"words": ["c"], "tags": ["N"]})
    assert (task.labels, task.metrics) == (("N", "V"), ("token_accuracy",))
    assert examples(task) == [(Words(words=("a", "b")), ("N", "V")), (Words(words=("c",)), ("N",))]


def test_questions(tmp_path: Path) -> None:
    """A question with the answer's text and, if given, its start; empty and null say "none" where that may be."""
    with_start = {"question": "where", "context": "in rome", "answer": "rome", "start": 3}
    without = {"question": "where", "context": "in rome", "answer": "rome"}
    none = {"question": "who", "context": "in rome", "answer": None}
    empty = {"question": "who", "context": "in rome", "answer": ""}
    inputs = Question(question="where", context="in rome")
    task = task_of(tmp_path, "span_qa", with_start, without)
    assert examples(task) == [(inputs, (Answer(text="rome", start=3),)), (inputs, (Answer(text="rome"),))]
    assert (task.metrics, task.labels, task.unanswerable) == (("squad",), (), False)
    task = task_of(tmp_path, "span_qa", with_start, none, empty, unanswerable=True)
    assert [gold for _, gold in examples(task)] == [(Answer(text="rome", start=3),), (), ()]
    assert (task.metrics, task.unanswerable) == (("squad_v2",), True)


@pytest.mark.parametrize("label", [1, "1", "B", "b", " B ", "is wet"])
def test_the_right_option(label: object, tmp_path: Path) -> None:
    """The right option is given as number from 0, as letter, or as its text; the options in one field or in several."""
    spread = {"context": "rain", "o1": "is dry", "o2": "is wet", "label": label}
    task = task_of(tmp_path, "multiple_choice", spread, fields={"options": ["o1", "o2"]})
    assert task.labels == ("0", "1")
    assert examples(task) == [(Choices(context="rain", options=("is dry", "is wet")), "1")]
    listed = {"options": ["is dry", "is wet"], "label": label}
    task = task_of(tmp_path, "multiple_choice", listed)
    assert examples(task) == [(Choices(context="", options=("is dry", "is wet")), "1")]


def test_an_option_that_reads_as_a_letter_or_number_is_taken_by_its_text(tmp_path: Path) -> None:
    """Where a label is the text of one option, that option is meant, even if it looks like a letter or a number."""
    task = task_of(tmp_path, "multiple_choice", {"options": ["2", "A", "1"], "label": "A"})
    assert examples(task)[0][1] == "1"
    task = task_of(tmp_path, "multiple_choice", {"options": ["2", "A", "1"], "label": "1"})
    assert examples(task)[0][1] == "2"


PAIR = {"first": "a", "second": "b", "label": "x"}
ASKED = {"question": "q", "context": "rome", "answer": "rome"}


@pytest.mark.parametrize(
    ("kind", "line", "message"),
    [
        ("pair_classification", {"frist": "a", "second": "b", "label": "x"}, "no field 'first'.*did you mean frist"),
        ("pair_classification", {**PAIR, "second": 3}, r"field 'second' \(second\) is 3; expected a text"),
        ("pair_classification", {**PAIR, "label": None}, "has null; expected a label"),
        ("pair_classification", {**PAIR, "label": 0.5}, "has 0.5; expected a label"),
        ("tagging", {"words": "a b", "tags": ["N"]}, "expected a list of texts"),
        ("tagging", {"words": ["a", "b"], "tags": ["N"]}, "2 words and 1 tags"),
        ("tagging", {"words": [], "tags": []}, "0 words and 0 tags"),
        ("tagging", {"words": ["a"], "tags": "N"}, "expected a list with a tag for each word"),
        ("span_qa", {**ASKED, "answer": ""}, "is empty.*unanswerable = true"),
        ("span_qa", {**ASKED, "answer": 3}, "expected a text"),
        ("span_qa", {**ASKED, "start": 4}, "from 0 to 3"),
        ("span_qa", {**ASKED, "start": True}, "from 0 to 3"),
        ("multiple_choice", {"options": ["a"], "label": 0}, "1 options; expected at least 2"),
        ("multiple_choice", {"options": ["a", "b"], "label": 2}, r"number \(0 to 1\), letter \(A to B\) or text"),
        ("multiple_choice", {"options": ["a", "b"], "label": "C"}, 'is "C"; expected the right option'),
        ("multiple_choice", {"options": ["a", "b"], "label": False}, "is false"),
        ("classification", ["a"], "expected one JSON object per line"),
        ("classification", b'{"text": ', "malformed JSON"),
        ("classification", b'{"text": "\xff"}', "not valid UTF-8"),
    ],
)
def test_errors_name_file_and_line(kind: str, line: object, message: str, tmp_path: Path) -> None:
    """What is wrong in a line is refused with file, line and field."""
    good = {
        "pair_classification": PAIR,
        "tagging": {"words": ["a"], "tags": ["N"]},
        "span_qa": ASKED,
        "multiple_choice": {"options": ["a", "b"], "label": 0},
        "classification": {"text": "a", "label": "x"},
    }[kind]
    with pytest.raises(xharness.DataError, match=rf"train\.jsonl, line 2: .*{message}"):
        task_of(tmp_path, kind, good, line)


def test_labels_are_those_of_the_training_file(tmp_path: Path) -> None:
    """A development label or tag that the head does not have is refused, with near matches."""
    dev = written(tmp_path, {**PAIR, "label": "entailmnt"}, name="dev.jsonl")
    lines = [{**PAIR, "label": "entailment"}, {**PAIR, "label": "neutral"}]
    task = task_of(tmp_path, "pair_classification", *lines, dev_file=dev)
    assert task.splits == ("train", "dev")
    with pytest.raises(
        xharness.DataError, match=r"dev\.jsonl, line 1: the label 'entailmnt' is none of .*mean entailment"
    ):
        examples(task, "dev")


def test_absent_and_empty_files_are_refused(tmp_path: Path) -> None:
    """A file that is not there or has no line is refused before anything is trained; so is a split without a file."""
    with pytest.raises(xharness.MissingDataError, match=r"There is no file .*gone\.jsonl"):
        labelled_task("mine", Labelled(kind="classification", file=tmp_path / "gone.jsonl"))
    with pytest.raises(xharness.DataError, match=r"train\.jsonl has no examples"):
        task_of(tmp_path, "classification", b"", b" ")
    task = task_of(tmp_path, "classification", {"text": "a", "label": "x"})
    with pytest.raises(xharness.MissingDataError, match=r"no dev file.*\[tasks\.mine\] dev_file"):
        examples(task, "dev")


def test_another_file_can_stand_in(tmp_path: Path) -> None:
    """A request's file is read instead of the recipe's, in the same form; sources name no folders."""
    task = task_of(tmp_path, "classification", {"text": "a", "label": "x"})
    other = written(tmp_path, {"text": "b", "label": "x"}, name="other.jsonl")
    split = task.load(xharness.DataRequest(language="en", split="train", file=other))
    assert [example.inputs for example in split.examples] == [Text(text="b")]
    assert split.source == "other.jsonl, labelled JSONL"


@pytest.mark.shared
def test_real_files_of_two_distributions(shared: Path) -> None:
    """Social IQa and COPA are read as they are distributed, with fields named."""
    folder = shared / "data" / "train" / "commonsense"
    social = labelled_task(
        "social",
        Labelled(
            kind="multiple_choice",
            file=folder / "socialIQa_v1.4_dev.jsonl",
            fields={
                "context": ("context", "question"),
                "options": ("answerA", "answerB", "answerC"),
                "label": "correct",
            },
        ),
    )
    found = examples(social)
    assert (len(found), social.labels) == (1954, ("0", "1", "2"))
    assert found[0] == (
        Choices(
            context="Tracy didn't go home that evening and resisted Riley's attacks. What does Tracy need to do before this?",
            options=("make a new plan", "Go home and see Riley", "Find somewhere to go"),
        ),
        "2",
    )
    copa = labelled_task(
        "copa",
        Labelled(
            kind="multiple_choice",
            file=folder / "copa_train.en.jsonl",
            fields={"context": ("premise", "question"), "options": ("choice1", "choice2")},
        ),
    )
    assert (len(examples(copa)), copa.labels) == (400, ("0", "1"))
