"""transformers' Trainer, for several networks on one encoder, with our batches, checkpoints and notes."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import torch  # noqa: TID253  # work path only
from torch.utils.data import DataLoader  # noqa: TID253  # work path only
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments  # noqa: TID253  # work path only

from xharness_finetune.engine import precision, resume

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from transformers import PreTrainedModel

    from xharness_finetune.engine.feeding import Fed, Feed
    from xharness_finetune.engine.jobs import Job
    from xharness_finetune.engine.progress import Progress

_LOSSES_AT_ONCE = 8  # steps whose losses stay on a GPU until they are looked at, which waits for the GPU


class Networks(torch.nn.Module):
    """The parts' networks as one module; parameters that they share count once."""

    accepts_loss_kwargs = False  # each batch's loss is a mean of its own, whatever else is in the step

    def __init__(self, networks: Sequence[PreTrainedModel]) -> None:
        super().__init__()
        self.networks = torch.nn.ModuleList(networks)

    def forward(self, part: int, tensors: dict[str, torch.Tensor]) -> torch.Tensor:
        """Returns the loss () of a batch of one part."""
        loss: torch.Tensor = self.networks[part](**tensors)["loss"]
        return loss


class JobTrainer(Trainer):  # type: ignore[misc]  # transformers is untyped
    """Trains all parts of a job; weight decay, schedule, clipping, accumulation and several processes are the Trainer's."""

    def __init__(
        self, job: Job, networks: Networks, feed: Feed, progress: Progress, *, arguments: TrainingArguments, dtype: str
    ) -> None:
        self.job = job
        self.feed = feed
        self.progress = progress
        self.dtype = dtype
        self.kept = 0
        self._losses: list[tuple[int, int, float, torch.Tensor]] = []
        super().__init__(
            model=networks,
            args=arguments,
            train_dataset=feed,
            data_collator=feed.collate,
            callbacks=[_AfterEachStep(self)],
        )
        self.remove_callback(PrinterCallback)

    # ---- batches ----------------------------------------------------------------------------------------------

    def get_train_dataloader(self) -> DataLoader[Any]:
        """Returns the whole training's batches, this process's rows of them."""
        schedule = self.feed.schedule(self.job.steps * self.job.run.accumulate, seed=self.job.seed)
        pinned = self.args.dataloader_pin_memory
        return DataLoader(self.feed, batch_sampler=schedule, collate_fn=self.feed.collate, pin_memory=pinned)

    def get_batch_samples(self, *given: Any, **named: Any) -> Any:
        """Counts the time in which the networks wait for data."""
        started = time.perf_counter()
        batches = super().get_batch_samples(*given, **named)
        self.progress.notes.waited += time.perf_counter() - started
        return batches

    # ---- losses -----------------------------------------------------------------------------------------------

    def compute_loss(self, model: torch.nn.Module, inputs: Fed, **_: Any) -> torch.Tensor:
        """Returns the batch's loss; one that is not finite ends the training (on a GPU up to eight steps later)."""
        with precision.products_in(self.dtype, self.args.device):
            loss: torch.Tensor = model(inputs["part"], inputs["tensors"])
        loss = loss.float() * inputs["share"] if inputs["share"] != 1 else loss.float()
        self.progress.saw(inputs["part"], rows=inputs["rows"], subwords=inputs["subwords"])
        step = self.state.global_step + 1
        self._losses.append((step, inputs["part"], self._get_learning_rate(), loss.detach()))
        if loss.device.type == "cpu":
            self.look_at_losses()
        return loss

    def look_at_losses(self) -> None:
        """Notes the losses since the last look, the mean over all processes. Raises HarnessError if one is not finite."""
        if not self._losses:
            return
        values = torch.stack([loss for *_, loss in self._losses])
        if self.args.world_size > 1:
            values = self.accelerator.reduce(values, reduction="mean")
        for (step, part, rate, _), value in zip(self._losses, values.double().tolist(), strict=True):
            if not abs(value) < float("inf"):
                raise self.progress.not_finite(step=step, part=part, rate=rate, kept=self.what_is_kept())
            self.progress.loss(part, value)
        self._losses.clear()

    def check_weights(self) -> None:
        """Raises HarnessError if a weight is not finite."""
        if not all(bool(torch.isfinite(value).all()) for value in resume.trained(self.model).values()):
            rate = 0.0 if self.lr_scheduler is None else self._get_learning_rate()
            step = self.progress.notes.step
            raise self.progress.not_finite(step=step, part=None, rate=rate, kept=self.what_is_kept())

    def what_is_kept(self) -> str:
        """Returns in words which checkpoint there is."""
        return (
            f"the checkpoint of step {self.kept:,} in {self.job.work}"
            if self.kept
            else f"no checkpoint in {self.job.work}"
        )

    def losses_are_due(self) -> bool:
        """Returns whether enough losses wait to be looked at."""
        return len(self._losses) >= _LOSSES_AT_ONCE * self.job.run.accumulate

    # ---- checkpoints ------------------------------------------------------------------------------------------

    def _save_checkpoint(self, model: torch.nn.Module, trial: Any) -> None:
        """Writes a checkpoint, whole or not at all, and removes those that are no longer needed."""
        del model, trial
        work, step = self.job.work, self.state.global_step
        self.check_weights()
        self.progress.tick()
        partial = resume.partial_of(work, step)
        with resume.writing(self.job.name, work, partial):
            if self.args.should_save:
                partial.mkdir(parents=True, exist_ok=True)
            self.accelerator.wait_for_everyone()
            self._save_rng_state(str(partial))
            self.accelerator.wait_for_everyone()
            if self.args.should_save:
                self._write(partial)
                partial.rename(resume.folder_of(work, step))
                resume.tidy(work, {step, self.progress.kept_step()})
        self.kept = step
        self.progress.tick()

    def _write(self, partial: Path) -> None:
        resume.save_weights(self.model, partial / resume.WEIGHTS)
        self._save_optimizer_and_scheduler(str(partial))
        (partial / resume.PROGRESS).write_text(json.dumps(self.progress.notes.as_json()), encoding="utf-8")
        self.state.save_to_json(str(partial / "trainer_state.json"))

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: torch.nn.Module | None = None) -> None:
        from pathlib import Path

        resume.load_weights(model or self.model, Path(resume_from_checkpoint) / resume.WEIGHTS)


class _AfterEachStep(TrainerCallback):  # type: ignore[misc]  # transformers is untyped
    """After each step: notes, a development score where one is due, and whether to write a checkpoint or to stop."""

    def __init__(self, trainer: JobTrainer) -> None:
        self.trainer = trainer

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        del args
        trainer, progress, run = self.trainer, self.trainer.progress, self.trainer.job.run
        step, last = state.global_step, state.global_step >= self.trainer.job.steps
        every = run.dev_every or run.checkpoint_every
        due = step % every == 0
        scores = run.dev_every is not None and (due or last)
        if due or progress.wants_losses(step, last=last) or trainer.losses_are_due():
            trainer.look_at_losses()
        if scores:
            progress.scored(step, _development_score(trainer))
        notes = progress.notes
        notes.stopped = run.patience is not None and scores and notes.since_best >= run.patience and not last
        progress.stepped(step, last=last or notes.stopped)
        control.should_save = due and not last
        control.should_training_stop = last or notes.stopped
        return control


def _development_score(trainer: JobTrainer) -> float:
    """Returns the score of the networks as they are, the same in all processes."""
    develop = trainer.job.develop
    assert develop is not None  # noqa: S101  # fit checks it
    trainer.model.eval()
    devices = [trainer.args.device] if trainer.args.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices), torch.no_grad():
        score = torch.tensor(develop(), dtype=torch.float64, device=trainer.args.device)
    if trainer.args.world_size > 1:
        torch.distributed.broadcast(score, src=0)
    return float(score)
