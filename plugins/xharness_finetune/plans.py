"""What a recipe asks for, with all data at hand and checked: nothing has been trained yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness import UsageError, located
from xharness.identity import of_record

from xharness_finetune.data.loading import Source, load_training_data
from xharness_finetune.data.texts import load_texts, mlm_task
from xharness_finetune.recipes.defaults import COPIED_KINDS
from xharness_finetune.recipes.tables import MLM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from xharness import Task, TrainRequest

    from xharness_finetune.data.loading import TrainingData
    from xharness_finetune.networks.encoder import Encoder
    from xharness_finetune.recipes.model import Mlm, Recipe
    from xharness_finetune.recipes.settings import RunSettings, TaskSettings

ENCODER = "encoder"
"""The part of a set that the intermediate phase makes, and that answers retrieval and mining."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One task of a training, with its data and settings."""

    data: TrainingData
    settings: TaskSettings

    @property
    def task(self) -> Task:
        """Returns the task, its labels filled in."""
        return self.data.task


@dataclass(frozen=True, slots=True, kw_only=True)
class TextUnit:
    """A stream of unlabelled text in some languages, for masked language modelling.

    Attributes:
        task: the masked language model as a task.
        task_settings: batch size and length.
        texts: language → texts, in the order of their files.
    """

    task: Task
    settings: Mlm
    task_settings: TaskSettings
    texts: Mapping[str, Sequence[str]]

    def record(self) -> dict[str, object]:
        """Returns all of it that decides weights, JSON-serialisable: texts by their fingerprint."""
        return {
            **self.settings.model_dump(mode="json", exclude={"data", "languages"}),
            "texts": {language: of_record(list(texts)) for language, texts in self.texts.items()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One training: a head, or the intermediate phase with all of its tasks.

    Attributes:
        name: the head, or "encoder"; the folder in the set.
        kind: "intermediate" or "target".
        text: masked language modelling as one more task, or None.
    """

    name: str
    kind: str
    units: tuple[Unit, ...]
    run: RunSettings
    text: TextUnit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A checkpoint set to be made.

    Attributes:
        intermediate: None for direct fine-tuning.
        heads: one phase for each head to train, in order.
        copies: whether the encoder itself is asked for.
    """

    recipe: Recipe
    intermediate: Phase | None
    heads: tuple[Phase, ...]
    copies: bool


def make_plan(recipe: Recipe, encoder: Encoder, request: TrainRequest) -> Plan:
    """Loads and checks all that `recipe` needs for `request`, and returns it.

    Raises UsageError for a request that contradicts itself, DataError for data that are not there or cannot be learnt from.
    """
    if not request.tasks:
        raise UsageError("No task to train a head for; name at least one with --tasks.")
    targets = [task for task in request.tasks if task.kind not in COPIED_KINDS]
    heads = [task.head for task in targets]
    for task in targets:
        if heads.count(task.head) > 1:
            same = ", ".join(other.name for other in targets if other.head == task.head)
            raise UsageError(f"Head {task.head} would be trained for several tasks ({same}); ask for one of them.")
    custom = recipe.custom_tasks()
    recipe.check_names(request.offered, {*heads, *(task.head for task in request.offered.values())})
    source = Source(folder=request.data, revision=request.revision)
    phases = tuple(_target(recipe, task, encoder, source, request.seed) for task in targets)
    offered = {**request.offered, **custom}
    other = Source(folder=request.train_data)
    return Plan(
        recipe=recipe,
        intermediate=_intermediate(recipe, offered, encoder, other, request.seed),
        heads=phases,
        copies=any(task.kind in COPIED_KINDS for task in request.tasks),
    )


def _target(recipe: Recipe, task: Task, encoder: Encoder, source: Source, seed: int) -> Phase:
    run, settings = recipe.target_for(task)
    unit = _unit(task, settings, encoder, source, seed=seed, key=f"target.{_key(task.head)}")
    return Phase(name=task.head, kind="target", units=(unit,), run=_without_dev(run, (unit,)))


def _intermediate(
    recipe: Recipe, offered: Mapping[str, Task], encoder: Encoder, source: Source, seed: int
) -> Phase | None:
    asked = recipe.intermediate
    if asked is None:
        return None
    tasks = [offered[name] for name in asked.tasks]
    with located("intermediate phase"):
        units = tuple(
            _unit(task, asked.task_for(task), encoder, source, seed=seed, key=f"intermediate.{_key(task.name)}")
            for task in tasks
        )
        text = None
        if asked.mlm is not None:
            folder = _texts_of(asked.mlm, source)
            task = mlm_task(folder, asked.mlm.languages)
            text = TextUnit(
                task=task,
                settings=asked.mlm,
                task_settings=asked.mlm_settings(),
                texts=load_texts(folder, asked.mlm.languages),
            )
    return Phase(name=ENCODER, kind="intermediate", units=units, run=_without_dev(asked.run(), units), text=text)


def _texts_of(mlm: Mlm, source: Source) -> Path:
    if mlm.data is not None:
        return mlm.data
    if source.folder is None:
        raise UsageError(
            f"The recipe trains a masked language model, and nothing says where its texts are. Name a folder with one text "
            f"per line in <language>.txt: --set intermediate.{MLM}.data=DIR, or put it into --train-data as {MLM}/."
        )
    return source.folder / MLM


def _unit(task: Task, settings: TaskSettings, encoder: Encoder, source: Source, *, seed: int, key: str) -> Unit:
    settings = settings.within(encoder.max_length)
    return Unit(data=load_training_data(task, settings, source, seed=seed, key=key), settings=settings)


def _without_dev(run: RunSettings, units: Sequence[Unit]) -> RunSettings:
    """Returns the settings of a training that has nothing to be chosen by, where no task has development data."""
    if any(unit.data.dev is not None for unit in units):
        return run
    return run.model_copy(update={"dev_every": None, "patience": None, "keep": "last"})


def _key(name: str) -> str:
    return name if "." not in name else f'"{name}"'
