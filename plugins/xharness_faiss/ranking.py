"""From candidates of a float32 matrix product to neighbours in a stated order.

The product of two blocks is rounded differently in different places of a block, so equal vectors may get similarities
that differ in the last bit, and FAISS keeps any of several equal ones. Here every candidate is scored again in float64,
and where rows outside of the candidates could still belong among the k, the whole pool is scored in float64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from xharness_faiss.vectors import chunks, norms, rows_within

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from xharness.protocols import Float32s, Float64s, Rows

    Keys: TypeAlias = NDArray[np.int64]

EXTRA = 4
"""Candidates beyond k: enough that the bound below decides nearly every query without a second look."""

LOW_BITS = 0xFFFFFFFF

PAIR_BYTES = 8 + 4 + 4 * 8
"""Memory per pair of a block scored in float64: the product, rounded, and keys while they are made and sorted."""


def keys_of(similarities: Float32s, rows: Rows) -> Keys:
    """Returns int64 keys, same shape, that order as (higher similarity, then lower row) does; rows below 2**32."""
    bits = (similarities.astype(np.float32) + np.float32(0.0)).view(np.int32)  # adding zero turns -0.0 into 0.0
    ordered = (bits ^ ((bits >> 31) & np.int32(0x7FFFFFFF))).astype(np.int64)
    return (ordered << 32) | (LOW_BITS - rows.astype(np.int64))


def from_keys(keys: Keys) -> tuple[Float32s, Rows]:
    """Returns the similarities, float32, and rows, int64, that `keys_of` packed."""
    ordered = (keys >> 32).astype(np.int32)
    bits = ordered ^ ((ordered >> 31) & np.int32(0x7FFFFFFF))
    return bits.view(np.float32), LOW_BITS - (keys & LOW_BITS)


def best_keys(keys: Keys, k: int) -> Keys:
    """Returns the k greatest of int64 (n, c) along the rows, in descending order."""
    if k < keys.shape[1]:
        keys = np.partition(keys, keys.shape[1] - k, axis=1)[:, keys.shape[1] - k :]
    return np.sort(keys, axis=1)[:, ::-1]


def score_again(queries: Float32s, pool: Float32s, rows: Rows, block_bytes: int) -> Float32s:
    """Returns float32 (n, c): inner products of each query, float32 (n, d), with its `rows`, int64 (n, c), of the pool.

    Accumulated in float64, pair by pair, so equal vectors get equal similarities.
    """
    similarities = np.empty(rows.shape, dtype=np.float32)
    row_bytes = rows.shape[1] * pool.shape[1] * (4 + 8)
    for part in chunks(len(rows), rows_within(block_bytes, row_bytes)):
        wide = queries[part, None].astype(np.float64)
        similarities[part] = np.vecdot(wide, pool[rows[part]].astype(np.float64))
    return similarities


def rounding_bounds(queries: Float32s, pool: Float32s) -> Float64s:
    """Returns float64 (n,): how far a float32 product of a query with any row of the pool may be off.

    8 √d 2**-24 |q| max|p|. The errors of the d products and sums behave like a random walk, whose length stays below
    λ √d u |q||p| but for a chance that falls as exp(-λ²/2) (Higham and Mary 2019, "A new approach to probabilistic
    rounding error analysis", theorem 3.1); λ = 8 leaves about 2e-14 per product.
    """
    width = queries.shape[1]
    return np.asarray(8 * np.sqrt(width) * 2.0**-24 * norms(pool).max() * norms(queries), dtype=np.float64)


def settle(
    queries: Float32s, pool: Float32s, found: tuple[Float32s, Rows], k: int, block_bytes: int
) -> tuple[Float32s, Rows]:
    """Returns similarities, float32 (n, k), and rows, int64 (n, k), from the c ≥ min(k + 1, m) best of a float32 product.

    Args:
        queries: float32 (n, d).
        pool: float32 (m, d).
        found: similarities, descending, and rows, (n, c), of the c best rows by a float32 product.
        k: how many to keep, at most c.
        block_bytes: bound on the working memory.
    """
    rough, rows = found
    keys = best_keys(keys_of(score_again(queries, pool, rows, block_bytes), rows), k)
    if rows.shape[1] < len(pool):
        kth, _ = from_keys(keys[:, -1])
        open_rows = np.flatnonzero(kth <= rough[:, -1] + rounding_bounds(queries, pool))
        if len(open_rows):
            keys[open_rows] = _best_of_all(queries[open_rows], pool, k, block_bytes)
    return from_keys(keys)


def _best_of_all(queries: Float32s, pool: Float32s, k: int, block_bytes: int) -> Keys:
    """Returns int64 (n, k): keys of the k best rows of the whole pool, scored in float64 and rounded to float32."""
    half = block_bytes // 2
    side = max(1, min(rows_within(half, 2 * 8 * pool.shape[1]), int(np.sqrt(half / PAIR_BYTES))))
    keys = np.empty((len(queries), k), dtype=np.int64)
    for part in chunks(len(queries), side):
        wide = queries[part].astype(np.float64)
        best = np.empty((len(wide), 0), dtype=np.int64)
        for columns in chunks(len(pool), side):
            product = (wide @ pool[columns].astype(np.float64).T).astype(np.float32)
            block = keys_of(product, np.arange(columns.start, columns.stop)[None, :])
            best = best_keys(np.concatenate([best, block], axis=1), min(k, best.shape[1] + block.shape[1]))
        keys[part] = best
    return keys
