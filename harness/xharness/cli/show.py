"""`xharness show`: a run as table, JSON, markdown or CSV; how a checkpoint came to be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xharness.cli import completion, options

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from xharness.runs import RunRecord
    from xharness.store import RunFolder

FORMATS = ("table", "json", "markdown", "csv")
_WIDEST = 100_000  # columns: more than any table has


def show_command(
    path: Annotated[
        Path,
        typer.Argument(
            help="A run's folder, as `xharness eval` prints it, or a checkpoint's, as `xharness train` prints it.",
            metavar="PATH",
            autocompletion=completion.runs,
        ),
    ],
    form: Annotated[
        str, typer.Option("--format", help="Form in which a run is printed.", metavar="|".join(FORMATS))
    ] = "table",
    as_json: options.AsJson = False,
    picture: options.ScorePicture = None,
    no_plugin: options.NoPlugin = None,
) -> None:
    """Print a stored run: scores by task and language, averages, and what is missing.

    Of a trained checkpoint, or a set of them, print how it came to be: every phase with its data, settings and scores.
    """
    from xharness import reports
    from xharness.errors import UsageError
    from xharness.store import find_run, holds_run

    form = "json" if as_json else options.choice("--format", form, FORMATS)
    if not holds_run(path) and not path.is_file():
        text = _described(path, no_plugin)
        unfit = f"--format {form}" if form != "table" else "--picture" if picture is not None else None
        if unfit:
            raise UsageError(f"{path} is a checkpoint: {unfit} is for runs.")
        typer.echo(text)
        return
    folder = find_run(path)
    record = _complete(folder, no_plugin)
    if form == "table":
        print_run(record, folder.path)
    elif form == "json":
        typer.echo(reports.as_json(record))
    elif form == "markdown":
        typer.echo(reports.as_markdown(record))
    else:
        typer.echo(reports.as_csv(record), nl=False)
    if picture is not None:
        draw(record, picture)


def _complete(folder: RunFolder, no_plugin: list[str] | None) -> RunRecord:
    """Returns a run's record, with intervals also where the command that made it was interrupted before them."""
    from xharness.intervals import with_intervals
    from xharness.plugins import Plugins

    record = folder.read_record()
    return record if record.intervals else with_intervals(Plugins.load(no_plugin or ()), folder, record)


def _described(path: Path, no_plugin: list[str] | None) -> str:
    """Returns how a checkpoint came to be. Raises UsageError if there is no such folder, or no plugin knows it."""
    from xharness.errors import UsageError
    from xharness.plugins import Plugins

    text = Plugins.load(no_plugin or ()).describe(path) if path.is_dir() else None
    if text is None:
        raise UsageError(
            f"There is no run at {path}, nor a checkpoint that says how it was made: expected a folder with a run.json, as "
            "`xharness eval` prints it at its end, or one that `xharness train` has written."
        )
    return text


def draw(record: RunRecord, picture: Path) -> None:
    """Draws a run's scores, and says where."""
    from xharness.score_picture import draw_scores

    draw_scores(record, picture)
    typer.echo(f"The picture is in {picture}.", err=True)


def console_for(table: Table) -> Console:
    """Returns a console on which the table is not cut where there is no terminal: a pipe has no width."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        unlimited = console.options.update(max_width=_WIDEST)
        console.width = max(console.width, console.measure(table, options=unlimited).maximum)
    return console


def print_run(record: RunRecord, folder: Path) -> None:
    """Prints a run's table, its averages, its notes, and where it is stored."""
    from xharness import reports

    table = reports.as_table(record)
    console = console_for(table)
    if console.is_terminal and console.measure(table).minimum > console.width:
        table = reports.as_table(record, intervals=False)
    console.print(f"\n{reports.title(record)}", markup=False, soft_wrap=True)
    console.print(table)
    for line in reports.remarks(record):
        console.print(line, markup=False, soft_wrap=not console.is_terminal)
    console.print(f"Run: {folder}", markup=False, soft_wrap=True)
