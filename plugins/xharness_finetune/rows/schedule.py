"""The whole training as one sequence of batches, each of one task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from xharness_finetune.rows.batches import LengthBatches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PARTS, _ROWS = 0, 1  # streams of random numbers that one seed gives


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What the schedule knows of one task.

    Attributes:
        lengths: subwords of each row.
        weight: probability of a batch being this task's; those of all sources sum to 1.
    """

    lengths: Sequence[int] | np.ndarray[Any, Any]
    batch_size: int
    weight: float = 1.0


class Draw(NamedTuple):
    """One row's place in the training.

    Attributes:
        part: index of the source.
        number: running number of the batch in the training, from 0.
        row: index of the row in its source.
        of: rows in the whole batch, over all processes.
        subwords: in the whole batch; special tokens included, padding not.
    """

    part: int
    number: int
    row: int
    of: int
    subwords: int


class Schedule:
    """`batches` batches, each of rows of one source; every source goes through its own rows epoch after epoch.

    Which source a batch is of is drawn with the sources' weights. The sequence depends on sources, number and seed alone,
    and is the same each time it is iterated, so that a training that continues leaves out what it has had.

    Raises ValueError for a source without rows.

    With several processes each gets every `processes`th row of every batch, from its `rank` on, and at least one: a batch
    is the same rows however many processes there are.
    """

    def __init__(
        self, sources: Sequence[Source], batches: int, *, seed: int, rank: int = 0, processes: int = 1
    ) -> None:
        if not all(len(source.lengths) for source in sources):
            raise ValueError("a source without rows has no batches")
        self.sources = tuple(sources)
        self.batches = batches
        self.seed = seed
        self.rank = rank
        self.processes = processes

    def __len__(self) -> int:
        return self.batches

    def __iter__(self) -> Iterator[list[Draw]]:
        weights = np.array([source.weight for source in self.sources], dtype=np.float64)
        drawn = np.random.default_rng([self.seed, _PARTS]).choice(
            len(self.sources), size=self.batches, p=weights / weights.sum()
        )
        streams = [
            _for_ever(LengthBatches(source.lengths, source.batch_size, seed=(self.seed, _ROWS, index)))
            for index, source in enumerate(self.sources)
        ]
        lengths = [np.asarray(source.lengths) for source in self.sources]
        for number, part in enumerate(drawn.tolist()):
            rows = next(streams[part])
            subwords = int(lengths[part][rows].sum())
            mine = rows[self.rank :: self.processes] or rows[:1]
            yield [Draw(part, number, row, len(rows), subwords) for row in mine]


def _for_ever(epochs: LengthBatches) -> Iterator[list[int]]:
    while True:
        yield from epochs
