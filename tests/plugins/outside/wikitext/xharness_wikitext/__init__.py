"""A leaderboard as a sortable MediaWiki table: rank, system, average, tasks, in percent."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from xharness import LeaderboardFormat, hookimpl
from xharness.leaderboard.text import one_line, safe_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xharness.leaderboard.content import BoardContent, System

XHARNESS_CONTRACT = 1
AVERAGE = "average"
PLAIN = frozenset(" .")
LONGEST = 80


def escaped(text: str) -> str:
    """Returns text on one line in which every character but letters, digits, spaces and full stops is a numeric entity."""
    return "".join(one if one.isalnum() or one in PLAIN else f"&#{ord(one)};" for one in one_line(text, LONGEST))


def render(content: BoardContent) -> str:
    """Returns the table; the same board gives the same text."""
    return "\n".join(_lines(content)) + "\n"


def _lines(content: BoardContent) -> Iterator[str]:
    head = ["Rank", "System", "Average", *(content.titles.get(task) or task for task in content.tasks)]
    yield '{| class="wikitable sortable"'
    yield f"|+ {escaped(content.title)}"
    yield "! " + " !! ".join(escaped(name) for name in head)
    for system in [*content.complete, *content.incomplete]:
        rank = "" if system.rank is None else str(system.rank)
        scores = [_percent(system, row) for row in (AVERAGE, *content.tasks)]
        yield "|-"
        yield "| " + " || ".join([rank, _name(system), *scores])
    yield "|}"


def _name(system: System) -> str:
    name, link = escaped(system.name), safe_link(system.link)
    return name if link is None else f"[{quote(link, safe=':/?&=#%~.-_')} {name}]"


def _percent(system: System, row: str) -> str:
    score = system.scores.get(row)
    return "" if score is None else f"{100 * score.value:.1f}"


@hookimpl
def xharness_leaderboard_formats() -> Iterable[LeaderboardFormat]:
    """Offers the table, built on request."""
    return [
        LeaderboardFormat(name="wikitext", suffix=".wiki", render=render, description="A sortable table for MediaWiki.")
    ]
