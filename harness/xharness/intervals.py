"""Intervals of one run's scores, from its stored statistics alone: no model, no data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness import bootstrap
from xharness.errors import HarnessError, named
from xharness.runs import CellStatus, IntervalRecord, IntervalsRecord
from xharness.samples import read_sample, stratum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from xharness.bootstrap import Cell, Draws
    from xharness.offers import Suite, Task
    from xharness.plugins import Plugins
    from xharness.runs import CellRecord, RunRecord
    from xharness.store import RunFolder

LEVEL = 0.95
RESAMPLES = 10_000
SEED = 0


def with_intervals(plugins: Plugins, folder: RunFolder, run: RunRecord) -> RunRecord:
    """Returns the record with a 95 % interval for every scored cell, every task and group that has a mean, and the average.

    The bootstrap resamples clusters, the same in all languages of a parallel task (`xharness.bootstrap`). Cells with fewer than
    two clusters have none. If a cell, or the plugin of its suite, task or metric, cannot be used, nothing has, and a note says
    why.
    """
    try:
        found = _found(plugins, folder, run)
    except HarnessError as error:
        return run.model_copy(update={"notes": (*run.notes, f"No intervals: {error}")})
    return run if found is None else run.model_copy(update={"intervals": found})


def _found(plugins: Plugins, folder: RunFolder, run: RunRecord) -> IntervalsRecord | None:
    """Returns all intervals, None where no cell can have one."""
    suite = plugins.suite(run.suite)
    tasks = plugins.suite_tasks(suite)
    cells = [one for cell in run.cells for one in _cells(folder, cell, tasks, plugins)]
    if not cells:
        return None
    drawn = _places(run, bootstrap.resample(cells, resamples=RESAMPLES, seed=SEED))
    found = IntervalsRecord(
        level=LEVEL,
        resamples=RESAMPLES,
        seed=SEED,
        cells={place: {name: _interval(one) for name, one in by_score.items()} for place, by_score in drawn.items()},
    )
    means = _means(run, suite, tasks, {place: by_score[MAIN] for place, by_score in drawn.items()})
    return found.model_copy(update=means)


MAIN = "main"
"""The mean of a cell's main scores, beside each of them."""


def _cells(folder: RunFolder, cell: CellRecord, tasks: Mapping[str, Task], plugins: Plugins) -> Iterable[Cell]:
    """Yields one cell to resample for each main score, all with the same draws."""
    if cell.status is not CellStatus.SCORED or cell.clusters < 2:
        return
    task = named("task of the suite that the run is of", cell.task, tasks)
    sample = read_sample(folder, cell, task, plugins.metrics)
    name, shared = stratum(task, cell.language)
    for metric, score in sample.metrics.items():
        yield bootstrap.Cell(
            name=f"{cell.place}:{metric}",
            stratum=name,
            shared=shared or len(sample.metrics) > 1,
            clusters=sample.clusters,
            rows=sample.rows[None],
            score=score,
        )


def _places(run: RunRecord, drawn: Mapping[str, Draws]) -> dict[str, dict[str, Draws]]:
    """Returns draws by place and score, with the mean of a place's scores as `main`."""
    found: dict[str, dict[str, Draws]] = {}
    for name, one in drawn.items():
        place, _, metric = name.partition(":")
        found.setdefault(place, {})[metric] = one
    for place, scores in found.items():
        scores[MAIN] = bootstrap.combine(place, [(1 / len(scores), one) for one in scores.values()])
    return {cell.place: found[cell.place] for cell in run.cells if cell.place in found}


def _means(run: RunRecord, suite: Suite, tasks: Mapping[str, Task], drawn: Mapping[str, Draws]) -> dict[str, object]:
    """Returns intervals of the means that the run has."""
    mean = _mean_of(drawn)
    by_task = {
        name: mean(name, [f"{name}/{language}" for language in task.languages])
        for name, task in tasks.items()
        if run.averages.tasks.get(name) is not None
    }
    whole = {name: one for name, one in by_task.items() if one is not None}
    over_tasks = _mean_of(whole)
    groups = {
        name: over_tasks(name, members)
        for name, members in suite.aggregator.groups.items()
        if run.averages.groups.get(name) is not None
    }
    average = over_tasks("average", list(tasks)) if run.averages.average is not None else None
    return {
        "tasks": {name: _interval(one) for name, one in whole.items()},
        "groups": {name: _interval(one) for name, one in groups.items() if one is not None},
        "average": _interval(average) if average is not None else None,
    }


def _mean_of(drawn: Mapping[str, Draws]) -> Callable[[str, Iterable[str]], Draws | None]:
    def mean(name: str, members: Iterable[str]) -> Draws | None:
        """None where a member has no draws."""
        names = list(members)
        if any(one not in drawn for one in names):
            return None
        return bootstrap.combine(name, [(1 / len(names), drawn[one]) for one in names])

    return mean


def _interval(drawn: Draws) -> IntervalRecord:
    found = bootstrap.of_score(drawn, LEVEL)
    return IntervalRecord(low=found.low, high=found.high, method=found.method)
