"""Times exact search beside a plain product with top-k, and measures the memory of mining.

    python tests/benchmarks/search.py [--rows 20000] [--widths 384 768] [--repeats 5] [--memory-rows 30000]

Everything that is compared runs in turns in one process, so that other work on the machine falls on all alike; medians
of the turns, and the median of the turns' ratios, are printed. The ratio to look at: search within 1.3 times the product
with top-k in the same directions.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch  # noqa: TID253  # a benchmark is run, never imported
from xharness_faiss import mining
from xharness_faiss.indexes import FlatIndex, GraphIndex, InvertedIndex
from xharness_faiss.vectors import normalise

if TYPE_CHECKING:
    from collections.abc import Callable

K = 4
BUCC = (461_000, 558_000, 1024)
"""Sentences of the largest pair (ru-en), as recalled in the task's literature, and the width of XLM-R large."""


def unit(rows: int, width: int, seed: int) -> np.ndarray:
    """Returns float32 (rows, width) of random unit vectors."""
    vectors = np.random.default_rng(seed).standard_normal((rows, width), dtype=np.float32)
    return normalise(vectors, range(rows), "benchmark")


def plain(left: np.ndarray, right: np.ndarray, *, both: bool = False, block: int = 2048) -> None:
    """Multiplies in blocks of rows and takes the k greatest of each row, and of each column of a block if `both`."""
    queries, pool = torch.from_numpy(left), torch.from_numpy(right)
    for start in range(0, len(left), block):
        products = queries[start : start + block] @ pool.T
        products.topk(K, dim=1)
        if both:
            products.topk(
                min(K, len(products)), dim=0
            )  # merging the blocks' columns is left out: in the plain one's favour


def products_only(left: np.ndarray, right: np.ndarray, block: int = 2048) -> None:
    """Multiplies in blocks of rows with numpy's library and throws the products away."""
    for start in range(0, len(left), block):
        left[start : start + block] @ right.T


def in_turns(cases: dict[str, Callable[[], object]], repeats: int) -> dict[str, list[float]]:
    """Returns the seconds of every case, one for each turn; a first turn is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for turn in range(repeats + 1):
        for name, run in cases.items():
            start = time.perf_counter()
            run()
            if turn:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def table(title: str, seconds: dict[str, list[float]], against: dict[str, str]) -> None:
    """Prints medians, and medians of the ratios within each turn to the case that each is measured against."""
    print(f"\n{title}\n{'':44}{'median s':>10}{'ratio':>8}  to")
    for name, times in seconds.items():
        other = against.get(name)
        ratio = (
            ""
            if other is None
            else f"{statistics.median(a / b for a, b in zip(times, seconds[other], strict=True)):.2f}"
        )
        print(f"{name:44}{statistics.median(times):>10.3f}{ratio:>8}  {other or ''}")


def search_table(rows: int, width: int, repeats: int) -> None:
    """Times the flat index against plain products over the same vectors."""
    left, right, flat = unit(rows, width, 0), unit(rows, width, 1), FlatIndex()
    one, two = f"product + top-{K}", f"product + top-{K} of rows and columns"
    cases = {
        "product alone (numpy)": lambda: products_only(left, right),
        one: lambda: plain(left, right),
        "flat search": lambda: flat.search(left, right, K),
        two: lambda: plain(left, right, both=True),
        "flat search_both": lambda: flat.search_both(left, right, K),
        "flat search, twice": lambda: (flat.search(left, right, K), flat.search(right, left, K)),
    }
    against = {"flat search": one, "flat search_both": two, "flat search, twice": two}
    table(f"{rows:,} x {rows:,} vectors of width {width}", in_turns(cases, repeats), against)


def margin_table(rows: int, width: int, repeats: int) -> None:
    """Times margins from the neighbours' similarities against products of the candidates' vectors."""
    left, right = unit(rows, width, 2), unit(rows, width, 3)
    forward, backward = FlatIndex().search_both(left, right, K)

    def anew() -> None:
        means = forward.similarities.mean(axis=1), backward.similarities.mean(axis=1)
        for own, queries, pool, neighbours in ((0, left, right, forward), (1, right, left, backward)):
            cosines = np.einsum("nd,nkd->nk", queries, pool[neighbours.rows])
            cosines / ((means[own][:, None] + means[1 - own][neighbours.rows]) / 2)

    cases = {
        "margins, vectors multiplied anew": anew,
        "margins from similarities": lambda: mining.ratio_margins(forward, backward),
    }
    against = {"margins from similarities": "margins, vectors multiplied anew"}
    table(f"margins of {rows:,} + {rows:,} sentences, width {width}, k = {K}", in_turns(cases, repeats), against)


def approximate_table(rows: int, width: int) -> None:
    """Times the approximate indexes once on clustered vectors, with the recall that they measure."""
    centres = unit(rows // 50, width, 4)
    pool = centres[np.arange(rows) % len(centres)] + np.float32(0.7) * unit(rows, width, 5)
    queries = pool + np.float32(0.4) * unit(rows, width, 6)
    pool, queries = (normalise(vectors, range(rows), "benchmark") for vectors in (pool, queries))
    print(f"\n{rows:,} x {rows:,} clustered vectors of width {width}, index built and searched once")
    print(f"{'':44}{'s':>10}{'recall':>8}")
    for index in (FlatIndex(), InvertedIndex(), GraphIndex()):
        start = time.perf_counter()
        recall = index.search(queries, pool, K).recall
        print(f"{index.name:44}{time.perf_counter() - start:>10.3f}{'exact' if recall is None else f'{recall:.4f}':>8}")


def peak_mib() -> float:
    """Returns the highest resident memory of this program so far, in MiB (Linux).

    Not `resource.getrusage`: its maximum survives exec, so a child would start with its parent's.
    """
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measure_memory(left_rows: int, right_rows: int, width: int) -> None:
    """Prints, as JSON, seconds and what searching both ways adds to the memory of the vectors. Run in its own process."""
    FlatIndex().search_both(unit(64, width, 0), unit(64, width, 1), K)
    left, right = unit(left_rows, width, 0), unit(right_rows, width, 1)
    before, start = peak_mib(), time.perf_counter()
    mining.mine(*FlatIndex().search_both(left, right, K))
    print(json.dumps({"before": before, "added": peak_mib() - before, "seconds": time.perf_counter() - start}))


def memory_table(left_rows: int, right_rows: int) -> None:
    """Measures memory at two smaller sizes and prints what the difference makes of BUCC's real size."""
    width, added = BUCC[2], []
    print(f"\nmemory of search_both and mining, width {width}\n{'':44}{'MiB':>10}")
    for share in (2, 1):
        sizes = (left_rows // share, right_rows // share, width)
        command = [sys.executable, __file__, "--measure", *map(str, sizes)]
        seen = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout)
        added.append(seen["added"])
        print(f"{f'measured at {sizes[0]:,} x {sizes[1]:,}: before (vectors made)':44}{seen['before']:>10.0f}")
        print(f"{'  added at the peak':44}{seen['added']:>10.0f}   in {seen['seconds']:.1f} s")
    sentences = left_rows + right_rows
    per_sentence = max(0.0, (added[1] - added[0]) / (sentences - (left_rows // 2 + right_rows // 2)))
    whole = BUCC[0] + BUCC[1]
    vectors = whole * width * 4 / 2**20
    grown = added[1] + per_sentence * (whole - sentences)
    lists = whole * (K * 2 * 12 + 12 * (K + 4) + 200) / 2**20
    print(f"{f'arithmetic for {BUCC[0]:,} x {BUCC[1]:,}: vectors':44}{vectors:>10.0f}")
    print(f"{'  search, grown from the two measured':44}{grown:>10.0f}")
    print(f"{'  of which lists per sentence, by their sizes':44}{lists:>10.0f}")
    speed = left_rows * right_rows / seen["seconds"]
    print(f"{'  time at the measured rate':44}{BUCC[0] * BUCC[1] / speed / 60:>10.0f} minutes ({speed:.2g} pairs/s)")


def main() -> None:
    """Reads the options and prints the tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=20_000)
    options.add_argument("--widths", type=int, nargs="+", default=[384, 768])
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--memory-rows", type=int, default=30_000)
    options.add_argument("--measure", type=int, nargs=3, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.measure:
        measure_memory(*given.measure)
        return
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, numpy {np.__version__}")
    for width in given.widths:
        search_table(given.rows, width, given.repeats)
    margin_table(given.rows, given.widths[-1], given.repeats)
    approximate_table(given.rows, given.widths[0])
    memory_table(given.memory_rows, given.memory_rows * 6 // 5)


if __name__ == "__main__":
    main()
