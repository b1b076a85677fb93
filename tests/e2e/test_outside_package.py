"""A package from outside, installed from its wheel, adds a task to train on and a training stage like a built-in does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap

import pytest
from tiny_xtreme import write_xtreme

pytestmark = pytest.mark.slow

PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "xharness-outside"
version = "0.7"

[project.entry-points.xharness]
outside = "xharness_outside"
"""

MODULE = '''
"""A task to train on, and a stage that copies nothing but a note."""

import xharness


def load(request):
    words = ("good", "bad", "ugly", "fine")
    rows = [(f"{request.split}-{n}", words[n % 4], words[(n // 4) % 4]) for n in range(16)]
    examples = [
        xharness.Example(
            id=name,
            cluster=name,
            inputs=xharness.TextPair(first=one, second=two),
            gold="same" if one == two else "other",
        )
        for name, one, two in rows
    ]
    return xharness.Split(
        task="sameness", language="en", name=request.split, examples=examples, version="1", source="made up"
    )


@xharness.hookimpl
def xharness_tasks():
    return [
        xharness.Task(
            name="sameness",
            version="1",
            kind=xharness.Kind.PAIR_CLASSIFICATION,
            languages=("en",),
            labels=("same", "other"),
            metrics=("accuracy",),
            main=("accuracy",),
            head="sameness",
            splits=("train", "dev"),
            load=load,
        )
    ]


def train(request):
    request.out.mkdir(parents=True, exist_ok=True)
    (request.out / "note.txt").write_text(f"{request.encoder} {request.seed} {sorted(request.offered)}")
    head = xharness.TrainedHead(name="note", value=0.5, chance=0.5, n=4, metric="accuracy", collapsed=True)
    return xharness.TrainedSet(folder=request.out, heads=(head,))


@xharness.hookimpl
def xharness_training_stages():
    return [xharness.TrainingStage(name="note-only", description="Writes a note.", train=train, seeds=(1, 2))]
'''

RECIPE = """
[intermediate]
tasks = ["sameness"]
max_steps = 2

[target]
max_steps = 2
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> dict[str, str]:
    """The environment of a process that has the outside package, built as a wheel and installed by pip."""
    root = tmp_path_factory.mktemp("outside")
    package = root / "source" / "xharness_outside"
    package.mkdir(parents=True)
    (root / "source" / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (package / "__init__.py").write_text(textwrap.dedent(MODULE), encoding="utf-8")
    build = ["-m", "build", "--wheel", "--no-isolation", "--outdir", str(root), str(root / "source")]
    subprocess.run([sys.executable, *build], check=True, capture_output=True)
    wheel = next(root.glob("*.whl"))
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(root / "site"), str(wheel)]
    subprocess.run([sys.executable, *install], check=True, capture_output=True)
    before = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([str(root / "site"), *([before] if before else [])])}


def test_offers_are_listed_beside_the_built_in_ones(xharness_command, installed):
    """Plugin, task and stage are listed with the distribution they come from; the task is one to train on."""
    plugins = json.loads(xharness_command("plugins", "--json", env=installed).stdout)
    outside = plugins[-1]
    assert (outside["name"], outside["distribution"], outside["version"]) == ("outside", "xharness-outside", "0.7")
    task = json.loads(xharness_command("tasks", "sameness", "--json", env=installed).stdout)
    assert (task["suites"], task["splits"]) == ([], ["train", "dev"])
    recipes = json.loads(xharness_command("recipes", "--json", env=installed).stdout)
    assert {"direct", "note-only"} <= {recipe["name"] for recipe in recipes}


def test_stage_from_outside_trains_a_grid(xharness_command, installed, tmp_path):
    """The outside stage is asked through `xharness train` as a built-in is, and what collapsed is listed."""
    done = xharness_command("train", "note-only", "--grid", "--encoder", "org/e", "--out", tmp_path, env=installed)
    assert done.returncode == 0, done.stderr
    for seed in (1, 2):
        note = (tmp_path / f"e-note-only-seed{seed}" / "note.txt").read_text(encoding="utf-8")
        assert note.startswith(f"org/e {seed} ")
        assert "'sameness'" in note
        assert f"e-note-only-seed{seed}/note 50.0 (chance 50.0)" in done.stdout


def test_recipe_trains_on_the_task_from_outside(xharness_command, installed, bert_encoder, tmp_path):
    """A recipe names the outside task as an intermediate one; the head's record has task, scores and the package's version."""
    write_xtreme(tmp_path)
    (tmp_path / "mine.toml").write_text(RECIPE, encoding="utf-8")
    done = xharness_command(
        "train", tmp_path / "mine.toml", "--encoder", bert_encoder, "--data", tmp_path / "xtreme", "--tasks", "xnli",
        "--out", tmp_path / "set", "--device", "cpu", env=installed,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "set" / "xnli" / "config.json").is_file()
    assert (tmp_path / "set" / "encoder" / "config.json").is_file()
    head = json.loads((tmp_path / "set" / "xnli" / "provenance.json").read_text(encoding="utf-8"))
    encoder = head["parent"]["provenance"]
    (part,) = encoder["made_from"]["parts"]
    assert (part["task"], part["examples"], part["languages"]) == ("sameness", 16, ["en"])
    assert (encoder["training"]["steps"], encoder["dev"]["n"]) == (2, 16)
    assert encoder["plugins"]["outside"] == "xharness-outside 0.7"
    assert encoder["parent"]["name"] == bert_encoder.name
    assert head["seen"] == {"labelled": {"en": ["sameness", "xnli"]}, "text": [], "targets": ["xnli"]}
    shown = xharness_command("show", tmp_path / "set", env=installed).stdout
    assert shown.index("sameness 16 examples (en)") < shown.index("xnli 48 examples (en)")


def test_recipe_without_the_package_is_refused_before_training(xharness_command, bert_encoder, tmp_path):
    """Where the package is not installed, its task is unknown: an error that names it, and nothing is trained."""
    write_xtreme(tmp_path)
    (tmp_path / "mine.toml").write_text(RECIPE, encoding="utf-8")
    done = xharness_command(
        "train", tmp_path / "mine.toml", "--encoder", bert_encoder, "--data", tmp_path / "xtreme", "--tasks", "xnli",
        "--out", tmp_path / "set",
    )  # fmt: skip
    assert done.returncode == 2
    assert "'sameness'" in done.stderr
    assert not (tmp_path / "set" / "xnli").exists()
