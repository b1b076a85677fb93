"""The loss curve as a table and as a picture."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import pytest
from xharness_finetune.engine.curves import write_curves
from xharness_finetune.engine.jobs import Trained

if TYPE_CHECKING:
    from pathlib import Path

TRAINED: dict[str, Any] = {
    "steps": 40,
    "kept_step": 30,
    "seconds": 1.0,
    "loss": 0.25,
    "curve": ((10, 1.0), (20, 0.5), (40, 0.25)),
    "dev_curve": ((20, 0.625), (30, 2 / 3)),
    "facts": {"parts": {"a": {"curve": [[10, 1.0], [40, 0.2]]}, "b": {"curve": [[20, 0.5]]}}},
}


def test_the_table_has_losses_and_scores_by_step(tmp_path: Path) -> None:
    """curve.csv has a row per step with a point; what a step does not have is empty."""
    write_curves(tmp_path, Trained(**TRAINED), "a title")
    table = (tmp_path / "curve.csv").read_text(encoding="utf-8")
    assert table == "step,loss,dev\n10,1,\n20,0.5,0.625\n30,,0.666667\n40,0.25,\n"


def test_the_picture_is_the_same_each_time(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """SVG and PNG have no date and no random names; nothing is printed."""
    pytest.importorskip("matplotlib")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        assert write_curves(tmp_path / name, Trained(**TRAINED), "50 % of $x^2$ & more")
    for name in ("curve.svg", "curve.png"):
        first = (tmp_path / "a" / name).read_bytes()
        assert first == (tmp_path / "b" / name).read_bytes()
        assert len(first) > 1000
    assert "date" not in (tmp_path / "a" / "curve.svg").read_text(encoding="utf-8").lower()
    assert capfd.readouterr() == ("", "")


def test_without_matplotlib_there_is_the_table_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """matplotlib is an extra: its absence is told, not an error."""
    plain = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "matplotlib" else plain(name))
    assert not write_curves(tmp_path, Trained(**TRAINED), "a title")
    assert [path.name for path in tmp_path.iterdir()] == ["curve.csv"]


def test_one_point_is_enough(tmp_path: Path) -> None:
    """A training of one step without development data has a curve too."""
    short = {**TRAINED, "curve": ((1, 0.7),), "dev_curve": (), "facts": {}, "steps": 1, "kept_step": 1}
    write_curves(tmp_path, Trained(**short), "short")
    assert (tmp_path / "curve.csv").read_text(encoding="utf-8") == "step,loss,dev\n1,0.7,\n"
