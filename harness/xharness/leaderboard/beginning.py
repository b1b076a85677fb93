"""Begins a board: what it ranks, as it was asked for or as a run has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness.errors import RunError, UsageError
from xharness.leaderboard.board import AggregatorRef, Board, BoardConfig, check_config
from xharness.leaderboard.names import LONGEST_TITLE, checked_name
from xharness.records import Variant
from xharness.runs import CellStatus
from xharness.selection import Selection, chosen_languages, chosen_splits, chosen_tasks
from xharness.store import find_run

if TYPE_CHECKING:
    from pathlib import Path

    from xharness.offers import Suite
    from xharness.plugins import Plugins


_Chosen = tuple[Selection, dict[str, tuple[str, ...]], dict[str, str], str]
"""Selection, task → languages, task → split, version of the suite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What a new board is asked to be.

    Attributes:
        like: run whose suite, splits, variant, limit and scored cells it takes, instead of `suite`, `split` and `variant`.
        tasks, languages: only these; None for all.
        split: as in `selection.Selection`.
        baseline, level, resamples, seed: as in `board.BoardConfig`.
    """

    title: str
    description: str = ""
    like: Path | None = None
    suite: str = "xtreme"
    tasks: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    split: str = "test"
    variant: str = "fixed"
    baseline: str | None = None
    level: float = 0.95
    resamples: int = 2000
    seed: int = 0


def begin(path: Path, plugins: Plugins, asked: Beginning) -> Board:
    """Writes `board.toml` of a new board in the folder `path` and returns the board.

    Raises:
        UsageError: the folder's name cannot be a board's, a board is there already, or a name, task, language, split or value
            is not one.
        RunError: the run to be like has scored no cell, or is of another version of the suite than is installed.
    """
    from pydantic import ValidationError

    board = Board(path)
    if board.config_path.exists():
        raise UsageError(f"There is a board at {path}. Choose another name, or edit {board.config_path}.")
    selection, cells, splits, version = _of_run(plugins, asked, asked.like) if asked.like else _of_suite(plugins, asked)
    suite = plugins.suite(selection.suite)
    try:
        config = BoardConfig(
            title=checked_name(asked.title, "title", LONGEST_TITLE),
            description=checked_name(asked.description, "description", 600) if asked.description else "",
            suite=suite.name,
            suite_version=version,
            variant=selection.variant,
            splits=splits,
            limit=selection.limit,
            cells=cells,
            aggregator=AggregatorRef(name=suite.aggregator.name, version=suite.aggregator.version),
            baseline=None if asked.baseline is None else checked_name(asked.baseline, "baseline"),
            level=asked.level,
            resamples=asked.resamples,
            seed=asked.seed,
        )
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        raise UsageError(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}.") from error
    check_config(config, plugins)
    board.write_config(config)
    return board


def _of_suite(plugins: Plugins, asked: Beginning) -> _Chosen:
    suite = plugins.suite(asked.suite)
    selection = Selection(
        suite=suite.name,
        tasks=asked.tasks,
        languages=asked.languages,
        split=asked.split,
        variant=Variant(asked.variant),
    )
    cells = _cells(plugins, suite, selection)
    splits = chosen_splits(selection, plugins.suite_tasks(suite))
    return selection, cells, {name: splits[name] for name in cells}, suite.version


def _of_run(plugins: Plugins, asked: Beginning, like: Path) -> _Chosen:
    folder = find_run(like)
    record = folder.read_record()
    suite = plugins.suite(record.suite)
    selection = Selection(
        suite=suite.name,
        tasks=asked.tasks,
        languages=asked.languages,
        variant=Variant(record.variant),
        limit=record.limit,
    )
    scored = {cell.place for cell in record.cells if cell.status is CellStatus.SCORED and cell.in_average}
    asked_for = _cells(plugins, suite, selection)
    kept = {name: tuple(one for one in languages if f"{name}/{one}" in scored) for name, languages in asked_for.items()}
    cells = {name: languages for name, languages in kept.items() if languages}
    if not cells:
        raise RunError(f"{folder.path} has scored no cell that could count: choose another run, or other tasks.")
    return selection, cells, {name: record.splits[name] for name in cells}, record.suite_version


def _cells(plugins: Plugins, suite: Suite, selection: Selection) -> dict[str, tuple[str, ...]]:
    tasks = chosen_tasks(selection, suite, plugins.suite_tasks(suite))
    return {name: chosen_languages(selection, task) for name, task in tasks.items()}
