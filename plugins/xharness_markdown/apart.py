"""What stands apart from the ranking: figures that others reported, and systems that lack cells."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from xharness.comparison.formats import words
from xharness.reports import ABSENT

from xharness_markdown.escaping import NAME, linked, text
from xharness_markdown.overview import title
from xharness_markdown.sentences import by_sentence
from xharness_markdown.tables import table

if TYPE_CHECKING:
    from xharness.leaderboard.content import BoardContent, Reported, System


def reported(content: BoardContent) -> list[str]:
    """Returns the figures of publications in the order of the board's list, and their sources; none was tested here."""
    head = ("system", *(title(content, task) for task in content.tasks))
    rows = [_reported(content, one) for one in content.reported]
    return [
        "Copied from the sources named, in percent. Data, splits, selection and scoring are theirs: "
        "no interval, no test and no rank can be given.",
        table(head, rows),
        f"Sources:\n\n{by_sentence((one.system, one.source) for one in content.reported)}",
    ]


def _reported(content: BoardContent, one: Reported) -> tuple[str, ...]:
    values = (words.score(one.values[task]) if task in one.values else ABSENT for task in content.tasks)
    return (text(one.system, NAME), *values)


def incomplete(content: BoardContent) -> list[str]:
    """Returns the scores that systems without all cells of the board have, and what each lacks, counted by task."""
    head = ("system", "cells", *(title(content, task) for task in content.tasks))
    rows = [_incomplete(content, system) for system in content.incomplete]
    lacking = "\n".join(
        f"- **{text(system.name, NAME)}** lacks {_missing(content, system)}" for system in content.incomplete
    )
    return [
        "These have no rank and no average: they lack cells that count. "
        "A task's score is shown where all its languages are there.",
        table(head, rows),
        lacking,
    ]


def _incomplete(content: BoardContent, system: System) -> tuple[str, ...]:
    found = (system.scores.get(task) for task in content.tasks)
    scores = (ABSENT if one is None else words.score(one.value) for one in found)
    counted = f"{content.cells - len(system.missing)}/{content.cells}"
    return (linked(system.name, system.link), counted, *scores)


def _missing(content: BoardContent, system: System) -> str:
    """Returns "XNLI 15 of 15, Tatoeba 1 of 36"."""
    missing = Counter(place.partition("/")[0] for place in system.missing)
    counts = ((task, missing[task], len(languages)) for task, languages in content.tasks.items())
    return ", ".join(f"{title(content, task)} {lacks} of {all_of}" for task, lacks, all_of in counts if lacks)
