"""`xharness tasks` and `xharness plugins`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from xharness.cli import completion, options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xharness.candidates import Candidate
    from xharness.offers import Task
    from xharness.plugins import PluginInfo, Plugins

TO_TRAIN_ON, ALONE = "to train on", "alone"


def tasks_command(
    name: Annotated[
        str | None,
        typer.Argument(help="A task to describe; without it all are listed.", autocompletion=completion.task),
    ] = None,
    as_json: options.AsJson = False,
    no_plugin: options.NoPlugin = None,
) -> None:
    """List the tasks, or describe one: targets, which suites list, and tasks to train on before them."""
    from xharness.errors import named
    from xharness.plugins import Plugins

    plugins = Plugins.load(no_plugin or ())
    suites = _suites(plugins)
    places = {task.name: _place(task, suites) for task in plugins.tasks.values()}
    rank = {ALONE: 1, TO_TRAIN_ON: 2}  # targets of suites come first
    tasks = dict(sorted(plugins.tasks.items(), key=lambda item: rank.get(places[item[0]], 0)))
    chosen = tasks if name is None else {name: named("task", name, tasks)}
    described = [_described(task, plugins.tasks.owners[task.name], suites) for task in chosen.values()]
    if as_json:
        options.print_json(described if name is None else described[0])
    elif name is None:
        print_columns(
            ("task", "suite", "version", "kind", "languages", "main scores", "head"),
            [
                (
                    t.name,
                    places[t.name],
                    t.version,
                    str(t.kind),
                    str(len(t.languages)),
                    ", ".join(t.main),
                    t.head,
                )
                for t in tasks.values()
            ],
        )
        typer.echo(
            "\n`xharness tasks NAME` tells more about one. "
            + (
                f"A task that stands {ALONE} is in no suite: evaluate it with --suite NAME. "
                if ALONE in places.values()
                else ""
            )
            + f"A task {TO_TRAIN_ON} is in no suite: recipes name it (`xharness recipes`)."
        )
    else:
        for key, value in described[0].items():
            shown = places[name] if key == "suites" else ", ".join(value) if isinstance(value, list) else value
            typer.echo(f"{key:20} {shown}")


def _place(task: Task, suites: Mapping[str, list[str]]) -> str:
    """Returns the suites that list a task, or what a task in none is for."""
    return ", ".join(suites.get(task.name, [ALONE if "test" in task.splits else TO_TRAIN_ON]))


def _described(task: Task, owner: Candidate, suites: Mapping[str, list[str]]) -> dict[str, object]:
    return {
        "name": task.name,
        "title": task.title,
        "version": task.version,
        "suites": suites.get(task.name, []),
        "plugin": owner.name,
        "distribution": owner.distribution,
        "distribution_version": owner.version,
        "kind": str(task.kind),
        "head": task.head,
        "metrics": list(task.metrics),
        "main": list(task.main),
        "splits": list(task.splits),
        "languages": list(task.languages),
        "labels": list(task.labels),
        "license": task.license,
        "citation": task.citation,
    }


def plugins_command(
    time: Annotated[
        bool, typer.Option("--time", help="Say how long each takes to start, and which slow libraries it imports.")
    ] = False,
    as_json: options.AsJson = False,
    no_plugin: options.NoPlugin = None,
) -> None:
    """List the plugins: name, distribution, version, and what each offers."""
    from xharness.plugins import Plugins

    infos = Plugins.load(no_plugin or ()).infos()
    if as_json:
        options.print_json([_listed(info, time=time) for info in infos])
    elif time:
        _print_times(infos)
    else:
        _print_offers(infos)


def _listed(info: PluginInfo, *, time: bool) -> dict[str, object]:
    listed: dict[str, object] = {
        "name": info.name,
        "distribution": info.distribution,
        "version": info.version,
        "offers": info.offers,
    }
    return {**listed, "seconds": round(info.seconds, 4), "heavy": list(info.heavy)} if time else listed


def _print_times(infos: Sequence[PluginInfo]) -> None:
    """Prints what starting each plugin took, the slowest first, and what to do about slow imports."""
    print_columns(
        ("plugin", "distribution", "milliseconds", "slow imports"),
        [
            (one.name, f"{one.distribution} {one.version}", f"{one.seconds * 1000:.1f}", ", ".join(one.heavy) or "none")
            for one in sorted(infos, key=lambda one: -one.seconds)
        ],
    )
    for one in infos:
        if one.heavy:
            typer.echo(
                f"\nThe plugin {one.name!r} of distribution {one.distribution} {one.version} imports {', '.join(one.heavy)} "
                "when xharness starts: every command waits for that. Its author should import inside the functions that need "
                f"it; --no-plugin {one.name} leaves it out. What another plugin imports after it is not listed twice."
            )


def _print_offers(infos: Sequence[PluginInfo]) -> None:
    for info in infos:
        typer.echo(f"{info.name}  ({info.distribution} {info.version})")
        for hook, offered in info.offers.items():
            typer.echo(f"    {hook}{': ' + ', '.join(offered) if offered else ''}")


def _suites(plugins: Plugins) -> dict[str, list[str]]:
    """Returns by task the suites that list it; a task in none has no entry."""
    found: dict[str, list[str]] = {}
    for suite in plugins.suites.values():
        for task in suite.tasks:
            found.setdefault(task, []).append(suite.name)
    return found


def print_columns(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Prints rows below a head, every column as wide as its longest entry."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, *rows]:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
