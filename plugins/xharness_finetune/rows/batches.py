"""Which rows are trained on together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_POOL_BATCHES = 50  # batches' worth of random rows that are sorted by length together, as transformers' sampler takes


class LengthBatches:
    """Batches of rows of about equal length, in random order: each pass over it is one epoch in another order.

    transformers' own length grouping gives the batches of a pool from its longest rows to its shortest, so that the
    loss and the learning rate move with length; here the batches of a pool are shuffled once more.
    """

    def __init__(
        self, lengths: Sequence[int] | np.ndarray[Any, Any], batch_size: int, *, seed: int | tuple[int, ...]
    ) -> None:
        self.lengths = np.asarray(lengths)
        self.batch_size = batch_size
        self.seed = seed if isinstance(seed, tuple) else (seed,)
        self.epoch = 0

    def __len__(self) -> int:
        return math.ceil(len(self.lengths) / self.batch_size)

    def __iter__(self) -> Iterator[list[int]]:
        """Yields every row once; one batch of the last pool may be smaller. The order depends on seed and epoch alone."""
        generator = np.random.default_rng([*self.seed, self.epoch])
        self.epoch += 1
        order = generator.permutation(len(self.lengths))
        pool = _POOL_BATCHES * self.batch_size
        for start in range(0, len(order), pool):
            rows = order[start : start + pool]
            rows = rows[np.argsort(self.lengths[rows], kind="stable")]
            batches = [rows[at : at + self.batch_size] for at in range(0, len(rows), self.batch_size)]
            for index in generator.permutation(len(batches)):
                yield batches[index].tolist()
