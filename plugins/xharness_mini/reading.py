"""The suite's files as examples: pairs and tags in TSV, questions in SQuAD's form, sentences on two sides with their gold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness import DataError, Document, Example, Kind, Question, Text, TextPair, Words
from xharness.sources import squad
from xharness.sources.text import lines, refuse_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from xharness import Task

REMEDY = (
    "Leave --data out to use the files that come with the suite, or write them again with "
    "`python -m xharness_mini.writing DIR`."
)
HYPOTHESES = 3
"""So many rows in sequence have the same premise, in the dev and test files of `mini-nli`."""


def examples(task: Task, path: Path, split: str) -> list[Example]:
    """Returns the examples of a classification, tagging or question file. Raises DataError with file and line."""
    if task.kind == Kind.PAIR_CLASSIFICATION:
        return _pairs(path, task.labels, HYPOTHESES if task.name == "mini-nli" and split != "train" else 1)
    if task.kind == Kind.TAGGING:
        return _tagged(path, task.labels)
    return _questions(path)


def retrieval(foreign: Path, english: Path, gold: Path) -> tuple[list[Example], tuple[Document, ...]]:
    """Returns a query for every foreign sentence, and the English ones, named by 0-based line. Raises DataError."""
    queries, pool = ([line for _, line in lines(path, REMEDY)] for path in (foreign, english))
    found = [line for _, line in lines(gold, REMEDY)]
    for number, line in enumerate(found, start=1):
        if not (line.isascii() and line.isdecimal() and int(line) < len(pool)):
            refuse_line(gold, number, f"{line!r} is not a 0-based line number of {english.name}.", REMEDY)
    if len(found) != len(queries):
        raise DataError(f"{gold} has {len(found):,} lines but {foreign} has {len(queries):,}. {REMEDY}")
    asked = [
        Example(id=str(row), cluster=str(row), inputs=Text(text=text), gold=(line,))
        for row, (text, line) in enumerate(zip(queries, found, strict=True))
    ]
    return asked, tuple(Document(id=str(row), text=text) for row, text in enumerate(pool))


def mining(foreign: Path, english: Path, gold: Path) -> tuple[list[Example], tuple[Document, ...]]:
    """Returns an example per foreign sentence, its gold the ids of translations, and the English side. Raises DataError."""
    left, right = _corpus(foreign), _corpus(english)
    pairs: dict[str, tuple[str, ...]] = {}
    for number, columns in _rows(gold, 2, "a foreign id and an English id"):
        if columns[0] not in left or columns[1] not in right:
            refuse_line(gold, number, f"the corpora do not have both {columns[0]!r} and {columns[1]!r}.", REMEDY)
        pairs[columns[0]] = (*pairs.get(columns[0], ()), columns[1])
    mined = [
        Example(id=id_, cluster=id_, inputs=Text(text=text), gold=pairs.get(id_, ())) for id_, text in left.items()
    ]
    return mined, tuple(Document(id=id_, text=text) for id_, text in right.items())


def _rows(path: Path, n: int, what: str) -> list[tuple[int, list[str]]]:
    """Returns 1-based line number and columns of every line. Raises DataError for another number of columns than n."""
    rows = [(number, line.split("\t")) for number, line in lines(path, REMEDY)]
    for number, columns in rows:
        if len(columns) != n or not all(columns):
            refuse_line(path, number, f"expected {what} with TABs between, found {len(columns)} columns.", REMEDY)
    return rows


def _pairs(path: Path, labels: Sequence[str], group: int) -> list[Example]:
    rows = _rows(path, 3, "two sentences and a label")
    for number, (_, _, label) in rows:
        if label not in labels:
            refuse_line(path, number, f"the label {label!r} is not one of {', '.join(labels)}.", REMEDY)
    return [
        Example(id=str(row), cluster=str(row // group), inputs=TextPair(first=first, second=second), gold=label)
        for row, (_, (first, second, label)) in enumerate(rows)
    ]


def _tagged(path: Path, labels: Sequence[str]) -> list[Example]:
    sentences: list[list[list[str]]] = [[]]
    for number, line in lines(path, REMEDY):
        columns = line.split("\t")
        if not line:
            sentences.append([])
        elif len(columns) != 2 or not all(columns):
            refuse_line(path, number, "expected a word, a TAB and its tag, or an empty line between sentences.", REMEDY)
        elif columns[1] not in labels:
            refuse_line(path, number, f"the tag {columns[1]!r} is not one of {', '.join(labels)}.", REMEDY)
        else:
            sentences[-1].append(columns)
    return [
        Example(
            id=str(row),
            cluster=str(row),
            inputs=Words(words=tuple(word for word, _ in sentence)),
            gold=tuple(tag for _, tag in sentence),
        )
        for row, sentence in enumerate(filter(None, sentences))
    ]


def _questions(path: Path) -> list[Example]:
    """Returns the questions; those on a passage are a cluster, named by their common id without its last number."""
    found = squad.read_questions(path, REMEDY)
    for one in found:
        if not one.answers:
            raise DataError(f"{one.place} has no answer. {REMEDY}")
    return [
        Example(
            id=one.id,
            cluster=one.id.rpartition("-")[0] or one.id,
            inputs=Question(question=one.question, context=one.context),
            gold=one.answers,
        )
        for one in found
    ]


def _corpus(path: Path) -> dict[str, str]:
    corpus: dict[str, str] = {}
    for number, (id_, text) in _rows(path, 2, "an id and a sentence"):
        if id_ in corpus:
            refuse_line(path, number, f"the id {id_!r} stands twice.", REMEDY)
        corpus[id_] = text
    return corpus
