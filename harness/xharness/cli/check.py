"""`xharness check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xharness.cli import options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xharness.testing.offered import Checked

STORED = "fingerprints"
_ALL_SHOWN = 12


def check_command(
    plugin: Annotated[
        str,
        typer.Argument(
            help="Name of a plugin or of its distribution; or a module, package or project folder that is not installed.",
            metavar="PLUGIN",
        ),
    ],
    data: options.Data = None,
    labels: options.Labels = None,
    tasks: options.Tasks = None,
    languages: options.Languages = None,
    update: Annotated[bool, typer.Option("--update", help="Store what the tasks are now: labels, data.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Store it even where the version was not raised.")] = False,
    online: Annotated[bool, typer.Option("--online", help="Fetch hub data that are not in the cache.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    no_plugin: options.NoPlugin = None,
) -> None:
    """Check that a plugin keeps the contract: its tasks, metrics, suites, indexes, formats, stages, checkpoints.

    Exit code 1 if something is broken, or differs from what is stored of its version; what is not at hand is "missing".
    """
    from xharness.errors import UsageError

    if force and not update:
        raise UsageError("--force goes with --update: it stores what changed without a new version.")
    options.obey(not online)
    checked = _checked(plugin, data, labels, options.names(tasks), options.names(languages), no_plugin, as_json)
    if as_json:
        options.print_json([_plain(one) for one in checked])
    else:
        for one in checked:
            _print(one)
    if update:
        _update(checked, force=force)
    found = [
        one for each in checked for kind, group in each.groups.items() for one in group if not update or kind != STORED
    ]
    if any(finding.status in _failed() for finding in found):
        raise typer.Exit(1)


def _checked(
    plugin: str,
    data: Path | None,
    labels: Path | None,
    tasks: tuple[str, ...] | None,
    languages: tuple[str, ...] | None,
    no_plugin: list[str] | None,
    quiet: bool,
) -> Sequence[Checked]:
    from xharness.errors import DataError, unknown_name
    from xharness.testing.locating import locate
    from xharness.testing.offered import check_located
    from xharness.testing.tasks import Cells

    for flag, folder in (("--data", data), ("--labels", labels)):
        if folder is not None and not folder.is_dir():
            raise DataError(f"{flag} {folder}: there is no such folder.")
    located = locate(plugin, no_plugin or ())
    offered = {
        name for one in located.plugins.infos() if one.name in located.names for name in one.offers.get("tasks", ())
    }
    for name in tasks or ():
        if name not in offered:
            raise unknown_name(f"task of {plugin}", name, offered)
    cells = Cells(languages=languages, data=data, labels=labels)
    return check_located(located, cells, tasks, (lambda _: None) if quiet else _say)


def _say(line: str) -> None:
    typer.echo(f"… {line}", err=True)


def _failed() -> frozenset[str]:
    from xharness.testing.findings import FAILED

    return FAILED


def _plain(checked: Checked) -> Mapping[str, Any]:
    return {
        "plugin": checked.name,
        "distribution": checked.distribution,
        "findings": [
            {"kind": kind, "place": finding.place, "status": finding.status, "message": finding.message}
            for kind, findings in checked.groups.items()
            for finding in findings
        ],
    }


def _print(checked: Checked) -> None:
    """Prints what is not as promised line by line; good and missing lines of a group beyond a dozen as numbers."""
    typer.echo(f"{checked.name} ({checked.distribution})")
    totals: dict[str, int] = {}
    for kind, findings in checked.groups.items():
        typer.echo(f"\n{kind}")
        shown: dict[str, int] = {}
        for finding in findings:
            shown[finding.status] = shown.get(finding.status, 0) + 1
            totals[finding.status] = totals.get(finding.status, 0) + 1
            if finding.status in _failed() or shown[finding.status] <= _ALL_SHOWN:
                typer.echo(f"  {finding.status:8} {_shown(f'{finding.place}: {finding.message}')}")
        for status, count in shown.items():
            if status not in _failed() and count > _ALL_SHOWN:
                typer.echo(f"  {status:8} … and {count - _ALL_SHOWN:,} more")
    typer.echo("\n" + ", ".join(f"{count:,} {status}" for status, count in sorted(totals.items())))


def _shown(text: str) -> str:
    """Returns the text with its control characters made visible: ids and labels of data may hold any."""
    return "".join(one if one.isprintable() or one == "\n" else repr(one)[1:-1] for one in text)


def _update(checked: Sequence[Checked], *, force: bool) -> None:
    from xharness.errors import PluginError
    from xharness.testing import fingerprints

    for one in checked:
        wrong = [f for kind, group in one.groups.items() for f in group if kind == "tasks" and f.status in _failed()]
        if wrong:
            raise PluginError(
                f"The tasks of the plugin {one.name!r} are broken (first: {wrong[0].place}: {wrong[0].message}); nothing was "
                "stored. Mend them first."
            )
        if one.file is not None and one.now:
            for line in fingerprints.update(one.file, one.now, force=force):
                typer.echo(line, err=True)
            typer.echo(f"Stored in {one.file}", err=True)
