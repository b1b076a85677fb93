"""Accuracy of labels (XNLI, PAWS-X) and of the document found (Tatoeba)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness_xtreme.metrics import pairing, rows
from xharness_xtreme.metrics.rates import rate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xharness import Predictions, Split, Statistics
    from xharness.protocols import Float64s


class Accuracy:
    """Share of examples whose predicted label is the gold label (spec/xtreme.md §2.2, evaluate.py 81-84).

    Labels are equal if they are the same characters once stripped: case counts, `012` is not `12`.
    """

    name = "accuracy"
    version = "1"
    columns: tuple[str, ...] = ("correct", "n")
    scores: tuple[str, ...] = ("accuracy",)
    open_ids = False

    def statistics(self, split: Split, predictions: Predictions) -> Statistics:
        """Returns one row per example, float64 (n, 2): 1 if right else 0, and 1.

        Raises PredictionError if a prediction is missing, DataError if gold is.
        """
        predicted = pairing.strings(split, predictions)
        pairs = zip(pairing.labels(split), predicted, strict=True)
        return rows.of_examples(split, self.columns, [[gold.strip() == label.strip() for gold, label in pairs], 1])

    def score(self, totals: Float64s) -> Mapping[str, Float64s]:
        """Returns accuracy, a fraction of shape (...), from float64 (..., 2)."""
        return {"accuracy": rate(totals[..., 0], totals[..., 1])}


class RetrievalAccuracy:
    """Share of queries for which the document found is a right one (spec/xtreme.md §2.2, §2.6)."""

    name = "retrieval_accuracy"
    version = "1"
    columns: tuple[str, ...] = ("correct", "n")
    scores: tuple[str, ...] = ("accuracy",)
    open_ids = False

    def statistics(self, split: Split, predictions: Predictions) -> Statistics:
        """Returns one row per query, float64 (n, 2): 1 if the id found is in the gold else 0, and 1.

        Raises PredictionError if a prediction is missing, DataError if gold is.
        """
        found = pairing.strings(split, predictions)
        right = [pairing.ids(split, example) for example in split.examples]
        hits = [document.strip() in gold for gold, document in zip(right, found, strict=True)]
        return rows.of_examples(split, self.columns, [hits, 1])

    def score(self, totals: Float64s) -> Mapping[str, Float64s]:
        """Returns accuracy, a fraction of shape (...), from float64 (..., 2)."""
        return {"accuracy": rate(totals[..., 0], totals[..., 1])}
