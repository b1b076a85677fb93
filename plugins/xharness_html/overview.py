"""The ranked table: intervals of rank and average, difference to the baseline, a column per task."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from xharness.comparison.formats import words
from xharness.leaderboard.content import AVERAGE
from xharness.reports import ABSENT

from xharness_html import figures
from xharness_html.markup import Markup, element, joined, link, name, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness.leaderboard.content import BoardContent, System

_MARGIN = 0.04  # of the width of a bar, so that a dot at its end is seen whole


def overview(content: BoardContent) -> Markup:
    """Returns the table of complete systems, best first."""
    if not content.complete:
        return element("p", "No system has all cells of the board yet.")
    head = ["Rank", "System", f"Average, {words.level(content.level)} interval"]
    head += ["Difference to the baseline"] if content.baseline is not None else []
    titles: list[str | None] = [None] * len(head)
    head += [*content.tasks, "Seeds"]
    titles += [content.titles.get(task) for task in content.tasks] + [None]
    cells = [element("th", label, scope="col", title=hint) for label, hint in zip(head, titles, strict=True)]
    span = bounds(content.complete)
    lines = [_line(content, place, span) for place in range(len(content.complete))]
    caption = element("caption", "Complete systems, best first. Scores in percent.")
    table = element(
        "table", caption, element("thead", element("tr", *cells)), element("tbody", *lines), class_="sortable overview"
    )
    return boxed(table, "Overview, scrolls sideways", tall=len(lines))


def boxed(table: Markup, label: str, tall: int = 0) -> Markup:
    """Returns a table in a box in which it scrolls, sideways, and from 26 lines on downwards too."""
    css = "box tall" if tall > 25 else "box"
    return element("div", table, class_=css, tabindex=0, role="region", aria_label=label)


def bounds(systems: Sequence[System]) -> tuple[float, float]:
    """Returns ends of a common axis for the averages' intervals, fractions."""
    found = [system.scores[AVERAGE] for system in systems if AVERAGE in system.scores]
    low = min((one.low for one in found if math.isfinite(one.low)), default=0.0)
    high = max((one.high for one in found if math.isfinite(one.high)), default=1.0)
    return (low, high) if high > low else (low - 0.005, low + 0.005)


def system_name(system: System, place: int) -> Markup:
    """Returns the name, which leads to the system's details, its link, and whether it is the baseline."""
    parts = [element("a", name(system.name), href=f"#system-{place}", class_="name")]
    outside = link("↗", system.link, aria_label=f"Page of {words.plain(system.name)}", class_="outside")
    parts += [outside] if outside != "↗" else []
    parts += [element("small", "baseline", class_="badge")] if system.is_baseline else []
    return joined(parts, " ")


def _line(content: BoardContent, place: int, span: tuple[float, float]) -> Markup:
    system = content.complete[place]
    first = place > 0 and content.complete[place - 1].rank != system.rank
    average = system.scores.get(AVERAGE)
    cells = [
        _rank(system),
        element("th", system_name(system, place), scope="row"),
        element("td", _bar(system, span), data_v=figures.key(average.value if average else None), class_="bar"),
    ]
    if content.baseline is not None:
        cells.append(_difference(system))
    for task in content.tasks:
        found = system.scores.get(task)
        cells.append(element("td", figures.score(found), data_v=figures.key(found.value if found else None)))
    cells.append(_seeds(system))
    verdict = system.to_baseline[AVERAGE].verdict if AVERAGE in system.to_baseline else None
    return element("tr", *cells, data_system=place, data_verdict=verdict, class_="group" if first else None)


def _rank(system: System) -> Markup:
    if system.rank is None:
        return element("td", ABSENT)
    shown = [element("b", str(system.rank)), element("small", figures.rank(system), title="interval of the rank")]
    return element("td", joined(shown, " "), data_v=system.rank, class_="rank")


def _bar(system: System, span: tuple[float, float]) -> Markup:
    """Returns the average in figures and as a dot on its interval; all bars of the table have one axis."""
    found = system.scores.get(AVERAGE)
    if found is None or not all(map(math.isfinite, (found.value, found.low, found.high))):
        return text(figures.score(found))
    x1, x, x2 = (_percent(value, span) for value in (found.low, found.value, found.high))
    line = element("line", x1=x1, x2=x2, y1="50%", y2="50%")
    drawing = element("svg", line, element("circle", cx=x, cy="50%", r="3.5"), aria_hidden="true", class_="interval")
    shown = joined([element("b", figures.score(found)), element("small", figures.half(found))], " ")
    return joined([element("span", shown, title=figures.estimate(found)), drawing])


def _percent(value: float, span: tuple[float, float]) -> str:
    share = (value - span[0]) / (span[1] - span[0])
    return f"{100 * (_MARGIN + (1 - 2 * _MARGIN) * share):.2f}%"


def _difference(system: System) -> Markup:
    found = system.to_baseline.get(AVERAGE)
    if found is None:
        return element("td", ABSENT)
    return element("td", figures.difference(found), data_v=figures.key(found.delta), class_="difference")


def _seeds(system: System) -> Markup:
    spread = system.sd.get(AVERAGE)
    shown: list[str] = [str(len(system.runs))]
    if spread is not None:
        shown.append(element("small", f"SD {words.size(spread)}"))
    return element("td", joined(shown, " "), data_v=len(system.runs))
