"""Forest plot of a comparison: differences with intervals, a panel of tasks and one of languages for each task."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xharness.comparison.formats import words
from xharness.comparison.formats.remarks import title
from xharness.comparison.result import Verdict
from xharness.pictures import DPI, save

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from xharness.comparison.result import Comparison, Row

# Inches.
_ROW = 0.17
_PANEL_HEAD, _PANEL_FOOT = 0.42, 0.25
_AXES_WIDTH, _AXES_ALONE = 2.5, 4.0
_UNIT, _LABEL_GAP = 0.45, 0.1
_GAP, _EDGE = 0.3, 0.15
_LINE = 0.18
_ROWS_DOWN = 48  # rows in one column of panels, about; more columns beyond that, up to _MOST_ACROSS
_MOST_ACROSS = 4
_LABEL, _NAME = 26, 70  # characters, longer ones are cut in the middle
_TITLE: dict[str, Any] = {"fontsize": 9.5, "fontweight": "bold"}
_CAPTION: dict[str, Any] = {"fontsize": 7}
_MARK_SIZE = 5
_SLACK = 0.97  # SVG and PNG set the same text a little wider or narrower
# Marker, colour and filling: each alone tells the verdicts apart, the markers in grey too.
_MARKS: dict[Verdict, dict[str, Any]] = {
    Verdict.BETTER: {"marker": ">", "color": "#08519c", "markerfacecolor": "#08519c"},
    Verdict.WORSE: {"marker": "<", "color": "#a63603", "markerfacecolor": "#fdae6b"},
    Verdict.UNDECIDED: {"marker": "o", "color": "0.45", "markerfacecolor": "white"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Rows under one heading, from top to bottom, the first `ruled` of them above a line."""

    heading: str
    labels: tuple[str, ...]
    rows: tuple[Row, ...]
    ruled: int = 0

    @property
    def height(self) -> float:
        """Inches with heading and axis."""
        return _PANEL_HEAD + _ROW * len(self.rows) + _PANEL_FOOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Where a panel is drawn, in inches: its left end and top from the figure's lower left, the labels' margin, the axes."""

    left: float
    top: float
    margin: float
    width: float


def forest(comparison: Comparison, path: Path) -> None:
    """Draws the comparison as an SVG or PNG file, by the suffix of `path`; whole or absent.

    Differences are in points, with the intervals of the comparison's level; markers tell the verdicts apart without colour.
    The same comparison gives the same bytes with the same version of matplotlib.

    Raises:
        UsageError: another suffix, or matplotlib is not installed.
        RunError: the file cannot be written.
    """
    save(path, lambda: _figure(comparison))


def panels(comparison: Comparison) -> list[Panel]:
    """Returns the panel of tasks and averages (if there is more than one task), and one of each task's languages, by effect."""
    found = []
    tasks = words.by_effect(comparison.tasks)
    if len(tasks) > 1:
        means = [comparison.overall, *([comparison.english] if comparison.english is not None else [])]
        name, version, _ = comparison.aggregator
        found.append(
            Panel(
                heading=_cut(f"tasks; average: {name} {version}", _NAME),
                labels=tuple(_cut(row.name, _LABEL) for row in (*means, *tasks)),
                rows=(*means, *tasks),
                ruled=len(means),
            )
        )
    for task in comparison.tasks:
        rows = words.by_effect(row for row in comparison.cells if row.task == task.name)
        mean = (task,) if len(tasks) == 1 else ()
        found.append(
            Panel(
                heading=_cut(task.name, _LABEL),
                labels=(*("all" for _ in mean), *(_cut(row.language, _LABEL) for row in rows)),
                rows=(*mean, *rows),
                ruled=len(mean),
            )
        )
    return found


def arranged(found: Sequence[Panel]) -> list[list[Panel]]:
    """Returns the panels in columns of about equal height, the first panel first, the others of a column in their order."""
    rows = sum(len(panel.rows) for panel in found)
    across = max(1, min(_MOST_ACROSS, len(found), math.ceil(rows / _ROWS_DOWN)))
    columns: list[list[int]] = [[] for _ in range(across)]
    heights = [0.0] * across
    order = sorted(range(1, len(found)), key=lambda one: (-found[one].height, one))
    for one in (0, *order):
        shortest = heights.index(min(heights))
        columns[shortest].append(one)
        heights[shortest] += found[one].height
    return [[found[one] for one in sorted(column)] for column in columns]


def _cut(text: str, most: int) -> str:
    text = words.plain(text)
    half = (most - 1) // 2
    return text if len(text) <= most else f"{text[:half]}…{text[-half:]}"


def _figure(comparison: Comparison) -> Any:
    """Returns the drawing: title, panels in columns, legend, caption, each at its own place in inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = arranged(panels(comparison))
    figure = Figure(dpi=DPI)
    FigureCanvasAgg(figure)
    across = _AXES_ALONE if len(columns) == 1 else _AXES_WIDTH
    margins = [_margin(figure, column) for column in columns]
    width = 2 * _EDGE + sum(margins) + len(columns) * across + (len(columns) - 1) * _GAP
    above = _wrapped(figure, _heading(comparison), _SLACK * (width - 2 * _EDGE), **_TITLE)
    below = _wrapped(figure, _caption(comparison), _SLACK * (width - 2 * _EDGE), **_CAPTION)
    deep = max(sum(panel.height for panel in column) for column in columns)
    height = deep + _LINE * (len(above) + len(below) + 1.5) + 2 * _EDGE
    figure.set_size_inches(width, height)
    _draw_lines(figure, above, below)
    left = _EDGE
    for column, margin in zip(columns, margins, strict=True):
        top = height - _EDGE - _LINE * len(above)
        for panel in column:
            _draw_panel(figure, panel, Box(left=left, top=top, margin=margin, width=across))
            top -= panel.height
        left += margin + across + _GAP
    return figure


def _margin(figure: Any, column: Sequence[Panel]) -> float:
    """Returns inches for the labels of a column of panels, at least for the unit that stands there too."""
    return max(_UNIT, *(_text_width(figure, label) for panel in column for label in panel.labels)) + _LABEL_GAP


def _text_width(figure: Any, text: str, **font: Any) -> float:
    """Returns inches that a text takes."""
    drawn = figure.text(0, 0, text, parse_math=False, **font)
    extent = drawn.get_window_extent(figure.canvas.get_renderer())
    drawn.remove()
    return float(extent.width / figure.dpi)


def _wrapped(figure: Any, text: str, inches: float, **font: Any) -> list[str]:
    """Returns the text in lines that are no wider; a word that is wider by itself is cut in the middle."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _text_width(figure, longer, **font) <= inches:
            lines[-1] = longer
        else:
            lines.append(_fitted(figure, word, inches, **font))
    return lines


def _fitted(figure: Any, text: str, inches: float, **font: Any) -> str:
    """Returns the text, cut in the middle until it is no wider."""
    fitted, most = text, len(text)
    while most > 1 and _text_width(figure, fitted, **font) > inches:
        most -= 1
        fitted = _cut(text, most)
    return fitted


def _heading(comparison: Comparison) -> str:
    a, b = (side.model_copy(update={"name": _cut(side.name, _NAME)}) for side in (comparison.a, comparison.b))
    return title(comparison.model_copy(update={"a": a, "b": b}))


def _caption(comparison: Comparison) -> str:
    chosen = comparison.corrections
    return (
        f"Difference a − b in points with {words.level(comparison.level)} intervals, which are not adjusted. Markers by the "
        f"adjusted p: {words.correction(chosen.tasks)} over tasks, {words.correction(chosen.cells)} over cells "
        f"({'cells' if chosen.family == 'tasks' else 'tasks'} are exploratory). Every panel has its own scale."
    )


def _draw_lines(figure: Any, above: Sequence[str], below: Sequence[str]) -> None:
    """Draws title, caption and the legend of the markers."""
    from matplotlib.lines import Line2D

    width, height = figure.get_size_inches()
    for position, line in enumerate(above):
        y = (height - _EDGE - _LINE * position) / height
        figure.text(_EDGE / width, y, line, va="top", parse_math=False, **_TITLE)
    for position, line in enumerate(reversed(below)):
        y = (_EDGE + _LINE * position) / height
        figure.text(_EDGE / width, y, line, va="bottom", parse_math=False, **_CAPTION)
    handles = [
        Line2D([], [], linewidth=1, markersize=_MARK_SIZE, label=str(verdict), **mark)
        for verdict, mark in _MARKS.items()
    ]
    place = (_EDGE / width, (_EDGE + _LINE * len(below)) / height)
    figure.legend(
        handles=handles, loc="lower left", bbox_to_anchor=place, ncols=3, frameon=False, borderaxespad=0, borderpad=0.2
    )


def _draw_panel(figure: Any, panel: Panel, box: Box) -> None:
    width, height = figure.get_size_inches()
    tall = _ROW * len(panel.rows)
    left, bottom = box.left + box.margin, box.top - _PANEL_HEAD - tall
    axes = figure.add_axes((left / width, bottom / height, box.width / width, tall / height))
    font = {"fontsize": 8, "fontweight": "bold"}
    heading = _fitted(figure, panel.heading, _SLACK * (box.margin + box.width), **font)
    figure.text(box.left / width, (bottom + tall + 0.06) / height, heading, va="bottom", parse_math=False, **font)
    axes.set_ylim(len(panel.rows) - 0.5, -0.5)
    axes.set_yticks(range(len(panel.rows)), labels=panel.labels, parse_math=False)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=7)
    axes.locator_params(axis="x", nbins=6)
    axes.spines[["left", "right", "top"]].set_visible(False)
    for position in range(0, len(panel.rows), 2):
        axes.axhspan(position - 0.5, position + 0.5, color="0.95", zorder=0, linewidth=0)
    axes.axvline(0, color="black", linewidth=0.8, zorder=1)
    if panel.ruled:
        axes.axhline(panel.ruled - 0.5, color="0.5", linewidth=0.6)
    for position, row in enumerate(panel.rows):
        _draw_row(axes, position, row)
    if not any(row.low or row.high for row in panel.rows):
        axes.set_xlim(-1, 1)  # a run against itself
    below = {"xycoords": "axes fraction", "textcoords": "offset points"}
    axes.annotate("points", (0, 0), xytext=(-12, -6), ha="right", va="top", fontsize=7, **below)


def _draw_row(axes: Any, position: int, row: Row) -> None:
    mark = _MARKS[row.verdict]
    if math.isfinite(row.low) and math.isfinite(row.high):
        axes.plot([100 * row.low, 100 * row.high], [position] * 2, color=mark["color"], linewidth=1, zorder=2)
    if math.isfinite(row.delta):
        axes.plot([100 * row.delta], [position], markersize=_MARK_SIZE, zorder=3, linestyle="", **mark)
