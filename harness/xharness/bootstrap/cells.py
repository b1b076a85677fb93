"""What is resampled: rows of statistics that add up, by cluster, on which several systems are scored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Score: TypeAlias = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One score of `s` systems on the same `n` examples.

    Attributes:
        name: unique, such as "xnli/de".
        stratum: name of the set of clusters that is resampled as one. Cells of one stratum share its draws, so cells in
            which the same clusters occur (languages of a parallel test set) must name the same one.
        shared: cells of this stratum share clusters. Such a stratum is drawn cluster by cluster, so that a cell's draws do
            not depend on which others are asked for; the only cell of a stratum is drawn faster.
        clusters: (n,) the unit that is resampled, by example.
        rows: float64 (s, n, k), rows that add up, systems in the same order in every cell of a call.
        zeros: further clusters on which every row of every system is 0; not in a shared stratum.
        score: from sums of rows, float64 (..., k), to scores, float64 (...).
    """

    name: str
    stratum: str
    clusters: Sequence[str]
    rows: Floats
    score: Score
    shared: bool = False
    zeros: int = 0
