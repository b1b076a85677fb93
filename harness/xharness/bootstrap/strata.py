"""Clusters that are resampled together: their sums of rows, exact in any order of addition."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from xharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from xharness.bootstrap.cells import Cell, Score

    Floats: TypeAlias = NDArray[np.float64]
    Whole: TypeAlias = NDArray[np.int64]

FINEST = 32  # rows are kept to 2^-32: an F1 of one question changes by less than 1.2e-10
_EXACT = 52  # integers up to 2^53 are exact in float64; one bit in reserve


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A cell without its rows, which are large: how many columns of sums are its own, and how they are scored.

    Attributes:
        systems: s.
        columns: k, of each system.
    """

    name: str
    systems: int
    columns: int
    score: Score

    @property
    def width(self) -> int:
        """Columns of all systems."""
        return self.systems * self.columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """One independent set of clusters, and what every cell has on each.

    Clusters on which nothing differs are one *type* where the stratum has one cell only: a bootstrap of types with their
    multiplicities has the distribution of a bootstrap of clusters, at a fraction of its cost.

    Attributes:
        name: stable: it names the random numbers.
        cells: in the order of the columns.
        sums: float64 (u, K), by type: for every cell its s · k columns, one after the other. Whole multiples of a power of
            two, so that any sum over clusters is exact, in whatever order, on whatever machine.
        multiplicity: int64 (u,), clusters of each type; all 1 if shared.
        clusters: their number, G.
    """

    name: str
    shared: bool
    cells: tuple[Scored, ...]
    sums: Floats
    multiplicity: Whole
    clusters: int

    def columns(self, position: int) -> slice:
        """Returns the columns of the cell at a position."""
        widths = [cell.width for cell in self.cells[: position + 1]]
        return slice(sum(widths[:-1]), sum(widths))


def strata(cells: Iterable[Cell]) -> list[Stratum]:
    """Returns the strata of the cells, in order of their names. They do not hold the cells' rows.

    Raises UsageError for a name given twice, an array of the wrong shape or with NaN, fewer than two clusters, or cells that
    name one stratum without sharing clusters.
    """
    grouped: dict[str, list[Cell]] = {}
    for cell in cells:
        _check(cell)
        grouped.setdefault(cell.stratum, []).append(cell)
    names = [cell.name for group in grouped.values() for cell in group]
    if len(set(names)) < len(names):
        raise UsageError(
            f"cells need different names: {next(one for one in names if names.count(one) > 1)!r} is given twice."
        )
    return [_stratum(name, grouped[name]) for name in sorted(grouped)]


def _check(cell: Cell) -> None:
    import numpy as np

    shape = cell.rows.shape
    if len(shape) != 3 or shape[1] != len(cell.clusters):
        raise UsageError(
            f"{cell.name}: rows have the shape {shape} and there are {len(cell.clusters):,} cluster ids: expected (systems, "
            "examples, columns), and one cluster id for each example."
        )
    if not np.isfinite(cell.rows).all():
        raise UsageError(f"{cell.name}: rows hold NaN or infinity: expected are finite numbers that add up.")


def _stratum(name: str, cells: Sequence[Cell]) -> Stratum:
    import numpy as np

    shared = cells[0].shared
    if len(cells) > 1 and not all(cell.shared for cell in cells):
        names = ", ".join(cell.name for cell in cells)
        raise UsageError(f"{names} name one stratum, {name!r}: they must share its clusters, and say so (shared=True).")
    universe = np.unique(np.concatenate([np.asarray(cell.clusters, dtype=np.str_) for cell in cells]))
    if len(universe) + cells[0].zeros < 2:
        raise UsageError(f"{name}: {len(universe)} cluster: at least two are needed to say how much a score varies.")
    sums = np.empty((len(universe), sum(cell.rows.shape[0] * cell.rows.shape[2] for cell in cells)))
    column = 0
    for cell in cells:
        column += _sum_clusters(cell, universe, sums[:, column:])
    multiplicity = np.ones(len(universe), dtype=np.int64)
    if not shared:
        sums, multiplicity = _with_zeros(*distinct(sums), cells[0].zeros)
    return Stratum(
        name=name,
        shared=shared,
        cells=tuple(
            Scored(name=cell.name, systems=cell.rows.shape[0], columns=cell.rows.shape[2], score=cell.score)
            for cell in cells
        ),
        sums=sums,
        multiplicity=multiplicity,
        clusters=int(multiplicity.sum()),
    )


def _with_zeros(sums: Floats, multiplicity: Whole, zeros: int) -> tuple[Floats, Whole]:
    """Returns the types with one more, of clusters on which nothing is to be counted."""
    import numpy as np

    if not zeros:
        return sums, multiplicity
    return np.vstack([sums, np.zeros((1, sums.shape[1]))]), np.append(multiplicity, zeros)


def _sum_clusters(cell: Cell, universe: NDArray[np.str_], into: Floats) -> int:
    """Writes the cell's s · k sums by cluster into the first columns, 0 for clusters that it lacks; returns their number."""
    import numpy as np

    codes = np.searchsorted(universe, np.asarray(cell.clusters, dtype=np.str_))
    most = int(np.bincount(codes, minlength=len(universe)).max()) * len(universe)
    rows = exact(cell.rows, most)
    column = 0
    for system in rows:
        for weights in system.T:
            into[:, column] = np.bincount(codes, weights=weights, minlength=len(universe))
            column += 1
    return column


def exact(rows: Floats, most: int) -> Floats:
    """Returns the rows rounded to multiples of a power of two, float64 of their shape (..., n, k).

    The power is the finest, at most 2^-32, at which `most` times the largest value stays below 2^53, so that every sum in a
    resample is exact: no row changes by more than 2^-33 while that product is at most 2^20. Whole numbers stay as they are.

    Args:
        rows: finite.
        most: rows that a resample can hold: the examples of the largest cluster, times the clusters.
    """
    import numpy as np

    if (rows == np.rint(rows)).all():
        return rows
    largest = float(np.abs(rows).max()) * most
    bits = min(FINEST, _EXACT - math.ceil(math.log2(largest + 1)))
    return np.ldexp(np.rint(np.ldexp(rows, bits)), -bits)


def distinct(rows: Floats) -> tuple[Floats, Whole]:
    """Returns the different rows of float64 (n, k) in the order in which they first occur, and how often each occurs."""
    import numpy as np

    found, first, counts = np.unique(rows, axis=0, return_index=True, return_counts=True)
    order = np.argsort(first)
    return found[order], counts[order].astype(np.int64)
