"""Which rows are trained on together."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from xharness_finetune.rows.batches import LengthBatches


@given(st.lists(st.integers(1, 50), min_size=1, max_size=300), st.integers(1, 40), st.integers(0, 3))
def test_every_row_once_per_epoch(lengths: list[int], size: int, seed: int) -> None:
    """An epoch has every row exactly once, in batches of at most the size, as many as `len` says."""
    batches = LengthBatches(lengths, size, seed=seed)
    for _ in range(2):
        drawn = list(batches)
        assert sorted(row for batch in drawn for row in batch) == list(range(len(lengths)))
        assert len(drawn) == len(batches)
        assert max(len(batch) for batch in drawn) <= size


def test_order_depends_on_seed_and_epoch_alone() -> None:
    """The same seed gives the same epochs, each in another order."""
    lengths = list(np.random.default_rng(0).integers(1, 100, size=500))
    first, again, other = (LengthBatches(lengths, 16, seed=seed) for seed in (1, 1, 2))
    epochs = [list(first) for _ in range(2)]
    assert epochs == [list(again) for _ in range(2)]
    assert epochs[0] != epochs[1]
    assert epochs[0] != list(other)


def test_batches_hold_rows_of_about_one_length_in_no_order_of_length() -> None:
    """Padding is small, and the batches do not go from long to short."""
    lengths = np.random.default_rng(0).integers(1, 200, size=1600)
    drawn = list(LengthBatches(list(lengths), 16, seed=1))
    padded = sum(len(batch) * lengths[batch].max() for batch in drawn)
    assert lengths.sum() / padded > 0.95
    means = [lengths[batch].mean() for batch in drawn]
    assert abs(np.corrcoef(np.arange(len(means)), means)[0, 1]) < 0.3
