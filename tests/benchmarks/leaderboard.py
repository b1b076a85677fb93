"""Times the building of a board of many complete systems, from statistics on disk to markdown and page, and its memory.

    python tests/benchmarks/leaderboard.py [--systems 25 50 100 200] [--scale 1.0] [--resamples 2000]

Every system answers all 162 cells of XTREME with the official numbers of test examples; its answers are a mixture, example by
example, of those of two simulated systems, in a share of its own. Writing the board is not timed: `add` writes one run at a
time. "without the statistics" is what ranks and forms cost by themselves: it grows with the square of the systems where pairs
are compared. Each size runs in a process of its own, so that peak memory is its own.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from simulated_suite import suite
from tabulate import tabulate
from xharness import environment
from xharness.leaderboard import entries, examples, statistics
from xharness.leaderboard.board import AggregatorRef, Board, BoardConfig
from xharness.leaderboard.building import build
from xharness.plugins import Plugins
from xharness.runs import (
    AggregatorRecord,
    AveragesRecord,
    CellRecord,
    CellStatus,
    ModelRecord,
    RunRecord,
    RunStatus,
    ScoreRecord,
)
from xharness.samples import main_metrics
from xharness.store import write_whole

SECONDS_TARGET, MEMORY_TARGET_MIB = 60, 2048


def main() -> None:
    """Prints a row for each size."""
    given = arguments()
    if given.one:
        print(measured(given))
        return
    rows = []
    for systems in given.systems:
        command = [sys.executable, __file__, "--one", str(systems), "--scale", str(given.scale)]
        done = subprocess.run(
            [*command, "--resamples", str(given.resamples)], check=True, stdout=subprocess.PIPE, text=True
        )
        rows.append([systems, *map(float, done.stdout.split())])
    headers = [
        "systems",
        "MiB a run",
        "build, s",
        "of it draws, s",
        "pairs and forms, s",
        "peak before, MiB",
        "peak, MiB",
    ]
    print(tabulate(rows, headers=headers, floatfmt=".1f"))
    print(f"targets for 200 systems: under {SECONDS_TARGET} s and {MEMORY_TARGET_MIB} MiB")


def measured(given: argparse.Namespace) -> str:
    """Returns the numbers of one size, separated by blanks."""
    with tempfile.TemporaryDirectory() as folder:
        plugins = Plugins.load()
        board = written(Path(folder) / "large", given.one, given.scale, given.resamples, plugins)
        sizes = [(path / entries.STATISTICS).stat().st_size for path in board.run_folders()]
        before = environment.peak_memory_bytes() / 2**20
        cells: list[float] = []
        start = time.perf_counter()
        build(board, plugins, advance=lambda _: cells.append(time.perf_counter()))
        end = time.perf_counter()
        peak = environment.peak_memory_bytes() / 2**20
    draws = cells[-1] - start
    return f"{np.mean(sizes) / 2**20} {end - start} {draws} {end - cells[-1]} {before} {peak}"


def written(path: Path, systems: int, scale: float, resamples: int, plugins: Plugins) -> Board:
    """Writes a board of simulated systems."""
    simulated = suite(scale)
    found = plugins.suite("xtreme")
    tasks = plugins.suite_tasks(found)
    board = Board(path)
    board.path.mkdir(parents=True)
    board.write_config(
        BoardConfig(
            title="Simulated systems", suite=found.name, suite_version=found.version, splits=dict.fromkeys(tasks, "test"),
            cells={name: task.languages for name, task in tasks.items()}, baseline="system 0", resamples=resamples,
            aggregator=AggregatorRef(name=found.aggregator.name, version=found.aggregator.version),
        )
    )  # fmt: skip
    sets, order = {}, {}
    for place, cell in simulated.items():
        ids = [str(n) for n in range(len(cell.clusters))]
        order[place] = np.argsort(np.array(ids, dtype=object))
        sets[place] = examples.example_set([ids[n] for n in order[place]], [cell.clusters[n] for n in order[place]])
    mining = {
        name for name, task in tasks.items() if any(m.open_ids for m in main_metrics(task, plugins.metrics).values())
    }
    closed = {place: one for place, one in sets.items() if place.partition("/")[0] not in mining}
    write_whole(board.examples_path, lambda file: file.write_bytes(examples.content_of(closed)))
    for number in range(systems):
        rng = np.random.default_rng([11, number])
        share = rng.random()
        cells, records = {}, []
        for place, cell in simulated.items():
            task = tasks[place.partition("/")[0]]
            first = rng.random(cell.rows.shape[1]) < share
            rows = np.where(first[:, None], cell.rows[0], cell.rows[1])[order[place]]
            cells[place] = stored(rows, sets[place], task, plugins, open_ids=task.name in mining)
            records.append(record(place, rows, len(sets[place].ids), task, plugins))
        config = entries.EntryConfig(name=f"system {number}", added="2026-01-01")
        entries.write_entry(board.runs_path / f"system-{number:04}", config, run(number, records, found), cells)
    return board


def stored(rows, told, task, plugins, *, open_ids):
    """Returns the rows of a cell as a board keeps them."""
    columns = tuple(
        f"{metric.name}.{column}"
        for metric in dict.fromkeys(main_metrics(task, plugins.metrics).values())
        for column in metric.columns
    )
    if not open_ids:
        return statistics.StoredRows(columns=columns, rows=compact(rows), n=len(rows), examples=told.digest)
    return statistics.StoredRows(
        columns=columns,
        rows=compact(rows),
        n=len(rows),
        ids=told.ids,
        clusters=told.clusters,
        own=len(rows),
        groups=len(rows),
    )


def compact(rows):
    """Returns whole numbers as small integers."""
    return rows.astype(np.int16) if (rows == np.rint(rows)).all() else rows


def record(place, rows, n, task, plugins):
    """Returns a cell's record with the scores of its rows."""
    totals = rows.sum(axis=0)
    scores = tuple(
        ScoreRecord(metric=name, value=float(metric.score(totals)[name]), n=n, main=True)
        for name, metric in main_metrics(task, plugins.metrics).items()
    )
    language = place.partition("/")[2]
    versions = {name: plugins.metrics[name].version for name in task.metrics}
    return CellRecord(
        task=task.name, language=language, split="test", status=CellStatus.SCORED, scores=scores, n=n, clusters=n,
        task_version=task.version, versions=versions, gold="0", inputs="0",
    )  # fmt: skip


def run(number, records, found):
    """Returns a run's record."""
    identity = f"{number:064x}"
    rule = found.aggregator
    average = AggregatorRecord(name=rule.name, version=rule.version, description=rule.description)
    name, splits = f"system {number}", dict.fromkeys(found.tasks, "test")
    return RunRecord(
        kind="eval", name=name, base=identity, identity=identity, status=RunStatus.FINISHED, suite=found.name,
        suite_version=found.version, aggregator=average, split="test", splits=splits, variant="fixed",
        model=ModelRecord(name=name, identity=identity), averages=AveragesRecord(), cells=tuple(records), complete=True,
    )  # fmt: skip


def arguments() -> argparse.Namespace:
    """Returns the command line's arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--systems", type=int, nargs="+", default=[25, 50, 100, 200])
    parser.add_argument("--one", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--resamples", type=int, default=2000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
