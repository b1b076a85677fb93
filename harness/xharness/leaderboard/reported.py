"""Figures copied from publications: read, shown, never tested."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from xharness.errors import DataError, unknown_name
from xharness.leaderboard.content import Reported

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from xharness.offers import Task

COLUMNS = ("system", "task", "metric", "value", "source")


def read(path: Path, tasks: Mapping[str, Task], known: Iterable[str]) -> list[Reported]:
    """Returns the figures in a CSV file of the columns system, task, metric, value (percent) and source; none without a file.

    A task has a value where all the scores that make it up are reported by the same source: of question answering the mean of
    EM and F1. One row for each system and source, in the order of the file.

    Args:
        tasks: those of the board; figures of others are passed over.
        known: names of all tasks that a line may have: the suite's.

    Raises DataError for other columns, a line with more or fewer, an unknown task, a value that is not a number from 0 to 100,
    a figure given twice, or a file that is no CSV in UTF-8.
    """
    if not path.is_file():
        return []
    names = list(known)
    found: dict[tuple[str, str], dict[tuple[str, str], float]] = {}
    for where, (system, task, metric, value, source) in _lines(path):
        if task not in names:
            raise DataError(f"{where}: {unknown_name('task', task, names)}")
        figures = found.setdefault((system, source), {})
        if (task, metric) in figures:
            raise DataError(
                f"{where}: {metric} of {task} is given a second time for this system and source. Remove one."
            )
        figures[task, metric] = _value(where, value)
    return [
        Reported(system=system, values=values, source=source)
        for (system, source), by_metric in found.items()
        if (values := _tasks(by_metric, tasks))
    ]


def _lines(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yields for every line but the first and empty ones what names it, and its five columns."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.reader(stream)
            head = next(reader, [])
            if tuple(head) != COLUMNS:
                raise DataError(f"{path}: the columns are {', '.join(head)[:200]}; expected {', '.join(COLUMNS)}.")
            for line in reader:
                where = f"{path}, line {reader.line_num}"
                if line and len(line) != len(COLUMNS):
                    raise DataError(
                        f"{where}: it has {len(line)} columns; expected {len(COLUMNS)} ({', '.join(COLUMNS)}). A text with a "
                        "comma needs quotes."
                    )
                if line:
                    yield where, line
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read ({error}). Expected is CSV in UTF-8.") from error


def _value(where: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise DataError(f"{where}: the value is {text[:80]!r}; expected percent, a number from 0 to 100.")
    return value / 100


def _tasks(by_metric: Mapping[tuple[str, str], float], tasks: Mapping[str, Task]) -> dict[str, float]:
    found = {}
    for name, task in tasks.items():
        scores = [by_metric[name, score] for score in task.main if (name, score) in by_metric]
        if len(scores) == len(task.main):
            found[name] = sum(scores) / len(scores)
    return found
