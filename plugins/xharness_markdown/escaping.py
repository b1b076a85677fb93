"""Text that strangers wrote, as GitHub markdown that shows it and does nothing else."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import quote

from xharness.leaderboard.text import one_line, safe_link

if TYPE_CHECKING:
    from collections.abc import Iterable

NAME, CELL, SENTENCE = 80, 120, 400
"""Characters at which a name, a cell of a table, and a sentence are cut."""

# Character references are never read as structure (CommonMark 0.31, section 2.5), nor "&#124;" as the end of a cell.
_SIGNS = re.compile(r"[\\|<>`*_\[\]~$&@!#{}]|:(?=\S)|(?<=www)\.", re.IGNORECASE)
_BLOCK = re.compile(r"^(|\d{1,9}(?=[.)]))([-+=.)])")  # what would begin a list, a rule or the underline of a heading
_CHECKBOX = re.compile(
    r"^&#91;(?=[ xX]&#93;)"
)  # a box to tick at the beginning of a list's item, found as late as names are
_MENTION = re.compile(
    r"(&#64;|&#35;)(?=\S)"
)  # GitHub looks for addresses and names in the text that it has already read
_APART = "\u200b"
_WORD = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Pc"})  # what GitHub keeps of a heading


def text(given: str, longest: int = CELL) -> str:
    """Returns `given` on one line, cut at `longest` characters, so that GitHub shows exactly it.

    No column, markup, tag, link, mention, box, emoji or formula comes from it, wherever it stands in a line. A zero-width
    space stands between "@" or "#" and what follows, and in "[x]" at its beginning.
    """
    line = _SIGNS.sub(lambda found: f"&#{ord(found[0])};", one_line(given, longest))
    line = _BLOCK.sub(lambda found: f"{found[1]}&#{ord(found[2])};", line)
    return _MENTION.sub(rf"\1{_APART}", _CHECKBOX.sub(f"&#91;{_APART}", line))


def linked(name: str, url: str | None, longest: int = NAME) -> str:
    """Returns a name, as a link if `url` is an http(s) address that can be one."""
    address = safe_link(url)
    return text(name, longest) if address is None else f"[{text(name, longest)}]({_destination(address)})"


def local(name: str, *parts: str) -> str:
    """Returns a link to a file beside the board: `parts` are folders and the file's name, "runs", "a-1", "run.json"."""
    return f"[{text(name, NAME)}]({_destination('/'.join(quote(part, safe='') for part in parts))})"


def anchors(titles: Iterable[str]) -> list[str]:
    """Returns the addresses within the file that GitHub gives to headings, "#overview", in the order of all headings.

    The rule is GitHub's: small letters, digits, "_" and "-" stay, spaces become "-", all else goes; the second of the same name
    ends in "-1". `titles` are those that readers see, on one line.
    """
    counts: dict[str, int] = {}
    found = []
    for title in titles:
        kept = "".join(sign for sign in title.lower() if sign in "- " or unicodedata.category(sign) in _WORD)
        slug = kept.replace(" ", "-")
        number = counts.get(slug, 0)
        counts[slug] = number + 1
        found.append(f"#{quote(slug + (f'-{number}' if number else ''), safe='')}")
    return found


def _destination(address: str) -> str:
    """Returns an address of `safe_link` without what markdown would read in it: an "&copy;" in it is not ©."""
    return address.replace("&", "&amp;")
