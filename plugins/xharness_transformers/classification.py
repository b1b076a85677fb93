"""Classification of texts and of text pairs (spec §3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from xharness import Kind, Predictions, Prepared, Text, TextPair

from xharness_transformers.forward import Forward, require_finite
from xharness_transformers.inputs import inputs_of, longest_input, naming
from xharness_transformers.subwords import Subwords

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xharness import Settings, Split, Task
    from xharness.protocols import Advance

    from xharness_transformers.checkpoint import TransformersModel
    from xharness_transformers.rows import Batch, Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class _Payload:
    rows: Rows
    truncated: int


class ClassificationPredictor:
    """Answers with the task label of the highest logit; outputs that are no label of the task are never chosen.

    Of equal logits the first output wins. Units of work are subwords, special tokens included.
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
        inputs: list[Any]
        if self._task.kind == Kind.PAIR_CLASSIFICATION:
            inputs = [(pair.first, pair.second) for pair in inputs_of(split, TextPair)]
        else:
            inputs = [text.text for text in inputs_of(split, Text)]
        rows, truncated = self._subwords.rows(inputs, self._max_length)
        return Prepared(split=split, work=len(rows.tokens), payload=_Payload(rows=rows, truncated=truncated))

    def predict(self, prepared: Prepared, advance: Advance) -> Predictions:
        """Returns one label per example.

        Raises PredictionError for logits that are not finite, or an input that does not fit into memory.
        """
        split, payload = prepared.split, prepared.payload
        outputs = self._model.outputs(self._task)
        labels = [label for label in outputs if label is not None]
        columns = [column for column, label in enumerate(outputs) if label is not None]
        chosen = np.zeros(len(split.examples), dtype=np.int64)
        name = naming(split)

        def consume(output: Any, batch: Batch) -> None:
            logits = output.logits.float().cpu().numpy()  # (b, outputs)
            require_finite(logits, batch.rows, name, self._settings.dtype)
            chosen[batch.rows] = logits[:, columns].argmax(axis=1)

        record = self._forward.run(payload.rows, consume, advance, name=name)
        return Predictions(
            ids=[example.id for example in split.examples],
            values=[labels[index] for index in chosen],
            record={"truncated": payload.truncated, **record},
        )
