"""The block arithmetic that bounds memory, and the bound held by a real search."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from xharness_faiss import approximate, exact, ranking
from xharness_faiss.indexes import BLOCK_BYTES
from xharness_faiss.vectors import chunks, rows_within


@pytest.mark.parametrize("budget", [2**16, 2**20, 2**23, BLOCK_BYTES, 2**34])
def test_a_block_and_its_transpose_fit_the_budget(budget):
    """The two float32 blocks of `search_both` stay within the budget, and within 32 MiB however much is allowed."""
    height, width = exact.block_shape(budget)
    assert 2 * 4 * height * width <= min(budget, 32 * 2**20)
    assert min(height, width) >= 64


def test_chunks_cover_every_row_once():
    """Slices follow each other from row 0 to the last one."""
    parts = list(chunks(10, 4))
    assert [row for part in parts for row in range(part.start, part.stop)] == list(range(10))
    assert list(chunks(0, 4)) == []


def test_a_row_larger_than_the_budget_is_still_done():
    """At least one row is worked on at a time."""
    assert rows_within(10, 4096) == 1
    assert rows_within(2**20, 1024) == 1024


def peak_of(search):
    """Returns the highest number of bytes that numpy held during a search, the arguments not counted."""
    search()  # imports are not what is measured
    tracemalloc.start()
    search()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def allowed(rows, width, budget):
    """Returns bytes of the lists per row, of one chunk of vectors in float64, and of the blocks (twice, to be calm)."""
    return 4 * rows * (4 + ranking.EXTRA) * (4 + 8) + rows * width * 8 + 2 * budget


def test_a_search_needs_no_more_than_blocks_and_results(unit):
    """Beside the vectors, numpy allocates the budget, candidates and results, and never the n × m products."""
    left, right, budget = unit(6000, 32, 1), unit(5000, 32, 2), 4 * 2**20
    peak = peak_of(lambda: exact.search_both(left, right, 4, budget, None))
    assert peak < allowed(6000 + 5000, 32, budget) < 6000 * 5000 * 4 / 5


def test_ties_everywhere_need_no_more_memory_either(unit):
    """Where all vectors are equal the whole pool is scored again, in blocks."""
    vectors, budget = np.repeat(unit(1, 32, 3), 20_000, axis=0), 4 * 2**20
    peak = peak_of(lambda: exact.search(vectors[:400], vectors, 4, budget, None))
    assert peak < allowed(20_000 + 400, 32, budget) < 400 * 20_000 * 4


def test_lists_have_enough_points_to_be_trained():
    """The number of lists follows the pool's size and never leaves FAISS with too few points per centroid."""
    assert approximate.list_count(10) == 1
    assert approximate.list_count(1000) == 25
    assert approximate.list_count(558_000) == 2987
    assert all(size // approximate.list_count(size) >= approximate.POINTS_PER_LIST for size in range(39, 5000, 7))
