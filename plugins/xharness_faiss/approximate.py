"""Approximate search whose recall is measured against exact search on a seeded sample of the queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import faiss  # noqa: TID253  # work path only: imported when something is searched
import numpy as np
from xharness.protocols import Neighbours

from xharness_faiss import exact, ranking
from xharness_faiss.vectors import checked_pair, chunks

if TYPE_CHECKING:
    from collections.abc import Callable

    from xharness.protocols import Advance, Float32s, Rows

    Build: TypeAlias = Callable[[Float32s], Any]
    """Makes a FAISS index that holds the given pool, float32 (m, d)."""

POINTS_PER_LIST = 39
"""FAISS warns below this many training points per centroid (its `min_points_per_centroid`)."""

TRAINING_POINTS_PER_LIST = 64
"""k-means sees a seeded sample of this many points per centroid (FAISS's own limit is 256, at four times the time)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to build the index, and how its recall is measured: on `sample` queries drawn with `seed`."""

    build: Build
    sample: int
    seed: int
    block_bytes: int


def inverted_lists(probes: int, seed: int) -> Build:
    """Returns a builder of about 4 √m lists (fewer for small pools), of which `probes` are searched."""

    def build(pool: Float32s) -> Any:
        lists = list_count(len(pool))
        index: Any = faiss.index_factory(pool.shape[1], f"IVF{lists},Flat", faiss.METRIC_INNER_PRODUCT)
        index.cp.seed = seed
        index.cp.max_points_per_centroid = TRAINING_POINTS_PER_LIST
        index.train(pool)
        index.add(pool)
        index.nprobe = min(probes, lists)
        return index

    return build


def list_count(pool_size: int) -> int:
    """Returns 4 √m, FAISS's guideline for pools below a million, but no more lists than can be trained on m points."""
    return max(1, min(int(4 * np.sqrt(pool_size)), pool_size // POINTS_PER_LIST))


def graph(links: int, build_width: int, search_width: int) -> Build:
    """Returns a builder of a small-world graph; one thread builds it, so that its links do not depend on chance."""

    def build(pool: Float32s) -> Any:
        index: Any = faiss.index_factory(pool.shape[1], f"HNSW{links}", faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = build_width
        index.hnsw.efSearch = search_width
        with exact.one_thread():
            index.add(pool)
        return index

    return build


def search(queries: Float32s, pool: Float32s, k: int, plan: Plan, advance: Advance | None) -> Neighbours:
    """Returns min(k, m) near rows of `pool`, float32 (m, d), for every query, float32 (n, d), and their recall.

    Queries for which the index returns fewer rows are searched exactly. Equal similarities are in order of the lower
    row among the rows that were found.
    """
    queries, pool = checked_pair(queries, pool, k)
    k = min(k, len(pool))
    index = plan.build(pool)
    similarities = np.empty((len(queries), k), dtype=np.float32)
    rows = np.empty((len(queries), k), dtype=np.int64)
    for part in chunks(len(queries), exact.QUERY_CHUNK):
        similarities[part], rows[part] = _search_part(index, queries[part], pool, k, plan.block_bytes)
        if advance is not None:
            advance(part.stop - part.start)
    return Neighbours(similarities=similarities, rows=rows, recall=_recall(queries, pool, similarities, plan))


def _search_part(index: Any, queries: Float32s, pool: Float32s, k: int, block_bytes: int) -> tuple[Float32s, Rows]:
    """Returns similarities and rows, (n, k), from the index, completed by exact search where it found too few."""
    _, rows = index.search(queries, k)
    short = np.flatnonzero((rows < 0).any(axis=1))
    if len(short):
        rows[short] = exact.search(queries[short], pool, k, block_bytes, None).rows
    again = ranking.score_again(queries, pool, rows, block_bytes)
    return ranking.from_keys(ranking.best_keys(ranking.keys_of(again, rows), k))


def _recall(queries: Float32s, pool: Float32s, similarities: Float32s, plan: Plan) -> float | None:
    """Returns the share of the exact k neighbours found for a seeded sample; one as similar as the k-th counts."""
    if not len(queries):
        return None
    rng = np.random.default_rng(plan.seed)
    drawn = np.sort(rng.choice(len(queries), size=min(plan.sample, len(queries)), replace=False))
    best = exact.search(queries[drawn], pool, similarities.shape[1], plan.block_bytes, None).similarities
    return float((similarities[drawn] >= best[:, -1:]).mean())
