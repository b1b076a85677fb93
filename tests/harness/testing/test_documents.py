"""A leaderboard format that lets a name become markup is found, in every form that is known."""

from __future__ import annotations

import csv
import html
import io
import json
from itertools import count
from typing import TYPE_CHECKING

import pytest
from xharness import LeaderboardFormat
from xharness.testing import assert_ok, check_leaderboard_format

from . import good

if TYPE_CHECKING:
    from collections.abc import Callable

    from xharness.leaderboard.content import BoardContent


def printable(text: str) -> str:
    """The text without control characters and line ends."""
    return "".join(one if one.isprintable() else " " for one in text)


def page(content: BoardContent, escape: Callable[[str], str] = html.escape) -> str:
    """A page with a row for each system."""
    rows = "".join(f"<tr title='x'><td>{escape(printable(one.name))}</td></tr>" for one in content.complete)
    return f"<!DOCTYPE html><title>{html.escape(printable(content.title))}</title><table>{rows}</table>"


def markdown(content: BoardContent, escape: Callable[[str], str]) -> str:
    """A table."""
    return "# Board\n\n| system |\n|---|\n" + "".join(f"| {escape(one.name)} |\n" for one in content.complete)


def escaped(name: str) -> str:
    """A name as markdown shows it."""
    return "".join(f"\\{one}" if one in "\\`*_{}[]()<>#+-.!|" else one for one in printable(name))


def table(content: BoardContent) -> str:
    """CSV as the csv module quotes it."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([printable(one.name), "x"] for one in content.complete)
    return stream.getvalue()


def latex(content: BoardContent, escape: Callable[[str], str]) -> str:
    """A table for LaTeX."""
    rows = "".join(f"{escape(one.name)} & {one.rank} \\\\\n" for one in content.complete)
    return "\\begin{tabular}{lr}\n" + rows + "\\end{tabular} % made up & not shown\n"


def for_latex(name: str) -> str:
    """A name without anything that LaTeX takes for a command."""
    return "".join(one if one.isalnum() or one in " .,:;=/'" else " " for one in printable(name))


def form(suffix: str, render: Callable[[BoardContent], str]) -> LeaderboardFormat:
    """A format under test."""
    return LeaderboardFormat(name="mine", suffix=suffix, render=render)


GOOD = [
    (".html", page),
    (".md", lambda content: markdown(content, escaped)),
    (".csv", table),
    (".json", lambda content: json.dumps([one.name for one in content.complete])),
    (".tex", lambda content: latex(content, for_latex)),
    (".txt", lambda content: "systems:\n" + "".join(f"  {printable(one.name)}\n" for one in content.complete)),
]
BROKEN = [
    (".html", lambda content: page(content, str), "change more than text: <script >"),
    (".html", lambda content: page(content, lambda name: f"<a href='{html.escape(name)}'>x</a>"), "href="),
    (".md", lambda content: markdown(content, printable), "change more than text"),
    (".md", lambda content: markdown(content, lambda name: name.replace("|", "")), "change more than text: lines"),
    (".csv", lambda content: "\n".join(printable(one.name) for one in content.complete), "columns of row"),
    (
        ".json",
        lambda content: '["' + '","'.join(one.name for one in content.complete) + '"]',
        "reading what it rendered",
    ),
    (".tex", lambda content: latex(content, printable), "comments: 1 → 2"),
    (".txt", lambda content: "".join(f"{one.name}\n" for one in content.complete), "change more than text: lines"),
]


@pytest.mark.parametrize(("suffix", "render"), GOOD)
def test_format_that_escapes_passes(suffix, render):
    """A format of each known form, and one of an unknown one, that keeps names as text has one good line."""
    assert_ok(check_leaderboard_format(form(suffix, render)))


@pytest.mark.parametrize(("suffix", "render", "message"), BROKEN)
def test_name_that_becomes_markup_is_found(suffix, render, message):
    """A format of each form that inserts names as they are is found, and told what changed."""
    assert message in good.told(check_leaderboard_format(form(suffix, render)))


def test_control_characters_are_found():
    """Escape sequences and overrides of the direction of text may not reach the reader."""

    def render(content: BoardContent) -> str:
        return " ".join("".join(c for c in one.name if c == "\u202e" or c.isprintable()) for one in content.incomplete)

    assert "control characters of names in the text: 1 (first: U+202E)" in good.told(
        check_leaderboard_format(form(".txt", render))
    )


def test_text_that_changes_is_found():
    """A format that writes the time, or anything else that changes, is found."""
    calls = count()
    assert "another text the second time" in good.told(
        check_leaderboard_format(form(".txt", lambda content: f"rendered {next(calls)} times"))
    )


def test_empty_board_must_be_rendered():
    """A format that needs a system is found; so is a suffix without its dot."""
    told = good.told(check_leaderboard_format(form("md", lambda content: f"best: rank {content.complete[0].rank}")))
    assert "rendering a board without systems raised IndexError" in told
    assert "its suffix is 'md'" in told
