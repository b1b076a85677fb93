"""The whole file: its sections, their headings, and the links to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness.leaderboard.text import one_line

from xharness_markdown import apart, reading
from xharness_markdown.escaping import NAME, anchors, text
from xharness_markdown.overview import overview, summary
from xharness_markdown.settings import marks, settings
from xharness_markdown.tasks import task_section

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xharness.leaderboard.content import BoardContent


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading of level 2 or 3, as readers see it, and the paragraphs below it in markdown."""

    title: str
    level: int = 2
    paragraphs: Sequence[str] = ()


def render(content: BoardContent) -> str:
    """Returns the board as GitHub markdown, ending in a line end; the same content gives the same text."""
    title = one_line(content.title, NAME)
    sections = list(_sections(content))
    links = anchors([title, *(section.title for section in sections)])[1:]
    parts = [f"# {text(title, NAME)}", *reading.opening(content), summary(content), _contents(sections, links)]
    for section in sections:
        parts += [f"{'#' * section.level} {text(section.title, NAME)}", *section.paragraphs]
    return "\n\n".join(parts) + "\n"


def _contents(sections: Sequence[Section], links: Sequence[str]) -> str:
    """Returns a line of links to the sections, those of level 3 behind theirs: "Tasks: XNLI, PAWS-X · Settings"."""
    found, above = "", 2
    for section, link in zip(sections, links, strict=True):
        between = " · " if section.level == 2 else ": " if above == 2 else ", "
        found += (between if found else "") + f"[{text(section.title, NAME)}]({link})"
        above = section.level
    return found


def _sections(content: BoardContent) -> Iterator[Section]:
    yield Section(title="Overview", paragraphs=overview(content))
    if content.complete:
        yield Section(title="Tasks", paragraphs=["Percent, best average first; ± is half of the interval."])
        for task in content.tasks:
            title = one_line(content.titles.get(task, task), NAME)
            yield Section(title=title, level=3, paragraphs=task_section(content, task))
    yield Section(title="Settings", paragraphs=settings(content))
    if found := marks(content):
        yield Section(title="Marks", level=3, paragraphs=[found])
    if content.reported:
        yield Section(title="Reported, not comparable by test", paragraphs=apart.reported(content))
    if content.incomplete:
        yield Section(title="Incomplete systems", paragraphs=apart.incomplete(content))
    yield Section(title="How to read this board", paragraphs=reading.how_to_read(content))
    yield Section(title="How to rebuild it", paragraphs=[*reading.how_to_rebuild(content), *reading.footer(content)])
