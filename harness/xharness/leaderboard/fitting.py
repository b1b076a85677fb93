"""What must hold before a run stands on a board: the same suite, splits, versions and examples as the runs that are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness.comparison.guards import REPORTED, Refusals, same_data, same_rules
from xharness.comparison.sides import same_system
from xharness.errors import RunError, UsageError, unknown_name
from xharness.leaderboard.names import folded
from xharness.records import Score
from xharness.runs import CellStatus
from xharness.samples import TOLERANCE, main_metrics
from xharness.scoring import aggregate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from xharness.errors import HarnessError
    from xharness.leaderboard.board import BoardConfig
    from xharness.leaderboard.entries import EntryConfig
    from xharness.offers import Suite, Task
    from xharness.protocols import Metric
    from xharness.runs import CellRecord, RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A run on the board, or one that is to be: `where` names it in messages."""

    where: str
    config: EntryConfig
    record: RunRecord


def counted(config: BoardConfig, record: RunRecord) -> dict[str, CellRecord]:
    """Returns the board's cells that the run has scored on data that may enter the average, in the board's order."""
    cells = {cell.place: cell for cell in record.cells if cell.status is CellStatus.SCORED and cell.in_average}
    return {place: cells[place] for place in config.places if place in cells}


def firsts(config: BoardConfig, standing: Iterable[Standing]) -> dict[str, tuple[str, CellRecord]]:
    """Returns for every cell where the first run that has it stands, and its record: what later ones are held against."""
    found: dict[str, tuple[str, CellRecord]] = {}
    for one in standing:
        for place, cell in counted(config, one.record).items():
            found.setdefault(place, (one.where, cell))
    return found


def differences(
    config: BoardConfig,
    one: Standing,
    first: Mapping[str, tuple[str, CellRecord]],
    tasks: Mapping[str, Task],
    metrics: Mapping[str, Metric],
) -> list[HarnessError]:
    """Returns why a run's scores may not stand beside the board's, one error for each cause with both values.

    Cells are looked at where the run fits as a whole, and data where a cell's rules are the same: one cause is told once.
    Examples and clusters are not looked at; data are by their fingerprints.
    """
    problems: list[HarnessError] = [RunError(text) for text in _of_run(config, one)]
    refusals = Refusals()
    if problems:
        return problems
    for place, cell in counted(config, one.record).items():
        split = config.splits[cell.task]
        if cell.split != split:
            _refuse(refusals, cell, ("split", cell.split, split), (one.where, "the board"))
            continue
        where, other = first.get(place, (one.where, cell))
        names = sorted({metric.name for metric in main_metrics(tasks[cell.task], metrics).values()})
        for difference in list(same_rules(cell, other, names)) or same_data(cell, other):
            _refuse(refusals, cell, difference, (one.where, where))
    return [*refusals.errors()]


def _refuse(refusals: Refusals, cell: CellRecord, difference: tuple[str, str, str], runs: tuple[str, str]) -> None:
    what, own, its = difference
    refusals.add(cell, what, runs, f"the {what} differs: {own} in {runs[0]}, {its} in {runs[1]}.")


def _of_run(config: BoardConfig, one: Standing) -> Iterator[str]:
    record = one.record
    if record.kind == REPORTED:
        yield (
            f"{one.where} is a reported result, copied from a publication: without statistics it cannot be ranked. Put its "
            "figures into reported.csv, where they are shown but never tested."
        )
    for what, own, its in (
        ("suite", record.suite, config.suite),
        ("suite version", record.suite_version, config.suite_version),
        ("variant", record.variant, str(config.variant)),
        ("limit on examples", str(record.limit or "none"), str(config.limit or "none")),
    ):
        if own != its:
            yield f"{one.where} has the {what} {own!r}, and the board has {its!r}."
    if not counted(config, record):
        yield f"{one.where} has scored none of the board's cells ({', '.join(config.cells)})."


def repeated(one: Standing, others: Sequence[Standing]) -> Iterator[HarnessError]:
    """Yields an error for the same model with the same settings among the others, or the same run."""
    for other in others:
        if one.record.identity == other.record.identity or same_system(one.record, other.record):
            yield RunError(
                f"{one.where} is of the same model ({one.record.model.identity[:12]}) with the same settings as {other.where}, "
                f"which is on the board as {other.config.system!r}: a system stands there once, and is not its own seed. "
                "Remove the other first, or add another run."
            )


def named_wrongly(one: Standing, others: Sequence[Standing]) -> Iterator[HarnessError]:
    """Yields an error for a name that another system has, or a seed of a system that is not among the others."""
    systems = [other.config.name for other in others if other.config.seed_of is None]
    name, seed_of = one.config.name, one.config.seed_of
    if seed_of is not None:
        if seed_of not in systems:
            yield unknown_name("system on the board", seed_of, systems)
        if name != seed_of:
            yield UsageError(f"{one.where} is a seed of {seed_of!r} and has the name {name!r}: a system has one name.")
        return
    same = next((other for other in systems if folded(other) == folded(name)), None)
    if same is not None:
        yield UsageError(
            f"There is a system called {same!r} on the board. Choose another name, or say that the run is another seed of it "
            f"with --seed-of {same!r}."
        )


def wrong_means(record: RunRecord, suite: Suite, tasks: Mapping[str, Task], where: str) -> Iterator[RunError]:
    """Yields an error for every mean that the run's own scores do not give to within 1e-9; `tasks` are all of the suite."""
    scored = [cell for cell in record.cells if cell.status is CellStatus.SCORED and cell.in_average]
    cells = {
        (cell.task, cell.language): [
            Score(metric=one.metric, value=one.value, n=one.n, main=one.main) for one in cell.scores
        ]
        for cell in scored
    }
    made = aggregate(suite.aggregator, tasks, cells)
    told = record.averages
    pairs = {"average": (told.average, made.average)}
    pairs |= {f"mean of {name}": (told.tasks.get(name), value) for name, value in made.tasks.items()}
    pairs |= {f"group {name}": (told.groups.get(name), value) for name, value in made.groups.items()}
    for name, (recorded, value) in pairs.items():
        same = recorded is value if recorded is None or value is None else abs(recorded - value) <= TOLERANCE
        if not same:
            yield RunError(f"{where}: the {name} is recorded as {recorded!r}, and the run's scores give {value!r}.")
