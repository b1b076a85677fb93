"""Macro F1 from confusion counts, which add."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xharness

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xharness.protocols import Float64s

TOPICS = ("science/technology", "travel", "politics", "sports", "health", "entertainment", "geography")
NOTHING = "nothing"


class MacroF1:
    """Mean of the labels' F1 scores (Sokolova and Lapalme 2009, as scikit-learn's f1_score(average="macro") has it).

    A row is an example's place in the table of confusions, gold label by predicted label, with one column more for "no
    answer": the sum of rows is the table of any set of examples. A label that is neither gold nor predicted there is left out
    of the mean.
    """

    version = "1"
    scores: tuple[str, ...] = ("macro_f1",)
    open_ids = False

    def __init__(self, name: str, labels: tuple[str, ...]) -> None:
        self.name = name
        self.labels = labels
        self.columns = tuple(f"{gold} as {answer}" for gold in labels for answer in (*labels, NOTHING))

    def statistics(self, split: xharness.Split, predictions: xharness.Predictions) -> xharness.Statistics:
        """Returns one row per example, float64 (n, k (k + 1)) for k labels: 1 at its confusion, else 0.

        Raises PredictionError for an answer that is no label.
        """
        import numpy as np

        rows = np.zeros((len(split.examples), len(self.columns)), dtype=np.float64)
        answers = (*self.labels, NOTHING)
        for place, (example, value) in enumerate(zip(split.examples, predictions.values, strict=True)):
            answer = NOTHING if value is None else value
            if answer not in answers:
                raise xharness.PredictionError(
                    f"{split.place}: example {example.id} is answered {answer!r:.80}; expected one of {', '.join(self.labels)}."
                )
            rows[place, self.columns.index(f"{example.gold} as {answer}")] = 1
        clusters = [example.cluster for example in split.examples]
        return xharness.Statistics(ids=predictions.ids, clusters=clusters, columns=self.columns, rows=rows)

    def score(self, totals: Float64s) -> Mapping[str, Float64s]:
        """Returns macro F1, a fraction of shape (...), from float64 (..., k (k + 1)); 0 for no examples."""
        import numpy as np

        count = len(self.labels)
        table = totals.reshape(*totals.shape[:-1], count, count + 1)
        right = np.diagonal(table[..., :count], axis1=-2, axis2=-1)  # (..., k)
        either = table.sum(axis=-1) + table[..., :count].sum(axis=-2)  # gold and predicted, (..., k)
        present = either > 0
        f1 = 2 * right / np.where(present, either, 1)
        return {"macro_f1": f1.sum(axis=-1) / np.maximum(present.sum(axis=-1), 1)}


@xharness.hookimpl
def xharness_metrics() -> Iterable[xharness.Metric]:
    """Offers the metric for the topics of SIB-200."""
    return [MacroF1("sib200_macro_f1", TOPICS)]
