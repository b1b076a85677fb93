"""The contract of metrics: rows that add, in the order of the examples, and scores in their range."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xharness.errors import HarnessError, PredictionError
from xharness.records import Kind
from xharness.scoring import align
from xharness.testing import answers
from xharness.testing.findings import MISSING, Report
from xharness.testing.made_up import made_up_split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness.offers import Finding
    from xharness.protocols import Float64s, Metric
    from xharness.records import Predictions, Split, Statistics
    from xharness.testing.answers import Says

GOLD_LEAST = 0.99
"""What the gold must score as predictions, as a share of the range. Not 1, since an answer of articles and punctuation has no
words once it is normalised, and then scores nothing (three of a thousand in real data)."""
_SAME = 1e-12
_KINDS = tuple(kind for kind in Kind if kind is not Kind.MASKED_LM)  # which has no answers


def check_metric(metric: Metric, *, split: Split | None = None, says: Says | None = None) -> list[Finding]:
    """Returns what is wrong with a metric, or one good line.

    Checked are names, columns, shape and type of the rows, ids and clusters; that rows of parts are the rows of the whole,
    in any order; that sums of any shape can be scored; that scores are in their range, the gold has the best and no answers
    the worst (or are refused with PredictionError).

    Args:
        metric: what is checked.
        split: the examples, with gold, on which it is tried; made-up ones of the kinds that fit it if absent.
        says: an example → its gold as the prediction that the metric expects; by the forms of `Kind` if absent.
    """
    report = Report(place=f"metric {_name(metric)}")
    _check_record(metric, report)
    if report.failed:
        return report.findings
    if split is not None:
        check_on(metric, split, _forms(says), report)
        return report.done(f"on {len(split.examples):,} examples of {split.place}")
    ways = {kind: answers.forms(kind) if says is None else (says,) for kind in _KINDS}
    fitting = [kind for kind in _KINDS if _fits(metric, made_up_split(kind), ways[kind])]
    if not fitting:
        report.add(
            MISSING, "none of the made-up examples fits it. Give it some: check_metric(metric, split=…, says=…)."
        )
    for kind in fitting:
        check_on(metric, made_up_split(kind), ways[kind], report)
    return report.done(f"on made-up examples of {', '.join(fitting)}")


def _name(metric: object) -> str:
    return str(getattr(metric, "name", type(metric).__name__))


def _forms(says: Says | None) -> Sequence[Says]:
    return answers.forms("") if says is None else (says,)


def _check_record(metric: Metric, report: Report) -> None:
    for name in ("name", "version"):
        value = getattr(metric, name, None)
        report.expect(isinstance(value, str) and bool(value), f"its {name} is {value!r}; expected a string.")
    for name in ("columns", "scores"):
        value = getattr(metric, name, None)
        fits = isinstance(value, tuple) and all(isinstance(one, str) and one for one in value)
        report.expect(
            fits and bool(value) and len(set(value or ())) == len(value or ()),
            f"its {name} are {value!r}; expected a tuple of different names.",
        )
    open_ids = getattr(metric, "open_ids", None)
    report.expect(isinstance(open_ids, bool), f"its open_ids is {open_ids!r}; expected True (mining) or False.")


def _fits(metric: Metric, split: Split, forms: Sequence[Says]) -> bool:
    """Returns whether the gold can be scored at all, and is better than nothing; mining needs `open_ids`, else nothing does."""
    if metric.open_ids != any(not example.gold for example in split.examples):
        return False
    try:
        tried = _best(_accepted(metric, split, forms))
    except Exception:  # a metric for tags may do anything with labels
        return False
    return max(tried.scores(tried.gold).values()) > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    """A metric, a split, and the form of predictions that the metric takes."""

    metric: Metric
    split: Split
    says: Says
    gold: Statistics

    def scores(self, rows: Statistics) -> dict[str, float]:
        """Returns the scores of all rows together."""
        values = self.metric.score(rows.rows.sum(axis=0))
        return {name: float(values[name]) for name in self.metric.scores}


def _accepted(metric: Metric, split: Split, forms: Sequence[Says]) -> list[_Tried]:
    """Returns the gold's rows in every form that the metric takes. Raises the error of the last form if it takes none."""
    found: list[_Tried] = []
    refusal: HarnessError | None = None
    for says in forms:
        try:
            rows = statistics(metric, split, answers.right(split, says))
        except HarnessError as error:
            refusal = error
        else:
            found.append(_Tried(metric=metric, split=split, says=says, gold=rows))
    if not found:
        raise refusal or PredictionError("there is no form of predictions to try")
    return found


def _best(tried: Sequence[_Tried]) -> _Tried:
    return max(tried, key=lambda one: max(one.scores(one.gold).values()))


def statistics(metric: Metric, split: Split, predictions: Predictions) -> Statistics:
    """Returns the metric's rows of predictions in any order. Raises what the metric raises."""
    return metric.statistics(split, align(split, predictions, open_ids=metric.open_ids))


def check_on(metric: Metric, split: Split, forms: Sequence[Says], report: Report, main: Sequence[str] = ()) -> None:
    """Adds to `report` what a metric does wrong on these examples with gold; `main` names scores that gold must have whole.

    Without `main` one score at least must be.
    """
    with report.survives(f"{_name(metric)}: scoring the gold as predictions"):
        accepted = _accepted(metric, split, forms)
        if all(_check_form(one, report) for one in accepted):
            tried = _best(accepted)
            _check_laws(tried, report)
            _check_scores(tried, report, main)


def _check_form(tried: _Tried, report: Report) -> bool:
    import numpy as np

    metric, examples, found = tried.metric, tried.split.examples, tried.gold
    rows = np.asarray(found.rows)
    shape = (len(examples), len(metric.columns))
    clusters = [example.cluster for example in examples]
    return all(
        (
            report.expect(
                found.columns == metric.columns, f"its rows have the columns {found.columns}, not {metric.columns}."
            ),
            report.expect(
                rows.shape == shape, f"its rows have the shape {rows.shape}; expected {shape}: examples, columns."
            ),
            report.expect(rows.dtype == np.float64, f"its rows are {rows.dtype}; expected float64."),
            report.expect(
                bool(np.isfinite(rows.astype(np.float64)).all()), "its rows hold values that are not finite."
            ),
            report.expect(
                list(found.ids) == [one.id for one in examples], "its ids are not the examples', in their order."
            ),
            report.expect(list(found.clusters) == clusters, "its clusters are not the examples', in their order."),
        )
    )


def _check_laws(tried: _Tried, report: Report) -> None:
    import numpy as np

    metric, split = tried.metric, tried.split
    with report.survives(f"{metric.name}: scoring parts"):
        half = max(1, len(split.examples) // 2)
        parts = [replace(split, examples=part) for part in (split.examples[:half], split.examples[half:]) if part]
        rows = [statistics(metric, part, answers.right(part, tried.says)).rows for part in parts]
        report.expect(
            bool(np.array_equal(np.concatenate(rows), tried.gold.rows)),
            "rows of two halves are not the rows of the whole: a row may depend on its own example only, so that sums of "
            "rows score any set of examples.",
        )
        turned = replace(split, examples=split.examples[::-1])
        backwards = statistics(metric, turned, answers.right(turned, tried.says)).rows
        report.expect(
            bool(np.array_equal(backwards[::-1], tried.gold.rows)), "rows change with the order of the examples."
        )
    with report.survives(f"{metric.name}: scoring sums of another shape"):
        totals = np.stack([tried.gold.rows.sum(axis=0), tried.gold.rows[:1].sum(axis=0)])
        _check_shapes(tried, totals, report)


def _check_shapes(tried: _Tried, totals: Float64s, report: Report) -> None:
    """Tries `score` on float64 (2, k) and (1, 2, k), whose first sum is the whole's."""
    import numpy as np

    alone = tried.scores(tried.gold)
    for sums in (totals, totals[None]):
        values = tried.metric.score(sums)
        report.expect(
            set(values) >= set(tried.metric.scores),
            f"score gives {sorted(values)}; expected {sorted(tried.metric.scores)}.",
        )
        for name in set(values) & set(alone):
            shaped = np.asarray(values[name])
            fits = shaped.shape == sums.shape[:-1] and abs(float(shaped.flat[0]) - alone[name]) <= _SAME
            report.expect(
                fits, f"score of {name} for sums {sums.shape} has shape {shaped.shape}, or another value than alone."
            )


def _check_scores(tried: _Tried, report: Report, main: Sequence[str]) -> None:
    metric = tried.metric
    gold = tried.scores(tried.gold)
    wrong = tried.scores(statistics(metric, tried.split, answers.shifted(tried.split, tried.says)))
    nothing: dict[str, float] = {}
    # A metric may refuse what is not answered.
    with report.survives(f"{metric.name}: scoring no answers (None)"), suppress(PredictionError):
        none = answers.absent(tried.split, open_ids=metric.open_ids)
        nothing = tried.scores(statistics(metric, tried.split, none))
    ranges = getattr(metric, "ranges", {})
    for name in metric.scores:
        low, high = ranges.get(name, (0.0, 1.0))
        for what, values in (("the gold", gold), ("wrong answers", wrong), ("no answers", nothing)):
            value = values.get(name, low)
            report.expect(
                low <= value <= high, f"{name} of {what} is {value}; expected a number from {low:g} to {high:g}."
            )
        for other in (gold, wrong):
            report.expect(
                nothing.get(name, low) <= other[name] + _SAME,
                f"{name} of no answers is {nothing.get(name)}, more than other answers get ({other[name]}).",
            )
    whole = [name for name in metric.scores if _share(ranges.get(name, (0.0, 1.0)), gold[name]) >= GOLD_LEAST]
    missed = {name: gold[name] for name in main if name in gold and name not in whole}
    report.expect(
        bool(whole) and not missed,
        f"the gold as predictions scores {missed or gold} with {metric.name}; expected 1. Gold and metric do not fit.",
    )


def _share(ends: tuple[float, float], value: float) -> float:
    return (value - ends[0]) / (ends[1] - ends[0])
