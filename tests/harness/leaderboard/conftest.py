"""A board of the made-up suite, runs for it, and two forms to publish it in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import xharness
from made_up_runs import TASKS, Trial, stored, write_run
from xharness.leaderboard.adding import add
from xharness.leaderboard.beginning import Beginning, begin
from xharness.leaderboard.content import AVERAGE
from xharness.offers import LeaderboardFormat
from xharness.plugins import Candidate, Plugins

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from xharness.leaderboard.board import Board
    from xharness.leaderboard.content import BoardContent

PLACES = tuple(f"{task.name}/{language}" for task in TASKS.values() for language in task.languages)


def told(content: BoardContent) -> str:
    """The gist of a board as lines of JSON."""
    lines = [{"id": content.id, "title": content.title, "board": content.board_sha256}]
    lines += [
        {
            "system": one.name,
            "rank": one.rank,
            "average": one.scores[AVERAGE].value,
            "runs": [run.sha256 for run in one.runs],
        }
        for one in content.complete
    ]
    lines += [{"incomplete": one.name, "missing": len(one.missing)} for one in content.incomplete]
    lines += [{"reported": one.system, "values": dict(one.values)} for one in content.reported]
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)


class Forms:
    """Two forms, one of them on request only."""

    @xharness.hookimpl
    def xharness_leaderboard_formats(self) -> list[LeaderboardFormat]:
        return [
            LeaderboardFormat(name="lines", suffix=".txt", render=told, built=True),
            LeaderboardFormat(name="title", suffix=".title", render=lambda content: content.title),
        ]


@pytest.fixture(scope="session")
def plugins() -> Plugins:
    """The made-up suite and two forms."""
    loads = {"trial": Trial, "forms": Forms}
    return Plugins(
        [Candidate(name=name, distribution="outside", version="0.1", load=one) for name, one in loads.items()]
    )


@pytest.fixture(scope="session")
def a_run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Writes a run with random rows in `places`; a name gives the same run again."""

    def write(name: str, places: Sequence[str] = PLACES, cells: dict[str, Any] | None = None, **changes: Any) -> Path:
        made = [stored(place, seed=sum(name.encode()), n=None, **{"ids": IDS, **(cells or {})}) for place in places]
        return write_run(tmp_path_factory.mktemp("runs"), made, name, **changes)

    return write


IDS = [f"{number:02d}" for number in range(24)]


@pytest.fixture
def empty_board(tmp_path: Path, plugins: Plugins) -> Board:
    """A board of the whole made-up suite, few resamples, without runs."""
    asked = Beginning(title="Trial", suite="trial", resamples=100, baseline="one")
    return begin(tmp_path / "leaderboards" / "trial", plugins, asked)


@pytest.fixture
def board(empty_board: Board, plugins: Plugins, a_run: Callable[..., Path]) -> Board:
    """The same with the systems "one", which has two seeds, and "two"; nothing is built."""
    add(empty_board, plugins, [a_run("one"), a_run("one-seed2")], "one", date="2026-01-02")
    add(empty_board, plugins, [a_run("two")], "two", "https://example.org/two", date="2026-01-03")
    return empty_board
