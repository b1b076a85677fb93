"""Columns of numbers as the statistics of a split."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness import Statistics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike
    from xharness import Split


def of_examples(split: Split, columns: tuple[str, ...], values: Sequence[ArrayLike]) -> Statistics:
    """Returns statistics with one row per example of the split; `values` are its columns, each of shape (n,)."""
    import numpy as np

    n = len(split.examples)
    rows = np.empty((n, len(columns)), dtype=np.float64)
    for place, column in enumerate(values):
        rows[:, place] = column
    return Statistics(
        ids=[example.id for example in split.examples],
        clusters=[example.cluster for example in split.examples],
        columns=columns,
        rows=rows,
    )
