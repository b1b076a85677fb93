"""Preflight: everything that can fail is tried before anything is computed.

Names, folders, gold, labels, heads, disk space and one small batch per head are checked in the first seconds, so that an
evaluation does not fail after hours.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from xharness import identity
from xharness.errors import DataError, HarnessError, MissingDataError, RunError, located, named, raise_together
from xharness.models import Head, NoHead, Settings
from xharness.runs import CellRecord, CellStatus
from xharness.scoring import chosen_metrics
from xharness.selection import (
    Request,
    chosen_languages,
    chosen_splits,
    chosen_tasks,
    data_request,
    limited,
    resolve_folders,
)
from xharness.unreachable import refuse_without_data

if TYPE_CHECKING:
    from pathlib import Path

    from xharness.offers import Suite, Task
    from xharness.plugins import Plugins
    from xharness.protocols import Index, Model, Predictor
    from xharness.records import Split

BYTES_PER_EXAMPLE = 120  # measured upper bound of a compressed cell file (predictions and statistics) per example
SPARE_BYTES = 64 << 20
_REHEARSED = 2

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an evaluation will do, after everything was checked.

    Attributes:
        cells: every cell that was asked for; `PENDING` ones will be predicted, the others say why not.
        base, identity: see `RunRecord`.
        rehearsals: task → a few examples for the dry batch.
        load: reads a cell's split again, as it was fingerprinted.
    """

    request: Request
    suite: Suite
    suite_tasks: Mapping[str, Task]
    tasks: Mapping[str, Task]
    splits: Mapping[str, str]
    model: Model
    predictors: Mapping[str, Predictor]
    cells: tuple[CellRecord, ...]
    base: str
    identity: str
    rehearsals: Mapping[str, Split]

    def load(self, cell: CellRecord) -> Split:
        """Returns the split of a planned cell. Raises DataError if its content has changed since the preflight."""
        split = _load(self.request, self.suite, self.tasks[cell.task], cell.language, cell.split)
        if identity.of_inputs(split) != cell.inputs or _gold(split) != cell.gold:
            raise DataError(f"{cell.place}: the data changed while the evaluation ran. Run the same command again.")
        return split


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the names of a request stand for."""

    suite: Suite
    suite_tasks: Mapping[str, Task]
    tasks: Mapping[str, Task]
    splits: Mapping[str, str]
    index: Index


def check_names(plugins: Plugins, request: Request) -> Asked:
    """Returns what a request names. Needs no model: a training that comes before the evaluation can ask first.

    Raises UsageError with near matches for a name that does not exist, DataError for a folder that does not.
    """
    selection = request.selection
    suite = plugins.suite(selection.suite)
    suite_tasks = plugins.suite_tasks(suite)
    tasks = chosen_tasks(selection, suite, suite_tasks)
    splits = chosen_splits(selection, suite_tasks)
    resolve_folders(selection, suite)
    index = named("index", request.settings.index, plugins.indexes)
    for task in tasks.values():
        chosen_metrics(task, plugins.metrics)
    return Asked(suite=suite, suite_tasks=suite_tasks, tasks=tasks, splits=splits, index=index)


def make_plan(plugins: Plugins, request: Request, checkpoint: str, say: Say) -> Plan:
    """Returns the plan. Raises HarnessError for whatever would make the evaluation fail later; nothing is written."""
    settings = request.settings
    asked = check_names(plugins, request)
    suite, tasks, splits = asked.suite, asked.tasks, asked.splits
    say(f"Loading {checkpoint}")
    model = plugins.load_model(checkpoint, settings)
    heads = {name: _head(model, task) for name, task in tasks.items()}
    predictors = {
        name: plugins.predictor(model, tasks[name], asked.index, settings)
        for name, head in heads.items()
        if isinstance(head, Head)
    }
    versions = {name: {one: plugins.metrics[one].version for one in task.metrics} for name, task in tasks.items()}
    planner = _Planner(request, suite, splits, heads, predictors, versions)
    cells = tuple(cell for task in tasks.values() for cell in planner.cells(task, say))
    if request.selection.data is None:
        refuse_without_data(suite.name, planner.problems)
    raise_together(
        planner.problems,
        "problems with the data; nothing was computed.",
        "Mend them, or leave tasks and languages out with --tasks and --languages, or choose another --split.",
    )
    base = base_identity(request, suite, splits, model.identity)
    pending = {cell.place: cell.key for cell in cells if cell.status is CellStatus.PENDING}
    return Plan(
        request=request,
        suite=suite,
        suite_tasks=asked.suite_tasks,
        tasks=tasks,
        splits=splits,
        model=model,
        predictors=predictors,
        cells=cells,
        base=base,
        identity=identity.of_record({"base": base, "cells": pending}),
        rehearsals=planner.rehearsals,
    )


def base_identity(request: Request, suite: Suite, splits: Mapping[str, str], model: str) -> str:
    """Returns the identity (SHA-256, hex) of what a run is about, its data aside."""
    selection = request.selection
    return identity.of_record(
        {
            "suite": [suite.name, suite.version],
            "splits": dict(splits),
            "variant": str(selection.variant),
            "limit": selection.limit,
            "model": model,
            "settings": scoring_settings(request.settings),
        }
    )


def scoring_settings(settings: Settings) -> dict[str, object]:
    """Returns the settings that can change a score; device, batch size and permissions cannot."""
    everything = asdict(settings)
    for name in ("device", "batch_tokens", "allow_pickle", "trust_remote_code"):
        del everything[name]
    return everything


def rehearse(plan: Plan, cells: tuple[CellRecord, ...], say: Say) -> None:
    """Predicts a few examples with every head that is still needed. Raises HarnessError if that fails."""
    for name in dict.fromkeys(cell.task for cell in cells):
        if name not in plan.rehearsals:
            continue
        predictor = plan.predictors[name]
        say(f"Trying a small batch: {name}")
        split = plan.rehearsals[name]
        with located(split.place):
            predictor.predict(predictor.prepare(split), lambda _: None)


def check_space(folder: Path, cells: tuple[CellRecord, ...]) -> None:
    """Raises RunError if the disk cannot hold the cells that will be written."""
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    needed = SPARE_BYTES + BYTES_PER_EXAMPLE * sum(cell.n for cell in cells)
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise RunError(
            f"{folder}: the run needs about {needed >> 20:,} MiB and {free >> 20:,} MiB are free. Free some space, or "
            "choose another folder with --out."
        )


def _head(model: Model, task: Task) -> Head | NoHead:
    with located(task.name):
        return model.head(task)


def _load(request: Request, suite: Suite, task: Task, language: str, split: str) -> Split:
    with located(f"{task.name}/{language}"):
        loaded = task.load(data_request(request.selection, suite, language, split))
    return limited(loaded, request.selection.limit)


class _Planner:
    """Reads every split once, checks it, and writes the plan of its cell."""

    def __init__(
        self,
        request: Request,
        suite: Suite,
        splits: Mapping[str, str],
        heads: Mapping[str, Head | NoHead],
        predictors: Mapping[str, Predictor],
        versions: Mapping[str, Mapping[str, str]],
    ) -> None:
        self.request = request
        self.suite = suite
        self.splits = splits
        self.heads = heads
        self.predictors = predictors
        self.versions = versions
        self.rehearsals: dict[str, Split] = {}
        self.problems: list[HarnessError] = []

    def cells(self, task: Task, say: Say) -> list[CellRecord]:
        """Returns the planned cells of a task; problems are collected, to be reported together."""
        head = self.heads[task.name]
        languages = chosen_languages(self.request.selection, task)
        if isinstance(head, NoHead):
            return [self._blank(task, one, CellStatus.NO_HEAD, head.reason) for one in languages]
        say(f"Checking the data: {task.name}, {len(languages)} languages")
        cells = [self._cell(task, head, language) for language in languages]
        absent = [cell for cell in cells if cell.status is CellStatus.NO_DATA]
        if absent and len(absent) == len(cells):
            self.problems.append(MissingDataError(absent[0].reason))
        elif absent and self.request.selection.strict:
            self.problems += [MissingDataError(cell.reason) for cell in absent]
        return cells

    def _cell(self, task: Task, head: Head, language: str) -> CellRecord:
        try:
            split = _load(self.request, self.suite, task, language, self.splits[task.name])
        except MissingDataError as error:
            return self._blank(task, language, CellStatus.NO_DATA, str(error))
        except DataError as error:
            self.problems.append(error)
            return self._blank(task, language, CellStatus.FAILED, str(error))
        if self.request.selection.strict and not split.official:
            self.problems.append(
                DataError(f"{split.place}: {' '.join(split.notes)} --strict asks for the benchmark's data.")
            )
        if task.name not in self.rehearsals:
            self.rehearsals[task.name] = shortened(split)
        return CellRecord(
            task=task.name,
            language=language,
            split=split.name,
            status=CellStatus.PENDING,
            n=len(split.examples),
            clusters=len({example.cluster for example in split.examples}),
            task_version=split.version,
            versions=dict(self.versions[task.name]),
            head=head.identity,
            inputs=identity.of_inputs(split),
            gold=_gold(split),
            signature=cell_signature(self.request, self.predictors[task.name].signature),
            official=split.official,
            in_average=split.in_average,
            source=split.source,
            notes=split.notes,
        )

    def _blank(self, task: Task, language: str, status: CellStatus, reason: str) -> CellRecord:
        split = self.splits[task.name]
        return CellRecord(task=task.name, language=language, split=split, status=status, reason=reason)


def cell_signature(
    request: Request, predictor: Mapping[str, str | int | float | bool]
) -> dict[str, str | int | float | bool]:
    """Returns everything that could change a cell's numbers besides model and data, by key."""
    signature: dict[str, str | int | float | bool] = {"variant": str(request.selection.variant), **predictor}
    if request.selection.limit is not None:
        signature["limit"] = request.selection.limit
    return signature


def _gold(split: Split) -> str:
    return identity.of_gold(split) if split.has_gold else ""


def shortened(split: Split) -> Split:
    """Returns the split's first examples and a pool to match, for the dry batch."""
    tuning = shortened(split.tuning) if split.tuning is not None else None
    chosen = [example for example in split.examples if example.gold][:_REHEARSED] or split.examples[:_REHEARSED]
    wanted = {one for example in chosen if isinstance(example.gold, tuple) for one in example.gold}
    near = [document for document in split.pool if document.id in wanted]
    pool = [*near, *(document for document in split.pool[:_REHEARSED] if document.id not in wanted)]
    return replace(split, examples=chosen, pool=pool, tuning=tuning)
