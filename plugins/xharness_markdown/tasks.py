"""A table per task, a column per language; wide ones in parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness.comparison.formats import words

from xharness_markdown import numbers
from xharness_markdown.escaping import linked, text
from xharness_markdown.languages import parts
from xharness_markdown.tables import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness.leaderboard.content import BoardContent, System


def task_section(content: BoardContent, task: str) -> list[str]:
    """Returns what a task is scored on, and a table of its languages for each part of them; the first has the mean."""
    languages = content.tasks[task]
    shown = [f"Split {text(content.splits.get(task, '?'))}, {words.counted(len(languages), 'language')}."]
    for number, (name, members) in enumerate(parts(languages)):
        if name:
            shown.append(f"*{name[:1].upper()}{name[1:]}*")
        shown.append(_table(content, task, members, mean=number == 0))
    return shown


def _table(content: BoardContent, task: str, members: Sequence[str], *, mean: bool) -> str:
    head = ("system", *(("mean",) if mean else ()), *map(text, members))
    rows = [_row(system, task, members, mean=mean) for system in content.complete]
    return table(head, rows)


def _row(system: System, task: str, members: Sequence[str], *, mean: bool) -> tuple[str, ...]:
    places = [f"{task}/{language}" for language in members]
    average = (numbers.estimate(system.scores.get(task)),) if mean else ()
    cells = (numbers.marked(system, place, system.cells.get(place)) for place in places)
    return (linked(system.name, None), *average, *cells)
