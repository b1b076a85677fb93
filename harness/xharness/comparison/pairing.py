"""Puts two sides beside each other: which cells both have, whether they may be compared, and their rows by example id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness.comparison import remarks
from xharness.comparison.alignment import by_id, mismatch, stacked
from xharness.comparison.coverage import Coverage
from xharness.comparison.guards import Given, Refusals, check_runs, same_data, same_rules
from xharness.comparison.sides import apart, side
from xharness.errors import RunError, named
from xharness.samples import main_metrics, read_sample, stratum, widened
from xharness.selection import Selection, chosen_languages, chosen_tasks
from xharness.store import find_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from xharness.bootstrap.cells import Score
    from xharness.comparison.alignment import ById
    from xharness.comparison.result import Side
    from xharness.offers import Suite, Task
    from xharness.plugins import Plugins
    from xharness.protocols import Metric
    from xharness.records import Floats
    from xharness.runs import CellRecord, RunRecord
    from xharness.samples import Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedCell:
    """One cell of every run of both sides, example by example.

    Attributes:
        clusters: (m,) the unit that is resampled.
        rows: float64 (s, m, k): the runs of a, then those of b; rows in ascending order of the example ids.
        score, metrics: as in `samples.Sample`.
        n: examples; rows for ids that only some systems have (mining) come on top, so m ≥ n.
        asked: it is to be reported. The others are languages of a parallel task that were not asked for: their clusters are
            resampled with those that were, so that a cell's draws do not depend on what else is asked for.
    """

    task: str
    language: str
    clusters: Sequence[str]
    rows: Floats
    score: Score
    metrics: Mapping[str, Score]
    n: int
    asked: bool = True

    @property
    def place(self) -> str:
        """Returns "task/language"."""
        return f"{self.task}/{self.language}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Two sides that may be compared.

    Attributes:
        tasks: all of the suite, in its order.
        runs_a, runs_b: in the order given, which is that of the systems in every cell's rows.
        cells: those scored in every run of both sides, in the suite's order; of a parallel task also languages that were not
            asked for, where they fit.
        only_a, only_b: places scored in every run of one side but not of the other, among those asked for.
        notes: what a reader must know, one sentence each.
    """

    suite: Suite
    tasks: Mapping[str, Task]
    runs_a: tuple[RunRecord, ...]
    runs_b: tuple[RunRecord, ...]
    a: Side
    b: Side
    cells: tuple[PairedCell, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    notes: tuple[str, ...]


def pair(
    plugins: Plugins,
    a: Sequence[Path],
    b: Sequence[Path],
    tasks: tuple[str, ...] | None,
    languages: tuple[str, ...] | None,
    wider: tuple[str, ...] = (),
) -> Pairing:
    """Returns the runs in the folders `a` paired with those in `b`, the baseline; None takes all tasks or languages.

    A cell is compared if it is scored on data that may enter the average in every run of both sides. The order of a run's
    rows does not matter. The same folder on both sides is allowed; a run is read once for each cell. Of the tasks in `wider`
    the larger units (articles) take the place of the clusters (paragraphs).

    Raises:
        UsageError: a path is no run, a side names a model twice, a task or language does not exist, no cell is common.
        RunError: the runs are of other suites, versions or variants, or are reported results; or cells differ in split, task
            version, metric version, limit, example ids, clusters, gold or inputs (all of them in one message), have fewer than
            two clusters, are damaged, or are of another version than is installed.
        PluginError: the suite's tasks are not all installed.
    """
    runs_a, runs_b = ([_given(path) for path in paths] for paths in (a, b))
    sides = apart(side([run.record for run in runs_a]), side([run.record for run in runs_b]))
    reference = runs_b[0]
    suite = plugins.suite(reference.record.suite)
    check_runs([*runs_a, *runs_b], reference, suite)
    suite_tasks = plugins.suite_tasks(suite)
    for name in wider:
        named(f"task of the suite {suite.name!r}", name, suite_tasks)
    chosen = chosen_tasks(Selection(suite=suite.name, tasks=tasks, languages=languages), suite, suite_tasks)
    asked = [f"{name}/{one}" for name, task in chosen.items() for one in _languages(task, languages)]
    coverage = Coverage(runs_a, runs_b, asked)
    if not coverage.places:
        raise coverage.nothing(*sides)
    return Pairing(
        suite=suite,
        tasks=suite_tasks,
        runs_a=tuple(run.record for run in runs_a),
        runs_b=tuple(run.record for run in runs_b),
        a=sides[0],
        b=sides[1],
        cells=_paired([*runs_a, *runs_b], coverage, chosen, plugins.metrics, frozenset(wider)),
        only_a=coverage.only_a,
        only_b=coverage.only_b,
        notes=(
            *remarks.of_runs(runs_a, runs_b),
            *coverage.notes(),
            *remarks.of_cells([coverage.records(place) for place in coverage.places]),
        ),
    )


def _given(path: Path) -> Given:
    folder = find_run(path)
    return Given(folder=folder, record=folder.read_record())


def _languages(task: Task, languages: tuple[str, ...] | None) -> tuple[str, ...]:
    return chosen_languages(Selection(languages=languages), task)


def _paired(
    runs: Sequence[Given],
    asked: Coverage,
    tasks: Mapping[str, Task],
    metrics: Mapping[str, Metric],
    wider: frozenset[str],
) -> tuple[PairedCell, ...]:
    """Returns the compared cells. Raises RunError with everything that keeps any of those asked for from being compared."""
    whole = asked.over([f"{name}/{one}" for name, task in tasks.items() for one in task.languages])
    refusals = Refusals()
    cells: dict[str, PairedCell | None] = {}
    units: dict[str, dict[str, str]] = {}
    for place in sorted(
        whole.places, key=lambda place: place not in asked.places
    ):  # the others have to fit those asked for
        of_a, of_b = whole.records(place)
        task, is_asked = tasks[of_b[0].task], place in asked.places
        if is_asked or task.parallel:
            systems = _Systems(runs, [*of_a, *of_b], len(of_a), refusals if is_asked else Refusals())
            known = units.setdefault(stratum(task, of_b[0].language)[0], {}) if task.name in wider else None
            cells[place] = systems.cell(task, metrics, known, asked=is_asked)
    refusals.raise_any()
    return tuple(cell for place in whole.places if (cell := cells.get(place)) is not None)


class _Systems:
    """All runs in one cell; each is held against the reference, and what does not fit goes to the refusals."""

    def __init__(
        self, runs: Sequence[Given], records: Sequence[CellRecord], reference: int, refusals: Refusals
    ) -> None:
        self.systems = list(zip(runs, records, strict=True))
        self.reference, self.its = self.systems[reference]
        self.refusals = refusals

    def cell(
        self, task: Task, metrics: Mapping[str, Metric], units: dict[str, str] | None, *, asked: bool
    ) -> PairedCell | None:
        """Returns the cell, read and aligned, with its larger units if `units` is given; None if it is refused."""
        if not self._follow_one_rule(main_metrics(task, metrics).values()):
            return None
        read = self._read(task, metrics, units)
        if read is None:
            return None
        clusters, rows = stacked([read[run.name][1] for run, _ in self.systems])
        if len(set(clusters)) < 2:
            self._refuse(self.reference, self.its, "clusters", _one_cluster(self.its))
            return None
        first, _ = read[self.reference.name]
        return PairedCell(
            task=task.name,
            language=self.its.language,
            clusters=clusters,
            rows=rows,
            score=first.score,
            metrics=first.metrics,
            n=first.n,
            asked=asked,
        )

    def _follow_one_rule(self, metrics: Iterable[Metric]) -> bool:
        """Returns whether all were scored on one split by the same versions with the same limit."""
        names = sorted({metric.name for metric in metrics})
        found = [
            (run, record, difference)
            for run, record in self.systems
            for difference in same_rules(record, self.its, names)
        ]
        for run, record, difference in found:
            self._refuse(run, record, difference[0], self._differ(run, *difference))
        return not found

    def _read(
        self, task: Task, metrics: Mapping[str, Metric], units: dict[str, str] | None
    ) -> dict[str, tuple[Sample, ById]] | None:
        """Returns every run's sample, as read and by id; None if one is damaged or does not fit the reference's."""
        read: dict[str, tuple[Sample, ById]] = {}
        first: ById | None = None
        for run, record in ((self.reference, self.its), *self.systems):
            if run.name in read:
                continue
            try:
                sample = read_sample(run.folder, record, task, metrics)
                sample = sample if units is None else widened(sample, record.place, units)
            except RunError as error:
                self._refuse(run, record, "file", str(error))
                return None
            rows = by_id(sample, first)
            first = first or rows
            wrong = self._wrong(run, record, rows, first)
            if wrong is not None:
                self._refuse(run, record, *wrong)
                return None
            read[run.name] = (sample, rows)
        return read

    def _wrong(self, run: Given, record: CellRecord, rows: ById, reference: ById) -> tuple[str, str] | None:
        """Returns how a run's examples differ: by ids and clusters first, since they explain other fingerprints."""
        wrong = mismatch(rows, reference, (run.name, self.reference.name))
        if wrong is not None:
            return wrong
        unequal = next(same_data(record, self.its), None)
        return None if unequal is None else (unequal[0], self._differ(run, *unequal))

    def _refuse(self, run: Given, record: CellRecord, what: str, message: str) -> None:
        self.refusals.add(record, what, (run.name, self.reference.name), message)

    def _differ(self, run: Given, what: str, own: str, its: str) -> str:
        return (
            f"the {what} differs: {own} in {run.name}, {its} in {self.reference.name}. Evaluate or score one of them again as "
            "the other was, or leave the cell out with --tasks and --languages."
        )


def _one_cluster(record: CellRecord) -> str:
    return (
        f"its {record.n:,} examples are one cluster, and fewer than two cannot be resampled. Evaluate more examples, or leave "
        "the cell out with --tasks and --languages."
    )
