"""Questions on passages in SQuAD's JSON form, v1.1 and v2.0."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from xharness import Answer, DataError, Example, Question

from xharness_intermediate import reading
from xharness_intermediate.reading import Read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question with its passage; `place` is where it stands, `answers` () if the passage holds none."""

    place: str
    id: str
    question: str
    context: str
    answers: tuple[Answer, ...]


def read_squad(path: Path, *, unanswerable: bool) -> Read:
    """Returns the questions of a file in its order. Raises DataError with the place inside the file.

    Offsets are kept as given: who trains on them verifies them.
    """
    asked = list(_walk(path, reading.json_file(path)))
    if not asked:
        _refuse(path, "there are no questions at all")
    return question_examples(asked, unanswerable=unanswerable)


def question_examples(asked: Iterable[Asked], *, unanswerable: bool) -> Read:
    """Returns one example per question; questions on the same passage make a cluster, named by the first of them.

    Ids are the data's own, or 0-based numbers where those repeat (training files of other sets in this form do). Raises
    DataError for a question without an answer unless `unanswerable`.
    """
    questions = list(asked)
    without = [one for one in questions if not one.answers]
    if without and not unanswerable:
        raise DataError(
            f"{without[0].place}: question {without[0].id!r} has no answer, and neither have {len(without) - 1:,} others. "
            "Every question of SQuAD v1.1 has one: these are data for the task squad-v2.0, or a test file without answers."
        )
    repeated = sum(count - 1 for count in Counter(one.id for one in questions).values())
    clusters: dict[str, str] = {}
    examples = []
    for row, one in enumerate(questions):
        name = str(row) if repeated else one.id
        cluster = clusters.setdefault(one.context, name)
        inputs = Question(question=one.question, context=one.context)
        examples.append(Example(id=name, cluster=cluster, inputs=inputs, gold=one.answers))
    notes = []
    if repeated:
        notes.append(f"Question ids that repeat: {repeated:,}; questions are numbered instead.")
    if unanswerable and not without:
        notes.append("Every question has an answer: nothing teaches when there is none.")
    return Read(examples=examples, notes=tuple(notes))


def _walk(path: Path, content: object) -> Iterator[Asked]:
    articles = content["data"] if isinstance(content, dict) and "data" in content else content
    for i, article in enumerate(_list(path, "data", articles)):
        where = f"data[{i}]"
        for j, paragraph in enumerate(_list(path, f"{where}.paragraphs", _field(path, where, article, "paragraphs"))):
            there = f"{where}.paragraphs[{j}]"
            context = _text(path, there, paragraph, "context")
            for k, entry in enumerate(_list(path, f"{there}.qas", _field(path, there, paragraph, "qas"))):
                spot = f"{there}.qas[{k}]"
                yield Asked(
                    place=f"{path}: {spot}",
                    id=_text(path, spot, entry, "id"),
                    question=_text(path, spot, entry, "question"),
                    context=context,
                    answers=_answers(path, spot, entry),
                )


def _answers(path: Path, spot: str, entry: object) -> tuple[Answer, ...]:
    found: list[Answer] = []
    for m, answer in enumerate(_list(path, f"{spot}.answers", _field(path, spot, entry, "answers"))):
        start = answer.get("answer_start") if isinstance(answer, dict) else None
        text = _text(path, f"{spot}.answers[{m}]", answer, "text")
        found.append(Answer(text=text, start=start if isinstance(start, int) else None))
    impossible = entry.get("is_impossible", not found) if isinstance(entry, dict) else False
    if bool(impossible) == bool(found):
        says = "is_impossible, but has answers" if impossible else "not is_impossible, but has no answer"
        _refuse(path, f"{spot} is {says}")
    return tuple(found)


def _field(path: Path, where: str, record: object, name: str) -> object:
    if not isinstance(record, dict) or name not in record:
        _refuse(path, f"{where} has no {name!r}")
    value: object = record[name]
    return value


def _text(path: Path, where: str, record: object, name: str) -> str:
    value = _field(path, where, record, name)
    if not isinstance(value, str):
        _refuse(path, f"{where}.{name} is {type(value).__name__}, not a string")
    return value


def _list(path: Path, where: str, value: object) -> list[object]:
    if not isinstance(value, list):
        _refuse(path, f"{where} is {type(value).__name__}, not a list")
    return value


def _refuse(path: Path, problem: str) -> NoReturn:
    raise DataError(
        f"{path}: {problem}. Expected is SQuAD's form: data[] with paragraphs[], each with a context and qas[], each with id, "
        "question and answers[] of text and answer_start, in v2.0 also is_impossible. Fetch or write the file again."
    )
