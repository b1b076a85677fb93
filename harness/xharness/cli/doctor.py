"""`xharness doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xharness.cli import options


def doctor_command(
    out: Annotated[Path, typer.Option("--out", help="Folder in which runs are to be stored.")] = Path("runs"),
    offline: options.Offline = False,
    as_json: options.AsJson = False,
    no_plugin: options.NoPlugin = None,
) -> None:
    """Examine this machine: packages, devices, memory, disks, hub, plugins, and every head that comes with a plugin.

    Each finding is ok, a warning or broken, with what to do about it. Exit code 1 if anything is broken.
    """
    options.obey(offline)
    from dataclasses import asdict

    from xharness.doctor.diagnosis import Health
    from xharness.doctor.examination import examine
    from xharness.errors import unknown_name
    from xharness.plugins import installed

    candidates = installed()
    for name in no_plugin or ():
        if name not in {one.name for one in candidates}:
            raise unknown_name("plugin", name, [one.name for one in candidates])
    found = []
    with options.interruptible():
        for one in examine([one for one in candidates if one.name not in (no_plugin or ())], out):
            found.append(one)
            if not as_json:
                typer.echo(f"{one.status:8} {one.place:22} {one.message}")
                if one.remedy:
                    typer.echo(f"{'':8} {'':22} → {one.remedy}")
    if as_json:
        options.print_json([asdict(one) for one in found])
    else:
        counts = {status: sum(one.status is status for one in found) for status in Health}
        typer.echo("\n" + ", ".join(f"{count} {status}" for status, count in counts.items() if count))
    if any(one.status is Health.BROKEN for one in found):
        raise typer.Exit(1)
