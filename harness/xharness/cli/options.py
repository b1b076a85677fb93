"""Options that several commands share, and how their texts become values."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xharness.cli import completion
from xharness.environment import is_main_process
from xharness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xharness.training import TrainOptions

INTERRUPTED = 130  # the shell's convention for a process ended by SIGINT

Suite = Annotated[
    str,
    typer.Option("--suite", help="The suite of tasks.", rich_help_panel="What", autocompletion=completion.suites),
]
Tasks = Annotated[
    str | None,
    typer.Option(
        "--tasks",
        help="Only these tasks: a,b,c.",
        metavar="A,B",
        rich_help_panel="What",
        autocompletion=completion.tasks,
    ),
]
Languages = Annotated[
    str | None, typer.Option("--languages", help="Only these languages: de,sw.", metavar="A,B", rich_help_panel="What")
]
Split = Annotated[
    str,
    typer.Option(
        "--split",
        help="test, dev, or by task: mlqa=dev,bucc2018=dev (others test).",
        metavar="SPLIT",
        rich_help_panel="What",
    ),
]
Data = Annotated[
    Path | None,
    typer.Option("--data", help="Folder in XTREME's official layout. Without it: the hub.", rich_help_panel="Data"),
]
Labels = Annotated[
    Path | None,
    typer.Option(
        "--labels",
        help="Folder with gold, `<task>/test-<language>.tsv|json`. Default: DATA-labels or DATA/labels.",
        rich_help_panel="Data",
    ),
]
Revision = Annotated[
    str | None,
    typer.Option("--revision", help="Commit of the hub data set instead of the pinned one.", rich_help_panel="Data"),
]
Strict = Annotated[
    bool,
    typer.Option("--strict", help="Refuse data whose counts differ from the benchmark's.", rich_help_panel="Data"),
]
VariantName = Annotated[
    str,
    typer.Option(
        "--variant",
        help="fixed: known defects of the official scripts are mended. paper: they are reproduced.",
        metavar="fixed|paper",
        rich_help_panel="What",
    ),
]
Out = Annotated[Path, typer.Option("--out", help="Folder in which runs are stored.", rich_help_panel="Where")]
Offline = Annotated[
    bool,
    typer.Option(
        "--offline",
        help="Never use the network: read the hub's caches only. Also XHARNESS_OFFLINE=1, or `xharness --offline …`.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ScorePicture = Annotated[
    Path | None,
    typer.Option("--picture", help="Also draw the scores with their intervals: FILE.svg or .png.", metavar="FILE"),
]
NoPlugin = Annotated[
    list[str] | None, typer.Option("--no-plugin", help="Leave a plugin out. Repeatable.", metavar="NAME")
]
Device = Annotated[str, typer.Option("--device", help="auto, cpu or cuda:N.", rich_help_panel="How")]

TrainData = Annotated[
    Path | None,
    typer.Option(
        "--train-data",
        help="Folder with the data of intermediate tasks, a sub-folder for each. Without it: the hub.",
        metavar="DIR",
        rich_help_panel="Training",
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="Override a field of the recipe: target.xnli.epochs=1. Repeatable.",
        metavar="KEY=VALUE",
        rich_help_panel="Training",
    ),
]
Seeds = Annotated[
    list[int] | None,
    typer.Option(
        "--seed", help="Seed of training; default: the recipe's. Repeatable.", min=0, rich_help_panel="Training"
    ),
]


def obey(offline: bool) -> None:
    """Forbids the network if `--offline` was given; called first in a command, before anything heavy is imported."""
    if offline:
        from xharness.offline import forbid_network

        forbid_network()


def print_json(content: object) -> None:
    """Prints a JSON document: listings are arrays of objects, one thing is an object."""
    import json

    typer.echo(json.dumps(content, indent=1, ensure_ascii=False))


@contextmanager
def interruptible() -> Iterator[None]:
    """Turns Ctrl-C inside into a sentence and the shell's exit code for it."""
    try:
        yield
    except KeyboardInterrupt:
        if is_main_process():
            typer.echo("\nInterrupted. Run the same command again to continue where it stopped.", err=True)
        raise typer.Exit(INTERRUPTED) from None


def names(text: str | None) -> tuple[str, ...] | None:
    """Returns the names in "a,b", None for None. Raises UsageError if there is none."""
    if text is None:
        return None
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not found:
        raise UsageError(f"{text!r} names nothing: expected names separated by commas.")
    return found


def pairs(flag: str, items: list[str] | None) -> dict[str, str]:
    """Returns the mapping in repeated "name=value" options. Raises UsageError for another form or a repeated name."""
    found: dict[str, str] = {}
    for item in items or ():
        name, equals, value = item.partition("=")
        if not equals or not name or not value:
            raise UsageError(f"{flag} {item}: expected NAME=VALUE.")
        if name in found:
            raise UsageError(f"{flag}: {name!r} is given twice.")
        found[name] = value
    return found


def choice(flag: str, value: str, known: tuple[str, ...]) -> str:
    """Returns `value` if it is one of `known`. Raises UsageError otherwise."""
    if value not in known:
        raise UsageError(f"{flag} {value}: expected one of {', '.join(known)}.")
    return value


def train_options(
    overrides: list[str] | None,
    seeds: list[int] | None,
    train_data: Path | None,
    device: str,
    checkpoints: Path = Path("checkpoints"),
) -> TrainOptions:
    """Returns the training options as the core takes them. Raises UsageError for an override without key or "="."""
    from xharness.training import TrainOptions

    for item in overrides or ():
        key, equals, _ = item.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--set {item}: expected KEY=VALUE, such as target.xnli.epochs=1.")
    return TrainOptions(
        settings=tuple(overrides or ()),
        seeds=tuple(seeds) if seeds else None,
        train_data=train_data,
        device=device,
        checkpoints=checkpoints,
    )
