"""Tables of cells: one per task, the heat map, reported figures, and what incomplete systems lack."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from xharness.comparison.formats import words

from xharness_html import figures, scales
from xharness_html.markup import Markup, element, joined, link, name, text
from xharness_html.overview import boxed, system_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xharness.leaderboard.content import BoardContent, Estimate, Reported, System


def tasks(content: BoardContent) -> Markup:
    """Returns a table of systems and languages for each task, folded."""
    scale = scales.of_scores(content)
    return joined(_task(content, task, scale) for task in content.tasks)


def heat_map(content: BoardContent) -> Markup:
    """Returns languages × tasks of the first system, which the script changes to others and to differences.

    Rows are languages, since they are many and a screen is taller than wide. Every cell of the board has `data-cell`, its
    place in the script's data, and every mean `data-row`.
    """
    shown = next(iter((*content.complete, *content.incomplete)), None)
    if shown is None:
        return text("")
    scale = scales.of_scores(content)
    places = {
        place: number
        for number, place in enumerate(
            f"{task}/{one}" for task, languages in content.tasks.items() for one in languages
        )
    }
    head = [element("th", "language", scope="col"), *_task_heads(content)]
    means = [_heat(shown.scores.get(task), scale, data_row=place) for place, task in enumerate(content.tasks, 1)]
    lines = [element("tr", element("th", "mean", scope="row"), *means, class_="mean")]
    for language in sorted({one for languages in content.tasks.values() for one in languages}):
        cells = [
            _heat(shown.cells.get(place), scale, data_cell=places[place]) if place in places else element("td")
            for place in (f"{task}/{language}" for task in content.tasks)
        ]
        lines.append(element("tr", element("th", language, scope="row"), *cells))
    caption = element("caption", element("span", joined([name(shown.name), ": scores in percent"]), id="heat-title"))
    parts = [caption, element("thead", element("tr", *head)), element("tbody", *lines)]
    return boxed(element("table", *parts, id="heat", class_="heat"), "Heat map, scrolls sideways")


def legend(content: BoardContent) -> Markup:
    """Returns the classes of colours with what they hold, for scores, and for differences if there is a baseline."""
    parts = [_legend(scales.of_scores(content), "score, percent", id="legend-score")]
    if content.baseline is not None:
        scale = scales.of_differences(content)
        parts.append(_legend(scale, "difference to the baseline, points", id="legend-difference", hidden=True))
    return joined(parts)


def incomplete(content: BoardContent) -> Markup:
    """Returns incomplete systems with the scores of the tasks that they have whole, and what they lack."""
    head = [
        element("th", "System", scope="col"),
        element("th", "Missing", scope="col", class_="words"),
        *_task_heads(content),
    ]
    lines = []
    for place, system in enumerate(content.incomplete, len(content.complete)):
        cells = [
            element("th", system_name(system, place), scope="row"),
            element("td", _missing(system, content.tasks), class_="words", data_v=len(system.missing)),
            *(element("td", figures.score(system.scores.get(task))) for task in content.tasks),
        ]
        lines.append(element("tr", *cells, data_system=place))
    caption = element("caption", "No rank and no average without all cells. Scores in percent.")
    parts = [caption, element("thead", element("tr", *head)), element("tbody", *lines)]
    return boxed(element("table", *parts, class_="sortable"), "Incomplete systems, scrolls sideways", tall=len(lines))


def reported(content: BoardContent) -> Markup:
    """Returns figures from publications with their sources."""
    head = [
        element("th", "System", scope="col"),
        *_task_heads(content),
        element("th", "Source", scope="col", class_="words"),
    ]
    lines = [_reported(one, content.tasks) for one in content.reported]
    caption = element("caption", "Copied from publications, in percent; never tested against the systems above.")
    parts = [caption, element("thead", element("tr", *head)), element("tbody", *lines)]
    return boxed(element("table", *parts, class_="sortable"), "Reported figures, scrolls sideways", tall=len(lines))


def _task(content: BoardContent, task: str, scale: scales.Scale) -> Markup:
    languages = content.tasks[task]
    head = [element("th", label, scope="col") for label in ("System", "mean", *languages)]
    lines = []
    for place, system in enumerate((*content.complete, *content.incomplete)):
        found = system.scores.get(task)
        cells = [element("th", element("a", name(system.name), href=f"#system-{place}"), scope="row")]
        cells.append(element("td", figures.score(found), title=figures.estimate(found) if found else None))
        for language in languages:
            cell = system.cells.get(f"{task}/{language}")
            cells.append(element("td", figures.score(cell), class_=scale.step(cell.value if cell else None)))
        lines.append(element("tr", *cells, data_system=place))
    parts = [element("thead", element("tr", *head)), element("tbody", *lines)]
    title = content.titles.get(task, task)
    split = content.splits.get(task)
    about = f"{len(languages)} languages" + (f", {split}" if split else "")
    summary = element("summary", element("h3", title), " ", element("small", about))
    table = boxed(
        element("table", *parts, class_="sortable cells"),
        f"{words.plain(title)} by language, scrolls sideways",
        tall=len(lines),
    )
    return element("details", summary, table)


def _task_heads(content: BoardContent) -> list[Markup]:
    return [element("th", task, scope="col", title=content.titles.get(task)) for task in content.tasks]


def _heat(found: Estimate | None, scale: scales.Scale, **place: int) -> Markup:
    return element("td", figures.score(found), class_=scale.step(found.value if found else None), **place)


def _legend(scale: scales.Scale, title: str, **attributes: str | bool) -> Markup:
    parts = [element("li", label, class_=f"{scale.prefix}{place}") for place, label in enumerate(scales.labels(scale))]
    return element("div", element("span", title), element("ol", *parts), class_="legend", **attributes)


def _missing(system: System, known: Mapping[str, Sequence[str]]) -> str:
    """Returns "48 cells: xnli all 15; tatoeba zh"."""
    parts = []
    counts = Counter(place.split("/", 1)[0] for place in system.missing)
    for task, number in counts.items():
        lacking = [place.split("/", 1)[-1] for place in system.missing if place.startswith(f"{task}/")]
        whole = number == len(known.get(task, ()))
        parts.append(f"{task} all {number}" if whole else f"{task} {words.listed(lacking, 8)}")
    return f"{words.counted(len(system.missing), 'cell')}: {'; '.join(parts)}"


def _reported(one: Reported, known: Mapping[str, Sequence[str]]) -> Markup:
    values = [words.score(one.values.get(task, math.nan)) for task in known]
    source = link(one.source, one.source)
    cells = [element("th", name(one.system), scope="row"), *(element("td", value) for value in values)]
    return element("tr", *cells, element("td", source, class_="words"))
