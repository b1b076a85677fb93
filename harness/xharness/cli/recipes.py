"""`xharness recipes`."""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Annotated

import typer

from xharness.cli import completion, options

if TYPE_CHECKING:
    from xharness.offers import TrainingStage


def recipes_command(
    name: Annotated[
        str | None,
        typer.Argument(
            help="A recipe to print, by name or file; without it all are listed.",
            metavar="NAME|FILE",
            autocompletion=completion.recipes,
        ),
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON schema of recipe files of this form instead.")
    ] = False,
    as_json: options.AsJson = False,
    no_plugin: options.NoPlugin = None,
) -> None:
    """List the recipes that encoders can be trained with, or print one as a file to start from.

    Examples:
      xharness recipes stilts-mnli > mine.toml
      xharness train mine.toml --encoder xlm-roberta-base --out checkpoints/mine
    """
    from xharness.errors import UsageError
    from xharness.plugins import Plugins
    from xharness.training import find_stage

    plugins = Plugins.load(no_plugin or ())
    if name is None:
        if schema:
            raise UsageError("--schema: of which recipe? Name one; `xharness recipes` lists them.")
        _list(list(plugins.training_stages.values()), as_json)
        return
    stage = find_stage(plugins, name)
    if schema:
        if stage.schema is None:
            raise UsageError(f"The recipe {name} is not made from a file: it has no schema.")
        options.print_json(stage.schema())
    elif as_json:
        options.print_json({**_described(stage), "text": stage.text})
    else:
        typer.echo(stage.text.rstrip("\n") or f"{stage.name}: {stage.description} (code, not a recipe file)")


def _list(stages: list[TrainingStage], as_json: bool) -> None:
    from xharness.cli.listing import print_columns

    if as_json:
        options.print_json([_described(stage) for stage in stages])
        return
    start = [(stage.name, ", ".join(map(str, stage.seeds))) for stage in stages]
    taken = sum(max(map(len, column)) for column in zip(("recipe", "seeds"), *start, strict=True)) + len("  " * 2)
    rows: list[tuple[str, ...]] = []
    for stage, before in zip(stages, start, strict=True):
        first, *more = _lines(stage.description.split(". ")[0].rstrip(".") + ".", taken)  # one sentence in a list
        rows += [(*before, first), *(("", "", line) for line in more)]
    print_columns(("recipe", "seeds", "description"), rows)
    typer.echo("\n`xharness recipes NAME` prints one; a file in that form is a recipe too.")


def _lines(text: str, taken: int) -> list[str]:
    """Returns the text in lines that fit beside `taken` columns of a terminal; in one where there is none."""
    if not sys.stdout.isatty():
        return [text]
    width = max(shutil.get_terminal_size().columns - taken, 30)
    return textwrap.wrap(text, width) or [text]


def _described(stage: TrainingStage) -> dict[str, object]:
    return {
        "name": stage.name,
        "description": stage.description,
        "seeds": list(stage.seeds),
        "encoder": stage.encoder,
    }
