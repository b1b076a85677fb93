"""`xharness data verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xharness.cli import options

app = typer.Typer(help="Look at data folders.", no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def root() -> None:
    """Look at data folders."""


@app.command("verify")
def verify_command(
    folder: Annotated[Path, typer.Argument(help="Folder in the suite's layout.", metavar="DIR")],
    labels: options.Labels = None,
    suite: options.Suite = "xtreme",
    no_plugin: options.NoPlugin = None,
) -> None:
    """Compare a data folder with the benchmark, file by file: counts, hashes, gold.

    Exit code 1 if something is broken or differs; what is only missing is listed.
    """
    from xharness.errors import UsageError
    from xharness.plugins import Plugins
    from xharness.selection import Selection, resolve_folders

    chosen = Plugins.load(no_plugin or ()).suite(suite)
    if chosen.verify is None:
        raise UsageError(f"The suite {suite!r} does not say how its data are verified.")
    data, gold = resolve_folders(Selection(suite=suite, data=folder, labels=labels), chosen)
    findings = chosen.verify(data or folder, gold)
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.status] = counts.get(finding.status, 0) + 1
        typer.echo(f"{finding.status:8} {finding.place:16} {finding.message}")
    typer.echo("\n" + ", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
    if counts.get("broken") or counts.get("differs"):
        raise typer.Exit(1)
