"""Shows what was trained: development scores of one checkpoint set, or of a grid of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from xharness.cli.display import duration
from xharness.cli.show import console_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from rich.table import Table

    from xharness.offers import TrainedHead, TrainedSet
    from xharness.training import SetOutcome

ABSENT = "–"


def print_set(trained: TrainedSet) -> None:
    """Prints the parts of a set: development score, chance, seconds, and what a reader must know."""
    if not trained.heads:
        return
    rows = [
        (
            head.name,
            _score(head),
            _percent(head.chance),
            head.metric or ABSENT,
            f"{head.n:,}" if head.n else ABSENT,
            duration(head.seconds),
            "kept" if head.kept else "new",
        )
        for head in trained.heads
    ]
    _print(_table(("head", "dev", "chance", "metric", "examples", "time", ""), rows))
    _print_collapsed(("", head) for head in trained.heads)
    _print_marks(("", head) for head in trained.heads)


def print_grid(outcomes: Sequence[SetOutcome], out: Path) -> bool:
    """Prints a grid: one row for each set, then what collapsed, what is marked and what failed. Returns whether any failed."""
    names = list(dict.fromkeys(head.name for one in outcomes for head in one.heads))
    rows = []
    for one in outcomes:
        scores = {head.name: _score(head) for head in one.heads}
        time = duration(one.seconds) if one.heads else ABSENT
        rows.append((one.planned.name, *(scores.get(name, ABSENT) for name in names), time, one.status))
    _print(_table(("set", *names, "time", ""), rows))
    typer.echo("Development scores in percent.")
    _print_collapsed((one.planned.name, head) for one in outcomes for head in one.heads)
    _print_grid_marks(outcomes)
    failed = [one for one in outcomes if one.error is not None]
    for one in failed:
        typer.echo(f"Failed: {one.planned.name}: {one.error}", err=True)
    typer.echo(f"The checkpoint sets are in {out}, the table also in grid.json and grid.csv there.")
    return bool(failed)


def _print_collapsed(heads: Iterable[tuple[str, TrainedHead]]) -> None:
    """Prints in one sentence the heads that have not learned; nothing where all have."""
    found = [
        f"{_place(place, head)} {_percent(head.value)} (chance {_percent(head.chance)})"
        for place, head in heads
        if head.collapsed
    ]
    if found:
        typer.echo(f"Collapsed, not clearly above chance on development data: {', '.join(found)}.")


def _print_marks(heads: Iterable[tuple[str, TrainedHead]]) -> None:
    """Prints every mark once, after the places that bear it."""
    places: dict[str, dict[str, None]] = {}
    for place, head in heads:
        for mark in head.marks:
            if not (head.collapsed and mark.startswith("collapsed")):  # said above
                places.setdefault(mark, {})[_place(place, head)] = None
    for mark, where in places.items():
        typer.echo(f"{', '.join(where)}: {mark}")


def _print_grid_marks(outcomes: Sequence[SetOutcome]) -> None:
    """Prints every mark once: after the recipes of which every set bears it, and after the single sets of others."""
    trained = Counter((one.planned.stage.name, head.name) for one in outcomes for head in one.heads)
    marked = Counter(
        (one.planned.stage.name, head.name, mark) for one in outcomes for head in one.heads for mark in head.marks
    )
    places = []
    for one in outcomes:
        recipe = one.planned.stage.name
        for head in one.heads:
            for mark in head.marks:
                every = marked[recipe, head.name, mark] == trained[recipe, head.name]
                places.append((recipe if every else one.planned.name, replace(head, marks=(mark,))))
    _print_marks(places)


def _place(place: str, head: TrainedHead) -> str:
    return f"{place}/{head.name}" if place else head.name


def _score(head: TrainedHead) -> str:
    return _percent(head.value) + (" collapsed" if head.collapsed else "")


def _percent(value: float | None) -> str:
    return ABSENT if value is None else f"{100 * value:.1f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for position, name in enumerate(head):
        table.add_column(Text(name), justify="right" if position else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _print(table: Table) -> None:
    console_for(table).print(table)
