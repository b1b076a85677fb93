"""Tests of one difference, and what a test could have seen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xharness.bootstrap.strata import Floats

TOLERANCE = 1e-12
"""Differences this near to the observed one are as large: sums of fractions differ in the last digit."""


def randomisation_p(observed: float, exchanged: Floats) -> float:
    """Returns the two-sided p-value of paired approximate randomisation (Noreen 1989), in [1/(R + 1), 1].

    Args:
        observed: first system's score less the second's.
        exchanged: float64 (R,), the same with both exchanged in random clusters.
    """
    import numpy as np

    as_large = np.count_nonzero(np.abs(exchanged) >= abs(observed) - TOLERANCE)
    return (1 + as_large) / (len(exchanged) + 1)


def shifted_bootstrap_p(observed: float, resampled: Floats) -> float:
    """Returns the two-sided p-value of the bootstrap shifted to no difference (Efron and Tibshirani 1993, chapter 16).

    Args:
        observed: first system's score less the second's.
        resampled: float64 (B,), the same in bootstrap resamples.
    """
    import numpy as np

    as_large = np.count_nonzero(np.abs(resampled - observed) >= abs(observed) - TOLERANCE)
    return (1 + as_large) / (len(resampled) + 1)


def detectable(variance: float, level: float = 0.95, power: float = 0.8) -> float:
    """Returns the smallest difference that a two-sided test at 1 − level finds with probability `power`: 2.8 √V by default."""
    from scipy.stats import norm

    return float(norm.ppf((1 + level) / 2) + norm.ppf(power)) * math.sqrt(variance)
