"""`xharness tasks` and `xharness plugins`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from xharness.cli import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness.plugins import Plugins

TO_TRAIN_ON = "to train on"

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def tasks_command(
    name: Annotated[str | None, typer.Argument(help="A task to describe; without it all are listed.")] = None,
    as_json: AsJson = False,
    no_plugin: options.NoPlugin = None,
) -> None:
    """List the tasks, or describe one: targets, which suites list, and tasks to train on before them."""
    from xharness.errors import named
    from xharness.plugins import Plugins

    plugins = Plugins.load(no_plugin or ())
    suites = _suites(plugins)
    tasks = dict(
        sorted(plugins.tasks.items(), key=lambda item: item[0] not in suites)
    )  # targets first, else as offered
    chosen = tasks if name is None else {name: named("task", name, tasks)}
    described = [
        {
            "name": task.name,
            "title": task.title,
            "version": task.version,
            "suites": suites.get(task.name, []),
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
        for task in chosen.values()
    ]
    if as_json:
        typer.echo(json.dumps(described if name is None else described[0], indent=1, ensure_ascii=False))
    elif name is None:
        print_columns(
            ("task", "suite", "version", "kind", "languages", "main scores", "head"),
            [
                (
                    t.name,
                    ", ".join(suites.get(t.name, [TO_TRAIN_ON])),
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
            f"\n`xharness tasks NAME` tells more about one. A task {TO_TRAIN_ON} is in no suite: recipes name it "
            "(`xharness recipes`)."
        )
    else:
        for key, value in described[0].items():
            absent = TO_TRAIN_ON if key == "suites" else ""
            typer.echo(f"{key:10} {', '.join(value) or absent if isinstance(value, list) else value}")


def plugins_command(as_json: AsJson = False, no_plugin: options.NoPlugin = None) -> None:
    """List the plugins: name, distribution, version, and what each offers."""
    from xharness.plugins import Plugins

    infos = Plugins.load(no_plugin or ()).infos()
    if as_json:
        rows = [
            {"name": i.name, "distribution": i.distribution, "version": i.version, "offers": i.offers} for i in infos
        ]
        typer.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
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
