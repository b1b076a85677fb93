"""Rates from sums of counts, over any number of leading dimensions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xharness.protocols import Float64s


def rate(part: Float64s, whole: Float64s) -> Float64s:
    """Returns `part` / `whole`, float64 of their shape, and 0 where `whole` is 0."""
    import numpy as np

    return np.divide(part, whole, out=np.zeros(np.shape(whole), dtype=np.float64), where=np.asarray(whole) > 0)


def f1_scores(totals: Float64s) -> Mapping[str, Float64s]:
    """Returns f1, precision and recall, each of shape (...), from float64 (..., 3): true positive, predicted, gold.

    F1 = 2 · true positive / (predicted + gold), which is the harmonic mean of precision and recall. Each is 0 where its
    denominator is 0: all-O tags on both sides score 0, not 1, as seqeval and XTREME's `bucc_f1` have it.
    """
    true_positive, predicted, gold = totals[..., 0], totals[..., 1], totals[..., 2]
    return {
        "f1": rate(2 * true_positive, predicted + gold),
        "precision": rate(true_positive, predicted),
        "recall": rate(true_positive, gold),
    }
