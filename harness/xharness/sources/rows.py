"""Rows of tables and of JSON lines as records that know their place, streamed from text files."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from xharness.errors import DataError
from xharness.sources.text import FETCH, lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

Row: TypeAlias = tuple[str, list[str]]
"""Place ("FILE, line N"), and the columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row of a table or one line of JSON lines.

    Attributes:
        place: "FILE, line N" or "SOURCE, row N", with which every message about it begins.
        fields: name → value.
    """

    place: str
    fields: Mapping[str, object]

    def value(self, *names: str) -> object:
        """Returns the field of the first of these names that is there. Raises DataError if none is."""
        found = next((name for name in names if name in self.fields), None)
        if found is None:
            self.refuse(f"there is no field {' or '.join(map(repr, names))}, only {', '.join(self.fields) or 'none'}.")
        return self.fields[found]

    def text(self, *names: str) -> str:
        """Returns a field that is a string. Raises DataError if it is absent or something else."""
        value = self.value(*names)
        if not isinstance(value, str):
            self.refuse(f"the field {' or '.join(map(repr, names))} is {type(value).__name__}, expected a string.")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Returns a field that is a list of strings. Raises DataError if it is absent or something else."""
        value = self.value(name)
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            self.refuse(f"the field {name!r} is {type(value).__name__}, expected a list of strings.")
        return tuple(value)

    def refuse(self, problem: str) -> NoReturn:
        """Raises the DataError about this record; `problem` is a whole sentence."""
        raise DataError(f"{self.place}: {problem} {FETCH}")


def json_lines(path: Path) -> Iterator[Record]:
    """Yields one record per line of JSON; blank lines are left out.

    Raises as `text.lines`, and DataError for malformed JSON and for a line that is no object.
    """
    for number, line in lines(path):
        if not line.strip():
            continue
        place = f"{path}, line {number:,}"
        try:
            value = json.loads(line)
        except json.JSONDecodeError as err:
            raise DataError(f"{place}, column {err.colno:,}: malformed JSON ({err.msg}). {FETCH}") from err
        if not isinstance(value, dict):
            raise DataError(f"{place}: {type(value).__name__} where an object in braces was expected. {FETCH}")
        yield Record(place=place, fields=value)


def plain_rows(path: Path) -> Iterator[Row]:
    """Yields every line that is not blank, split at TABs; quotation marks are ordinary characters. Raises as `text.lines`."""
    for number, line in lines(path):
        if line.strip():
            yield f"{path}, line {number:,}", line.split("\t")


def quoted_rows(path: Path, delimiter: str) -> Iterator[Row]:
    """Yields every record as Python's csv module writes it; a quoted field may span lines, blank records are left out.

    Raises as `text.lines`, and DataError with the record's first line where the quoting is broken.
    """
    reader = csv.reader((f"{line}\n" for _, line in lines(path)), delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as err:
            raise DataError(f"{path}, line {number:,}: the quoting is broken ({err}). {FETCH}") from err
        if any(field.strip() for field in row):
            yield f"{path}, line {number:,}", row


def headed(rows: Iterable[Row], needed: Sequence[str]) -> Iterator[Record]:
    """Yields records named by the first row; surplus columns, which public copies have, get no name.

    Raises DataError where the header lacks a `needed` column, and where a row ends before the last needed one.
    """
    rows = iter(rows)
    place, header = next(rows, ("the table", []))
    absent = [name for name in needed if name not in header]
    if absent:
        raise DataError(
            f"{place}: the header has no column {' and '.join(map(repr, absent))}, only {', '.join(header)}. {FETCH}"
        )
    least = max(header.index(name) for name in needed) + 1
    for place, row in rows:
        if len(row) < least:
            raise DataError(f"{place}: {len(row)} columns where at least {least} were expected. {FETCH}")
        yield Record(place=place, fields=dict(zip(header, row, strict=False)))


def peeked(records: Iterable[Record], path: Path) -> Iterator[Record]:
    """Returns the records of a file with a header. Raises DataError, at once, if there are none."""
    records = iter(records)
    first = next(records, None)
    if first is None:
        raise DataError(f"{path} holds a header but no examples. {FETCH}")
    return chain([first], records)
