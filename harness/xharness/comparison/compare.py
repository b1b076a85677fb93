"""Compares: everything is drawn once, every row is read off the same draws."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xharness import bootstrap
from xharness.comparison.estimands import Estimand, estimands
from xharness.comparison.pairing import pair
from xharness.comparison.result import Comparison, Corrections, Languages, Verdict
from xharness.comparison.rows import Place, Systems, adjusted, row
from xharness.comparison.sentence import sentence
from xharness.errors import UsageError
from xharness.samples import stratum

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from xharness.bootstrap import Draws
    from xharness.comparison.pairing import PairedCell, Pairing
    from xharness.comparison.result import Row, Side
    from xharness.plugins import Plugins

FAMILIES = ("tasks", "cells")
CORRECTIONS = ("holm", "bh", "maxt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to compare.

    Attributes:
        tasks, languages: those to compare; None for all.
        resamples, seed: of the bootstrap and the exchanges.
        level: of intervals, and 1 less the error rate of the tests, in [0.5, 1).
        family: the confirmatory family, "tasks" or "cells".
        correction: its correction; None for Holm over tasks and Benjamini-Hochberg over cells.
        zero_shot: means leave English out.
        paired_seeds: the runs of both sides belong together by seed.
        wider: tasks of which larger units are resampled (articles instead of paragraphs).
    """

    tasks: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    resamples: int = 10_000
    seed: int = 0
    level: float = 0.95
    family: str = "tasks"
    correction: str | None = None
    zero_shot: bool = False
    paired_seeds: bool = False
    wider: tuple[str, ...] = ()
    threads: int | None = None
    advance: Callable[[str], None] | None = field(default=None, compare=False)


def compare(plugins: Plugins, a: Sequence[Path], b: Sequence[Path], options: Options) -> Comparison:
    """Compares the runs of side a with those of side b, the baseline; several on a side are seeds of one method.

    Args:
        a, b: folders of runs.

    Raises:
        UsageError: for options that do not fit, or runs that have no cell in common.
        RunError: for runs that must not be compared (other data, suite, variant, …), naming every difference; for a cell
            that is damaged.
    """
    _check(options)
    pairing = pair(plugins, a, b, options.tasks, options.languages, options.wider)
    systems = _systems(pairing, options)
    asked = [cell for cell in pairing.cells if cell.asked]
    corrections = _corrections(options)
    notes = _check_family(corrections, options, systems, len({cell.task for cell in asked}), len(asked))
    drawn = _draw(pairing, options)
    table = _Rows(pairing, systems, drawn, options.level)
    means = estimands(
        pairing.suite, pairing.tasks, [(cell.task, cell.language) for cell in asked], zero_shot=options.zero_shot
    )
    cells = table.family([table.cell(cell) for cell in asked], corrections.cells)
    tasks = table.family([table.mean(one) for one in means.tasks], corrections.tasks)
    comparison = Comparison(
        suite=pairing.suite.name,
        suite_version=pairing.suite.version,
        variant=pairing.runs_a[0].variant,
        splits={name: pairing.runs_a[0].splits[name] for name in dict.fromkeys(cell.task for cell in asked)},
        aggregator=(
            pairing.suite.aggregator.name,
            pairing.suite.aggregator.version,
            pairing.suite.aggregator.description,
        ),
        view="zero-shot" if options.zero_shot else "all languages",
        level=options.level,
        resamples=options.resamples,
        seed=options.seed,
        corrections=corrections,
        a=pairing.a,
        b=pairing.b,
        overall=table.mean(means.overall),
        english=table.mean(means.english) if means.english else None,
        groups=table.family([table.mean(one) for one in means.groups], corrections.groups),
        tasks=tasks,
        cells=cells,
        languages=_languages(tasks, cells, options.level),
        only_a=pairing.only_a,
        only_b=pairing.only_b,
        notes=(*pairing.notes, *notes, *_wider(options)),
    )
    return comparison.model_copy(update={"sentence": sentence(comparison)})


def _wider(options: Options) -> tuple[str, ...]:
    if not options.wider:
        return ()
    return (f"Larger units are resampled, articles instead of paragraphs: {', '.join(sorted(set(options.wider)))}.",)


def _check(options: Options) -> None:
    if not 0.5 <= options.level < 1:
        raise UsageError(f"--level {options.level:g}: expected a number from 0.5 to below 1, such as 0.95.")
    if options.family not in FAMILIES:
        raise UsageError(f"--family {options.family}: expected one of {', '.join(FAMILIES)}.")
    if options.correction is not None and options.correction not in CORRECTIONS:
        raise UsageError(f"--correction {options.correction}: expected one of {', '.join(CORRECTIONS)}.")
    if options.resamples < 1:
        raise UsageError(f"--resamples {options.resamples}: expected a positive number, such as 10000.")


def _corrections(options: Options) -> Corrections:
    chosen = {"tasks": "holm", "cells": "bh"}
    if options.correction is not None:
        chosen[options.family] = options.correction
    return Corrections(family=options.family, **chosen)


def _check_family(
    corrections: Corrections, options: Options, systems: Systems, tasks: int, cells: int
) -> tuple[str, ...]:
    """Refuses what the confirmatory family cannot be tested with, and returns a note where the other one cannot."""
    members = {"tasks": (corrections.tasks, tasks), "cells": (corrections.cells, cells)}
    if "maxt" in {corrections.tasks, corrections.cells} and systems.runs > 2:
        raise UsageError(
            "--correction maxt exchanges two single runs, and there are several on a side: use holm or bh, or name one run on "
            "each side."
        )
    if not systems.fixed:
        return ()  # p-values by t are not bounded by the number of resamples
    bootstrap.check_resamples(*members.pop(corrections.family), options.resamples, options.level)
    ((family, (correction, count)),) = members.items()
    try:
        bootstrap.check_resamples(correction, count, options.resamples, options.level)
    except UsageError:
        return (
            f"{options.resamples:,} resamples are few for {count} {family}: no single one can be significant after the "
            "correction.",
        )
    return ()


def _systems(pairing: Pairing, options: Options) -> Systems:
    """Returns which run is in which unit. Raises UsageError if seeds are to be paired that cannot be."""
    first, second = _units(pairing.a, 0), _units(pairing.b, len(pairing.a.runs))
    if not options.paired_seeds:
        return Systems(a=first, b=second)
    for name, side in (("a", pairing.a), ("b", pairing.b)):
        if side.units < len(side.runs):
            raise UsageError(
                f"--paired-seeds pairs independent runs, and the {len(side.runs)} runs of side {name} were made under "
                f"{side.units} intermediate runs or models only: leave --paired-seeds out, or name one run of each."
            )
    seeds = [[run.seed for run in side.runs] for side in (pairing.a, pairing.b)]
    if (
        len(seeds[0]) < 2
        or None in seeds[0]
        or len(set(seeds[0])) < len(seeds[0])
        or sorted(map(str, seeds[0])) != sorted(map(str, seeds[1]))
    ):
        raise UsageError(
            "--paired-seeds needs at least two runs on each side, with the same seeds in their training's record: side a has "
            f"{_shown(seeds[0])}, side b {_shown(seeds[1])}."
        )
    order = {seed: len(seeds[0]) + position for position, seed in enumerate(seeds[1])}
    return Systems(
        a=tuple((position,) for position in range(len(seeds[0]))),
        b=tuple((order[seed],) for seed in seeds[0]),
        paired=True,
    )


def _units(side: Side, start: int) -> tuple[tuple[int, ...], ...]:
    found: dict[str, list[int]] = {}
    for position, run in enumerate(side.runs):
        found.setdefault(run.unit, []).append(start + position)
    return tuple(tuple(members) for members in found.values())


def _shown(seeds: Sequence[int | None]) -> str:
    return ", ".join("no seed" if seed is None else str(seed) for seed in seeds)


def _draw(pairing: Pairing, options: Options) -> dict[str, Draws]:
    cells = []
    for cell in pairing.cells:
        name, shared = stratum(pairing.tasks[cell.task], cell.language)
        cells.append(
            bootstrap.Cell(
                name=f"{cell.task}/{cell.language}",
                stratum=name,
                shared=shared,
                clusters=cell.clusters,
                rows=cell.rows,
                score=cell.score,
            )
        )
    exchange = len(pairing.a.runs) == len(pairing.b.runs) == 1
    return bootstrap.resample(
        cells,
        resamples=options.resamples,
        seed=options.seed,
        exchange=exchange,
        threads=options.threads,
        advance=options.advance,
    )


class _Rows:
    """Reads rows off the draws."""

    def __init__(self, pairing: Pairing, systems: Systems, drawn: Mapping[str, Draws], level: float) -> None:
        self.systems = systems
        self.drawn = drawn
        self.level = level
        self.exchanged: dict[str, Draws] = {}
        self.examples = {f"{cell.task}/{cell.language}": cell.n for cell in pairing.cells}
        self.metrics = {f"{cell.task}/{cell.language}": _metrics(cell, systems) for cell in pairing.cells}

    def cell(self, cell: PairedCell) -> Row:
        """Returns the row of a cell."""
        name = f"{cell.task}/{cell.language}"
        self.exchanged[name] = self.drawn[name]
        place = Place(
            name=name,
            task=cell.task,
            language=cell.language,
            languages=(cell.language,),
            metrics=self.metrics[name],
            n=cell.n,
            cells=1,
            of_cells=1,
        )
        return row(place, self.drawn[name], self.systems, self.level)

    def mean(self, estimand: Estimand) -> Row:
        """Returns the row of a mean of cells."""
        drawn = bootstrap.combine(
            estimand.name, [(weight, self.drawn[name]) for name, weight in estimand.weights.items()]
        )
        self.exchanged[estimand.name] = drawn
        place = Place(
            name=estimand.name,
            task=estimand.task,
            languages=estimand.languages,
            metrics=self._mean_metrics(estimand) if estimand.task else {},
            n=sum(self.examples[name] for name in estimand.weights),
            cells=len(estimand.weights),
            of_cells=estimand.of_cells,
        )
        return row(place, drawn, self.systems, self.level)

    def _mean_metrics(self, estimand: Estimand) -> dict[str, tuple[float, float]]:
        names = next((self.metrics[cell] for cell in estimand.weights), {})

        def mean(name: str, side: int) -> float:
            return sum((weight * self.metrics[cell][name][side] for cell, weight in estimand.weights.items()), 0.0)

        return {name: (mean(name, 0), mean(name, 1)) for name in names}

    def family(self, rows: Sequence[Row], correction: str) -> tuple[Row, ...]:
        """Returns the rows with p-values adjusted within the family that they are."""
        import numpy as np

        p = [one.p for one in rows]
        if correction == "maxt":
            drawn = [self.exchanged[one.name].exchanged for one in rows]
            null = np.stack([one for one in drawn if one is not None])  # there is one for each row: `_check_family`
            values = bootstrap.step_down_maxt([one.delta for one in rows], null)
        else:
            values = bootstrap.holm(p) if correction == "holm" else bootstrap.benjamini_hochberg(p)
        return adjusted(rows, list(values), self.level)


def _metrics(cell: PairedCell, systems: Systems) -> dict[str, tuple[float, float]]:
    """Returns each score that makes up the cell's, by name, for both sides; nothing where there is only one."""
    import numpy as np

    if len(cell.metrics) < 2:
        return {}
    totals = cell.rows.sum(axis=1)
    found = {}
    for name, score in cell.metrics.items():
        values = score(totals)
        a, b = (float(np.mean([values[list(unit)].mean() for unit in units])) for units in (systems.a, systems.b))
        found[name] = (a, b)
    return found


def _languages(tasks: Sequence[Row], cells: Sequence[Row], level: float) -> tuple[Languages, ...]:
    """Returns, for every task with more than one language, where a is better, worse, undecided."""
    found = []
    for task in tasks:
        members = [one for one in cells if one.task == task.name and one.language in task.languages]
        if len(members) < 2:
            continue
        names = {kind: tuple(one.language for one in members if one.verdict is kind) for kind in Verdict}
        better = [one.p / 2 if one.delta > 0 else 1 - one.p / 2 for one in members]
        worse = [one.p / 2 if one.delta < 0 else 1 - one.p / 2 for one in members]
        one_sided = (1 + level) / 2
        found.append(
            Languages(
                task=task.name,
                better=names[Verdict.BETTER],
                worse=names[Verdict.WORSE],
                undecided=names[Verdict.UNDECIDED],
                better_in_at_least=bootstrap.holds_in_at_least(better, one_sided),
                worse_in_at_least=bootstrap.holds_in_at_least(worse, one_sided),
            )
        )
    return tuple(found)
