"""What decides a training's outcome besides encoder, data and seed: one record for the run, one for each task in it.

The same records, with every field optional, are the tables of a recipe file.
"""

from __future__ import annotations

import math
from pathlib import Path  # noqa: TC003  # pydantic reads annotations at run time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, lt=math.inf)]
Count = Annotated[int, Field(ge=1)]


class Lora(BaseModel):
    """Low-rank adapters instead of all weights (Hu et al. 2021).

    Attributes:
        rank, alpha, dropout: as PEFT's LoraConfig has them.
        modules: names of the modules that get one; "all-linear" takes every linear layer of the encoder.
        merge: true adds them to the weights at the end, so that a head is a network of its own. false, for heads only: a head
            is a PEFT adapter directory on the set's own encoder, a small fraction of the size.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rank: Count = 8
    alpha: Positive = 16.0
    dropout: Share = 0.05
    modules: Literal["all-linear"] | tuple[str, ...] = "all-linear"
    merge: bool = True


class RunSettings(BaseModel):
    """How one training goes, whatever tasks are in it.

    Attributes:
        learning_rate: peak of a linear warm-up and linear decay to 0.
        warmup: share of the steps in which the learning rate rises.
        warmup_steps: the same in steps; where given, it counts instead of `warmup`.
        max_steps: at most so many optimiser steps; the schedule is laid over the steps taken.
        accumulate: batches per optimiser step.
        weight_decay: on all weights but biases and LayerNorm.
        adam_epsilon: AdamW's epsilon; its betas are 0.9 and 0.999.
        clip: largest norm of the gradient.
        dtype: "auto" is bfloat16 on a GPU that has it, else float32. Weights are float32 in any case.
        dev_every: steps from one development score to the next; None scores at the end only.
        patience: ends the training after so many development scores without a better one; None never does.
        keep: "last" or "best" (by development score; needs dev_every) weights.
        checkpoint_every: steps from one resumable checkpoint to the next (dev_every, where given, counts instead).
        gradient_checkpointing: recomputes activations in the backward pass: less memory, about a third more time.
        lora: trains adapters and heads only.
        stored: in what the weights are rounded, before they are scored, and written; they are trained in float32.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    learning_rate: Positive = 1e-5
    warmup: Share = 0.1
    warmup_steps: Annotated[int, Field(ge=0)] | None = None
    max_steps: Count | None = None
    accumulate: Count = 1
    weight_decay: Annotated[float, Field(ge=0, lt=math.inf)] = 0.01
    adam_epsilon: Positive = 1e-8
    clip: Positive = 1.0
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    dev_every: Count | None = None
    patience: Count | None = None
    keep: Literal["last", "best"] = "last"
    checkpoint_every: Count = 500
    gradient_checkpointing: bool = False
    lora: Lora | None = None
    stored: Literal["float32", "bfloat16", "float16"] = "float32"


class TaskSettings(BaseModel):
    """How one task takes part in a training.

    Attributes:
        batch_size: rows (sentences, pairs, windows, questions with all their options) per batch.
        epochs: passes over the data; a fraction is allowed.
        length: subwords per row, special tokens included.
        window_step: span questions: context subwords from the start of a window to the start of the next.
        question_length: span questions: subwords after which a question is cut.
        languages: of the training data, one after the other.
        file, dev_file: read instead of what the task's own layout names (one language only).
        max_examples: at most so many training examples, drawn with seed and task name.
        holdout: share of the training examples that is held out, by whole paragraphs or premises, as development data in the
            place of the task's own.
        dev_examples: the first so many development examples are scored (jiant: 500, spec/training.md §3).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    batch_size: Count = 32
    epochs: Positive = 2.0
    length: Annotated[int, Field(ge=16)] = 256
    window_step: Count = 128
    question_length: Count = 64
    languages: Annotated[tuple[str, ...], Field(min_length=1)] = ("en",)
    file: Path | None = None
    dev_file: Path | None = None
    max_examples: Count | None = None
    holdout: Share | None = None
    dev_examples: Count = 500

    def within(self, max_length: int | None) -> TaskSettings:
        """Returns the same for an encoder that takes at most `max_length` subwords."""
        if max_length is None or max_length >= self.length:
            return self
        return self.model_copy(
            update={"length": max_length, "question_length": min(self.question_length, max_length // 3)}
        )

    def batches(self, rows: int) -> int:
        """Returns how many batches `epochs` passes over `rows` rows take, at least 1."""
        return max(1, math.ceil(self.epochs * math.ceil(rows / self.batch_size)))
