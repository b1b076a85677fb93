"""Batches: what they hold, in which order, and what happens when memory runs out."""

from __future__ import annotations

from functools import wraps
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch  # noqa: TID253  # the tests need it anyway
import xharness_transformers
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from xharness import Example, PredictionError, Settings, Split, Task, TextPair
from xharness_transformers.batching import DoesNotFitError, in_batches, plan
from xharness_transformers.device import default_batch_tokens, is_out_of_memory, width_multiple
from xharness_transformers.rows import Rows, flat_ranges

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

LENGTHS = st.lists(st.integers(1, 300), min_size=1, max_size=200)
BUDGETS = st.integers(1, 3000)


def _descending(lengths: list[int]) -> np.ndarray[Any, Any]:
    return np.array(sorted(lengths, reverse=True), dtype=np.int64)


@given(LENGTHS, BUDGETS, st.sampled_from([1, 8]))
@limits(deadline=None)
def test_every_row_is_in_exactly_one_batch_within_the_budget(lengths: list[int], budget: int, multiple: int) -> None:
    """Batches tile the rows, and only a batch of one row may exceed the budget."""
    rows = _descending(lengths)
    bounds = plan(rows, budget, multiple)
    assert bounds[0] == 0
    assert bounds[-1] == len(rows)
    for start, stop in pairwise(bounds):
        width = -(-rows[start] // multiple) * multiple
        assert stop > start
        assert stop - start == 1 or (stop - start) * width <= budget


def _cost(lengths: np.ndarray[Any, Any], bounds: Sequence[int], budget: int) -> float:
    return sum((stop - start) * lengths[start] + budget / 32 for start, stop in pairwise(bounds))


@given(st.lists(st.integers(1, 40), min_size=1, max_size=8), st.integers(1, 200))
@limits(deadline=None)
def test_no_other_split_into_batches_is_cheaper(lengths: list[int], budget: int) -> None:
    """Compared with every split there is: computed tokens, and 1/32 of the budget per batch."""
    rows = _descending(lengths)
    inner = range(1, len(rows))
    splits = [(0, *cuts, len(rows)) for count in range(len(rows)) for cuts in combinations(inner, count)]
    allowed = [
        bounds
        for bounds in splits
        if all(stop - start == 1 or (stop - start) * rows[start] <= budget for start, stop in pairwise(bounds))
    ]
    cheapest = min(_cost(rows, bounds, budget) for bounds in allowed)
    assert _cost(rows, plan(rows, budget), budget) == pytest.approx(cheapest)


def test_real_tokens_are_nearly_all_that_is_computed() -> None:
    """A thousand sentences of 5 to 60 subwords at the default budget: at least 0.97."""
    rows = np.sort(np.random.default_rng(0).gamma(4.0, 5.0, 1000).astype(np.int64) + 5)[::-1]
    bounds = plan(rows, default_batch_tokens(torch.device("cpu")))
    computed = sum((stop - start) * rows[start] for start, stop in pairwise(bounds))
    assert rows.sum() / computed >= 0.97


@given(st.lists(st.integers(0, 9), max_size=30))
@limits(deadline=None)
def test_rows_go_from_the_longest_to_the_shortest_stably(lengths: list[int]) -> None:
    """Equally long rows stay in the split's order, and every row keeps its tokens."""
    sizes = np.array(lengths, dtype=np.int64)
    rows = Rows.of(np.arange(sizes.sum(), dtype=np.int32), sizes)
    assert rows.order.tolist() == sorted(range(len(lengths)), key=lambda row: (-lengths[row], row))
    assert rows.lengths.tolist() == sorted(lengths, reverse=True)


def test_a_batch_is_padded_on_the_right_to_its_longest_row() -> None:
    """Tokens come first, then padding, which the mask hides; the width is rounded up where that is asked for."""
    rows = Rows.of(
        np.array([1, 2, 3, 4, 5, 6], dtype=np.int32),
        np.array([1, 3, 2]),
        np.array([0, 0, 1, 1, 0, 1], dtype=np.uint8),
    )
    batch = rows.batch(0, 2, pad=9)
    assert batch.rows.tolist() == [1, 2]
    assert batch.ids.tolist() == [[2, 3, 4], [5, 6, 9]]
    assert batch.mask.tolist() == [[1, 1, 1], [1, 1, 0]]
    assert batch.types is not None
    assert batch.types.tolist() == [[0, 1, 1], [0, 1, 0]]
    assert rows.batch(0, 2, pad=9, multiple=8).ids.shape == (2, 8)


@limits(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5)), max_size=20))
def test_flat_ranges_are_the_ranges_one_after_another(stretches: list[tuple[int, int]]) -> None:
    """Equals the concatenation of Python's ranges."""
    starts, lengths = np.array(stretches, dtype=np.int64).reshape(-1, 2).T
    expected = [place for start, length in stretches for place in range(start, start + length)]
    assert flat_ranges(starts, lengths).tolist() == expected


@given(LENGTHS, st.integers(300, 3000), st.integers(300, 3000))
@limits(deadline=None)
def test_the_budget_halves_and_the_run_goes_on_from_the_failed_batch(
    lengths: list[int], budget: int, memory: int
) -> None:
    """Every row is computed once, in order, whatever fits, and no batch is larger than memory allows."""
    rows = _descending(lengths)
    done: list[int] = []

    def compute(start: int, stop: int) -> None:
        if (stop - start) * rows[start] > memory:
            raise torch.OutOfMemoryError("made up")
        done.extend(range(start, stop))

    left, computed = in_batches(rows, budget, compute)
    assert done == list(range(len(rows)))
    assert left <= budget
    assert computed >= rows.sum()


def test_a_row_that_does_not_fit_alone_ends_the_run() -> None:
    """The position of the row is named, and rows before it are done."""

    def compute(start: int, stop: int) -> None:
        if start >= 2:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes")

    with pytest.raises(DoesNotFitError) as caught:
        in_batches(_descending([5, 4, 3, 2]), 4, compute)
    assert caught.value.position == 2


def test_other_errors_are_not_taken_for_lack_of_memory() -> None:
    """A RuntimeError that does not speak of memory reaches the caller unchanged."""

    def compute(start: int, stop: int) -> None:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        in_batches(_descending([5, 4]), 100, compute)
    assert is_out_of_memory(MemoryError())
    assert not is_out_of_memory(ValueError("out of memory"))


def test_only_16_bit_numbers_on_a_gpu_round_the_width() -> None:
    """Padding to a multiple of 8 is for tensor cores; processors get the exact width and the smaller budget."""
    cpu, gpu = torch.device("cpu"), torch.device("cuda:0")
    assert width_multiple(gpu, torch.bfloat16) == width_multiple(gpu, torch.float16) == 8
    assert width_multiple(gpu, torch.float32) == width_multiple(cpu, torch.bfloat16) == 1
    assert default_batch_tokens(cpu) < default_batch_tokens(gpu)


def _pairs(count: int) -> Split:
    words = "the a man dog big runs sleeps park".split()
    examples = [
        Example(
            id=str(row),
            cluster=str(row),
            inputs=TextPair(first=" ".join(words[: 1 + row % 8] * (1 + row % 5)), second=words[row % 8]),
        )
        for row in range(count)
    ]
    return Split(task="xnli", language="sw", name="test", examples=examples, version="1", source="made up")


def _short_of_memory(network: Any, tokens: int) -> Callable[..., Any]:
    forward = network.forward

    @wraps(forward)
    def limited(*args: Any, **inputs: Any) -> Any:
        if inputs["input_ids"].numel() > tokens:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 GiB")
        return forward(*args, **inputs)

    return limited


def test_a_network_short_of_memory_gives_the_same_answers(bert_nli: Path, tasks: Mapping[str, Task]) -> None:
    """Halved batches change nothing but the recorded budget, which the next split starts from."""
    settings = Settings(device="cpu")
    model: Any = xharness_transformers.xharness_load(str(bert_nli), settings)
    task, split = tasks["xnli"], _pairs(60)
    whole: Any = xharness_transformers.xharness_predict(model, task, settings)
    expected = whole.predict(whole.prepare(split), lambda _: None)
    network = model.loaded(task).network
    network.forward = _short_of_memory(network, 100)
    halved: Any = xharness_transformers.xharness_predict(model, task, settings)
    done: list[int] = []
    prepared = halved.prepare(split)
    found = halved.predict(prepared, done.append)
    assert found.values == expected.values
    assert sum(done) == prepared.work
    assert found.record["batch_tokens"] <= 100 < expected.record["batch_tokens"]
    assert halved.predict(prepared, done.append).record["batch_tokens"] == found.record["batch_tokens"]


def test_an_input_larger_than_memory_is_an_error_with_place_and_remedy(
    bert_nli: Path, tasks: Mapping[str, Task]
) -> None:
    """The message names task, language, example, size and what to do."""
    settings = Settings(device="cpu")
    model: Any = xharness_transformers.xharness_load(str(bert_nli), settings)
    network = model.loaded(tasks["xnli"]).network
    network.forward = _short_of_memory(network, 5)
    predictor: Any = xharness_transformers.xharness_predict(model, tasks["xnli"], settings)
    with pytest.raises(PredictionError, match=r"xnli/sw: example \d+ has \d+ subwords .* --dtype bfloat16"):
        predictor.predict(predictor.prepare(_pairs(60)), lambda _: None)
