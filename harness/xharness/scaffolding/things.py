"""What can be begun, and from which templates."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from xharness.errors import UsageError, named, unknown_name
from xharness.hookspecs import CONTRACT
from xharness.plugins import Plugins
from xharness.records import Kind
from xharness.scaffolding.writing import write_package

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from xharness.scaffolding.names import PackageName
    from xharness.scaffolding.writing import Written


class Thing(StrEnum):
    """What a new package offers."""

    TASK = "task"
    METRIC = "metric"
    SUITE = "suite"
    STAGE = "stage"
    FORMAT = "format"


KINDS = tuple(str(kind) for kind in Kind if kind is not Kind.MASKED_LM)
"""The kinds that have a template; a masked language model is trained, never evaluated."""

_DESCRIPTIONS: Mapping[Thing, str] = {
    Thing.TASK: "A task",
    Thing.METRIC: "A metric",
    Thing.SUITE: "A suite of tasks",
    Thing.STAGE: "A training stage",
    Thing.FORMAT: "A form of leaderboards",
}
_EXAMPLES = 2  # tasks that a new suite begins with


def begin(
    thing: Thing, name: PackageName, *, kind: str | None = None, tasks: Sequence[str] | None = None, parent: Path
) -> Written:
    """Writes a package that offers `thing` into the folder `parent/NAME`.

    Args:
        thing: what it offers.
        name: the package's.
        kind: of a task, one of `KINDS`; None takes classification.
        tasks: of a suite, names of offered ones; None takes the first two that the first suite has.
        parent: made where it does not exist.

    Raises:
        UsageError: an unknown kind or task, one that does not belong to this thing, a name that is offered already, or a
            folder that exists.
        RunError: the folder cannot be written.
    """
    if kind is not None and thing is not Thing.TASK:
        raise UsageError(f"--kind {kind}: only a task has a kind; leave it out for a {thing}.")
    if tasks is not None and thing is not Thing.SUITE:
        raise UsageError(f"--tasks {','.join(tasks)}: only a suite has tasks; leave it out for a {thing}.")
    chosen = kind or KINDS[0]
    if chosen not in KINDS:
        raise unknown_name("kind of task that has a template", chosen, KINDS)
    plugins = Plugins.load()
    _check_free(thing, name, plugins)
    filled = {"contract": str(CONTRACT), "description": f"{_DESCRIPTIONS[thing]} for xharness", "kind": chosen}
    if thing is Thing.SUITE:
        filled |= _suite_values(plugins, tasks)
    trees = ("package", str(thing), *((f"task-{chosen}",) if thing is Thing.TASK else ()))
    return write_package(name, trees, filled, parent)


def _check_free(thing: Thing, name: PackageName, plugins: Plugins) -> None:
    offered: Mapping[Thing, Mapping[str, object]] = {
        Thing.TASK: plugins.tasks,
        Thing.METRIC: plugins.metrics,
        Thing.SUITE: plugins.suites,
        Thing.STAGE: plugins.training_stages,
        Thing.FORMAT: plugins.leaderboard_formats,
    }
    taken = {name.name, name.identifier} & set(offered[thing])
    if taken:
        raise UsageError(
            f"A {thing} called {taken.pop()!r} is offered already, and two of one name stop the program. Take another name; "
            "`xharness plugins` lists what there is."
        )


def _suite_values(plugins: Plugins, tasks: Sequence[str] | None) -> dict[str, str]:
    """Returns what stands in a suite's templates: the tasks named, else the first ones of the first suite that is offered.

    Raises UsageError for a task that no plugin offers, and where there is no suite to begin from.
    """
    first = next(iter(plugins.suites.values()), None)
    if first is None:
        raise UsageError("No plugin offers a suite to begin from: do not leave all of them out.")
    chosen = tuple(tasks) if tasks else first.tasks[:_EXAMPLES]
    for name in chosen:
        named("task", name, plugins.tasks)
    return {
        "tasks": " and ".join(chosen),
        "task_names": ", ".join(f'"{name}"' for name in chosen) + ("," if len(chosen) == 1 else ""),
        "submission": first.submission,
    }
