"""Rows of a comparison as columns of texts, the same in a terminal, in markdown and in LaTeX."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness.comparison.formats import words
from xharness.reports import ABSENT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from xharness.comparison.result import Comparison, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table of texts: its heading, what the columns are called, and a line of texts for each row, with the row."""

    heading: str
    head: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    name: str
    text: Callable[[Row], str]


def grids(comparison: Comparison, *, main: bool = True, detail: bool = True) -> list[Grid]:
    """Returns tables of tasks, of averages and groups (if there is more than one task), and of cells, each by effect.

    Args:
        main: with scores, difference, interval, p-values and verdict.
        detail: with smallest detectable effect, counts, seeds and method.
    """
    made = []
    for heading, rows in _levels(comparison):
        columns = [_Column(name="", text=lambda row: words.plain(row.name))]
        columns += _main(comparison) if main else []
        columns += _detail(comparison, single=bool(rows) and rows[0].language != "") if detail else []
        made.append(
            Grid(
                heading=heading,
                head=tuple(column.name for column in columns),
                lines=tuple(tuple(column.text(row) for column in columns) for row in rows),
                rows=tuple(rows),
            )
        )
    return made


def _levels(comparison: Comparison) -> list[tuple[str, Sequence[Row]]]:
    """Returns heading and rows of every table."""
    found: list[tuple[str, Sequence[Row]]] = []
    chosen = comparison.corrections
    tasks = words.by_effect(comparison.tasks)
    found.append((f"Tasks{_family(chosen.family == 'tasks', chosen.tasks, len(tasks))}", tasks))
    means = [comparison.overall] if len(tasks) > 1 else []
    means += [comparison.english] if comparison.english is not None else []
    groups = words.by_effect(comparison.groups) if len(tasks) > 1 else []
    if means:
        name, version, _ = map(words.plain, comparison.aggregator)
        rule = f"{words.correction(comparison.corrections.groups)} over {len(groups)}"
        adjusted = f" (groups: p adjusted by {rule})" if groups else " (not adjusted)"
        found.append((f"Averages by {name} {version}{adjusted}", [*means, *groups]))
    cells = words.by_effect(comparison.cells)
    found.append((f"Cells{_family(chosen.family == 'cells', chosen.cells, len(cells))}", cells))
    return found


def _family(confirmatory: bool, correction: str, members: int) -> str:
    kind = "" if confirmatory else ", exploratory"
    return f"{kind} (p adjusted by {words.correction(correction)} over {members:,})"


def _main(comparison: Comparison) -> list[_Column]:
    def adjusted(row: Row) -> str:
        alone = row is comparison.overall or row is comparison.english
        return ABSENT if alone else words.probability(row.p_adjusted)

    return [
        _Column(name="a", text=lambda row: words.score(row.a)),
        _Column(name="b", text=lambda row: words.score(row.b)),
        _Column(name="a − b", text=lambda row: words.points(row.delta)),
        _Column(name=f"{words.level(comparison.level)} interval", text=lambda row: words.interval(row.low, row.high)),
        _Column(name="p", text=lambda row: words.probability(row.p)),
        _Column(name="adj. p", text=adjusted),
        _Column(name="verdict", text=words.verdict),
    ]


def _detail(comparison: Comparison, *, single: bool) -> list[_Column]:
    columns = [
        _Column(name="smallest", text=lambda row: words.size(row.detectable) if row.variance > 0 else ABSENT),
        _Column(name="n", text=lambda row: f"{row.n:,}"),
        _Column(name="G", text=lambda row: f"{row.clusters:,}"),
    ]
    if not single:
        columns.append(_Column(name="cells", text=lambda row: f"{row.cells}/{row.of_cells}"))
    if len(comparison.a.runs) > 1 or len(comparison.b.runs) > 1:
        columns += [
            _Column(name="seeds", text=lambda row: f"{row.units_a} / {row.units_b}"),
            _Column(name="SD", text=lambda row: f"{_deviation(row.sd_a)} / {_deviation(row.sd_b)}"),
        ]
    return [*columns, _Column(name="method", text=lambda row: words.plain(row.method))]


def _deviation(value: float | None) -> str:
    return ABSENT if value is None else words.size(value)
