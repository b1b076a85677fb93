"""What a predictor gets from a checkpoint: a network on its device, its tokenizer, and what its outputs mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerFast


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooling:
    """How a sentence-transformers directory turns hidden states into a sentence vector.

    Attributes:
        mode: "mean" (over all tokens, [CLS] and [SEP] included), "cls" or "max".
        state: index of the pooled hidden state, 0 = embeddings; these directories always pool the last one.
        normalize: the vector is scaled to length 1.
        max_length: subwords per sentence, special tokens included; None where the directory does not say.
    """

    mode: str
    state: int
    normalize: bool
    max_length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedHead:
    """A network ready to run.

    Attributes:
        network: in eval mode, on `device`, in `dtype`; the bare encoder for retrieval and mining, else with its head.
        tokenizer: a fast one (character offsets, word ids).
        outputs: task label of every output, in the network's order; None = an output outside the task's label set,
            never predicted. Empty for span questions and encoders.
        max_positions: the largest input that the network takes, in subwords, special tokens included.
        pooling: a sentence-transformers directory's own, else None.
    """

    network: PreTrainedModel
    tokenizer: PreTrainedTokenizerFast
    device: torch.device
    dtype: torch.dtype
    outputs: tuple[str | None, ...]
    max_positions: int
    pooling: Pooling | None
