"""From predictions to statistics, from statistics to scores, from scores to averages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness.errors import PredictionError, named
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


def score_split(task: Task, split: Split, predictions: Predictions, metrics: Mapping[str, Metric]) -> Scored:
    """Returns statistics and scores of one cell. The split must have gold.

    Raises PredictionError if predictions do not fit the split.
    """
    chosen = {name: named("metric", name, metrics) for name in task.metrics}
    aligned = align(split, predictions, open_ids=any(metric.open_ids for metric in chosen.values()))
    statistics: dict[str, Statistics] = {}
    scores: list[Score] = []
    for name, metric in chosen.items():
        rows = metric.statistics(split, aligned)
        statistics[name] = rows
        scores += score_statistics(task, metric, rows, len(split.examples))
    return Scored(predictions=aligned, statistics=statistics, scores=tuple(scores))


def score_statistics(task: Task, metric: Metric, statistics: Statistics, n: int) -> list[Score]:
    """Returns the metric's scores of one cell from its rows. `n` is the number of examples.

    Raises PredictionError if a score is not a finite number: it must never be reported.
    """
    totals = statistics.rows.sum(axis=0)
    values = metric.score(totals)
    scores = [Score(metric=name, value=float(values[name]), n=n, main=name in task.main) for name in metric.scores]
    for score in scores:
        if not math.isfinite(score.value):
            raise PredictionError(
                f"{task.name}: the metric {metric.name!r} gave {score.value} for {score.metric!r}; the cell was not scored. "
                "This is a defect of the metric's plugin: report it there."
            )
    return scores


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
