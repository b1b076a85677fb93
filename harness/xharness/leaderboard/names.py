"""Names and links that strangers give: what is taken, and how the rest is shown."""

from __future__ import annotations

import unicodedata
from urllib.parse import urlsplit

from xharness.errors import UsageError

LONGEST_NAME = 80
LONGEST_TITLE = 120
LONGEST_LINK = 300
_OPEN = 60  # characters of a refused text that are shown


def checked_name(text: str, what: str = "name", longest: int = LONGEST_NAME) -> str:
    """Returns a name as it is stored: composed (NFC), with single spaces.

    Raises UsageError if it is empty, longer than `longest` characters, or has one that cannot be seen: control characters, line
    ends, marks that turn the direction of writing, zero-width ones. Everything visible is allowed; formats escape it.
    """
    hidden = next((sign for sign in text if not sign.isprintable()), None)
    if hidden is not None:
        raise UsageError(
            f"The {what} {printable(text, _OPEN)!r} has the invisible character U+{ord(hidden):04X} "
            f"({unicodedata.name(hidden, 'a control character')}). Expected is one line of visible characters: type it again."
        )
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name:
        raise UsageError(f"The {what} is empty. Expected is one line of 1 to {longest} characters.")
    if len(name) > longest:
        raise UsageError(
            f"The {what} {printable(name, _OPEN)!r} has {len(name)} characters, and at most {longest} are allowed: give a "
            "shorter one."
        )
    return name


def checked_link(text: str | None) -> str | None:
    """Returns a link as it is stored, None for None.

    Raises UsageError if it is not http(s) with a host and without user and password, is longer than 300 characters, or has a
    character that no address has (spaces, quotes, brackets, anything not ASCII: write those in percent encoding).
    """
    if text is None:
        return None
    shown = printable(text, _OPEN)
    if len(text) > LONGEST_LINK:
        raise UsageError(f"The link {shown!r} has {len(text)} characters, and at most {LONGEST_LINK} are allowed.")
    if not _is_link(text):
        raise UsageError(
            f"The link {shown!r} is no address of a page: expected is https://… (or http://…) with a host and no password, in "
            "ASCII without spaces, quotes, brackets or backslashes; write others in percent encoding."
        )
    return text


def _is_link(text: str) -> bool:
    if not all("!" <= sign <= "~" for sign in text) or set(text) & set("\"'<>\\`{}|^[]"):
        return False
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc


def folded(name: str) -> str:
    """Returns what two names have in common that look alike: compatibility forms and case are one (NFKC, case folding)."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def printable(text: str, longest: int) -> str:
    """Returns at most `longest` characters of a text, those that cannot be seen as "\\u202e"."""
    shown = "".join(sign if sign.isprintable() else _escaped(sign) for sign in text[: longest + 1])
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def _escaped(sign: str) -> str:
    return f"\\u{ord(sign):04x}"
