"""The same seed gives the same bytes: whatever the threads, the cells asked for, and the order of cells and rows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xharness.bootstrap import combine, of_difference, of_score, resample

from .made_up import cell as made_cell
from .made_up import digest, f1_of, fractions, means, spans

SETTINGS = {"resamples": 300, "seed": 3, "exchange": True}


def suite(order=None):
    """Three parallel languages of answers with fractions, two sets of tagged sentences; rows in another order if asked."""
    kept = slice(None) if order is None else order
    clusters = np.array([f"p{one // 5}" for one in range(400)])[kept].tolist()
    cells = [
        means(*[side[kept] for side in fractions(language, 400)], name=f"qa/{language}", stratum="qa", shared=True,
              clusters=clusters)
        for language in range(3)
    ]  # fmt: skip
    for language in range(2):
        rows = spans(language, 400)[:, kept]
        ids = np.arange(400)[kept].astype(str).tolist()
        cells.append(made_cell(rows, name=f"tags/{language}", clusters=ids, score=f1_of))
    return cells


@pytest.fixture(scope="module")
def reference():
    """Digests of the whole suite's draws by cell, made with one thread."""
    found = resample(suite(), threads=1, **SETTINGS)
    return {name: digest([draws]) for name, draws in found.items()}


@pytest.mark.parametrize("threads", [2, 4, None])
def test_threads_change_nothing(reference, threads):
    """One, two, four threads, or as many as there are processors: the same bytes."""
    found = resample(suite(), threads=threads, **SETTINGS)
    assert {name: digest([draws]) for name, draws in found.items()} == reference


@given(chosen=st.permutations(range(5)), size=st.integers(1, 5))
@settings(max_examples=20, deadline=None)
def test_neither_subset_nor_order_of_cells_changes_anything(reference, chosen, size):
    """Any cells, in any order, are drawn as they are within the whole suite, and come back in the order asked for."""
    cells = suite()
    asked = [cells[one] for one in chosen[:size]]
    found = resample(asked, threads=1, **SETTINGS)
    assert list(found) == [one.name for one in asked]
    assert {name: digest([draws]) for name, draws in found.items()} == {one.name: reference[one.name] for one in asked}


@given(seed=st.integers(0, 1_000))
@settings(max_examples=10, deadline=None)
def test_the_order_of_rows_changes_nothing(reference, seed):
    """Rows in any order, with their ids, give the same bytes: fractions add up exactly."""
    order = np.random.default_rng(seed).permutation(400)
    found = resample(suite(order), threads=1, **SETTINGS)
    assert {name: digest([draws]) for name, draws in found.items()} == reference


def test_the_names_of_clusters_matter_only_by_their_order(reference):
    """Clusters under other names of the same order give the same bytes: names choose no random numbers."""
    cells = [
        made_cell(one.rows, name=one.name, stratum=one.stratum, shared=one.shared, score=one.score,
                  clusters=[f"x{name}" for name in one.clusters])
        for one in suite()
    ]  # fmt: skip
    found = resample(cells, threads=1, **SETTINGS)
    assert {name: digest([draws]) for name, draws in found.items()} == reference


def test_another_system_changes_no_parallel_draw():
    """In a shared stratum the same draws serve every system: a third one leaves the scores of the first two as they were."""
    values = fractions(4, 200, systems=3)
    two, three = (
        resample([means(*values[:count], shared=True)], resamples=200, seed=3)["cell"].resampled for count in (2, 3)
    )
    assert two.tobytes() == three[:2].tobytes()


def test_other_seeds_give_other_bytes(reference):
    """Another seed changes the draws of every cell."""
    found = resample(suite(), threads=1, **{**SETTINGS, "seed": 4})
    assert all(digest([draws]) != reference[name] for name, draws in found.items())


def everything() -> str:
    """Digest of draws, a combination and intervals, at a size at which a linear algebra library uses its threads."""
    pairs = [
        means(*[0.03 * side for side in fractions(language, 20_000)], name=f"qa/{language}", stratum="qa", shared=True)
        for language in range(2)
    ]
    singles = [means(fractions(n, n, systems=1)[0], name=f"one/{n}", shared=True) for n in (12_000, 40_000)]
    found = {**resample(pairs, resamples=40, seed=3, exchange=True), **resample(singles, resamples=10, seed=3)}
    mean = combine("mean", [(0.5, found[one.name]) for one in pairs])
    intervals = [of_difference(mean), *(of_score(one) for one in [*found.values(), mean])]
    assert {one.method for one in intervals} == {"BCa", "percentile"}
    return digest([*found.values(), mean]) + repr(intervals)


def test_the_threads_of_linear_algebra_change_nothing():
    """Products of fractions are the same bytes whether the linear algebra library uses one thread or two."""
    program = "from bootstrap.test_bytes import everything; print(everything())"
    outputs = []
    for threads in ("1", "2"):
        limits = {f"{name}_NUM_THREADS": threads for name in ("OMP", "OPENBLAS", "MKL")}
        path = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
        done = subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, **limits, "PYTHONPATH": path}, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
