"""`xharness train`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xharness.cli import completion, options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness.training import PlannedSet


def train_command(
    recipes: Annotated[
        list[str],
        typer.Argument(
            help="Names or files of recipes; `xharness recipes` lists them.",
            metavar="RECIPE...",
            autocompletion=completion.recipes,
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", help="Folder of the checkpoint set to write; with --grid a folder of sets.")
    ],
    encoder: Annotated[
        list[str] | None,
        typer.Option(
            "--encoder", help="Folder or hub id to start from; default: the recipe's. Repeatable with --grid."
        ),
    ] = None,
    grid: Annotated[
        bool, typer.Option("--grid", help="Train every encoder with every recipe and every seed, and compare them.")
    ] = False,
    suite: options.Suite = "xtreme",
    tasks: options.Tasks = None,
    data: options.Data = None,
    revision: options.Revision = None,
    overrides: options.Overrides = None,
    seed: options.Seeds = None,
    train_data: options.TrainData = None,
    device: options.Device = "auto",
    offline: options.Offline = False,
    no_plugin: options.NoPlugin = None,
) -> None:
    """Turn an encoder into a checkpoint set: one head for each kind of task, trained as a recipe says.

    What is whole in OUT is kept, so the same command continues an interrupted training. On several GPUs:
    `accelerate launch -m xharness train …`, the same arguments.

    Examples:
      xharness train direct --encoder xlm-roberta-base --data xtreme --out checkpoints/xlmr-direct
      xharness train direct stilts-mnli --grid --seed 1 --seed 2 --encoder xlm-roberta-base --data xtreme --out grid
    """
    options.obey(offline)
    from xharness.cli.trained import print_grid, print_set
    from xharness.environment import is_main_process
    from xharness.plugins import Plugins
    from xharness.selection import Selection
    from xharness.training import find_stage, plan_sets, train_grid, train_one

    training = options.train_options(overrides, seed, train_data, device)
    selection = Selection(suite=suite, tasks=options.names(tasks), data=data, revision=revision)
    plugins = Plugins.load(no_plugin or ())
    planned = plan_sets([find_stage(plugins, name) for name in recipes], encoder or (), training)
    if not grid:
        _refuse_several(planned)
    with options.interruptible():
        if not grid:
            trained = train_one(plugins, planned[0], selection, training, _say, out=out)
        else:
            outcomes = train_grid(plugins, planned, selection, training, _say, out=out)
    if not is_main_process():
        failed = grid and any(one.error is not None for one in outcomes)
    elif grid:
        failed = print_grid(outcomes, out)
    else:
        print_set(trained)
        typer.echo(f"The checkpoint set is in {trained.folder}. Evaluate it with: xharness eval {trained.folder}")
        failed = False
    if failed:
        raise typer.Exit(1)


def _say(line: str) -> None:
    """Prints a line of progress, once where several processes train together."""
    from xharness.environment import is_main_process

    if is_main_process():
        typer.echo(line, err=True)


def _refuse_several(planned: Sequence[PlannedSet]) -> None:
    """Raises UsageError if more than one set is planned."""
    from xharness.errors import UsageError

    if len(planned) > 1:
        encoders = {one.encoder for one in planned}
        recipes = {(one.stage.name, one.stage.text) for one in planned}
        seeds = sorted({one.seed for one in planned})
        raise UsageError(
            f"This asks for {len(planned)} checkpoint sets (encoders: {len(encoders)}, recipes: {len(recipes)}, seeds: "
            f"{', '.join(map(str, seeds))}). Add --grid to train all of them into sub-folders of --out, or name one "
            "--encoder, one recipe and one --seed."
        )
