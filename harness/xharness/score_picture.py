"""Picture of a run: every score with its interval, a panel for each task, a row for each language."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from xharness.pictures import save
from xharness.runs import CellStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from xharness.runs import CellRecord, IntervalRecord, RunRecord

_ACROSS = 3  # panels
# Inches.
_PANEL_WIDTH, _ROW, _HEAD = 3.1, 0.17, 0.75
_NAME = 70  # characters of the title
_SCORE: dict[str, Any] = {"marker": "o", "color": "#08519c", "markersize": 3.5, "linewidth": 1.2, "capsize": 1.5}


def draw_scores(run: RunRecord, path: Path) -> None:
    """Draws a run's scores in percent with their intervals as an SVG or PNG file, by the suffix of `path`.

    Cells without a score have their row and no mark. The same run gives the same bytes with the same version of matplotlib.

    Raises:
        UsageError: another suffix, or matplotlib is not installed.
        RunError: the file cannot be written.
    """
    save(path, lambda: _figure(run))


def _figure(run: RunRecord) -> Any:
    from matplotlib.figure import Figure

    panels = _panels(run.cells)
    lines = [panels[start : start + _ACROSS] for start in range(0, len(panels), _ACROSS)]
    heights = [_HEAD + _ROW * max(len(cells) for _, cells in line) for line in lines]
    across = min(_ACROSS, len(panels))
    figure = Figure(figsize=(_PANEL_WIDTH * across, sum(heights) + 0.4), layout="constrained")
    grid = figure.add_gridspec(len(lines), across, height_ratios=heights)
    for row, line in enumerate(lines):
        for column, (task, cells) in enumerate(line):
            _draw(figure.add_subplot(grid[row, column]), task, cells, run)
    name = run.name if len(run.name) <= _NAME else f"{run.name[: _NAME - 1]}…"
    level = f", {run.intervals.level:.0%} intervals" if run.intervals else ""
    figure.suptitle(_plain(f"{name} on {run.suite}: scores in percent{level}"), fontsize=9.5, fontweight="bold")
    return figure


def _panels(cells: Sequence[CellRecord]) -> list[tuple[str, list[CellRecord]]]:
    """Returns tasks in their order with their cells, languages in theirs."""
    found: dict[str, list[CellRecord]] = {}
    for cell in cells:
        found.setdefault(cell.task, []).append(cell)
    return list(found.items())


def _draw(axes: Any, task: str, cells: Sequence[CellRecord], run: RunRecord) -> None:
    axes.set_title(_plain(task), fontsize=8.5, fontweight="bold")
    for row, cell in enumerate(cells):
        main = [score.value for score in cell.scores if score.main]
        if cell.status is not CellStatus.SCORED or not main:
            continue
        value = 100 * math.fsum(main) / len(main)
        interval = _interval(run, cell)
        bar = [[value - 100 * interval.low], [100 * interval.high - value]] if interval else None
        axes.errorbar([value], [row], xerr=bar, **_SCORE)
    axes.set_yticks(range(len(cells)), [_plain(cell.language) for cell in cells], fontsize=7)
    axes.set_ylim(len(cells) - 0.4, -0.6)
    axes.set_xlim(-2, 102)
    axes.tick_params(axis="x", labelsize=7)
    axes.grid(axis="x", color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _interval(run: RunRecord, cell: CellRecord) -> IntervalRecord | None:
    """Returns the interval of a cell's score: of the mean of its main scores where there are several."""
    stored = run.intervals.cells.get(cell.place, {}) if run.intervals else {}
    names = [score.metric for score in cell.scores if score.main]
    return stored.get("main") or (stored.get(names[0]) if len(names) == 1 else None)


def _plain(text: str) -> str:
    """Returns the text with nothing in it that matplotlib would read as a formula."""
    return text.replace("$", r"\$")
