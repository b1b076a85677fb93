"""Loads one language of one split from the files beside this module, or from a folder that is laid out as they are."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from xharness import DataError, MissingDataError, Split, located, unknown_name

from xharness_mini import reading
from xharness_mini.tasks import TASKS, VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xharness import DataRequest, Document, Example, Task

DATA = Path(__file__).parent / "data"
"""The files that come with the suite."""


@cache
def _tasks() -> Mapping[str, Task]:
    return {task.name: task for task in TASKS}


def load(name: str, request: DataRequest) -> Split:
    """Returns one language of one split with its gold, which stands in the data files themselves.

    Raises:
        DataError: there is no such split, or a file is missing or malformed; the message names the cell, file and line.
        UsageError: the language is not one of the task's.
    """
    task = _tasks()[name]
    with located(f"{name}/{request.language}"):
        if request.language not in task.languages:
            raise unknown_name(f"{name} language", request.language, task.languages)
        _check_split(task, request)
        if task.kind in {"mining", "retrieval"}:
            return _sentences(task, request)
        path = request.file or _file(task, request)
        return _split(task, request, path, reading.examples(task, path, request.split))


def _check_split(task: Task, request: DataRequest) -> None:
    if request.split not in task.splits:
        raise DataError(
            f"{task.name} has no {request.split} split; it has {' and '.join(task.splits)}. Choose one with "
            f"--split {task.name}={task.splits[-1]}, or leave the task out with --tasks."
        )
    if request.language != "en" and request.split != "test" and request.file is None and "train" in task.splits:
        raise MissingDataError(
            f"{task.name} has its {request.split} split in English only, not in {request.language!r}: ask for language 'en'."
        )


def _root(request: DataRequest) -> Path:
    """Returns the folder of the files; where only gold is asked for, the label folder is laid out as the data are."""
    return request.data or (request.labels if request.gold_only else None) or DATA


def _file(task: Task, request: DataRequest) -> Path:
    """Returns the file of a split; the training questions of a head that serves two tasks are one file."""
    folder = task.head if request.split == "train" else task.name
    suffix = "json" if task.kind == "span_qa" else "tsv"
    return _root(request) / folder / f"{request.split}-{request.language}.{suffix}"


def _split(
    task: Task,
    request: DataRequest,
    path: Path,
    examples: Sequence[Example],
    pool: Sequence[Document] = (),
    tuning: Split | None = None,
) -> Split:
    root = _root(request)
    inside = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    return Split(
        task=task.name,
        language=request.language,
        name=request.split,
        examples=examples,
        version=VERSION,
        source=f"file {path.name}" if request.file else f"mini {VERSION}, {inside}",
        pool=pool,
        tuning=tuning,
        official=request.file is None,
        notes=() if request.file is None else ("Another file stands in for the suite's.",),
    )


def _sentences(task: Task, request: DataRequest) -> Split:
    infix = f".{request.split}" if task.kind == "mining" else ""
    stem = f"{request.language}-en{infix}"
    path = request.file or _root(request) / task.name / f"{stem}.{request.language}"
    sides = [path, *(path.with_name(f"{stem}.{side}") for side in ("en", "gold"))]
    if task.kind == "retrieval":
        examples, pool = reading.retrieval(*sides)
        return _split(task, request, path, examples, pool)
    examples, pool = reading.mining(*sides)
    tuning = _sentences(task, replace(request, split="dev", file=None)) if request.split == "test" else None
    return _split(task, request, path, examples, pool, tuning)
