"""Times intervals and paired tests for all of XTREME beside a loop over scipy's, and compares the bytes of 1 and 2 threads.

    python tests/benchmarks/significance.py [--resamples 10000] [--scale 1.0] [--threads 1] [--scipy-resamples 1000]

162 cells with the official numbers of test examples (BUCC: its gold pairs; its other foreign sentences are rows of zeros,
which change nothing) and two systems whose answers are simulated: right or wrong, spans, exact match and F1. One pass gives
the intervals of both scores and of the difference and both p-values for every cell, task and group and for the average.

The loop is `scipy.stats.bootstrap` (paired, percentile, vectorised) and `permutation_test` (samples, vectorised) on the same
sums by cluster. It runs on one cell of each task; its seconds are extrapolated linearly in resamples and, within the task, in
clusters. In scipy's favour: one bootstrap gives all three intervals, columns that are constant or alike in both systems are
passed once or not at all, the batch is the best of those tried, and the loop makes no task, group or average.

"cpu s" is processor time, which other work on the machine disturbs less than wall time; stages are processor time of the run
with one thread. Peak memory is taken before scipy runs.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np
import scipy  # noqa: TID253  # a benchmark is run, never imported
from scipy import stats  # noqa: TID253
from simulated_suite import suite
from tabulate import tabulate
from xharness import bootstrap
from xharness.bootstrap import Cell, draws, resampling
from xharness_xtreme.suite import AGGREGATOR
from xharness_xtreme.tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from xharness.bootstrap import Draws, Interval

    Floats = NDArray[np.float64]
    Score = Callable[[Floats], Floats]

SUBSET = ("xnli/de", "pawsx/de", "udpos/en", "panx/de", "xquad/de", "mlqa/de", "tydiqa/fi", "bucc2018/de", "tatoeba/de")
BATCH_NUMBERS = (1 << 16, 1 << 19, 1 << 22)
"""Numbers in one batch of scipy's, tried on every cell: half a mebibyte, 4 and 32 as float64."""
LEVEL = 0.95
RATIO_TARGET, MEMORY_TARGET_MIB = 20, 1536


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What is known of one cell, task, group or the average in the end."""

    a: Interval
    b: Interval
    delta: Interval
    p: float
    shifted_p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One pass: results, SHA-256 of all of them and of every draw, seconds."""

    rows: Mapping[str, Row]
    digest: str
    wall: float
    processor: float
    stages: Mapping[str, float]


# ------------------------------------------------------------------------------------------------------------ one pass


def whole_pass(cells: Mapping[str, Cell], resamples: int, threads: int) -> Pass:
    """Computes everything once."""
    stages: list[tuple[str, float]] = []
    with ExitStack() as stack:
        for module, function, stage in (
            (resampling, "strata", "sums by cluster"),
            (draws, "resampled", "bootstrap draws"),
            (draws, "exchanged", "exchanges"),
        ):
            timed = partial(_timed, stages, stage, getattr(module, function))
            stack.enter_context(mock.patch.object(module, function, timed))
        wall, processor = time.perf_counter(), time.process_time()
        drawn = bootstrap.resample(cells.values(), resamples=resamples, seed=1, exchange=True, threads=threads)
        resampled = time.process_time()
        everything = {**drawn, **_combinations(drawn)}
        combined = time.process_time()
        rows = {name: _row(one) for name, one in everything.items()}
        end, wall = time.process_time(), time.perf_counter() - wall
    seconds = {name: sum(spent for stage, spent in stages if stage == name) for name, _ in stages}
    seconds["scores of resamples, jackknife"] = resampled - processor - sum(seconds.values())
    seconds["tasks, groups, average"] = combined - resampled
    seconds["intervals and p-values"] = end - combined
    return Pass(rows=rows, digest=_digest(everything, rows), wall=wall, processor=end - processor, stages=seconds)


def _timed(stages: list[tuple[str, float]], stage: str, function: Callable[..., Any], *given: Any, **named: Any) -> Any:
    start = time.thread_time()
    result = function(*given, **named)
    stages.append((stage, time.thread_time() - start))
    return result


def _combinations(drawn: Mapping[str, Draws]) -> dict[str, Draws]:
    def mean(name: str, parts: Sequence[Draws]) -> Draws:
        return bootstrap.combine(name, [(1 / len(parts), part) for part in parts])

    tasks = {task.name: mean(task.name, [drawn[f"{task.name}/{one}"] for one in task.languages]) for task in TASKS}
    groups = {name: mean(name, [tasks[one] for one in members]) for name, members in AGGREGATOR.groups.items()}
    return {**tasks, **groups, AGGREGATOR.name: mean(AGGREGATOR.name, list(tasks.values()))}


def _row(one: Draws) -> Row:
    assert one.exchanged is not None
    observed = float(one.point[0] - one.point[1])
    return Row(
        a=bootstrap.of_score(one, LEVEL),
        b=bootstrap.of_score(one, LEVEL, system=1),
        delta=bootstrap.of_difference(one, LEVEL),
        p=bootstrap.randomisation_p(observed, one.exchanged),
        shifted_p=bootstrap.shifted_bootstrap_p(observed, one.resampled[0] - one.resampled[1]),
    )


def _digest(everything: Mapping[str, Draws], rows: Mapping[str, Row]) -> str:
    digest = hashlib.sha256()
    for name, one in everything.items():
        digest.update(f"{name} {rows[name]!r}".encode())
        for numbers in (one.point, one.resampled, one.exchanged):
            digest.update(np.ascontiguousarray(numbers).tobytes())
    return digest.hexdigest()


def peak_mib() -> float:
    """Returns the highest resident memory of this program so far, in MiB (Linux).

    Not `resource.getrusage`: its maximum survives exec, so a child would start with its parent's.
    """
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


# --------------------------------------------------------------------------------------------------------------- scipy


@dataclass(frozen=True, slots=True, kw_only=True)
class ScipyRow:
    """Seconds of all cells of a task, extrapolated from one, and what is printed."""

    whole_task: float
    printed: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A cell as scipy sees it: sums by cluster, (2, G, k), and the score of totals."""

    sums: Floats
    score: Score

    @classmethod
    def of(cls, cell: Cell) -> Table:
        """Adds up by cluster."""
        _, codes = np.unique(np.asarray(cell.clusters), return_inverse=True)
        sums = [[np.bincount(codes, column) for column in system.T] for system in cell.rows]
        return cls(sums=np.array(sums).transpose(0, 2, 1), score=cell.score)

    def bootstrap(self, resamples: int, batch: int) -> Any:
        """Returns scipy's intervals of the first score, the second and the difference."""
        needed: dict[bytes, int] = {}
        data: list[Floats] = []
        places: list[tuple[int | None, float]] = []
        for column in self.sums.transpose(0, 2, 1).reshape(-1, self.sums.shape[1]):
            varies = bool((column != column[0]).any())
            if varies and column.tobytes() not in needed:
                needed[column.tobytes()] = len(data)
                data.append(column)
            places.append((needed[column.tobytes()] if varies else None, float(column.sum())))

        def statistic(*columns: Floats, axis: int) -> Floats:
            added = [column.sum(axis=axis) for column in columns]
            every = [np.full_like(added[0], total) if place is None else added[place] for place, total in places]
            a, b = (
                self.score(np.stack(half, axis=-1)) for half in (every[: len(every) // 2], every[len(every) // 2 :])
            )
            return np.stack([a, b, a - b])

        return stats.bootstrap(
            data, statistic, paired=True, vectorized=True, method="percentile", n_resamples=resamples, batch=batch, rng=1
        )  # fmt: skip

    def permutation_test(self, resamples: int, batch: int) -> Any:
        """Returns scipy's p-value of the difference; samples are numbers of rows, so that all columns are exchanged."""
        clusters = self.sums.shape[1]
        flat = self.sums.reshape(2 * clusters, -1)
        columns = [(column, bool((column != column[0]).any())) for column in flat.T]

        def score(index: NDArray[np.int64], axis: int) -> Floats:
            sums = [
                column[index].sum(axis=axis) if varies else np.full(index.shape[:-1], column[0] * clusters)
                for column, varies in columns
            ]
            return self.score(np.stack(sums, axis=-1))

        return stats.permutation_test(
            (np.arange(clusters), np.arange(clusters) + clusters),
            lambda first, second, axis: score(first, axis) - score(second, axis),
            permutation_type="samples", vectorized=True, n_resamples=resamples, batch=batch, rng=1,
        )  # fmt: skip


def _best(run: Callable[[int, int], Any], resamples: int, clusters: int) -> tuple[Any, float]:
    """Returns the result with the best of the batches (tried with a fifth of the resamples) and its processor seconds."""
    tried = []
    for numbers in BATCH_NUMBERS:
        batch = max(1, numbers // clusters)
        tried.append((_seconds(partial(run, max(100, resamples // 5), batch))[1], batch))
    return _seconds(partial(run, resamples, min(tried)[1]))


def _seconds(run: Callable[[], Any]) -> tuple[Any, float]:
    start = time.process_time()
    result = run()
    return result, time.process_time() - start


def scipy_rows(cells: Mapping[str, Cell], mine: Mapping[str, Row], resamples: int, full: int) -> Iterator[ScipyRow]:
    """Runs scipy on each cell of the subset with `resamples`; seconds are extrapolated to `full` ones."""
    clusters = {name: len(set(cell.clusters)) for name, cell in cells.items()}
    for name in SUBSET:
        table = Table.of(cells[name])
        found, drawing = _best(table.bootstrap, resamples, clusters[name])
        test, exchanging = _best(table.permutation_test, resamples, clusters[name])
        drawing, exchanging = drawing * full / resamples, exchanging * full / resamples
        task = name.split("/", maxsplit=1)[0]
        share = sum(clusters[one] for one in cells if one.startswith(f"{task}/")) / clusters[name]
        row, (low, high) = mine[name], (bound[2] for bound in found.confidence_interval)
        yield ScipyRow(
            whole_task=(drawing + exchanging) * share,
            printed=[
                name, f"{clusters[name]:,}", f"{drawing:.1f}", f"{exchanging:.1f}", f"{(drawing + exchanging) * share:.1f}",
                _points(row.delta.low, row.delta.high), _points(low, high), f"{row.p:.3f}", f"{test.pvalue:.3f}",
            ],
        )  # fmt: skip


def _points(low: float, high: float) -> str:
    return f"{100 * low:+.2f} to {100 * high:+.2f}"


# --------------------------------------------------------------------------------------------------------------- tables


def main() -> None:
    """Prints the tables."""
    given = _arguments()
    cells = suite(given.scale)
    examples = sum(len(cell.clusters) for cell in cells.values())
    print(
        f"{len(cells)} cells, {examples:,} examples, {given.resamples:,} resamples and exchanges; numpy {np.__version__}, "
        f"scipy {scipy.__version__}, OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS', 'not set')}, "
        f"{os.cpu_count()} processors\n"
    )
    before = peak_mib()
    first = whole_pass(cells, given.resamples, 1)
    peak = peak_mib()
    second = whole_pass(cells, given.resamples, 2)
    passes = {1: first, 2: second}
    if given.threads not in passes:
        passes[given.threads] = whole_pass(cells, given.resamples, given.threads)
    print(tabulate(
        [[threads, one.wall, one.processor, one.digest[:16]] for threads, one in passes.items()],
        headers=["threads", "wall s", "cpu s", "SHA-256 of all results"], floatfmt=".2f",
    ))  # fmt: skip
    same = len({one.digest for one in passes.values()}) == 1
    differing = _differing(cells, first, given.resamples)
    print(
        f"the same bytes with {', '.join(map(str, passes))} threads: {'yes' if same else 'NO'}\n"
        f"the same results of {len(SUBSET)} cells alone: {f'NO: {differing}' if differing else 'yes'}\n"
    )
    print(tabulate(first.stages.items(), headers=["stage, one thread", "cpu s"], floatfmt=".2f"))
    print(
        f"\npeak memory: {before:.0f} MiB with the rows, {peak:.0f} with one thread, {peak_mib():.0f} after all of these"
    )
    print(f"  target: under {MEMORY_TARGET_MIB} MiB: {'met' if peak_mib() < MEMORY_TARGET_MIB else 'NOT MET'}\n")
    _print_scipy(cells, passes[given.threads], given)


def _differing(cells: Mapping[str, Cell], whole: Pass, resamples: int) -> list[str]:
    """Returns the cells of the subset whose results change if they alone are asked for.

    As `xharness compare --languages` does, all languages of a parallel task are resampled for one of them: MLQA's have not all
    the same clusters.
    """
    strata = {cells[name].stratum for name in SUBSET}
    asked = [cell for cell in cells.values() if cell.stratum in strata]
    alone = bootstrap.resample(asked, resamples=resamples, seed=1, exchange=True, threads=1)
    return [name for name in SUBSET if _row(alone[name]) != whole.rows[name]]


def _print_scipy(cells: Mapping[str, Cell], ours: Pass, given: argparse.Namespace) -> None:
    found = list(scipy_rows(cells, ours.rows, given.scipy_resamples, given.resamples))
    headers = [
        "scipy, cpu s",
        "clusters",
        "bootstrap",
        "permutation",
        "whole task",
        "difference, 95 %",
        "scipy's",
        "p",
        "scipy's",
    ]
    right = ("left", "right", "right", "right", "right", "left", "left", "right", "right")
    print(tabulate([row.printed for row in found], headers=headers, disable_numparse=True, colalign=right))
    total = sum(row.whole_task for row in found)
    ratio = total / ours.processor
    print(
        f"\nscipy, one thread: measured with {given.scipy_resamples:,} resamples on these cells, extrapolated linearly to "
        f"{given.resamples:,} resamples and to all clusters of the task: {total:.0f} cpu s for the {len(cells)} cells\n"
        f"xharness, {given.threads} thread(s), cells, tasks, groups and average: {ours.processor:.1f} cpu s "
        f"({ours.wall:.1f} wall)\nratio of processor time: {ratio:.0f}, of scipy's processor time to the wall time: "
        f"{total / ours.wall:.0f}; target {RATIO_TARGET}: {'met' if ratio >= RATIO_TARGET else 'NOT MET'}"
    )


def _arguments() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--resamples", type=int, default=10_000)
    options.add_argument("--scipy-resamples", type=int, default=1000)
    options.add_argument("--scale", type=float, default=1.0, help="of the numbers of examples")
    options.add_argument("--threads", type=int, default=1, help="of the pass that scipy's loop is compared with")
    return options.parse_args()


if __name__ == "__main__":
    main()
