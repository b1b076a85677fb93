"""The forest plot shows every row once, in a file that depends on nothing but the comparison."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from xharness import pictures
from xharness.comparison import forest as drawing
from xharness.comparison.forest import arranged, forest, panels
from xharness.errors import UsageError

from .made_up import HOSTILE, NINE, against_itself, comparison, hostile, side

if TYPE_CHECKING:
    from pathlib import Path

    from xharness.comparison.result import Comparison

MADE = {
    "one task": lambda: comparison({"xnli": 15}),
    "one cell": lambda: comparison({"xnli": 1}),
    "nine tasks": comparison,
    "zero-shot": lambda: comparison({"xnli": 3, "panx": 4}, zero_shot=True),
    "itself": against_itself,
    "hostile": hostile,
    "scripts": lambda: comparison({"xnli": 2}, a=side("模型 मॉडल 😀")),
}


@pytest.fixture(autouse=True)
def _matplotlib() -> None:
    pytest.importorskip("matplotlib")


def figure_of(one: Comparison) -> Any:
    """The figure itself, as it would be saved."""
    with pictures._settings():
        figure = drawing._figure(one)
        figure.canvas.draw()
    return figure


@pytest.mark.parametrize("name", MADE)
def test_svg_and_png_are_drawn(name: str, tmp_path: Path) -> None:
    """Whatever is compared gives a well-formed SVG and a PNG, without a warning and with nothing left beside them."""
    one = MADE[name]()
    forest(one, tmp_path / "plot.svg")
    forest(one, tmp_path / "plot.PNG")
    assert ET.parse(tmp_path / "plot.svg").getroot().tag.endswith("svg")  # noqa: S314  # it is our own
    assert (tmp_path / "plot.PNG").read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plot.PNG", "plot.svg"]


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_the_same_comparison_gives_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    """Neither date nor the user's own settings of matplotlib are in the file."""
    import matplotlib

    forest(comparison(), tmp_path / f"first.{suffix}")
    with matplotlib.rc_context({"font.size": 20, "axes.facecolor": "red", "svg.hashsalt": "other"}):
        forest(comparison(), tmp_path / f"second.{suffix}")
        assert matplotlib.rcParams["font.size"] == 20
    assert (tmp_path / f"first.{suffix}").read_bytes() == (tmp_path / f"second.{suffix}").read_bytes()


def test_every_row_is_in_one_panel_by_effect() -> None:
    """A panel holds average and tasks, one more each task's languages, the largest difference first."""
    one = comparison()
    found = panels(one)
    assert [len(panel.rows) for panel in found] == [10, *NINE.values()]
    assert found[0].labels[0] == "average"
    assert "mean-of-tasks 1" in found[0].heading
    for panel in found:
        effects = [row.delta for row in panel.rows[panel.ruled :]]
        assert effects == sorted(effects, reverse=True)
    assert {id(panel) for column in arranged(found) for panel in column} == {id(panel) for panel in found}


def test_one_task_has_one_panel() -> None:
    """With one task its mean stands above its languages, and no average is drawn."""
    (panel,) = panels(comparison({"xnli": 3}))
    assert panel.labels[0] == "all"
    assert (len(panel.rows), panel.ruled) == (4, 1)
    assert "average" not in panel.heading


def test_columns_of_panels_are_about_equally_high() -> None:
    """The nine tasks of the benchmark fill four columns, with the tasks first and little empty space."""
    columns = arranged(panels(comparison()))
    heights = [sum(panel.height for panel in column) for column in columns]
    assert len(columns) == 4
    assert columns[0][0].labels[0] == "average"
    assert min(heights) > 0.8 * max(heights)


@pytest.mark.parametrize("name", ["nine tasks", "hostile", "one task", "itself"])
def test_no_labels_overlap_and_none_is_cut(name: str) -> None:
    """Labels of rows, ticks and panels, title and caption overlap with nothing and lie within the picture."""
    figure = figure_of(MADE[name]())
    renderer = figure.canvas.get_renderer()
    texts = [text for text in figure.texts if text.get_text()]
    for axes in figure.axes:
        # Labels of ticks beyond the ends of the axis are not drawn.
        low, high = axes.get_xlim()
        texts += [
            label for at, label in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True) if low <= at <= high
        ]
        texts += [*axes.get_yticklabels(), *axes.texts]
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts]
    width, height = figure.bbox.width, figure.bbox.height
    for position, (text, box) in enumerate(boxes):
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= width, text
        assert box.y1 <= height, text
        for other, second in boxes[position + 1 :]:
            # Glyphs fill less of a line than its box: a pixel or two shared is no overlap.
            wide = min(box.x1, second.x1) - max(box.x0, second.x0)
            high = min(box.y1, second.y1) - max(box.y0, second.y0)
            assert wide <= 2 or high <= 3, (text, other)


def test_verdicts_differ_in_shape() -> None:
    """Without colour a better, a worse and an undecided row still have different markers."""
    shapes = [mark["marker"] for mark in drawing._MARKS.values()]
    assert len(set(shapes)) == 3
    drawn = {line.get_marker() for axes in figure_of(comparison()).axes for line in axes.lines}
    assert set(shapes) <= drawn


def test_names_are_never_mathematics() -> None:
    """A dollar sign in a name is drawn as one, and control characters are not drawn at all."""
    figure = figure_of(hostile())
    texts = [*figure.texts, *(label for axes in figure.axes for label in axes.get_yticklabels())]
    named = [text for text in texts if "frac" in text.get_text()]
    assert named
    assert not any(text.get_parse_math() for text in named)
    assert not any(HOSTILE in text.get_text() or "\x1b" in text.get_text() for text in texts)


def test_what_is_not_finite_is_left_out(tmp_path: Path) -> None:
    """A row without interval or difference keeps its label and breaks nothing."""
    one = comparison({"xnli": 3})
    nothing = one.cells[0].model_copy(update=dict.fromkeys(("delta", "low", "high"), float("nan")))
    partly = one.model_copy(update={"cells": (nothing, *one.cells[1:])})
    forest(partly, tmp_path / "plot.svg")
    assert panels(partly)[0].labels[-1] == "en"


@pytest.mark.parametrize("name", ["plot.pdf", "plot"])
def test_other_suffixes_are_refused(name: str, tmp_path: Path) -> None:
    """Only the two forms that are promised are written; the error names both."""
    with pytest.raises(UsageError, match=r"\.svg or \.png"):
        forest(comparison({"xnli": 1}), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_without_matplotlib_the_way_to_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """matplotlib is an extra: the error says how to install it."""
    plain = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "matplotlib" else plain(name))
    with pytest.raises(UsageError, match=r"pip install 'xharness\[pictures\]'"):
        forest(comparison({"xnli": 1}), tmp_path / "plot.svg")
