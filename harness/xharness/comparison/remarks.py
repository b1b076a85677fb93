"""What a reader of a comparison must know about its runs, one sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness.comparison.guards import shortened
from xharness.runs import RunStatus
from xharness.selection import DEFAULT_SPLIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xharness.comparison.guards import Given
    from xharness.runs import CellRecord

TINY = 300
"""Examples below which a cell is called tiny: its interval is at least about ± 6 points wide (spec/statistics.md §7)."""

_HANDLED = ("variant", "limit", "predictions")  # in a signature, but told elsewhere


def of_runs(a: Sequence[Given], b: Sequence[Given]) -> list[str]:
    """Returns what is to be said of the runs themselves: those not finished, and those that stand on both sides."""
    runs = {run.name: run.record for run in (*a, *b)}
    notes = [
        f"{name} is not finished ({record.status}): cells may be missing."
        for name, record in runs.items()
        if record.status is not RunStatus.FINISHED
    ]
    identities_a, identities_b = ({run.record.identity for run in side} for side in (a, b))
    both = [name for name, record in runs.items() if record.identity in identities_a & identities_b]
    if both and identities_a != identities_b:
        notes.append(
            f"On both sides: {', '.join(both)}; the sides are not independent, and the variance over seeds is overestimated."
        )
    return notes


def of_cells(pairs: Sequence[tuple[Sequence[CellRecord], Sequence[CellRecord]]]) -> list[str]:
    """Returns what is to be said of the compared cells, given as (those of the runs of a, those of b), one pair a cell."""
    every = [(*of_a, *of_b) for of_a, of_b in pairs]
    firsts = [cells[0] for cells in every]
    notes = []
    splits = dict.fromkeys(f"{cell.task}={cell.split}" for cell in firsts if cell.split != DEFAULT_SPLIT)
    if splits:
        notes.append(f"Not on the test split: {', '.join(splits)}; differences on these tasks are not test results.")
    limits = sorted({limit for cell in firsts if isinstance(limit := cell.signature.get("limit"), int)})
    if limits:
        shown = ", ".join(f"{limit:,}" for limit in limits)
        notes.append(f"At most {shown} examples of each cell were used: for trying things out, not for reporting.")
    counts = [
        cells[0].place for cells in every if any(not one.official and "limit" not in one.signature for one in cells)
    ]
    if counts:
        notes.append(f"Other example counts than the benchmark's: {shortened(counts)}.")
    return [*notes, *_scored_elsewhere(every), *_other_signatures(pairs), *_tiny_sets(firsts)]


def _scored_elsewhere(every: Sequence[Sequence[CellRecord]]) -> Iterator[str]:
    """Yields a note where only some of a cell's runs were scored from predictions: nothing is known of how they were made."""
    places = []
    for cells in every:
        from_files = [cell for cell in cells if "predictions" in cell.signature]
        if from_files and len(from_files) < len(cells):
            places.append(cells[0].place)
    if places:
        yield (
            "Evaluated here on one side and scored from predictions on the other, of which it is not known how they were made: "
            f"{shortened(places)}."
        )


def _other_signatures(pairs: Sequence[tuple[Sequence[CellRecord], Sequence[CellRecord]]]) -> Iterator[str]:
    """Yields one note for every key of the signatures in which the sides differ; batch sizes do not count."""
    found: dict[str, dict[str, dict[str, int]]] = {}
    for of_a, of_b in pairs:
        known_a, known_b = ([cell for cell in side if "predictions" not in cell.signature] for side in (of_a, of_b))
        if not known_a or not known_b:
            continue
        keys = dict.fromkeys(key for cell in (*known_a, *known_b) for key in cell.signature)
        for key in keys:
            if key in _HANDLED or "batch" in key:
                continue
            values = [_values(side, key) for side in (known_a, known_b)]
            if values[0] != values[1]:
                tasks = found.setdefault(key, {}).setdefault(" / ".join(values), {})
                tasks[of_a[0].task] = tasks.get(of_a[0].task, 0) + 1
    for key, by_values in found.items():
        parts = [
            f"{values} ({'; '.join(f'{task}, {_cells(count)}' for task, count in tasks.items())})"
            for values, tasks in by_values.items()
        ]
        yield f"Made with other {key}: {', '.join(parts)}."


def _values(cells: Sequence[CellRecord], key: str) -> str:
    return " or ".join(sorted({str(cell.signature.get(key, "none")) for cell in cells}))


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _tiny_sets(cells: Sequence[CellRecord]) -> Iterator[str]:
    """Yields one note for every task with tiny sets, the smallest first."""
    tiny: dict[str, list[CellRecord]] = {}
    for cell in sorted(cells, key=lambda cell: cell.n):
        if cell.n < TINY and "limit" not in cell.signature:  # a limit is said once, and is no property of the data
            tiny.setdefault(cell.task, []).append(cell)
    for task in dict.fromkeys(cell.task for cell in cells if cell.task in tiny):
        first, *others = tiny[task]
        said = f"{task}: tiny: {first.language} has {first.n:,} examples"
        if others:
            yield f"{said}, {shortened([f'{cell.language} {cell.n:,}' for cell in others])}; their intervals are wide."
        else:
            yield f"{said}, its interval is wide."
