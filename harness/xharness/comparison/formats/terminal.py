"""A comparison for the terminal: verdicts by sign and word as well as colour, whatever the width."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from xharness.comparison.formats import words
from xharness.comparison.formats.columns import grids
from xharness.comparison.result import Verdict

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table

    from xharness.comparison.formats.columns import Grid
    from xharness.comparison.result import Comparison, Row

_STYLES = {Verdict.BETTER: "green", Verdict.WORSE: "red", Verdict.UNDECIDED: ""}
_MANY = 45  # cells; more have no line of their own on a terminal
_GAP = 2  # blanks between two columns of a table: one of padding, one of the box
_LEFT = frozenset({"", "verdict", "method"})


def as_table(comparison: Comparison, width: int | None = None) -> Group:
    """Returns what rich prints: tables of tasks, of averages, and of cells, each under its heading, largest effect first.

    Args:
        width: columns of the terminal. Where the tables do not fit, counts and methods of tasks and averages go into
            tables of their own and those of cells are left out; many cells are shown several to a line, by task. None prints
            everything, however wide and long.
    """
    from rich.console import Group

    full = grids(comparison)
    fits = width is None or all(_width(grid) <= width for grid in full[:-1])
    compact = is_compact(comparison, width)
    shown: list[RenderableType] = []
    for grid in full[:-1] if fits else grids(comparison, detail=False)[:-1]:
        shown += _headed(grid.heading, _table(grid))
    if not fits:
        for grid in grids(comparison, main=False)[:-1]:
            shown += _headed(f"{grid.heading.split(' (')[0]}: counts and methods", _table(grid))
    cells = full[-1]
    if compact and width is not None:
        shown += _headed(cells.heading, *_by_task(comparison, width))
    elif width is None or _width(cells) <= width:
        shown += _headed(cells.heading, _table(cells))
    else:
        shown += _headed(cells.heading, _table(grids(comparison, detail=False)[-1]))
    return Group(*shown)


def is_compact(comparison: Comparison, width: int | None) -> bool:
    """Returns whether cells are too many to have a line each."""
    return width is not None and len(comparison.cells) > _MANY


def _headed(heading: str, *below: RenderableType) -> list[RenderableType]:
    from rich.text import Text

    return [Text(f"\n{heading}", style="bold"), *below]


def _width(grid: Grid) -> int:
    """Returns how many columns a table takes that is not cut."""
    from rich.cells import cell_len

    columns = zip(grid.head, *grid.lines, strict=True)
    return sum(max(cell_len(text) for text in column) + _GAP for column in columns)


def _table(grid: Grid) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, _GAP - 1, 0, 0), pad_edge=False, show_edge=False)
    for name in grid.head:
        wraps = name in {"", "method"}
        table.add_column(Text(name), justify="left" if name in _LEFT else "right", no_wrap=not wraps, overflow="fold")
    for row, line in zip(grid.rows, grid.lines, strict=True):
        style = _STYLES[row.verdict]
        table.add_row(
            *(Text(text, style=style if name in {"a − b", "verdict"} else "") for name, text in _named(grid, line))
        )
    return table


def _named(grid: Grid, line: tuple[str, ...]) -> zip[tuple[str, str]]:
    return zip(grid.head, line, strict=True)


def _by_task(comparison: Comparison, width: int) -> list[RenderableType]:
    """Returns for each task its languages with difference and interval, by effect, downwards in several columns."""
    from rich.text import Text

    tasks: dict[str, list[Row]] = {}
    for row in words.by_effect(comparison.cells):
        tasks.setdefault(row.task, []).append(row)
    interval = f"{words.level(comparison.level)} interval"
    shown: list[RenderableType] = [Text(f"Difference in points and {interval}; + better, − worse, · undecided.")]
    for task in (row.name for row in words.by_effect(comparison.tasks)):
        if task in tasks:
            shown += [Text(f"\n{words.plain(task)}"), _columns(tasks[task], width)]
    return shown


def _columns(rows: list[Row], width: int) -> Table:
    """Returns a grid of entries that reads downwards first."""
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    entries = _entries(rows)
    widest = max(cell_len(text) for text in entries)
    across = max(1, min(len(rows), (width + 2) // (widest + 2)))
    deep = math.ceil(len(rows) / across)
    table = Table.grid(padding=(0, 2, 0, 0))
    for line in range(deep):
        chosen = range(line, len(rows), deep)
        table.add_row(*(Text(entries[one], style=_STYLES[rows[one].verdict]) for one in chosen))
    return table


def _entries(rows: list[Row]) -> list[str]:
    """Returns "+ sw +3.2 [+1.1, +5.3]" for each row, the parts below each other."""
    names = [words.plain(row.language) for row in rows]
    effects = [words.points(row.delta) for row in rows]
    longest, deepest = max(map(len, names)), max(map(len, effects))
    return [
        f"{words.SIGNS[row.verdict]} {name:<{longest}} {effect:>{deepest}} {words.interval(row.low, row.high)}"
        for row, name, effect in zip(rows, names, effects, strict=True)
    ]
