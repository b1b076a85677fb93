"""Checks, norms and blocks of sentence vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xharness

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xharness.protocols import Float32s, Float64s

FLOAT32_BYTES = 4
CHUNK_BYTES = 32 * 2**20


def chunks(count: int, size: int) -> Iterator[slice]:
    """Yields slices of at most `size` rows that cover rows 0 to count - 1 in order."""
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


def rows_within(budget_bytes: int, row_bytes: int) -> int:
    """Returns how many rows of `row_bytes` fit into the budget, at least one."""
    return max(1, budget_bytes // max(1, row_bytes))


def checked_pair(queries: Float32s, pool: Float32s, k: int) -> tuple[Float32s, Float32s]:
    """Returns both as C-contiguous float32; arrays that are so already are returned as they are, others are copied.

    Raises UsageError if k < 1, if an array is not 2-D and of floats, if the widths differ or the pool is empty, and
    PredictionError naming the first row with a value that is NaN, infinite or too large to be multiplied.
    """
    if k < 1:
        raise xharness.UsageError(f"A search asked for k = {k} neighbours; k must be at least 1.")
    left, right = _checked(queries, "queries"), _checked(pool, "pool")
    if left.shape[1] != right.shape[1]:
        raise xharness.UsageError(
            f"The queries are {left.shape[1]} wide and the pool is {right.shape[1]} wide; inner products need equal "
            f"widths. Encode both sides with the same encoder."
        )
    if not len(right):
        raise xharness.UsageError("The pool has no rows, so nothing has neighbours in it; check the file it came from.")
    return left, right


def _checked(vectors: Float32s, what: str) -> Float32s:
    """Returns one array as C-contiguous float32, or raises as `checked_pair` says."""
    array = np.asanyarray(vectors)
    if array.ndim != 2 or not np.issubdtype(array.dtype, np.floating) or not array.shape[1]:
        raise xharness.UsageError(
            f"The {what} have shape {array.shape} and type {array.dtype}; expected a float32 array (rows, width)."
        )
    with np.errstate(over="ignore"):
        array = np.ascontiguousarray(array, dtype=np.float32)
    bad = first_not_finite(array)
    if bad is not None:
        raise xharness.PredictionError(
            f"Row {bad} of the {what} ({len(array)} rows) holds a value that is NaN, infinite or too large to be "
            f"multiplied; no neighbours were computed. Check the encoder's output for that row."
        )
    return array


def first_not_finite(vectors: Float32s) -> int | None:
    """Returns the first row of float32 (n, d) whose sum of squares is not finite in float32, or None."""
    for part in _parts(vectors):
        finite = np.isfinite(squared_norms(vectors[part]))
        if not finite.all():
            return int(part.start + np.argmin(finite))
    return None


def squared_norms(vectors: Float32s) -> Float32s:
    """Returns float32 (n,), sums of squares of float32 (n, d); infinite where they overflow, NaN where a value is."""
    with np.errstate(over="ignore", invalid="ignore"):
        squares: Float32s = np.einsum("nd,nd->n", vectors, vectors)
    return squares


def norms(vectors: Float32s) -> Float64s:
    """Returns float64 (n,), the lengths of float32 (n, d), accumulated in float64."""
    lengths = np.empty(len(vectors))
    for part in _parts(vectors):
        wide = vectors[part].astype(np.float64)
        lengths[part] = np.sqrt(np.vecdot(wide, wide))
    return lengths


def normalise(vectors: Float32s, ids: Sequence[object], place: str) -> Float32s:
    """Returns float32 (n, d) with rows of length one, made in place where the array allows it.

    `ids` name the texts, one per row, for the message. Raises PredictionError, beginning with `place`, for a row that is
    zero or not finite: it has no direction, and FAISS would silently find nothing, or anything, for it.
    """
    array = np.ascontiguousarray(vectors, dtype=np.float32)
    if not array.flags.writeable:
        array = array.copy()
    lengths = norms(array)
    usable = np.isfinite(lengths) & (lengths > 0)
    if not usable.all():
        row = int(np.argmin(usable))
        what = "zero" if lengths[row] == 0 else "not finite"
        raise xharness.PredictionError(
            f"{place}: the vector of sentence {ids[row]!r} is {what} ({int((~usable).sum())} of {len(array)} vectors "
            f"have no direction); nothing was searched. Look at that sentence, and try --dtype float32 or another "
            f"--pooling."
        )
    for part in _parts(array):
        array[part] /= lengths[part, None]
    return array


def _parts(vectors: Float32s) -> Iterator[slice]:
    return chunks(len(vectors), rows_within(CHUNK_BYTES, vectors.shape[1] * FLOAT32_BYTES))
