"""word2vec's text form: "words width", then on every line a word and its numbers, separated by spaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from xharness import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Word vectors.

    Attributes:
        rows: word in lower case → its row; of words that differ in case only the first.
        vectors: float32 (words + 1, width); the last is the mean of the others and stands for words that are not there.
    """

    rows: Mapping[str, int]
    vectors: NDArray[np.float32]


def read_table(file: Path) -> Table:
    """Returns the vectors of a file. Raises CheckpointError with the line whose form is another."""
    rows: dict[str, int] = {}
    with file.open(encoding="utf-8") as lines:
        try:
            count, width = (int(number) for number in next(lines, "").split())
        except ValueError as err:
            raise _broken(file, 1, "expected the number of words and the width") from err
        vectors = np.empty((count + 1, width), dtype=np.float32)
        for number, line in enumerate(lines, start=2):
            word, *values = line.rstrip().split(" ")
            if number > count + 1 or len(values) != width:
                raise _broken(file, number, f"expected {count:,} lines of a word and {width} numbers")
            try:
                vectors[number - 2] = [float(value) for value in values]
            except ValueError as err:
                raise _broken(file, number, "one of the numbers is none") from err
            rows.setdefault(word.lower(), number - 2)
    if not rows or number != count + 1 or not np.isfinite(vectors[:-1]).all():
        raise _broken(file, 1, f"expected {count:,} lines of finite numbers below")
    vectors[-1] = vectors[:-1].mean(axis=0)
    return Table(rows=rows, vectors=vectors)


def _broken(file: Path, line: int, what: str) -> CheckpointError:
    return CheckpointError(
        f"{file}, line {line:,}: {what}. This is no whole file in word2vec's text form: fetch or write it again."
    )
