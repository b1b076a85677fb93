"""From predictions to statistics, from statistics to scores, from scores to averages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness.candidates import Offered
from xharness.errors import PluginError, PredictionError, named, near_matches
from xharness.records import Predictions, Score, Statistics

if TYPE_CHECKING:
    from xharness.offers import Aggregator, Task
    from xharness.protocols import Metric
    from xharness.records import Split

CellScores = Mapping[tuple[str, str], Sequence[Score]]
"""(task, language) → the cell's scores."""


def align(split: Split, predictions: Predictions, *, open_ids: bool) -> Predictions:
    """Returns the predictions in the order of the split's examples, by id.

    With `open_ids` an id without a prediction means that nothing was found, and ids that only the predictions have follow
    at the end. Raises PredictionError for duplicate, missing or unknown ids.
    """
    answers = dict(zip(predictions.ids, predictions.values, strict=True))
    if len(answers) != len(predictions.ids):
        raise PredictionError(
            f"{split.place}: {len(predictions.ids) - len(answers):,} example ids have more than one prediction (first: "
            f"{_first_duplicate(predictions.ids)!r}); the cell was not scored. Give each id once."
        )
    ids = [example.id for example in split.examples]
    known = set(ids)
    extra = [one for one in predictions.ids if one not in known]
    missing = [one for one in ids if one not in answers]
    if open_ids:
        ids = [*ids, *extra]
        return Predictions(ids=ids, values=[answers.get(one, ()) for one in ids], record=predictions.record)
    if missing:
        raise PredictionError(
            f"{split.place}: {len(missing):,} of {len(ids):,} examples have no prediction (first: "
            f"{', '.join(missing[:3])}); the cell was not scored. Predict every example of the split."
        )
    if extra:
        raise PredictionError(
            f"{split.place}: {len(extra):,} predictions are for ids that the split does not have (first: "
            f"{', '.join(extra[:3])}); the cell was not scored. Check that predictions and data are of the same split."
        )
    return Predictions(ids=ids, values=[answers[one] for one in ids], record=predictions.record)


def _first_duplicate(ids: Sequence[str]) -> str:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            return one
        seen.add(one)
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A cell's aligned predictions, its statistics (one table per metric, same ids in the same order), and its scores."""

    predictions: Predictions
    statistics: Mapping[str, Statistics]
    scores: tuple[Score, ...]


def chosen_metrics(task: Task, metrics: Mapping[str, Metric]) -> dict[str, Metric]:
    """Returns the task's metrics in its order.

    Raises UsageError for a name that is not offered, PluginError where a main score is none of theirs: a task whose main score
    is never there would have no mean.
    """
    chosen = {name: named(f"metric (asked for by the task {task.name})", name, metrics) for name in task.metrics}
    scores = [name for metric in chosen.values() for name in metric.scores]
    for name in task.main:
        if name not in scores:
            raise PluginError(
                f"The task {task.name!r} names {name!r} as a main score, and its metrics ({', '.join(chosen)}) give "
                f"{', '.join(scores) or 'none'}.{near_matches(name, scores)} The task's plugin must name one of these in main."
            )
    return chosen


def score_split(task: Task, split: Split, predictions: Predictions, metrics: Mapping[str, Metric]) -> Scored:
    """Returns statistics and scores of one cell. The split must have gold.

    Raises PredictionError if predictions do not fit the split, or a metric gives what is no statistics or score.
    """
    chosen = chosen_metrics(task, metrics)
    aligned = align(split, predictions, open_ids=any(metric.open_ids for metric in chosen.values()))
    statistics: dict[str, Statistics] = {}
    scores: list[Score] = []
    for name, metric in chosen.items():
        report = metrics.owners[name].report if isinstance(metrics, Offered) else _REPORT
        rows = metric.statistics(split, aligned)
        if (problem := _problem_of_rows(metric, rows, aligned)) is not None:
            raise _defect(task, metric, problem, report)
        statistics[name] = rows
        scores += score_statistics(task, metric, rows, len(split.examples), report)
    return Scored(predictions=aligned, statistics=statistics, scores=tuple(scores))


_REPORT = "This is a defect of the metric's plugin: report it there."


def score_statistics(task: Task, metric: Metric, statistics: Statistics, n: int, report: str = _REPORT) -> list[Score]:
    """Returns the metric's scores of one cell from its rows. `n` is the number of examples.

    Raises PredictionError, ending with `report`, if a score is absent, not a finite number or outside its range: it must never
    be reported.
    """
    values = metric.score(statistics.rows.sum(axis=0))
    ranges = getattr(metric, "ranges", {})
    scores = []
    for name in metric.scores:
        if name not in values:
            given = ", ".join(values) or "none"
            raise _defect(
                task, metric, f"has the score {name!r} in `scores` and does not give it, only {given}", report
            )
        value = float(values[name])
        low, high = ranges.get(name, (0.0, 1.0))
        if not math.isfinite(value):
            raise _defect(task, metric, f"gave {value} for {name!r}", report)
        if not low - _ROUNDING <= value <= high + _ROUNDING:
            hint = " Scores are fractions, unless the metric says `ranges`." if name not in ranges else ""
            problem = f"gave {value} for {name!r}, which is outside of [{low:g}, {high:g}]"
            raise _defect(task, metric, problem, f"{hint.lstrip()} {report}".lstrip())
        scores.append(Score(metric=name, value=value, n=n, main=name in task.main))
    return scores


_ROUNDING = 1e-9
"""How far a fraction that is computed in float64 may lie outside of its range."""


def _problem_of_rows(metric: Metric, found: Statistics, aligned: Predictions) -> str | None:
    """Returns what is wrong with the statistics that a metric gave, None if nothing is."""
    import numpy as np

    n, k = len(aligned.ids), len(metric.columns)
    if tuple(found.columns) != tuple(metric.columns):
        return f"gave the columns {', '.join(found.columns)}, and says that it has {', '.join(metric.columns)}"
    shape = getattr(found.rows, "shape", None)
    if shape != (n, k):
        return f"gave rows of shape {shape}, expected {(n, k)}: one for each example, with {k} columns"
    if list(found.ids) != list(aligned.ids):
        wrong = next((one for one, other in zip(found.ids, aligned.ids, strict=False) if one != other), None)
        first = f" (first: {wrong!r})" if wrong is not None else ""
        return f"gave {len(found.ids):,} ids for {n:,} rows, not those of the examples in their order{first}"
    if len(found.clusters) != n:
        return f"gave {len(found.clusters):,} clusters for {n:,} rows"
    finite = np.isfinite(found.rows)
    if not finite.all():
        row, column = np.argwhere(~finite)[0].tolist()
        value = found.rows[row, column]
        return f"gave {value} in the column {metric.columns[column]!r} for the example {aligned.ids[row]!r}"
    return None


def _defect(task: Task, metric: Metric, problem: str, report: str) -> PredictionError:
    return PredictionError(f"{task.name}: the metric {metric.name!r} {problem}; the cell was not scored. {report}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Averages:
    """Means of fractions; None where a cell below is missing."""

    average: float | None
    groups: dict[str, float | None]
    tasks: dict[str, float | None]


def aggregate(aggregator: Aggregator, tasks: Mapping[str, Task], cells: CellScores) -> Averages:
    """Returns task means, group means and the average over all tasks.

    A task's score is the mean over its main scores of their means over all of its languages, English included; a group's
    the unweighted mean of its tasks, the average that of all tasks (official scorer, evaluate.py 282-319). Sums are exact
    (`math.fsum`), so the result does not depend on order.
    """
    means = {name: _task_mean(task, cells) for name, task in tasks.items()}
    groups = {name: _mean([means.get(member) for member in members]) for name, members in aggregator.groups.items()}
    return Averages(average=_mean(list(means.values())), groups=groups, tasks=means)


def _task_mean(task: Task, cells: CellScores) -> float | None:
    by_metric: list[float | None] = []
    for name in task.main:
        values = [_main_value(cells.get((task.name, language), ()), name) for language in task.languages]
        by_metric.append(_mean(values))
    return _mean(by_metric)


def _main_value(scores: Sequence[Score], name: str) -> float | None:
    return next((score.value for score in scores if score.metric == name and score.main), None)


def _mean(values: Sequence[float | None]) -> float | None:
    present = [value for value in values if value is not None]
    if not present or len(present) < len(values):
        return None
    return math.fsum(present) / len(present)
