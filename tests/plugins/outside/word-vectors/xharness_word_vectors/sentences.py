"""Sentences as means of word vectors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray
    from xharness.protocols import Advance

    from xharness_word_vectors.reading import Table

_WORD = re.compile(r"\w+")


class MeanOfWords:
    """The mean of the vectors of a sentence's words, which the caller normalises. Units of work are sentences."""

    signature: Mapping[str, str | int | float | bool] = {
        "pooling": "mean of word vectors",
        "unknown_words": "mean vector",
    }

    def __init__(self, table: Callable[[], Table]) -> None:
        self._table = table

    def prepare(self, texts: Sequence[str]) -> tuple[list[list[str]], int]:
        """Returns the words of every text, in lower case."""
        return [_WORD.findall(text.lower()) for text in texts], len(texts)

    def encode(self, prepared: Sequence[Sequence[str]], advance: Advance) -> NDArray[np.float32]:
        """Returns float32 (n, width); a text without words is a word that is not in the table."""
        table = self._table()
        unknown = len(table.vectors) - 1
        means = np.empty((len(prepared), table.vectors.shape[1]), dtype=np.float32)
        for place, words in enumerate(prepared):
            means[place] = table.vectors[[table.rows.get(word, unknown) for word in words] or [unknown]].mean(axis=0)
            advance(1)
        return means
