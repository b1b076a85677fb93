"""A comparison as GitHub markdown and as LaTeX; names cannot break either."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from xharness.comparison.formats import words
from xharness.comparison.formats.columns import grids
from xharness.comparison.formats.remarks import remarks, title
from xharness.reports import escape

if TYPE_CHECKING:
    from xharness.comparison.formats.columns import Grid
    from xharness.comparison.result import Comparison

_BLOCK = re.compile(r"^(\d*)([-+#~=.):])")  # what would begin a list, a heading or a fence
_ARGUMENT = re.compile(
    r"^(\s*)([\[*])", re.MULTILINE
)  # what LaTeX would read as an argument of the end of the line above
_LATEX = {"−": "$-$", "–": "--", "·": r"$\cdot$"}  # signs that pdflatex has no glyph for


def as_markdown(comparison: Comparison) -> str:
    """Returns title, what follows, tables of tasks, averages and cells, and remarks as GitHub markdown."""
    parts = [f"# {escape(title(comparison))}", _block(comparison.sentence)]
    for grid in grids(comparison):
        parts += [f"## {escape(grid.heading)}", _tabulated(_escaped(grid), "github")]
    parts.append("\n".join(f"- {_block(line)}" for line in remarks(comparison)))
    return "\n\n".join(part for part in parts if part)


def as_latex(comparison: Comparison) -> str:
    r"""Returns a `tabular` of tasks, one of averages and one of cells for the package booktabs; words are comments.

    The comments above and below each line begin with `%`; the tables stand alone, for any `table` or `longtable` around them.
    """
    parts = [f"% {title(comparison)}\n% {words.plain(comparison.sentence)}"]
    for grid in grids(comparison):
        table = _tabulated(grid, "latex_booktabs")
        for sign, command in _LATEX.items():
            table = table.replace(sign, command)
        table = _ARGUMENT.sub(r"\1{}\2", table)
        parts.append(f"% {grid.heading}\n{table}")
    parts.append("\n".join(f"% {line}" for line in remarks(comparison)))
    return "\n\n".join(parts)


def _tabulated(grid: Grid, form: str) -> str:
    from tabulate import tabulate

    align = ["left" if name in {"", "verdict", "method"} else "right" for name in grid.head]
    return tabulate(grid.lines, headers=grid.head, tablefmt=form, disable_numparse=True, colalign=align)


def _escaped(grid: Grid) -> Grid:
    from dataclasses import replace

    return replace(
        grid,
        head=tuple(map(escape, grid.head)),
        lines=tuple(tuple(map(escape, line)) for line in grid.lines),
    )


def _block(text: str) -> str:
    """Returns a line that markdown takes for text from its first character on."""
    return _BLOCK.sub(r"\1\\\2", escape(words.plain(text)))
