"""Questions in SQuAD's two forms."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from xharness import Answer, DataError, Question

if TYPE_CHECKING:
    from .conftest import Load, Write

CONTEXT = "Nairobi is the capital of Kenya."
ANSWERED = {"id": "q1", "question": "Which city?", "answers": [{"text": "Nairobi", "answer_start": 1}]}
UNANSWERED = {
    "id": "q2",
    "question": "When?",
    "answers": [],
    "is_impossible": True,
    "plausible_answers": [{"text": "Kenya", "answer_start": 26}],
}


def squad(*entries: dict[str, Any]) -> str:
    """A file with these questions on one passage."""
    paragraphs = [{"context": CONTEXT, "qas": list(entries)}]
    return json.dumps({"version": "v2.0", "data": [{"title": "t", "paragraphs": paragraphs}]})


@pytest.mark.parametrize("folder", ["squad-v1.1", "squad"])
def test_version_one_keeps_offsets_as_given(write: Write, load: Load, folder: str) -> None:
    """Questions are read in order with their own ids, answers as the file has them, and share the passage's cluster."""
    write(f"{folder}/train-v1.1.json", squad(ANSWERED, {**ANSWERED, "id": "q3"}))
    split = load("squad-v1.1")
    assert [(one.id, one.cluster, one.gold) for one in split.examples] == [
        ("q1", "q1", (Answer(text="Nairobi", start=1),)),
        ("q3", "q1", (Answer(text="Nairobi", start=1),)),
    ]
    assert split.examples[0].inputs == Question(question="Which city?", context=CONTEXT)
    assert split.source == f"{folder}/train-v1.1.json"


def test_version_two_has_questions_without_answer(write: Write, load: Load) -> None:
    """An impossible question has gold (), its plausible answers are not read."""
    write("squad/dev-v2.0.json", squad({**ANSWERED, "is_impossible": False}, UNANSWERED))
    assert [one.gold for one in load("squad-v2.0", "dev").examples] == [(Answer(text="Nairobi", start=1),), ()]


def test_version_two_from_answered_questions_only_says_so(write: Write, load: Load) -> None:
    """A v1.1 file for SQuAD v2.0 is read, and a note says that nothing teaches "no answer"."""
    split = load("squad-v2.0", file=write("v1.json", squad(ANSWERED)))
    assert "Every question has an answer: nothing teaches when there is none." in split.notes


def test_repeated_ids_are_replaced_by_numbers(write: Write, load: Load) -> None:
    """Training files of other sets repeat ids: questions are numbered then, and a note counts the repetitions."""
    split = load("squad-v1.1", file=write("mine.json", squad(ANSWERED, ANSWERED)))
    assert [(one.id, one.cluster) for one in split.examples] == [("0", "0"), ("1", "0")]
    assert "Question ids that repeat: 1; questions are numbered instead." in split.notes


def test_version_one_refuses_questions_without_answer(write: Write, load: Load) -> None:
    """A v2.0 file for SQuAD v1.1 is refused with the question's place, and the other task is named."""
    with pytest.raises(
        DataError, match=r"squad-v1\.1/en: .*data\[0\]\.paragraphs\[0\]\.qas\[1\]: question 'q2' has no"
    ):
        load("squad-v1.1", file=write("v2.json", squad(ANSWERED, UNANSWERED)))


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({**UNANSWERED, "is_impossible": False}, r"qas\[0\] is not is_impossible, but has no answer"),
        ({**ANSWERED, "is_impossible": True}, r"qas\[0\] is is_impossible, but has answers"),
        ({**ANSWERED, "id": 5}, r"qas\[0\]\.id is int, not a string"),
    ],
)
def test_malformed_questions_name_their_place(write: Write, load: Load, entry: dict[str, Any], message: str) -> None:
    """A missing field, another type and contradictory fields are errors with file and place."""
    with pytest.raises(DataError, match=rf"mine\.json: data\[0\]\.paragraphs\[0\]\.{message}\. Expected is SQuAD's"):
        load("squad-v2.0", file=write("mine.json", squad(copy.deepcopy(entry))))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"data": [\n  x]}', r"mine\.json, line 2, column 3: malformed JSON"),
        ('{"data": []}', r"mine\.json: there are no questions at all"),
        ("", r"mine\.json is empty"),
    ],
)
def test_files_that_are_no_squad_are_refused(write: Write, load: Load, content: str, message: str) -> None:
    """Broken JSON and another form are errors that name the file."""
    with pytest.raises(DataError, match=rf"squad-v1\.1/en: .*{message}"):
        load("squad-v1.1", file=write("mine.json", content))
