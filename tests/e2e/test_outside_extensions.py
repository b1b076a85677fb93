"""Five packages from outside, built as wheels and installed in a fresh environment, work from the command line as built-ins do.

They stand in tests/plugins/outside, each a project of its own, and nothing in the core knows of them.
"""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from fresh_environments import Fresh, build_wheels, fresh_environment

pytestmark = pytest.mark.slow

OUTSIDE = Path(__file__).parents[1] / "plugins" / "outside"
PROJECTS = ("many-answers", "sib200", "wikitext", "word-vectors", "xcopa")
TASKS = ("many-answers", "sib200", "xcopa")
MOST_LINES = 15


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Fresh:
    """The environment with all five installed."""
    root = tmp_path_factory.mktemp("outside")
    copies = root / "projects"
    shutil.copytree(OUTSIDE, copies, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    environment = fresh_environment(root / "environment")
    environment.install(*build_wheels([copies / name for name in PROJECTS], root / "wheels"))
    return environment


@pytest.fixture
def evaluate(fresh, tmp_path):
    """Evaluates a checkpoint on one task from outside and returns the run and its cells by language."""

    def call(checkpoint: Path, task: str) -> tuple[Path, dict[str, Any]]:
        fresh.run("xharness", "eval", checkpoint, "--suite", task, "--device", "cpu", cwd=tmp_path)
        (run,) = (tmp_path / "runs").iterdir()
        return run, {cell["language"]: cell for cell in json.loads((run / "run.json").read_text("utf-8"))["cells"]}

    return call


def scores(cell: dict[str, Any]) -> dict[str, float]:
    """The scores of a cell by metric."""
    return {score["metric"]: score["value"] for score in cell["scores"]}


def test_all_are_listed_with_their_distribution(fresh, tmp_path):
    """`plugins` names each with its own distribution and version, after the built-in ones."""
    found = json.loads(fresh.run("xharness", "plugins", "--json", cwd=tmp_path).stdout)
    outside = [plugin for plugin in found if plugin["distribution"] != "xharness"]
    assert [(one["name"], one["distribution"], one["version"]) for one in outside] == [
        (name, f"xharness-{name}", "0.1.0") for name in PROJECTS
    ]
    assert found[-len(outside) :] == outside


@pytest.mark.parametrize("name", PROJECTS)
def test_own_tests_pass(fresh, tmp_path, name):
    """The package's own tests pass against the installed wheel, outside of its folder."""
    for part in ("tests", "vectors"):
        if (OUTSIDE / name / part).is_dir():
            shutil.copytree(OUTSIDE / name / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    fresh.run(fresh.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", cwd=tmp_path)


def test_choices_are_evaluated_and_put_on_a_board(fresh, evaluate, write_checkpoint, tmp_path):
    """A multiple-choice head gets an accuracy in each of eleven languages; the run becomes a board in the outside format."""
    run, cells = evaluate(write_checkpoint(family="xlmr", head="choice", seed=3), "xcopa")
    assert sorted(cells) == ["et", "ht", "id", "it", "qu", "sw", "ta", "th", "tr", "vi", "zh"]
    assert {cell["status"] for cell in cells.values()} == {"scored"}
    assert {scores(cell)["accuracy"] for cell in cells.values()} <= {0, 0.25, 0.5, 0.75, 1}
    assert {cell["task_version"] for cell in cells.values()} == {"1"}
    fresh.run("xharness", "leaderboard", "new", "board", "--title", "A [[board]]", "--like", run, cwd=tmp_path)
    fresh.run("xharness", "leaderboard", "add", run, "--name", "a | b", cwd=tmp_path)
    fresh.run("xharness", "leaderboard", "build", "--format", "wikitext", cwd=tmp_path)
    (table,) = tmp_path.rglob("*.wiki")
    text = table.read_text(encoding="utf-8")
    assert "|+ A &#91;&#91;board&#93;&#93;\n" in text
    assert "| 1 || a &#124; b || " in text


def test_topics_are_evaluated(evaluate, write_checkpoint):
    """A classifier gets macro F1 as the main score, accuracy beside it, and intervals from the same rows."""
    labels = ("science/technology", "travel", "politics", "sports", "health", "entertainment", "geography")
    run, cells = evaluate(write_checkpoint(head="sequence", labels=labels), "sib200")
    assert sorted(cells) == ["en", "sw", "zh"]
    assert all(set(scores(cell)) == {"macro_f1", "accuracy"} for cell in cells.values())
    assert {score["metric"] for cell in cells.values() for score in cell["scores"] if score["main"]} == {"macro_f1"}
    intervals = json.loads((run / "run.json").read_text("utf-8"))["intervals"]["cells"]
    for language, cell in cells.items():
        interval = intervals[f"sib200/{language}"]["macro_f1"]
        assert interval["low"] <= scores(cell)["macro_f1"] <= interval["high"]


def test_word_vectors_rank_a_multilingual_pool(evaluate):
    """The loader, the ranking predictor and the metric, from two packages, meet in one run with the built-in index."""
    _, cells = evaluate(OUTSIDE / "word-vectors" / "vectors" / "tiny.vec", "same-event")
    assert sorted(cells) == ["de", "en", "fr", "sw"]
    assert all(1 / 3 <= scores(cells[one])["map_at_20"] < 1 for one in ("en", "sw"))  # at least each other, of three
    assert all(0 < scores(cells[one])["map_at_20"] < 1 / 3 for one in ("de", "fr"))  # words that the file does not have
    assert cells["de"]["signature"]["depth"] == 20
    assert cells["de"]["signature"]["pooling"] == "mean of word vectors"


def test_transformers_encoder_ranks_too(evaluate, bert_encoder):
    """The same task is answered by a built-in kind of checkpoint."""
    _, cells = evaluate(bert_encoder, "same-event")
    assert {cell["status"] for cell in cells.values()} == {"scored"}


def lines_beyond_fields(file: Path) -> int:
    """Counts the lines of a task's file that a writer thinks about.

    Left out are blank lines, comments, docstrings, and the mapping `fields=…`, which says what the columns of the data hold.
    """
    text = file.read_text(encoding="utf-8")
    tree = ast.parse(text)
    left_out: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            left_out |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        if isinstance(node, ast.keyword) and node.arg == "fields":
            left_out |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1)]
    return sum(1 for number, line in lines if line and not line.startswith("#") and number not in left_out)


@pytest.mark.parametrize("name", TASKS)
def test_task_takes_fifteen_lines(name):
    """Name, kind, labels, languages, metrics, licence, citation, source and hook of a task stand in 15 lines at most."""
    (file,) = (OUTSIDE / name).glob("xharness_*/__init__.py")
    assert lines_beyond_fields(file) <= MOST_LINES
