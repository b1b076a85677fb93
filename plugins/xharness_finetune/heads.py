"""One head from data to folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness import DataError, Kind

from xharness_finetune import development, network, trainer
from xharness_finetune.encoder import load_tokenizer
from xharness_finetune.features import Features, classification_rows, tagging_rows
from xharness_finetune.windows import span_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from transformers import PreTrainedTokenizerFast
    from xharness import Task, TrainRequest

    from xharness_finetune.data import TrainingData
    from xharness_finetune.encoder import Encoder
    from xharness_finetune.features import Row
    from xharness_finetune.settings import HeadSettings


def train_head(
    task: Task, data: TrainingData, settings: HeadSettings, encoder: Encoder, request: TrainRequest, folder: Path
) -> dict[str, object]:
    """Trains one head, writes it to `folder` and returns the facts for its provenance, JSON-serialisable.

    Raises CheckpointError for an encoder that cannot be read, HarnessError for a training that fails; `folder` is then
    in no defined state.
    """
    device = trainer.pick_device(request.device)
    tokenizer = load_tokenizer(encoder, split_words=task.kind == Kind.TAGGING)
    request.report(_opening(task, data))
    with trainer.seeded(request.seed):
        new = network.new_head(encoder, task)
        features = Features(_rows(task, data, tokenizer, settings))
        if not len(features):
            raise DataError(f"{task.head}: the training data ({data.source}) have no words to learn from.")
        collate = trainer.collator(task.kind, tokenizer)
        done = trainer.fit(
            new.network,
            features,
            settings,
            head=task.head,
            collate=collate,
            device=device,
            seed=request.seed,
            folder=folder,
            report=request.report,
        )
    network.save(new.network, tokenizer, folder)
    dev = development.development_record(
        task,
        request,
        data.examples,
        lambda examples: development.score_head(task, examples, new.network, tokenizer, settings, collate),
    )
    request.report(_closing(task, done, dev))
    return {
        "data": _data_record(data, features),
        "initialised": list(new.initialised),
        "device": str(device),
        "seconds": round(done.seconds, 3),
        "steps": done.steps,
        "train_loss": done.loss,
        "curve": [{"step": step, "loss": loss} for step, loss in done.curve],
        "dev": dev,
    }


def _rows(task: Task, data: TrainingData, tokenizer: PreTrainedTokenizerFast, settings: HeadSettings) -> Iterator[Row]:
    if task.kind == Kind.SPAN_QA:
        return span_rows(data.examples, tokenizer, settings)
    make = tagging_rows if task.kind == Kind.TAGGING else classification_rows
    return make(data.examples, task.labels, tokenizer, settings.length)


def _data_record(data: TrainingData, features: Features) -> dict[str, object]:
    stand_in = data.stand_in
    return {
        "source": data.source,
        "stand_in": f"stand-in file {stand_in['file']}, sha256 {stand_in['sha256']}" if stand_in else None,
        "notes": list(data.notes),
        "available": data.available,
        "skipped": data.skipped,
        "rows": len(features),
        "subwords": features.tokens,
    }


def _opening(task: Task, data: TrainingData) -> str:
    drawn = f"{len(data.examples):,} of {data.available:,} English examples of {task.name}"
    stand_in = f", from the stand-in file {data.stand_in['file']}" if data.stand_in else ""
    skipped = f"; {data.skipped:,} more are skipped, their answer is not in the context" if data.skipped else ""
    return f"{task.head}: training on {drawn}{stand_in}{skipped}"


def _closing(task: Task, done: trainer.Trained, dev: dict[str, object]) -> str:
    took = f"{task.head}: {done.steps:,} steps in {done.seconds:.0f} s, training loss {done.loss:.4f}"
    if "missing" in dev:
        return f"{took}, no dev score ({dev['missing']})"
    seen = f", {dev['seen_in_training']} of them seen in training" if dev["seen_in_training"] else ""
    return f"{took}, English dev {dev['metric']} {dev['value']:.4f} on {dev['n']} examples{seen}"
