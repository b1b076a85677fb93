"""A metric that gives what is no statistics or no score is refused with its plugin: it never becomes a number in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xharness
from xharness.plugins import Plugins
from xharness.scoring import chosen_metrics, score_split

from .conftest import Accuracy, MadeUp, World, candidate

if TYPE_CHECKING:
    from collections.abc import Mapping

BLAME = (
    r"; the cell was not scored\. It comes with the plugin 'made-up' of distribution outside 0\.1: report it there\. .*"
    "--no-plugin made-up"
)


class Odd(Accuracy):
    """Accuracy, but for what a test changes in its rows and scores."""

    def __init__(self, change: Mapping[str, Any], gives: Mapping[str, float] | None = None) -> None:
        self.change = change
        self.gives = gives

    def statistics(self, split: xharness.Split, predictions: xharness.Predictions) -> xharness.Statistics:
        right = super().statistics(split, predictions)
        fields = {name: getattr(right, name) for name in ("ids", "clusters", "columns", "rows")}
        return xharness.Statistics(**{**fields, **self.change})

    def score(self, totals: Any) -> Mapping[str, Any]:
        return super().score(totals) if self.gives is None else self.gives


def scored(metric: Accuracy) -> float:
    """Scores moods/sw, all answers "good", through the registry with this metric."""

    class Changed(MadeUp):
        @xharness.hookimpl
        def xharness_metrics(self) -> list[Accuracy]:
            return [metric]

    plugins = Plugins([candidate("made-up", Changed(World()))])
    task = plugins.tasks["moods"]
    split = task.load(xharness.DataRequest(language="sw", split="test"))
    ids = [example.id for example in split.examples]
    answers = xharness.Predictions(ids=ids, values=["good"] * len(ids))
    return score_split(task, split, answers, plugins.metrics).scores[0].value


ROWS = np.ones((6, 2))
BROKEN = ROWS.copy()
BROKEN[3, 1] = np.nan


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"columns": ("correct",)}, "gave the columns correct, and says that it has correct, examples"),
        (
            {"rows": np.ones((6, 3))},
            r"gave rows of shape \(6, 3\), expected \(6, 2\): one for each example, with 2 columns",
        ),
        ({"rows": np.ones((5, 2))}, r"gave rows of shape \(5, 2\), expected \(6, 2\)"),
        ({"rows": [[1, 1]] * 6}, r"gave rows of shape None, expected \(6, 2\)"),
        ({"rows": BROKEN}, "gave nan in the column 'examples' for the example '3'"),
        ({"rows": ROWS * np.inf}, "gave inf in the column 'correct' for the example '0'"),
        ({"ids": list("543210")}, r"gave 6 ids for 6 rows, not those of the examples in their order \(first: '5'\)"),
        ({"ids": list("01234")}, "gave 5 ids for 6 rows, not those of the examples in their order"),
        ({"clusters": ["0"]}, "gave 1 clusters for 6 rows"),
    ],
)
def test_rows_that_are_no_statistics(change: Mapping[str, Any], message: str) -> None:
    """Wrong columns, shapes, ids or clusters, and numbers that are not finite, are refused with metric, plugin and remedy."""
    with pytest.raises(xharness.PredictionError, match=rf"moods: the metric 'accuracy' {message}.*{BLAME}"):
        scored(Odd(change))


@pytest.mark.parametrize(
    ("gives", "message"),
    [
        ({}, "has the score 'accuracy' in `scores` and does not give it, only none"),
        ({"accuracy": float("nan")}, "gave nan for 'accuracy'"),
        ({"accuracy": 50.0}, r"gave 50\.0 for 'accuracy', which is outside of \[0, 1\].*Scores are fractions, unless"),
        ({"accuracy": -0.01}, r"gave -0\.01 for 'accuracy', which is outside of \[0, 1\]"),
    ],
)
def test_scores_that_are_no_scores(gives: Mapping[str, float], message: str) -> None:
    """An absent score, one that is no number, and a percentage are refused with metric, plugin and remedy."""
    with pytest.raises(xharness.PredictionError, match=rf"moods: the metric 'accuracy' {message}.*report it there"):
        scored(Odd({}, gives))


def test_a_metric_may_have_another_range() -> None:
    """A score that is no fraction is taken within the range that the metric says, and refused outside."""

    class Correlation(Odd):
        ranges: Mapping[str, tuple[float, float]] = {"accuracy": (-1.0, 1.0)}

    assert scored(Correlation({}, {"accuracy": -0.5})) == -0.5
    with pytest.raises(
        xharness.PredictionError, match=r"gave -1\.5 for 'accuracy', which is outside of \[-1, 1\]; the cell"
    ):
        scored(Correlation({}, {"accuracy": -1.5}))


def test_rounding_is_no_defect() -> None:
    """A fraction that float64 carries a little beyond one is a fraction."""
    assert scored(Odd({}, {"accuracy": 1 + 1e-12})) == pytest.approx(1)


def test_a_main_score_that_no_metric_gives(plugins: Plugins) -> None:
    """A task whose main score is none of its metrics' would never have a mean: refused with near matches."""
    task = xharness.Task(
        name="moods", version="1", kind="classification", languages=("en",), metrics=("accuracy",), main=("acuracy",),
        head="moods", load=lambda _: None,  # type: ignore[arg-type, return-value]
    )  # fmt: skip
    with pytest.raises(xharness.PluginError, match=r"'moods' names 'acuracy' as a main score.*Did you mean accuracy"):
        chosen_metrics(task, plugins.metrics)
