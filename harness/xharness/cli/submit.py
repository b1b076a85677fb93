"""`xharness score` and `xharness export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xharness.cli import completion, options


def score_command(
    predictions: Annotated[
        Path, typer.Argument(help="Folder with `<task>/<split>-<language>.tsv|json`, as XTREME submissions have it.")
    ],
    labels: Annotated[Path, typer.Option("--labels", help="Folder with gold in the scorer's layout.")],
    split: options.Split = "test",
    suite: options.Suite = "xtreme",
    tasks: options.Tasks = None,
    languages: options.Languages = None,
    form: Annotated[str | None, typer.Option("--form", help="Submission format; default: the suite's.")] = None,
    out: options.Out = Path("runs"),
    offline: options.Offline = False,
    no_plugin: options.NoPlugin = None,
) -> None:
    """Score any system's predictions; the outcome is a run like every other.

    Tasks and languages without predictions are listed as missing, the rest is scored.

    Example:
      xharness score my-predictions --labels xtreme-labels
    """
    options.obey(offline)
    from xharness.cli.display import observer
    from xharness.cli.show import print_run
    from xharness.plugins import Plugins
    from xharness.selection import Request, Selection
    from xharness.submissions import score_submission

    selection = Selection(
        suite=suite, tasks=options.names(tasks), languages=options.names(languages), split=split, labels=labels
    )
    with observer() as watching:
        outcome = score_submission(
            Plugins.load(no_plugin or ()), Request(selection=selection, out=out), predictions, watching, form
        )
    print_run(outcome.record, outcome.folder.path)


def export_command(
    run: Annotated[Path, typer.Argument(help="A run's folder.", autocompletion=completion.runs)],
    form: Annotated[str, typer.Option("--format", help="Submission format.")] = "xtreme",
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write; default: RUN/export-FORMAT.")] = None,
    no_plugin: options.NoPlugin = None,
) -> None:
    """Write a run's predictions as a submission folder.

    Example:
      xharness export runs/my-model-1a2b3c4d --format xtreme
    """
    from xharness.plugins import Plugins
    from xharness.store import find_run
    from xharness.submissions import export_submission

    folder = find_run(run)
    target = out or folder.path / f"export-{form}"
    written = export_submission(Plugins.load(no_plugin or ()), folder, form, target)
    typer.echo(f"{len(written)} files are in {target}.")
