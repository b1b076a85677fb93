"""The application and its commands."""

from __future__ import annotations

from typing import Annotated

import typer

from xharness import __version__
from xharness.cli import compare, data, evaluate, leaderboard, listing, recipes, show, submit, train

app = typer.Typer(
    name="xharness",
    help=(
        "Evaluate fine-tuned multilingual checkpoints on XTREME: nine tasks, 40 languages, 162 cells, with scores that "
        "equal the official scorer's, intervals, and paired tests against a baseline."
    ),
    epilog="Start with: xharness eval CHECKPOINT --data DIR --limit 20",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"xharness {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Evaluate fine-tuned multilingual checkpoints on XTREME."""


app.command("eval", cls=compare.TakesBaselines)(evaluate.evaluate_command)
app.command("compare", cls=compare.TakesBaselines)(compare.compare_command)
app.command("score")(submit.score_command)
app.command("show")(show.show_command)
app.command("export")(submit.export_command)
app.command("train")(train.train_command)
app.command("recipes")(recipes.recipes_command)
app.command("tasks")(listing.tasks_command)
app.command("plugins")(listing.plugins_command)
app.add_typer(leaderboard.app, name="leaderboard")
app.add_typer(data.app, name="data")
