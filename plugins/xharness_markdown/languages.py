"""Scripts and families of the 40 languages of XTREME, by which wide tables are split.

Scripts have ISO 15924's English names (Japanese is the mixture of Han, Hiragana and Katakana); families are top-level ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TABLE = """
af Latin Indo-European
ar Arabic Afro-Asiatic
bg Cyrillic Indo-European
bn Bengali Indo-European
de Latin Indo-European
el Greek Indo-European
en Latin Indo-European
es Latin Indo-European
et Latin Uralic
eu Latin Basque
fa Arabic Indo-European
fi Latin Uralic
fr Latin Indo-European
he Hebrew Afro-Asiatic
hi Devanagari Indo-European
hu Latin Uralic
id Latin Austronesian
it Latin Indo-European
ja Japanese Japonic
jv Latin Austronesian
ka Georgian Kartvelian
kk Cyrillic Turkic
ko Hangul Koreanic
ml Malayalam Dravidian
mr Devanagari Indo-European
ms Latin Austronesian
my Myanmar Sino-Tibetan
nl Latin Indo-European
pt Latin Indo-European
ru Cyrillic Indo-European
sw Latin Niger-Congo
ta Tamil Dravidian
te Telugu Dravidian
th Thai Kra-Dai
tl Latin Austronesian
tr Latin Turkic
ur Arabic Indo-European
vi Latin Austro-Asiatic
yo Latin Niger-Congo
zh Han Sino-Tibetan
"""
SCRIPTS: Mapping[str, str] = {line.split()[0]: line.split()[1] for line in _TABLE.split("\n") if line}
FAMILIES: Mapping[str, str] = {line.split()[0]: line.split()[2] for line in _TABLE.split("\n") if line}
WIDEST = 12
"""Languages of one table at most: with a name and a mean they fit the width of a page on GitHub."""
OTHERS = "others"
_LARGEST = "Indo-European"


def parts(languages: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Returns the languages of each table of a task with the table's name, "" where one table holds them all.

    A task of more than a dozen languages is split by script (Latin or another), each of these that is still wider by family
    (Indo-European or another). Languages that are not XTREME's stand under "others", a dozen to a table. The order within a
    table is the given one.
    """
    if len(languages) <= WIDEST:
        return [("", list(languages))]
    found: list[tuple[str, list[str]]] = []
    for name, latin in (("Latin script", True), ("other scripts", False)):
        members = [one for one in languages if one in SCRIPTS and (SCRIPTS[one] == "Latin") == latin]
        found += _by_family(name, members)
    found.append((OTHERS, [one for one in languages if one not in SCRIPTS]))
    return [part for name, members in found if members for part in _narrow(name, members)]


def _by_family(name: str, members: list[str]) -> list[tuple[str, list[str]]]:
    if len(members) <= WIDEST:
        return [(name, members)]
    largest = [one for one in members if FAMILIES[one] == _LARGEST]
    rest = [one for one in members if FAMILIES[one] != _LARGEST]
    return [(f"{name}, {_LARGEST}", largest), (f"{name}, other families", rest)]


def _narrow(name: str, members: list[str]) -> list[tuple[str, list[str]]]:
    """Returns the members in tables of at most `WIDEST`."""
    tables = [members[start : start + WIDEST] for start in range(0, len(members), WIDEST)]
    if len(tables) == 1:
        return [(name, members)]
    return [(f"{name} ({number} of {len(tables)})", one) for number, one in enumerate(tables, 1)]
