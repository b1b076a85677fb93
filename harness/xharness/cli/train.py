"""`xharness train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xharness.cli import options


def train_command(
    stage: Annotated[str, typer.Argument(help="Name of a training stage; `xharness plugins` lists them.")],
    encoder: Annotated[str, typer.Option("--encoder", help="Folder or hub id of the encoder to start from.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the checkpoint set to write.")],
    suite: options.Suite = "xtreme",
    tasks: options.Tasks = None,
    data: options.Data = None,
    revision: options.Revision = None,
    train_data: options.TrainData = None,
    max_train_examples: options.MaxTrainExamples = None,
    epochs: options.Epochs = None,
    learning_rate: options.LearningRate = None,
    batch_size: options.BatchSize = None,
    max_steps: options.MaxSteps = None,
    seed: options.Seed = 42,
    device: options.Device = "auto",
    no_plugin: options.NoPlugin = None,
) -> None:
    """Turn an encoder into a checkpoint set: one head for each kind of task, trained on English data.

    Heads that are whole in OUT are kept, so the same command continues an interrupted training.

    Example:
      xharness train direct --encoder xlm-roberta-base --data xtreme --out checkpoints/xlmr-direct
    """
    from xharness.plugins import Plugins
    from xharness.selection import Selection
    from xharness.training import train

    training = options.train_options(
        train_data, max_train_examples, epochs, learning_rate, batch_size, max_steps, seed, device
    )
    selection = Selection(suite=suite, tasks=options.names(tasks), data=data, revision=revision)
    plugins = Plugins.load(no_plugin or ())
    with options.interruptible():
        folder = train(plugins, stage, encoder, selection, training, lambda line: typer.echo(line, err=True), out=out)
    typer.echo(f"The checkpoint set is in {folder}. Evaluate it with: xharness eval {folder}")
