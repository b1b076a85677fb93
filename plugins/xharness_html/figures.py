"""How scores and differences are written in the page's tables. Fractions come in; percent and points go out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from xharness.comparison.formats import words
from xharness.reports import ABSENT

from xharness_html.markup import Markup, element, joined

if TYPE_CHECKING:
    from xharness.leaderboard.content import BoardContent, Difference, Estimate, System

SIGNS = {"better": "+", "worse": "−", "undecided": "·"}


def score(value: Estimate | None) -> str:
    """Returns percent with one decimal, a dash if there is none."""
    return words.score(value.value if value else math.nan)


def half(value: Estimate) -> str:
    """Returns half the width of the interval, "± 0.4"."""
    return f"± {words.size((value.high - value.low) / 2)}"


def estimate(value: Estimate | None) -> str:
    """Returns percent and interval: "62.3, 61.9 to 62.7"."""
    return f"{score(value)}, {words.score(value.low)} to {words.score(value.high)}" if value else score(None)


def key(value: float | None) -> str | None:
    """Returns what a column is sorted by; None, after all others, where there is no number."""
    return None if value is None or not math.isfinite(value) else f"{value:.6f}"


def rank(system: System) -> str:
    """Returns the interval of the rank: "1–3", "2"."""
    if system.rank_low is None or system.rank_high is None:
        return ABSENT
    return str(system.rank_low) if system.rank_low == system.rank_high else f"{system.rank_low}–{system.rank_high}"


def verdict(found: Difference) -> Markup:
    """Returns sign and word, marked for its colour."""
    known = found.verdict in SIGNS
    sign = f"{SIGNS[found.verdict]} " if known else ""
    return element("span", f"{sign}{found.verdict}", class_=found.verdict if known else None)


def difference(found: Difference) -> Markup:
    """Returns points, interval, verdict and adjusted p-value."""
    details = f"{words.interval(found.low, found.high)} p {words.probability(found.p_adjusted)}"
    parts = [element("b", words.points(found.delta)), verdict(found), element("small", details)]
    return joined(parts, " ")


def mixed(content: BoardContent) -> list[str]:
    """Returns a sentence for each kind of cell whose score is the mean of several: "xquad, mlqa: …"."""
    found: dict[tuple[str, ...], list[str]] = {}
    for task in content.tasks:
        for system in (*content.complete, *content.incomplete):
            names = next((tuple(m) for place, m in system.metrics.items() if place.startswith(f"{task}/")), ())
            if len(names) > 1:
                found.setdefault(names, []).append(task)
                break
    return [f"{', '.join(tasks)}: the score is the mean of {words.joined(names)}." for names, tasks in found.items()]
