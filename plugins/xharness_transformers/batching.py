"""Batches under a token budget: their composition is a pure function of the lengths and the budget."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from xharness_transformers.device import is_out_of_memory
from xharness_transformers.rows import rounded

if TYPE_CHECKING:
    from collections.abc import Callable

    from xharness_transformers.rows import Indices

BATCH_COST = 32
"""A batch costs as much as 1/BATCH_COST of the budget in tokens, whatever it holds.

Measured on two cores with batches of 512, 1,024 and 2,048 tokens of a network of width 384: 32 to 84 tokens per batch in
float32 and bfloat16, so 1/32 of 2,048.
"""


class DoesNotFitError(Exception):
    """A batch of one row needs more memory than there is."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


def plan(lengths: Indices, budget: int, multiple: int = 1) -> list[int]:
    """Returns where each batch begins, and the end of the last: the cheapest split into batches within the budget.

    `lengths` int64 (n,) descend. A batch of r rows that begins with a row of (rounded) width w computes r × w tokens, at
    most `budget` unless r is 1, and costs that many plus budget / 32. The cheapest split is found from the last row to
    the first, exactly; of equally cheap ones the one with the smaller batches in front.
    """
    count = len(lengths)
    widths = (-(-lengths // multiple) * multiple).tolist()
    rows = np.arange(1, max(1, budget) + 1)
    cost = np.zeros(count + 1)
    ends = [count] * (count + 1)
    for start in range(count - 1, -1, -1):
        width = max(1, widths[start])
        most = max(1, min(budget // width, count - start))
        totals = rows[:most] * width + cost[start + 1 : start + most + 1]
        best = int(totals.argmin())
        cost[start] = totals[best] + budget / BATCH_COST
        ends[start] = start + best + 1
    bounds = [0]
    while bounds[-1] < count:
        bounds.append(ends[bounds[-1]])
    return bounds


def in_batches(
    lengths: Indices, budget: int, compute: Callable[[int, int], None], *, multiple: int = 1
) -> tuple[int, int]:
    """Calls `compute(start, stop)` for batch after batch; returns the budget at the end and the tokens computed.

    When memory runs out the budget becomes half of what the failed batch held, and the run goes on with the same rows.
    Raises DoesNotFitError when a single row does not fit.
    """
    done, computed = 0, 0
    while done < len(lengths):
        bounds = [done + bound for bound in plan(lengths[done:], budget, multiple)]
        for start, stop in pairwise(bounds):
            size = (stop - start) * rounded(int(lengths[start]), multiple)
            if _fits(compute, start, stop):
                done, computed = stop, computed + size
                continue
            if stop - start == 1:
                raise DoesNotFitError(start)
            budget = size // 2
            break
    return budget, computed


def _fits(compute: Callable[[int, int], None], start: int, stop: int) -> bool:
    """Runs a batch; false if memory ran out. The traceback, which holds the batch's tensors, is gone on return."""
    try:
        compute(start, stop)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        return False
    return True
