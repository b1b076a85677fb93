"""Whatever names, links and settings hold, readers see it as text."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up_boards import HOSTILE, board, hostile
from markdown_it import MarkdownIt
from xharness.leaderboard.text import one_line
from xharness_markdown.document import render
from xharness_markdown.escaping import anchors, linked, local, text

from .reading import seen

TAGS = {
    "h1",
    "h2",
    "h3",
    "p",
    "a",
    "strong",
    "em",
    "ul",
    "li",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "pre",
    "code",
}


def test_hostile_boards_have_only_the_boards_own_tags_and_links():
    """No tag, attribute or address of a hostile board comes from a name, a setting, a mark, a note or a source."""
    page = seen(render(hostile()))
    assert page.tags <= TAGS
    assert page.attributes <= {"href", "style", "class"}  # style: the parser's own alignment of columns
    foreign = {one for one in page.links if not one.startswith(("#", "made-up/runs/"))}
    assert foreign == {
        "https://example.org/a%7Cb",
        "https://example.org/%22%3E%3Cscript%3Ewindow.xss=1%3C/script%3E",
        "https://example.org/%28a%29_%28b%29?q=1&copy;=%3C2%3E#f%60c%60%C3%A9",
    }


def test_hostile_names_change_no_structure():
    """A hostile board has the headings, tables and rows of the same board with plain names."""
    wild, plain = (
        seen(render(hostile(12))),
        seen(render(board(12, {"xnli": ("de", "en", "sw"), "xquad": ("en", "th")}))),
    )
    assert len(wild.headings) == len(plain.headings)
    assert [len(one) for one in wild.tables[:4]] == [len(one) for one in plain.tables[:4]]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("form", ["{}", "- {}", "# {}", "| a |\n|---|\n| {} |", "**{}**", "[{}](x)", "1 {}"])
def test_a_name_is_seen_as_it_is(name, form):
    """Wherever a name stands, its signs are what a reader sees, on one line, but for zero-width spaces of ours."""
    page = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(form.format(text(name)))
    shown = html.unescape(re.sub(r"</?(p|ul|li|h1|table|thead|tbody|tr|th|td|strong|a)( [^>]*)?>", "", page))
    assert one_line(name, 120) in " ".join(shown.replace("\u200b", "").split())


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_is_left_that_github_links_by_itself(name):
    """Addresses, mentions, issue numbers, emoji and formulas are not in the source as GitHub knows them."""
    source = text(name, 1000)
    assert not re.search(r"://|www\.|[:$@#](?=\w)(?<!&#)", source, re.IGNORECASE)
    assert not re.search(r"[@#][^\s\u200b]", re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), source))


@pytest.mark.parametrize("start", ["[ ] a", "[x] a", "[X]"])
def test_a_list_item_gets_no_box_to_tick(start):
    """A sentence that begins a list's item like a task of a list is text: its bracket is kept apart from the rest."""
    assert text(start).startswith("&#91;\u200b")
    assert not text(f"a {start}").count("\u200b")


@given(
    st.text(
        alphabet=st.one_of(st.sampled_from("|\\`*_[]()<>!#&~-+=.:;@$ \n\t1aw/\u202e"), st.characters()), max_size=60
    )
)
def test_any_text_is_one_cell_without_markup(name):
    """No text at all adds a cell, a tag or a link to a table."""
    page = seen(f"| a |\n|---|\n| {text(name)} |")
    assert len(page.tables) == 1
    assert [len(row) for row in page.tables[0]] == [1, 1]
    assert page.tables[0][1][0].replace("\u200b", "") == one_line(name, 120)
    assert page.tags == {"table", "thead", "tbody", "tr", "th", "td"}


@pytest.mark.parametrize(
    "start", ["- a", "+ a", "1. a", "1) a", "# a", "> a", "---", "===", "***", "```", "~~~", "    a", "=", "|a|"]
)
def test_no_beginning_of_a_line_begins_a_block(start):
    """A paragraph that begins like a list, a heading, a quote, a rule, code or a table is a paragraph."""
    page = seen(f"above\n\n{text(start)}\n\n{text(start)}")
    assert page.tags == {"p"}


def test_links_lead_only_where_they_say():
    """An address that is no web address gives plain text; others are encoded, entities in them too."""
    assert linked("a", "javascript:alert(1)") == "a"
    assert linked("a", None) == "a"
    assert seen(linked("a]", "https://example.org/?a=1&copy;=2)")).links == ["https://example.org/?a=1&copy;=2%29"]
    assert seen(local("..", "..", "runs", "a b", "run.json")).links == ["../runs/a%20b/run.json"]


def test_anchors_are_githubs():
    """Slugs are small letters without punctuation, spaces are hyphens, doubles are numbered.

    The expected values are those of the rendering library comrak, which GitHub's follows.
    """
    assert anchors(["Reported, not comparable by test", "PAN-X", "a_b c", "PAN-X", "Ünï (x)"]) == [
        "#reported-not-comparable-by-test", "#pan-x", "#a_b-c", "#pan-x-1", "#%C3%BCn%C3%AF-x",
    ]  # fmt: skip


@pytest.mark.parametrize("content", [board(), hostile()], ids=["plain", "hostile"])
def test_every_link_within_the_file_has_its_heading(content):
    """The line of contents leads to headings that are there."""
    page = seen(render(content))
    inside = [one for one in page.links if one.startswith("#")]
    assert len(inside) == len(page.headings) - 1
    assert inside == anchors(page.headings)[1:]
