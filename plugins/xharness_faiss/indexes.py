"""The indexes that `--index` chooses from. Listing them loads neither numpy nor FAISS; searching does.

Every index checks its arguments and never alters them, caps k at the size of the pool, gives no row -1, and puts equal
similarities in order of the lower row. Similarities are inner products accumulated in float64 and rounded to float32, so
they depend neither on how the work is cut into blocks nor on the number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xharness.protocols import Advance, Float32s, Neighbours

BLOCK_BYTES = 64 * 2**20
"""Working memory of a search beside vectors and results."""


@dataclass(slots=True, kw_only=True)
class FlatIndex:
    """Exact search. The neighbours depend on nothing but the vectors: not on threads, blocks or order of queries.

    Attributes:
        block_bytes: bound on the working memory beside vectors and results.
    """

    name: str = "flat"
    exact: bool = True
    block_bytes: int = BLOCK_BYTES

    def search(self, queries: Float32s, pool: Float32s, k: int, advance: Advance | None = None) -> Neighbours:
        """Returns min(k, m) neighbours in `pool`, float32 (m, d), of every query, float32 (n, d).

        `advance` counts queries. Raises UsageError for arrays that do not fit, PredictionError for values that are not
        finite.
        """
        from xharness_faiss import exact

        return exact.search(queries, pool, k, self.block_bytes, advance)

    def search_both(
        self, left: Float32s, right: Float32s, k: int, advance: Advance | None = None
    ) -> tuple[Neighbours, Neighbours]:
        """Returns the neighbours of `left`, float32 (n, d), in `right`, float32 (m, d), and the other way round.

        One pass over the products serves both directions. `advance` counts up to n + m. Raises as `search` does.
        """
        from xharness_faiss import exact

        return exact.search_both(left, right, k, self.block_bytes, advance)


@dataclass(slots=True, kw_only=True)
class InvertedIndex:
    """Approximate search in the lists of the nearest centroids (FAISS `IndexIVFFlat`), recall measured on a sample.

    The clusters are learned with a fixed seed; their last bits may depend on the number of threads, and with them which
    neighbours are missed. The index holds a copy of the pool.

    Attributes:
        probes: how many lists are searched per query, at most; small pools have fewer lists.
        sample: queries, drawn with `seed`, on which recall is measured against exact search.
    """

    name: str = "ivf"
    exact: bool = False
    probes: int = 64
    sample: int = 1000
    seed: int = 0
    block_bytes: int = BLOCK_BYTES

    def search(self, queries: Float32s, pool: Float32s, k: int, advance: Advance | None = None) -> Neighbours:
        """Returns min(k, m) of the nearest rows of `pool`, float32 (m, d), for every query, float32 (n, d).

        `advance` counts queries. Raises UsageError for arrays that do not fit, PredictionError for values that are not
        finite.
        """
        from xharness_faiss import approximate

        build = approximate.inverted_lists(probes=self.probes, seed=self.seed)
        plan = approximate.Plan(build=build, sample=self.sample, seed=self.seed, block_bytes=self.block_bytes)
        return approximate.search(queries, pool, k, plan, advance)

    def search_both(
        self, left: Float32s, right: Float32s, k: int, advance: Advance | None = None
    ) -> tuple[Neighbours, Neighbours]:
        """Returns `search` of `left` in `right` and of `right` in `left`, each with its own recall."""
        forward = self.search(left, right, k, advance)
        return forward, self.search(right, left, k, advance)


@dataclass(slots=True, kw_only=True)
class GraphIndex:
    """Approximate search in a small-world graph (FAISS `IndexHNSWFlat`), recall measured on a sample.

    The graph is built by one thread, since with more its links depend on which thread comes first; the result is the
    same for any number of threads. The index holds a copy of the pool and its graph (about 8 × links bytes per row).

    Attributes:
        links: links per row and layer.
        build_width, search_width: candidates that are kept while building and while searching.
        sample: queries, drawn with `seed`, on which recall is measured against exact search.
    """

    name: str = "hnsw"
    exact: bool = False
    links: int = 32
    build_width: int = 80
    search_width: int = 128
    sample: int = 1000
    seed: int = 0
    block_bytes: int = BLOCK_BYTES

    def search(self, queries: Float32s, pool: Float32s, k: int, advance: Advance | None = None) -> Neighbours:
        """Returns min(k, m) of the nearest rows of `pool`, float32 (m, d), for every query, float32 (n, d).

        `advance` counts queries. Raises UsageError for arrays that do not fit, PredictionError for values that are not
        finite.
        """
        from xharness_faiss import approximate

        build = approximate.graph(links=self.links, build_width=self.build_width, search_width=self.search_width)
        plan = approximate.Plan(build=build, sample=self.sample, seed=self.seed, block_bytes=self.block_bytes)
        return approximate.search(queries, pool, k, plan, advance)

    def search_both(
        self, left: Float32s, right: Float32s, k: int, advance: Advance | None = None
    ) -> tuple[Neighbours, Neighbours]:
        """Returns `search` of `left` in `right` and of `right` in `left`, each with its own recall."""
        forward = self.search(left, right, k, advance)
        return forward, self.search(right, left, k, advance)
