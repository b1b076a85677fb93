"""From a stored cell to what is resampled: the rows of the metrics that make up its score, for one run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from xharness.errors import PluginError, RunError, located, named
from xharness.runs import CellStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xharness.bootstrap.cells import Score
    from xharness.cell_files import StoredCell
    from xharness.offers import Task
    from xharness.protocols import Metric
    from xharness.records import Floats, Statistics
    from xharness.runs import CellRecord
    from xharness.store import RunFolder

TOLERANCE = 1e-9
"""How far a score made again from its rows may lie from the recorded one: far above rounding, far below any digit shown."""

_REMEDY = "Delete that file and give the command that made the run again: it computes only what is missing."


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One cell of one run, as it is resampled.

    Attributes:
        ids, clusters: (m,) one per row.
        rows: float64 (m, k), the columns of every metric that makes up the cell's score, side by side.
        score: totals, float64 (..., k) → the mean of the cell's main scores, fractions, float64 (...).
        metrics: each main score by name, in the task's order, from the same totals.
        n: examples; the first n rows are theirs.
        wider: (m,) the larger unit in which each cluster lies, empty where the task knows none.
        open_ids: rows may follow for ids that only this system has (mining), so that m ≥ n; otherwise m = n.
    """

    ids: Sequence[str]
    clusters: Sequence[str]
    rows: Floats
    score: Score
    metrics: Mapping[str, Score]
    n: int
    open_ids: bool
    wider: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorer:
    """How sums of a task's rows become its scores.

    Attributes:
        score: totals, float64 (..., k) → the mean of the task's main scores, fractions, float64 (...).
        metrics: each main score by name, in the task's order, from the same totals.
        taking_part: the metrics whose columns, side by side, make up the rows.
        open_ids: rows may follow for ids that only one system has (mining).
    """

    score: Score
    metrics: Mapping[str, Score]
    taking_part: tuple[Metric, ...]
    open_ids: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """Returns "metric.column" of each of the k columns."""
        return tuple(f"{metric.name}.{column}" for metric in self.taking_part for column in metric.columns)


def stratum(task: Task, language: str) -> tuple[str, bool]:
    """Returns the name of the set of clusters that a cell belongs to, and whether other languages share it.

    A task whose languages are parallel is one set, "xnli"; otherwise every cell has its own, "panx/de" (Dror et al. 2017;
    languages of a parallel test set are not independent).
    """
    return (task.name, True) if task.parallel else (f"{task.name}/{language}", False)


def main_metrics(task: Task, metrics: Mapping[str, Metric]) -> dict[str, Metric]:
    """Returns by main score of the task, in its order, the first of its metrics that gives it.

    Raises UsageError for a metric that is not offered, PluginError for a main score that none of the metrics gives.
    """
    offered = [named(f"metric (asked for by the task {task.name})", name, metrics) for name in task.metrics]
    chosen: dict[str, Metric] = {}
    for score in task.main:
        metric = next((one for one in offered if score in one.scores), None)
        if metric is None:
            raise PluginError(
                f"{task.name}: none of its metrics ({', '.join(task.metrics) or 'none'}) gives the score {score!r}, which the "
                "task names as a main one. This is a defect of the task's plugin: report it there."
            )
        chosen[score] = metric
    if not chosen:
        raise PluginError(
            f"{task.name}: the task names no main score, so there is nothing to compare. This is a defect of its plugin: "
            "report it there."
        )
    return chosen


def read_sample(folder: RunFolder, cell: CellRecord, task: Task, metrics: Mapping[str, Metric]) -> Sample:
    """Returns the sample of a cell that the run's record lists as scored.

    Raises RunError, naming the file, where it is absent or damaged, holds another cell than the record says, or was scored by
    another version of the task or of a metric.
    """
    stored = folder.read_cell(cell.task, cell.language, answers=False)
    with located(str(folder.cell_path(cell.task, cell.language))):
        if stored.record.key != cell.key or stored.record.scores != cell.scores:
            differing = sorted(name for name, value in cell.key.items() if stored.record.key[name] != value)
            raise RunError(
                f"this file and the record of the run beside it disagree ({', '.join(differing) or 'scores'}): one of them "
                "was replaced, or a command was stopped between them. Give the command that made the run again."
            )
        return sample(stored, task, metrics)


def widened(sample: Sample, place: str, known: dict[str, str]) -> Sample:
    """Returns the sample with its wider units in the place of its clusters.

    `known` has the wider unit of every cluster of the task's other languages, and gets those of this one.

    Raises RunError if the cell has none, or if a cluster lies in two of them, here or in another language.
    """
    if not sample.wider or not all(sample.wider):
        raise RunError(
            f"{place}: the cell knows no larger unit than its clusters. Only questions whose gold has the articles' titles do: "
            "evaluate or score again into another folder if it has, or leave the task out of --wider."
        )
    for cluster, unit in zip(sample.clusters, sample.wider, strict=True):
        if known.setdefault(cluster, unit) != unit:
            raise RunError(
                f"{place}: the cluster {cluster!r} lies in {unit!r} here and in {known[cluster]!r} elsewhere, so larger units "
                "cannot be resampled together. Leave the task out of --wider."
            )
    return replace(sample, clusters=sample.wider)


def scorer(task: Task, metrics: Mapping[str, Metric]) -> Scorer:
    """Returns what turns sums of the task's rows into its scores. Raises as `main_metrics`."""
    main = main_metrics(task, metrics)
    taking_part = {metric.name: metric for metric in main.values()}
    parts: dict[str, slice] = {}
    start = 0
    for name, metric in taking_part.items():
        parts[name] = slice(start, start := start + len(metric.columns))
    scorers = {name: partial(_score, metric, parts[metric.name], name) for name, metric in main.items()}
    return Scorer(
        score=partial(_mean, tuple(scorers.values())),
        metrics=scorers,
        taking_part=tuple(taking_part.values()),
        open_ids=any(metric.open_ids for metric in taking_part.values()),
    )


def sample(stored: StoredCell, task: Task, metrics: Mapping[str, Metric]) -> Sample:
    """Returns what is resampled of a stored cell.

    Only metrics with a main score of the task take part. The point scores are made again from the rows.

    Raises:
        RunError: the cell is not scored; it lacks a metric or a column, or has another version of one, so that another
            version of the task made it; or its rows do not give its recorded main scores to within 1e-9 (damaged).
        UsageError, PluginError: as `main_metrics`.
    """
    import numpy as np

    place = stored.record.place
    if stored.record.status is not CellStatus.SCORED:
        raise RunError(f"{place}: the cell is not scored ({stored.record.status}), so there is nothing to resample.")
    how = scorer(task, metrics)
    tables = [_table(stored, metric) for metric in how.taking_part]
    made = Sample(
        ids=tables[0].ids,
        clusters=tables[0].clusters,
        rows=np.hstack([table.rows for table in tables]),
        score=how.score,
        metrics=how.metrics,
        n=stored.record.n,
        open_ids=how.open_ids,
        wider=stored.wider,
    )
    _check_count(made, place)
    check_scores(how, made.rows.sum(axis=0), stored.record, _REMEDY)
    return made


def _score(metric: Metric, part: slice, name: str, totals: Floats) -> Floats:
    return metric.score(totals[..., part])[name]


def _mean(scorers: tuple[Score, ...], totals: Floats) -> Floats:
    first, *others = (scorer(totals) for scorer in scorers)
    for other in others:
        first = first + other
    return first / len(scorers)


def _table(stored: StoredCell, metric: Metric) -> Statistics:
    """Returns the cell's rows of one metric, in the order of its columns."""
    place, version = stored.record.place, stored.record.versions.get(metric.name)
    table = stored.statistics.get(metric.name)
    if table is None:
        raise RunError(
            f"{place}: there are no rows of the metric {metric.name!r}, only of {', '.join(stored.statistics) or 'none'}: "
            "another version of the task made this cell. Evaluate or score again with the version that is installed now."
        )
    if version != metric.version or table.columns != metric.columns:
        raise other_version(place, metric, version, table.columns)
    return table


def other_version(place: str, metric: Metric, version: str | None, columns: Sequence[str]) -> RunError:
    """Returns the error for rows of another version of a metric than is installed."""
    return RunError(
        f"{place}: the rows of the metric {metric.name!r} are of its version {version or 'unknown'} "
        f"({', '.join(columns)}), and version {metric.version} ({', '.join(metric.columns)}) is installed. "
        "Evaluate or score again, or install the version that made the run."
    )


def _check_count(made: Sample, place: str) -> None:
    rows = len(made.ids)
    if rows < made.n or (rows > made.n and not made.open_ids) or made.n == 0:
        raise RunError(f"{place}: the cell is damaged: it has {rows:,} rows for {made.n:,} examples. {_REMEDY}")


def check_scores(how: Scorer, totals: Floats, record: CellRecord, remedy: str) -> None:
    """Raises RunError for sums of rows, float64 (k,), that do not give the main scores recorded, to within 1e-9."""
    recorded: dict[str, float] = {}
    for one in record.scores:
        if one.main:
            recorded.setdefault(one.metric, one.value)
    for name, score in how.metrics.items():
        value = float(score(totals))
        if name not in recorded:
            raise RunError(
                f"{record.place}: there is no main score {name!r}, only {', '.join(recorded) or 'none'}: another version of "
                "the task made this cell. Evaluate or score again with the version that is installed now."
            )
        if not abs(value - recorded[name]) <= TOLERANCE:  # so written that NaN is refused
            raise RunError(
                f"{record.place}: the cell is damaged: its rows give {name} {value!r} where {recorded[name]!r} is recorded. "
                f"{remedy}"
            )
