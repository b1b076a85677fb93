"""One head's training: transformers' Trainer with our batches, progress lines, and no way past a NaN."""

from __future__ import annotations

import random
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch  # noqa: TID253  # work path only: this module is imported when training begins
from torch.utils.data import DataLoader  # noqa: TID253  # work path only
from transformers import (  # noqa: TID253  # work path only
    DataCollatorForTokenClassification,
    DataCollatorWithPadding,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)
from xharness import HarnessError, Kind, UsageError

from xharness_finetune.batches import LengthBatches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from transformers import PreTrainedModel, PreTrainedTokenizerFast

    from xharness_finetune.features import Features, Row
    from xharness_finetune.settings import HeadSettings

_REPORTS = 20  # progress lines and points of the loss curve per head


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What came of a head's training.

    Attributes:
        curve: (step, mean training loss of the steps since the point before), in order.
        loss: the last point's loss.
    """

    steps: int
    seconds: float
    loss: float
    curve: tuple[tuple[int, float], ...]


def pick_device(wanted: str) -> torch.device:
    """Returns the device for "auto", "cpu", "cuda" or "cuda:0"; raises UsageError for any other and for an absent one."""
    if wanted == "auto":
        return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    if wanted == "cpu":
        return torch.device("cpu")
    if not re.fullmatch(r"cuda(:\d+)?", wanted):
        raise UsageError(f"There is no device {wanted!r} to train on; expected auto, cpu or cuda:0.")
    if not torch.cuda.is_available():
        raise UsageError(f"Training on {wanted} was asked for, but torch sees no CUDA device; use --device cpu.")
    if wanted not in ("cuda", "cuda:0"):
        # Accepted limit: transformers' Trainer trains on the first visible GPU unless a launcher starts it.
        raise UsageError(
            f"Training uses the first GPU that it sees: instead of --device {wanted}, set CUDA_VISIBLE_DEVICES="
            f"{wanted.removeprefix('cuda:')} and use --device cuda:0."
        )
    return torch.device("cuda:0")


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seeds Python's, numpy's and torch's global generators, which the Trainer draws from, and restores them after."""
    python_state, numpy_state = random.getstate(), np.random.get_state()
    with torch.random.fork_rng():
        random.seed(seed)
        np.random.seed(seed % 2**32)
        torch.manual_seed(seed)
        try:
            yield
        finally:
            random.setstate(python_state)
            np.random.set_state(numpy_state)


def collator(kind: str, tokenizer: PreTrainedTokenizerFast) -> Callable[[Sequence[Row]], dict[str, torch.Tensor]]:
    """Returns what pads rows to the longest of their batch and stacks them."""
    made = DataCollatorForTokenClassification if kind == Kind.TAGGING else DataCollatorWithPadding
    collate: Callable[[Sequence[Row]], dict[str, torch.Tensor]] = made(tokenizer)
    return collate


def fit(
    network: PreTrainedModel,
    features: Features,
    settings: HeadSettings,
    *,
    head: str,
    collate: Callable[..., Any],
    device: torch.device,
    seed: int,
    folder: Path,
    report: Callable[[str], None],
) -> Trained:
    """Trains `network` in place on all of its parameters.

    The same network, features, settings and seed give the same weights on the CPU with the same number of threads. Rows
    are drawn without repetition in each epoch and batched with others of about their length. `folder` must exist; nothing
    is written there.

    Raises HarnessError as soon as a loss is not finite, if the final weights are not, or if memory runs out.
    """
    steps = settings.steps(len(features))
    progress = _Progress(head=head, steps=steps, rows_per_step=settings.batch_size, report=report)
    arguments = _arguments(settings, steps=steps, device=device, seed=seed, folder=folder)
    trainer = _HeadTrainer(
        model=network, args=arguments, train_dataset=features, data_collator=collate, callbacks=[progress]
    )
    trainer.head = head
    trainer.remove_callback(PrinterCallback)
    began = time.perf_counter()
    try:
        trainer.train()
    except torch.OutOfMemoryError as err:
        raise HarnessError(
            f"{head}: memory of {device} ran out while training with batches of {settings.batch_size} rows of at most "
            f"{settings.length} subwords; use a smaller --batch-size, or --device cpu. The head was not written."
        ) from err
    if not all(bool(torch.isfinite(weights).all()) for weights in network.parameters()):
        raise _not_finite(head, steps, "a weight")
    return Trained(
        steps=trainer.state.global_step,
        seconds=time.perf_counter() - began,
        loss=progress.curve[-1][1],
        curve=tuple(progress.curve),
    )


def _arguments(
    settings: HeadSettings, *, steps: int, device: torch.device, seed: int, folder: Path
) -> TrainingArguments:
    arguments = TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=settings.batch_size,
        max_steps=steps,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=round(settings.warmup * steps),
        optim="adamw_torch",
        adam_epsilon=settings.adam_epsilon,
        weight_decay=settings.weight_decay,
        max_grad_norm=settings.clip,
        logging_strategy="steps",
        logging_steps=max(1, steps // _REPORTS),
        logging_nan_inf_filter=False,  # a loss that is not a number stops the training instead
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=device.type == "cuda",
        use_cpu=device.type == "cpu",
        seed=seed,
    )
    if arguments.n_gpu > 1:
        arguments._n_gpu = 1  # several GPUs are for a launcher, not for DataParallel
    return arguments


def _not_finite(head: str, step: int, what: str) -> HarnessError:
    return HarnessError(
        f"{head}: {what} became NaN or infinite at step {step:,}; the training stopped and the head was not written. Use a "
        f"smaller --learning-rate or a larger --batch-size, and check that the encoder's own weights are finite."
    )


class _HeadTrainer(Trainer):  # type: ignore[misc]  # transformers is untyped
    head = ""

    def get_train_dataloader(self) -> Any:
        batches = LengthBatches(self.train_dataset.lengths, self.args.train_batch_size, seed=self.args.seed)
        pinned = self.args.dataloader_pin_memory
        loader = DataLoader(self.train_dataset, batch_sampler=batches, collate_fn=self.data_collator, pin_memory=pinned)
        return self.accelerator.prepare(loader)

    def training_step(self, *args: Any, **kwargs: Any) -> torch.Tensor:
        loss: torch.Tensor = super().training_step(*args, **kwargs)
        if not bool(torch.isfinite(loss)):
            raise _not_finite(self.head, self.state.global_step + 1, "the loss")
        return loss


class _Progress(TrainerCallback):  # type: ignore[misc]  # transformers is untyped
    """Says every few per cent of the steps how far it is, and keeps the loss curve."""

    def __init__(self, *, head: str, steps: int, rows_per_step: int, report: Callable[[str], None]) -> None:
        self.head = head
        self.steps = steps
        self.rows_per_step = rows_per_step
        self.report = report
        self.curve: list[tuple[int, float]] = []
        self.began = 0.0

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        self.began = time.perf_counter()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        del args
        control.should_log = control.should_log or state.global_step == self.steps  # the curve ends at the end
        return control

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        del args, control
        if logs is None or "loss" not in logs:
            return
        step = state.global_step
        self.curve.append((step, float(logs["loss"])))
        seconds = time.perf_counter() - self.began
        self.report(
            f"{self.head}: step {step:,} of {self.steps:,}, loss {logs['loss']:.4f}, "
            f"{step * self.rows_per_step / seconds:,.0f} rows/s, {_span(seconds / step * (self.steps - step))} left"
        )


def _span(seconds: float) -> str:
    """Returns a time in words: "42 s", "3 min", "2 h 5 min"."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
