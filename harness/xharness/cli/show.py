"""`xharness show`: a run as table, JSON, markdown or CSV."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xharness.cli import options

if TYPE_CHECKING:
    from xharness.runs import RunRecord

FORMATS = ("table", "json", "markdown", "csv")


def show_command(
    run: Annotated[Path, typer.Argument(help="A run's folder, as `xharness eval` prints it.")],
    form: Annotated[str, typer.Option("--format", help="Form of the output.", metavar="|".join(FORMATS))] = "table",
) -> None:
    """Print a stored run: scores by task and language, averages, and what is missing."""
    from xharness import reports
    from xharness.store import find_run

    options.choice("--format", form, FORMATS)
    folder = find_run(run)
    record = folder.read_record()
    if form == "table":
        print_run(record, folder.path)
    elif form == "json":
        typer.echo(reports.as_json(record))
    elif form == "markdown":
        typer.echo(reports.as_markdown(record))
    else:
        typer.echo(reports.as_csv(record), nl=False)


def print_run(record: RunRecord, folder: Path) -> None:
    """Prints a run's table, its averages, its notes, and where it is stored."""
    from rich.console import Console

    from xharness import reports

    console = Console(highlight=False)
    table = reports.as_table(record)
    needed = console.measure(table).maximum
    if not console.is_terminal:
        console.width = max(console.width, needed)  # a pipe has no width: nothing is cut
    console.print(f"\n{reports.title(record)}", markup=False, soft_wrap=True)
    console.print(table)
    for line in reports.remarks(record):
        console.print(line, markup=False, soft_wrap=not console.is_terminal)
    console.print(f"Run: {folder}", markup=False, soft_wrap=True)
