"""Token rows of a split in flat arrays, and the rectangles that a network takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Tokens: TypeAlias = NDArray[np.int32]
    Types: TypeAlias = NDArray[np.uint8]
    Indices: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some rows of equal width.

    Attributes:
        rows: int64 (b,), which rows of the split these are.
        lengths: int64 (b,), tokens that are no padding; they come first.
        ids: int64 (b, width), filled up with padding.
        mask: int64 (b, width), 1 at tokens, 0 at padding.
        types: int64 (b, width) segment of every token, None where all are in segment 0.
    """

    rows: Indices
    lengths: Indices
    ids: Indices
    mask: Indices
    types: Indices | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The inputs of a split, special tokens included.

    Attributes:
        tokens: int32 (t,), all rows one after another, in the split's order.
        types: uint8 (t,), segment of every token, None where all are in segment 0.
        starts: int64 (n + 1,), where each row begins in `tokens`.
        order: int64 (n,), rows from the longest to the shortest, equally long ones in the split's order.
    """

    tokens: Tokens
    types: Types | None
    starts: Indices
    order: Indices

    @classmethod
    def of(cls, tokens: Tokens, lengths: Indices, types: Types | None = None) -> Rows:
        """Returns rows of the given lengths, int64 (n,); segments that are all 0 are dropped."""
        types = None if types is None or not types.any() else types
        return cls(tokens=tokens, types=types, starts=offsets(lengths), order=np.argsort(-lengths, kind="stable"))

    def __len__(self) -> int:
        return len(self.order)

    @property
    def lengths(self) -> Indices:
        """Lengths from the longest row to the shortest, int64 (n,)."""
        return np.diff(self.starts)[self.order]

    def batch(self, start: int, stop: int, *, pad: int, multiple: int = 1) -> Batch:
        """Returns the rows `order[start:stop]`, padded to the longest of them rounded up to a multiple."""
        rows = self.order[start:stop]
        begins = self.starts[rows]
        lengths = self.starts[rows + 1] - begins
        mask = np.arange(rounded(int(lengths.max()), multiple)) < lengths[:, None]
        tokens = flat_ranges(begins, lengths)
        ids = np.full(mask.shape, pad, dtype=np.int64)
        ids[mask] = self.tokens[tokens]
        types = None
        if self.types is not None:
            types = np.zeros(mask.shape, dtype=np.int64)
            types[mask] = self.types[tokens]
        return Batch(rows=rows, lengths=lengths, ids=ids, mask=mask.astype(np.int64), types=types)


def rounded(length: int, multiple: int) -> int:
    """Returns the smallest multiple of `multiple` that is at least `length`."""
    return -(-length // multiple) * multiple


def offsets(lengths: Indices) -> Indices:
    """Returns int64 (n + 1,): where each of n stretches of the given lengths begins, and the end of the last."""
    starts = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts


def flat_ranges(starts: Indices, lengths: Indices) -> Indices:
    """Returns the concatenation of start, start + 1, … (length items) for every stretch, int64 (sum of lengths,)."""
    before = offsets(lengths)
    return np.repeat(starts - before[:-1], lengths) + np.arange(before[-1], dtype=np.int64)
