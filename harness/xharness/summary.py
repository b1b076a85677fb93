"""From cells to a run's record: averages, what is missing, and what a reader must know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness import environment
from xharness.records import Score
from xharness.runs import AggregatorRecord, AveragesRecord, CellRecord, CellStatus, ModelRecord, RunRecord, RunStatus
from xharness.scoring import aggregate
from xharness.selection import DEFAULT_SPLIT, Selection, split_label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xharness.offers import Suite, Task
    from xharness.plugins import Plugins

NOT_ASKED = "not asked for"


def blank_run(
    *,
    kind: str,
    plugins: Plugins,
    suite: Suite,
    selection: Selection,
    splits: Mapping[str, str],
    model: ModelRecord,
    base: str,
    identity: str,
    started: str,
) -> RunRecord:
    """Returns the record of a run that has no cells yet."""
    aggregator = suite.aggregator
    return RunRecord(
        kind=kind,
        name=model.name,
        base=base,
        identity=identity,
        status=RunStatus.RUNNING,
        suite=suite.name,
        suite_version=suite.version,
        aggregator=AggregatorRecord(
            name=aggregator.name, version=aggregator.version, description=aggregator.description
        ),
        split=split_label(splits),
        splits=dict(splits),
        variant=str(selection.variant),
        limit=selection.limit,
        model=model,
        plugins=plugins.versions(),
        environment=environment.describe(),
        started=started,
    )


def with_cells(
    run: RunRecord,
    suite: Suite,
    tasks: Mapping[str, Task],
    cells: Mapping[str, CellRecord],
    splits: Mapping[str, str],
) -> RunRecord:
    """Returns the record with every cell of the suite, in its order, and the averages over them."""
    every = tuple(
        cells.get(f"{name}/{language}")
        or CellRecord(task=name, language=language, split=splits[name], status=CellStatus.PENDING, reason=NOT_ASKED)
        for name, task in tasks.items()
        for language in task.languages
    )
    counted = {(cell.task, cell.language): _scores(cell) for cell in every if _counts(cell)}
    means = aggregate(suite.aggregator, tasks, counted)
    complete = len(counted) == len(every)
    scored = [cell for cell in every if cell.status is CellStatus.SCORED]
    official = bool(scored) and all(cell.official and cell.in_average for cell in scored) and run.limit is None
    official = official and all(cell.split == DEFAULT_SPLIT for cell in scored)
    return run.model_copy(
        update={
            "cells": every,
            "averages": AveragesRecord(average=means.average, groups=means.groups, tasks=means.tasks),
            "complete": complete,
            "official_data": official,
            "notes": _notes(run, scored, complete=complete),
        }
    )


def _counts(cell: CellRecord) -> bool:
    return cell.status is CellStatus.SCORED and cell.in_average


def _scores(cell: CellRecord) -> list[Score]:
    return [Score(metric=one.metric, value=one.value, n=one.n, main=one.main) for one in cell.scores]


def _notes(run: RunRecord, scored: list[CellRecord], *, complete: bool) -> tuple[str, ...]:
    notes = []
    other = sorted({f"{cell.task}={cell.split}" for cell in scored if cell.split != DEFAULT_SPLIT})
    if other:
        what = "the average is not the official one" if complete else "scores of these tasks are not test scores"
        notes.append(f"Not on the test split: {', '.join(other)}; {what}.")
    apart = [cell.place for cell in scored if not cell.in_average]
    if apart:
        notes.append(f"Scored on other data than the benchmark's and kept out of every average: {_some(apart)}.")
    counts = [cell.place for cell in scored if not cell.official and cell.in_average]
    if counts:
        notes.append(f"Other example counts than the benchmark's: {_some(counts)}.")
    if run.limit is not None:
        notes.append(
            f"At most {run.limit:,} examples of each cell were used: for trying things out, not for reporting."
        )
    return tuple(notes)


def _some(places: list[str]) -> str:
    shown = ", ".join(places[:6])
    return shown if len(places) <= 6 else f"{shown} and {len(places) - 6} more"
