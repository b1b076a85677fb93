"""From bytes on disk to lines, records and JSON, streamed, with errors that name file and line."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, NoReturn

from xharness import DataError, MissingDataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from xharness import Example

FETCH = "A file that broke off while it was fetched looks so: fetch or write it again."
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a reader got out of one file or table.

    Attributes:
        examples: with ids and clusters that are unique within the file.
        notes: what a reader of the record must know, one sentence each.
    """

    examples: Sequence[Example]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row of a table or one line of JSON lines; `place` is "FILE, line N"."""

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
        """Raises the DataError about this record."""
        raise DataError(f"{self.place}: {problem} {FETCH}")


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yields (1-based number, line without its end) of a file; a byte-order mark is left out.

    Only newlines end lines: texts hold U+2028 and other characters at which `str.splitlines` breaks. Raises DataError for an
    absent or empty file and for invalid UTF-8.
    """
    number = 0
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                line = _decoded(path, number, raw)
                yield number, line.removeprefix(_BOM) if number == 1 else line
    except (FileNotFoundError, NotADirectoryError):
        raise MissingDataError(f"the file {path} does not exist. Name the file that holds the data.") from None
    except OSError as err:
        raise DataError(f"{path} cannot be read: {err.strerror or err}. Name a file that can be read.") from err
    if not number:
        raise DataError(f"{path} is empty. {FETCH}")


def _decoded(path: Path, number: int, raw: bytes) -> str:
    try:
        return raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as err:
        raise DataError(
            f"{path}, line {number:,}: byte {err.start:,} of the line is not valid UTF-8 ({err.reason}). Fetch the file again, "
            "or convert it from its encoding with iconv."
        ) from err


def first_line(path: Path) -> str:
    """Returns the first line that is not blank, by which a file's form is told. Raises DataError if there is none."""
    for _, line in lines(path):
        if line.strip():
            return line
    raise DataError(f"{path} has blank lines only. {FETCH}")


def is_json(path: Path) -> bool:
    """Returns whether the file begins as JSON does."""
    return first_line(path).lstrip().startswith(("{", "["))


def json_lines(path: Path) -> Iterator[Record]:
    """Yields one record per line of JSON. Raises DataError for malformed JSON and for a line that is no object."""
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


def plain_rows(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yields (place, columns) of every line that is not blank, split at TABs; quotation marks are ordinary characters."""
    for number, line in lines(path):
        if line.strip():
            yield f"{path}, line {number:,}", line.split("\t")


def quoted_rows(path: Path, delimiter: str) -> Iterator[tuple[str, list[str]]]:
    """Yields (place, columns) of every record as Python's csv module writes it; a quoted field may span lines.

    Raises DataError where the quoting is broken.
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


def headed(rows: Iterable[tuple[str, list[str]]], needed: Sequence[str]) -> Iterator[Record]:
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


def json_file(path: Path) -> object:
    """Returns what a JSON file holds. Raises DataError for malformed JSON, with line and column."""
    text = "\n".join(line for _, line in lines(path))
    try:
        return json.loads(text)
    except json.JSONDecodeError as err:
        raise DataError(
            f"{path}, line {err.lineno:,}, column {err.colno:,}: malformed JSON ({err.msg}). {FETCH}"
        ) from err


def peeked(records: Iterable[Record], path: Path) -> Iterator[Record]:
    """Returns the records. Raises DataError if there are none."""
    records = iter(records)
    first = next(records, None)
    if first is None:
        raise DataError(f"{path} holds a header but no examples. {FETCH}")
    return chain([first], records)
