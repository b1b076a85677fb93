"""What the engine is given, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import torch
    from transformers import PreTrainedModel

    from xharness_finetune.networks.lora import Apart
    from xharness_finetune.recipes.settings import RunSettings
    from xharness_finetune.rows.features import Row


class Rows(Protocol):
    """Rows of one task, read one by one; `Features` is one."""

    @property
    def lengths(self) -> Sequence[int]:
        """Subwords of each row, special tokens included: rows of about equal length are batched together."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Row: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One task's share of a training.

    Attributes:
        name: task or head, for messages and the curve.
        network: a transformers model with this task's head; the parts of one job share their encoder's parameters. Called
            with a collated batch it returns an output with a `loss`.
        collate: rows and the running number of their batch in the training → tensors, padded to the longest row. Whatever
            is random in it (masking) comes from that number, so that a resumed training draws the same.
        weight: probability of a batch being this part's, above 0; all weights of a job sum to 1.
    """

    name: str
    network: PreTrainedModel
    rows: Rows
    collate: Callable[[Sequence[Row], int], dict[str, torch.Tensor]]
    batch_size: int
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One training: all parts on one shared encoder, one part per batch.

    Attributes:
        name: head or phase, for messages.
        steps: optimiser steps of the whole schedule.
        work: folder for resumable checkpoints; the caller made it, checked that what is in it is of this same job, and
            removes it in the end.
        develop: scores the networks as they are, with all dropout off, and returns a fraction (higher is better); must draw
            no random numbers. None where there are no development data.
        drawn: names of the encoder's parameters that were drawn at random; with adapters these are trained whole.
    """

    name: str
    parts: tuple[Part, ...]
    run: RunSettings
    steps: int
    seed: int
    device: torch.device
    work: Path
    report: Callable[[str], None]
    develop: Callable[[], float] | None = None
    drawn: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What came of a job; the parts' networks hold the weights, merged where adapters were trained.

    Attributes:
        steps: those taken; fewer than asked for where the training ended early.
        kept_step: the step whose weights are kept.
        seconds: of training, over all the processes that took part in it (one that was killed counts to its last checkpoint).
        loss: the last point's loss.
        curve: (step, mean training loss of the steps since the point before), in order.
        dev_curve: (step, development score), in order; empty without `dev_every`.
        resumed_from: steps at which it was resumed.
        apart: adapters that are to be stored apart from the encoder; None otherwise.
        facts: anything else worth recording (adapter parameters, dtype in use, tokens), JSON-serialisable.
    """

    steps: int
    kept_step: int
    seconds: float
    loss: float
    curve: tuple[tuple[int, float], ...]
    dev_curve: tuple[tuple[int, float], ...] = ()
    resumed_from: tuple[int, ...] = ()
    facts: Mapping[str, Any]
    apart: Apart | None = None
