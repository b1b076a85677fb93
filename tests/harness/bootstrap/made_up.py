"""Cells with generated rows: accuracies, answers with fractions, counts for F1. Nothing here is a result."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
from xharness.bootstrap import Cell, Draws, resample

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def mean_of(totals: Any) -> Any:
    """Score of rows (value, 1): their mean."""
    return totals[..., 0] / totals[..., 1]


def f1_of(totals: Any) -> Any:
    """Score of rows (true positive, predicted, gold): the F1 of their sums, 0 where there is nothing."""
    both = totals[..., 1] + totals[..., 2]
    return 2 * totals[..., 0] / np.where(both == 0, 1, both)


def cell(
    rows: Any, *, name: str = "cell", stratum: str | None = None, clusters: Sequence[str] | None = None,
    score: Any = mean_of, shared: bool = False,
) -> Cell:  # fmt: skip
    """A cell of rows (s, n, k); every example is its own cluster unless they are given."""
    own = [str(one) for one in range(rows.shape[1])] if clusters is None else clusters
    return Cell(name=name, stratum=stratum or name, clusters=own, rows=rows, score=score, shared=shared)


def means(*values: Any, **options: Any) -> Cell:
    """A cell whose score is the mean of each system's values (n,)."""
    columns = [np.stack([one, np.ones(len(one))], axis=1) for one in values]
    return cell(np.stack(columns).astype(np.float64), **options)


def coins(seed: int, n: int, *shares: float) -> list[Any]:
    """Zeros and ones (n,) of each system, with these shares of ones."""
    numbers = np.random.default_rng(seed)
    return [(numbers.random(n) < share).astype(np.float64) for share in shares]


def fractions(seed: int, n: int, systems: int = 2) -> list[Any]:
    """Scores of answers (n,) of each system: many zeros and ones, fractions with odd denominators between."""
    numbers = np.random.default_rng(seed)
    return [np.minimum(numbers.integers(0, 9, n) / numbers.integers(3, 8, n), 1.0) for _ in range(systems)]


def spans(seed: int, n: int, systems: int = 2) -> Any:
    """Rows (s, n, 3) of true positives, predicted and gold spans of sentences."""
    numbers = np.random.default_rng(seed)
    gold = numbers.poisson(1.4, n)
    rows = []
    for _ in range(systems):
        found = numbers.binomial(gold, 0.7)
        rows.append(np.stack([found, found + numbers.poisson(0.4, n), gold], axis=1))
    return np.stack(rows).astype(np.float64)


def drawn(one: Cell, **options: Any) -> Draws:
    """The draws of one cell alone."""
    return resample([one], **options)[one.name]


def parts(draws: Draws) -> Iterable[Any]:
    """Every array of the draws, in a fixed order."""
    yield draws.point
    yield draws.resampled
    if draws.exchanged is not None:
        yield draws.exchanged
    for stratum in sorted(draws.influences):
        yield draws.influences[stratum].values
        yield draws.influences[stratum].multiplicity


def digest(draws: Iterable[Draws]) -> str:
    """SHA-256 of the bytes of every array."""
    total = hashlib.sha256()
    for one in draws:
        for array in parts(one):
            total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()
