"""Two hundred installed tasks are listed without data and without the heavy libraries."""

from __future__ import annotations

import json
import subprocess
import sys

import many_tasks
import pytest

LISTING = """
import sys
from xharness.cli.app import app
app(["tasks", "--json"], standalone_mode=False)
heavy = {"torch", "transformers", "datasets", "faiss", "scipy", "pyarrow", "numpy"} & set(sys.modules)
sys.exit(f"imported: {heavy}" if heavy else 0)
"""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process in which a distribution with 200 tasks is installed."""
    return many_tasks.environment(tmp_path_factory.mktemp("many"))


def listed(environment: dict[str, str]) -> list[dict[str, object]]:
    """Lists the tasks in a fresh process, which fails if it imports a heavy library."""
    done = subprocess.run([sys.executable, "-c", LISTING], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def test_two_hundred_tasks_are_listed_without_heavy_libraries(many: dict[str, str]) -> None:
    """The listing has all of them, reads none of their files (there are none), and imports no heavy library."""
    assert len([one for one in listed(many) if one["plugin"] == "many"]) == 200


def test_every_task_says_where_it_comes_from(many: dict[str, str]) -> None:
    """JSON has version, plugin and distribution of every task, also of the built-in ones."""
    found = {one["name"]: one for one in listed(many)}
    mine = {
        key: found["many-0"][key] for key in ("version", "plugin", "distribution", "distribution_version", "suites")
    }
    assert mine == {
        "version": "1", "plugin": "many", "distribution": "xharness-many", "distribution_version": "1.4", "suites": [],
    }  # fmt: skip
    assert (found["xnli"]["plugin"], found["xnli"]["distribution"], found["xnli"]["suites"]) == (
        "xtreme",
        "xharness",
        ["xtreme"],
    )
