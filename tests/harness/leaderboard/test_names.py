"""What whoever adds a run may call it, and where it may point."""

from __future__ import annotations

import pytest
from xharness.errors import UsageError
from xharness.leaderboard.names import checked_link, checked_name, folded, printable


@pytest.mark.parametrize(
    "name", ["x", "a | b", "<script>alert(1)</script>", "[a](http://b)", "Ж漢字ไทย", "y" * 80, "=cmd()", "../x"]
)
def test_visible_names_are_taken_as_they_are(name):
    """Whatever can be seen is a name, up to 80 characters; making it harmless is the formats' task."""
    assert checked_name(name) == name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("y" * 81, "81 characters, and at most 80"),
        ("y" * 300, "300 characters"),
        ("two\nlines", r"U\+000A"),
        ("tab\there", r"U\+0009"),
        ("evil\u202egnp", r"U\+202E \(RIGHT-TO-LEFT OVERRIDE\)"),
        ("zero\u200bwidth", r"U\+200B"),
        ("\x1b[31mred", r"U\+001B"),
        ("half\ud800", r"U\+D800"),
        ("isolate\u2066", r"U\+2066"),
        ("line\u2028", r"U\+2028"),
    ],
)
def test_other_names_are_refused(name, words):
    """Empty, long and invisible names are refused, and the message itself shows nothing invisible."""
    with pytest.raises(UsageError, match=words) as raised:
        checked_name(name)
    assert str(raised.value).isprintable()


def test_names_that_look_alike_are_one():
    """Spaces, case and compatibility forms do not make another name; other letters do."""
    assert folded("Model  ONE") == folded("model one") == folded("ｍｏｄｅｌ one")
    assert folded("model one") != folded("model two")
    assert checked_name(" e\u0301  x ") == "é x"


@pytest.mark.parametrize(
    "link", ["https://example.org", "http://a.b:8080/c?d=e&f=%20#g", "https://xn--e1afmkfd.example/x"]
)
def test_addresses_of_pages_are_links(link):
    """http and https addresses are taken as they are, and no link is none."""
    assert checked_link(link) == link
    assert checked_link(None) is None


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)", "data:text/html,x", "//example.org", "example.org", "https://", "ftp://example.org", "file:///x",
        "https://a b", "https://a\nb", 'https://a/"><script>', "https://a/')", "https://a/[b]", "https://a\\b",
        "https://user:word@example.org", "https://ex\u202eample.org", "https://пример.example", "https://a:port/", "",
        f"https://example.org/{'x' * 300}",
    ],
)  # fmt: skip
def test_other_links_are_refused(link):
    """Anything that is no plain web address is refused."""
    with pytest.raises(UsageError, match="link"):
        checked_link(link)


def test_what_is_shown_is_printable_and_short():
    """Signs that cannot be seen are written as their numbers, and long texts are cut."""
    assert printable("a\nb\u202e", 80) == "a\\u000ab\\u202e"
    assert printable("x" * 100, 80) == "x" * 79 + "…"
