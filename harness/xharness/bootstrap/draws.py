"""Random numbers of a stratum: how often each cluster is drawn, and where two systems are exchanged."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from xharness.bootstrap.strata import Floats, Whole

    Generator: TypeAlias = np.random.Generator

FREQUENT = 24
"""Clusters alike from which on one binomial number for all is cheaper than a number for each (measured: 80 ns, and 3 to 6)."""

_CHUNK = 1 << 15  # counts at a time: 256 KiB as float64 stay in the cache (measured: three times as fast as 16 MiB)
_BLOCK = 1 << 20  # counts that one matrix product takes where there are many columns, as for hundreds of systems: 8 MiB
_NARROW = 16  # columns up to which the product of a chunk costs less than drawing it
_RESAMPLING, _EXCHANGE = 0, 1


def generator(seed: int, stratum: str, purpose: int) -> Generator:
    """Returns the generator of a stratum's numbers: fixed by the experiment's seed and the stratum's name alone."""
    import numpy as np

    digest = hashlib.sha256(stratum.encode("utf-8")).digest()
    words = [int.from_bytes(digest[start : start + 4], "little") for start in range(0, 16, 4)]
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, purpose, *words])))


def resampled(seed: int, stratum: str, sums: Floats, multiplicity: Whole, resamples: int) -> Floats:
    """Returns totals of bootstrap resamples, float64 (B, K): G clusters drawn with replacement, each with probability 1/G.

    Counts are Multinomial(G; 1/G, …). Types with many clusters get theirs as one multinomial number, the others cluster by
    cluster; both together have that distribution.

    Args:
        sums: float64 (u, K), rows of each type.
        multiplicity: int64 (u,), clusters of each type.
    """
    import numpy as np

    numbers = generator(seed, stratum, _RESAMPLING)
    frequent = multiplicity >= FREQUENT
    single = _repeated(sums, np.where(frequent, 0, multiplicity))
    many, weights = sums[frequent], multiplicity[frequent]
    clusters = int(multiplicity.sum())
    shares = np.append(weights, len(single)) / clusters
    totals = np.zeros((resamples, sums.shape[1]))
    sums_of = _Products(single, totals)
    for chunk in _chunks(resamples, max(len(single), len(weights), 1)):
        into = totals[chunk]
        drawn = np.full(len(into), clusters)
        if len(weights):
            counts = numbers.multinomial(clusters, shares, size=len(into))
            into += counts[:, :-1].astype(np.float64) @ many
            drawn = counts[:, -1]
        if len(single):
            sums_of.add(chunk, _uniform_counts(numbers, drawn, len(single)))
    sums_of.flush()
    return totals


def _repeated(rows: Floats, times: Whole) -> Floats:
    """Returns every row as often as it occurs; the rows themselves where each occurs once, as in a shared stratum."""
    import numpy as np

    return rows if (times == 1).all() else np.repeat(rows, times, axis=0)


def _uniform_counts(numbers: Generator, drawn: Whole, size: int) -> Floats:
    """Returns float64 (b, size): how often each of `size` clusters comes up in `drawn[b]` draws."""
    import numpy as np

    kind = np.uint16 if size <= 1 << 16 else np.uint32
    places = numbers.integers(0, size, size=int(drawn.sum()), dtype=kind).astype(np.int64)
    places += np.repeat(np.arange(len(drawn)) * size, drawn)
    return np.bincount(places, minlength=len(drawn) * size).reshape(len(drawn), size).astype(np.float64)


class _Products:
    """Adds counts times rows to totals, several chunks at a time where the rows are wide.

    The products are exact, so that how chunks are put together changes no bit.
    """

    def __init__(self, rows: Floats, totals: Floats) -> None:
        self._rows = rows
        self._totals = totals
        self._most = 1 if rows.shape[1] <= _NARROW else max(1, _BLOCK // max(len(rows), 1))
        self._waiting: list[Floats] = []
        self._start = self._end = 0

    def add(self, chunk: slice, counts: Floats) -> None:
        """Takes the counts, float64 (b, size), of the next chunk of resamples."""
        if not self._waiting:
            self._start = chunk.start
        self._waiting.append(counts)
        self._end = chunk.stop
        if self._end - self._start >= self._most:
            self.flush()

    def flush(self) -> None:
        """Adds what is waiting."""
        if self._waiting:
            import numpy as np

            counts = self._waiting[0] if len(self._waiting) == 1 else np.concatenate(self._waiting)
            self._totals[self._start : self._end] += counts @ self._rows
            self._waiting = []


def exchanged(seed: int, stratum: str, differences: Floats, multiplicity: Whole, resamples: int) -> Floats:
    """Returns what exchanging the two systems moves from one's totals to the other's, float64 (R, K).

    In every cluster they are exchanged with probability ½, in all columns at once.

    Args:
        differences: float64 (u, K), second system less first, by type.
        multiplicity: int64 (u,), clusters of each type.
    """
    import numpy as np

    numbers = generator(seed, stratum, _EXCHANGE)
    frequent = multiplicity >= FREQUENT
    single = _repeated(differences, np.where(frequent, 0, multiplicity))
    many, weights = differences[frequent], multiplicity[frequent]
    moved = np.zeros((resamples, differences.shape[1]))
    sums_of = _Products(single, moved)
    for chunk in _chunks(resamples, max(len(single), len(weights), 1)):
        into = moved[chunk]
        if len(weights):
            into += numbers.binomial(weights, 0.5, size=(len(into), len(weights))).astype(np.float64) @ many
        if len(single):
            bits = numbers.integers(0, 256, size=(len(into), -(-len(single) // 8)), dtype=np.uint8)
            sums_of.add(chunk, np.unpackbits(bits, axis=1, count=len(single)).astype(np.float64))
    sums_of.flush()
    return moved


def _chunks(total: int, width: int) -> Iterator[slice]:
    """Yields slices of `total` rows; they depend on nothing but the two numbers."""
    size = max(1, _CHUNK // width)
    for start in range(0, total, size):
        yield slice(start, min(start + size, total))
