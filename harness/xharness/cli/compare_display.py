"""Prints a comparison: tables, remarks, and last what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xharness.comparison.result import Comparison

_UNLIMITED = 100_000  # columns: a pipe has no width, and nothing is wrapped or cut there


def print_comparison(comparison: Comparison) -> None:
    """Prints title, tables, remarks, and in the last line what follows."""
    from rich.console import Console
    from rich.text import Text

    from xharness.comparison.formats import as_table, remarks, title
    from xharness.comparison.formats.terminal import is_compact
    from xharness.comparison.formats.words import plain

    console = Console(highlight=False)
    width = console.width if console.is_terminal else None
    if width is None:
        console.width = _UNLIMITED
    console.print(Text(f"\n{title(comparison)}", style="bold"))
    console.print(as_table(comparison, width))
    console.print()
    for line in remarks(comparison, brief=is_compact(comparison, width)):
        console.print(Text(line))
    if comparison.sentence:
        console.print(Text(f"\n{plain(comparison.sentence)}", style="bold"))
