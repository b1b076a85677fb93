"""Multiple choice: each option is read after the context, and the one with the highest logit is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from xharness import Choices, Predictions, Prepared

from xharness_transformers.forward import Forward, require_finite
from xharness_transformers.inputs import inputs_of, longest_input
from xharness_transformers.rows import offsets
from xharness_transformers.subwords import Subwords

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xharness import Settings, Split, Task
    from xharness.protocols import Advance

    from xharness_transformers.checkpoint import TransformersModel
    from xharness_transformers.loaded import LoadedHead
    from xharness_transformers.rows import Batch, Indices, Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class _Payload:
    """The options of all examples as rows.

    Attributes:
        starts: int64 (n + 1,), the first row of every example, and the number of rows.
    """

    rows: Rows
    starts: Indices
    truncated: int


class ChoicePredictor:
    """Answers with the number of the option with the highest logit, of equal ones the first.

    An option is encoded as the pair (context, option), alone where the context is empty, as heads are trained here. Options
    are computed apart from each other: a head gives each its logit without looking at the others. Units of work are
    subwords, special tokens included.
    """

    def __init__(self, model: TransformersModel, task: Task, settings: Settings) -> None:
        self._model = model
        self._task = task
        self._settings = settings
        self._max_length = longest_input(model, task)
        self._forward = Forward(model, task, settings)
        self.signature: Mapping[str, str | int | float | bool] = {
            "max_length": self._max_length,
            "dtype": settings.dtype,
        }

    @cached_property
    def _subwords(self) -> Subwords:
        return Subwords(self._model.tokenizer(self._task))

    def prepare(self, split: Split) -> Prepared:
        """Tokenises the split once; thread-safe."""
        questions = inputs_of(split, Choices)
        inputs: list[Any] = [
            (item.context, option) if item.context.strip() else option for item in questions for option in item.options
        ]
        rows, truncated = self._subwords.rows(inputs, self._max_length)
        starts = offsets(np.array([len(item.options) for item in questions], dtype=np.int64))
        return Prepared(
            split=split, work=len(rows.tokens), payload=_Payload(rows=rows, starts=starts, truncated=truncated)
        )

    def predict(self, prepared: Prepared, advance: Advance) -> Predictions:
        """Returns the number of one option per example.

        Raises PredictionError for logits that are not finite, or an option that does not fit into memory.
        """
        split, payload = prepared.split, prepared.payload
        starts: Indices = payload.starts
        logits = np.zeros(int(starts[-1]), dtype=np.float32)

        def name(row: int) -> str:
            example = int(np.searchsorted(starts, row, side="right")) - 1
            return f"{split.place}: example {split.examples[example].id}, option {row - int(starts[example])}"

        def consume(output: Any, batch: Batch) -> None:
            found = output.logits.float().cpu().numpy()  # (b, 1)
            require_finite(found, batch.rows, name, self._settings.dtype)
            logits[batch.rows] = found[:, 0]

        record = self._forward.run(payload.rows, consume, advance, name=name, call=_one_option)
        return Predictions(
            ids=[example.id for example in split.examples],
            values=[str(int(options.argmax())) for options in np.split(logits, starts[1:-1])],
            record={"truncated": payload.truncated, **record},
        )


def _one_option(head: LoadedHead, inputs: Mapping[str, Any]) -> Any:
    """Returns what the network gives for rows, (b, width), as the only option of a question each: logits (b, 1)."""
    return head.network(**{name: values[:, None] for name, values in inputs.items()})
