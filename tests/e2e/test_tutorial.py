"""The tutorial for plugin authors, docs/plugins.md, does what it says: followed word for word in a fresh environment."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from documents import blocks_of, matches, turns
from fresh_environments import Fresh, fresh_environment

pytestmark = pytest.mark.slow

PAGE = Path(__file__).resolve().parents[2] / "docs" / "plugins.md"


class Reader:
    """Types what the page says into one shell after another, each in the folder in which the last one ended."""

    def __init__(self, fresh: Fresh, folder: Path) -> None:
        self.fresh = fresh
        self.folder = folder

    def types(self, text: str, *, code: int = 0) -> str:
        """Returns what is printed. Asserts the exit code; a command that fails ends the block."""
        script = f"set -euo pipefail\ntrap 'pwd > {self.fresh.folder / 'folder'}' EXIT\n{text}\n"
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=self.fresh.variables, check=False, timeout=600, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert done.returncode == code, f"ended with {done.returncode}:\n{text}\n{done.stdout}"
        self.folder = Path((self.fresh.folder / "folder").read_text().strip())
        return done.stdout


def test_the_tutorial_followed_literally(tmp_path_factory):
    """Every command of the page succeeds in order and prints what the page shows; its Python passes as a test file."""
    folder = tmp_path_factory.mktemp("tutorial")
    reader = Reader(fresh_environment(tmp_path_factory.mktemp("reader") / "environment"), folder)
    for block in blocks_of(PAGE):
        if block.language == "sh" and block.promise == "run":
            reader.types(block.text)
        elif block.language == "console":
            for command, shown in turns(block.text):
                said = reader.types(command, code=block.code)
                assert matches(shown, said), f"{block.place}: `{command}` printed\n{said}\nwhere the page has\n{shown}"
        elif block.language == "python":
            (folder / "test_block.py").write_text(block.text, encoding="utf-8")
            reader.types("python -m pytest test_block.py")
