"""Hand-written tables of phrases in eight languages, read into words with their parts of speech.

A table has one entry a line: the key and its features, then the phrase in each language, between bars. In a phrase,
`word_TAG` gives the part of speech where it is neither that of a closed-class word nor the table's usual one, `he~she` the
forms for men and women, `^` makes a word follow the second person of a sentence, and a word that ends in `+` is written
together with the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES = ("en", "de", "es", "fr", "ru", "zh", "ar", "sw")
"""In the order of the tables' columns."""

FOLDER = Path(__file__).parent / "lexicon"

USUAL: Mapping[str, str] = {
    "names": "PROPN", "surnames": "PROPN", "cities": "PROPN", "countries": "PROPN", "orgnames": "PROPN",
    "verbs": "VERB", "saying": "VERB", "doings": "VERB", "orgdeeds": "VERB", "adjectives": "ADJ", "weather": "ADJ",
}  # fmt: skip
"""Table → part of speech of its words where nothing else is said; NOUN in the others."""

PUNCTUATION = frozenset(".,?¿。，？،؟·")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of a phrase.

    Attributes:
        male, female: its forms, equal where it has one only.
        second: it agrees with the second person of the sentence.
        glued: written together with the next word.
    """

    male: str
    female: str
    tag: str
    second: bool = False
    glued: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Entry:
    """One line of a table.

    Attributes:
        table, key: together they name the entry.
        features: what stands after the key: genders, classes, wordings.
        phrases: language → words.
        columns: language → the phrase as written in the table.
    """

    table: str
    key: str
    features: tuple[str, ...]
    phrases: Mapping[str, tuple[Word, ...]]
    columns: Mapping[str, str]

    @property
    def female(self) -> bool:
        """Returns whether words that agree with it take the form for women."""
        return "f" in self.features


@cache
def closed() -> Mapping[tuple[str, str], str]:
    """Returns (language, word) → part of speech of the closed-class words."""
    tags: dict[tuple[str, str], str] = {}
    for line in _lines("closed"):
        head, words = line.split(" | ")
        language, tag = head.split()
        tags |= {(language, word): tag for word in words.split()}
    return tags


@cache
def table(name: str) -> tuple[Entry, ...]:
    """Returns the entries of a table in its order."""
    entries = []
    for line in _lines(name):
        head, *columns = line.split(" | ")
        features = head.replace(" :", "").split()
        by_language = dict(zip(LANGUAGES, columns, strict=True))
        phrases = {
            language: words(language, phrase, USUAL.get(name, "NOUN")) for language, phrase in by_language.items()
        }
        entries.append(
            Entry(table=name, key=features[0], features=tuple(features[1:]), phrases=phrases, columns=by_language)
        )
    return tuple(entries)


@cache
def words(language: str, phrase: str, usual: str = "NOUN") -> tuple[Word, ...]:
    """Returns the words of a phrase as a table writes it."""
    return tuple(word(language, one, usual) for one in phrase.split() if one != ":")


@cache
def word(language: str, written: str, usual: str = "NOUN") -> Word:
    """Returns one word as a table writes it: `form`, `form~form_TAG`, `form^_TAG`, `form+_TAG`."""
    form, _, tag = written.partition("_")
    second, form = form.endswith("^"), form.removesuffix("^")
    glued, form = form.endswith("+") or form == "¿", form.removesuffix("+")
    male, _, female = form.partition("~")
    if not tag:
        tag = "PUNCT" if male in PUNCTUATION else closed().get((language, male), usual)
    return Word(male=male, female=female or male, tag=tag, second=second, glued=glued or male.endswith("'"))


def _lines(name: str) -> list[str]:
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]
