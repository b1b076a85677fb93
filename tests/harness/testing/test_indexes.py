"""An index is told from brute force wherever it differs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from xharness import Neighbours
from xharness.testing import assert_ok, check_index

from . import good


class Exact:
    """Brute force in float64, as the protocol has it."""

    name, exact = "slow", True

    def search(self, queries: Any, pool: Any, k: int, advance: Any = None) -> Neighbours:
        products = np.vecdot(queries.astype(np.float64)[:, None], pool.astype(np.float64)[None]).astype(np.float32)
        rows = self.ordered(products)[:, : self.kept(k, len(pool))].astype(np.int64)
        return Neighbours(similarities=np.take_along_axis(products, rows, axis=1), rows=rows, recall=self.recall())

    def ordered(self, products: Any) -> Any:
        return np.argsort(-products, axis=1, kind="stable")

    def kept(self, k: int, size: int) -> int:
        return min(k, size)

    def recall(self) -> float | None:
        return None

    def search_both(self, left: Any, right: Any, k: int, advance: Any = None) -> tuple[Neighbours, Neighbours]:
        return self.search(left, right, k), self.search(right, left, k)


class Worst(Exact):
    def ordered(self, products):
        return np.argsort(products, axis=1, kind="stable")


class Second(Exact):
    """Misses the nearest row."""

    def ordered(self, products):
        return np.roll(super().ordered(products), -2, axis=1)


class LaterFirst(Exact):
    """Of equal similarities the later row first."""

    def ordered(self, products):
        return products.shape[1] - 1 - np.argsort(-products[:, ::-1], axis=1, kind="stable")


class Short(Exact):
    def kept(self, k, size):
        return min(k, size - 1)


class Padded(Exact):
    def search(self, queries, pool, k, advance=None):
        found = super().search(queries, pool, k)
        rows = found.rows.copy()
        rows[:, -1] = -1
        return replace(found, rows=rows)


class Twice(Exact):
    def search(self, queries, pool, k, advance=None):
        found = super().search(queries, pool, k)
        return replace(found, rows=found.rows[:, :1].repeat(found.rows.shape[1], axis=1))


class Cosine(Exact):
    def search(self, queries, pool, k, advance=None):
        found = super().search(queries, pool, k)
        return replace(found, similarities=found.similarities + np.float32(0.01))


class Altering(Exact):
    def search(self, queries, pool, k, advance=None):
        pool *= 2
        return super().search(queries, pool, k)


class OneSided(Exact):
    def search_both(self, left, right, k, advance=None):
        found = self.search(left, right, k)
        return found, found


class Silent(Exact):
    exact = False


class Wide(Exact):
    def search(self, queries, pool, k, advance=None):
        found = super().search(queries, pool, k)
        return replace(found, similarities=found.similarities.astype(np.float64))


def test_brute_force_passes():
    """An exact index that does what the protocol says has one good line."""
    assert_ok(check_index(Exact()))


def test_approximate_index_may_miss_but_says_its_recall():
    """One that is not exact may give other rows; without its recall it is found."""

    class Rough(Second):
        exact = False

        def recall(self) -> float:
            return 0.5

    assert "do not descend" in good.told(check_index(Rough()))  # rolled: the best comes last
    assert "must say its recall; it says None" in good.told(check_index(Silent()))


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (Worst, "similarities do not descend"),
        (Second, "misses neighbours that brute force finds"),
        (LaterFirst, "not in order of the lower row"),
        (Short, "with k = 157 of 150 rows have the shape (40, 149)"),
        (Padded, "rows that the pool does not have"),
        (Twice, "a row is given twice"),
        (Cosine, "not the inner products"),
        (Altering, "it alters its arguments"),
        (OneSided, "search_both gives"),
        (Wide, "similarities float64; expected int64 and float32"),
    ],
)
def test_broken_index_is_found(index, message):
    """Each promise that an index breaks is told."""
    assert message in good.told(check_index(index()))


def test_index_without_a_name_is_found():
    """An index must say its name and whether it is exact."""
    assert "it has no name" in good.told(check_index(type("Nameless", (Exact,), {"name": ""})()))
