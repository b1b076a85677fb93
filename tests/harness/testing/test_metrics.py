"""Every law of metrics has a metric that breaks it and is found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest
import xharness
from xharness.testing import assert_ok, check_metric, made_up_split

from . import good


def test_good_metric_passes_on_made_up_and_on_given_examples():
    """Without examples the kinds that fit are found and named; with examples these are used."""
    assert_ok(findings := check_metric(good.Accuracy()))
    assert (
        findings[0].message
        == "on made-up examples of classification, pair_classification, tagging, retrieval, multiple_choice"
    )
    split = good.split(xharness.DataRequest(language="sw", split="test"))
    assert_ok(findings := check_metric(good.Accuracy(), split=split))
    assert findings[0].message == "on 6 examples of topics/sw"


def changed(change: Any) -> type[good.Accuracy]:
    """The good metric with its rows changed by `change(rows, split, predictions)`."""

    class Changed(good.Accuracy):
        def statistics(self, split, predictions):
            found = super().statistics(split, predictions)
            return replace(found, rows=change(found.rows, split, predictions))

    return Changed


def by_place(rows: Any, split: Any, predictions: Any) -> Any:
    """Rows that depend on where an example stands."""
    rows[:, 0] *= np.arange(len(rows)) >= 0
    rows[0, 1] = 0.5
    return rows


def by_size(rows: Any, split: Any, predictions: Any) -> Any:
    """Rows that are means already."""
    return rows / len(rows)


class Unnamed(good.Accuracy):
    version = ""
    scores = ()
    open_ids = None  # type: ignore[assignment]


class Unordered(good.Accuracy):
    def statistics(self, split, predictions):
        found = super().statistics(split, predictions)
        return replace(found, ids=found.ids[::-1], clusters=found.ids)


class Flat(good.Accuracy):
    def score(self, totals):
        return {"share": float(totals.reshape(-1, 2)[0, 0] / totals.reshape(-1, 2)[0, 1])}


class Percent(good.Accuracy):
    def score(self, totals):
        return {"share": 100 * totals[..., 0] / totals[..., 1]}


class Generous(good.Accuracy):
    """Counts what is not answered as right, and nothing else but the gold."""

    def statistics(self, split, predictions):
        values = [e.gold if v is None else v for e, v in zip(split.examples, predictions.values, strict=True)]
        return super().statistics(split, replace(predictions, values=values))


class Fragile(good.Accuracy):
    def statistics(self, split, predictions):
        [value.strip() for value in predictions.values]
        return super().statistics(split, predictions)


class Renamed(good.Accuracy):
    def score(self, totals):
        return {"accuracy": totals[..., 0] / totals[..., 1]}


class Blind(good.Accuracy):
    """Half right whatever is said."""

    def score(self, totals):
        return {"share": totals[..., 1] / totals[..., 1] / 2}


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        (Unnamed, "its version is ''"),
        (Unnamed, "its scores are ()"),
        (Unnamed, "its open_ids is None"),
        (changed(lambda rows, *_: rows[:, :1]), "rows have the shape (6, 1); expected (6, 2)"),
        (changed(lambda rows, *_: rows.astype(np.float32)), "rows are float32; expected float64"),
        (changed(lambda rows, *_: np.where(rows == 1, np.nan, rows)), "not finite"),
        (changed(by_size), "rows of two halves are not the rows of the whole"),
        (changed(by_place), "rows change with the order of the examples"),
        (Unordered, "its ids are not the examples'"),
        (Unordered, "its clusters are not the examples'"),
        (Flat, "score of share for sums (2, 2) has shape ()"),
        (Percent, "share of the gold is 100.0; expected a number from 0 to 1"),
        (Generous, "share of no answers is 1.0, more than other answers get (0.0)"),
        (Fragile, "scoring no answers (None) raised AttributeError"),
        (Renamed, "raised KeyError: 'share'"),
        (Blind, "the gold as predictions scores {'share': 0.5}"),
    ],
)
def test_broken_metric_is_found(metric, message):
    """Each broken law is told."""
    split = good.split(xharness.DataRequest(language="sw", split="test"))
    assert message in good.told(check_metric(metric(), split=split))


def test_metric_may_refuse_what_is_not_answered():
    """PredictionError for a missing answer is within the contract."""

    class Strict(good.Accuracy):
        def statistics(self, split, predictions):
            if None in predictions.values:
                raise xharness.PredictionError("an example has no prediction")
            return super().statistics(split, predictions)

    assert_ok(check_metric(Strict()))


def test_metric_may_have_a_range_of_its_own():
    """A score that says its range is held to that, and the gold to its upper end."""

    class Agreement(good.Accuracy):
        ranges: ClassVar = {"share": (-1.0, 1.0)}

        def score(self, totals):
            return {"share": 2 * totals[..., 0] / totals[..., 1] - 1}

    assert_ok(check_metric(Agreement()))
    Agreement.ranges = {"share": (0.0, 1.0)}
    assert "share of wrong answers is -1.0" in good.told(check_metric(Agreement()))


def test_metric_that_fits_no_known_kind_is_not_called_good():
    """A metric for answers of another form is missing its examples; with them, and how gold is said, it is tried."""

    class Pairs(good.Accuracy):
        def statistics(self, split, predictions):
            if not all(value is None or value[:1] == "=" for value in predictions.values):
                raise xharness.PredictionError("an answer begins with =")
            values = [value and value[1:] for value in predictions.values]
            return super().statistics(split, replace(predictions, values=values))

    assert [one.status for one in check_metric(Pairs())] == ["missing"]
    split = made_up_split("classification")
    assert_ok(check_metric(Pairs(), split=split, says=lambda example: f"={example.gold}"))
