"""Keys that order similarities and rows, and scoring again."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from xharness_faiss import ranking

similarity = st.floats(width=32, allow_nan=False)


@given(st.lists(st.tuples(similarity, st.integers(0, 2**32 - 1)), min_size=1, max_size=30))
def test_keys_order_by_similarity_then_by_lower_row(pairs):
    """Sorting keys downwards is sorting by (higher similarity, lower row), and nothing is lost."""
    similarities = np.array([[pair[0] for pair in pairs]], dtype=np.float32)
    rows = np.array([[pair[1] for pair in pairs]], dtype=np.int64)
    sorted_similarities, sorted_rows = ranking.from_keys(
        ranking.best_keys(ranking.keys_of(similarities, rows), len(pairs))
    )
    expected = sorted(
        zip(similarities[0].tolist(), rows[0].tolist(), strict=True), key=lambda pair: (-pair[0], pair[1])
    )
    assert list(zip(sorted_similarities[0].tolist(), sorted_rows[0].tolist(), strict=True)) == expected


def test_scoring_again_does_not_depend_on_the_blocks(unit):
    """One query at a time gives the bits that all at once give."""
    queries, pool = unit(60, 48, 1), unit(80, 48, 2)
    rows = np.random.default_rng(3).integers(0, 80, (60, 8))
    once = ranking.score_again(queries, pool, rows, 2**30)
    np.testing.assert_array_equal(once, ranking.score_again(queries, pool, rows, 1))
    np.testing.assert_allclose(once, np.take_along_axis(queries @ pool.T, rows, axis=1), atol=1e-6)


def test_float32_products_stay_within_the_bound(unit):
    """The rounding bound, on which completeness rests, is not exceeded by real products."""
    queries, pool = unit(500, 384, 4) * np.float32(3), unit(400, 384, 5)
    off = np.abs(queries @ pool.T - queries.astype(float) @ pool.astype(float).T).max(axis=1)
    assert (off < ranking.rounding_bounds(queries, pool)).all()
