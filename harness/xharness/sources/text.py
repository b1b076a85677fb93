"""From bytes on disk to lines, text and JSON, with errors that name file, line and column."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

from xharness.errors import DataError, MissingDataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REMEDY = "Name the file that holds the data."
FETCH = "A file that broke off while it was fetched looks so: fetch or write it again."
_BOM = "\ufeff"


def lines(path: Path, remedy: str = REMEDY) -> Iterator[tuple[int, str]]:
    r"""Yields (1-based number, line without its end) of a file, streamed; a byte-order mark is left out.

    Only newlines (`\n`, `\r\n`) end lines: texts hold U+2028 and other characters at which `str.splitlines` breaks. Raises
    MissingDataError, ending with `remedy`, for an absent file, and DataError for an unreadable or empty one and for invalid
    UTF-8.
    """
    number = 0
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                line = _decoded(path, number, raw).removesuffix("\n").removesuffix("\r")
                yield number, line.removeprefix(_BOM) if number == 1 else line
    except OSError as err:
        raise _unread(path, remedy, err) from err
    if not number:
        raise DataError(f"{path} is empty. {FETCH}")


def check_readable(path: Path, remedy: str = REMEDY) -> None:
    """Raises as `lines` for a file that is absent, unreadable or empty, of whatever form."""
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as err:
        raise _unread(path, remedy, err) from err
    if empty:
        raise DataError(f"{path} is empty. {FETCH}")


def read(path: Path, remedy: str = REMEDY) -> tuple[str, tuple[str, ...]]:
    """Returns a file's whole text with its line ends as newlines, and notes about it, one sentence each.

    A byte-order mark is left out and noted. Raises MissingDataError, ending with `remedy`, for an absent file, and DataError
    for an unreadable or empty one, for one of blank lines only, and for invalid UTF-8.
    """
    try:
        data = path.read_bytes()
    except OSError as err:
        raise _unread(path, remedy, err) from err
    text = _decoded(path, 1, data)
    if not text.strip():
        raise DataError(f"{path} {'has blank lines only' if text else 'is empty'}. {FETCH}")
    text = text.replace("\r\n", "\n")
    if text.startswith(_BOM):
        return text.removeprefix(_BOM), (f"{path.name} begins with a byte-order mark, which was left out.",)
    return text, ()


def lines_of(text: str) -> list[str]:
    """Returns the lines of what `read` returned, without their ends; the newline at the very end adds none."""
    return text.removesuffix("\n").split("\n")


def first_line(path: Path, remedy: str = REMEDY) -> str:
    """Returns the first line that is not blank, by which a file's form is told. Raises as `lines`, and if there is none."""
    for _, line in lines(path, remedy):
        if line.strip():
            return line
    raise DataError(f"{path} has blank lines only. {FETCH}")


def is_json(path: Path, remedy: str = REMEDY) -> bool:
    """Returns whether the file begins as JSON objects and lists do. Raises as `first_line`."""
    return first_line(path, remedy).lstrip().startswith(("{", "["))


def read_json(path: Path, remedy: str = REMEDY) -> object:
    """Returns what a JSON file holds. Raises as `read`, and DataError with line and column for malformed JSON."""
    text, _ = read(path, remedy)
    try:
        return json.loads(text)
    except json.JSONDecodeError as err:
        raise DataError(
            f"{path}, line {err.lineno:,}, column {err.colno:,}: malformed JSON ({err.msg}). {FETCH}"
        ) from err


def refuse_line(path: Path, line: int, problem: str, remedy: str) -> NoReturn:
    """Raises the DataError for one line (1-based) of a file; `problem` and `remedy` are whole sentences."""
    raise DataError(f"{path}, line {line:,}: {problem} {remedy}")


def _unread(path: Path, remedy: str, err: OSError) -> DataError:
    """Returns the error for a file that could not be read; an absent one names the first folder above it that is missing."""
    if not isinstance(err, FileNotFoundError | NotADirectoryError):
        return DataError(f"{path} cannot be read: {err.strerror or err}. {remedy}")
    absent = path
    while not absent.parent.exists():
        absent = absent.parent
    what = f"the file {path}" if absent == path else f"the folder {absent}, where {path} was expected,"
    return MissingDataError(f"{what} does not exist. {remedy}")


def _decoded(path: Path, first: int, raw: bytes) -> str:
    """Returns the text of bytes that begin with line `first`. Raises DataError with the line and the byte in it."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as err:
        number = first + raw.count(b"\n", 0, err.start)
        byte = err.start - raw.rfind(b"\n", 0, err.start) - 1
        raise DataError(
            f"{path}, line {number:,}: byte {byte:,} of the line is not valid UTF-8 ({err.reason}). Fetch the file again, or "
            "convert it from its encoding with iconv."
        ) from err
