"""Details of each system: its runs with settings, marks and records."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from xharness.comparison.formats import words
from xharness.leaderboard.content import AVERAGE

from xharness_html import figures
from xharness_html.markup import Markup, element, joined, link, name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xharness.leaderboard.content import BoardContent, RunFacts, System

_DIGITS = 12  # of a SHA-256, as everywhere on boards; the record has all
_FOLDER = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


def details(content: BoardContent) -> Markup:
    """Returns a folded block for each system, complete ones first; `#system-N` unfolds one."""
    systems = (*content.complete, *content.incomplete)
    return joined(_system(content, place, system) for place, system in enumerate(systems))


def _system(content: BoardContent, place: int, system: System) -> Markup:
    about = f"rank {figures.rank(system)}" if system.rank is not None else "incomplete"
    seeds = f", {len(system.runs)} seeds" if len(system.runs) > 1 else ""
    summary = element("summary", element("h3", name(system.name)), " ", element("small", about + seeds))
    parts = [element("p", "Page: ", link(system.link, system.link))] if system.link else []
    if system.sd:
        parts.append(element("p", "Standard deviation over seeds, points: ", _spread(system.sd)))
    parts += [_same(system.runs), *(_run(content, run, _shared(system.runs)) for run in system.runs)]
    body = element("div", *parts, id=f"system-{place}", class_="details")
    return element("details", summary, body, data_system=place, class_="system")


def _spread(sd: Mapping[str, float]) -> str:
    rows = sorted(sd, key=lambda row: row != AVERAGE)
    return ", ".join(f"{row} {words.size(sd[row])}" for row in rows)


def _shared(runs: Sequence[RunFacts]) -> dict[str, str]:
    """Returns settings that all of several runs have alike, in order."""
    if len(runs) < 2:
        return {}
    return {
        key: value for key, value in runs[0].settings.items() if all(run.settings.get(key) == value for run in runs)
    }


def _same(runs: Sequence[RunFacts]) -> Markup:
    shared = _shared(runs)
    return joined([element("h4", "All runs"), _listed(shared)] if shared else [])


def _run(content: BoardContent, run: RunFacts, shared: Mapping[str, str]) -> Markup:
    own = {key: value for key, value in run.settings.items() if key not in shared}
    own |= {"checkpoint": run.identity[:_DIGITS], "record": run.sha256[:_DIGITS]}
    parts = [element("h4", name(run.name)), _listed(own)]
    if run.marks:
        parts.append(element("ul", *(element("li", mark) for mark in run.marks), class_="marks"))
    where = record(content.id, run.id)
    if where is not None:
        parts.append(element("p", element("a", "run record", href=where)))
    return element("section", *parts, class_="run")


def record(board: str, run: str) -> str | None:
    """Returns where a run's record lies, relative to the page; None if a name is none of a folder."""
    if not all(_FOLDER.fullmatch(part) for part in (board, run)):
        return None
    return f"{board}/runs/{run}/run.json"


def _listed(settings: Mapping[str, str]) -> Markup:
    pairs = [element("div", element("dt", key), element("dd", value)) for key, value in settings.items() if value]
    return element("dl", *pairs)
