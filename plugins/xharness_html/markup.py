"""Markup that only this module makes: whatever else reaches it is text and is escaped."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

_VOID = frozenset({"meta", "link", "input", "br"})
_URL_SIGNS = "%/:?#[]@!$&'()*+,;=~"  # RFC 3986, reserved signs and "%"; quotes are escaped where they are written
_LONGEST_URL = 2000


class Markup(str):
    """Text that is markup already. Made by `element`, `joined` and `asset` only; equal to its characters."""

    __slots__ = ()


def text(value: str) -> Markup:
    """Returns `value` as one line of text: signs of markup escaped; control and direction signs, which would steer what
    stands around them, and halves of surrogate pairs, which no file can hold, are blanks.
    """
    if isinstance(value, Markup):
        return value
    return Markup(html.escape("".join(sign if sign.isprintable() else " " for sign in value), quote=True))


def element(tag: str, *children: str, **attributes: str | int | bool | None) -> Markup:
    """Returns an element; children that are not Markup are escaped.

    Args:
        attributes: "_" becomes "-", one at the end falls off (`class_`); None and False leave the attribute out, True writes
            it without a value. Values are escaped, also where they are Markup.
    """
    written = "".join(
        f" {_attribute(name)}" + ("" if value is True else f'="{_value(value)}"')
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    inside = "".join(text(child) for child in children)
    return Markup(f"<{tag}{written}>" if tag in _VOID else f"<{tag}{written}>{inside}</{tag}>")


def joined(parts: Iterable[str], between: str = "") -> Markup:
    """Returns the parts one after the other; those that are not Markup are escaped, `between` too."""
    return Markup(text(between).join(text(part) for part in parts))


def asset(content: str) -> Markup:
    """Returns text of this package's own files, or JSON in which "<" is escaped, as it is."""
    return Markup(content)


def name(value: str) -> Markup:
    """Returns a name given by people: its direction of writing ends with it."""
    return element("bdi", value)


def address(url: str | None) -> str | None:
    """Returns an http(s) address with every sign outside RFC 3986 percent-encoded; None for anything else.

    Addresses with control or direction signs, with blanks, with a user's name, which may pose as a host, or of more than
    2000 signs are none.
    """
    if not url or len(url) > _LONGEST_URL or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return None
    return quote(url, safe=_URL_SIGNS) if valid else None


def link(label: str, url: str | None, **attributes: str | int | bool | None) -> Markup:
    """Returns a link that tells the other side nothing; `label` alone where `url` is no http(s) address."""
    found = address(url)
    if found is None:
        return text(label)
    return element("a", label, href=found, rel="noopener noreferrer nofollow ugc", **attributes)


def _value(value: str | int) -> str:
    """Returns what stands between the quotes; Markup is text here like any other."""
    return text("".join(str(value)))


def _attribute(written: str) -> str:
    return written.removesuffix("_").replace("_", "-")
