"""Exact inner-product search in bounded memory: FAISS finds the candidates, `ranking` settles their order."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import faiss  # noqa: TID253  # work path only: imported when something is searched
import numpy as np
from xharness.protocols import Neighbours

from xharness_faiss import ranking
from xharness_faiss.vectors import FLOAT32_BYTES, checked_pair, chunks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xharness.protocols import Advance, Float32s, Rows

QUERY_CHUNK = 16_384
"""Queries between two reports of progress; FAISS cuts them into blocks of 4,096 × 1,024 itself."""

BLOCK_SHAPE = (4096, 1024)
"""Largest block in `search_both`: with its transpose 32 MiB. Smaller ones lose time between the product's threads."""


def block_shape(budget_bytes: int) -> tuple[int, int]:
    """Returns rows and columns of the largest block that fits, with its transpose, in the budget; at least 64 × 64."""
    products = budget_bytes // (2 * FLOAT32_BYTES)
    width = max(64, min(BLOCK_SHAPE[1], int(np.sqrt(products))))
    return max(64, min(BLOCK_SHAPE[0], products // width)), width


@contextmanager
def one_thread() -> Iterator[None]:
    """Lets FAISS use one thread in the calling thread."""
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def search(queries: Float32s, pool: Float32s, k: int, block_bytes: int, advance: Advance | None) -> Neighbours:
    """Returns the min(k, m) nearest rows of `pool`, float32 (m, d), for every query, float32 (n, d)."""
    queries, pool = checked_pair(queries, pool, k)
    k = min(k, len(pool))
    count = min(k + ranking.EXTRA, len(pool))
    rough = np.empty((len(queries), count), dtype=np.float32)
    rows = np.empty((len(queries), count), dtype=np.int64)
    for part in chunks(len(queries), QUERY_CHUNK):
        rough[part], rows[part] = faiss.knn(queries[part], pool, count, metric=faiss.METRIC_INNER_PRODUCT)
        if advance is not None:
            advance(part.stop - part.start)
    similarities, rows = ranking.settle(queries, pool, (rough, rows), k, block_bytes)
    return Neighbours(similarities=similarities, rows=rows)


def search_both(
    left: Float32s, right: Float32s, k: int, block_bytes: int, advance: Advance | None
) -> tuple[Neighbours, Neighbours]:
    """Returns the neighbours of `left`, float32 (n, d), in `right`, float32 (m, d), and those of `right` in `left`.

    Each block of the product goes into a heap per row and, transposed, into a heap per column. One thread fills the
    heaps: a second pool of threads beside the product's cost more in waiting than it gave on two cores. With many cores
    the heaps will limit the speed; leaving out blocks whose maxima are below the heaps' would lift that.
    """
    left, right = checked_pair(left, right, k)
    checked_pair(right[:1], left[:1], k)  # the left side is a pool too: it may not be empty either
    with one_thread():
        forward, backward = _candidates(left, right, k + ranking.EXTRA, block_shape(block_bytes), advance)
    ahead = ranking.settle(left, right, forward, min(k, len(right)), block_bytes)
    back = ranking.settle(right, left, backward, min(k, len(left)), block_bytes)
    return Neighbours(similarities=ahead[0], rows=ahead[1]), Neighbours(similarities=back[0], rows=back[1])


def _candidates(
    left: Float32s, right: Float32s, count: int, shape: tuple[int, int], advance: Advance | None
) -> tuple[tuple[Float32s, Rows], tuple[Float32s, Rows]]:
    """Returns the `count` best by float32 products, (n, c) and (m, c): for rows of left, and for rows of right."""
    import torch  # its transposing copy is ten times as fast as numpy's

    ahead, back = _Heaps(len(left), min(count, len(right))), _Heaps(len(right), min(count, len(left)))
    flat, turned = np.empty((2, shape[0] * shape[1]), dtype=np.float32)
    for rows in chunks(len(left), shape[0]):
        for columns in chunks(len(right), shape[1]):
            height, width = rows.stop - rows.start, columns.stop - columns.start
            block = flat[: height * width].reshape(height, width)
            transpose = turned[: height * width].reshape(width, height)
            np.matmul(left[rows], right[columns].T, out=block)
            torch.from_numpy(transpose).copy_(torch.from_numpy(block).T)
            ahead.add(block, rows.start, columns.start)
            back.add(transpose, columns.start, rows.start)
        if advance is not None:
            share = len(right) * rows.stop // len(left) - len(right) * rows.start // len(left)
            advance(rows.stop - rows.start + share)
    return ahead.sorted(), back.sorted()


class _Heaps:
    """One FAISS heap per query, holding the `count` greatest similarities seen so far and their columns."""

    def __init__(self, queries: int, count: int) -> None:
        self.similarities: Float32s = np.empty((queries, count), dtype=np.float32)
        self.rows: Rows = np.empty((queries, count), dtype=np.int64)
        self.heaps: Any = faiss.float_minheap_array_t()
        self.heaps.nh, self.heaps.k = queries, count
        self.heaps.val, self.heaps.ids = faiss.swig_ptr(self.similarities), faiss.swig_ptr(self.rows)
        self.heaps.heapify()

    def add(self, block: Float32s, first_query: int, first_row: int) -> None:
        """Offers a C-contiguous block (queries, rows) whose corner has the given place in the whole matrix."""
        queries, rows = block.shape
        self.heaps.addn(rows, faiss.swig_ptr(block), first_row, first_query, queries)

    def sorted(self) -> tuple[Float32s, Rows]:
        """Returns similarities in descending order and their rows, (queries, count); nothing can be added after."""
        self.heaps.reorder()
        return self.similarities, self.rows
