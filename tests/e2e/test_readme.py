"""What the README shows works."""

from __future__ import annotations

import re

import pytest
import xharness
from xharness.plugins import Candidate, Plugins


def test_plugin_example_runs(repository):
    """The plugin in the README registers beside the built-ins, and its task loads."""
    text = (repository / "README.md").read_text(encoding="utf-8")
    block = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)[0]
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
    "command", ["eval", "score", "show", "export", "train", "recipes", "tasks", "plugins", "data verify"]
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
        for command in ("eval", "score", "show", "export", "train", "recipes", "tasks", "data verify")
    )
    assert flags
    assert not {flag for flag in flags if flag not in helps}
