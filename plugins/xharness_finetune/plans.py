"""What a recipe asks for, with all data at hand and checked: nothing has been trained yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness import UsageError, located
from xharness.identity import of_record

from xharness_finetune.data.loading import Source, load_training_data
from xharness_finetune.data.parallel import load_parallel
from xharness_finetune.data.texts import load_texts, mlm_task
from xharness_finetune.recipes.defaults import COPIED_KINDS
from xharness_finetune.recipes.model import Mlm
from xharness_finetune.recipes.tables import MLM, TRANSLATION
from xharness_finetune.rows.masking import CHOSEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xharness import Task, TrainRequest

    from xharness_finetune.data.loading import TrainingData
    from xharness_finetune.networks.encoder import Encoder
    from xharness_finetune.recipes.model import Recipe, Translation
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
    """A stream of texts without labels, for masked language modelling or translation ranking.

    Attributes:
        name: "mlm" or "translation".
        task: what it is trained on as a task: its head is the masked language model's; translation ranking has none.
        task_settings: batch size and length.
        texts: language → texts, in the order of their files.
    """

    name: str
    task: Task
    settings: Mlm | Translation
    task_settings: TaskSettings
    texts: Mapping[str, Sequence[str]]

    @property
    def parallel(self) -> bool:
        """Whether line n of each language translates line n of the others."""
        return _is_parallel(self.settings)

    def record(self) -> dict[str, object]:
        """Returns all of it that decides weights, JSON-serialisable: texts by their fingerprint."""
        settings = self.settings.model_dump(mode="json", exclude={"data", "languages"})
        if not self.parallel:
            settings.pop("parallel", None)
        if settings.get("masked") == CHOSEN:
            del settings["masked"]
        return {
            **settings,
            "texts": {language: of_record(list(texts)) for language, texts in self.texts.items()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One training: a head, or the intermediate phase with all of its tasks.

    Attributes:
        name: the head, or "encoder"; the folder in the set.
        kind: "intermediate" or "target".
        texts: masked language modelling and translation ranking as further tasks.
    """

    name: str
    kind: str
    units: tuple[Unit, ...]
    run: RunSettings
    texts: tuple[TextUnit, ...] = ()

    @property
    def apart(self) -> bool:
        """Whether it is stored as adapters on the set's own encoder, which must then be there."""
        return self.run.lora is not None and not self.run.lora.merge


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
        copies=any(task.kind in COPIED_KINDS for task in request.tasks) or any(phase.apart for phase in phases),
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
        texts = [] if asked.mlm is None else [_texts(MLM, asked.mlm, asked.mlm_settings(), source)]
        if asked.translation is not None:
            texts.append(_texts(TRANSLATION, asked.translation, asked.translation_settings(), source))
    run = _without_dev(asked.run(), units)
    return Phase(name=ENCODER, kind="intermediate", units=units, run=run, texts=tuple(texts))


def _texts(name: str, settings: Mlm | Translation, task_settings: TaskSettings, source: Source) -> TextUnit:
    key = f"intermediate.{name}.data"
    folder = settings.data or (source.folder and source.folder / name)
    if folder is None:
        what = "a masked language model" if name == MLM else "translation ranking"
        raise UsageError(
            f"The recipe trains {what}, and nothing says where its texts are. Name a folder with one text "
            f"per line in <language>.txt: --set {key}=DIR, or put it into --train-data as {name}/."
        )
    load = load_parallel if _is_parallel(settings) else load_texts
    return TextUnit(
        name=name,
        task=mlm_task(folder, settings.languages),
        settings=settings,
        task_settings=task_settings,
        texts=load(folder, settings.languages, key=key),
    )


def _is_parallel(settings: Mlm | Translation) -> bool:
    return settings.parallel if isinstance(settings, Mlm) else True


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
