"""The contract of indexes, against products of all pairs in float64 on small made-up vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness.testing.findings import Report

if TYPE_CHECKING:
    from xharness.offers import Finding
    from xharness.protocols import Float32s, Float64s, Index, Neighbours

QUERIES, POOL, WIDTH, K = 40, 150, 16, 5
_CLOSE = 1e-5


def check_index(index: Index) -> list[Finding]:
    """Returns what is wrong with an index, or one good line.

    On 40 queries and a pool of 150 unit vectors, each of which is in it twice: similarities are the inner products of the rows
    given, in descending order, every row once; an exact index gives the rows of brute force, equal similarities in order of the
    lower row; an approximate one says its recall. k beyond the pool is capped, arguments are not altered, and `search_both`
    gives what two searches give.
    """
    import numpy as np

    report = Report(place=f"index {getattr(index, 'name', type(index).__name__)}")
    report.expect(isinstance(getattr(index, "name", None), str) and bool(index.name), "it has no name.")
    report.expect(isinstance(getattr(index, "exact", None), bool), "its exact is neither True nor False.")
    if report.failed:
        return report.findings
    generator = np.random.default_rng(7)
    queries, half = _unit(generator.normal(size=(QUERIES, WIDTH))), _unit(generator.normal(size=(POOL // 2, WIDTH)))
    pool = np.concatenate([half, half])
    before = queries.copy(), pool.copy()
    with report.survives("searching"):
        for k in (1, K, POOL + 7):
            _check_found(index, queries, pool, k, report)
        _check_both(index, queries, pool, report)
    report.expect(np.array_equal(before[0], queries) and np.array_equal(before[1], pool), "it alters its arguments.")
    return report.done(f"{'exact' if index.exact else 'approximate'}, on {QUERIES} queries and {POOL} vectors")


def _unit(vectors: Float64s) -> Float32s:
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / lengths, dtype=np.float32)


def _check_found(index: Index, queries: Float32s, pool: Float32s, k: int, report: Report) -> None:
    import numpy as np

    found = index.search(queries, pool, k)
    kept = min(k, len(pool))
    asked = f"with k = {k} of {len(pool)}"
    shape = (len(queries), kept)
    if not report.expect(
        found.rows.shape == shape and found.similarities.shape == shape,
        f"{asked} rows have the shape {found.rows.shape}, similarities {found.similarities.shape}; expected {shape}.",
    ):
        return
    report.expect(
        found.rows.dtype == np.int64 and found.similarities.dtype == np.float32,
        f"{asked} rows are {found.rows.dtype}, similarities {found.similarities.dtype}; expected int64 and float32.",
    )
    inside = bool((found.rows >= 0).all() and (found.rows < len(pool)).all())
    if not report.expect(inside, f"{asked} there are rows that the pool does not have (-1 for nothing found?)."):
        return
    _check_order(index, queries, pool, found, asked, report)


def _check_order(
    index: Index, queries: Float32s, pool: Float32s, found: Neighbours, asked: str, report: Report
) -> None:
    import numpy as np

    products = np.vecdot(queries.astype(np.float64)[:, None], pool.astype(np.float64)[None]).astype(np.float32)
    repeated = any(len(set(row)) < len(row) for row in found.rows.tolist())
    report.expect(not repeated, f"{asked} a row is given twice for one query.")
    report.expect(
        bool(np.allclose(found.similarities, np.take_along_axis(products, found.rows, axis=1), atol=_CLOSE)),
        f"{asked} similarities are not the inner products with the rows given.",
    )
    falling = bool((np.diff(found.similarities, axis=1) <= 0).all())
    report.expect(falling, f"{asked} similarities do not descend.")
    if not index.exact:
        stated = found.recall is not None and 0 <= found.recall <= 1
        report.expect(stated, f"{asked} an approximate index must say its recall; it says {found.recall}.")
        return
    best = np.argsort(-products, axis=1, kind="stable")[:, : found.rows.shape[1]]
    right = bool(np.array_equal(np.take_along_axis(products, best, axis=1), found.similarities)) or bool(
        np.allclose(np.take_along_axis(products, best, axis=1), found.similarities, atol=_CLOSE)
    )
    if report.expect(right, f"{asked} it misses neighbours that brute force finds, and says that it is exact."):
        report.expect(
            bool(np.array_equal(best, found.rows)),
            f"{asked} equal similarities are not in order of the lower row (each vector is in the pool twice).",
        )


def _check_both(index: Index, queries: Float32s, pool: Float32s, report: Report) -> None:
    import numpy as np

    both = index.search_both(queries, pool, K)
    alone = index.search(queries, pool, K), index.search(pool, queries, K)
    if index.exact:
        same = all(np.array_equal(one.rows, other.rows) for one, other in zip(both, alone, strict=True))
        report.expect(same, "search_both gives other rows than two searches.")
    shapes = [one.rows.shape for one in both]
    expected = [one.rows.shape for one in alone]
    report.expect(shapes == expected, f"search_both gives rows of the shapes {shapes}; expected {expected}.")
