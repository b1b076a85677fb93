"""Differences of every system to the baseline, corrected for the number of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from xharness import bootstrap
from xharness.leaderboard.content import AVERAGE, Difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from xharness.leaderboard.scores import Drawn

CORRECTIONS = (
    "Ranks: max-T over all pairs of systems (Mogstad et al. 2024). Differences to the baseline: Holm over the systems for the "
    "average, Holm over systems and tasks for the tasks, Benjamini-Hochberg over systems and cells for the cells."
)
"""What a board says of its p-values."""


class _Seen(NamedTuple):
    value: float
    low: float
    high: float
    p: float


class Differences:
    """Collects the differences of systems to one of them, row by row.

    p-values are by z from the variance of the difference in the shared resamples, by t with the variance between seeds where a
    system has several (`bootstrap.between_methods`): they are as fine as many systems need, which counts of resamples are not.
    """

    def __init__(self, runs: Sequence[Sequence[int]], baseline: int | None, level: float) -> None:
        self._runs = runs
        self._baseline = baseline
        self._level = level
        self._seen: dict[str, dict[int, _Seen]] = {}

    def collect(self, row: str, drawn: Drawn) -> None:
        """Takes the draws of a row: of a cell, a task, or the average."""
        self._seen[row] = {
            place: self._difference(drawn, runs, self._runs[self._baseline])
            for place, runs in enumerate(self._runs)
            if self._baseline is not None and place != self._baseline
        }

    def _difference(self, drawn: Drawn, runs: Sequence[int], others: Sequence[int]) -> _Seen:
        first, second = list(runs), list(others)
        found = bootstrap.between_methods(
            drawn.point[first],
            drawn.resampled[first],
            drawn.point[second],
            drawn.resampled[second],
            clusters=max(2, drawn.clusters),
        )
        interval = bootstrap.student(found.value, found.variance, found.df, self._level)
        return _Seen(found.value, interval.low, interval.high, found.p)

    def corrected(self) -> list[dict[str, Difference]]:
        """Returns by system what was collected, by row, with p-values adjusted within average, tasks and cells."""
        tasks = [row for row in self._seen if row != AVERAGE and "/" not in row]
        cells = [row for row in self._seen if "/" in row]
        adjusted = {
            **self._adjusted([AVERAGE] if AVERAGE in self._seen else [], "holm"),
            **self._adjusted(tasks, "holm"),
            **self._adjusted(cells, "bh"),
        }
        found: list[dict[str, Difference]] = [{} for _ in self._runs]
        for row, by_system in self._seen.items():
            for place, seen in by_system.items():
                found[place][row] = self._told(seen, adjusted[row, place])
        return found

    def _adjusted(self, rows: Iterable[str], correction: str) -> Mapping[tuple[str, int], float]:
        members = [(row, place) for row in rows for place in self._seen[row]]
        if not members:
            return {}
        p = [self._seen[row][place].p for row, place in members]
        values = bootstrap.holm(p) if correction == "holm" else bootstrap.benjamini_hochberg(p)
        return dict(zip(members, map(float, values), strict=True))

    def _told(self, seen: _Seen, p_adjusted: float) -> Difference:
        decided = p_adjusted <= 1 - self._level and seen.value != 0
        verdict = ("better" if seen.value > 0 else "worse") if decided else "undecided"
        return Difference(
            delta=seen.value, low=seen.low, high=seen.high, p=seen.p, p_adjusted=p_adjusted, verdict=verdict
        )
