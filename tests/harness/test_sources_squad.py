"""Questions in SQuAD's form, from files and from the hub's tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from xharness import Answer, DataError
from xharness.sources import squad
from xharness.sources.hub import Table
from xharness.sources.squad import Asked

if TYPE_CHECKING:
    from pathlib import Path

ENTRY = {"id": "q1", "question": "Which city?", "answers": [{"text": "Nairobi", "answer_start": 1}]}


def read(folder: Path, content: object) -> list[Asked]:
    """The questions of a file with this content."""
    path = folder / "mine.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return squad.read_questions(path)


def paragraphs(*entries: dict[str, Any]) -> list[dict[str, Any]]:
    """One article with these questions on one passage."""
    return [{"paragraphs": [{"context": "Nairobi.", "qas": list(entries)}]}]


def table(answers: list[object]) -> Table:
    """A hub's table with a question for each of these answers."""
    names = [f"q{row}" for row in range(len(answers))]
    columns = {"id": names, "question": names, "context": ["c"] * len(answers), "answers": answers}
    return Table(columns=columns, classes={}, source="hub a/b@c, train", remedy="Do this.")


def test_questions_are_read_as_given(tmp_path: Path) -> None:
    """Ids, starts (wrong or absent ones too) and is_impossible are the file's own; places say where a question stands."""
    other = {"id": "q1", "question": "?", "answers": [{"text": "x", "answer_start": None}], "is_impossible": False}
    found = read(tmp_path, {"data": paragraphs(ENTRY, other, {**ENTRY, "answers": [], "is_impossible": True})})
    assert found[0] == Asked(
        place=f"{tmp_path / 'mine.json'}: data[0].paragraphs[0].qas[0]",
        id="q1",
        question="Which city?",
        context="Nairobi.",
        answers=(Answer(text="Nairobi", start=1),),
    )
    assert [one.answers for one in found[1:]] == [(Answer(text="x"),), ()]
    assert [one.impossible for one in found] == [None, False, True]
    assert read(tmp_path, paragraphs(ENTRY)) == found[:1]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ([{"paragraphs": [{"qas": []}]}], r"data\[0\]\.paragraphs\[0\] has no 'context'"),
        ([{}], r"data\[0\] has no 'paragraphs'"),
        ({"a": 1}, r"data is dict, not a list"),
        ({"data": {"a": 1}}, r"data is dict, not a list"),
        (paragraphs({"id": 3}), r"data\[0\]\.paragraphs\[0\]\.qas\[0\]\.id is int, not a string"),
        (paragraphs({"id": "q", "question": "?"}), r".*qas\[0\] has no 'answers'"),
        (paragraphs({**ENTRY, "answers": "Nairobi"}), r".*qas\[0\]\.answers is str, not a list"),
        (paragraphs({**ENTRY, "answers": ["Nairobi"]}), r".*qas\[0\]\.answers\[0\] has no 'text'"),
        (paragraphs(), "there are no questions at all"),
        ({"data": []}, "there are no questions at all"),
    ],
)
def test_another_structure_names_the_place(tmp_path: Path, content: object, problem: str) -> None:
    """JSON that is not in SQuAD's form is refused with the place inside it."""
    with pytest.raises(DataError, match=rf"mine\.json: {problem}\. Expected is SQuAD's form"):
        read(tmp_path, content)


def test_tables_give_the_same_questions() -> None:
    """A hub's row is a question with its answers; empty lists are none."""
    found = squad.questions_of(table([{"text": ["a", "b"], "answer_start": [0, 3]}, {"text": [], "answer_start": []}]))
    assert [one.answers for one in found] == [(Answer(text="a", start=0), Answer(text="b", start=3)), ()]
    assert (found[1].place, found[1].id, found[1].impossible) == ("hub a/b@c, train, row 1", "q1", None)


@pytest.mark.parametrize("answers", [["a"], {"text": ["a"]}, {"text": ["a"], "answer_start": []}])
def test_answers_in_another_form_name_the_row(answers: object) -> None:
    """Answers that are no two lists of one length are refused with the row."""
    with pytest.raises(DataError, match=r"^hub a/b@c, train, row 0: answers has no lists text and answer_start"):
        squad.questions_of(table([answers]))
