"""Hands training stages what they need: one checkpoint set, or a grid of encoders, recipes and seeds."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from xharness import environment, identity
from xharness.errors import DataError, HarnessError, PluginError, UsageError, raise_together, unknown_name
from xharness.offers import TrainedSet, TrainRequest
from xharness.scoring import score_split
from xharness.selection import chosen_tasks, resolve_folders
from xharness.store import safe_name, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from xharness.offers import Task, TrainedHead, TrainingStage
    from xharness.plugins import Plugins
    from xharness.records import Predictions, Score, Split
    from xharness.selection import Selection

SHARED = "intermediate"
GRID_SCHEMA = 1
_COLUMNS = (
    "set", "encoder", "recipe", "seed", "status", "head", "metric", "value", "chance", "n", "collapsed", "kept", "seconds",
    "marks", "error",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOptions:
    """What a user may say about training besides recipe and encoder.

    Attributes:
        settings: overrides as typed, "target.xnli.epochs=1"; the stage says what it knows.
        seeds: None takes each recipe's own.
        train_data: folder with the data of tasks that no suite lists, a sub-folder for each; None asks the hub.
        checkpoints: folder in which an evaluation keeps the sets that it trains.
    """

    settings: tuple[str, ...] = ()
    seeds: tuple[int, ...] | None = None
    train_data: Path | None = None
    device: str = "auto"
    checkpoints: Path = Path("checkpoints")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSet:
    """One checkpoint set to train; `name` is a folder name, different for each set of a call."""

    name: str
    encoder: str
    stage: TrainingStage
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOutcome:
    """What became of a planned set: neither `trained` nor `error` means that its turn did not come."""

    planned: PlannedSet
    trained: TrainedSet | None = None
    error: HarnessError | None = None

    @property
    def heads(self) -> tuple[TrainedHead, ...]:
        """The parts of the set; none unless the whole set was trained."""
        return self.trained.heads if self.trained is not None else ()

    @property
    def status(self) -> str:
        """Returns "new", "kept" (every part was whole before), "partly kept", "failed" or "not run"."""
        if self.error is not None:
            return "failed"
        if self.trained is None:
            return "not run"
        kept = sum(head.kept for head in self.heads)
        return "new" if not kept else "kept" if kept == len(self.heads) else "partly kept"

    @property
    def seconds(self) -> float:
        """Seconds spent on all parts, those of earlier calls included."""
        return sum(head.seconds for head in self.heads)


# ---- recipes and what they are applied to ------------------------------------------------------------------------


def find_stage(plugins: Plugins, name: str) -> TrainingStage:
    """Returns the training stage of that name, or the one that a recipe file describes; a name wins over a file.

    Raises UsageError for a file that is absent or that no plugin reads, and with near matches for an unknown name.
    """
    if name in plugins.training_stages:
        return plugins.training_stages[name]
    file = Path(name)
    if not file.is_file():
        if file.suffix == ".toml" or len(file.parts) > 1:
            raise UsageError(
                f"There is no recipe file {name}: expected a file, or the name of a recipe. `xharness recipes` lists them."
            )
        raise unknown_name("recipe", name, plugins.training_stages)
    stage = plugins.read_recipe(file)
    if stage is None:
        raise UsageError(
            f"No plugin can read the recipe {name}. `xharness recipes NAME` prints a recipe in the form that is expected; "
            "`xharness plugins` lists what is installed."
        )
    return stage


def one_task_per_head(tasks: Mapping[str, Task]) -> tuple[Task, ...]:
    """Returns the first task of every head, in order: XQuAD and MLQA share one."""
    by_head: dict[str, Task] = {}
    for task in tasks.values():
        by_head.setdefault(task.head, task)
    return tuple(by_head.values())


def encoder_name(encoder: str) -> str:
    """Returns the last part of a checkpoint reference, without anybody's folders."""
    path = Path(encoder)
    return path.name if path.name not in {"", ".."} else path.resolve().name


def plan_sets(
    stages: Sequence[TrainingStage], encoders: Sequence[str], options: TrainOptions, *, lasting: bool = False
) -> tuple[PlannedSet, ...]:
    """Returns the product of encoders, recipes and seeds, each once, as `<encoder>-<recipe>-seed<N>`.

    Without encoders each recipe's own is taken, without seeds each recipe's own. `lasting` names end in eight digits of the
    SHA-256 of recipe and overrides: calls with other settings then never meet in one folder. Where two sets would get the
    same name all the same (ignoring case), eight digits of the encoder's reference and the recipe tell them apart.

    Raises UsageError if a recipe names no encoder and the caller none either, or if there is no seed.
    """
    found: dict[tuple[str, str, str, int], PlannedSet] = {}
    for given in encoders or (None,):
        for stage in stages:
            encoder = given or stage.encoder
            if not encoder:
                raise UsageError(
                    f"The recipe {stage.name} names no encoder to start from: add --encoder with a folder or hub id."
                )
            seeds = stage.seeds if options.seeds is None else options.seeds
            if not seeds:
                raise UsageError(f"The recipe {stage.name} has no seeds: give it at least one, or add --seed.")
            for seed in seeds:
                name = f"{safe_name(encoder_name(encoder))}-{safe_name(stage.name)}-seed{seed}"
                if lasting:
                    name += f"-{identity.of_record([stage.text, list(options.settings)])[:8]}"
                planned = PlannedSet(name=name, encoder=encoder, stage=stage, seed=seed)
                found.setdefault((encoder, stage.name, stage.text, seed), planned)
    taken = Counter(one.name.casefold() for one in found.values())
    return tuple(one if taken[one.name.casefold()] == 1 else _told_apart(one) for one in found.values())


def _told_apart(planned: PlannedSet) -> PlannedSet:
    which = identity.of_record([planned.encoder, planned.stage.name, planned.stage.text])[:8]
    return replace(planned, name=f"{planned.name}-{which}")


# ---- training ----------------------------------------------------------------------------------------------------


def train_one(
    plugins: Plugins,
    planned: PlannedSet,
    selection: Selection,
    options: TrainOptions,
    report: Callable[[str], None],
    *,
    out: Path,
    shared: Path | None = None,
) -> TrainedSet:
    """Trains one checkpoint set in the folder `out`; what is whole from an earlier call is kept by the stage.

    Raises UsageError for a task that does not exist, DataError for a folder that is not there, PluginError for a stage that
    returns something else than a set, and whatever the stage raises.
    """
    trained: object = planned.stage.train(
        _request(plugins, planned, selection, options, report, out=out, shared=shared)
    )
    if not isinstance(trained, TrainedSet):
        raise PluginError(
            f"The training stage {planned.stage.name!r} returned {type(trained).__name__} where a TrainedSet was expected. "
            "This is a defect of its plugin: report it there."
        )
    return trained


def check_sets(
    plugins: Plugins, planned: Sequence[PlannedSet], selection: Selection, options: TrainOptions, *, out: Path
) -> None:
    """Raises what can be known to go wrong with any of several sets before the first is trained; nothing is written.

    Each recipe is checked once per encoder, with the first of its seeds. Several problems are raised together.
    """
    first: dict[tuple[str, str, str], PlannedSet] = {}
    for one in planned:
        first.setdefault((one.encoder, one.stage.name, one.stage.text), one)
    problems: list[HarnessError] = []
    for one in first.values():
        if one.stage.check is None:
            continue
        try:
            one.stage.check(_request(plugins, one, selection, options, lambda _: None, out=out / one.name, shared=None))
        except HarnessError as error:
            problems.append(error if len(first) == 1 else type(error)(f"{one.stage.name}: {error}"))
    raise_together(
        problems,
        "recipes cannot be trained; nothing was.",
        "Mend these, or leave the recipes out of the command.",
    )


def _request(
    plugins: Plugins,
    planned: PlannedSet,
    selection: Selection,
    options: TrainOptions,
    report: Callable[[str], None],
    *,
    out: Path,
    shared: Path | None,
) -> TrainRequest:
    suite = plugins.suite(selection.suite)
    data, _ = resolve_folders(selection, suite)
    if options.train_data is not None and not options.train_data.is_dir():
        raise DataError(
            f"--train-data {options.train_data}: there is no such folder. Expected one with a sub-folder for each task to "
            "train on; `xharness tasks` lists these tasks."
        )

    offered = plugins.checkpoint(planned.encoder)

    def score(task: Task, split: Split, predictions: Predictions) -> Sequence[Score]:
        return score_split(task, split, predictions, plugins.metrics).scores

    return TrainRequest(
        encoder=str(offered.encoder or offered.folder) if offered else planned.encoder,
        out=out,
        tasks=one_task_per_head(chosen_tasks(selection, suite, plugins.suite_tasks(suite))),
        score=score,
        offered=plugins.tasks,
        data=data,
        train_data=options.train_data,
        revision=selection.revision,
        settings=options.settings,
        seed=planned.seed,
        device=options.device,
        shared=shared,
        plugins=plugins.versions(),
        report=report,
    )


def train_grid(
    plugins: Plugins,
    planned: Sequence[PlannedSet],
    selection: Selection,
    options: TrainOptions,
    report: Callable[[str], None],
    *,
    out: Path,
) -> tuple[SetOutcome, ...]:
    """Trains every planned set in its own folder below `out`; returns one outcome for each, in order.

    All are checked first (`check_sets`). `out/intermediate` holds what sets have in common. A set that fails does not stop
    the others, except under several processes, which are out of step after an error. `out/grid.json` and `out/grid.csv` are
    written after every set.

    Raises the error itself where every set fails with the same one; nothing is written then.
    """
    check_sets(plugins, planned, selection, options, out=out)
    outcomes = [SetOutcome(planned=one) for one in planned]
    for position, one in enumerate(planned):
        report(f"[{position + 1}/{len(planned)}] {one.name}")
        try:
            trained = train_one(plugins, one, selection, options, report, out=out / one.name, shared=out / SHARED)
        except HarnessError as error:
            if environment.processes() > 1:
                raise
            outcomes[position] = SetOutcome(planned=one, error=error)
            report(f"{one.name}: failed: {error}")
        else:
            outcomes[position] = SetOutcome(planned=one, trained=trained)
        if any(outcome.trained is not None for outcome in outcomes):
            _write_grid(out, outcomes)
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    if len(errors) == len(outcomes) and len({str(error) for error in errors}) == 1:
        raise errors[0]
    _write_grid(out, outcomes)
    return tuple(outcomes)


# ---- the grid's record -------------------------------------------------------------------------------------------


def _write_grid(out: Path, outcomes: Sequence[SetOutcome]) -> None:
    if not environment.is_main_process():
        return
    for name, text in (("grid.json", grid_json(outcomes)), ("grid.csv", grid_csv(outcomes))):
        write_whole(out / name, lambda path, text=text: path.write_text(text, encoding="utf-8"))  # type: ignore[misc]


def grid_json(outcomes: Sequence[SetOutcome]) -> str:
    """Returns a grid as JSON: one object for each set with its heads; scores are fractions, absent ones null."""
    sets = [
        {
            "set": one.planned.name,
            "encoder": encoder_name(one.planned.encoder),
            "recipe": one.planned.stage.name,
            "seed": one.planned.seed,
            "status": one.status,
            "seconds": round(one.seconds, 3),
            "error": str(one.error) if one.error is not None else None,
            "heads": [
                {
                    "name": head.name,
                    "kept": head.kept,
                    "seconds": round(head.seconds, 3),
                    "metric": head.metric,
                    "value": head.value,
                    "n": head.n,
                    "chance": head.chance,
                    "collapsed": head.collapsed,
                    "marks": list(head.marks),
                }
                for head in one.heads
            ],
        }
        for one in outcomes
    ]
    collapsed = [[one.planned.name, head.name] for one in outcomes for head in one.heads if head.collapsed]
    return (
        json.dumps({"schema": GRID_SCHEMA, "sets": sets, "collapsed": collapsed}, indent=1, ensure_ascii=False) + "\n"
    )


def grid_csv(outcomes: Sequence[SetOutcome]) -> str:
    """Returns one line for every head of every set, one for a set without heads; scores are fractions."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for one in outcomes:
        planned = one.planned
        start = (planned.name, encoder_name(planned.encoder), planned.stage.name, planned.seed, one.status)
        for head in one.heads:
            scores = (head.metric or "", _exact(head.value), _exact(head.chance), head.n, head.collapsed)
            writer.writerow((*start, head.name, *scores, head.kept, round(head.seconds, 3), "; ".join(head.marks), ""))
        if not one.heads:
            writer.writerow((*start, "", "", "", "", "", "", "", "", "", one.error or ""))
    return stream.getvalue()


def _exact(value: float | None) -> str:
    return "" if value is None else repr(value)
