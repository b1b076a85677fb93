"""F1 of mined sentence pairs (BUCC)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness import PredictionError, Statistics

from xharness_xtreme.metrics import pairing
from xharness_xtreme.metrics.rates import f1_scores

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xharness import Prediction, Predictions, Split
    from xharness.protocols import Float64s


class PairsF1:
    """F1 of the set of (foreign sentence, English sentence) pairs (spec/xtreme.md §2.7 step 8, evaluate.py 87-98).

    Pairs are a set: one that is given twice counts once. Rows are foreign sentences, to which their pairs belong.
    """

    name = "pairs_f1"
    version = "1"
    columns: tuple[str, ...] = ("true_positive", "extracted", "gold")
    scores: tuple[str, ...] = ("f1", "precision", "recall")
    open_ids = True

    def statistics(self, split: Split, predictions: Predictions) -> Statistics:
        """Returns one row per foreign sentence, float64 (n + m, 3): pairs that are right, extracted, gold.

        The n examples come first, in their order (nothing extracted where the predictions lack the id), then the m ids
        that only the predictions have, in theirs, each a cluster of its own and all of their pairs wrong.

        Raises PredictionError if an id has two predictions, or one that is not a tuple of ids.
        """
        import numpy as np

        extracted = _extracted(split, predictions)
        gold = {example.id: frozenset(pairing.ids(split, example)) for example in split.examples}
        strangers = [id_ for id_ in extracted if id_ not in gold]
        nothing: frozenset[str] = frozenset()
        ids = [*(example.id for example in split.examples), *strangers]
        rows = np.empty((len(ids), len(self.columns)), dtype=np.float64)
        for row, id_ in enumerate(ids):
            found, right = extracted.get(id_, nothing), gold.get(id_, nothing)
            rows[row] = (len(found & right), len(found), len(right))
        clusters = [*(example.cluster for example in split.examples), *strangers]
        return Statistics(ids=ids, clusters=clusters, columns=self.columns, rows=rows)

    def score(self, totals: Float64s) -> Mapping[str, Float64s]:
        """Returns f1, precision, recall, fractions of shape (...), from float64 (..., 3); 0 where undefined."""
        return f1_scores(totals)


def _extracted(split: Split, predictions: Predictions) -> dict[str, frozenset[str]]:
    extracted: dict[str, frozenset[str]] = {}
    for id_, value in zip(predictions.ids, predictions.values, strict=True):
        if id_ in extracted:
            raise PredictionError(
                f"{split.place}: sentence {id_!r} has two predictions; give all of its pairs in one tuple."
            )
        extracted[id_] = _english(split, id_, value)
    return extracted


def _english(split: Split, id_: str, value: Prediction | None) -> frozenset[str]:
    if isinstance(value, str):
        raise PredictionError(
            f"{split.place}: sentence {id_!r} has the string {value!r:.60} where a tuple of ids is expected."
        )
    return frozenset(value or ())
