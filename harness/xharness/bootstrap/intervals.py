"""Intervals from draws: percentile, BCa, and the exact one of a score that never varies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness.bootstrap.significance import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xharness.bootstrap.resampling import Draws, Influence
    from xharness.bootstrap.strata import Floats

FEW_CLUSTERS = 300
"""Below this number the percentile interval is too short (spec: BCa where a stratum has few clusters)."""
NEAR_THE_END = 0.05
"""A score this near to 0 or 1 has a skew distribution, which BCa follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Bounds on the scale of the score, and how they were found, in words."""

    low: float
    high: float
    method: str


def percentile(resampled: Floats, level: float = 0.95) -> Interval:
    """Returns the percentile interval (Efron and Tibshirani 1993, chapter 13) from float64 (B,)."""
    import numpy as np

    tail = (1 - level) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail])
    return Interval(low=float(low), high=float(high), method="percentile")


def bca(
    point: float, resampled: Floats, influences: Iterable[Influence], level: float = 0.95, *, system: int = 0
) -> Interval:
    """Returns the bias-corrected and accelerated interval (Efron 1987; Efron and Tibshirani 1993, section 14.3).

    The bias correction counts half of the resamples that equal the point (to 1e-12); the acceleration is the skewness of the
    jackknife's influence values, over several strata as in Davison and Hinkley 1997, section 5.3. Where either is undefined (no
    resample on one side of the point, no cluster that matters) the percentile interval is returned, and says so.

    Args:
        point: the score on the data.
        resampled: float64 (B,).
        influences: of every stratum; `system` is the row of their values.
        level: coverage aimed at, in (0, 1).
    """
    import numpy as np
    from scipy.stats import norm

    ties = np.count_nonzero(np.abs(resampled - point) <= TOLERANCE)
    below = (np.count_nonzero(resampled < point - TOLERANCE) + ties / 2) / len(resampled)
    acceleration = _acceleration(influences, system)
    plain = percentile(resampled, level)
    if not 0 < below < 1 or acceleration is None:
        return Interval(low=plain.low, high=plain.high, method="percentile (BCa is undefined)")
    bias = norm.ppf(below)
    z = bias + np.asarray(norm.ppf([(1 - level) / 2, (1 + level) / 2]))
    if np.any(1 - acceleration * z <= 0):
        return Interval(low=plain.low, high=plain.high, method="percentile (BCa is undefined)")
    low, high = np.quantile(resampled, np.asarray(norm.cdf(bias + z / (1 - acceleration * z))))
    return Interval(low=float(low), high=float(high), method="BCa")


def _acceleration(influences: Iterable[Influence], system: int) -> float | None:
    """Returns Σ l³ / (6 (Σ l²)^1.5) over the clusters of all strata, None if no cluster matters.

    `Influence.values` are already divided by their stratum's number of clusters, so that those of several strata add up.
    """
    squares = cubes = 0.0
    for one in influences:
        values = one.values[system]
        squares += float((one.multiplicity * values**2).sum())  # a product by BLAS depends on its threads
        cubes += float((one.multiplicity * values**3).sum())
    return cubes / (6 * squares**1.5) if squares > 0 else None


def of_score(draws: Draws, level: float = 0.95, *, system: int = 0) -> Interval:
    """Returns the interval of one system's score, a fraction, by the method that its clusters and its height ask for.

    BCa with fewer than 300 clusters, or a score below 0.05 or above 0.95; percentile otherwise. A score of exactly 0 or 1 that
    no resample changes gets the bound of Clopper and Pearson 1934, taking for trials the clusters of the smallest stratum: a
    cluster that would change it has not been seen, which does not mean that there is none.
    """
    point, resampled = float(draws.point[system]), draws.resampled[system]
    if point in {0.0, 1.0} and bool((resampled == point).all()):
        bound = 1 - ((1 - level) / 2) ** (1 / min(draws.clusters.values()))
        low, high = (0.0, bound) if point == 0 else (1 - bound, 1.0)
        return Interval(low=low, high=high, method="Clopper-Pearson over clusters")
    if _skew(draws, point):
        return bca(point, resampled, draws.influences.values(), level, system=system)
    return percentile(resampled, level)


def of_difference(draws: Draws, level: float = 0.95) -> Interval:
    """Returns the percentile interval of the first system's score less the second's.

    Not BCa, whatever the number of clusters: on differences of scores near 1 on few clusters it covers less than the percentile
    interval (90 % against 93 % of a nominal 95 %, tests/benchmarks/calibration.py).
    """
    difference = float(draws.point[0] - draws.point[1])
    resampled = draws.resampled[0] - draws.resampled[1]
    if (resampled == difference).all():
        return Interval(low=difference, high=difference, method="constant: no resample differs")
    return percentile(resampled, level)


def _skew(draws: Draws, score: float) -> bool:
    few = sum(draws.clusters.values()) < FEW_CLUSTERS
    return few or not NEAR_THE_END <= score <= 1 - NEAR_THE_END


def student(point: float, variance: float, df: float, level: float = 0.95) -> Interval:
    """Returns point ± t_df · √variance; `df` may be infinite (the normal distribution)."""
    from scipy.special import ndtri, stdtrit

    quantile = ndtri((1 + level) / 2) if math.isinf(df) else stdtrit(df, (1 + level) / 2)
    half = float(quantile) * math.sqrt(variance)
    shown = "∞" if math.isinf(df) else f"{df:.1f}"
    return Interval(low=point - half, high=point + half, method=f"t, {shown} df")
