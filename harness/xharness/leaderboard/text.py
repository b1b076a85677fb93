"""Names, links and sentences that strangers wrote, made fit for one line of whatever shows them; markup is for each format."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urlsplit

UNNAMED = "(no name)"
_LONGEST_LINK = 300
_STEERING = frozenset(
    {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}
)  # control, bidirectional and other invisible signs, line ends
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def one_line(text: str, longest: int) -> str:
    """Returns `text` on one line of at most `longest` characters, the last of which is "…" where something was cut.

    Control and format characters (bidirectional marks, joiners, zero-width signs) and halves of surrogate pairs become spaces,
    runs of spaces one. What has no other sign comes out as "(no name)". Does not depend on which signs a Python version knows
    to be printable.
    """
    shown = "".join(" " if unicodedata.category(sign) in _STEERING else sign for sign in text)
    line = " ".join(shown.split()) or UNNAMED
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def safe_link(url: str | None) -> str | None:
    """Returns an http(s) address percent-encoded to letters, digits and `:/?#@!&+,;=%~-._`; None for anything else.

    Anything else: another scheme, no host, a user name or password (which are no part of a public address, and can pass for a
    host), control characters or spaces in it, or more than 300 characters.
    """
    if url is None or len(url) > _LONGEST_LINK or any(unicodedata.category(sign) in _STEERING for sign in url):
        return None
    try:
        parts = urlsplit(url)
        host, user, _ = parts.hostname, parts.username or parts.password, parts.port
    except ValueError:  # "https://[", a port that is no number
        return None
    if parts.scheme not in {"http", "https"} or not host or user is not None or "\\" in parts.netloc:
        return None
    return quote(_LONE_PERCENT.sub("%25", url), safe=":/?#@!&+,;=%~-._")
