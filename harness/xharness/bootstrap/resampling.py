"""Resamples everything once: every cell's scores in every resample, and every combination of cells from the same draws."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness.bootstrap import draws
from xharness.bootstrap.strata import distinct, strata
from xharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from xharness.bootstrap.cells import Cell
    from xharness.bootstrap.strata import Floats, Stratum, Whole

_MOST_THREADS = 4  # each holds some 100 MiB


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """What each cluster of one stratum contributes: what a score would lose without it.

    Attributes:
        values: float64 (s, u), by system and type: (G − 1)/G · (mean of the leave-one-out scores − the one without it).
        multiplicity: int64 (u,), clusters of each type.
    """

    values: Floats
    multiplicity: Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """Scores of `s` systems, of one cell or a combination of cells, on the data and in every resample.

    Attributes:
        name: of the cell or the combination.
        point: float64 (s,), on the data.
        resampled: float64 (s, B), in bootstrap resamples.
        exchanged: float64 (R,), first system less second with both exchanged in random clusters; None if not asked for.
        influences: by stratum.
        clusters: by stratum, their number.
    """

    name: str
    point: Floats
    resampled: Floats
    exchanged: Floats | None
    influences: Mapping[str, Influence]
    clusters: Mapping[str, int]


def resample(
    cells: Iterable[Cell],
    *,
    resamples: int = 10_000,
    seed: int = 0,
    exchange: bool = False,
    influences: bool = True,
    threads: int | None = None,
    advance: Callable[[str], None] | None = None,
) -> dict[str, Draws]:
    """Returns the draws of every cell by name, in the order given.

    A stratum's random numbers are fixed by `seed` and its name: the result depends neither on the order of cells or rows, nor
    on the number of threads, nor on which cells are asked for, as long as those of a shared stratum have the same clusters.

    Args:
        resamples: number of bootstrap resamples, and of exchanges.
        exchange: also exchange the systems in random clusters (approximate randomisation, Noreen 1989); needs two systems.
        influences: also find what each cluster contributes, which BCa needs.
        threads: strata at a time; default: the processors', at most 4.
        advance: called with each stratum's name when it is done, from any thread.

    Raises:
        UsageError: for cells that do not fit (see `strata`), for no resamples or a negative seed, or if `exchange` is asked of
            other than two systems.
    """
    given = list(cells)
    if resamples < 1 or seed < 0:
        raise UsageError(
            f"{resamples:,} resamples with the seed {seed}: expected at least one, and a seed of 0 or more."
        )
    if exchange and any(cell.rows.shape[0] != 2 for cell in given):
        raise UsageError("Two systems are exchanged with one another: every cell needs the rows of exactly two.")

    def work(stratum: Stratum) -> list[Draws]:
        found = _of_stratum(stratum, resamples, seed, exchange=exchange, influences=influences)
        if advance is not None:
            advance(stratum.name)
        return found

    names = [cell.name for cell in given]
    summed = strata(given)
    del given, cells  # their rows, unless the caller keeps them: the sums are all that is needed from here on
    with ThreadPoolExecutor(threads or min(_MOST_THREADS, os.cpu_count() or 1)) as pool:
        done = {one.name: one for found in pool.map(work, summed) for one in found}
    return {name: done[name] for name in names}


def _of_stratum(stratum: Stratum, resamples: int, seed: int, *, exchange: bool, influences: bool) -> list[Draws]:
    totals = draws.resampled(seed, stratum.name, stratum.sums, stratum.multiplicity, resamples)
    swapped = _exchanged(stratum, resamples, seed) if exchange else [None] * len(stratum.cells)
    whole = stratum.multiplicity @ stratum.sums
    return [
        Draws(
            name=cell.name,
            point=_scores(stratum, position, whole),
            resampled=_scores(stratum, position, totals).T,
            exchanged=swapped[position],
            influences={stratum.name: _influence(stratum, position, whole)} if influences else {},
            clusters={stratum.name: stratum.clusters},
        )
        for position, cell in enumerate(stratum.cells)
    ]


def _scores(stratum: Stratum, position: int, totals: Floats) -> Floats:
    """Returns float64 (..., s): scores of the cell at a position, from totals of all columns, (..., K)."""
    cell = stratum.cells[position]
    mine = totals[..., stratum.columns(position)]
    return cell.score(mine.reshape(*mine.shape[:-1], cell.systems, cell.columns))


def _exchanged(stratum: Stratum, resamples: int, seed: int) -> list[Floats | None]:
    """Returns for every cell, float64 (R,): first system less second, exchanged in random clusters of the stratum."""
    import numpy as np

    halves = [_halves(stratum, position) for position in range(len(stratum.cells))]
    whole = [stratum.multiplicity @ stratum.sums[:, stratum.columns(position)] for position in range(len(halves))]
    rows = np.concatenate([second - first for first, second in halves], axis=1)
    multiplicity = stratum.multiplicity
    if not stratum.shared:
        kept = (rows != 0).any(axis=1)  # where both are alike, an exchange changes nothing
        rows, multiplicity = _merged(rows[kept], multiplicity[kept])
    moved = draws.exchanged(seed, stratum.name, rows, multiplicity, resamples)
    values: list[Floats | None] = []
    column = 0
    for cell, total in zip(stratum.cells, whole, strict=True):
        k = cell.columns
        part = moved[:, column : column + k]
        column += k
        values.append(cell.score(total[:k] + part) - cell.score(total[k:] - part))
    return values


def _halves(stratum: Stratum, position: int) -> tuple[Floats, Floats]:
    mine = stratum.sums[:, stratum.columns(position)]
    k = mine.shape[1] // 2
    return mine[:, :k], mine[:, k:]


def _merged(rows: Floats, multiplicity: Whole) -> tuple[Floats, Whole]:
    """Returns the different rows, in the order in which they first occur, with the sums of their multiplicities."""
    import numpy as np

    if not len(rows):
        return rows, multiplicity
    found, _ = distinct(rows)
    place = {row.tobytes(): number for number, row in enumerate(found)}
    codes = np.array([place[row.tobytes()] for row in rows])
    return found, np.bincount(codes, weights=multiplicity, minlength=len(found)).astype(np.int64)


def _influence(stratum: Stratum, position: int, whole: Floats) -> Influence:
    """Returns the jackknife's influence values (Efron and Tibshirani 1993, section 14.3)."""
    without = _scores(stratum, position, whole - stratum.sums).T
    mean = (without * stratum.multiplicity).sum(axis=1, keepdims=True) / stratum.clusters  # BLAS depends on its threads
    values = (stratum.clusters - 1) / stratum.clusters * (mean - without)
    return Influence(values=values, multiplicity=stratum.multiplicity)


def combine(name: str, parts: Sequence[tuple[float, Draws]]) -> Draws:
    """Returns the draws of a weighted sum: a mean over languages, a mean over tasks.

    Parts of one stratum move together, resample by resample; parts of different strata are independent, as they were drawn.
    Sums are made in the order given.
    """
    influences: dict[str, Influence] = {}
    clusters: dict[str, int] = {}
    for weight, part in parts:
        for stratum, influence in part.influences.items():
            before = influences.get(stratum)
            values = weight * influence.values if before is None else before.values + weight * influence.values
            influences[stratum] = Influence(values=values, multiplicity=influence.multiplicity)
        clusters.update(part.clusters)
    exchanged = [weight * part.exchanged for weight, part in parts if part.exchanged is not None]
    return Draws(
        name=name,
        point=sum((weight * part.point for weight, part in parts[1:]), parts[0][0] * parts[0][1].point),
        resampled=sum((weight * part.resampled for weight, part in parts[1:]), parts[0][0] * parts[0][1].resampled),
        exchanged=sum(exchanged[1:], exchanged[0]) if len(exchanged) == len(parts) else None,
        influences=influences,
        clusters=clusters,
    )
