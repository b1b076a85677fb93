"""`make` on machines that lack something says in one sentence what to install; where all is there it runs the right command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

TOOLS = ("make", "sh", "touch", "mkdir", "chmod", "cat", "env")
# Answers as the real Python does, but for what each case changes; a virtual environment that it makes has the pip below.
PYTHON = """#!/bin/sh
case "$1" in
-c) exec {real} -c "import sys; {change}; $2" ;;
-m) mkdir -p .venv/bin && cat {pip} > .venv/bin/python && chmod +x .venv/bin/python ;;
esac
"""
PIP = """#!/bin/sh
case "$*" in
*--version*) exit 0 ;;
*) echo "$*" >> asked; {outcome} ;;
esac
"""
OLD = "sys.version_info = (3, 10, 12, 'final', 0)"
BARE = "sys.modules['ensurepip'] = None"
UNREACHED = "echo 'ERROR: Could not find a version that satisfies the requirement pip' >&2; exit 1"


class Machine:
    """A folder with the Makefile, and a PATH with few tools."""

    def __init__(self, folder: Path, repository: Path) -> None:
        self.folder = folder / "checkout"
        self.tools = folder / "bin"
        self.folder.mkdir()
        self.tools.mkdir()
        shutil.copy(repository / "Makefile", self.folder)
        for name in ("pyproject.toml", "constraints.txt"):
            (self.folder / name).touch()
        for name in TOOLS:
            found = shutil.which(name)
            if found is None:
                pytest.skip(f"{name} is not installed")
            (self.tools / name).symlink_to(found)

    def write(self, path: Path, text: str) -> None:
        """Writes a program."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def python(self, change: str = "pass", outcome: str = "exit 0") -> None:
        """Puts a Python on the PATH."""
        pip = self.tools / "pip-script"
        self.write(pip, PIP.format(outcome=outcome))
        self.write(self.tools / "python3", PYTHON.format(real=sys.executable, change=change, pip=pip))

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs make."""
        environment = {"PATH": str(self.tools), "HOME": str(self.folder), "LANG": os.environ.get("LANG", "C")}
        command = ["make", *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=60
        )


@pytest.fixture
def machine(tmp_path: Path, repository: Path) -> Machine:
    """A machine without Python."""
    return Machine(tmp_path, repository)


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    """What make said on stderr besides its own last line."""
    assert done.returncode == 2, done
    said = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert len(said) == 1, done.stderr
    return said[0]


def test_no_python(machine):
    """Without Python the sentence says which to install, and how to name one."""
    assert sentence(machine.make()) == (
        "There is no python3 here: install Python 3.11 or newer (on Debian or Ubuntu: apt install python3 python3-venv), or "
        "name one with make PYTHON=/path/to/python3."
    )


def test_old_python(machine):
    """A Python before 3.11 is refused before anything is made."""
    machine.python(OLD)
    assert "needs Python 3.11 or newer and python3 is older: install a newer one" in sentence(machine.make("test"))
    assert not (machine.folder / ".venv").exists()


def test_no_venv(machine):
    """A Python without python3-venv is refused with the package's name, before anything is made."""
    machine.python(BARE)
    assert "apt install python3-venv" in sentence(machine.make("eval"))
    assert not (machine.folder / ".venv").exists()


def test_no_network(machine):
    """Where pip can fetch nothing the sentence names the connection, mirrors and pip's own words; the next call tries again."""
    machine.python(outcome=UNREACHED)
    said = sentence(machine.make())
    assert "connect this machine to pypi.org" in said
    assert "PIP_INDEX_URL" in said
    log = (machine.folder / ".venv" / "pip.log").read_text(encoding="utf-8")
    assert "Could not find a version" in log
    assert sentence(machine.make()) == said


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ((), "eval demo --suite mini --split test --out runs --picture runs/scores.svg"),
        (
            ("CHECKPOINT=my model", "DATA=x"),
            "eval my model --suite xtreme --data x --split test --out runs --picture runs/scores.svg",
        ),
        (
            ("CHECKPOINT=a", "SUITE=mini", "ARGS=--limit 2"),
            "eval a --suite mini --split test --out runs --picture runs/scores.svg --limit 2",
        ),
    ],
)
def test_eval(machine, arguments, command):
    """`make eval` sets up once and evaluates what comes along, or the checkpoint that is named on XTREME."""
    machine.python()
    machine.write(machine.folder / ".venv" / "bin" / "xharness", '#!/bin/sh\necho "ran $*"\n')
    for setups in (2, 2):  # pip twice at the first call, never at the second
        done = machine.make("eval", *arguments)
        assert done.returncode == 0, done.stderr
        assert f"ran {command}\n" in done.stdout
        assert len((machine.folder / "asked").read_text(encoding="utf-8").splitlines()) == setups
