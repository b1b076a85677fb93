"""Every score of a run gets an interval from what is stored, or a note says why not."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from made_up_runs import PLUGINS, TASKS, stored, write_run
from xharness import intervals, reports
from xharness.cli import show
from xharness.evaluation import evaluate
from xharness.intervals import with_intervals
from xharness.plugins import Plugins
from xharness.runs import RunStatus
from xharness.selection import Request, Selection
from xharness.store import RunFolder

LANGUAGES = ("en", "sw", "th")
PLACES = tuple(f"{name}/{language}" for name in TASKS for language in LANGUAGES)


def made(folder, cells, **changes):
    """The record of a run of these cells with intervals, and its folder."""
    run = RunFolder(write_run(folder, cells, **changes))
    return with_intervals(PLUGINS, run, run.read_record()), run


def right(values):
    """The rows of a metric that counts one column."""
    return np.stack([values, np.ones(len(values))], axis=1)


def width(one):
    """High less low."""
    return one.high - one.low


def test_every_score_and_mean_has_an_interval(tmp_path):
    """Every cell by main score and their mean, every task, the group and the average: each around its score."""
    run, _ = made(tmp_path, [stored(place) for place in PLACES])
    found = run.intervals
    assert (found.level, found.resamples, found.seed) == (0.95, 10_000, 0)
    assert list(found.cells) == list(PLACES)
    for cell in run.cells:
        main = {score.metric: score.value for score in cell.scores if score.main}
        main["main"] = np.mean(list(main.values()))
        assert set(found.cells[cell.place]) == set(main)
        for name, value in main.items():
            assert found.cells[cell.place][name].low < value < found.cells[cell.place][name].high
    for means, ofthem in (
        (run.averages.tasks, found.tasks),
        (run.averages.groups, found.groups),
        ({"": run.averages.average}, {"": found.average}),
    ):
        assert set(means) == set(ofthem)
        for name, value in means.items():
            assert ofthem[name].low < value < ofthem[name].high
    assert with_intervals(PLUGINS, RunFolder(tmp_path / "method"), run) == run


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_accuracy_agrees_with_the_closed_form(tmp_path, rate):
    """The interval of an accuracy over independent examples is that of the normal approximation, within 5 %."""
    n = 2000
    values = (np.arange(n) < rate * n).astype(float)
    ids = [f"{number:04d}" for number in range(n)]
    cell = stored("moods/en", ids=ids, clusters=ids, rows={"accuracy": right(values)})
    run, _ = made(tmp_path, [cell])
    one = run.intervals.cells["moods/en"]["correct"]
    assert width(one) / 2 == pytest.approx(1.96 * math.sqrt(rate * (1 - rate) / n), rel=0.05)
    assert one.method == "percentile"


def test_copies_in_a_cluster_widen_the_interval(tmp_path):
    """Four copies of every example in its cluster bring no more certainty than one: the interval is as wide."""
    values = (np.random.default_rng(0).random(400) < 0.6).astype(float)
    ids = [f"{number:04d}" for number in range(1600)]
    alone = stored("moods/en", clusters=[f"c{number}" for number in range(400)], rows={"accuracy": right(values)})
    copies = stored(
        "moods/en",
        ids=ids,
        clusters=[f"c{number // 4}" for number in range(1600)],
        rows={"accuracy": right(values.repeat(4))},
    )
    one, four = (
        made(tmp_path, [cell], name=name)[0].intervals.cells["moods/en"]["correct"]
        for name, cell in (("one", alone), ("four", copies))
    )
    assert (one.low, one.high) == (four.low, four.high)


def test_parallel_languages_vary_together(tmp_path):
    """The mean of three equal parallel languages is as uncertain as one; of three independent ones it is √3 less so."""
    correct = right((np.random.default_rng(1).random(400) < 0.6).astype(float))
    both = np.concatenate([correct[:, :1], correct], axis=1)
    same = [stored(f"moods/{one}", rows={"accuracy": correct}) for one in LANGUAGES]
    apart = [stored(f"answers/{one}", rows={"overlap": both}) for one in LANGUAGES]
    found = made(tmp_path, [*same, *apart])[0].intervals
    cell = found.cells["moods/sw"]["main"]
    task = found.tasks["moods"]
    assert (task.low, task.high) == pytest.approx((cell.low, cell.high), abs=1e-12)
    assert width(found.tasks["answers"]) == pytest.approx(width(found.cells["answers/sw"]["main"]) / 3**0.5, rel=0.1)


def test_two_main_scores_vary_together(tmp_path):
    """Exact match and F1 are resampled on the same questions: their mean is as uncertain as each if they are equal."""
    values = (np.random.default_rng(2).random(400) < 0.6).astype(float)
    cell = stored("answers/en", rows={"overlap": np.stack([values, values, np.ones(400)], axis=1)})
    by_score = made(tmp_path, [cell])[0].intervals.cells["answers/en"]
    assert list(by_score) == ["exact_match", "f1", "main"]
    assert len({(one.low, one.high) for one in by_score.values()}) == 1


def test_a_cell_does_not_depend_on_the_others(tmp_path):
    """A cell has the same interval whatever else the run has."""
    whole = made(tmp_path, [stored(place) for place in PLACES], name="whole")[0].intervals
    for place in ("moods/sw", "answers/en", "pairs/th"):
        alone = made(tmp_path, [stored(place)], name=place.replace("/", "-"))[0].intervals
        assert alone.cells[place] == whole.cells[place]


def test_one_cluster_has_no_interval_and_the_rest_has(tmp_path):
    """A cell with a single cluster, and the means above it, have none; everything else keeps its own."""
    cells = [stored(place) for place in PLACES if place != "moods/th"]
    run, _ = made(tmp_path, [*cells, stored("moods/th", clusters=["all"] * 400)])
    found = run.intervals
    assert set(found.cells) == set(PLACES) - {"moods/th"}
    assert set(found.tasks) == {"answers", "pairs"}
    assert (found.groups, found.average) == ({}, None)
    assert run.averages.average is not None
    assert json.loads(reports.as_json(run))["cells"][2]["low"] is None
    only, _ = made(tmp_path, [stored("moods/th", clusters=["all"] * 400)], name="only")
    assert only.intervals is None
    assert not only.notes


def test_partial_runs_have_intervals_of_what_is_whole(tmp_path):
    """A task without all of its languages has no mean, and so no interval; its cells have theirs."""
    run, _ = made(tmp_path, [stored(place) for place in ("moods/en", "moods/sw", *PLACES[3:6])])
    assert len(run.intervals.cells) == 5
    assert set(run.intervals.tasks) == {"answers"}
    assert run.intervals.average is None


def test_scores_of_zero_have_an_interval(tmp_path):
    """A suite in which nothing is right still has intervals that reach above zero: errors not seen may exist."""
    cells = []
    for place in PLACES:
        name = TASKS[place.partition("/")[0]].metrics[-1]
        rows = np.zeros((400, 2 if name == "accuracy" else 3))
        rows[:, -1] = 1
        cells.append(stored(place, rows={name: rows}))
    run, _ = made(tmp_path, cells)
    assert run.averages.average == 0
    found = run.intervals
    every = [one for by_score in found.cells.values() for one in by_score.values()]
    for one in (*every, *found.tasks.values(), *found.groups.values(), found.average):
        assert one.low == 0
        assert 0 < one.high < 0.05
        assert one.method == "Clopper-Pearson over clusters"


def spoil(run, place):
    """Flips one byte of a cell's file."""
    path = run.cell_path(*place.split("/"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_damaged_cell_leaves_a_note_and_no_interval(tmp_path):
    """Where a stored cell cannot be trusted nothing has an interval, and a note names the file."""
    _, run = made(tmp_path, [stored(place) for place in PLACES])
    spoil(run, "answers/sw")
    found = with_intervals(PLUGINS, run, run.read_record())
    assert found.intervals is None
    (note,) = found.notes
    assert note.startswith("No intervals: ")
    assert "damaged" in note
    assert str(run.cell_path("answers", "sw")) in note
    assert note in reports.remarks(found)
    assert found.averages == run.read_record().averages


@pytest.mark.parametrize("lost", ["suite", "task", "metric"])
def test_what_is_no_longer_installed_leaves_a_note(tmp_path, monkeypatch, lost):
    """A run of a suite, task or metric that is not offered any more is still shown, without intervals."""
    _, run = made(tmp_path, [stored(place) for place in PLACES])
    record = run.read_record()
    plugins = PLUGINS
    if lost == "suite":
        plugins = Plugins([])
    elif lost == "task":
        cells = tuple(cell.model_copy(update={"task": "older"}) for cell in record.cells)
        record = record.model_copy(update={"cells": cells})
    else:
        monkeypatch.delitem(PLUGINS.metrics, "overlap")
    found = with_intervals(plugins, run, record)
    assert found.intervals is None
    assert found.notes[-1].startswith("No intervals: ")
    assert {"suite": "'trial'", "task": "older", "metric": "overlap"}[lost] in found.notes[-1]


def test_eval_stores_intervals(plugins, observer, tmp_path):
    """A finished evaluation has intervals on disk; one that is continued has them of all that is there."""
    request = Request(selection=Selection(tasks=("moods",)), out=tmp_path)
    first = evaluate(plugins, request, "steady", observer)
    assert first.folder.read_record().intervals == first.record.intervals
    assert set(first.record.intervals.cells) == {"moods/en", "moods/sw", "moods/th"}
    assert "Computing intervals" in observer.lines
    more = evaluate(plugins, Request(selection=Selection(), out=tmp_path), "steady", observer)
    assert more.folder.path == first.folder.path
    assert len(more.folder.read_record().intervals.cells) == 6
    assert more.record.intervals.average is not None


@pytest.mark.parametrize("form", ["json", "csv", "table", "markdown"])
def test_show_computes_what_an_interrupted_run_lacks(tmp_path, monkeypatch, capsys, form):
    """`show` gives intervals where the record has none, in every form, and changes no file."""
    _, run = made(tmp_path, [stored(place) for place in PLACES], status=RunStatus.INTERRUPTED)
    monkeypatch.setattr(Plugins, "load", lambda *_: PLUGINS)
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    show.show_command(run.path, form)
    text = capsys.readouterr().out
    low = with_intervals(PLUGINS, run, run.read_record()).intervals.cells["moods/en"]["correct"].low
    assert (repr(low) if form in {"json", "csv"} else "±") in text
    assert {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()} == before


def test_show_takes_stored_intervals_as_they_are(tmp_path, monkeypatch):
    """Where the record has intervals nothing is computed: no plugin is asked, and damaged cells do not matter."""
    found, run = made(tmp_path, [stored("moods/en")])
    run.write_record(found)
    spoil(run, "moods/en")
    monkeypatch.setattr(intervals, "with_intervals", lambda *_: pytest.fail("computed again"))
    assert show._complete(run, None) == found


def test_wider_units_do_not_change_a_runs_own_intervals(tmp_path):
    """A run's intervals are over its clusters, whether or not the cells know larger units."""
    cell = stored("answers/en")
    plain = made(tmp_path, [cell], name="plain")[0].intervals
    wide = made(tmp_path, [replace(cell, wider=["article"] * 400)], name="wide")[0].intervals
    assert plain == wide
