"""Which cells are scored in every run of both sides, and why the others are not compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness.comparison.guards import shortened
from xharness.errors import UsageError
from xharness.runs import CellStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from xharness.comparison.guards import Given
    from xharness.comparison.result import Side
    from xharness.runs import CellRecord


class Coverage:
    """What each side has of the places ("task/language") that are asked for.

    Attributes:
        places: those to compare, in the suite's order: scored, on data that may enter the average, in every run.
        only_a, only_b: those that are so in every run of one side, but not of the other.
    """

    def __init__(self, runs_a: Sequence[Given], runs_b: Sequence[Given], asked: Sequence[str]) -> None:
        self._sides = (runs_a, runs_b)
        self._asked = asked
        self._cells = {run.name: {cell.place: cell for cell in run.record.cells} for run in (*runs_a, *runs_b)}
        whole_a, whole_b = self._whole = tuple(self._places(all, runs) for runs in self._sides)
        self.places = tuple(place for place in asked if place in whole_a and place in whole_b)
        self.only_a = tuple(place for place in asked if place in whole_a and place not in whole_b)
        self.only_b = tuple(place for place in asked if place in whole_b and place not in whole_a)

    def over(self, asked: Sequence[str]) -> Coverage:
        """Returns the same of other places."""
        return Coverage(*self._sides, asked)

    def records(self, place: str) -> tuple[list[CellRecord], list[CellRecord]]:
        """Returns the records of a place to compare: those of the runs of a, those of b."""
        of_a, of_b = ([self._cells[run.name][place] for run in runs] for runs in self._sides)
        return of_a, of_b

    def notes(self) -> list[str]:
        """Returns why places that are scored somewhere are on neither list, one sentence each."""
        notes = []
        for runs, whole in zip(self._sides, self._whole, strict=True):
            partly = self._places(any, runs) - whole
            if partly:
                listed = shortened([place for place in self._asked if place in partly])
                notes.append(
                    f"Not compared, since only some of the runs {', '.join(run.name for run in runs)} have it: {listed}."
                )
        runs = [run for side in self._sides for run in side]
        elsewhere = [place for place in self._asked if any(self._is_apart(run, place) for run in runs)]
        if elsewhere:
            notes.append(f"Not compared, since scored on other data than the benchmark's: {shortened(elsewhere)}.")
        return notes

    def nothing(self, a: Side, b: Side) -> UsageError:
        """Returns the error for no place to compare, which says what each side has."""
        here, there = (
            f"{side.name} has {_by_task(place for place in self._asked if place in whole)}"
            for side, whole in zip((a, b), self._whole, strict=True)
        )
        why = "".join(f" {note}" for note in self.notes())
        return UsageError(
            f"No cell is scored on both sides, so there is nothing to compare: {here}; {there}.{why} Evaluate both on the same "
            "tasks and languages, or ask for others with --tasks and --languages."
        )

    def _places(self, quantor: Callable[[Iterable[bool]], bool], runs: Sequence[Given]) -> set[str]:
        return {place for place in self._asked if quantor(self._counts(run, place) for run in runs)}

    def _counts(self, run: Given, place: str) -> bool:
        cell = self._cells[run.name].get(place)
        return cell is not None and cell.status is CellStatus.SCORED and cell.in_average

    def _is_apart(self, run: Given, place: str) -> bool:
        cell = self._cells[run.name].get(place)
        return cell is not None and cell.status is CellStatus.SCORED and not cell.in_average


def _by_task(places: Iterable[str]) -> str:
    languages: dict[str, list[str]] = {}
    for place in places:
        task, _, language = place.partition("/")
        languages.setdefault(task, []).append(language)
    return ", ".join(f"{task} ({shortened(ones)})" for task, ones in languages.items()) or "none of the cells asked for"
