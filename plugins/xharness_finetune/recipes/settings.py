"""How each head is trained: one table, with its source."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from xharness import Kind, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xharness import Task, TrainRequest

COPIED_KINDS = frozenset({Kind.RETRIEVAL, Kind.MINING})
"""Kinds that are answered by the encoder as it is: there is nothing to fine-tune (spec/training.md §1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadSettings:
    """What decides a head's weights, besides encoder, data and seed.

    Attributes:
        learning_rate: peak of a linear warm-up and linear decay to 0.
        batch_size: rows (sentences, pairs, windows) per optimiser step.
        epochs: passes over the data; a fraction is allowed.
        max_steps: at most so many optimiser steps, whatever the epochs say; the schedule is laid over the steps taken.
        length: subwords per row, special tokens included.
        warmup: share of the steps in which the learning rate rises.
        weight_decay: on all weights but biases and LayerNorm.
        adam_epsilon: AdamW's epsilon; its betas are 0.9 and 0.999.
        clip: largest norm of the gradient.
        window_step: span questions: context subwords from the start of a window to the start of the next.
        question_length: span questions: subwords after which a question is cut.
        dtype: in which everything is computed.
    """

    learning_rate: float = 1e-5
    batch_size: int
    epochs: float
    max_steps: int | None = None
    length: int = 256
    warmup: float = 0.1
    weight_decay: float = 0.01
    adam_epsilon: float = 1e-8
    clip: float = 1.0
    window_step: int = 128
    question_length: int = 64
    dtype: str = "float32"

    def steps(self, rows: int) -> int:
        """Returns the optimiser steps that `rows` rows take, at least 1."""
        wanted = max(1, math.ceil(self.epochs * math.ceil(rows / self.batch_size)))
        return wanted if self.max_steps is None else min(wanted, self.max_steps)

    def within(self, max_length: int | None) -> HeadSettings:
        """Returns the same for an encoder that takes at most `max_length` subwords."""
        if max_length is None or max_length >= self.length:
            return self
        return replace(self, length=max_length, question_length=min(self.question_length, max_length // 3))

    def record(self) -> dict[str, object]:
        """Returns all settings, JSON-serialisable."""
        return asdict(self)


# jiant's target settings as spec/training.md §3 gives them: learning rate 1e-5, batch and epochs as below, length 256 and
# 384 for questions, 10 % warm-up. Weight decay 0.01, epsilon 1e-8: jiant/shared/model_setup.py, create_optimizer_from_params.
# Windows and question length: spec/xtreme.md §3.3. Gradient clip 1.0: spec/xtreme.md §4.
TARGET_SETTINGS: Mapping[str, HeadSettings] = {
    "xnli": HeadSettings(batch_size=32, epochs=2),
    "pawsx": HeadSettings(batch_size=32, epochs=5),
    "udpos": HeadSettings(batch_size=32, epochs=10),
    "panx": HeadSettings(batch_size=32, epochs=10),
    "squad": HeadSettings(batch_size=16, epochs=2, length=384),
    "tydiqa": HeadSettings(batch_size=16, epochs=2, length=384),
}

# For heads that the table does not name (tasks of other plugins): the settings of the like head above.
_LIKE: Mapping[str, str] = {
    Kind.CLASSIFICATION: "pawsx",
    Kind.PAIR_CLASSIFICATION: "pawsx",
    Kind.TAGGING: "udpos",
    Kind.SPAN_QA: "squad",
}

TRAINED_KINDS = frozenset(_LIKE)
"""Kinds for which a head can be trained."""


def head_settings(task: Task, request: TrainRequest) -> HeadSettings:
    """Returns the settings of a task's head: the table's, with what the request overrides.

    Raises UsageError for a kind that cannot be trained and for a value out of range.
    """
    if task.kind not in TRAINED_KINDS:
        raise UsageError(
            f"{task.name}: no head can be trained for tasks of kind {task.kind!r}; leave the task out (--tasks) or use a "
            f"stage that trains it. Kinds that `direct` trains: {', '.join(sorted(TRAINED_KINDS))}."
        )
    overrides = {
        name: value
        for name in ("learning_rate", "batch_size", "epochs", "max_steps")
        if (value := getattr(request, name)) is not None
    }
    for name, value in overrides.items():
        if not 0 < value < math.inf:
            raise UsageError(f"--{name.replace('_', '-')} is {value}; expected a number above 0.")
    found = TARGET_SETTINGS.get(task.head) or TARGET_SETTINGS[_LIKE[task.kind]]
    return replace(found, **overrides)
