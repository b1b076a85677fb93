"""Names and links from strangers become one harmless line, the same on every Python."""

from __future__ import annotations

import unicodedata

import pytest
from made_up_boards import HOSTILE, HOSTILE_LINKS
from xharness.leaderboard.text import UNNAMED, one_line, safe_link


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_one_line_without_steering_signs(name):
    """Whatever is given comes out on one line, no longer than asked, without control or bidirectional signs."""
    line = one_line(name, 80)
    assert 0 < len(line) <= 80
    assert line == line.strip()
    assert not [
        sign for sign in line if sign != " " and unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}
    ]


def test_ordinary_names_stay_as_they_are():
    """Letters of every script, signs and markup are left alone: each format escapes them itself."""
    for name in ("mBERT (base) <v2> | é 你好 नमस्ते", "a_b*c", "x" * 80):
        assert one_line(name, 80) == name


def test_a_cut_name_says_so():
    """What is too long ends in an ellipsis and has exactly the length asked for."""
    assert one_line("x" * 81, 80) == "x" * 79 + "…"


@pytest.mark.parametrize("name", ["", " \n", "\u202e\u200b", "\ud800"])
def test_a_name_without_signs_is_named_so(name):
    """A name that would be invisible cannot leave an empty cell or an empty link."""
    assert one_line(name, 80) == UNNAMED


@pytest.mark.parametrize(
    "url",
    [
        None, "", "ftp://example.org", "javascript:alert(1)", "data:text/html,x", "//example.org", "https://", "https:///x",
        "https://user@example.org", "https://github.com:x@evil.example", "https://[", "https://example.org:a",
        "https://example.org/\n", "https://example.org/ x", "https://example.org/\u202e", "https://a\\@b",
        "https://" + "x" * 300,
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_no_link(url):
    """Other schemes, missing hosts, user names, control signs, spaces and excess length give no link."""
    assert safe_link(url) is None


def test_a_link_is_percent_encoded():
    """Every sign that could end a link, an attribute or a cell is encoded; what was encoded already stays."""
    assert safe_link("https://example.org/(a)_[b]|\"<c>'`*$?q=1&r=%20%zz#f") == (
        "https://example.org/%28a%29_%5Bb%5D%7C%22%3Cc%3E%27%60%2A%24?q=1&r=%20%25zz#f"
    )
    assert safe_link("https://example.org/é") == "https://example.org/%C3%A9"


def test_hostile_links_keep_no_sign_of_markup():
    """No hostile link that passes holds a bracket, quote, pipe, space or sign of HTML."""
    passed = [found for one in HOSTILE_LINKS if (found := safe_link(one)) is not None]
    assert len(passed) == 3
    assert not set("".join(passed)) & set("<>()[]{}|\"'`\\ *$")
