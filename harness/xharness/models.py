"""How a checkpoint is asked, and what it answers about itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xharness.records import Variant

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a checkpoint is run. What could change a score is part of a cell's signature; the rest is only recorded.

    Attributes:
        device: "auto", "cpu" or "cuda:N".
        dtype: "float32", "bfloat16" or "float16".
        batch_tokens: subwords per batch, padding included; None finds one for the device.
        index: name of the offered index that searches.
        label_names: head → names of its outputs in order, for checkpoints that do not name them.
        state: hidden state that is pooled into a sentence vector, 0 = embeddings; None takes the default.
        pooling: "mean" or "cls"; None takes the default.
        special_tokens: whether [CLS] and [SEP] are pooled too; None takes the default.
        qa_decoder: "offsets" or "official"; None follows the variant.
        allow_pickle, trust_remote_code: off unless the user says otherwise.
    """

    device: str = "auto"
    dtype: str = "float32"
    batch_tokens: int | None = None
    variant: Variant = Variant.FIXED
    index: str = "flat"
    label_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    state: int | None = None
    pooling: str | None = None
    special_tokens: bool | None = None
    qa_decoder: str | None = None
    revision: str | None = None
    allow_pickle: bool = False
    trust_remote_code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The part of a checkpoint that answers a task.

    Attributes:
        name: "xnli", "squad", "encoder", or the checkpoint's own name.
        identity: SHA-256 (hex) over the bytes that make the predictions: weights, tokenizer files, configuration.
        architecture: class name as the configuration gives it.
        outputs: task labels in the order of the head's outputs, empty where it has none.
    """

    name: str
    identity: str
    architecture: str
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoHead:
    """Says why a checkpoint cannot answer a task; such a task is reported as `no head`, never scored."""

    reason: str
