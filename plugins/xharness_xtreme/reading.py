"""Files of XTREME's prepared layout: read as `xharness.sources.text` reads them, with the remedy for this layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness.sources import text

if TYPE_CHECKING:
    from pathlib import Path

REMEDY = (
    "Lay the data out as XTREME's scripts/download_data.sh leaves them, name another folder with --data, or choose what is "
    "there with --tasks, --languages and --split."
)


def read_text(path: Path) -> tuple[str, tuple[str, ...]]:
    """Returns a file's text with its line ends as newlines, and notes about it. Raises DataError as `text.read` does."""
    return text.read(path, REMEDY)


def shown(items: list[str], most: int = 3) -> str:
    """Returns the first few items, and how many more there are: "a, b, c and 4 more"."""
    rest = len(items) - most
    return ", ".join(items[:most]) + (f" and {rest:,} more" if rest > 0 else "")
