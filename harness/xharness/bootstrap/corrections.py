"""Many comparisons: adjusted p-values of a family, and in how many of its members a difference holds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from xharness.bootstrap.significance import TOLERANCE
from xharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness.bootstrap.strata import Floats


def holm(p: Sequence[float]) -> Floats:
    """Returns p-values adjusted for the family-wise error rate (Holm 1979), float64 (m,), in the order given."""
    import numpy as np

    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    stepped = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(stepped, 1)
    return adjusted


def benjamini_hochberg(p: Sequence[float]) -> Floats:
    """Returns p-values adjusted for the false discovery rate (Benjamini and Hochberg 1995), float64 (m,), as given."""
    import numpy as np

    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    size = len(values)
    stepped = values[order] * size / np.arange(1, size + 1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1)
    return adjusted


def step_down_maxt(observed: Sequence[float], exchanged: Floats) -> Floats:
    """Returns step-down max-T adjusted p-values (Westfall and Young 1993, algorithm 4.1), float64 (m,), in the order given.

    Each difference is divided by its standard deviation under exchange, so that the members count alike; those that never vary
    get 1.

    Args:
        observed: m differences.
        exchanged: float64 (m, R), the same under exchange, from the same draws: column r belongs together.
    """
    import numpy as np

    spread = exchanged.std(axis=1)
    varies = spread > 0
    adjusted = np.ones(len(spread))
    if not varies.any():
        return adjusted
    scale = spread[varies]
    statistics = np.abs(np.asarray(observed, dtype=np.float64)[varies]) / scale
    null = np.abs(exchanged[varies]) / scale[:, None]
    order = np.argsort(-statistics, kind="stable")
    largest = np.maximum.accumulate(null[order][::-1], axis=0)[::-1]  # of this member and all that are less significant
    as_large = np.count_nonzero(largest >= statistics[order][:, None] - TOLERANCE, axis=1)
    stepped = np.maximum.accumulate((1 + as_large) / (exchanged.shape[1] + 1))
    kept = np.empty(len(order))
    kept[order] = stepped
    adjusted[varies] = kept
    return adjusted


def holds_in_at_least(p: Sequence[float], level: float = 0.95) -> int:
    """Returns the largest u for which "it holds in at least u members" is found at 1 − level (Benjamini and Heller 2008).

    In Bonferroni's form, valid whatever the dependence (Dror et al. 2017): with p sorted, (m − i + 1) · p_(i) must not exceed
    1 − level for every i up to u.

    Args:
        p: one-sided p-values of the m members.
        level: 1 less the error rate.
    """
    count = 0
    for position, value in enumerate(sorted(p)):
        if (len(p) - position) * value > 1 - level + TOLERANCE:
            break
        count = position + 1
    return count


def check_resamples(correction: str, members: int, resamples: int, level: float) -> None:
    """Raises UsageError if even the smallest p-value, 1/(R + 1), could not be significant after the correction."""
    factor = 1 if correction == "maxt" else max(members, 1)
    needed = math.ceil(round(factor / (1 - level), 6)) - 1
    if resamples < needed:
        raise UsageError(
            f"{resamples:,} resamples are too few for {correction} over {members} comparisons at the level {level:g}: the "
            f"smallest p-value is 1/{resamples + 1:,}, and {(1 - level) / factor:.2g} or less is needed. Use at least "
            f"--resamples {needed}."
        )
