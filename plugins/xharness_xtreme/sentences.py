"""Sentence retrieval (Tatoeba) and sentence pair mining (BUCC 2018): two sides of plain sentences."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from xharness import DataError, Document, Example, Text
from xharness.sources.text import lines_of, refuse_line

from xharness_xtreme import reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    Pairs: TypeAlias = Mapping[str, tuple[str, ...]]


# ---- Tatoeba -----------------------------------------------------------------------------------------------------


def read_side(path: Path) -> tuple[list[str], tuple[str, ...]]:
    """Returns the lines of one side, and notes."""
    text, notes = reading.read_text(path)
    lines = lines_of(text)
    empty = [str(index) for index, line in enumerate(lines) if not line.strip()]
    if empty:
        notes += (f"Empty sentences in {path.name}, kept: {len(empty):,} (0-based lines {reading.shown(empty)}).",)
    return lines, notes


def read_line_numbers(path: Path, pool: int | None) -> tuple[list[str], tuple[str, ...]]:
    """Returns the gold of a retrieval task, a 0-based line number of the foreign side for each query, and notes.

    `pool` is the number of foreign lines; None, where only gold is at hand, takes the number of gold lines (the benchmark has
    as many). Raises DataError for anything else than a line number.
    """
    text, notes = reading.read_text(path)
    gold = [line.strip() for line in lines_of(text)]
    size = len(gold) if pool is None else pool
    for number, line in enumerate(gold, start=1):
        if not (line.isascii() and line.isdecimal()) or str(int(line)) != line or int(line) >= size:
            refuse_line(
                path,
                number,
                f"{line!r} is not a 0-based line number of the foreign side, which has {size:,} lines.",
                "Expected is one plain integer per line, for the English sentences in sorted order.",
            )
    return gold, notes


def order_note(english: Sequence[str]) -> tuple[str, ...]:
    """Returns a note if the English side is not sorted by code point (up 376-404), for which alone official gold is right."""
    if all(left <= right for left, right in pairwise(english)):
        return ()
    return ("The English side is not sorted by code point, as the benchmark's is: official gold does not fit it.",)


def retrieval_examples(queries: Sequence[str] | None, gold: Sequence[str] | None) -> list[Example]:
    """Returns one example per English query, id and cluster its 0-based index; one of the two may be absent."""
    count = len(queries if queries is not None else gold or [])
    inputs = [None] * count if queries is None else [Text(text=query) for query in queries]
    answers = [None] * count if gold is None else [(line,) for line in gold]
    return [
        Example(id=str(index), cluster=str(index), inputs=query, gold=answer)
        for index, (query, answer) in enumerate(zip(inputs, answers, strict=True))
    ]


def retrieval_pool(lines: Sequence[str]) -> tuple[Document, ...]:
    """Returns the foreign side, every line a document named by its 0-based number."""
    return tuple(Document(id=str(number), text=line) for number, line in enumerate(lines))


# ---- BUCC --------------------------------------------------------------------------------------------------------


def read_corpus(path: Path) -> tuple[dict[str, str], tuple[str, ...]]:
    """Returns one side of a corpus, id → sentence in file order, and notes. Raises DataError for a duplicate id."""
    text, notes = reading.read_text(path)
    corpus: dict[str, str] = {}
    for number, line in enumerate(lines_of(text), start=1):
        name, tab, sentence = line.partition("\t")
        if not tab or not name:
            refuse_line(path, number, "no id and TAB before the sentence.", "Expected is `<id><TAB><sentence>`.")
        if name in corpus:
            refuse_line(path, number, f"the sentence id {name!r} stands twice.", "Ids must be unique on each side.")
        corpus[name] = sentence
    return corpus, notes


def read_pairs(path: Path) -> tuple[Pairs, tuple[str, ...]]:
    """Returns gold pairs, foreign id → English ids in file order, each once, and notes."""
    text, notes = reading.read_text(path)
    pairs: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(lines_of(text), start=1):
        columns = line.strip().split("\t")
        if len(columns) != 2 or not all(columns):
            refuse_line(
                path,
                number,
                f"{line.strip()!r} is not a pair.",
                "Expected is `<foreign id><TAB><English id>`, without a score.",
            )
        foreign, english = columns
        if english not in pairs.get(foreign, ()):
            pairs[foreign] = (*pairs.get(foreign, ()), english)
    return pairs, notes


def check_pairs(place: str, pairs: Pairs, foreign: Mapping[str, str], english: Mapping[str, str]) -> None:
    """Raises DataError for gold ids that the corpora do not have; `place` names the files."""
    for side, ids, corpus in (
        ("foreign", list(pairs), foreign),
        ("English", [name for names in pairs.values() for name in names], english),
    ):
        unknown = [name for name in ids if name not in corpus]
        if unknown:
            raise DataError(
                f"{place}: {len(unknown):,} {side} ids of the gold are not in the corpus ({reading.shown(unknown)}). Expected "
                "is `<foreign id><TAB><English id>`; data and gold must be of the same split."
            )


def mining_examples(foreign: Mapping[str, str] | None, pairs: Pairs | None) -> list[Example]:
    """Returns one example per foreign sentence (per foreign id of the gold, if only that is at hand)."""
    names = list(foreign if foreign is not None else pairs or {})
    return [
        Example(
            id=name,
            cluster=name,
            inputs=None if foreign is None else Text(text=foreign[name]),
            gold=None if pairs is None else pairs.get(name, ()),
        )
        for name in names
    ]


def mining_pool(english: Mapping[str, str]) -> tuple[Document, ...]:
    """Returns the English side in file order."""
    return tuple(Document(id=name, text=sentence) for name, sentence in english.items())


def count_pairs(pairs: Pairs) -> int:
    """Returns the number of distinct gold pairs."""
    return sum(len(english) for english in pairs.values())
