"""Questions on passages in SQuAD's form, v1.1 and v2.0, from JSON files and from the hub's tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from xharness.errors import DataError
from xharness.records import Answer
from xharness.sources import text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xharness.sources.hub import Table
    from xharness.sources.rows import Record

FORM = (
    "Expected is SQuAD's form: data[] with paragraphs[], each with a context and qas[], each with id, question and answers[] "
    "of text and answer_start, in v2.0 also is_impossible. Fetch or write the file again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question with its passage, nothing verified or corrected.

    Attributes:
        place: "FILE: data[i].paragraphs[j].qas[k]" or "SOURCE, row N", both 0-based, with which messages about it begin.
        id: as given; training files of some sets repeat ids.
        question: as given.
        context: the passage; those on the same passage have equal ones.
        answers: with starts as given (characters), which some sets have wrong; () if there are none.
        impossible: SQuAD v2.0's is_impossible, None where it is not there.
        title: that of the article, "" where there is none.
    """

    place: str
    id: str
    question: str
    context: str
    answers: tuple[Answer, ...]
    impossible: bool | None = None
    title: str = ""


def read_questions(path: Path, remedy: str = text.REMEDY) -> list[Asked]:
    """Returns the questions of a JSON file in its order: of the value of "data" where there is such a key, else of the whole.

    Raises as `text.read_json`, and DataError for a missing field or another type, with its place, and for no questions at all.
    """
    asked = list(_walk(path, text.read_json(path, remedy)))
    if not asked:
        _refuse(f"{path}:", "there are no questions at all")
    return asked


def questions_of(table: Table) -> list[Asked]:
    """Returns the questions of a hub's table in its order. Raises DataError for a missing column or another type."""
    return [_asked(record) for record in table.records(("id", "question", "context", "answers"))]


def _asked(record: Record) -> Asked:
    answers = record.value("answers")
    texts, starts = (answers.get(name) if isinstance(answers, dict) else None for name in ("text", "answer_start"))
    if not isinstance(texts, list) or not isinstance(starts, list) or len(texts) != len(starts):
        record.refuse("answers has no lists text and answer_start of the same length.")
    return Asked(
        place=record.place,
        id=record.text("id"),
        question=record.text("question"),
        context=record.text("context"),
        answers=tuple(Answer(text=content, start=start) for content, start in zip(texts, starts, strict=True)),
    )


def _walk(path: Path, content: object) -> Iterator[Asked]:
    # As XTREME's scorer: the value of "data" where there is such a key, else the whole (spec/xtreme.md §2.1).
    articles = content["data"] if isinstance(content, dict) and "data" in content else content
    for i, article in enumerate(_list(f"{path}: data", articles)):
        where = f"{path}: data[{i}]"
        title = article.get("title") if isinstance(article, dict) else None
        for j, paragraph in enumerate(_list(f"{where}.paragraphs", _field(where, article, "paragraphs"))):
            there = f"{where}.paragraphs[{j}]"
            context = _text(there, paragraph, "context")
            for k, entry in enumerate(_list(f"{there}.qas", _field(there, paragraph, "qas"))):
                place = f"{there}.qas[{k}]"
                yield Asked(
                    place=place,
                    id=_text(place, entry, "id"),
                    question=_text(place, entry, "question"),
                    context=context,
                    answers=tuple(_answers(place, entry)),
                    impossible=_impossible(entry),
                    title=title if isinstance(title, str) else "",
                )


def _answers(place: str, entry: object) -> Iterator[Answer]:
    for m, answer in enumerate(_list(f"{place}.answers", _field(place, entry, "answers"))):
        start = answer.get("answer_start") if isinstance(answer, dict) else None
        content = _text(f"{place}.answers[{m}]", answer, "text")
        yield Answer(text=content, start=start if isinstance(start, int) else None)


def _impossible(entry: object) -> bool | None:
    value = entry.get("is_impossible") if isinstance(entry, dict) else None
    return None if value is None else bool(value)


def _field(place: str, record: object, name: str) -> object:
    if not isinstance(record, dict) or name not in record:
        _refuse(place, f"has no {name!r}")
    value: object = record[name]
    return value


def _text(place: str, record: object, name: str) -> str:
    value = _field(place, record, name)
    if not isinstance(value, str):
        _refuse(f"{place}.{name}", f"is {type(value).__name__}, not a string")
    return value


def _list(place: str, value: object) -> list[object]:
    if not isinstance(value, list):
        _refuse(place, f"is {type(value).__name__}, not a list")
    return value


def _refuse(place: str, problem: str) -> NoReturn:
    raise DataError(f"{place} {problem}. {FORM}")
