"""`xharness data verify`."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
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
    as_json: options.AsJson = False,
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
    counts = Counter(finding.status for finding in findings)
    if as_json:
        options.print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            typer.echo(f"{finding.status:8} {finding.place:16} {finding.message}")
        typer.echo("\n" + ", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
    if counts.get("broken") or counts.get("differs"):
        raise typer.Exit(1)
