"""What the board is in a line, and its table of systems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness.comparison.formats import words
from xharness.leaderboard.content import AVERAGE
from xharness.reports import ABSENT

from xharness_markdown import numbers
from xharness_markdown.escaping import NAME, linked, text
from xharness_markdown.tables import table

if TYPE_CHECKING:
    from xharness.leaderboard.content import BoardContent, System


def summary(content: BoardContent) -> str:
    """Returns suite, splits, variant, cells that count of the suite's, and systems; in bold what makes it no full result."""
    suite = f"{text(content.suite_title, NAME)} {text(content.suite_version)}"
    tasks = words.counted(len(content.tasks), "task")
    counted = f"{content.cells:,} of {words.counted(content.suite_cells, 'cell')} in {tasks}"
    systems = words.counted(len(content.complete), "ranked system")
    line = f"{suite} · {_splits(content)} · variant {text(content.variant)} · {counted} · {systems}."
    if content.limit is not None:
        line += f" **Only the first {words.counted(content.limit, 'example')} of every cell.**"
    if content.cells < content.suite_cells:
        line += " **Not the whole suite: the average is not its official one.**"
    return line


def _splits(content: BoardContent) -> str:
    """Returns "split test", or "splits test (XNLI, UDPOS), dev (MLQA)"."""
    by_split: dict[str, list[str]] = {}
    for task in content.tasks:
        by_split.setdefault(content.splits.get(task, "?"), []).append(title(content, task))
    if len(by_split) == 1:
        return f"split {text(next(iter(by_split)))}"
    named = (f"{text(split)} ({', '.join(titles)})" for split, titles in by_split.items())
    return f"splits {', '.join(named)}"


def title(content: BoardContent, task: str) -> str:
    """Returns a task's title as markdown."""
    return text(content.titles.get(task, task), NAME)


def overview(content: BoardContent) -> list[str]:
    """Returns two tables of the complete systems, best first: ranks and averages, and task scores; each with its legend.

    Two, because one is wider than a page on GitHub and would hide its right half.
    """
    if not content.complete:
        return ["No system has all cells of this board yet."]
    compared = any(AVERAGE in system.to_baseline for system in content.complete)
    return [_averages(content, compared=compared), _legend(content, compared=compared), *_task_scores(content)]


def _averages(content: BoardContent, *, compared: bool) -> str:
    differences = ("less baseline", "verdict", "adj. p") if compared else ()
    head = ("rank", "ranks", "system", "average", *differences, "seeds")
    rows = [_average(system, compared=compared) for system in content.complete]
    return table(head, rows, left=(2, 5) if compared else (2,))


def _average(system: System, *, compared: bool) -> tuple[str, ...]:
    return (
        ABSENT if system.rank is None else str(system.rank),
        numbers.ranks(system),
        linked(system.name, system.link),
        numbers.estimate(system.scores.get(AVERAGE)),
        *(_difference(system) if compared else ()),
        numbers.seeds(system, AVERAGE),
    )


def _difference(system: System) -> tuple[str, str, str]:
    found = system.to_baseline.get(AVERAGE)
    if found is None:
        return ("baseline" if system.is_baseline else ABSENT, "", "")
    return numbers.difference(found), numbers.verdict(found), numbers.solid(words.probability(found.p_adjusted))


def _legend(content: BoardContent, *, compared: bool) -> str:
    """Returns what the columns of the first table hold."""
    level = words.level(content.level)
    line = (
        f"Percent; ± is half of the {level} interval. *rank*: systems with the same one cannot be told from the best of them. "
        f"*ranks*: {level} interval of the rank."
    )
    if compared and content.baseline is not None:
        line += f" *less baseline*: difference to {text(content.baseline, NAME)} in points, with its {level} interval."
    return line


def _task_scores(content: BoardContent) -> list[str]:
    head = ("system", *(title(content, task) for task in content.tasks))
    rows = [
        (
            text(system.name, NAME),
            *(numbers.marked(system, task, system.scores.get(task)) for task in content.tasks),
        )
        for system in content.complete
    ]
    legend = f"Percent, means over the languages of each task{_several(content)}."
    if content.baseline is not None:
        legend += " Behind a score, here and below: ▴ better, ▾ worse than the baseline after correction."
    return [table(head, rows), legend]


def _several(content: BoardContent) -> str:
    """Returns how several scores of a cell become one, for the tasks that have several."""
    rules: dict[tuple[str, ...], list[str]] = {}
    for task, found in scores_of(content).items():
        if len(found) > 1:
            rules.setdefault(found, []).append(title(content, task))
    said = (f"; {', '.join(ones)}: ({' + '.join(map(_short, found))})/{len(found)}" for found, ones in rules.items())
    return "".join(said)


def scores_of(content: BoardContent) -> dict[str, tuple[str, ...]]:
    """Returns the names of the scores that make up each task's cells; none where a cell is a single score."""
    found: dict[str, tuple[str, ...]] = {}
    for system in (*content.complete, *content.incomplete):
        for place, scores in system.metrics.items():
            found.setdefault(place.partition("/")[0], tuple(scores))
    return found


def _short(score: str) -> str:
    return {"exact_match": "EM", "f1": "F1"}.get(score) or text(score)
