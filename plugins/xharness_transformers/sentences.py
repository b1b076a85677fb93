"""Sentences as vectors: one hidden state, pooled (spec §3.4)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from xharness import Kind, UsageError, Variant

from xharness_transformers.forward import Forward, require_finite
from xharness_transformers.inputs import longest_input
from xharness_transformers.states import default_state, hidden_state
from xharness_transformers.subwords import Subwords

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import torch
    from xharness import Settings, Task
    from xharness.protocols import Advance, Float32s

    from xharness_transformers.checkpoint import TransformersModel
    from xharness_transformers.loaded import LoadedHead, Pooling
    from xharness_transformers.rows import Batch, Indices, Rows

POOLINGS = ("mean", "cls", "max")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Payload:
    """Distinct texts as rows; `firsts` int64 (rows,): where each stands first; `copies` int64 (n,): row of each text."""

    rows: Rows
    firsts: Indices
    copies: Indices
    truncated: int


class TransformerSentences:
    """Encodes sentences by one hidden state of the bare encoder; equal texts are encoded once.

    A sentence-transformers directory is pooled as it says itself, at its last state. Everything else is pooled over all
    tokens, [CLS] and [SEP] included, at the state that XTREME's scripts take for that depth. Settings override each part.
    Units of work are subwords, special tokens included.
    """

    def __init__(self, model: TransformersModel, task: Task, settings: Settings) -> None:
        """Raises UsageError for a state or a pooling that does not exist."""
        self._model = model
        self._task = task
        self._settings = settings
        self._layers = model.layers(task)
        own = model.pooling(task)
        self._state = _state(task, settings, own, self._layers)
        self._pooling = settings.pooling or (own.mode if own else "mean")
        if self._pooling not in POOLINGS:
            raise UsageError(f"--pooling {self._pooling}: expected one of {', '.join(POOLINGS)}.")
        self._specials = True if settings.special_tokens is None else settings.special_tokens
        self._max_length = min(
            longest_input(model, task), own.max_length if own and own.max_length else task.max_length
        )
        self._forward = Forward(model, task, settings)
        self.signature: Mapping[str, str | int | float | bool] = {
            "state": self._state,
            "pooling": self._pooling,
            "special_tokens": self._specials,
            "max_length": self._max_length,
            "dtype": settings.dtype,
        }

    @cached_property
    def _subwords(self) -> Subwords:
        return Subwords(self._model.tokenizer(self._task))

    @cached_property
    def _margins(self) -> tuple[int, int]:
        """How many special tokens stand before and after a sentence."""
        template = self._subwords.single()
        return len(template.before), len(template.after)

    def prepare(self, texts: Sequence[str]) -> tuple[Any, int]:
        """Tokenises every distinct text once; thread-safe. Returns the texts made ready, and their subwords."""
        index: dict[str, int] = {}
        copies = np.array([index.setdefault(text, len(index)) for text in texts], dtype=np.int64)
        firsts = np.zeros(len(index), dtype=np.int64)
        firsts[copies[::-1]] = np.arange(len(texts) - 1, -1, -1)
        rows, truncated = self._subwords.rows(list(index), self._max_length)
        return _Payload(rows=rows, firsts=firsts, copies=copies, truncated=truncated), len(rows.tokens)

    def encode(self, prepared: Any, advance: Advance) -> Float32s:
        """Returns float32 (n, width), rows in the order of the texts, not normalised.

        Raises PredictionError for vectors that are not finite, or a text that does not fit into memory.
        """
        payload: _Payload = prepared
        vectors: list[Float32s] = []

        def name(row: int) -> str:
            return f"{self._task.name}: sentence {int(payload.firsts[row])} (counted from 0)"

        def consume(pooled: torch.Tensor, batch: Batch) -> None:
            values = pooled.cpu().numpy()
            require_finite(values, batch.rows, name, self._settings.dtype)
            if not vectors:
                vectors.append(np.empty((len(payload.copies), values.shape[1]), dtype=np.float32))
            vectors[0][payload.firsts[batch.rows]] = values

        self._forward.run(payload.rows, consume, advance, name=name, call=self._pooled)
        if not vectors:
            return np.empty((0, int(self._forward.head.network.config.hidden_size)), dtype=np.float32)
        repeated = payload.firsts[payload.copies]
        later = np.flatnonzero(repeated != np.arange(len(repeated)))
        vectors[0][later] = vectors[0][repeated[later]]
        return vectors[0]

    def _pooled(self, head: LoadedHead, inputs: Mapping[str, torch.Tensor]) -> torch.Tensor:
        state = hidden_state(head.network, inputs, self._state, self._layers).float()  # (b, width, hidden)
        if self._pooling == "cls":
            return state[:, 0]
        mask = inputs["attention_mask"] if self._specials else _inner(inputs["attention_mask"], *self._margins)
        if self._pooling == "max":
            return state.masked_fill(mask[:, :, None] == 0, -float("inf")).amax(dim=1)
        weights = mask.float()[:, None, :]
        return (weights @ state)[:, 0] / weights.sum(dim=2)


def _state(task: Task, settings: Settings, own: Pooling | None, layers: int) -> int:
    """Returns the hidden state that is pooled, 0 to `layers`."""
    if settings.state is not None:
        if not 0 <= settings.state <= layers:
            raise UsageError(
                f"--state {settings.state}: the encoder has {layers} layers; expected 0 (embeddings) to {layers}."
            )
        return settings.state
    if own is not None:
        return own.state
    if settings.variant == Variant.PAPER and task.kind == Kind.MINING and layers == 24:
        return 20  # run_bucc2018.sh keeps the last 12 of 24 states and takes the eighth of them
    return default_state(layers)


def _inner(mask: torch.Tensor, before: int, after: int) -> torch.Tensor:
    """Returns the mask without special tokens; a row that has nothing else keeps them."""
    import torch

    places = torch.arange(mask.shape[1], device=mask.device)
    lengths = mask.sum(dim=1, keepdim=True)
    inner = mask * ((places >= before) & (places < lengths - after))
    return torch.where(inner.any(dim=1, keepdim=True), inner, mask)
