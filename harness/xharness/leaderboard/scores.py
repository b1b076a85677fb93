"""Scores of all systems in shared resamples, one set of clusters at a time: only what ranks and differences need is kept."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness import bootstrap
from xharness.leaderboard.content import AVERAGE, Estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    import numpy as np
    from numpy.typing import NDArray

    from xharness.bootstrap import Cell

    Floats = NDArray[np.float64]


_MOST_THREADS = 4  # each holds the rows of one set of clusters


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Scores of runs, of a cell or a mean of cells.

    Attributes:
        point: float64 (r,), by run.
        resampled: float64 (r, B), in shared resamples.
        clusters: resampled units below it.
    """

    point: Floats
    resampled: Floats
    clusters: int


def draw(
    strata: Iterable[Callable[[], Iterable[Cell]]],
    weights: Mapping[str, float],
    *,
    resamples: int,
    seed: int,
    each: Callable[[str, Drawn], None],
) -> dict[str, Drawn]:
    """Returns the draws of every task and of the average; those of a cell are handed to `each` and dropped.

    Args:
        strata: each gives the cells of one set of clusters when called: their rows are in memory only meanwhile.
        weights: "task/language" → weight in its task's mean.
    """
    tasks: dict[str, Drawn] = {}
    for drawn in _ahead(strata, resamples, seed):
        for name, one in drawn.items():
            each(name, one)
            task = name.partition("/")[0]
            tasks[task] = _added(tasks.get(task), one, weights[name], shared=len(drawn) > 1)
    if tasks:
        tasks[AVERAGE] = _mean(list(tasks.values()))
    return tasks


def _ahead(strata: Iterable[Callable[[], Iterable[Cell]]], resamples: int, seed: int) -> Iterator[dict[str, Drawn]]:
    """Yields the draws of every set of clusters in order; the next ones are drawn meanwhile, a few at most."""
    workers = min(_MOST_THREADS, os.cpu_count() or 1)

    def work(cells: Callable[[], Iterable[Cell]]) -> dict[str, Drawn]:
        found = bootstrap.resample(cells(), resamples=resamples, seed=seed, influences=False, threads=1)
        return {
            name: Drawn(point=one.point, resampled=one.resampled, clusters=sum(one.clusters.values()))
            for name, one in found.items()
        }

    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[dict[str, Drawn]]] = deque()
        for cells in strata:
            waiting.append(pool.submit(work, cells))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _added(before: Drawn | None, one: Drawn, weight: float, *, shared: bool) -> Drawn:
    if before is None:
        return Drawn(point=weight * one.point, resampled=weight * one.resampled, clusters=one.clusters)
    return Drawn(
        point=before.point + weight * one.point,
        resampled=before.resampled + weight * one.resampled,
        clusters=before.clusters if shared else before.clusters + one.clusters,
    )


def _mean(members: Sequence[Drawn]) -> Drawn:
    share = 1 / len(members)
    point, resampled = share * members[0].point, share * members[0].resampled
    for one in members[1:]:
        point, resampled = point + share * one.point, resampled + share * one.resampled
    return Drawn(point=point, resampled=resampled, clusters=sum(one.clusters for one in members))


def estimates(drawn: Drawn, systems: Sequence[Sequence[int]], level: float) -> list[Estimate]:
    """Returns the score of every system, given by its runs, with its interval: percentile for one run, by t over several."""
    import numpy as np

    tail = (1 - level) / 2
    low, high = np.quantile(drawn.resampled, [tail, 1 - tail], axis=1)
    return [
        Estimate(value=float(drawn.point[runs[0]]), low=float(low[runs[0]]), high=float(high[runs[0]]))
        if len(runs) == 1
        else _over_seeds(drawn, list(runs), level)
        for runs in systems
    ]


def _over_seeds(drawn: Drawn, runs: list[int], level: float) -> Estimate:
    import numpy as np

    points, resampled = drawn.point[runs], drawn.resampled[runs]
    nothing = np.zeros(1), np.zeros((1, resampled.shape[1]))
    over = bootstrap.between_methods(points, resampled, *nothing, clusters=drawn.clusters)
    interval = bootstrap.student(over.value, over.variance, over.df, level)
    return Estimate(value=float(points.mean()), low=interval.low, high=interval.high)
