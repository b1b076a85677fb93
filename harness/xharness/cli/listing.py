"""`xharness tasks` and `xharness plugins`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from xharness.cli import options

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def tasks_command(
    name: Annotated[str | None, typer.Argument(help="A task to describe; without it all are listed.")] = None,
    as_json: AsJson = False,
    no_plugin: options.NoPlugin = None,
) -> None:
    """List the target tasks, or describe one."""
    from xharness.errors import named
    from xharness.plugins import Plugins

    tasks = Plugins.load(no_plugin or ()).tasks
    chosen = tasks if name is None else {name: named("task", name, tasks)}
    described = [
        {
            "name": task.name,
            "title": task.title,
            "version": task.version,
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
        _table(
            ("task", "version", "kind", "languages", "main scores", "head"),
            [
                (t.name, t.version, str(t.kind), str(len(t.languages)), ", ".join(t.main), t.head)
                for t in tasks.values()
            ],
        )
        typer.echo("\n`xharness tasks NAME` tells more about one.")
    else:
        for key, value in described[0].items():
            typer.echo(f"{key:10} {', '.join(value) if isinstance(value, list) else value}")


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


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, *rows]:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
