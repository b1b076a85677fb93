"""The loss and the development score over the steps, as a table and as a picture."""

from __future__ import annotations

import csv
import importlib.util
import logging
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from xharness_finetune.engine.jobs import Trained

_STYLES = ("--", "-.", ":", (0, (1, 3)))  # lines that differ in grey as well
_GREYS = ("0.35", "0.5", "0.6", "0.7")


def write_curves(folder: Path, trained: Trained, title: str) -> bool:
    """Writes curve.csv (step, loss, dev; a cell is empty where a step has no such point) and, where matplotlib is
    installed, curve.svg and curve.png; returns whether these were drawn.

    The same training gives the same bytes with the same version of matplotlib.
    """
    _write_table(folder / "curve.csv", trained)
    if importlib.util.find_spec("matplotlib") is None:
        return False
    with _quiet():
        _draw(folder, trained, title)
    return True


def _write_table(path: Path, trained: Trained) -> None:
    losses, scores = dict(trained.curve), dict(trained.dev_curve)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("step", "loss", "dev"))
        for step in sorted(losses.keys() | scores.keys()):
            rows.writerow((step, _cell(losses.get(step)), _cell(scores.get(step))))


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps what matplotlib says of its font cache off the screen."""
    logger = logging.getLogger("matplotlib")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)


def _draw(folder: Path, trained: Trained, title: str) -> None:
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with rc_context({"svg.hashsalt": "xharness", "svg.fonttype": "path", "font.size": 9}):
        figure = Figure(figsize=(6.4, 3.6), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        axes.set_title(title, parse_math=False)
        axes.set_xlabel("step")
        axes.set_ylabel("training loss")
        axes.plot(*_columns(trained.curve), color="black", label="training loss")
        parts = trained.facts.get("parts", {})
        if len(parts) > 1:
            for index, (name, part) in enumerate(parts.items()):
                style, grey = _STYLES[index % len(_STYLES)], _GREYS[index % len(_GREYS)]
                axes.plot(*_columns(part["curve"]), color=grey, linestyle=style, linewidth=0.9, label=f"{name}, loss")
        if trained.dev_curve:
            _draw_scores(axes, trained)
        figure.legend(loc="outside lower center", ncols=3, frameon=False)
        figure.savefig(folder / "curve.svg", metadata={"Date": None})
        figure.savefig(folder / "curve.png", dpi=120, metadata={"Software": None})


def _draw_scores(axes: Any, trained: Trained) -> None:
    right = axes.twinx()
    right.set_ylabel("development score")
    right.plot(*_columns(trained.dev_curve), color="0.4", marker="o", markersize=3, linestyle="--", label="development")
    if trained.kept_step != trained.steps:
        right.axvline(trained.kept_step, color="0.6", linewidth=0.8, label="weights kept")


def _columns(points: Sequence[Sequence[float]]) -> tuple[list[float], list[float]]:
    return [point[0] for point in points], [point[1] for point in points]
