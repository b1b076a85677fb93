"""Rows through a network, batch after batch, and the outputs back."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from xharness import PredictionError

from xharness_transformers.attention import use_blocked_attention
from xharness_transformers.batching import DoesNotFitError, in_batches
from xharness_transformers.device import default_batch_tokens, release_memory, trim_heap, width_multiple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import torch
    from numpy.typing import NDArray
    from transformers import PreTrainedModel
    from xharness import Settings, Task
    from xharness.protocols import Advance

    from xharness_transformers.checkpoint import TransformersModel
    from xharness_transformers.loaded import LoadedHead
    from xharness_transformers.rows import Batch, Rows

    Inputs: TypeAlias = Mapping[str, torch.Tensor]
    Consume: TypeAlias = Callable[[Any, Batch], None]
    """Takes what the network returned for a batch; called in inference mode."""


class Forward:
    """Runs one task's head. Remembers a budget that had to be halved, so that the next language does not fail again."""

    def __init__(self, model: TransformersModel, task: Task, settings: Settings) -> None:
        self._model = model
        self._task = task
        self._budget = settings.batch_tokens

    @property
    def head(self) -> LoadedHead:
        """The loaded head; loads it on first use."""
        return self._model.loaded(self._task)

    def run(
        self,
        rows: Rows,
        consume: Consume,
        advance: Advance,
        *,
        name: Callable[[int], str],
        call: Callable[[LoadedHead, Inputs], Any] | None = None,
    ) -> dict[str, int]:
        """Runs all rows, longest first, and calls `advance` with the subwords of each batch.

        `name` says what row i is, for messages ("xnli/sw: example 17"); `call` replaces the plain call of the network.
        Returns for the record: subwords, computed tokens (padding included) and tokens per batch.
        Raises PredictionError if a single row does not fit into memory.
        """
        import torch

        head = self.head
        use_blocked_attention(head.network)
        budget = self._budget or default_batch_tokens(head.device)
        multiple = width_multiple(head.device, head.dtype)
        pad = head.tokenizer.pad_token_id or 0
        segments = _segments(head.network)

        def compute(start: int, stop: int) -> None:
            batch = rows.batch(start, stop, pad=pad, multiple=multiple)
            inputs = _inputs(batch, head.device, segments)
            consume(head.network(**inputs) if call is None else call(head, inputs), batch)
            advance(int(batch.lengths.sum()))

        lengths = rows.lengths
        try:
            with torch.inference_mode():
                budget_left, computed = in_batches(lengths, budget, compute, multiple=multiple)
        except DoesNotFitError as err:
            release_memory(head.device)
            row = int(rows.order[err.position])
            raise PredictionError(
                f"{name(row)} has {lengths[err.position]} subwords and does not fit into the memory of {head.device} even "
                f"alone. Free memory there, take another --device, or halve the numbers with --dtype bfloat16."
            ) from err
        trim_heap()
        if budget_left != budget:
            release_memory(head.device)
            self._budget = budget_left
        return {"subwords": int(lengths.sum()), "computed_tokens": computed, "batch_tokens": budget_left}


def _segments(network: PreTrainedModel) -> int:
    """Returns how many segments the network tells apart, 0 if it takes none, whatever its tokenizer says."""
    if "token_type_ids" not in inspect.signature(network.forward).parameters:
        return 0
    return int(getattr(network.config, "type_vocab_size", 0) or 0)


def _inputs(batch: Batch, device: torch.device, segments: int) -> dict[str, torch.Tensor]:
    import torch

    arrays = {"input_ids": batch.ids, "attention_mask": batch.mask}
    if batch.types is not None and segments > 1:
        arrays["token_type_ids"] = batch.types
    return {key: torch.from_numpy(array).to(device, non_blocking=True) for key, array in arrays.items()}


def require_finite(
    values: NDArray[np.float32], rows: NDArray[np.int64], name: Callable[[int], str], dtype: str
) -> None:
    """Raises PredictionError naming the first row whose outputs, float32 (b, …), hold NaN or infinity."""
    if np.isfinite(values).all():
        return
    bad = int(np.flatnonzero(~np.isfinite(values.reshape(len(values), -1)).all(axis=1))[0])
    remedy = (
        "The weights themselves seem damaged: check the checkpoint."
        if dtype == "float32"
        else "Run with --dtype float32."
    )
    raise PredictionError(
        f"{name(int(rows[bad]))}: the network returned NaN or infinity in {dtype}; expected finite outputs. {remedy}"
    )
