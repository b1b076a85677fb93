"""Sentence pairs: XNLI and PAWS-X.

The official files are written by Python's csv module (TAB, minimal quoting) and read back without quoting by the official
model code, so that a sentence with a quotation mark reaches the model as `"...""...""..."` (spec/xtreme.md §1.1). `fixed`
undoes the quoting, `paper` keeps the artefact.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from xharness import Example, TextPair, Variant
from xharness.sources.text import lines_of, refuse_line

from xharness_xtreme import reading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PREMISE_ROWS = frozenset({5010, 2490})
"""Sizes of XNLI's test and dev sets, in which three consecutive rows share a premise."""

_FIELD = r'(?:"(?:[^"]|"")*"|[^"\t]*)'
_QUOTED_RECORD = re.compile(rf"{_FIELD}(?:\t{_FIELD})*")
_REMEDY = (
    "Expected is one record per line as Python's csv module writes it (TAB between columns, fields that hold a quotation mark "
    'quoted, the mark inside doubled). Prepare the file again, or quote it with csv.writer(..., delimiter="\\t").'
)


def read_rows(path: Path, columns: int, variant: Variant) -> tuple[list[list[str]], tuple[str, ...]]:
    """Returns the columns of every row, and notes. Raises DataError for broken quoting or another number of columns."""
    text, notes = reading.read_text(path)
    rows: list[list[str]] = []
    for number, line in enumerate(lines_of(text), start=1):
        row = line.split("\t") if variant is Variant.PAPER or '"' not in line else _unquoted(path, number, line)
        if len(row) != columns:
            _refuse_columns(path, number, len(row), columns)
        rows.append(row)
    return rows, notes


def _unquoted(path: Path, number: int, line: str) -> list[str]:
    if not _QUOTED_RECORD.fullmatch(line):
        refuse_line(
            path,
            number,
            "the quoting is broken: a quotation mark stands in an unquoted field, or a quoted field is not closed on its line.",
            _REMEDY,
        )
    return next(csv.reader([line], delimiter="\t"))


def _refuse_columns(path: Path, number: int, found: int, columns: int) -> None:
    what = "sentence 1, sentence 2, label" if columns == 3 else "sentence 1, sentence 2"
    hint = ""
    if columns == 2 and found == 3:
        hint = " XTREME's test files hold no labels, and copies that do often hold dummies: put gold into the label folder."
    refuse_line(
        path, number, f"{found} column{'s' * (found != 1)} where {columns} ({what}) were expected.{hint}", _REMEDY
    )


def labels_of(path: Path, rows: Sequence[Sequence[str]], known: Sequence[str]) -> list[str]:
    """Returns the last column. Raises DataError for a label outside the set, with its line."""
    labels = [row[-1] for row in rows]
    for number, label in enumerate(labels, start=1):
        if label not in known:
            refuse_line(
                path, number, f"the label {label!r} is not one of {', '.join(known)}.", "Correct the third column."
            )
    return labels


def pair_notes(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Returns a note if pairs have an empty side; they are kept, as the benchmark keeps them."""
    empty = [str(index) for index, row in enumerate(rows) if not row[0].strip() or not row[1].strip()]
    return (f"Pairs with an empty side, kept: {len(empty):,} (rows {reading.shown(empty)}).",) if empty else ()


def row_names(count: int, *, premises: bool) -> list[tuple[str, str]]:
    """Returns id and cluster of every row: its 0-based number, and with `premises` that of the group of three."""
    if premises and count in PREMISE_ROWS:
        return [(str(row), str(row // 3)) for row in range(count)]
    return [(str(row), str(row)) for row in range(count)]


def pair_examples(
    names: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]] | None, gold: Sequence[str] | None
) -> list[Example]:
    """Returns one example per row; `rows` or `gold` may be absent, and must else have as many entries as `names`."""
    inputs = [None] * len(names) if rows is None else [TextPair(first=row[0], second=row[1]) for row in rows]
    labels = [None] * len(names) if gold is None else gold
    return [
        Example(id=name, cluster=cluster, inputs=pair, gold=label)
        for (name, cluster), pair, label in zip(names, inputs, labels, strict=True)
    ]
