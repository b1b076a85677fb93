"""The best answer span of every window, and of every question over its windows (spec §3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from xharness_transformers.rows import Indices
    from xharness_transformers.windows import Windows

CANDIDATES = 20
"""Best start and best end logits that are combined per window (run_squad.py: n_best_size)."""
ANSWER_LENGTH = 30
"""Longest answer in subwords (run_squad.py: max_answer_length)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """One span per window or per question.

    Attributes:
        scores: float64 (n,), start logit plus end logit; -inf where there is no candidate.
        first, last: int64 (n,), first and last context subword of the answer.
    """

    scores: NDArray[np.float64]
    first: Indices
    last: Indices

    @classmethod
    def empty(cls, count: int) -> Spans:
        """Returns spans without candidates."""
        nothing = np.zeros(count, dtype=np.int64)
        return cls(scores=np.full(count, -np.inf), first=nothing, last=nothing.copy())


def best_in_windows(
    starts: NDArray[np.float32], ends: NDArray[np.float32], lengths: Indices, windows: Windows, rows: Indices
) -> Spans:
    """Returns the best span of each window of a batch, in subwords of the whole context.

    Start and end are among the 20 highest logits of the window's row and inside the context, the start where the window
    is its maximal context, the answer at most 30 subwords long. Of equal sums the one with the higher start logit wins,
    then the one with the higher end logit; of equal logits the one further left.

    Args:
        starts, ends: float32 (b, width), logits of a batch.
        lengths: int64 (b,), tokens of each row; what follows is padding.
        windows: all windows.
        rows: int64 (b,), which of them these are.
    """
    start_places, start_logits = _highest(starts, lengths)
    end_places, end_logits = _highest(ends, lengths)
    shift = (windows.starts[rows] - windows.heads[rows])[:, None]
    first, last = start_places + shift, end_places + shift  # (b, 20) in subwords of the context
    low, high = windows.best[rows, 0, None], windows.best[rows, 1, None]
    begin = windows.starts[rows, None]
    stop = begin + windows.sizes[rows, None]
    start_ok = (first >= np.maximum(low, begin)) & (first < np.minimum(high, stop))
    end_ok = (last >= begin) & (last < stop)
    reach = last[:, None, :] - first[:, :, None]  # (b, starts, ends)
    good = start_ok[:, :, None] & end_ok[:, None, :] & (reach >= 0) & (reach < ANSWER_LENGTH)
    sums = np.where(good, start_logits[:, :, None] + end_logits[:, None, :], -np.inf).reshape(len(rows), -1)
    chosen = sums.argmax(axis=1)
    row, width = np.arange(len(rows)), end_places.shape[1]
    return Spans(scores=sums[row, chosen], first=first[row, chosen // width], last=last[row, chosen % width])


def best_of_questions(spans: Spans, examples: Indices, count: int) -> Spans:
    """Returns the best span of every question; of equal sums the one in the leftmost window.

    Args:
        spans: one per window.
        examples: int64 (windows,), ascending: question of each.
        count: number of questions, each of which has a window.
    """
    order = np.lexsort((np.arange(len(examples)), -spans.scores, examples))
    chosen = order[np.searchsorted(examples[order], np.arange(count))]
    return Spans(scores=spans.scores[chosen], first=spans.first[chosen], last=spans.last[chosen])


def _highest(logits: NDArray[np.float32], lengths: Indices) -> tuple[Indices, NDArray[np.float64]]:
    """Returns columns and values of each row's 20 highest logits, best first, equal ones from left to right."""
    real = np.arange(logits.shape[1]) < lengths[:, None]
    hidden = np.where(real, -logits.astype(np.float64), np.inf)
    places = np.argsort(hidden, axis=1, kind="stable")[:, :CANDIDATES]
    return places, -np.take_along_axis(hidden, places, axis=1)
