"""Runs a plan: predicts, scores and stores cell by cell, and survives being interrupted at any moment."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from xharness import environment
from xharness.cell_files import StoredCell
from xharness.errors import HarnessError, RunError, located
from xharness.intervals import with_intervals
from xharness.models import Head
from xharness.planning import Plan, check_space, make_plan, rehearse, scoring_settings
from xharness.runs import CellRecord, CellStatus, ModelRecord, RunRecord, RunStatus, ScoreRecord
from xharness.scoring import align, score_split
from xharness.store import RunFolder, can_rescore, choose_folder
from xharness.summary import blank_run, with_cells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from xharness.plugins import Plugins
    from xharness.protocols import Prepared
    from xharness.records import Predictions, Split
    from xharness.selection import Request


class Observer(Protocol):
    """Is told what happens; the command line shows it."""

    def say(self, message: str) -> None:
        """A step of the preflight, or a remark."""
        ...

    def planned(self, run: RunFolder, cells: Sequence[CellRecord], kept: int) -> None:
        """The cells that will be computed; `kept` are whole from before."""
        ...

    def cell_started(self, cell: CellRecord, work: int) -> None:
        """A cell's prediction starts; `work` units will be reported."""
        ...

    def advanced(self, work: int) -> None:
        """Units of work done since the last call."""
        ...

    def cell_finished(self, cell: CellRecord, seconds: float) -> None:
        """A cell is whole on disk, or failed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A finished evaluation."""

    folder: RunFolder
    record: RunRecord


def evaluate(plugins: Plugins, request: Request, checkpoint: str, observer: Observer) -> Outcome:
    """Evaluates one checkpoint and returns its run, resuming what an earlier call left.

    A cell that fails is recorded with its reason and never scored; the others go on. Raises HarnessError where nothing can
    be computed at all; on KeyboardInterrupt the record says so and the interrupt goes on to the caller.
    """
    started, clock = environment.now(), time.perf_counter()
    plan = make_plan(plugins, request, checkpoint, observer.say)
    folder = choose_folder(request.out, plan.model.name, plan.base, plan.identity, _pending(plan.cells))
    kept, waiting = _divide(folder, plan)
    check_space(folder.path, waiting)
    rehearse(plan, tuple(cell for cell in waiting if _needs_model(folder, cell)), observer.say)
    with folder.locked():
        folder.clear_leftovers()
        observer.planned(folder, waiting, len(kept))
        run = _Run(plugins, plan, folder, observer, started, clock)
        run.cells.update({cell.place: cell for cell in (*plan.cells, *kept)})
        record = _finished(plugins, folder, run.execute(waiting), observer)
    plan.model.close()
    plugins.hook.xharness_run_finished(run=folder.path)
    return Outcome(folder=folder, record=record)


def _finished(plugins: Plugins, folder: RunFolder, record: RunRecord, observer: Observer) -> RunRecord:
    """Returns the record with intervals, which is then on disk."""
    observer.say("Computing intervals")
    record = with_intervals(plugins, folder, record)
    folder.write_record(record)
    return record


def _pending(cells: Sequence[CellRecord]) -> list[CellRecord]:
    return [cell for cell in cells if cell.status is CellStatus.PENDING]


def _divide(folder: RunFolder, plan: Plan) -> tuple[list[CellRecord], tuple[CellRecord, ...]]:
    """Returns the cells that are whole on disk (also of tasks not asked for now), and those to compute."""
    stored = [folder.cell_record(task, language) for task, language in folder.cells()]
    whole = {cell.place: cell for cell in stored if cell is not None}
    waiting = []
    for cell in _pending(plan.cells):
        found = whole.get(cell.place)
        if found is None or found.key != cell.key:
            waiting.append(cell)
            whole.pop(cell.place, None)
    return list(whole.values()), tuple(waiting)


def _needs_model(folder: RunFolder, cell: CellRecord) -> bool:
    stored = folder.cell_record(cell.task, cell.language)
    return stored is None or not can_rescore(stored, cell)


class _Run:
    """One execution of a plan."""

    def __init__(
        self, plugins: Plugins, plan: Plan, folder: RunFolder, observer: Observer, started: str, clock: float
    ) -> None:
        self.plugins = plugins
        self.plan = plan
        self.folder = folder
        self.observer = observer
        self.clock = clock
        self.cells: dict[str, CellRecord] = {}
        self.seconds: dict[str, float] = {}
        self.blank = blank_run(
            kind="eval",
            plugins=plugins,
            suite=plan.suite,
            selection=plan.request.selection,
            splits=plan.splits,
            model=_model_record(plan),
            base=plan.base,
            identity=plan.identity,
            started=started,
        ).model_copy(update={"settings": {**scoring_settings(plan.request.settings), **_how(plan.request)}})

    def execute(self, waiting: Sequence[CellRecord]) -> RunRecord:
        """Computes the cells and returns the final record, which is on disk whatever happens."""
        status = RunStatus.FAILED
        self._save(RunStatus.RUNNING)
        try:
            for cell, prepare in _ahead(waiting, self._prepare):
                self._finish(cell, prepare)
            failed = any(cell.status is CellStatus.FAILED for cell in self.cells.values())
            status = RunStatus.FAILED if failed else RunStatus.FINISHED
        except KeyboardInterrupt:
            status = RunStatus.INTERRUPTED
            raise
        finally:
            record = self._save(status)
        return record

    def _prepare(self, cell: CellRecord) -> tuple[Split, Prepared | None]:
        split = self.plan.load(cell)
        if not _needs_model(self.folder, cell):
            return split, None
        with located(cell.place):
            return split, self.plan.predictors[cell.task].prepare(split)

    def _finish(self, cell: CellRecord, prepare: Callable[[], tuple[Split, Prepared | None]]) -> None:
        clock = time.perf_counter()
        try:
            split, prepared = prepare()
            with located(cell.place):
                stored = self._scored(cell, split, self._predictions(cell, prepared))
        except RunError:
            raise
        except HarnessError as error:
            done = cell.model_copy(update={"status": CellStatus.FAILED, "reason": str(error)})
        else:
            self.folder.write_cell(stored)
            done = stored.record
        self.cells[cell.place] = done
        self.seconds[cell.place] = round(time.perf_counter() - clock, 3)
        self._save(RunStatus.RUNNING)
        self.observer.cell_finished(done, self.seconds[cell.place])
        self.plugins.hook.xharness_cell_scored(run=self.folder.path, cell=done)

    def _predictions(self, cell: CellRecord, prepared: Prepared | None) -> Predictions:
        if prepared is None:
            return self.folder.read_cell(cell.task, cell.language).predictions
        self.observer.cell_started(cell, prepared.work)
        return self.plan.predictors[cell.task].predict(prepared, self.observer.advanced)

    def _scored(self, cell: CellRecord, split: Split, predictions: Predictions) -> StoredCell:
        task = self.plan.tasks[cell.task]
        update: dict[str, object] = {"record": dict(predictions.record)}
        if not split.has_gold:
            update |= {"status": CellStatus.NO_GOLD, "reason": "the gold of this split is not at hand"}
            aligned = align(split, predictions, open_ids=True)
            return StoredCell(
                record=cell.model_copy(update=update), predictions=aligned, statistics={}, wider=wider(split, aligned)
            )
        scored = score_split(task, split, predictions, self.plugins.metrics)
        update |= {"status": CellStatus.SCORED, "scores": score_records(scored.scores)}
        return StoredCell(
            record=cell.model_copy(update=update),
            predictions=scored.predictions,
            statistics=scored.statistics,
            wider=wider(split, scored.predictions),
        )

    def _save(self, status: RunStatus) -> RunRecord:
        record = with_cells(self.blank, self.plan.suite, self.plan.suite_tasks, self.cells, self.plan.splits)
        record = record.model_copy(
            update={
                "status": status,
                "finished": environment.now() if status is not RunStatus.RUNNING else "",
                "wall_seconds": round(time.perf_counter() - self.clock, 3),
                "peak_memory_bytes": environment.peak_memory_bytes(),
                "seconds": self.seconds,
            }
        )
        self.folder.write_record(record)
        return record


def wider(split: Split, predictions: Predictions) -> tuple[str, ...]:
    """Returns for every prediction the larger unit in which its example's cluster lies; nothing if the split knows none."""
    units = {example.id: example.wider for example in split.examples if example.wider}
    return tuple(units.get(one, "") for one in predictions.ids) if units else ()


def score_records(scores: Sequence[object]) -> tuple[ScoreRecord, ...]:
    """Returns scores in the form in which they are stored."""
    return tuple(ScoreRecord.model_validate(score, from_attributes=True) for score in scores)


def _ahead(
    cells: Sequence[CellRecord], prepare: Callable[[CellRecord], tuple[Split, Prepared | None]]
) -> Iterator[tuple[CellRecord, Callable[[], tuple[Split, Prepared | None]]]]:
    """Yields every cell with a call for its prepared split; the next one is prepared in the background meanwhile."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="prepare") as pool:
        try:
            waiting = [pool.submit(prepare, cell) for cell in cells[:1]]
            for position, cell in enumerate(cells):
                current = waiting.pop()
                if position + 1 < len(cells):
                    waiting.append(pool.submit(prepare, cells[position + 1]))
                yield cell, current.result
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _model_record(plan: Plan) -> ModelRecord:
    heads: dict[str, dict[str, object]] = {}
    for name, task in plan.tasks.items():
        head = plan.model.head(task)
        if isinstance(head, Head):
            heads[name] = {
                "head": head.name,
                "identity": head.identity,
                "architecture": head.architecture,
                "outputs": list(head.outputs),
            }
    model = plan.model
    return ModelRecord(name=model.name, identity=model.identity, heads=heads, record=dict(model.record))


def _how(request: Request) -> Mapping[str, object]:
    settings = request.settings
    return {"device": settings.device, "batch_tokens": settings.batch_tokens}
