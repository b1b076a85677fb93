"""Mean average precision of the first 20 documents, and the predictor that tasks with this metric get."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xharness

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xharness.protocols import Float64s

DEPTH = 20


class AveragePrecision:
    """Mean over queries of the average precision at 20 (Manning, Raghavan and Schütze 2008, section 8.4, cut at 20).

    A query's average precision is the sum of the precision at each place that holds a right document, divided by the number
    of right documents, but at most 20: a query with more than 20 can then reach 1. Rows are (average precision, 1).
    """

    name = "map_at_20"
    version = "1"
    columns: tuple[str, ...] = ("average_precision", "n")
    scores: tuple[str, ...] = ("map_at_20",)
    open_ids = False

    def statistics(self, split: xharness.Split, predictions: xharness.Predictions) -> xharness.Statistics:
        """Returns one row per query, float64 (n, 2); a query without an answer gets 0.

        Raises PredictionError for an answer that is no list of ids, or names a document twice.
        """
        import numpy as np

        pairs = zip(split.examples, predictions.values, strict=True)
        return xharness.Statistics(
            ids=predictions.ids,
            clusters=[example.cluster for example in split.examples],
            columns=self.columns,
            rows=np.array([[_average_precision(example, ranked), 1] for example, ranked in pairs], dtype=np.float64),
        )

    def score(self, totals: Float64s) -> Mapping[str, Float64s]:
        """Returns the mean, a fraction of shape (...), from float64 (..., 2); 0 for no queries."""
        import numpy as np

        return {"map_at_20": totals[..., 0] / np.maximum(totals[..., 1], 1)}


def _average_precision(example: xharness.Example, ranked: xharness.Prediction | None) -> float:
    right = set(example.gold or ())
    ranked = () if ranked is None else ranked
    if isinstance(ranked, str) or len(set(ranked)) != len(ranked):
        raise xharness.PredictionError(
            f"query {example.id}: expected a list of ids, each once, best first, not {ranked!r:.80}."
        )
    hits, total = 0, 0.0
    for place, document in enumerate(ranked[:DEPTH], start=1):
        if document in right:
            hits += 1
            total += hits / place
    return total / min(len(right), DEPTH) if right else 0.0


@xharness.hookimpl
def xharness_metrics() -> Iterable[xharness.Metric]:
    """Offers the metric."""
    return [AveragePrecision()]


@xharness.hookimpl
def xharness_predict(
    model: xharness.Model, task: xharness.Task, index: xharness.Index, settings: xharness.Settings
) -> xharness.Predictor | None:
    """Answers tasks that are scored by ranked lists; plugins from outside are asked before the built-in ones."""
    if AveragePrecision.name not in task.metrics or not isinstance(model, xharness.EncodesSentences):
        return None
    from xharness_many_answers.ranking import RankingPredictor

    return RankingPredictor(model.sentence_encoder(task, settings), index)
