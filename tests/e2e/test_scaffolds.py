"""Every package that `xharness new` writes installs, is found in order, and passes its tests before anything is filled in."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from fresh_environments import Fresh, build_wheels, fresh_environment
from typer.testing import CliRunner
from xharness import plugins
from xharness.cli.app import app
from xharness.plugins import Candidate
from xharness.scaffolding.things import KINDS, Thing

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

INSTALLED = tuple(plugins.installed())
SEARCHED = ("retrieval", "mining")  # answered by any encoder
PACKAGES = {
    **{f"new-{kind.replace('_', '-')}": ("task", "--kind", kind) for kind in KINDS},
    **{f"new-{thing}": (str(thing),) for thing in Thing if thing is not Thing.TASK},
}


@pytest.fixture(scope="module")
def written(tmp_path_factory, xharness_command) -> Path:
    """The folder in which all of them were written by the command."""
    folder = tmp_path_factory.mktemp("new")
    for name, (thing, *more) in PACKAGES.items():
        done = xharness_command("new", thing, name, *more, cwd=folder)
        assert done.returncode == 0, done.stderr
        assert f"xharness check {name}" in done.stdout
    return folder


@pytest.fixture(scope="module")
def fresh(written, tmp_path_factory) -> Fresh:
    """An environment in which all of them are installed, from wheels."""
    root = tmp_path_factory.mktemp("installed")
    environment = fresh_environment(root / "environment")
    environment.install(*build_wheels([written / name for name in PACKAGES], root / "wheels"))
    return environment


@pytest.mark.parametrize("name", PACKAGES)
def test_own_tests_pass(fresh, written, name):
    """The tests that come with the package pass against the installed wheel."""
    fresh.run(fresh.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", cwd=written / name)


def test_all_are_offered(fresh, tmp_path):
    """Each is a plugin of its own distribution, offers what was asked for under its name, and none disturbs another."""
    found = {one["name"]: one for one in json.loads(fresh.run("xharness", "plugins", "--json", cwd=tmp_path).stdout)}
    offers = {
        "task": "tasks",
        "metric": "metrics",
        "suite": "suites",
        "stage": "training stages",
        "format": "leaderboard formats",
    }
    for name, (thing, *_) in PACKAGES.items():
        assert found[name]["distribution"] == f"xharness-{name}"
        (offered,) = found[name]["offers"][offers[thing]]
        assert offered.replace("_", "-") == name


def test_check_finds_nothing(fresh, tmp_path):
    """`xharness check` is content with a new task, and stores its fingerprint when it is told to."""
    fresh.run("xharness", "check", "new-classification", cwd=tmp_path)
    fresh.run("xharness", "check", "new-classification", "--update", cwd=tmp_path)
    again = json.loads(fresh.run("xharness", "check", "new-classification", "--json", cwd=tmp_path).stdout)
    assert "fingerprint" in json.dumps(again)


@pytest.mark.parametrize("name", PACKAGES)
def test_code_is_tidy(written, name):
    """A linter with its usual rules and a formatter find nothing to change."""
    for command in (["check", "--select", "E,F,I,B,UP,W"], ["format", "--check"]):
        arguments = [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length", "128", str(written / name)]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_new_task_gets_a_score(written, kind, bert_encoder, tmp_path, monkeypatch):
    """A head is trained for a new task where its kind has one, and every language of its test split is scored."""
    name = f"new-{kind.replace('_', '-')}"
    package = f"xharness_{name.replace('-', '_')}"
    monkeypatch.syspath_prepend(written / name)
    own = Candidate(name=name, distribution=name, version="0", load=lambda: importlib.import_module(package))
    monkeypatch.setattr(plugins, "installed", lambda: [*INSTALLED, own])
    monkeypatch.chdir(tmp_path)
    checkpoint = bert_encoder
    if kind not in SEARCHED:
        checkpoint = tmp_path / "set"
        short = ["--set", "target.max_steps=2", "--device", "cpu"]
        call("train", "direct", "--encoder", bert_encoder, "--suite", name, "--out", checkpoint, *short)
    call("eval", checkpoint, "--suite", name, "--device", "cpu")
    (run,) = (tmp_path / "runs").iterdir()
    cells = json.loads((run / "run.json").read_text("utf-8"))["cells"]
    assert {cell["status"] for cell in cells} == {"scored"}
    assert len({cell["language"] for cell in cells}) == 2


def call(*arguments: object) -> None:
    """Runs a command in this process, and asserts that it succeeds."""
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    assert done.exit_code == 0, f"{arguments}\n{done.output}\n{done.exception}"
