"""The picture of a run has every score with its interval, and is the same file each time."""

from __future__ import annotations

import re

import made_up_runs
import pytest
from xharness.errors import UsageError
from xharness.intervals import with_intervals
from xharness.score_picture import draw_scores
from xharness.store import RunFolder


@pytest.fixture
def run(tmp_path):
    """A run of two tasks in two languages, one cell without gold, under a name that a formula would begin."""
    cells = [made_up_runs.stored(place) for place in ("moods/en", "moods/sw", "answers/en")]
    folder = RunFolder(made_up_runs.write_run(tmp_path, cells, name="cheap $x^2$"))
    return with_intervals(made_up_runs.PLUGINS, folder, folder.read_record())


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_same_run_same_bytes(run, tmp_path, suffix):
    """Two pictures of a run are one file, in either form."""
    first, second = tmp_path / f"first.{suffix}", tmp_path / f"second.{suffix}"
    draw_scores(run, first)
    draw_scores(run, second)
    assert first.read_bytes() == second.read_bytes()
    assert len(first.read_bytes()) > 5_000


def test_every_score_has_its_mark_and_its_interval(run, tmp_path):
    """One bar for each scored cell, none for cells that are not scored."""
    from xharness import score_picture

    scored = [cell for cell in run.cells if cell.scores]
    axes = score_picture._figure(run).axes
    marks = [line for one in axes for line in one.containers]
    assert len(scored) == len(marks) == 3
    for cell, mark in zip(scored, marks, strict=True):
        values = [score.value for score in cell.scores if score.main]
        assert mark.lines[0].get_xdata()[0] == pytest.approx(100 * sum(values) / len(values))
        (low, _), (high, _) = mark.lines[2][0].get_segments()[0]
        assert low < mark.lines[0].get_xdata()[0] < high
    assert {text for one in axes for text in (one.get_title(),)} == {cell.task for cell in run.cells}


def test_names_are_no_formulas(run, tmp_path):
    """A dollar sign in a run's name is drawn as it stands, also where mathtext would fail."""
    draw_scores(run.model_copy(update={"name": r"$\frac{$ broken"}), tmp_path / "one.svg")
    assert (tmp_path / "one.svg").stat().st_size > 5_000


def test_other_forms_are_refused(run, tmp_path):
    """A file of another form is refused by name, and nothing is written."""
    with pytest.raises(UsageError, match=re.escape("scores.pdf")):
        draw_scores(run, tmp_path / "scores.pdf")
    assert not list(tmp_path.glob("*.pdf"))


def test_a_picture_is_of_one_run(tmp_path):
    """An evaluation of several checkpoints is refused a picture before anything is computed, and told how to draw each."""
    from typer.testing import CliRunner
    from xharness.cli.app import app

    done = CliRunner().invoke(app, ["eval", "one", "two", "--suite", "mini", "--picture", str(tmp_path / "a.svg")])
    assert isinstance(done.exception, UsageError)
    assert "of one run, and 2 are asked for" in str(done.exception)
    assert "xharness show RUN --picture" in str(done.exception)
