"""Counts, on simulated test sets and training runs, how often p-values and intervals are wrong.

    python tests/benchmarks/calibration.py [--replications 1000] [--resamples 999] [--processes 1] [--only xnli ...] [--seed 1]

Each replication draws a fresh test set (and, for seeds, fresh training runs) from a population whose true scores are known in
closed form, and analyses it as `xharness compare` does. Under "rejected" is the share of replications with p < 0.05 where the
two systems are equally good: by paired randomisation, by the shifted bootstrap, and by the t test over seeds. Under "covered"
is the share of nominal 95 % intervals that hold the true value: of the difference, with a true difference other than 0, and
of the first system's score. The standard error of each share is printed beside it.

Targets: rejected 3.5 to 6.5 %, covered at least 92 %. A share outside by more than two standard errors is marked "!", or "↓"
where a test rejects less often than it may: with few examples that the systems answer differently, p-values have few steps,
and the one below 5 % is far below. One outside within two standard errors is marked "?". Rows in brackets are alternatives,
which are not held to the targets: naive ones, and the interval that is not chosen: the percentile interval of a score that has
BCa, and BCa of its difference.

The populations stand in `simulated_populations.py`. Their shares of variance are assumptions, so chosen that languages and
examples of a cluster go together about as the spec's own simulations have it. Paragraphs of one XQuAD article are independent
but where "articles differ": there only resampling by article is right.

Sizes are the real ones but for seeds (one language of 1,000 clusters of one example) and tagging (one language).
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: one thread for each of the processes

import numpy as np
from simulated_populations import Parallel, Seeds, Shares, Tagging, balanced
from tabulate import tabulate
from xharness import bootstrap
from xharness.bootstrap import Influence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from xharness.bootstrap import Cell, Draws, Interval

    Floats = NDArray[np.float64]
    Outcome = tuple[str, str, bool]
    """Row of the table, column, whether p < 0.05 or the interval holds the truth."""

LEVEL, ALPHA = 0.95, 0.05
REJECTED, COVERED = (0.035, 0.065), 0.92
COLUMNS = ("randomisation", "shifted", "t", "difference", "score")


# ------------------------------------------------------------------------------------------------- two systems


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One replication: its numbers depend on nothing but these."""

    seed: int
    replication: int
    resamples: int

    def draws(self, cells: Sequence[Cell], *, exchange: bool) -> Draws:
        """Returns the draws of the mean over the cells."""
        found = bootstrap.resample(
            cells, resamples=self.resamples, seed=self.replication, exchange=exchange, threads=1
        ).values()
        return bootstrap.combine("mean", [(1 / len(found), one) for one in found])


def _tests(row: str, draws: Draws) -> Iterator[Outcome]:
    """Yields whether either test rejects, where both systems are equally good."""
    assert draws.exchanged is not None
    observed = float(draws.point[0] - draws.point[1])
    yield row, "randomisation", bootstrap.randomisation_p(observed, draws.exchanged) < ALPHA
    resampled = draws.resampled[0] - draws.resampled[1]
    yield row, "shifted", bootstrap.shifted_bootstrap_p(observed, resampled) < ALPHA


def _intervals(row: str, draws: Draws, truth: tuple[float, float]) -> Iterator[Outcome]:
    """Yields whether the intervals hold the true difference and the true score of the first system.

    And where the score has BCa, the same of the other interval of each, in a row of their own.
    """
    true = {"difference": truth[0] - truth[1], "score": truth[0]}
    chosen = {"difference": bootstrap.of_difference(draws, LEVEL), "score": bootstrap.of_score(draws, LEVEL)}
    for column, value in true.items():
        yield row, column, chosen[column].low <= value <= chosen[column].high
    if chosen["score"].method == "BCa" and not row.startswith("("):
        other = {"difference": _bca(draws), "score": bootstrap.percentile(draws.resampled[0], LEVEL)}
        for column, value in true.items():
            yield f"({row}, not chosen)", column, other[column].low <= value <= other[column].high


def _bca(draws: Draws) -> Interval:
    """Returns BCa of the difference, as the product would have it for a score."""
    influences = [replace(one, values=one.values[:1] - one.values[1:]) for one in draws.influences.values()]
    first, second = draws.resampled
    return bootstrap.bca(float(draws.point[0] - draws.point[1]), first - second, influences, LEVEL)


def parallel(setting: Parallel, ways: Mapping[str, tuple[str, bool]], number: int, job: Job) -> list[Outcome]:
    """Analyses one test set in each of the ways (row → unit, and whether languages are taken for independent)."""
    rng = np.random.default_rng([job.seed, number, job.replication])
    equal, better = setting.draw(rng, 0.0), setting.draw(rng, setting.effect)
    truth = setting.truth(setting.effect), setting.truth(0.0)
    outcomes: list[Outcome] = []
    for row, (unit, independent) in ways.items():
        outcomes += _tests(row, job.draws(equal.cells(unit, independent=independent), exchange=True))
        outcomes += _intervals(row, job.draws(better.cells(unit, independent=independent), exchange=False), truth)
    return outcomes


def tagging(row: str, equal: Tagging, better: Tagging, number: int, job: Job) -> list[Outcome]:
    """Analyses two tagged test sets, one where the systems have the same true F1."""
    rng = np.random.default_rng([job.seed, number, job.replication])
    outcomes = [*_tests(row, job.draws([equal.draw(rng)], exchange=True))]
    return [*outcomes, *_intervals(row, job.draws([better.draw(rng)], exchange=False), better.truth())]


# --------------------------------------------------------------------------------------------- two methods, some seeds


def seeds(setting: Seeds, row: str, number: int, job: Job) -> list[Outcome]:
    """Analyses runs of two methods, equal and not, with the variance over seeds and without."""
    rng = np.random.default_rng([job.seed, number, job.replication])
    outcomes: list[Outcome] = []
    for effect in (0.0, setting.effect):
        draws = job.draws([setting.draw(rng, effect)], exchange=False)
        split = draws.point[: setting.runs], draws.resampled[: setting.runs]
        other = draws.point[setting.runs :], draws.resampled[setting.runs :]
        between = bootstrap.between_paired if setting.together else bootstrap.between_methods
        found = between(*split, *other, clusters=setting.clusters)
        interval = bootstrap.student(found.value, found.variance, found.df, LEVEL)
        means = _averaged(draws, setting.runs)
        naive = bootstrap.of_difference(means, LEVEL)
        if effect == 0:
            shifted = bootstrap.shifted_bootstrap_p(found.value, means.resampled[0] - means.resampled[1])
            outcomes += [(row, "t", found.p < ALPHA), (f"({row}, items only)", "shifted", shifted < ALPHA)]
        else:
            outcomes.append((row, "difference", interval.low <= effect <= interval.high))
            outcomes.append((f"({row}, items only)", "difference", naive.low <= effect <= naive.high))
    return outcomes


def _averaged(draws: Draws, runs: int) -> Draws:
    """Returns the draws of the two methods' means over their runs."""

    def mean(values: Floats) -> Floats:
        return values.reshape(2, runs, -1).mean(axis=1)

    influences = {
        name: Influence(values=mean(one.values), multiplicity=one.multiplicity)
        for name, one in draws.influences.items()
    }
    return replace(draws, point=mean(draws.point)[:, 0], resampled=mean(draws.resampled), influences=influences)


# -------------------------------------------------------------------------------------------------------------- settings

XNLI = Parallel(
    languages=15, groups=1670, clusters=1670, size=(3, 3), accuracy=(0.65, 0.84),
    shares=Shares(cluster=(0.08, 0.02), example=(0.30, 0.15), single=(0.20, 0.25)),
)  # fmt: skip
XQUAD = Parallel(
    languages=11, groups=48, clusters=240, size=(3, 7), accuracy=(0.45, 0.75), questions=True,
    shares=Shares(cluster=(0.09, 0.045), example=(0.30, 0.20), single=(0.165, 0.20)),
)  # fmt: skip
ALIKE = replace(
    XQUAD,
    shares=Shares(group=(0.01, 0.005), cluster=(0.08, 0.04), example=(0.30, 0.20), single=(0.165, 0.20)),
)
SMALL = Parallel(
    languages=1, groups=150, clusters=150, size=(1, 1), accuracy=(0.97, 0.97), effect=-0.2,
    shares=Shares(cluster=(0.5, 0.5), example=(0, 0), single=(0, 0)),
)  # fmt: skip
CLUSTERED = replace(
    SMALL, groups=60, clusters=60, size=(3, 3),
    shares=Shares(cluster=(0.15, 0.15), example=(0.35, 0.35), single=(0, 0)),
)  # fmt: skip
LARGER = replace(CLUSTERED, groups=100, clusters=100, size=(8, 12))
XNLI_WAYS = {
    "XNLI-like, by premise": ("cluster", False),
    "(XNLI-like, by pair)": ("example", False),
    "(XNLI-like, languages independent)": ("cluster", True),
}
XQUAD_WAYS = {
    "XQuAD-like, by paragraph": ("cluster", False),
    "XQuAD-like, by article": ("group", False),
    "(XQuAD-like, by question)": ("example", False),
    "(XQuAD-like, languages independent)": ("cluster", True),
}
ALIKE_WAYS = {
    "XQuAD-like, articles differ (1.5 % of the variance), by article": ("group", False),
    "(XQuAD-like, articles differ, by paragraph)": ("cluster", False),
}
EQUAL, BETTER = (
    Tagging(sentences=1000, found=(0.8, 0.8), wrong=(0.25, 0.25)),
    Tagging(sentences=1000, found=(0.85, 0.8), wrong=(0.25, 0.25)),
)
CROSSED = replace(balanced((0.9, 0.7), 0.35), sentences=1000)


def settings() -> dict[str, list[Callable[[int, Job], list[Outcome]]]]:
    """Returns by name what runs one replication of each setting."""
    named: dict[str, list[Callable[[int, Job], list[Outcome]]]] = {
        "xnli": [partial(parallel, XNLI, XNLI_WAYS)],
        "xquad": [partial(parallel, XQUAD, XQUAD_WAYS), partial(parallel, ALIKE, ALIKE_WAYS)],
        "tagging": [
            partial(tagging, "tagging F1, 1,000 sentences", EQUAL, BETTER),
            partial(tagging, "tagging F1, precision against recall", CROSSED, BETTER),
            partial(
                tagging, "tagging F1, 100 sentences", replace(EQUAL, sentences=100), replace(BETTER, sentences=100)
            ),
        ],
        "small": [
            partial(parallel, SMALL, {"150 clusters, 97 %": ("cluster", True)}),
            partial(parallel, CLUSTERED, {"60 clusters of 3, 97 %": ("cluster", True)}),
            partial(parallel, LARGER, {"100 clusters of about 10, 97 %": ("cluster", True)}),
        ],
        "seeds": [],
    }
    for runs in (3, 5):
        for size, spread in (("small", 0.002), ("large", 0.02)):
            row = f"{runs} seeds, {size} noise (SD {100 * spread:.1f} points)"
            named["seeds"].append(partial(seeds, Seeds(runs=runs, spread=spread), row))
            paired = Seeds(runs=runs, spread=spread, together=0.6)
            named["seeds"].append(partial(seeds, paired, f"{row}, paired"))
    return named


# ----------------------------------------------------------------------------------------------------------------- table


def main() -> None:
    """Runs the settings and prints a table for each group of them."""
    given = _arguments()
    print(
        f"{given.replications:,} replications, {given.resamples:,} resamples, targets: rejected {100 * REJECTED[0]:.1f} to "
        f"{100 * REJECTED[1]:.1f} %, covered at least {100 * COVERED:.0f} %; shares in per cent ± standard error"
    )
    jobs = [Job(seed=given.seed, replication=number, resamples=given.resamples) for number in range(given.replications)]
    number = 0
    with ProcessPoolExecutor(given.processes) as pool:
        for name, runs in settings().items():
            start, counts = time.perf_counter(), defaultdict(list)
            for run in runs:
                number += 1  # counted for those left out too: a setting's numbers do not depend on which are asked for
                if name in given.only:
                    for outcomes in pool.map(partial(run, number), jobs, chunksize=10):
                        for row, column, outcome in outcomes:
                            counts[row, column].append(outcome)
            if counts:
                print(f"\n{_table(counts)}\n{time.perf_counter() - start:.0f} s", flush=True)


def _table(counts: Mapping[tuple[str, str], Sequence[bool]]) -> str:
    rows = dict.fromkeys(row for row, _ in counts)
    printed = [[row, *(_share(row, column, counts.get((row, column))) for column in COLUMNS)] for row in rows]
    headers = ["setting", "rejected: randomisation", "shifted", "t", "covered: difference", "score"]
    return tabulate(printed, headers=headers, disable_numparse=True)


def _share(row: str, column: str, outcomes: Sequence[bool] | None) -> str:
    if outcomes is None:
        return ""
    share = float(np.mean(outcomes))
    likely = (sum(outcomes) + 2) / (len(outcomes) + 4)  # Agresti and Coull 1998: 0 of 20 is not certain either
    error = float(np.sqrt(likely * (1 - likely) / len(outcomes)))
    if column in {"difference", "score"}:
        outside, sign = COVERED - share, "!"
    else:
        outside, sign = max((REJECTED[0] - share, "↓"), (share - REJECTED[1], "!"))
    mark = "" if outside <= 0 or row.startswith("(") else " ?" if outside <= 2 * error else f" {sign}"
    return f"{100 * share:.1f} ± {100 * error:.1f}{mark}"


def _arguments() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--replications", type=int, default=1000)
    options.add_argument("--resamples", type=int, default=999)
    options.add_argument("--processes", type=int, default=1)
    options.add_argument("--only", nargs="+", choices=sorted(settings()), default=sorted(settings()))
    options.add_argument("--seed", type=int, default=1)
    return options.parse_args()


if __name__ == "__main__":
    main()
