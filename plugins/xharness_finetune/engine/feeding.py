"""Batches on their way from the parts' rows to the networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
from torch.utils.data import Dataset  # noqa: TID253  # work path only

from xharness_finetune.rows.schedule import Draw, Schedule, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from xharness_finetune.engine.jobs import Part
    from xharness_finetune.rows.features import Row


class Fed(TypedDict):
    """One batch, or one process's share of it.

    Attributes:
        part: index of the part.
        share: what this process's mean loss counts, so that the mean over the processes is the mean over the batch's rows;
            1 where there is one process, 0 where the batch has no row left for this process.
        rows, subwords: in the whole batch; special tokens included, padding not.
    """

    part: int
    share: float
    rows: int
    subwords: int
    tensors: dict[str, torch.Tensor]


class Feed(Dataset[Any]):
    """All rows of a job as transformers' Trainer reads them: indexed by `Draw`, put together by `collate`."""

    def __init__(self, parts: Sequence[Part], *, rank: int = 0, processes: int = 1) -> None:
        self.parts = tuple(parts)
        self.rank = rank
        self.processes = processes
        self._lengths = [np.asarray(part.rows.lengths) for part in parts]

    def __len__(self) -> int:
        return sum(len(lengths) for lengths in self._lengths)

    def __getitem__(self, draw: Draw) -> tuple[Draw, Row]:
        return draw, self.parts[draw.part].rows[draw.row]

    def schedule(self, batches: int, *, seed: int) -> Schedule:
        """Returns which rows are trained on together, and when."""
        sources = [
            Source(lengths=lengths, batch_size=part.batch_size, weight=part.weight)
            for lengths, part in zip(self._lengths, self.parts, strict=True)
        ]
        return Schedule(sources, batches, seed=seed, rank=self.rank, processes=self.processes)

    def collate(self, drawn: Sequence[tuple[Draw, Row]]) -> Fed:
        """Returns the batch; its number in the training is another one for each process."""
        first = drawn[0][0]
        rows = [row for _, row in drawn]
        mine = len(rows) if self.rank < first.of else 0
        return Fed(
            part=first.part,
            share=mine * self.processes / first.of,
            rows=first.of,
            subwords=first.subwords,
            tensors=self.parts[first.part].collate(rows, first.number * self.processes + self.rank),
        )
