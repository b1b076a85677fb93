"""A stored cell becomes the rows that give its score, or is refused: never rows that give another one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xharness
from made_up_runs import METRICS, TASKS, stored, task, write_run
from xharness.runs import CellStatus, ScoreRecord
from xharness.samples import main_metrics, read_sample, sample, stratum
from xharness.store import RunFolder


def test_rows_of_all_main_scores_give_the_cells_score():
    """Only metrics with a main score take part; the score is the mean of the main ones, for any shape of totals."""
    cell = stored("answers/sw", seed=3)
    made = sample(cell, TASKS["answers"], METRICS)
    recorded = {one.metric: one.value for one in cell.record.scores if one.main}
    totals = made.rows.sum(axis=0)
    assert made.rows.shape == (400, 3)
    assert list(made.metrics) == ["exact_match", "f1"]
    assert {name: float(score(totals)) for name, score in made.metrics.items()} == recorded
    assert float(made.score(totals)) == pytest.approx(sum(recorded.values()) / 2, abs=1e-15)
    several = np.stack([totals, totals / 2, made.rows[:7].sum(axis=0)]).reshape(3, 1, 3)
    assert made.score(several).shape == (3, 1)
    assert made.score(several)[0, 0] == made.score(totals)


def test_main_scores_of_two_metrics_stand_side_by_side():
    """Where two metrics give a main score each, both take part, and the rows hold the columns of both."""
    both = task("answers", ("accuracy", "overlap"), ("correct", "f1"))
    cell = stored("answers/en", seed=1)
    main = [
        ScoreRecord.model_validate({**one.model_dump(), "main": one.metric in both.main}) for one in cell.record.scores
    ]
    cell = replace(cell, record=cell.record.model_copy(update={"scores": tuple(main)}))
    made = sample(cell, both, METRICS)
    totals = made.rows.sum(axis=0)
    assert made.rows.shape == (400, 5)
    recorded = {one.metric: one.value for one in main if one.main}
    assert {name: float(score(totals)) for name, score in made.metrics.items()} == recorded
    assert float(made.score(totals)) == pytest.approx((recorded["correct"] + recorded["f1"]) / 2)


def test_strata_follow_the_task():
    """Languages of a parallel task are one set of clusters; other cells have their own."""
    assert stratum(TASKS["moods"], "sw") == ("moods", True)
    assert stratum(TASKS["answers"], "sw") == ("answers/sw", False)


def test_rows_beyond_the_examples_are_for_mining_only():
    """A mining cell may have rows for ids of its own; any other with more rows than examples is damaged."""
    ids = ["1", "2", "3", "stranger"]
    made = sample(stored("pairs/en", ids=ids, n=3), TASKS["pairs"], METRICS)
    assert (made.n, len(made.ids), made.open_ids) == (3, 4, True)
    for place, n in (("moods/en", 3), ("moods/en", 5), ("pairs/en", 5)):
        with pytest.raises(xharness.RunError, match=rf"{place}: the cell is damaged: it has 4 rows for {n} examples"):
            sample(stored(place, ids=ids, n=n), TASKS[place[:5]], METRICS)


@pytest.mark.parametrize("wrong", [0.25, float("nan")])
def test_rows_that_give_another_score_are_refused(wrong):
    """A recorded score that the rows do not give is damage; a difference of rounding is not."""
    cell = stored("moods/en", seed=2)
    value = cell.record.scores[0].value

    def recorded(score):
        one = cell.record.scores[0].model_copy(update={"value": score})
        return replace(cell, record=cell.record.model_copy(update={"scores": (one,)}))

    assert sample(recorded(value + 1e-11), TASKS["moods"], METRICS).n == 400
    with pytest.raises(
        xharness.RunError, match=rf"moods/en: the cell is damaged: its rows give correct {value}.*Delete"
    ):
        sample(recorded(wrong), TASKS["moods"], METRICS)


def test_rows_that_are_no_numbers_are_refused():
    """Rows with NaN never become a sample."""
    cell = stored("moods/en")
    rows = cell.statistics["accuracy"].rows.copy()
    rows[3, 0] = np.nan
    broken = replace(cell, statistics={"accuracy": replace(cell.statistics["accuracy"], rows=rows)})
    with pytest.raises(xharness.RunError, match="damaged: its rows give correct nan"):
        sample(broken, TASKS["moods"], METRICS)


def test_other_versions_are_named():
    """A cell without the metric, of another version of it, with other columns or other main scores says so."""
    cell, moods = stored("moods/en"), TASKS["moods"]
    with pytest.raises(xharness.RunError, match=r"moods/en: there are no rows of the metric 'accuracy', only of none"):
        sample(replace(cell, statistics={}), moods, METRICS)
    older = replace(cell, record=cell.record.model_copy(update={"versions": {"accuracy": "0"}}))
    with pytest.raises(
        xharness.RunError, match=r"of its version 0 \(correct, examples\), and version 1 .* is installed"
    ):
        sample(older, moods, METRICS)
    table = replace(cell.statistics["accuracy"], columns=("right", "examples"))
    with pytest.raises(xharness.RunError, match=r"of its version 1 \(right, examples\)"):
        sample(replace(cell, statistics={"accuracy": table}), moods, METRICS)
    minor = cell.record.scores[0].model_copy(update={"main": False})
    with pytest.raises(xharness.RunError, match=r"no main score 'correct', only none: another version of the task"):
        sample(replace(cell, record=cell.record.model_copy(update={"scores": (minor,)})), moods, METRICS)


def test_a_cell_that_is_not_scored_is_refused():
    """Predictions without gold are no sample."""
    cell = stored("moods/en")
    blank = replace(cell, record=cell.record.model_copy(update={"status": CellStatus.NO_GOLD}))
    with pytest.raises(xharness.RunError, match=r"moods/en: the cell is not scored \(no gold\)"):
        sample(blank, TASKS["moods"], METRICS)


def test_tasks_without_a_usable_main_score_blame_the_plugin():
    """A main score that no metric gives, none at all, or a metric that nobody offers is an error that names it."""
    with pytest.raises(xharness.PluginError, match=r"none of its metrics \(accuracy\) gives the score 'f1'"):
        main_metrics(task("odd", ("accuracy",), ("f1",)), METRICS)
    with pytest.raises(xharness.PluginError, match="names no main score"):
        main_metrics(task("odd", ("accuracy",), ()), METRICS)
    with pytest.raises(
        xharness.UsageError, match=r"no metric \(asked for by the task odd\) called 'acuracy'.*accuracy"
    ):
        main_metrics(task("odd", ("acuracy",), ("f1",)), METRICS)


def test_reading_names_the_file_and_what_disagrees(tmp_path):
    """A cell file that is damaged, or is not the cell that the run's record tells of, is refused by its name."""
    cell = stored("moods/sw")
    folder = RunFolder(write_run(tmp_path, [cell]))
    assert read_sample(folder, cell.record, TASKS["moods"], METRICS).n == 400
    other = cell.record.model_copy(update={"gold": "h" * 64})
    with pytest.raises(xharness.RunError, match=r"sw\.parquet: this file and the record .* disagree \(gold\)"):
        read_sample(folder, other, TASKS["moods"], METRICS)
    better = cell.record.model_copy(update={"scores": (cell.record.scores[0].model_copy(update={"value": 0.99}),)})
    with pytest.raises(xharness.RunError, match=r"sw\.parquet: this file and the record .* disagree \(scores\)"):
        read_sample(folder, better, TASKS["moods"], METRICS)
    path = folder.cell_path("moods", "sw")
    path.write_bytes(path.read_bytes()[:-9] + b"\0" * 9)
    with pytest.raises(xharness.RunError, match=r"sw\.parquet is damaged"):
        read_sample(folder, cell.record, TASKS["moods"], METRICS)
