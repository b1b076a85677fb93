"""Translation ranking: which of a batch's second sentences translates the first (Yang et al. 2019, arXiv:1902.08564)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch  # noqa: TID253  # work path only
from torch import nn  # noqa: TID253  # work path only
from xharness import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transformers import PreTrainedModel


class TranslationRanking(nn.Module):
    """An encoder whose mean-pooled vectors of a sentence and of its translation are to be nearer than those of others.

    What it does not have itself (configuration, recomputed activations) is the encoder's.
    """

    def __init__(
        self, body: PreTrainedModel, *, states: Sequence[int] | None, temperature: float, subwords: bool = False
    ) -> None:
        """Raises UsageError for a hidden state that the encoder does not have."""
        super().__init__()
        layers = int(body.config.num_hidden_layers)
        if states is not None and max(states) > layers:
            raise UsageError(
                f"intermediate.translation.states has {max(states)}; the encoder has {layers} layers: expected 0 (embeddings) "
                f"to {layers}."
            )
        self.body = body
        self.states = (pooled_state(layers),) if states is None else tuple(states)
        self.temperature = temperature
        self.subwords = subwords

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("body"), name)

    def forward(self, labels: torch.Tensor, **inputs: torch.Tensor) -> dict[str, torch.Tensor]:
        """Returns the loss () of a batch: int64 (pairs, 2, subwords) inputs, `labels` (pairs,) the numbers of their lines.

        Of two pairs with the same number neither is a wrong answer for the other.
        """
        flat = {name: values.flatten(0, 1) for name, values in inputs.items()}  # (2 pairs, subwords)
        states = self.body(**flat, output_hidden_states=True).hidden_states
        losses = [self._loss(states[state], flat["attention_mask"], labels) for state in self.states]
        return {"loss": torch.stack(losses).mean()}

    def _loss(self, state: torch.Tensor, visible: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        mask = visible.unsqueeze(-1).to(state.dtype)  # (2 pairs, subwords, 1)
        loss = self._ranked(_pooled(state, mask), labels)
        return (loss + self._ranked(_matched(state, mask), labels)) / 2 if self.subwords else loss

    def _ranked(self, cosines: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        scores = cosines / self.temperature  # (pairs, pairs)
        same = (labels[:, None] == labels[None, :]) & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
        scores = scores.masked_fill(same, torch.finfo(scores.dtype).min)
        right = torch.arange(len(labels), device=labels.device)
        return (nn.functional.cross_entropy(scores, right) + nn.functional.cross_entropy(scores.T, right)) / 2


def _pooled(state: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Returns the cosine of every first sentence's mean vector with every second one's, (pairs, pairs)."""
    vectors = nn.functional.normalize((state * mask).sum(dim=1) / mask.sum(dim=1), dim=-1)  # (2 pairs, width)
    return vectors[::2] @ vectors[1::2].T


def _matched(state: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Returns how well the subwords of every first sentence match those of every second one, (pairs, pairs) in [-1, 1].

    The mean over the subwords of one sentence of the cosine with the nearest of the other, in both directions.
    """
    vectors = nn.functional.normalize(state, dim=-1)  # (2 pairs, subwords, width)
    cosines = torch.einsum("asw,btw->abst", vectors[::2], vectors[1::2])
    first, second = mask[::2, None, :, :], mask[None, 1::2, None, :, 0]  # (a, 1, s, 1), (1, b, 1, t)
    cosines = cosines.masked_fill((first * second) == 0, -1.0)
    forth = (cosines.amax(dim=3) * first[..., 0]).sum(dim=2) / first[..., 0].sum(dim=2)
    back = (cosines.amax(dim=2) * second[:, :, 0]).sum(dim=2) / second[:, :, 0].sum(dim=2)
    return (forth + back) / 2


def pooled_state(layers: int) -> int:
    """Returns the hidden state that retrieval is answered with by default, 0 = embeddings.

    XTREME's scripts pool state 8 of 12, 12 of 16 and 14 of 24 (run_tatoeba.sh); for other depths two thirds, as 8 of 12 is.
    """
    return {12: 8, 16: 12, 24: 14}.get(layers, round(2 * layers / 3))
