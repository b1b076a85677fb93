"""Questions and overlapping stretches of their contexts as inputs of a span model (spec §3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from xharness_transformers.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xharness_transformers.rows import Indices, Tokens
    from xharness_transformers.subwords import Pieces, Template

STRIDE = 128
"""New context subwords from one window's start to the next (run_squad.py: doc_stride)."""
QUESTION_LENGTH = 64
"""Subwords of a question that are kept (run_squad.py: max_query_length)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Windows of all examples, those of one example next to each other, from left to right.

    Attributes:
        rows: one row per window.
        examples: int64 (windows,), example of each.
        heads: int64 (windows,), subwords before the context in the row.
        starts: int64 (windows,), first context subword in it.
        sizes: int64 (windows,), context subwords in it.
        best: int64 (windows, 2), first context subword of which this is the maximal-context window, and the one after
            the last.
    """

    rows: Rows
    examples: Indices
    heads: Indices
    starts: Indices
    sizes: Indices
    best: Indices


def window_starts(tokens: int, capacity: int) -> list[int]:
    """Returns where windows of `capacity` begin in a context of `tokens` subwords; at least one, even if it is empty."""
    step = min(STRIDE, capacity)
    return list(range(0, max(1, tokens - capacity + step), step))


def maximal_context(starts: list[int], tokens: int, capacity: int) -> list[tuple[int, int]]:
    """Returns for every window the stretch of subwords of which it is the maximal-context window.

    The window with the greatest min(left, right) + 0.01 × size has a subword's maximal context; the first of equal ones
    (processors/squad.py 60-79). Of two windows the left one is ahead up to some subword and the right one after it, so
    that these subwords are one stretch.
    """
    if len(starts) == 1:
        return [(0, tokens)]
    begins = np.array(starts)[:, None]
    ends = np.minimum(begins + capacity, tokens)
    subwords = np.arange(tokens)
    scores = np.minimum(subwords - begins, ends - 1 - subwords) + 0.01 * (ends - begins)
    scores[(subwords < begins) | (subwords >= ends)] = -np.inf
    bounds = np.searchsorted(scores.argmax(axis=0), np.arange(len(starts) + 1)).tolist()
    return list(pairwise(bounds))


def lay_out(
    questions: Pieces, contexts: Pieces, pairs: Tokens, template: Template, max_length: int
) -> tuple[Windows, int]:
    """Returns the windows of all examples, and how many questions were cut.

    Args:
        questions: subwords of the distinct questions.
        contexts: subwords of the distinct contexts.
        pairs: int32 (n, 2), question and context of every example.
        template: special tokens around two sequences.
        max_length: subwords of a window, special tokens included.
    """
    room = max_length - template.specials
    kept = min(QUESTION_LENGTH, room // 2)
    stretches: dict[tuple[int, int], list[tuple[int, int, int, int]]] = {}
    parts: list[Tokens] = []
    kinds: list[int] = []
    lengths: list[int] = []
    table: list[tuple[int, int, int, int, int, int]] = []
    before, between, after = (
        np.array(part, dtype=np.int32) for part in (template.before, template.between, template.after)
    )
    cut = 0
    for example, (asked, read) in enumerate(pairs.tolist()):
        question = questions.tokens[questions.starts[asked] : questions.starts[asked + 1]]
        cut += len(question) > kept
        question = question[:kept]
        context = contexts.tokens[contexts.starts[read] : contexts.starts[read + 1]]
        shape = (len(context), room - len(question))
        if shape not in stretches:
            stretches[shape] = list(_stretches(*shape))
        ahead = len(before) + len(question) + len(between)
        for start, size, low, high in stretches[shape]:
            parts += (before, question, between, context[start : start + size], after)
            kinds += (len(before), len(question), len(between), size, len(after))
            lengths.append(ahead + size + len(after))
            table.append((example, ahead, start, size, low, high))
    columns = np.array(table, dtype=np.int64).reshape(-1, 6)
    tokens = np.concatenate([np.empty(0, dtype=np.int32), *parts])
    types = np.repeat(np.tile(np.array(template.types, dtype=np.uint8), len(lengths)), np.array(kinds, dtype=np.int64))
    windows = Windows(
        rows=Rows.of(tokens, np.array(lengths, dtype=np.int64), types),
        examples=columns[:, 0],
        heads=columns[:, 1],
        starts=columns[:, 2],
        sizes=columns[:, 3],
        best=columns[:, 4:],
    )
    return windows, cut


def _stretches(tokens: int, capacity: int) -> Iterator[tuple[int, int, int, int]]:
    """Yields start, size and maximal-context stretch of every window."""
    starts = window_starts(tokens, capacity)
    for start, (low, high) in zip(starts, maximal_context(starts, tokens, capacity), strict=True):
        yield start, min(capacity, tokens - start), low, high
