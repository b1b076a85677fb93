"""What the Python code of the README and of its pages shows comes out; test_docs.py runs their commands."""

from __future__ import annotations

import json
import re
from typing import Any

import xharness
from xharness.plugins import Candidate, Plugins


def python_blocks(text: str) -> list[str]:
    """Python code in markdown."""
    return re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)


def test_bootstrap_example_runs(repository, capsys):
    """The page's use of the bootstrap for another metric runs, and finds the difference that was put in."""
    text = (repository / "docs" / "significance.md").read_text(encoding="utf-8")
    block = next(one for one in python_blocks(text) if "bootstrap.resample" in one)
    names: dict[str, Any] = {}
    exec(compile(block, "significance.md", "exec"), names)  # noqa: S102  # the page's own code
    assert "method=" in capsys.readouterr().out
    assert names["interval"].low < -0.03 < names["interval"].high < 0
    assert names["p"] < 0.01


def test_plugin_example_runs(repository, tmp_path):
    """The plugin in the README registers beside the built-ins, and its task loads."""
    text = (repository / "README.md").read_text(encoding="utf-8")
    block = next(one for one in python_blocks(text) if "def xharness_tasks" in one)
    module = type("Module", (), {})()
    (tmp_path / "data").mkdir()
    rows = (
        {"nr": 1, "body": "Habari za leo", "topic": "news"},
        {"nr": 2, "body": "Timu yetu imeshinda", "topic": "sport"},
    )
    (tmp_path / "data" / "test.sw.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    names: dict[str, object] = {"__file__": str(tmp_path / "topics.py")}
    exec(compile(block, "README.md", "exec"), names)  # noqa: S102  # the README's own code
    vars(module).update(names)
    plugins = Plugins([Candidate(name="readme", distribution="readme", version="1", load=lambda: module)])
    task = plugins.tasks["topics"]
    split = task.load(xharness.DataRequest(language="sw", split="test"))
    assert [example.gold for example in split.examples] == ["news", "sport"]
    assert split.has_gold
