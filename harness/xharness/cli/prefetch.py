"""`xharness prefetch`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xharness.cli import completion, options
from xharness.offline import is_offline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness.prefetching import Fetched, FetchedSplit

_SHOWN = 12  # problems in full; the JSON has all


def prefetch_command(
    targets: Annotated[
        list[str],
        typer.Argument(
            help="Suites or tasks (their data), and checkpoints: hub ids such as org/name@revision.",
            metavar="SUITE|CHECKPOINT...",
            autocompletion=completion.suites_and_checkpoints,
        ),
    ],
    tasks: options.Tasks = None,
    languages: options.Languages = None,
    splits: Annotated[
        str | None,
        typer.Option(
            "--splits",
            help="Which data: train,dev,test. Default: test, as `xharness eval` asks for.",
            metavar="A,B",
            rich_help_panel="What",
        ),
    ] = None,
    data: options.Data = None,
    revision: options.Revision = None,
    allow_pickle: Annotated[bool, typer.Option("--allow-pickle", help="Fetch pickled weights too.")] = False,
    trust_remote_code: Annotated[
        bool, typer.Option("--trust-remote-code", help="Fetch a checkpoint's own code too.")
    ] = False,
    offline: options.Offline = False,
    as_json: options.AsJson = False,
    no_plugin: options.NoPlugin = None,
) -> None:
    """Fetch everything that a machine without network needs, and check it: data, checkpoints, byte for byte.

    What is there is kept, so the same command goes on where it was interrupted. With --offline nothing is fetched: what is
    there is checked.

    Examples:
      xharness prefetch xtreme xlm-roberta-base
      xharness prefetch xtreme --tasks xnli,xquad --splits train,dev,test
      xharness prefetch xtreme --offline
    """
    offline = offline or is_offline()
    options.obey(offline)
    if not sys.stderr.isatty():
        for name in ("HF_HUB_DISABLE_PROGRESS_BARS", "HF_DATASETS_DISABLE_PROGRESS_BARS"):
            os.environ.setdefault(name, "1")
    from xharness.models import Settings
    from xharness.plugins import Plugins
    from xharness.prefetching import Fetched, divide, fetch_checkpoint, fetch_data, held, read_again
    from xharness.selection import Selection

    plugins = Plugins.load(no_plugin or ())
    suites, references = divide(plugins, targets)
    settings = Settings(allow_pickle=allow_pickle, trust_remote_code=trust_remote_code, revision=revision)
    with options.interruptible():
        found: list[FetchedSplit] = []
        for suite in suites:
            selection = Selection(
                suite=suite,
                tasks=options.names(tasks),
                languages=options.names(languages),
                data=data,
                revision=revision,
            )
            found += fetch_data(plugins, selection, options.names(splits), _say)
        checkpoints = tuple(fetch_checkpoint(plugins, reference, settings) for reference in references)
        _say("Comparing every file with the hub's hash")
        fetched = Fetched(splits=tuple(found), checkpoints=checkpoints, repositories=held(found, checkpoints))
        if not offline:
            _say("Reading everything again without network")
            named = [*suites, *(one.reference for one in checkpoints)]
            named += ["--allow-pickle"] * allow_pickle + ["--trust-remote-code"] * trust_remote_code
            fetched = read_again(fetched, [*named, *_again(tasks, languages, splits, data, revision, no_plugin)])
    if as_json:
        options.print_json(_document(fetched, suites))
    else:
        _show(fetched, suites)
    if fetched.broken:
        raise typer.Exit(1)


def _again(
    tasks: str | None,
    languages: str | None,
    splits: str | None,
    data: Path | None,
    revision: str | None,
    no_plugin: Sequence[str] | None,
) -> list[str]:
    """Returns the options with which the same is read a second time."""
    given = {"--tasks": tasks, "--languages": languages, "--splits": splits, "--data": data, "--revision": revision}
    repeated = [word for name in no_plugin or () for word in ("--no-plugin", name)]
    return [*(word for flag, value in given.items() if value is not None for word in (flag, str(value))), *repeated]


def _say(line: str) -> None:
    typer.echo(line, err=True)


def _commands(fetched: Fetched, suites: Sequence[str]) -> list[str]:
    """Returns what to run on the machine without network."""
    references = [one.reference for one in fetched.checkpoints] or ["CHECKPOINT"]
    return [f"xharness eval {' '.join(references)} --suite {suite} --offline" for suite in suites] or [
        f"xharness eval {' '.join(references)} --offline"
    ]


def _document(fetched: Fetched, suites: Sequence[str]) -> dict[str, Any]:
    from dataclasses import asdict

    from xharness import hub_cache

    return {
        "data": [asdict(one) for one in fetched.splits],
        "checkpoints": [asdict(one) for one in fetched.checkpoints],
        "repositories": [{**asdict(one), "folder": str(one.folder)} for one in fetched.repositories],
        "HF_HOME": str(hub_cache.home_folder()),
        "commands": _commands(fetched, suites),
    }


def _show(fetched: Fetched, suites: Sequence[str]) -> None:
    from xharness import hub_cache
    from xharness.cli.listing import print_columns
    from xharness.prefetching import Status

    tasks = dict.fromkeys((one.task, one.split) for one in fetched.splits)
    rows = [(*key, *_counts([one for one in fetched.splits if (one.task, one.split) == key])) for key in tasks]
    if rows:
        print_columns(("task", "split", "languages", "examples", ""), rows)
    for checkpoint in fetched.checkpoints:
        typer.echo(f"{checkpoint.reference}  identity {checkpoint.identity[:8] or 'unknown'}  {checkpoint.status}")
    for one in fetched.repositories:
        state = f"damaged: {', '.join(one.damaged)}" if one.damaged else "as the hub states"
        state += f"; kept without the hub's hash: {len(one.unchecked)}" if one.unchecked else ""
        typer.echo(
            f"{one.kind} {one.name}@{one.commit}: {one.files} files, {size_text(one.size)}, {state}, in {one.folder}"
        )
    problems = [(one.status, one.message) for one in fetched.splits if one.status is not Status.OK]
    problems += [(one.status, one.message) for one in fetched.checkpoints if one.status is not Status.OK]
    for status, message in problems[:_SHOWN]:
        typer.echo(f"{status}: {message}")
    if len(problems) > _SHOWN:
        typer.echo(f"… and {len(problems) - _SHOWN} more; --json prints all.")
    if any(one.damaged for one in fetched.repositories):
        typer.echo("Remove the damaged files' repository folder and run the same command again.")
    if not fetched.broken:
        tables = size_text(hub_cache.size_of(hub_cache.tables_folder())[1])
        typer.echo(f"Prepared tables: {tables} in {hub_cache.tables_folder()}")
        typer.echo(f"\nOn a machine without network, with a copy of {hub_cache.home_folder()} that HF_HOME names:")
        for command in _commands(fetched, suites):
            typer.echo(f"  {command}")


def _counts(splits: Sequence[FetchedSplit]) -> tuple[str, str, str]:
    from xharness.prefetching import Status

    whole = [one for one in splits if one.status is Status.OK]
    others = {status: sum(one.status is status for one in splits) for status in (Status.ABSENT, Status.BROKEN)}
    state = ", ".join(f"{count} {status}" for status, count in others.items() if count) or "ok"
    return str(len(whole)), f"{sum(one.examples for one in whole):,}", state


def size_text(size: int) -> str:
    """Returns bytes in the unit that suits them: "812 B", "3.4 MiB"."""
    amount, units = float(size), ["B", "KiB", "MiB", "GiB", "TiB"]
    while amount >= 1024 and len(units) > 1:
        amount /= 1024
        units.pop(0)
    return f"{amount:.0f} {units[0]}" if units[0] == "B" else f"{amount:.1f} {units[0]}"
