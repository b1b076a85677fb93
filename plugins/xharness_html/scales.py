"""Colour classes of the heat map: equal steps between bounds that hold for the whole board."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xharness.leaderboard.content import BoardContent, System

STEPS = 9
_WIDTHS = (0.2, 0.4, 1, 2, 3, 4, 6, 8, 10, 12, 16, 20)  # of a class of differences, points
_SHARE = 0.95  # of all differences lie within the bounds; the others have the colours of the ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Nine classes of equal width from `low` to `high`, fractions; the ends hold what lies beyond them too."""

    prefix: str
    low: float
    high: float

    def step(self, value: float | None) -> str | None:
        """Returns the class of a value; None if it has none."""
        if value is None or not math.isfinite(value):
            return None
        place = math.floor((value - self.low) / (self.high - self.low) * STEPS)
        return f"{self.prefix}{min(max(place, 0), STEPS - 1)}"

    @property
    def edges(self) -> tuple[float, ...]:
        """Returns the ten ends of the classes, fractions."""
        return tuple(self.low + (self.high - self.low) * place / STEPS for place in range(STEPS + 1))


def of_scores(content: BoardContent) -> Scale:
    """Returns the scale of scores: classes of whole percents that hold the lowest and the highest cell."""
    values = list(_finite(one.value for system in _systems(content) for one in system.cells.values()))
    least, most = 100 * min(values, default=0.0), 100 * max(values, default=1.0)
    for width in range(1, 13):
        low = math.floor(least / width) * width
        if low + STEPS * width >= most:
            break
    return Scale(prefix="s", low=low / 100, high=(low + STEPS * width) / 100)


def of_differences(content: BoardContent) -> Scale:
    """Returns the scale of differences, a class around zero in its middle: 95 % of all cells' differences lie within it."""
    cells = {f"{task}/{language}" for task, languages in content.tasks.items() for language in languages}
    sizes = sorted(
        abs(one)
        for one in _finite(d.delta for s in _systems(content) for place, d in s.to_baseline.items() if place in cells)
    )
    reach = 100 * sizes[math.ceil(_SHARE * len(sizes)) - 1] if sizes else 0.0
    width = next((one for one in _WIDTHS if one * STEPS / 2 >= reach), _WIDTHS[-1])
    return Scale(prefix="d", low=-width * STEPS / 200, high=width * STEPS / 200)


def labels(scale: Scale) -> list[str]:
    """Returns what each class holds, in percent or points: "42 to 48", for differences "+1 to +3", the ends open."""
    ends = [_end(edge, signed=scale.low < 0) for edge in scale.edges]
    middle = [f"{low} to {high}" for low, high in pairwise(ends[1:-1])]
    return [f"under {ends[1]}", *middle, f"{ends[-2]} and over"]


def _end(edge: float, signed: bool) -> str:
    sign = "−" if edge < 0 else "+" if signed else ""
    return f"{sign}{abs(round(100 * edge, 2)):g}"


def _systems(content: BoardContent) -> list[System]:
    return [*content.complete, *content.incomplete]


def _finite(values: Iterable[float]) -> Iterable[float]:
    return (value for value in values if math.isfinite(value))
