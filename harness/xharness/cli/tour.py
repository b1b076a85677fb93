"""`xharness tour`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xharness.cli import options


def tour_command(
    name: Annotated[
        str | None, typer.Argument(help="Which tour; may be left out where there is one.", metavar="NAME")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to work in, new or empty. Default: tour-NAME.")
    ] = None,
    no_plugin: options.NoPlugin = None,
) -> None:
    """See what xharness does: run a plugin's tour, command by command, each with a sentence on what it does.

    Examples:
      xharness tour
      xharness tour --out /tmp/look
    """
    from xharness.plugins import Plugins
    from xharness.store import safe_name
    from xharness.tours import find_tour, run_tour

    tour = find_tour(Plugins.load(no_plugin or ()).tours, name)
    extra = [word for one in no_plugin or () for word in ("--no-plugin", one)]
    try:
        run_tour(tour, out or Path(f"tour-{safe_name(tour.name)}"), _say, extra=extra)
    except KeyboardInterrupt:
        typer.echo("\nThe tour was interrupted. To start it anew, remove its folder first.", err=True)
        raise typer.Exit(options.INTERRUPTED) from None


def _say(text: str) -> None:
    typer.echo(text)
    typer.get_text_stream("stdout").flush()  # before a command of the tour writes there
