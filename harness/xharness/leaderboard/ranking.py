"""Ranks with the uncertainty that they have: simultaneous rank intervals and tie groups, from shared draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_TOLERANCE = 1e-12
_CHUNK = 1 << 22  # differences of pairs at a time: 32 MiB


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """Ranks of systems, in the order given, best is 1.

    Attributes:
        rank: shared by the systems of a tie group: those that are not separable from its best.
        low, high: simultaneous confidence interval of each rank.
    """

    rank: tuple[int, ...]
    low: tuple[int, ...]
    high: tuple[int, ...]


def variances(resampled: Floats, between: Floats) -> Floats:
    """Returns float64 (s, s): the variance of the difference of every two systems.

    Args:
        resampled: float64 (s, B), scores in shared bootstrap resamples.
        between: float64 (s,), what each system's seeds add: σ²/S.
    """
    import numpy as np

    items = np.zeros((len(resampled), len(resampled)))
    for first, others in _pairs(resampled):  # not np.cov: products by BLAS differ in the last digit between processors
        items[first, others] = items[others, first] = (resampled[first] - resampled[others]).var(axis=1, ddof=1)
    added = between[:, None] + between[None, :]
    np.fill_diagonal(added, 0)
    found: Floats = items + added
    return found


def _pairs(resampled: Floats) -> Iterator[tuple[int, slice]]:
    """Yields every system with those after it, some at a time, as many as are held in memory at once."""
    systems, draws = resampled.shape
    step = max(1, _CHUNK // draws)
    for first in range(systems - 1):
        for start in range(first + 1, systems, step):
            yield first, slice(start, min(start + step, systems))


def ranks(scores: Floats, resampled: Floats, between: Floats, level: float = 0.95) -> Ranks:
    """Returns ranks by score, with simultaneous intervals (Mogstad, Romano, Shaikh and Wilhelm 2024).

    Two systems are separable if their difference, divided by its standard deviation, exceeds the quantile at `level` of the
    largest such ratio over all pairs in the resamples (max-T). A system's rank lies between 1 + the number of separably better
    systems and s − the number of separably worse ones. A tie group is the best system not yet in one and all after it, by
    score, up to the first that is separable from it.

    Args:
        scores: float64 (s,).
        resampled: float64 (s, B), the same in shared resamples.
        between: float64 (s,), what each system's seeds add to its variance.
    """
    import numpy as np

    differences = scores[:, None] - scores[None, :]
    spread = np.sqrt(variances(resampled, between))
    critical = _largest_ratio(scores, resampled, level)
    better = (differences > critical * spread + _TOLERANCE) & (np.abs(differences) > _TOLERANCE)
    low = 1 + better.sum(axis=0)
    high = len(scores) - better.sum(axis=1)
    return Ranks(rank=_groups(scores, better), low=tuple(map(int, low)), high=tuple(map(int, high)))


def _largest_ratio(scores: Floats, resampled: Floats, level: float) -> float:
    """Returns the quantile of the largest |difference − observed| / standard deviation over all pairs."""
    import numpy as np

    centred = resampled - scores[:, None]
    spread = np.sqrt(variances(resampled, np.zeros(len(scores))))
    largest = np.zeros(centred.shape[1])
    for first, others in _pairs(centred):
        varies = spread[first, others] > _TOLERANCE
        ratios = np.abs(centred[first] - centred[others][varies]) / spread[first, others][varies, None]
        np.maximum(largest, ratios.max(axis=0, initial=0), out=largest)
    return float(np.quantile(largest, level))


def _groups(scores: Floats, better: NDArray[np.bool_]) -> tuple[int, ...]:
    order = sorted(range(len(scores)), key=lambda one: -scores[one])
    rank = [0] * len(scores)
    leader, place = -1, 0
    for position, one in enumerate(order, start=1):
        if leader < 0 or better[leader, one]:
            leader, place = one, position
        rank[one] = place
    return tuple(rank)


def by_score(scores: Sequence[float], names: Sequence[str]) -> list[int]:
    """Returns positions by score, best first, equal ones by name."""
    return sorted(range(len(scores)), key=lambda one: (-scores[one], names[one]))
