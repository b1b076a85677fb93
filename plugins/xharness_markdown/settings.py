"""What stands behind each row: the settings of its runs, and what a reader must know of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness_markdown.escaping import CELL, NAME, SENTENCE, linked, local, text
from xharness_markdown.sentences import by_sentence
from xharness_markdown.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xharness.leaderboard.content import BoardContent, RunFacts, System


def settings(content: BoardContent) -> list[str]:
    """Returns what all runs have in common as a list, and a table of the rest with a row for each run.

    Complete systems come first; a run's number links to its stored record.
    """
    runs = list(runs_of(content))
    if not runs:
        return ["No run has been added yet."]
    keys = list(dict.fromkeys(key for _, run in runs for key in run.settings))
    same = [key for key in keys if len(runs) > 1 and len({run.settings.get(key) for _, run in runs}) == 1]
    differing = [key for key in keys if key not in same]
    shown = [f"The same in all runs:\n\n{_list(same, runs[0][1])}"] if same else []
    head = ("system", "run", "seed", *(text(key, NAME) for key in differing))
    rows = [_row(content, system, run, differing) for system, run in runs]
    return [*shown, table(head, rows, left=len(head))]


def runs_of(content: BoardContent) -> Iterator[tuple[System, RunFacts]]:
    """Yields every run with its system, complete ones first."""
    for system in (*content.complete, *content.incomplete):
        yield from ((system, run) for run in system.runs)


def _list(keys: Sequence[str], run: RunFacts) -> str:
    return "\n".join(f"- {text(key, NAME)}: {text(run.settings[key], SENTENCE)}" for key in keys)


def _row(content: BoardContent, system: System, run: RunFacts, keys: Sequence[str]) -> tuple[str, ...]:
    told = (text(run.settings[key], CELL) if run.settings.get(key) else "" for key in keys)
    seed = "–" if run.seed is None else str(run.seed)
    return (linked(system.name, system.link), record(content, run), seed, *told)


def record(content: BoardContent, run: RunFacts) -> str:
    """Returns a link to a run's stored record, relative to the board's markdown file."""
    return local(run.id, content.id, "runs", run.id, "run.json")


def marks(content: BoardContent) -> str:
    """Returns every distinct mark once, after the systems that bear it; "" where there is none."""
    return by_sentence((system.name, sentence) for system, run in runs_of(content) for sentence in run.marks)
