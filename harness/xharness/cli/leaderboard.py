"""`xharness leaderboard new|add|build|list|verify|remove`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xharness.cli import completion, options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from xharness.leaderboard.board import Board
    from xharness.plugins import Plugins

app = typer.Typer(
    help="Boards of systems that can be rebuilt, and tested again, from their stored statistics alone.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

Root = Annotated[Path, typer.Option("--root", help="Folder of all boards.", metavar="DIR")]
BoardName = Annotated[
    str | None,
    typer.Option(
        "--board",
        help="The board; not needed where there is only one.",
        metavar="BOARD",
        autocompletion=completion.boards,
    ),
]
Boards = Annotated[
    list[str] | None,
    typer.Argument(
        help="Boards; all of them if none is named.", metavar="[BOARD]...", autocompletion=completion.boards
    ),
]
Formats = Annotated[
    list[str] | None,
    typer.Option("--format", help="Only these forms; default: all that boards are published in. Repeatable."),
]
NoBuild = Annotated[bool, typer.Option("--no-build", help="Leave the generated files as they are.")]
_ROOT = Path("leaderboards")


@app.callback()
def root() -> None:
    """Boards of systems that can be rebuilt, and tested again, from their stored statistics alone.

    Begin with: xharness leaderboard new BOARD --title "…" --like runs/NAME
    """


@app.command("new")
def new_command(
    board: Annotated[str, typer.Argument(help="Its folder's name: a-z, 0-9 and '-'.", metavar="BOARD")],
    title: Annotated[str, typer.Option("--title", help="One line.")],
    like: Annotated[
        Path | None,
        typer.Option("--like", help="Take suite, splits, variant, limit and cells from this run.", metavar="RUN"),
    ] = None,
    suite: options.Suite = "xtreme",
    tasks: options.Tasks = None,
    languages: options.Languages = None,
    split: options.Split = "test",
    variant: options.VariantName = "fixed",
    description: Annotated[str, typer.Option("--description", help="One line below the title.")] = "",
    baseline: Annotated[
        str | None, typer.Option("--baseline", help="Name of the system that the others are compared with.")
    ] = None,
    level: Annotated[float, typer.Option("--level", help="Of intervals; tests use 1 − level.")] = 0.95,
    resamples: Annotated[int, typer.Option("--resamples", help="Of the bootstrap.", min=100)] = 2000,
    seed: Annotated[int, typer.Option("--seed", help="Of the bootstrap.", min=0)] = 0,
    root: Root = _ROOT,
    no_plugin: options.NoPlugin = None,
) -> None:
    """Begin a board: say what it ranks. `board.toml` in its folder holds every choice and may be edited.

    All systems of a board are scored on the same examples. Without --like these are the whole suite's.

    Examples:
      xharness leaderboard new xtreme-test --title "XTREME, test" --split test
      xharness leaderboard new small --title "Small models" --like runs/direct --baseline "Direct"
    """
    from xharness.leaderboard.beginning import Beginning, begin
    from xharness.leaderboard.board import board_in

    chosen = Beginning(
        title=title,
        description=description,
        like=like,
        suite=suite,
        tasks=options.names(tasks),
        languages=options.names(languages),
        split=split,
        variant=options.choice("--variant", variant, ("fixed", "paper")),
        baseline=baseline,
        level=level,
        resamples=resamples,
        seed=seed,
    )
    made = begin(board_in(root, board).path, _plugins(no_plugin), chosen)
    places = len(made.config.places)
    typer.echo(f"{made.config_path}: {places} cells count. Add systems with: xharness leaderboard add RUN --name NAME")


@app.command("add")
def add_command(
    runs: Annotated[
        list[Path],
        typer.Argument(
            help="A run's folder; several are seeds of one system.", metavar="RUN...", autocompletion=completion.runs
        ),
    ],
    name: Annotated[str | None, typer.Option("--name", help="What the board calls the system.")] = None,
    link: Annotated[str | None, typer.Option("--link", help="http(s) address of its page.", metavar="URL")] = None,
    seed_of: Annotated[
        str | None, typer.Option("--seed-of", help="These are further seeds of that system.", metavar="NAME")
    ] = None,
    date: Annotated[str | None, typer.Option("--date", help="Default: today.", metavar="YYYY-MM-DD")] = None,
    board: BoardName = None,
    root: Root = _ROOT,
    no_build: NoBuild = False,
    no_plugin: options.NoPlugin = None,
) -> None:
    """Put a system on a board: its record and statistics are copied, without predictions, texts and weights.

    A run is refused if it was made with another suite, split, version, variant, limit or other data than the board's, is there
    already, or does not give its own scores. One that lacks cells is listed apart, as incomplete.

    Examples:
      xharness leaderboard add runs/direct-* --name "Direct" --link https://example.org/direct
      xharness leaderboard add runs/direct-seed4 --seed-of "Direct" --board xtreme-test
    """
    from xharness.leaderboard.adding import add

    plugins, chosen = _plugins(no_plugin), _one(root, board)
    for entry_id in add(chosen, plugins, runs, name, link, seed_of, date):
        typer.echo(f"Added {chosen.runs_path / entry_id}")
    if not no_build:
        _build([chosen], plugins, None)


@app.command("build")
def build_command(
    boards: Boards = None, forms: Formats = None, root: Root = _ROOT, no_plugin: options.NoPlugin = None
) -> None:
    """Make the generated files again from what is stored: tables, pages, the index.

    The same stored runs give the same bytes. Other forms on request: csv, json, latex … (`xharness plugins` lists them).

    Example:
      xharness leaderboard build xtreme-test --format latex
    """
    _build(_some(root, boards), _plugins(no_plugin), forms)


@app.command("list")
def list_command(root: Root = _ROOT, as_json: options.AsJson = False) -> None:
    """List the boards: what each ranks, and how many runs it holds."""
    from xharness.cli.listing import print_columns
    from xharness.leaderboard.board import boards_in

    rows = [_summary(board) for board in boards_in(root)]
    if as_json:
        options.print_json(rows)
        return
    head = ("board", "suite", "variant", "cells", "runs", "title")
    print_columns(head, [tuple(str(row[key]) for key in head) for row in rows])


@app.command("verify")
def verify_command(
    boards: Boards = None, root: Root = _ROOT, as_json: options.AsJson = False, no_plugin: options.NoPlugin = None
) -> None:
    """Check boards from their stored files alone; exit code 1 if anything is wrong.

    Checksums, scores made again from the statistics, everything that `add` checks, and the generated files byte for byte.
    Nothing is written, and neither models nor data are needed.
    """
    from xharness.leaderboard.verifying import verify

    plugins, verified = _plugins(no_plugin), []
    for board in _some(root, boards):
        with _progress() as advance:
            problems = [str(problem) for problem in verify(board, plugins, advance)]
        runs = len(board.run_folders())
        verified.append({"board": board.id, "runs": runs, "problems": problems})
        if as_json:
            continue
        for problem in problems:
            typer.echo(f"{problem}\n", err=True)
        state = f"{len(problems)} problems" if problems else "as it was written"
        typer.echo(f"{board.id}: {runs} {'run' if runs == 1 else 'runs'}, {state}")
    if as_json:
        options.print_json(verified)
    if any(one["problems"] for one in verified):
        raise typer.Exit(1)


@app.command("remove")
def remove_command(
    system: Annotated[str, typer.Argument(help="A system's name, or the id (folder) of one run.", metavar="NAME|ID")],
    board: BoardName = None,
    root: Root = _ROOT,
    no_build: NoBuild = False,
    no_plugin: options.NoPlugin = None,
) -> None:
    """Take a system with all of its seeds, or one run, off a board."""
    from xharness.leaderboard.adding import remove

    chosen = _one(root, board)
    for entry_id in remove(chosen, system):
        typer.echo(f"Removed {chosen.runs_path / entry_id}")
    if not no_build:
        _build([chosen], _plugins(no_plugin), None)


def _plugins(no_plugin: list[str] | None) -> Plugins:
    from xharness.plugins import Plugins

    return Plugins.load(no_plugin or ())


def _summary(board: Board) -> dict[str, object]:
    config = board.config
    return {
        "board": board.id,
        "title": config.title,
        "suite": config.suite,
        "suite_version": config.suite_version,
        "variant": str(config.variant),
        "splits": config.splits,
        "cells": len(config.places),
        "runs": len(board.run_folders()),
        "folder": str(board.path),
    }


def _one(root: Path, name: str | None) -> Board:
    """Returns the board of that name, or the only one. Raises UsageError if that is unclear."""
    from xharness.errors import UsageError

    found = _some(root, [name] if name else None)
    if len(found) > 1:
        raise UsageError(f"{root} holds several boards: name one with --board: {', '.join(one.id for one in found)}.")
    return found[0]


def _some(root: Path, names: Sequence[str] | None) -> list[Board]:
    """Returns the boards of these names, or all. Raises UsageError if there is none, or none of a name."""
    from xharness.errors import UsageError, unknown_name
    from xharness.leaderboard.board import boards_in

    known = {one.id: one for one in boards_in(root)}
    for name in names or ():
        if name not in known:
            raise unknown_name(f"board in {root}", name, known)
    if not known:
        raise UsageError(
            f'There is no board in {root}. Begin one with: xharness leaderboard new BOARD --title "…" --like RUN'
        )
    return [known[name] for name in dict.fromkeys(names or known)]


def _build(boards: Sequence[Board], plugins: Plugins, forms: Sequence[str] | None) -> None:
    from xharness.leaderboard.building import build

    for board in boards:
        with options.interruptible(), _progress() as advance:
            paths = build(board, plugins, forms or None, advance)
        for path in paths:
            typer.echo(f"Wrote {path}")


@contextmanager
def _progress() -> Iterator[Callable[[str], None] | None]:
    """Yields what is called with everything that is done; nothing is shown where there is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status("Reading") as status:
        yield lambda done: status.update(f"Done: {escape(done)}")
