"""Mining of parallel sentences with margins, as functions on arrays.

The rule is that of the BUCC task in XTREME: Artetxe and Schwenk 2019, "Margin-based parallel corpus mining with
multilingual sentence embeddings" (ratio margin, candidates of both directions, one-to-one), with the threshold chosen by
F1 on another corpus. n and m are the numbers of merged sentences left (foreign) and right (English).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from xharness.protocols import Float64s, Neighbours, Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A side's lines with identical ones merged, in order of first occurrence.

    Attributes:
        last: int64 (n,), the line whose vector stands for the merged sentence: its last occurrence.
        only: int64 (n,), the line itself where it is the only one with this text, white space at its ends aside; else
            -1: a sentence that occurs more than once has no id and cannot be paired.
    """

    last: Rows
    only: Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Scored pairs in descending order of score.

    Attributes:
        scores: float64 (c,).
        left, right: int64 (c,), rows of the two sides.
    """

    scores: Float64s
    left: Rows
    right: Rows

    def __len__(self) -> int:
        return len(self.scores)

    def where(self, kept: NDArray[np.bool_]) -> Pairs:
        """Returns the pairs for which bool (c,) is true, in the same order."""
        return Pairs(scores=self.scores[kept], left=self.left[kept], right=self.right[kept])


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """The threshold with the best F1, and what it gives where it was found; all but `value` are fractions in [0, 1]."""

    value: float
    precision: float
    recall: float
    f1: float


def merge(texts: Sequence[str]) -> Merged:
    """Returns the side's lines with identical ones merged."""
    last: dict[str, int] = {}
    occurrences: dict[str, int] = {}
    for line, text in enumerate(texts):
        last[text] = line  # a key keeps the place of its first occurrence
        stripped = text.strip()
        occurrences[stripped] = occurrences.get(stripped, 0) + 1
    only = [line if occurrences[text.strip()] == 1 else -1 for text, line in last.items()]
    return Merged(last=np.array(list(last.values()), dtype=np.int64), only=np.array(only, dtype=np.int64))


def ratio_margins(forward: Neighbours, backward: Neighbours) -> tuple[Float64s, Float64s]:
    """Returns the margins of each side's neighbours, float64 (n, k) and (m, k'), taken from the similarities alone.

    margin(x, y) = cos(x, y) / ((mean of x's neighbours + mean of y's neighbours) / 2). Where the two means do not add up
    to more than zero the ratio would rank unlike sentences first, so the margin is -inf there (the reference divides).
    """
    left = forward.similarities.mean(axis=1, dtype=np.float64)
    right = backward.similarities.mean(axis=1, dtype=np.float64)
    return _ratio(forward, left, right), _ratio(backward, right, left)


def _ratio(neighbours: Neighbours, own: Float64s, other: Float64s) -> Float64s:
    around = (own[:, None] + other[neighbours.rows]) / 2
    margins = np.full(around.shape, -np.inf)
    np.divide(neighbours.similarities, around, out=margins, where=around > 0)
    return margins


def candidates(forward: Neighbours, backward: Neighbours) -> Pairs:
    """Returns for every left row its best right row by margin, and for every right row its best left one: n + m pairs.

    In descending order of score; equal scores in order of left rows, then of right ones.
    """
    ahead, back = ratio_margins(forward, backward)
    best_ahead, best_back = _best(ahead, forward.rows), _best(back, backward.rows)
    lefts, rights = np.arange(len(ahead)), np.arange(len(back))
    scores = np.concatenate([best_ahead[0], best_back[0]])
    left = np.concatenate([lefts, best_back[1]])
    right = np.concatenate([best_ahead[1], rights])
    order = np.lexsort((right, left, -scores))
    return Pairs(scores=scores[order], left=left[order], right=right[order])


def _best(margins: Float64s, rows: Rows) -> tuple[Float64s, Rows]:
    best = margins.argmax(axis=1)[:, None]  # the first of equals: the more similar one
    return np.take_along_axis(margins, best, axis=1)[:, 0], np.take_along_axis(rows, best, axis=1)[:, 0]


def one_to_one(pairs: Pairs) -> Pairs:
    """Returns the pairs that are taken when, from the top, a pair is taken if its score > 0 and neither side is used."""
    left_used, right_used = bytearray(_size(pairs.left)), bytearray(_size(pairs.right))
    kept = np.zeros(len(pairs), dtype=bool)
    positive = int((pairs.scores > 0).sum())
    rows = zip(pairs.left[:positive].tolist(), pairs.right[:positive].tolist(), strict=True)
    for place, (left, right) in enumerate(rows):
        if not left_used[left] and not right_used[right]:
            left_used[left] = right_used[right] = 1
            kept[place] = True
    return pairs.where(kept)


def _size(rows: Rows) -> int:
    return int(rows.max()) + 1 if len(rows) else 0


def mine(forward: Neighbours, backward: Neighbours) -> Pairs:
    """Returns the one-to-one candidates: margin ratio, mode max. Both arguments as `Index.search_both` returns them."""
    return one_to_one(candidates(forward, backward))


def best_threshold(scores: Float64s, correct: NDArray[np.bool_], gold_pairs: int) -> Threshold:
    """Returns the threshold (score ≥ value is extracted) with the best F1; of equal ones the highest.

    The value lies half-way between the last score extracted and the next one; after the last it is that score itself,
    so a perfect ranking has a threshold too. Pairs of equal score are extracted together or not at all. Where nothing
    is correct the threshold is 0, with which everything is extracted. O(c) time, for scores already sorted.

    Args:
        scores: float64 (c,), descending.
        correct: bool (c,), whether the pair is in the gold.
        gold_pairs: how many pairs the gold has, found or not; at least as many as are correct.
    """
    found = np.cumsum(correct, dtype=np.int64)
    if not len(scores) or not found[-1]:
        return Threshold(value=0.0, precision=0.0, recall=0.0, f1=0.0)
    extracted = np.arange(1, len(scores) + 1)
    f1 = 2 * found / (extracted + gold_pairs)
    f1[:-1][scores[:-1] == scores[1:]] = -1.0  # no threshold cuts between equal scores
    cut = int(f1.argmax())
    return Threshold(
        value=_between(scores, cut),
        precision=float(found[cut] / extracted[cut]),
        recall=float(found[cut] / gold_pairs),
        f1=float(f1[cut]),
    )


def _between(scores: Float64s, cut: int) -> float:
    """Returns a value at most scores[cut] and above the next score."""
    here = float(scores[cut])
    if cut + 1 == len(scores):
        return here
    middle = (here + float(scores[cut + 1])) / 2
    return middle if middle > scores[cut + 1] else here  # neighbouring floats have nothing between them
