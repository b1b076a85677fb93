"""`xharness new`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xharness.cli import options
from xharness.scaffolding.things import KINDS, Thing

if TYPE_CHECKING:
    from xharness.scaffolding.writing import Written


def new_command(
    thing: Annotated[
        str, typer.Argument(help="What the package will offer.", metavar="|".join(Thing), show_default=False)
    ],
    name: Annotated[
        str,
        typer.Argument(
            help="Name of the package, without `xharness-`, and of what it offers: my-topics.", metavar="NAME"
        ),
    ],
    kind: Annotated[
        str | None,
        typer.Option("--kind", help="Kind of a task. Default: classification.", metavar="|".join(KINDS)),
    ] = None,
    tasks: Annotated[
        str | None, typer.Option("--tasks", help="Tasks of a suite: a,b,c.", metavar="A,B", show_default=False)
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder in which the package's folder is written.")] = Path(),
) -> None:
    """Begin a plugin: writes a package that installs, and passes its tests, before anything is filled in.

    Examples:
      xharness new task my-topics --kind classification
      xharness new metric macro-f1
    """
    from xharness.scaffolding.names import package_name
    from xharness.scaffolding.things import begin

    chosen = Thing(options.choice("xharness new", thing, tuple(Thing)))
    written = begin(chosen, package_name(name), kind=kind, tasks=options.names(tasks), parent=out)
    _say(written)


def _say(written: Written) -> None:
    typer.echo(f"{written.folder} is written:")
    for file in written.files:
        typer.echo(f"  {file}")
    folder = shlex.quote(str(written.folder))
    typer.echo("\nNext, where the files say FILL IN, and then again and again:")
    typer.echo(f"  pip install --editable {folder}")
    typer.echo(f"  xharness check {written.folder.name}")
    typer.echo(f"  python -m pytest {folder}")
