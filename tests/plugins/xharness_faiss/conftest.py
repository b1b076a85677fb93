"""Made-up vectors, splits and an encoder that looks vectors up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xharness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class LookUp:
    """Encodes texts by looking them up; one unit of work per text."""

    def __init__(self, vectors: Mapping[str, np.ndarray]) -> None:
        self.vectors = vectors
        self.signature = {"state": 8, "pooling": "mean"}
        self.prepared: list[list[str]] = []

    def prepare(self, texts: Sequence[str]) -> tuple[Any, int]:
        self.prepared.append(list(texts))
        return list(texts), len(texts)

    def encode(self, prepared: Any, advance: Callable[[int], None]) -> np.ndarray:
        advance(len(prepared))
        return np.array([self.vectors[text] for text in prepared], dtype=np.float32)


@pytest.fixture(scope="session")
def look_up() -> type[LookUp]:
    """The encoder class: text → vector."""
    return LookUp


@pytest.fixture(scope="session")
def unit() -> Callable[..., np.ndarray]:
    """Makes float32 (n, d) of random unit vectors from a seed."""

    def make(count: int, width: int, seed: int) -> np.ndarray:
        vectors = np.random.default_rng(seed).standard_normal((count, width), dtype=np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    return make


@pytest.fixture(scope="session")
def make_split() -> Callable[..., xharness.Split]:
    """Makes a split from (id, text) lists of both sides and gold pairs."""

    def make(
        left: Sequence[tuple[str, str]],
        right: Sequence[tuple[str, str]],
        gold: Sequence[tuple[str, str]] | None = None,
        **fields: Any,
    ) -> xharness.Split:
        def of(name: str) -> tuple[str, ...] | None:
            return None if gold is None else tuple(y for x, y in gold if x == name)

        examples = [
            xharness.Example(id=name, cluster=name, inputs=xharness.Text(text=text), gold=of(name))
            for name, text in left
        ]
        pool = [xharness.Document(id=name, text=text) for name, text in right]
        defaults = {"task": "bucc2018", "language": "de", "name": "dev", "version": "1", "source": "made up"}
        return xharness.Split(**{**defaults, **fields}, examples=examples, pool=pool)

    return make
