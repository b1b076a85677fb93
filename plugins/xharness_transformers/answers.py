"""The text of an answer: by character offsets, or by the official alignment of whitespace words (spec §3.3)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

BLANKS = " \t\r\n\u202f"
"""Where the official reader splits a context into words (processors/squad.py 616-632)."""
NO_CANDIDATE = "empty"
"""What the official decoder answers when no span qualifies."""


def split_words(context: str) -> list[str]:
    """Returns the words of a context as the official reader sees them."""
    for blank in BLANKS[1:]:
        context = context.replace(blank, " ")
    return [word for word in context.split(" ") if word]


def joined(subwords: Sequence[str]) -> str:
    """Returns the text that subwords of a WordPiece or SentencePiece vocabulary spell, words one blank apart."""
    if any(piece.startswith("▁") for piece in subwords):
        text = "".join(subwords).replace("▁", " ")
    else:
        text = " ".join(subwords).replace(" ##", "").removeprefix("##")
    return " ".join(text.split())


class Alignment:
    """Finds the part of some words that subwords came from, as the official decoder does.

    The words are normalised as BERT's basic tokenizer does it (punctuation and CJK characters set apart; lower case and
    no accents if the model's tokenizer lower-cases), the subwords' text is looked up in the result, and its first and
    last characters are carried back to the words by counting characters other than blanks. Wherever that fails (the
    text is not found, normalisation changed the number of characters) the whole words are the answer: for SentencePiece
    subwords of languages written without blanks that is the rule.
    """

    def __init__(self, lower_case: bool) -> None:
        self._lower_case = lower_case

    @cached_property
    def _tools(self) -> tuple[Any, Any]:
        from tokenizers.normalizers import BertNormalizer
        from tokenizers.pre_tokenizers import BertPreTokenizer

        return BertNormalizer(lowercase=self._lower_case), BertPreTokenizer()

    def cut(self, subwords: str, words: str) -> str:
        """Returns the part of `words` that spells `subwords`, or all of `words`."""
        normalizer, splitter = self._tools
        pieces = splitter.pre_tokenize_str(normalizer.normalize_str(words))
        normal = " ".join(piece for piece, _ in pieces)
        begin = normal.find(subwords)
        solid = [place for place, character in enumerate(words) if character != " "]
        normal_solid = normal.replace(" ", "")
        if begin < 0 or not subwords or len(solid) != len(normal_solid):
            return words
        end = begin + len(subwords) - 1
        if normal[begin] == " " or normal[end] == " ":
            return words
        first = begin - normal[:begin].count(" ")
        last = end - normal[:end].count(" ")
        return words[solid[first] : solid[last] + 1]
