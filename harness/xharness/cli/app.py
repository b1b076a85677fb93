"""The application and its commands."""

from __future__ import annotations

import platform
from typing import Annotated

import typer

from xharness import __version__
from xharness.cli import (
    check,
    compare,
    data,
    doctor,
    evaluate,
    leaderboard,
    listing,
    new,
    options,
    prefetch,
    recipes,
    show,
    submit,
    tour,
    train,
)
from xharness.environment import package_version
from xharness.offline import OWN_VARIABLE

app = typer.Typer(
    name="xharness",
    help=(
        "Evaluate fine-tuned multilingual checkpoints on XTREME: nine tasks, 40 languages, 162 cells, with scores that "
        "equal the official scorer's, intervals, and paired tests against a baseline."
    ),
    epilog=(
        "Start with: xharness eval demo --suite mini\n\n"
        "Exit codes: 0 done, 1 failed, 2 used wrongly, 130 interrupted. NO_COLOR=1 turns colours off. Names of suites, tasks, "
        "recipes, runs and boards are completed by the shell after: xharness --install-completion"
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _version(value: bool) -> None:
    if value:
        torch = package_version("torch") or "not installed"
        typer.echo(f"xharness {__version__} (Python {platform.python_version()}, torch {torch})")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    offline: Annotated[
        bool,
        typer.Option(
            "--offline",
            envvar=OWN_VARIABLE,
            callback=options.obey,
            help="Never use the network: read the hub's caches only, in every command.",
        ),
    ] = False,
) -> None:
    """Evaluate fine-tuned multilingual checkpoints on XTREME."""


app.command("eval", cls=compare.TakesBaselines)(evaluate.evaluate_command)
app.command("compare", cls=compare.TakesBaselines)(compare.compare_command)
app.command("score")(submit.score_command)
app.command("show")(show.show_command)
app.command("export")(submit.export_command)
app.command("train")(train.train_command)
app.command("tour")(tour.tour_command)
app.command("recipes")(recipes.recipes_command)
app.command("prefetch")(prefetch.prefetch_command)
app.command("doctor")(doctor.doctor_command)
app.command("tasks")(listing.tasks_command)
app.command("plugins")(listing.plugins_command)
app.command("check")(check.check_command)
app.command("new")(new.new_command)
app.add_typer(leaderboard.app, name="leaderboard")
app.add_typer(data.app, name="data")
