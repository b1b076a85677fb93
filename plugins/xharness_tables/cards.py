"""Metadata for model cards in the hub's form `model-index`, as YAML.

The form: hub-docs, modelcard.md (https://github.com/huggingface/hub-docs/blob/main/modelcard.md?plain=1).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from xharness.leaderboard.content import AVERAGE
from xharness.leaderboard.text import one_line

from xharness_tables.hub import DATA_SETS, OTHER, TASKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from xharness.leaderboard.content import BoardContent, System

_LONGEST = 200
_RAW = ((0x20, 0x7E), (0xA0, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x10FFFF))  # YAML 1.2, 5.1: what may stand unescaped


def as_model_index(content: BoardContent) -> str:
    """Returns an entry for every system of the board: its average, task means and cells, fractions.

    An author copies the entry of a system into the head of its model card. Where a cell is several scores (exact match and F1)
    each is given by itself, of a task the mean over its languages; so is the board's average by the name of its rule. What is
    not finite is left out. Reported figures are not in it: nobody measured them here.
    """
    lines = [f"# {one_line(content.title, _LONGEST)}: scores are fractions", "model-index:"]
    systems = (*content.complete, *content.incomplete)
    for system in systems:
        lines += [f"- name: {scalar(system.name)}", *_results(content, system)]
    return "\n".join(lines if systems else [lines[0], "model-index: []"]) + "\n"


def scalar(text: str) -> str:
    """Returns a text on one line as a YAML string in double quotes."""
    return f'"{"".join(map(_sign, one_line(text, _LONGEST)))}"'


def _sign(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    code = ord(sign)
    return sign if any(low <= code <= high for low, high in _RAW) else f"\\U{code:08x}"


def _results(content: BoardContent, system: System) -> list[str]:
    made = [line for one in _measured(content, system) for line in _result(content, *one)]
    return ["  results:", *made] if made else ["  results: []"]


def _measured(content: BoardContent, system: System) -> Iterator[tuple[str, str, dict[str, float]]]:
    """Yields task, language and scores by metric: of the average (task ""), of every task (language ""), of every cell."""
    if (average := system.scores.get(AVERAGE)) is not None:
        yield "", "", {content.aggregator[0]: average.value}
    for task, languages in content.tasks.items():
        places = [f"{task}/{language}" for language in languages]
        if task in system.scores:
            yield task, "", _means(system, task, places)
        for language, place in zip(languages, places, strict=True):
            if place in system.cells:
                yield task, language, _scores(system, task, place)


def _scores(system: System, task: str, place: str) -> dict[str, float]:
    single = {TASKS.get(task, OTHER)[1]: system.cells[place].value}
    return dict(system.metrics[place]) if system.metrics.get(place) else single


def _means(system: System, task: str, places: Sequence[str]) -> dict[str, float]:
    """Returns a task's score by metric; the mean over languages of each where a cell has several."""
    each = [system.metrics.get(place, {}) for place in places]
    if not each or not each[0] or any(one.keys() != each[0].keys() for one in each):
        return {TASKS.get(task, OTHER)[1]: system.scores[task].value}
    return {name: math.fsum(one[name] for one in each) / len(each) for name in each[0]}


def _result(content: BoardContent, task: str, language: str, scores: Mapping[str, float]) -> list[str]:
    """Returns the lines of one result; none if no score is finite."""
    finite = {name: value for name, value in scores.items() if math.isfinite(value)}
    title = content.titles.get(task, task)
    shown = [content.suite_title, *([title] if task else []), *([f"({language})"] if language else [])]
    lines = [
        "  - task:",
        f"      type: {scalar(TASKS.get(task, OTHER)[0])}",
        *([f"      name: {scalar(title)}"] if task else []),
        "    dataset:",
        f"      type: {scalar(DATA_SETS.get(content.suite, content.suite))}",
        f"      name: {scalar(' '.join(shown))}",
        *([f"      split: {scalar(content.splits.get(task, ''))}"] if content.splits.get(task) else []),
        *_arguments(content, task, language),
        "    metrics:",
    ]
    for name, value in finite.items():
        lines += [f"    - type: {scalar(name)}", f"      value: {value!r}", *_named(content, task, language, name)]
    return lines if finite else []


def _arguments(content: BoardContent, task: str, language: str) -> list[str]:
    """Returns what tells one result from another: suite version, variant, task, language, limit."""
    said = {"suite_version": content.suite_version, "variant": content.variant, "task": task, "language": language}
    listed = [f"        {name}: {scalar(value)}" for name, value in said.items() if value]
    return ["      args:", *listed, *([] if content.limit is None else [f"        limit: {content.limit}"])]


def _named(content: BoardContent, task: str, language: str, metric: str) -> list[str]:
    if language:
        return []
    several = f"mean over {len(content.tasks[task])} languages" if task else f"average of {len(content.tasks)} tasks"
    return [f"      name: {scalar(f'{metric}, {several}')}"]
