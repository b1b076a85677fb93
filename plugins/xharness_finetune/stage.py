"""The stage `direct`: one head per task, each straight from the same encoder (spec/training.md §1, phases i → iii)."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness import RunError, UsageError, unknown_name

from xharness_finetune import provenance
from xharness_finetune.data import load_training_data
from xharness_finetune.encoder import find_encoder, load_tokenizer
from xharness_finetune.settings import COPIED_KINDS, head_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xharness import Task, TrainRequest

    from xharness_finetune.data import TrainingData
    from xharness_finetune.encoder import Encoder
    from xharness_finetune.settings import HeadSettings

NAME = "direct"
_SPACE_FACTOR = 1.2  # new heads, tokenizer and a margin over the encoder's own size


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """One head to make; a copy of the encoder has neither data nor settings."""

    task: Task
    made: dict[str, object]
    data: TrainingData | None = None
    settings: HeadSettings | None = None


def train(request: TrainRequest) -> Path:
    """Writes the checkpoint set that `request` asks for and returns its folder, `request.out`.

    Everything that can be checked is checked before anything is trained: settings, encoder, the data of every head, heads
    that are already there, disk space. Heads that the same request made before are kept. A head's folder is whole or absent,
    whatever interrupts the training.

    Raises UsageError, CheckpointError, DataError or RunError for what is wrong with the request, HarnessError for a
    training that fails.
    """
    from xharness_finetune.trainer import pick_device

    _check_request(request)
    pick_device(request.device)
    encoder = find_encoder(request.encoder)
    load_tokenizer(encoder)
    plans = [_plan(task, encoder, request) for task in request.tasks]
    plans = list({plan.task.head: plan for plan in reversed(plans)}.values())[::-1]
    missing = [plan for plan in plans if not provenance.is_made(request.out / plan.task.head, plan.made)]
    for plan in plans:
        if plan not in missing:
            request.report(f"{plan.task.head}: already whole in {request.out.name}, kept")
    _check_folder(request.out, encoder, len(missing))
    for plan in missing:
        with _whole_or_absent(request.out / plan.task.head) as folder:
            _make(plan, encoder, request, folder)
    return request.out


def _check_request(request: TrainRequest) -> None:
    if not request.tasks:
        raise UsageError("No task to train a head for; name at least one with --tasks.")
    trained = [task for task in request.tasks if task.kind not in COPIED_KINDS]
    heads = [task.head for task in trained]
    for task in trained:
        if heads.count(task.head) > 1:
            same = ", ".join(other.name for other in trained if other.head == task.head)
            raise UsageError(f"Head {task.head} would be trained for several tasks ({same}); ask for one of them.")
    for head in request.files:
        if head not in heads:
            raise unknown_name("head to train (as in --train-data HEAD=FILE)", head, heads)
    if request.max_examples is not None and request.max_examples < 1:
        raise UsageError(f"--max-train-examples is {request.max_examples}; expected at least 1.")


def _plan(task: Task, encoder: Encoder, request: TrainRequest) -> _Plan:
    if task.kind in COPIED_KINDS:
        return _Plan(task=task, made=provenance.copied_from(encoder, stage=NAME, head=task.head))
    settings = head_settings(task, request).within(encoder.max_length)
    data = load_training_data(task, request)
    made = provenance.made_from(task, encoder, data, settings, stage=NAME, seed=request.seed)
    return _Plan(task=task, made=made, data=data, settings=settings)


def _check_folder(out: Path, encoder: Encoder, heads: int) -> None:
    if (out / "config.json").exists():
        raise UsageError(
            f"{out} is a checkpoint itself (it has a config.json); a checkpoint set needs a folder of its own: --out FOLDER."
        )
    try:
        out.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(out).free
    except OSError as err:
        raise RunError(f"The folder {out} cannot be made ({err.strerror}); write elsewhere with --out.") from err
    needed = int(heads * encoder.size_bytes * _SPACE_FACTOR)
    if free < needed:
        raise RunError(
            f"{heads} heads need about {needed / 2**20:,.0f} MiB in {out}, where {free / 2**20:,.0f} MiB are free; make room "
            f"or write elsewhere with --out."
        )


@contextmanager
def _whole_or_absent(folder: Path) -> Iterator[Path]:
    """Yields a folder to fill that becomes `folder` when the block succeeds, and is removed when it does not."""
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)  # left behind by a process that was killed
    try:
        partial.mkdir()
        yield partial
        _sync(partial)
        partial.rename(folder)
    except OSError as err:
        raise RunError(
            f"{folder} could not be written ({err.strerror or err}); nothing of it was left. Make room or write elsewhere "
            f"(--out), then give the same command again: heads that are whole are kept."
        ) from err
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _sync(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _make(plan: _Plan, encoder: Encoder, request: TrainRequest, folder: Path) -> None:
    if plan.data is None or plan.settings is None:
        encoder.copy_to(folder)
        provenance.write(folder, plan.made, encoder, {})
        request.report(f"{plan.task.head}: copied from the encoder, which answers it untrained")
        return
    from xharness_finetune.heads import train_head

    facts = train_head(plan.task, plan.data, plan.settings, encoder, request, folder)
    provenance.write(folder, plan.made, encoder, facts)
