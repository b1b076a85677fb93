"""Figures copied from publications: read, shown, never tested."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from xharness.errors import DataError
from xharness.leaderboard.content import Reported

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from xharness.offers import Task

COLUMNS = ("system", "task", "metric", "value", "source")


def read(path: Path, tasks: Mapping[str, Task]) -> list[Reported]:
    """Returns the figures in a CSV file of the columns system, task, metric, value (percent) and source; none without a file.

    A task has a value where all the scores that make it up are reported by the same source: of question answering the mean of
    EM and F1. One row for each system and source, in the order of the file.

    Raises DataError for other columns, an unknown task, or a value that is not a number from 0 to 100.
    """
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise DataError(
                f"{path}: the columns are {', '.join(reader.fieldnames or ())}; expected {', '.join(COLUMNS)}."
            )
        found: dict[tuple[str, str], dict[tuple[str, str], float]] = {}
        for number, line in enumerate(reader, start=2):
            key = line["task"], line["metric"]
            found.setdefault((line["system"], line["source"]), {})[key] = _value(path, number, line["value"])
    return [
        Reported(system=system, values=values, source=source)
        for (system, source), by_metric in found.items()
        if (values := _tasks(by_metric, tasks))
    ]


def _value(path: Path, number: int, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise DataError(f"{path}, line {number}: the value is {text!r}; expected percent, a number from 0 to 100.")
    return value / 100


def _tasks(by_metric: Mapping[tuple[str, str], float], tasks: Mapping[str, Task]) -> dict[str, float]:
    found = {}
    for name, task in tasks.items():
        scores = [by_metric[name, score] for score in task.main if (name, score) in by_metric]
        if len(scores) == len(task.main):
            found[name] = sum(scores) / len(scores)
    return found
