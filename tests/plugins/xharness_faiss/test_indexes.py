"""Exact and approximate search against brute force, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
import xharness
from hypothesis import given, settings
from hypothesis import strategies as st
from xharness_faiss.indexes import FlatIndex, GraphIndex, InvertedIndex

INDEXES = [FlatIndex(), InvertedIndex(), GraphIndex()]


def brute_force(queries, pool, k):
    """Returns similarities and rows in the stated order, from float64 products of single pairs."""
    similarities = np.vecdot(queries[:, None].astype(float), pool[None].astype(float)).astype(np.float32)
    rows = np.argsort(-similarities, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(similarities, rows, axis=1), rows


def same(neighbours, queries, pool, k):
    """Asserts that the neighbours are those of brute force, to the last bit."""
    similarities, rows = brute_force(queries, pool, k)
    np.testing.assert_array_equal(neighbours.rows, rows)
    np.testing.assert_array_equal(neighbours.similarities, similarities)
    assert neighbours.rows.dtype == np.int64
    assert neighbours.similarities.dtype == np.float32
    assert neighbours.recall is None


@pytest.mark.parametrize(("n", "m", "d", "k"), [(300, 200, 24, 4), (3, 1500, 65, 1), (1100, 1030, 8, 5), (7, 3, 4, 4)])
def test_flat_equals_brute_force_in_both_directions(n, m, d, k, unit):
    """Exact search gives what sorting all products gives, one way and both ways."""
    left, right = unit(n, d, 1), unit(m, d, 2)
    same(FlatIndex().search(left, right, k), left, right, k)
    forward, backward = FlatIndex().search_both(left, right, k)
    same(forward, left, right, k)
    same(backward, right, left, k)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 40), st.integers(1, 6))
def test_flat_puts_ties_in_order_of_the_lower_row(seed, n, m, k):
    """With few distinct vectors, and so with ties across the border at k, the lower rows win."""
    rng = np.random.default_rng(seed)
    distinct = rng.integers(-1, 2, (5, 3)).astype(np.float32)
    left, right = distinct[rng.integers(0, 5, n)], distinct[rng.integers(0, 5, m)]
    same(FlatIndex().search(left, right, k), left, right, k)
    forward, backward = FlatIndex().search_both(left, right, k)
    same(forward, left, right, k)
    same(backward, right, left, k)


@pytest.mark.parametrize("block_bytes", [2**14, 64 * 2**20])
def test_all_equal_vectors_give_the_first_rows(block_bytes, unit):
    """Where every similarity is equal, each query gets rows 0 to k - 1, however the work is cut into blocks."""
    vectors = np.repeat(unit(1, 37, 3), 700, axis=0)
    index = FlatIndex(block_bytes=block_bytes)
    forward, backward = index.search_both(vectors[:130], vectors, 4)
    for neighbours in (forward, backward, index.search(vectors[:130], vectors, 4)):
        assert (neighbours.rows == np.arange(4)).all()


def test_the_result_does_not_depend_on_blocks_threads_or_the_order_of_queries(unit):
    """Other blocks, one thread, or shuffled queries give the same bits."""
    left, right = unit(1300, 33, 4), unit(900, 33, 5)
    usual, order = FlatIndex().search_both(left, right, 4), np.random.default_rng(6).permutation(1300)
    small = FlatIndex(block_bytes=1).search_both(left, right, 4)
    faiss = pytest.importorskip("faiss")
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        single = FlatIndex().search(left, right, 4)
    finally:
        faiss.omp_set_num_threads(threads)
    shuffled = FlatIndex().search(left[order], right, 4)
    for other, back in ((small[0], slice(None)), (single, slice(None)), (shuffled, np.argsort(order))):
        np.testing.assert_array_equal(other.rows[back], usual[0].rows)
        np.testing.assert_array_equal(other.similarities[back], usual[0].similarities)
    np.testing.assert_array_equal(small[1].rows, usual[1].rows)


@pytest.mark.parametrize("index", INDEXES, ids=lambda index: index.name)
def test_k_is_capped_at_the_pool_so_that_no_row_is_minus_one(index, unit):
    """A pool of three gives three neighbours for k = 10, where FAISS itself would pad with -1."""
    neighbours = index.search(unit(20, 8, 7), unit(3, 8, 8), 10)
    assert neighbours.rows.shape == neighbours.similarities.shape == (20, 3)
    assert (np.sort(neighbours.rows, axis=1) == np.arange(3)).all()


@pytest.mark.parametrize("index", INDEXES, ids=lambda index: index.name)
def test_arguments_are_not_altered(index, unit):
    """Searching leaves the caller's arrays as they were, also those that must be converted; read-only ones are fine."""
    left = np.asfortranarray(unit(50, 8, 9).astype(np.float64))
    right = unit(200, 8, 10)[::2]
    right.flags.writeable = False
    before = left.copy(), right.copy()
    converted = index.search_both(left, right, 3)
    np.testing.assert_array_equal(left, before[0])
    np.testing.assert_array_equal(right, before[1])
    plain = index.search_both(left.astype(np.float32), np.ascontiguousarray(right), 3)
    np.testing.assert_array_equal(converted[1].rows, plain[1].rows)


@pytest.mark.parametrize("index", INDEXES, ids=lambda index: index.name)
def test_progress_adds_up_to_both_sides(index, unit):
    """`advance` is called with n queries in one direction, and with n + m in both."""
    left, right, done = unit(1200, 8, 11), unit(300, 8, 12), []
    index.search(left, right, 2, done.append)
    assert sum(done) == 1200
    index.search_both(left, right, 2, done.append)
    assert sum(done) == 1200 + 1500


@pytest.mark.parametrize("index", INDEXES, ids=lambda index: index.name)
@pytest.mark.parametrize("bad", [np.nan, np.inf, 3e38])
def test_values_that_are_not_finite_are_refused_with_their_row(index, bad, unit):
    """FAISS answers NaN with row -1 and says nothing; here the first bad row is named, on either side."""
    left, right = unit(30, 8, 13), unit(40, 8, 14)
    left[17, 3] = left[20, 0] = bad
    with pytest.raises(xharness.PredictionError, match=r"Row 17 of the queries .* Check the encoder"):
        index.search(left, right, 2)
    with pytest.raises(xharness.PredictionError, match=r"Row 17 of the pool"):
        index.search(right, left, 2)


@pytest.mark.parametrize("index", INDEXES, ids=lambda index: index.name)
def test_arrays_that_do_not_fit_are_refused_in_words(index, unit):
    """Other widths, other shapes, other types, an empty pool and k = 0 are told apart."""
    left, right = unit(5, 8, 15), unit(6, 8, 16)
    with pytest.raises(xharness.UsageError, match=r"queries are 8 wide and the pool is 7 wide.*same encoder"):
        index.search(left, right[:, :7], 2)
    with pytest.raises(xharness.UsageError, match=r"queries have shape \(8,\) .* expected a float32 array"):
        index.search(left[0], right, 2)
    with pytest.raises(xharness.UsageError, match=r"pool have shape \(6, 8\) and type int64"):
        index.search(left, right.astype(np.int64), 2)
    with pytest.raises(xharness.UsageError, match=r"no rows, .* check the file"):
        index.search_both(left, right[:0], 2)
    with pytest.raises(xharness.UsageError, match=r"no rows, .* check the file"):
        index.search_both(left[:0], right, 2)
    with pytest.raises(xharness.UsageError, match=r"k = 0 .* at least 1"):
        index.search(left, right, 0)


def test_no_queries_have_no_neighbours(unit):
    """An empty set of queries is not an error."""
    assert FlatIndex().search(unit(5, 8, 17)[:0], unit(6, 8, 18), 2).rows.shape == (0, 2)


@pytest.mark.parametrize("index", INDEXES[1:], ids=lambda index: index.name)
def test_approximate_indexes_measure_their_recall(index, unit):
    """On clustered data the recorded recall is above 0.9 and is the share of exact neighbours really found."""
    centres, noise = unit(40, 32, 19), unit(4000, 32, 20)
    pool = centres[np.arange(4000) % 40] + np.float32(0.5) * noise
    queries = pool[:800] + np.float32(0.1) * unit(800, 32, 21)
    neighbours, exact = index.search(queries, pool, 4), FlatIndex().search(queries, pool, 4)
    shared = [len(np.intersect1d(*pair)) for pair in zip(neighbours.rows, exact.rows, strict=True)]
    assert neighbours.recall == pytest.approx(np.mean(shared) / 4, abs=1e-9)
    assert neighbours.recall > 0.9


def test_a_poor_approximation_says_so(unit):
    """One list probed of many misses neighbours, and the recall on the sample shows it."""
    pool = unit(3000, 64, 22)
    neighbours = InvertedIndex(probes=1, sample=200).search(unit(500, 64, 23), pool, 4)
    assert 0 < neighbours.recall < 0.6
    assert neighbours.rows.min() >= 0


@pytest.mark.parametrize("index", INDEXES[1:], ids=lambda index: index.name)
def test_approximate_search_repeats_itself(index, unit):
    """Two searches with the same number of threads give the same rows and the same recall."""
    queries, pool = unit(300, 24, 24), unit(2500, 24, 25)
    first, second = index.search(queries, pool, 4), index.search(queries, pool, 4)
    np.testing.assert_array_equal(first.rows, second.rows)
    assert first.recall == second.recall
