"""What the shell offers after Tab: names of suites, tasks, recipes, runs and boards, found without importing torch.

A name that cannot be listed, because a plugin is broken, is no reason to disturb somebody who types: then nothing is offered.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from xharness.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from xharness.plugins import Plugins

_RUN_FOLDERS = 2  # levels below the working directory: runs/NAME/run.json


def suites(incomplete: str) -> list[str]:
    """Returns suites that begin so."""
    return _beginning(incomplete, lambda plugins: plugins.suites)


def suites_and_checkpoints(incomplete: str) -> list[str]:
    """Returns suites, and checkpoints that come with plugins."""
    return _beginning(incomplete, lambda plugins: [*plugins.suites, *plugins.checkpoints])


def checkpoints(incomplete: str) -> list[str]:
    """Returns checkpoints that come with plugins; the shell itself adds files."""
    return _beginning(incomplete, lambda plugins: plugins.checkpoints)


def task(incomplete: str) -> list[str]:
    """Returns tasks that begin so."""
    return _beginning(incomplete, lambda plugins: plugins.tasks)


def tasks(incomplete: str) -> list[str]:
    """Returns lists "a,b" of tasks: what is typed before the last comma stays."""
    before, comma, last = incomplete.rpartition(",")
    given = set(before.split(","))
    return [f"{before}{comma}{name}" for name in task(last) if name not in given]


def recipes(incomplete: str) -> list[str]:
    """Returns recipes that begin so; the shell itself adds files."""
    return _beginning(incomplete, lambda plugins: plugins.training_stages)


def runs(incomplete: str) -> list[str]:
    """Returns the folders of runs that begin so, at most two levels below the working directory."""
    found = [
        str(record.parent) for depth in range(1, _RUN_FOLDERS + 1) for record in Path().glob("*/" * depth + "run.json")
    ]
    return sorted(one for one in found if one.startswith(incomplete))


def boards(incomplete: str) -> list[str]:
    """Returns the boards below `leaderboards` that begin so."""
    return sorted(
        entry.parent.name
        for entry in Path("leaderboards").glob("*/board.toml")
        if entry.parent.name.startswith(incomplete)
    )


def _beginning(incomplete: str, offered: Callable[[Plugins], Iterable[str]]) -> list[str]:
    from xharness.plugins import Plugins

    try:
        names = list(offered(Plugins.load()))
    except HarnessError:
        return []
    return [name for name in names if name.startswith(incomplete)]
