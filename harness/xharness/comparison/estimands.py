"""What is estimated: the means of cells that a suite reports, over the cells at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xharness.offers import Suite, Task

ENGLISH = "en"
"""The language whose data zero-shot transfer starts from."""

AVERAGE = "average"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimand:
    """A weighted mean of cells.

    Attributes:
        name: of the task or group, or "average".
        weights: cell ("task/language") → weight; they sum to 1.
        task: the task that it is the mean of; "" for means over several.
        of_cells: cells that the suite has below it.
    """

    name: str
    weights: Mapping[str, float]
    task: str
    languages: tuple[str, ...]
    of_cells: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimands:
    """Everything that is reported beside single cells; `english` only in the zero-shot view."""

    tasks: tuple[Estimand, ...]
    groups: tuple[Estimand, ...]
    overall: Estimand
    english: Estimand | None


def estimands(
    suite: Suite, tasks: Mapping[str, Task], cells: Sequence[tuple[str, str]], *, zero_shot: bool
) -> Estimands:
    """Returns the means over the cells (task, language) at hand.

    A task's is the mean over its languages, a group's that of its tasks, the average that of all tasks (the suite's
    aggregator), each over what is there. With `zero_shot` all leave English out, and English is averaged on its own.

    Raises UsageError if no cell is left.
    """
    languages = {name: tuple(one for task, one in cells if task == name) for name in tasks}
    chosen = {name: _without_english(found) if zero_shot else found for name, found in languages.items()}
    means = {name: _of_task(tasks[name], found) for name, found in chosen.items() if found}
    if not means:
        raise UsageError(
            "No language but English is left to compare: leave --zero-shot out, or name other --languages."
        )
    groups = [
        _mean(name, [means[one] for one in members if one in means], _all_cells(tasks, members))
        for name, members in suite.aggregator.groups.items()
        if any(one in means for one in members)
    ]
    english = [_of_task(tasks[name], (ENGLISH,)) for name, found in languages.items() if ENGLISH in found]
    return Estimands(
        tasks=tuple(means.values()),
        groups=tuple(groups),
        overall=_mean(AVERAGE, list(means.values()), _all_cells(tasks, tuple(tasks))),
        english=_mean("English", english, len(english)) if zero_shot and english else None,
    )


def _without_english(languages: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in languages if one != ENGLISH)


def _all_cells(tasks: Mapping[str, Task], names: Sequence[str]) -> int:
    return sum(len(tasks[name].languages) for name in names if name in tasks)


def _of_task(task: Task, languages: tuple[str, ...]) -> Estimand:
    return Estimand(
        name=task.name,
        weights={f"{task.name}/{language}": 1 / len(languages) for language in languages},
        task=task.name,
        languages=languages,
        of_cells=len(task.languages),
    )


def _mean(name: str, members: Sequence[Estimand], of_cells: int) -> Estimand:
    return Estimand(
        name=name,
        weights={cell: weight / len(members) for one in members for cell, weight in one.weights.items()},
        task="",
        languages=tuple(dict.fromkeys(language for one in members for language in one.languages)),
        of_cells=of_cells,
    )
