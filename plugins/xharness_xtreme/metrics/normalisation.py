"""Answers as comparable words: the normalisations of SQuAD v1.1 and of MLQA.

Both lower-case, delete punctuation, replace articles by a blank and split into words, in this order, without any
Unicode normalisation (spec/xtreme.md §2.4, §2.5). Normalised answers are the same string exactly if their words are.
"""

from __future__ import annotations

import re
import string
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from xharness import unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable

    Normaliser: TypeAlias = "Callable[[str], list[str]]"

ENGLISH_ARTICLES = r"\b(?:a|an|the)\b"
ARTICLES: dict[str, str | None] = {
    "en": ENGLISH_ARTICLES,
    "es": r"\b(?:un|una|unos|unas|el|la|los|las)\b",
    "vi": r"\b(?:của|là|cái|chiếc|những)\b",
    "de": r"\b(?:ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b",
    "ar": "ال",  # everywhere, inside words too: the official pattern's other alternative can never match
    "hi": None,
    "zh": None,
}
"""MLQA's languages and what counts as an article there (spec/xtreme.md §2.5, evaluate_mlqa.py)."""

HAN = re.compile("([\u4e00-\u9fa5])")
"""Characters that are words of their own in Chinese; extension A and kana are not among them (evaluate_mlqa.py)."""


class _Punctuation(dict[int, int | None]):
    """A table for `str.translate` that deletes ASCII punctuation and every character of a category P*.

    Filled as characters are met: asking for all 1.1 million in advance takes a noticeable fraction of a second.
    """

    def __missing__(self, code: int) -> int | None:
        character = chr(code)
        deleted = character in string.punctuation or unicodedata.category(character).startswith("P")
        self[code] = None if deleted else code
        return self[code]


@cache
def squad_normaliser() -> Normaliser:
    """Returns SQuAD's normalisation (evaluate_squad.py 26-45): ASCII punctuation and English articles, any language."""
    punctuation = str.maketrans("", "", string.punctuation)
    articles = re.compile(ENGLISH_ARTICLES)

    def normalise(text: str) -> list[str]:
        return articles.sub(" ", text.lower().translate(punctuation)).split()

    return normalise


@cache
def mlqa_normaliser(language: str) -> Normaliser:
    """Returns MLQA's normalisation for one of its seven languages (evaluate_mlqa.py 21-135).

    Punctuation is ASCII's and all of Unicode's (categories P*, by the tables of the running Python). Chinese is split
    into characters, with stretches of other scripts at whitespace.

    Raises:
        UsageError: MLQA defines no normalisation for `language`; the official scorer raises too.
    """
    if language not in ARTICLES:
        raise unknown_name("MLQA normalisation for the language", language, ARTICLES)
    punctuation = _Punctuation()
    pattern = ARTICLES[language]
    articles = re.compile(pattern) if pattern is not None else None

    def normalise(text: str) -> list[str]:
        bare = text.lower().translate(punctuation)
        if articles is not None:
            bare = articles.sub(" ", bare)
        return (HAN.sub(r" \1 ", bare) if language == "zh" else bare).split()

    return normalise
