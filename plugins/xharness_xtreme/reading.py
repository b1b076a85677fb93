"""From bytes on disk to text, lines and JSON, with errors that name file, line and column."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

from xharness import DataError, MissingDataError

if TYPE_CHECKING:
    from pathlib import Path

REMEDY = (
    "Lay the data out as XTREME's scripts/download_data.sh leaves them, name another folder with --data, or choose what is "
    "there with --tasks, --languages and --split."
)


def missing(path: Path, remedy: str = REMEDY) -> MissingDataError:
    """Returns the error for a file that is not there, naming the first folder above it that is missing."""
    absent = path
    while not absent.parent.exists():
        absent = absent.parent
    what = "the file" if absent == path else f"the folder {absent}, where {path} was expected,"
    return MissingDataError(f"{what} {path if absent == path else ''} does not exist. {remedy}".replace("  ", " "))


def read_bytes(path: Path, remedy: str = REMEDY) -> bytes:
    """Returns a file's bytes. Raises DataError with `remedy` if it is not there or cannot be read."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise missing(path, remedy) from None
    except OSError as err:
        raise DataError(f"{path} cannot be read: {err.strerror or err}. {remedy}") from err


def read_text(path: Path, remedy: str = REMEDY) -> tuple[str, tuple[str, ...]]:
    """Returns a file's text with its line ends as newlines, and notes about it.

    A byte-order mark is left out and noted. Raises DataError for an absent or empty file, and for invalid UTF-8.
    """
    data = read_bytes(path, remedy)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as err:
        line = data.count(b"\n", 0, err.start) + 1
        raise DataError(
            f"{path}, line {line:,}: byte {err.start:,} is not valid UTF-8 ({err.reason}). All of XTREME's files are UTF-8: "
            "fetch the file again, or convert it from its encoding with iconv."
        ) from err
    if not text.strip():
        raise DataError(
            f"{path} has no rows at all; a file that broke off while it was fetched or written looks so. {REMEDY}"
        )
    text = text.replace("\r\n", "\n")
    if text.startswith("\ufeff"):
        return text[1:], (f"{path.name} begins with a byte-order mark, which was left out.",)
    return text, ()


def lines_of(text: str) -> list[str]:
    """Returns the lines of a text without their ends; the newline at the very end adds none."""
    return text.removesuffix("\n").split("\n")


def read_json(path: Path) -> object:
    """Returns what a JSON file holds. Raises DataError for malformed JSON, with line and column."""
    text, _ = read_text(path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as err:
        raise DataError(
            f"{path}, line {err.lineno:,}, column {err.colno:,}: malformed JSON ({err.msg}). A file that broke off while "
            "it was fetched looks so: fetch or write it again."
        ) from err


def refuse_line(path: Path, line: int, problem: str, remedy: str) -> NoReturn:
    """Raises the DataError for one line (1-based) of a file."""
    raise DataError(f"{path}, line {line:,}: {problem} {remedy}")


def shown(items: list[str], most: int = 3) -> str:
    """Returns the first few items, and how many more there are: "a, b, c and 4 more"."""
    rest = len(items) - most
    return ", ".join(items[:most]) + (f" and {rest:,} more" if rest > 0 else "")
