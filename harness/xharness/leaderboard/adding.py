"""Puts runs on a board, and takes them off: each is there whole or not at all."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import date as calendar
from typing import TYPE_CHECKING

from xharness.comparison.alignment import ById, by_id, mismatch
from xharness.errors import HarnessError, RunError, UsageError, raise_together, unknown_name
from xharness.leaderboard.board import check_config, clear_leftovers
from xharness.leaderboard.entries import EntryConfig, checked_entry, write_entry
from xharness.leaderboard.examples import content_of, example_set
from xharness.leaderboard.fitting import Standing, counted, differences, firsts, named_wrongly, repeated, wrong_means
from xharness.leaderboard.statistics import closed, mined
from xharness.leaderboard.trimming import published
from xharness.samples import read_sample, scorer
from xharness.store import find_run, safe_name, write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from xharness.leaderboard.board import Board
    from xharness.leaderboard.examples import Examples, ExampleSet
    from xharness.leaderboard.statistics import StoredRows
    from xharness.offers import Task
    from xharness.plugins import Plugins
    from xharness.runs import CellRecord
    from xharness.store import RunFolder

_REMEDY = "Runs of a board are made with the same data, splits, versions and settings: evaluate again what differs."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Addition:
    """A run that fits, and its folder-to-be."""

    id: str
    standing: Standing
    cells: dict[str, StoredRows]


def add(  # noqa: PLR0917  # the command's options, in its order
    board: Board,
    plugins: Plugins,
    runs: Sequence[Path],
    name: str | None = None,
    link: str | None = None,
    seed_of: str | None = None,
    date: str | None = None,
) -> list[str]:
    """Adds runs of one system, all of them or none; several are its seeds. Returns the ids that they got.

    Files are written into a hidden folder beside the others, synced and renamed. A second writer waits up to a minute.

    Args:
        name: of a new system.
        link: http(s) address of its page.
        seed_of: the system on the board of which these are further seeds, instead of `name`.
        date: ISO 8601; None takes today.

    Raises:
        UsageError: no or a refused name, link or date; a name that exists; an unknown `seed_of`; a path that is no run.
        RunError: a run does not fit the board, is on it already, or does not give its own scores; the board is damaged, or
            being written to for longer than a minute. All reasons are in one message.
    """
    first = _named(name, link, seed_of, date or calendar.today().isoformat())
    if not runs:
        raise UsageError("Name the run to add: its folder, as `xharness eval` prints it at its end.")
    with board.locked():
        tidy(board)
        adder = _Adder(board, plugins)
        later = first.model_copy(update={"seed_of": first.system, "link": None})
        for position, path in enumerate(runs):
            adder.prepare(find_run(path), later if position else first)
        return adder.commit()


def _named(name: str | None, link: str | None, seed_of: str | None, date: str) -> EntryConfig:
    if seed_of is not None and (link is not None or (name is not None and name != seed_of)):
        raise UsageError(
            f"A seed of {seed_of!r} has the name and the link of that system: give --seed-of without --name and --link."
        )
    chosen = seed_of if seed_of is not None else name
    if chosen is None:
        raise UsageError(
            "Say what the board calls the system with --name, or of which system these are further seeds with --seed-of."
        )
    return checked_entry(EntryConfig(name=chosen, link=link, seed_of=seed_of, added=date))


def tidy(board: Board) -> None:
    """Removes what an interrupted command left in a board's folders; call it under the lock."""
    clear_leftovers(board.path)
    clear_leftovers(board.runs_path)
    clear_leftovers(board.path.parent, (f"{board.id}.",))


class _Adder:
    """Checks runs one by one against the board and those before them, then writes all of them."""

    def __init__(self, board: Board, plugins: Plugins) -> None:
        self.board = board
        self.config = board.config
        self.tasks = check_config(self.config, plugins)
        self.suite = plugins.suite(self.config.suite)
        self.plugins = plugins
        self.standing = [Standing(where=one.id, config=one.config, record=one.record) for one in board.entries()]
        self.known: Examples = dict(board.examples)
        self.by_digest: dict[str, ById] = {}
        self.additions: list[_Addition] = []

    def prepare(self, folder: RunFolder, entry: EntryConfig) -> None:
        """Takes a run if nothing stands in its way. Raises everything that does."""
        record = folder.read_record()
        one = Standing(where=str(folder.path), config=entry, record=record)
        suite_tasks = self.plugins.suite_tasks(self.suite)
        problems: list[HarnessError] = [*named_wrongly(one, self.standing), *repeated(one, self.standing)]
        problems += differences(self.config, one, firsts(self.config, self.standing), self.tasks, self.plugins.metrics)
        if not problems:
            problems += wrong_means(record, self.suite, suite_tasks, one.where)
        cells = {}
        for place, cell in counted(self.config, record).items() if not problems else ():
            try:
                cells[place] = self._cell(folder, cell)
            except RunError as error:
                problems.append(error)
        if len({type(problem) for problem in problems}) == 1 and isinstance(problems[0], UsageError):
            raise problems[0]
        raise_together(problems, f"reasons why {one.where} cannot be added; nothing was.", _REMEDY, RunError)
        self._take(one, cells)

    def _take(self, one: Standing, cells: dict[str, StoredRows]) -> None:
        record = one.record
        entry_id = safe_name(f"{safe_name(record.name)[:64]}-{record.identity[:8]}")
        taken = {*(path.name for path in self.board.run_folders()), *(other.id for other in self.additions)}
        if entry_id in taken:
            raise RunError(
                f"{self.board.runs_path / entry_id} is there already and is another run with the same name and the same first "
                "digits of its identity. Give the run another name: evaluate with a copy of the checkpoint under another name."
            )
        self.standing.append(one)
        self.additions.append(_Addition(id=entry_id, standing=one, cells=cells))

    def _cell(self, folder: RunFolder, cell: CellRecord) -> StoredRows:
        """Returns a cell's rows in the order of its ids. Raises RunError if they are of other examples than the board's."""
        task: Task = self.tasks[cell.task]
        sample = read_sample(folder, cell, task, self.plugins.metrics)
        rows = by_id(sample)
        columns = scorer(task, self.plugins.metrics).columns
        if len(set(rows.clusters.tolist())) < 2:
            raise RunError(
                f"{cell.place}: its {cell.n:,} examples are one cluster, and fewer than two cannot be resampled."
            )
        known = None if sample.open_ids else self.known.get(cell.place)
        runs = str(folder.path), str(self.board.examples_path)
        wrong = mismatch(rows, rows if known is None else self._by_id(known), runs)
        if wrong is not None:
            raise RunError(f"{cell.place}: {wrong[1]}")
        if sample.open_ids:
            return mined(rows, columns)
        if known is None:
            known = example_set(rows.ids.tolist(), rows.clusters.tolist())
            self.known[cell.place] = known
        return closed(rows, columns, known)

    def _by_id(self, known: ExampleSet) -> ById:
        import numpy as np

        if known.digest not in self.by_digest:
            ids = np.array(known.ids, dtype=object)
            clusters = np.array(known.clusters, dtype=object)
            self.by_digest[known.digest] = ById(
                given=known.ids, order=None, ids=ids, clusters=clusters, examples=ids, rows=np.empty((len(ids), 0))
            )
        return self.by_digest[known.digest]

    def commit(self) -> list[str]:
        """Writes everything; runs appear by renaming, after the examples that they are read with."""
        runs = self.board.runs_path
        waiting = {one.id: runs / f".{one.id}.{os.getpid()}.tmp" for one in self.additions}
        try:
            for one in self.additions:
                write_entry(waiting[one.id], one.standing.config, published(one.standing.record), one.cells)
            if self.known != self.board.examples:
                content = content_of(self.known)
                write_whole(self.board.examples_path, lambda path: path.write_bytes(content))
            for entry_id, folder in waiting.items():
                sync(folder)
                folder.rename(runs / entry_id)
            sync(runs)
        except OSError as error:
            raise RunError(f"{runs} cannot be written ({error.strerror or error}). Nothing was added.") from error
        finally:
            for folder in waiting.values():
                shutil.rmtree(folder, ignore_errors=True)
        return list(waiting)


def sync(folder: Path) -> None:
    """Makes renames in a folder last through a crash of the machine."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(board: Board, name_or_id: str) -> list[str]:
    """Takes a system with all of its seeds, or one run, off the board. Returns the ids of the runs that are gone.

    A run that is damaged can be removed by its id. Examples stay: later runs are held against them.

    Raises UsageError if nothing is called so, or for a system's first run while its seeds are there.
    """
    with board.locked():
        tidy(board)
        chosen = _chosen(board, name_or_id)
        for entry_id in chosen:
            hidden = board.runs_path / f".{entry_id}.{os.getpid()}.tmp"
            (board.runs_path / entry_id).rename(hidden)
            shutil.rmtree(hidden)
        sync(board.runs_path)
    return chosen


def _chosen(board: Board, name_or_id: str) -> list[str]:
    """Returns the ids that are meant, seeds before the run that they are seeds of."""
    ids = [folder.name for folder in board.run_folders()]
    try:
        entries = board.entries()
    except RunError:
        if name_or_id in ids:
            return [name_or_id]
        raise
    systems = {entry.config.system for entry in entries}
    if name_or_id in systems:
        members = [entry for entry in entries if entry.config.system == name_or_id]
        return [one.id for one in sorted(members, key=lambda one: one.seed_of is None)]
    if name_or_id not in ids:
        raise unknown_name("system or run on the board", name_or_id, [*systems, *ids])
    head = next(entry for entry in entries if entry.id == name_or_id)
    if head.seed_of is None and any(entry.seed_of == head.name for entry in entries):
        raise UsageError(
            f"{name_or_id} is the first run of {head.name!r}, and others are its seeds. Remove those first, or all of them "
            f"with `xharness leaderboard remove {head.name!r}`."
        )
    return [name_or_id]
