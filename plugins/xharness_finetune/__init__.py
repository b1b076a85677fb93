"""Turns bare encoders into checkpoint sets: one head per task, fine-tuned on English data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness import TrainingStage, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from xharness import TrainRequest


@hookimpl
def xharness_training_stages() -> Iterable[TrainingStage]:
    """Offers `direct`: every head straight from the encoder, without an intermediate task."""
    return [
        TrainingStage(
            name="direct",
            description="Fine-tunes one head per task on its English training data, straight from the encoder.",
            train=_train_direct,
        )
    ]


def _train_direct(request: TrainRequest) -> Path:
    from xharness_finetune.direct import train

    return train(request)
