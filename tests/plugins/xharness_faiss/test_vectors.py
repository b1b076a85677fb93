"""Normalisation and its refusals."""

from __future__ import annotations

import numpy as np
import pytest
import xharness
from xharness_faiss import vectors


def test_rows_get_length_one(unit):
    """Every row keeps its direction and has length one, read-only input included."""
    raw = unit(9, 16, 1) * np.arange(1, 10, dtype=np.float32)[:, None] * np.float32(1e15)
    raw.flags.writeable = False
    rows = vectors.normalise(raw, list("abcdefghi"), "tatoeba/af")
    np.testing.assert_allclose(rows, unit(9, 16, 1), rtol=2e-6, atol=1e-7)
    assert vectors.norms(rows) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(("value", "word"), [(0, "zero"), (np.nan, "not finite"), (np.inf, "not finite")])
def test_a_vector_without_direction_is_named(value, word, unit):
    """A zero, NaN or infinite vector is an error that names the sentence and the cell."""
    raw = unit(4, 8, 2)
    raw[2] = value
    with pytest.raises(xharness.PredictionError, match=rf"^tatoeba/af: .*sentence 'c' is {word} \(1 of 4.*--pooling"):
        vectors.normalise(raw, list("abcd"), "tatoeba/af")
