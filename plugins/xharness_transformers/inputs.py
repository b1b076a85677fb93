"""What a predictor takes from a split, and how it speaks of an example."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from xharness import PredictionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from xharness import Split, Task

    from xharness_transformers.checkpoint import TransformersModel

T = TypeVar("T")


def inputs_of(split: Split, kind: type[T]) -> list[T]:
    """Returns every example's inputs; raises PredictionError for inputs of another type or none at all."""
    inputs = [example.inputs for example in split.examples]
    for example, item in zip(split.examples, inputs, strict=True):
        if not isinstance(item, kind):
            raise PredictionError(
                f"{split.place}: example {example.id} has {type(item).__name__ if item is not None else 'no'} inputs; this "
                f"predictor needs {kind.__name__}. Correct the task's kind or its loader."
            )
    return [item for item in inputs if isinstance(item, kind)]


def naming(split: Split) -> Callable[[int], str]:
    """Returns what messages call the example in a row of the split."""
    return lambda row: f"{split.place}: example {split.examples[row].id}"


def longest_input(model: TransformersModel, task: Task) -> int:
    """Returns subwords per input, special tokens included: the task's length, or the network's where that is shorter."""
    return min(task.max_length, model.max_positions(task))
