"""Hands a training stage what it needs, and names the checkpoint set that comes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from xharness import identity
from xharness.errors import UsageError, named
from xharness.offers import TrainRequest
from xharness.selection import chosen_tasks, resolve_folders
from xharness.store import safe_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xharness.offers import Task
    from xharness.plugins import Plugins
    from xharness.selection import Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOptions:
    """What a user may say about training besides stage and encoder. None leaves it to the stage."""

    files: Mapping[str, Path] = field(default_factory=dict)
    max_examples: int | None = None
    epochs: float | None = None
    learning_rate: float | None = None
    batch_size: int | None = None
    max_steps: int | None = None
    seed: int = 42
    device: str = "auto"
    checkpoints: Path = Path("checkpoints")


def one_task_per_head(tasks: Mapping[str, Task]) -> tuple[Task, ...]:
    """Returns the first task of every head, in order: XQuAD and MLQA share one."""
    by_head: dict[str, Task] = {}
    for task in tasks.values():
        by_head.setdefault(task.head, task)
    return tuple(by_head.values())


def train(
    plugins: Plugins,
    stage: str,
    encoder: str,
    selection: Selection,
    options: TrainOptions,
    report: Callable[[str], None],
    *,
    out: Path | None = None,
) -> Path:
    """Trains a checkpoint set and returns its folder; heads that are whole from an earlier call are kept.

    Raises UsageError for a stage or head that does not exist, and whatever the stage raises.
    """
    chosen = named("training stage", stage, plugins.training_stages)
    suite = plugins.suite(selection.suite)
    tasks = one_task_per_head(chosen_tasks(selection, suite, plugins.suite_tasks(suite)))
    heads = [task.head for task in tasks]
    for head, file in options.files.items():
        named("head to train", head, dict.fromkeys(heads))
        if not file.is_file():
            raise UsageError(f"--train-data {head}={file}: there is no such file.")
    data, _ = resolve_folders(selection, suite)
    request = TrainRequest(
        encoder=encoder,
        out=out or options.checkpoints / set_name(stage, encoder, options),
        tasks=tasks,
        data=data,
        revision=selection.revision,
        files=options.files,
        max_examples=options.max_examples,
        epochs=options.epochs,
        learning_rate=options.learning_rate,
        batch_size=options.batch_size,
        max_steps=options.max_steps,
        seed=options.seed,
        device=options.device,
        report=report,
    )
    return chosen.train(request)


def set_name(stage: str, encoder: str, options: TrainOptions) -> str:
    """Returns a folder name that differs when the settings differ."""
    settings = {
        "files": {head: identity.of_file(file) for head, file in options.files.items()},
        "max_examples": options.max_examples,
        "epochs": options.epochs,
        "learning_rate": options.learning_rate,
        "batch_size": options.batch_size,
        "max_steps": options.max_steps,
        "seed": options.seed,
    }
    return f"{safe_name(Path(encoder).name)}-{safe_name(stage)}-{identity.of_record(settings)[:8]}"
