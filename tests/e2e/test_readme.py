"""What the README shows works."""

from __future__ import annotations

import re
from typing import Any

import pytest
import xharness
from xharness.plugins import Candidate, Plugins

LEADERBOARD = tuple(f"leaderboard {name}" for name in ("new", "add", "build", "verify"))


def python_blocks(text: str) -> list[str]:
    """Python code in markdown."""
    return re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)


def test_bootstrap_example_runs(repository, capsys):
    """The README's use of the bootstrap for another metric runs, and finds the difference that was put in."""
    text = (repository / "README.md").read_text(encoding="utf-8")
    block = next(one for one in python_blocks(text) if "bootstrap.resample" in one)
    names: dict[str, Any] = {}
    exec(compile(block, "README.md", "exec"), names)  # noqa: S102  # the README's own code
    assert "method=" in capsys.readouterr().out
    assert names["interval"].low < -0.03 < names["interval"].high < 0
    assert names["p"] < 0.01


def test_plugin_example_runs(repository):
    """The plugin in the README registers beside the built-ins, and its task loads."""
    text = (repository / "README.md").read_text(encoding="utf-8")
    block = next(one for one in python_blocks(text) if "def xharness_tasks" in one)
    module = type("Module", (), {})()
    names: dict[str, object] = {}
    exec(compile(block, "README.md", "exec"), names)  # noqa: S102  # the README's own code
    vars(module).update(names)
    plugins = Plugins([Candidate(name="readme", distribution="readme", version="1", load=lambda: module)])
    task = plugins.tasks["topics"]
    split = task.load(xharness.DataRequest(language="sw", split="test"))
    assert [example.gold for example in split.examples] == ["news", "sport"]
    assert split.has_gold


@pytest.mark.parametrize(
    "command",
    [
        "eval",
        "compare",
        "score",
        "show",
        "export",
        "train",
        "recipes",
        "tasks",
        "plugins",
        "data verify",
        "leaderboard add",
    ],
)
def test_commands_of_the_readme_exist(xharness_command, repository, command):
    """Every command that the README names explains itself."""
    assert f"xharness {command}" in (repository / "README.md").read_text(encoding="utf-8")
    done = xharness_command(*command.split(), "--help")
    assert done.returncode == 0
    assert len(done.stdout) > 200


def test_flags_of_the_readme_exist(xharness_command, repository):
    """Every flag that the README names is a flag of some command."""
    text = (repository / "README.md").read_text(encoding="utf-8")
    flags = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
    helps = "".join(
        xharness_command(*command.split(), "--help", env={"COLUMNS": "200"}).stdout
        for command in (
            "eval",
            "compare",
            "score",
            "show",
            "export",
            "train",
            "recipes",
            "tasks",
            "data verify",
            *LEADERBOARD,
        )
    )
    assert flags
    assert not {flag for flag in flags if flag not in helps}
