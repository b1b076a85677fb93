"""A job's training: from the newest checkpoint if there is one, to the weights that are kept, and no way past a NaN."""

from __future__ import annotations

import random
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch  # noqa: TID253  # work path only: this module is imported when training begins
from transformers import TrainingArguments  # noqa: TID253  # work path only
from xharness import HarnessError, UsageError
from xharness.environment import limit_kernel_cache

from xharness_finetune.engine import precision, resume
from xharness_finetune.engine.feeding import Feed
from xharness_finetune.engine.jobs import Trained
from xharness_finetune.engine.loop import JobTrainer, Networks
from xharness_finetune.engine.progress import Notes, PartNotes, Progress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xharness_finetune.engine.jobs import Job
    from xharness_finetune.networks.lora import Adapters


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


def fit(job: Job) -> Trained:
    """Trains the networks of all parts in place, and continues from the newest checkpoint in `job.work` if there is one.

    The same job gives the same weights on the CPU with the same number of threads, whether it was cut off in between or not.
    Parameters that do not require a gradient stay as they are. Under a launcher each process takes its rows of every batch;
    the first one alone writes and reports.

    Raises HarnessError as soon as a loss is not finite, if the final weights are not, or if memory runs out; RunError where
    a checkpoint cannot be written; UsageError where keeping the best or scoring needs development data that are not there.
    """
    if job.develop is None and job.run.dev_every is not None:
        raise UsageError(
            f"{job.name}: dev_every asks for development scores, but there are no development data; give some, hold out a "
            f"share of the training data (holdout), or leave dev_every and keep as they are by default."
        )
    if job.run.keep == "best" and job.run.dev_every is None:
        raise UsageError(
            f"{job.name}: keep = best needs development scores during the training; set dev_every as well "
            f"(--set …dev_every=500)."
        )
    limit_kernel_cache()
    with seeded(job.seed):
        return _fit(job)


def _fit(job: Job) -> Trained:
    adapters = _adapt(job)
    networks = Networks([part.network for part in job.parts])
    total = sum(value.numel() for value in networks.parameters())
    found = resume.newest(job.work, with_best=job.run.keep == "best")
    notes = Notes(parts=[PartNotes() for _ in job.parts])
    if found is not None:
        notes = found[1]
        notes.resumed_from.append(notes.step)
    arguments = _arguments(job)
    feed = Feed(job.parts, rank=arguments.process_index, processes=arguments.world_size)
    progress = Progress(job, notes, speaks=arguments.process_index == 0)
    dtype = precision.choose(job.run.dtype, arguments.device)
    trainer = JobTrainer(job, networks, feed, progress, arguments=arguments, dtype=dtype)
    _train(trainer, found[0] if found else None)
    _keep(trainer)
    facts = {
        "device": str(job.device),
        "dtype": dtype,
        "processes": arguments.world_size,
        "parameters": total,
        "trained_parameters": sum(value.numel() for value in resume.trained(networks).values()),
        "seconds_waiting_for_data": round(notes.waited, 3),
        **_facts_of_parts(job, notes),
    }
    apart = None
    if adapters is not None:
        facts["adapter_parameters"] = adapters.parameters
        if job.run.lora is not None and not job.run.lora.merge:
            precision.round_to(job.run.stored, resume.trained(networks).values())
            apart = adapters.apart(job.parts[0].network)
        adapters.merge()
    if apart is None:
        precision.round_to(job.run.stored, networks.parameters())
    return Trained(
        steps=notes.step,
        kept_step=progress.kept_step(),
        seconds=notes.seconds,
        loss=notes.curve[-1][1],
        curve=tuple(notes.curve),
        dev_curve=tuple(notes.dev_curve),
        resumed_from=tuple(notes.resumed_from),
        facts=facts,
        apart=apart,
    )


def _adapt(job: Job) -> Adapters | None:
    if job.run.lora is None:
        return None
    from xharness_finetune.networks.lora import adapt

    return adapt(job.parts[0].network.base_model, job.run.lora, drawn=job.drawn)


def _train(trainer: JobTrainer, checkpoint: Path | None) -> None:
    job, notes = trainer.job, trainer.progress.notes
    if trainer.args.should_save:
        resume.tidy(job.work, {notes.step, trainer.progress.kept_step()})
    if checkpoint is not None:
        trainer.kept = notes.step
        trainer.progress.resumed()
    if checkpoint is not None and notes.stopped:
        resume.load_weights(trainer.model, checkpoint / resume.WEIGHTS)
        return
    with _checkpointed_activations(job), _memory(job):
        trainer.progress.begin()
        trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
        trainer.progress.tick()
    trainer.model.zero_grad(set_to_none=True)


def _keep(trainer: JobTrainer) -> None:
    """Leaves the networks with the weights that are kept, checked to be finite."""
    job, notes = trainer.job, trainer.progress.notes
    step = trainer.progress.kept_step()
    if step != notes.step:
        resume.load_weights(trainer.model, resume.folder_of(job.work, step) / resume.WEIGHTS)
    trainer.check_weights()
    trainer.model.eval()


@contextmanager
def _checkpointed_activations(job: Job) -> Iterator[None]:
    """Where the recipe asks for it, activations of the encoder are computed anew in the backward pass."""
    if not job.run.gradient_checkpointing:
        yield
        return
    networks = [part.network for part in job.parts]
    cached = [getattr(network.config, "use_cache", None) for network in networks]
    name = "activation" if hasattr(networks[0], "activation_checkpointing_enable") else "gradient"  # transformers < 6
    for network in networks:
        network.config.use_cache = False  # a decoder's; where an encoder has it on as well, transformers warns
        getattr(network, f"{name}_checkpointing_enable")({"use_reentrant": False})
    try:
        yield
    finally:
        for network, value in zip(networks, cached, strict=True):
            network.config.use_cache = value
            getattr(network, f"{name}_checkpointing_disable")()


@contextmanager
def _memory(job: Job) -> Iterator[None]:
    """Turns running out of memory into a HarnessError that says what takes less of it."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as err:
        out = not isinstance(err, RuntimeError) or isinstance(err, torch.OutOfMemoryError)
        if not out and "can't allocate memory" not in str(err):  # what torch's allocator for the CPU says
            raise
        rows = max(part.batch_size for part in job.parts)
        raise HarnessError(
            f"{job.name}: memory of {job.device} ran out while training with batches of up to {rows} rows. Use smaller "
            f"batches with more of them per step, which trains alike (--set …batch_size={max(1, rows // 2)} --set "
            f"…accumulate={job.run.accumulate * 2}), or --set …gradient_checkpointing=true; nothing was written but "
            f"checkpoints."
        ) from err


def _arguments(job: Job) -> TrainingArguments:
    run = job.run
    arguments = TrainingArguments(
        output_dir=str(job.work),
        per_device_train_batch_size=max(part.batch_size for part in job.parts),
        gradient_accumulation_steps=run.accumulate,
        max_steps=job.steps,
        learning_rate=run.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=round(run.warmup * job.steps) if run.warmup_steps is None else run.warmup_steps,
        optim="adamw_torch_fused",
        adam_epsilon=run.adam_epsilon,
        weight_decay=run.weight_decay,
        max_grad_norm=run.clip,
        logging_strategy="no",
        save_strategy="no",  # when to write a checkpoint is decided after each step
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=job.device.type == "cuda",
        ddp_find_unused_parameters=True,  # a batch is of one part; the others' heads are unused
        use_cpu=job.device.type == "cpu",
        seed=job.seed % 2**32,
    )
    if arguments.n_gpu > 1:
        arguments._n_gpu = 1  # several GPUs are for a launcher, not for DataParallel
    return arguments


def _facts_of_parts(job: Job, notes: Notes) -> dict[str, object]:
    """Returns rows and subwords trained on (by all processes together), and each part's own."""
    return {
        "rows": sum(part.rows for part in notes.parts),
        "subwords": sum(part.subwords for part in notes.parts),
        "parts": {
            part.name: {
                "batches": seen.batches,
                "rows": seen.rows,
                "subwords": seen.subwords,
                "curve": [list(point) for point in seen.curve],
            }
            for part, seen in zip(job.parts, notes.parts, strict=True)
        },
    }
