"""One training as a sequence of batches of several tasks."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xharness_finetune.rows.schedule import Schedule, Source

LENGTHS = st.lists(st.integers(1, 50), min_size=1, max_size=60)


@given(st.lists(st.tuples(LENGTHS, st.integers(1, 9)), min_size=1, max_size=3), st.integers(0, 3))
def test_every_row_once_per_epoch_of_its_task(tasks: list[tuple[list[int], int]], seed: int) -> None:
    """A task's batches, in order, give each of its rows once before any a second time; a batch is of one task."""
    sources = [Source(lengths=lengths, batch_size=size, weight=1 / len(tasks)) for lengths, size in tasks]
    batches = list(Schedule(sources, 60, seed=seed))
    assert [batch[0].number for batch in batches] == list(range(60))
    assert all(len({(draw.part, draw.number, draw.of) for draw in batch}) == 1 for batch in batches)
    assert all(len(batch) == batch[0].of for batch in batches)
    for part, (lengths, _) in enumerate(tasks):
        rows = [draw.row for batch in batches for draw in batch if draw.part == part]
        for start in range(0, len(rows), len(lengths)):
            epoch = rows[start : start + len(lengths)]
            assert len(set(epoch)) == len(epoch)
            assert set(epoch) <= set(range(len(lengths)))


def test_shares_of_the_tasks_follow_their_weights() -> None:
    """Of 20,000 batches each task has its weight's share, within four standard errors, in no order."""
    weights = (0.6, 0.3, 0.1)
    sources = [Source(lengths=[5] * 40, batch_size=4, weight=weight) for weight in weights]
    parts = np.array([batch[0].part for batch in Schedule(sources, 20_000, seed=1)])
    for part, weight in enumerate(weights):
        assert abs((parts == part).mean() - weight) < 4 * np.sqrt(weight * (1 - weight) / len(parts))
    longest = max(len(list(run)) for part, run in groupby(parts.tolist()) if part == 2)
    assert longest < 10


def test_the_sequence_is_the_same_each_time_and_another_for_another_seed() -> None:
    """Iterating twice gives the same batches, so that a training that continues can leave out what it has had."""
    sources = [Source(lengths=list(range(1, 31)), batch_size=4, weight=0.5) for _ in range(2)]
    schedule = Schedule(sources, 30, seed=1)
    assert list(schedule) == list(schedule)
    assert list(schedule) != list(Schedule(sources, 30, seed=2))
    assert list(schedule)[:10] == list(Schedule(sources, 10, seed=1))
    assert len(schedule) == 30


def test_a_task_without_rows_is_refused() -> None:
    """It would never give a batch; the error comes at once."""
    with pytest.raises(ValueError, match="without rows"):
        Schedule(
            [Source(lengths=[3], batch_size=1, weight=0.5), Source(lengths=[], batch_size=1, weight=0.5)], 4, seed=1
        )


@given(st.integers(1, 5), st.integers(1, 9), st.integers(1, 23))
def test_processes_share_the_rows_of_each_batch(processes: int, size: int, n: int) -> None:
    """Together the processes have each batch's rows once; one that is left without a row gets one to pass the time."""
    sources = [Source(lengths=[3] * n, batch_size=size)]
    whole = list(Schedule(sources, 12, seed=1))
    shared = [list(Schedule(sources, 12, seed=1, rank=rank, processes=processes)) for rank in range(processes)]
    for number, batch in enumerate(whole):
        mine = [rank[number] for rank in shared]
        assert all(mine)
        rows = [draw for rank, draws in enumerate(mine) for draw in draws if rank < len(batch)]
        assert sorted(rows) == sorted(batch)
