"""The command line. Modules that only the work path needs are imported inside the commands, so that help is instant."""

from __future__ import annotations

import os
import sys

from xharness.cli.app import app
from xharness.errors import HarnessError


def main() -> None:
    """Runs the command line. Exit codes: 0 done, 1 failed, 2 used wrongly, 130 interrupted."""
    if not sys.stdout.isatty() and not os.environ.get("FORCE_COLOR"):
        # typer takes some services' log files for terminals and writes colours into them
        os.environ.setdefault("_TYPER_FORCE_DISABLE_TERMINAL", "1")
    try:
        app()
    except HarnessError as error:
        sys.stderr.write(f"\nError: {error}\n")
        sys.exit(error.exit_code)
