"""Runs the real command in a fresh process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def xharness_command() -> Command:
    """Calls `xharness` with arguments; `cwd`, `env` and `check` as subprocess has them."""

    def call(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "HF_HUB_OFFLINE": "1", **options.pop("env", {})}
        command = [str(Path(sys.executable).with_name("xharness")), *map(str, arguments)]
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, check=False, timeout=600, **options
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return call


@pytest.fixture(scope="session")
def shown(xharness_command: Command) -> Callable[[Path], dict[str, Any]]:
    """Returns a run as `xharness show --format json` prints it."""

    def show(run: Path) -> dict[str, Any]:
        done = xharness_command("show", run, "--format", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return show
