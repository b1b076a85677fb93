"""Markdown as a reader sees it: parsed by markdown-it, with raw HTML allowed, so that anything that could act would."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from markdown_it import MarkdownIt


@dataclass
class Seen(HTMLParser):
    """Tags, addresses, headings and tables of a page, as its reader sees them."""

    tags: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    attributes: set[str] = field(default_factory=set)
    headings: list[str] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        self.open.append(tag)
        if tag in {"h1", "h2", "h3"}:
            self.headings.append("")
        elif tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"h1", "h2", "h3"} & set(self.open):
            self.headings[-1] += data
        elif {"td", "th"} & set(self.open):
            self.tables[-1][-1][-1] += data


def seen(markdown: str) -> Seen:
    """Renders GitHub's tables and strikethrough, raw HTML included, and reads the result."""
    page = Seen()
    page.feed(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))
    page.close()
    assert page.open == []
    return page


def pipes(markdown: str) -> list[set[int]]:
    """Numbers of cells of each table's lines, counted strictly: every pipe that no backslash precedes ends a cell."""
    found: list[set[int]] = []
    inside = False
    for line in markdown.split("\n"):
        if line.startswith("|"):
            if not inside:
                found.append(set())
            found[-1].add(len(re.findall(r"(?<!\\)\|", line)) - 1)
        inside = line.startswith("|")
    return found
