"""Somebody's predictions become a run like every other; a run becomes somebody's submission."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from xharness import environment, identity
from xharness.cell_files import StoredCell
from xharness.errors import DataError, HarnessError, MissingDataError, UsageError, located, named, raise_together
from xharness.evaluation import Observer, Outcome, score_records, wider
from xharness.intervals import with_intervals
from xharness.offers import DataRequest
from xharness.planning import base_identity
from xharness.runs import CellRecord, CellStatus, ModelRecord, RunRecord, RunStatus
from xharness.scoring import score_split
from xharness.selection import Request, chosen_languages, chosen_splits, chosen_tasks, resolve_folders
from xharness.store import RunFolder, choose_folder
from xharness.summary import blank_run, with_cells

if TYPE_CHECKING:
    from pathlib import Path

    from xharness.offers import SubmissionFormat, Task
    from xharness.plugins import Plugins
    from xharness.records import Predictions, Split


def score_submission(
    plugins: Plugins, request: Request, predictions: Path, observer: Observer, form: str | None = None
) -> Outcome:
    """Scores a folder of predictions against gold in the scorer's layout and returns the run.

    Tasks and languages without predictions or gold are listed as missing. Raises HarnessError if a file is malformed or
    does not fit its gold, listing every such file; then nothing is written.
    """
    started, clock = environment.now(), time.perf_counter()
    selection = request.selection
    suite = plugins.suite(selection.suite)
    suite_tasks = plugins.suite_tasks(suite)
    tasks = chosen_tasks(selection, suite, suite_tasks)
    splits = chosen_splits(selection, suite_tasks)
    resolve_folders(selection, suite)
    if not predictions.is_dir():
        raise DataError(f"{predictions}: there is no such folder. Expected predictions in the submission layout.")
    reader = _Reader(plugins, request, named("submission format", form or suite.submission, plugins.submission_formats))
    cells = [
        reader.cell(task, language, splits[name], predictions)
        for name, task in tasks.items()
        for language in _announced(observer, task, chosen_languages(selection, task))
    ]
    raise_together(
        reader.problems,
        "files cannot be scored; nothing was written.",
        "Mend them, or leave tasks and languages out with --tasks and --languages.",
    )
    stored = [cell for cell in cells if isinstance(cell, StoredCell)]
    if not stored:
        names = "\n".join(f"  {cell.place}: {cell.reason}" for cell in cells[:3] if isinstance(cell, CellRecord))
        raise UsageError(
            f"{predictions}: nothing could be scored.\n{names}\nExpected files `<task>/<split>-<language>.tsv|json`."
        )
    records = {one.place: one for one in (cell.record if isinstance(cell, StoredCell) else cell for cell in cells)}
    whole = identity.of_record({place: one.head for place, one in records.items() if one.head})
    base = base_identity(request, suite, splits, whole)
    name = predictions.resolve().name
    record = blank_run(
        kind="score",
        plugins=plugins,
        suite=suite,
        selection=selection,
        splits=splits,
        model=ModelRecord(name=name, identity=whole, record={"form": "predictions"}),
        base=base,
        identity=identity.of_record({"base": base, "cells": {one.record.place: one.record.key for one in stored}}),
        started=started,
    )
    folder = choose_folder(request.out, name, base, record.identity, [cell.record for cell in stored])
    record = with_cells(record, suite, suite_tasks, records, splits)
    return _stored(plugins, folder, record, stored, clock)


def _stored(plugins: Plugins, folder: RunFolder, record: RunRecord, cells: list[StoredCell], clock: float) -> Outcome:
    """Writes cells and record, and tells the watches."""
    with folder.locked():
        folder.clear_leftovers()
        for cell in cells:
            folder.write_cell(cell)
            plugins.hook.xharness_cell_scored(run=folder.path, cell=cell.record)
        record = record.model_copy(
            update={
                "status": RunStatus.FINISHED,
                "finished": environment.now(),
                "wall_seconds": round(time.perf_counter() - clock, 3),
                "peak_memory_bytes": environment.peak_memory_bytes(),
            }
        )
        record = with_intervals(plugins, folder, record)
        folder.write_record(record)
    plugins.hook.xharness_run_finished(run=folder.path)
    return Outcome(folder=folder, record=record)


def _announced(observer: Observer, task: Task, languages: tuple[str, ...]) -> tuple[str, ...]:
    observer.say(f"Scoring {task.name}, {len(languages)} languages")
    return languages


class _Reader:
    """Reads and scores the cells of a submission, collecting problems to report them together."""

    def __init__(self, plugins: Plugins, request: Request, form: SubmissionFormat) -> None:
        self.plugins = plugins
        self.request = request
        self.form = form
        self.problems: list[HarnessError] = []

    def cell(self, task: Task, language: str, split_name: str, folder: Path) -> StoredCell | CellRecord:
        """Returns the scored cell, or a record that says why there is none."""
        blank = CellRecord(task=task.name, language=language, split=split_name, status=CellStatus.NO_PREDICTIONS)
        try:
            split = self._gold(task, language, split_name)
            if not split.has_gold:
                raise MissingDataError(f"there is no gold for {split.place} ({split_name})")
            with located(split.place):
                return self._scored(task, split, folder, blank)
        except MissingDataError as error:
            return blank.model_copy(update={"status": CellStatus.NO_GOLD, "reason": str(error)})
        except HarnessError as error:
            self.problems.append(error)
            return blank.model_copy(update={"status": CellStatus.FAILED, "reason": str(error)})

    def _gold(self, task: Task, language: str, split_name: str) -> Split:
        selection = self.request.selection
        labels = selection.labels
        with located(f"{task.name}/{language}"):
            return task.load(
                DataRequest(
                    language=language, split=split_name, labels=labels, variant=selection.variant, gold_only=True
                )
            )

    def _scored(self, task: Task, split: Split, folder: Path, blank: CellRecord) -> StoredCell | CellRecord:
        predictions = self.form.read(folder, split, task)
        if predictions is None:
            return blank.model_copy(update={"reason": f"the submission has no file for {split.place}"})
        scored = score_split(task, split, predictions, self.plugins.metrics)
        record = blank.model_copy(
            update={
                "status": CellStatus.SCORED,
                "scores": score_records(scored.scores),
                "n": len(split.examples),
                "clusters": len({example.cluster for example in split.examples}),
                "task_version": split.version,
                "versions": {name: self.plugins.metrics[name].version for name in task.metrics},
                "head": _content(scored.predictions),
                "inputs": "",
                "gold": identity.of_gold(split),
                "signature": {"variant": str(self.request.selection.variant), "predictions": self.form.name},
                "official": split.official,
                "in_average": split.in_average,
                "source": split.source,
                "notes": split.notes,
                "record": dict(predictions.record),
            }
        )
        return StoredCell(
            record=record,
            predictions=scored.predictions,
            statistics=scored.statistics,
            wider=wider(split, scored.predictions),
        )


def _content(predictions: Predictions) -> str:
    return identity.of_record([list(predictions.ids), list(predictions.values)])


def export_submission(plugins: Plugins, folder: RunFolder, form: str, out: Path) -> list[Path]:
    """Writes a run's predictions as a submission folder and returns the files' (task, language) places in order.

    Raises RunError if a cell file is damaged.
    """
    record = folder.read_record()
    suite = plugins.suite(record.suite)
    tasks = plugins.suite_tasks(suite)
    writer = named("submission format", form, plugins.submission_formats)
    written = []
    for name, language in folder.cells():
        cell = folder.read_cell(name, language)
        answers = cell.predictions
        writer.write(out, tasks[name], language, cell.record.split, answers.ids, answers.values)
        written.append(out / name / language)
    return written
