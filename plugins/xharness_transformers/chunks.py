"""Sentences as chunks of whole words that fit into the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from xharness_transformers.rows import Rows, flat_ranges, offsets
from xharness_transformers.subwords import Pieces, Template

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from xharness_transformers.rows import Indices


def with_unknown_words(pieces: Pieces, capacity: int, unknown: int) -> tuple[Pieces, NDArray[np.bool_]]:
    """Replaces words of no subwords, or of more than `capacity`, by the unknown token (utils_preprocess.py 64-66).

    Returns the new pieces and which words were replaced, bool (n,).
    """
    lengths = pieces.lengths
    bad = (lengths == 0) | (lengths > capacity)
    if not bad.any():
        return pieces, bad
    kept = np.where(bad, 1, lengths)
    starts = offsets(kept)
    tokens = np.full(int(starts[-1]), unknown, dtype=np.int32)
    good = ~bad
    tokens[flat_ranges(starts[:-1][good], lengths[good])] = pieces.tokens[
        flat_ranges(pieces.starts[:-1][good], lengths[good])
    ]
    return Pieces(tokens=tokens, starts=starts), bad


def chunk_bounds(lengths: Indices, sentences: Indices, capacity: int) -> Indices:
    """Returns where chunks begin, counted in words, and the end of the last: int64 (chunks + 1,).

    Words are added to a chunk until the next one would exceed `capacity` subwords; sentences are never joined.

    Args:
        lengths: int64 (words,), subwords of every word, 1 to `capacity`.
        sentences: int64 (sentences + 1,), where sentences begin, counted in words.
        capacity: subwords per chunk, without special tokens.
    """
    before = offsets(lengths)
    bounds = [0]
    for start, stop in zip(sentences[:-1].tolist(), sentences[1:].tolist(), strict=True):
        word = start
        while word < stop:
            end = stop
            if before[stop] - before[word] > capacity:
                end = int(np.searchsorted(before, before[word] + capacity, side="right")) - 1
            bounds.append(end)
            word = end
    return np.array(bounds, dtype=np.int64)


def chunk_rows(pieces: Pieces, words: Indices, bounds: Indices, template: Template) -> tuple[Rows, Indices]:
    """Returns one row per chunk, special tokens included, and where in its row each word begins, int64 (words,).

    Args:
        pieces: subwords of the distinct words.
        words: int64 (words,), which distinct word each word is.
        bounds: int64 (chunks + 1,), as `chunk_bounds` returns them.
        template: special tokens around one sequence.
    """
    lengths = pieces.lengths[words]
    word_starts = offsets(lengths)
    chunk_starts = word_starts[bounds]
    sizes = np.diff(chunk_starts)
    ahead, behind = len(template.before), len(template.after)
    row_starts = offsets(sizes + ahead + behind)
    tokens = np.empty(int(row_starts[-1]), dtype=np.int32)
    kinds = np.full(len(tokens), template.types[1], dtype=np.uint8)
    inner = flat_ranges(row_starts[:-1] + ahead, sizes)
    tokens[inner] = pieces.tokens[flat_ranges(pieces.starts[words], lengths)]
    for place, token in enumerate(template.before):
        tokens[row_starts[:-1] + place] = token
        kinds[row_starts[:-1] + place] = template.types[0]
    for place, token in enumerate(template.after):
        tokens[row_starts[1:] - behind + place] = token
        kinds[row_starts[1:] - behind + place] = template.types[4]
    places = ahead + word_starts[:-1] - np.repeat(chunk_starts[:-1], np.diff(bounds))
    return Rows.of(tokens, sizes + ahead + behind, kinds), places
