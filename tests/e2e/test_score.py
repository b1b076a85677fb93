"""`xharness score` gives the official scorer's numbers, file by file."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

import pytest

GROUPS = ("classification", "tagging", "qa", "retrieval")


def assert_official(shown: dict, expected: dict, tasks: set[str]) -> int:
    """Compares every per-language score and task mean, in percent there and fractions here; returns how many."""
    ours = {(cell["task"], cell["metric"], cell["language"]): cell["value"] for cell in shown["cells"]}
    compared = 0
    for task in tasks:
        for metric, values in expected[task].items():
            if not isinstance(values, dict):
                continue
            for language, value in values.items():
                assert ours[task, metric, language] == pytest.approx(value / 100, rel=1e-6, abs=1e-12)
                compared += 1
    return compared


def test_full_suite_equals_the_official_scorer(xharness_command, shown, golden, tmp_path):
    """Every score, task mean, group and the average of 162 made-up cells agree with the official scorer's output."""
    suite = golden / "full-suite"
    done = xharness_command("score", suite / "predictions", "--labels", suite / "labels", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    run = shown(tmp_path)
    expected = json.loads((suite / "expected.json").read_text(encoding="utf-8"))
    tasks = set(run["tasks"])
    assert len(tasks) == 9
    assert assert_official(run, expected, tasks) >= 162
    for task in tasks:
        assert run["tasks"][task] == pytest.approx(expected[task]["avg_metric"] / 100, rel=1e-6)
    for group in GROUPS:
        assert run["groups"][group] == pytest.approx(expected[group] / 100, rel=1e-6)
    assert run["average"] == pytest.approx(expected["all_task"] / 100, rel=1e-6)
    assert run["complete"] is True
    assert run["missing"] == []
    assert run["official_data"] is False, "made-up data must not pass for the benchmark's"


@pytest.mark.shared
@pytest.mark.slow
def test_real_gold_equals_the_official_scorer(xharness_command, shown, shared, tmp_path):
    """Spoilt predictions for all real gold (MLQA and BUCC on dev) get the official scorer's scores."""
    labels, made = shared / "data" / "xtreme-labels", tmp_path / "made"
    subprocess.run([sys.executable, shared / "golden" / "make_predictions.py", labels, made, "11"], check=True)
    done = xharness_command(
        "score", made, "--labels", labels, "--split", "mlqa=dev,bucc2018=dev", "--out", tmp_path / "runs"
    )
    assert done.returncode == 0, done.stderr
    expected = json.loads((shared / "golden" / "expected-seed11.json").read_text(encoding="utf-8"))["scores"]
    assert assert_official(shown(tmp_path / "runs"), expected, set(expected)) > 120


def test_absent_tasks_and_languages_are_listed(xharness_command, shown, golden, tmp_path):
    """What a submission lacks is listed as missing; the rest is scored; there is no average."""
    suite = golden / "full-suite"
    for name in ("xnli", "tatoeba"):
        shutil.copytree(suite / "predictions" / name, tmp_path / "mine" / name)
    (tmp_path / "mine" / "xnli" / "test-sw.tsv").unlink()
    done = xharness_command("score", tmp_path / "mine", "--labels", suite / "labels", "--out", tmp_path / "runs")
    assert done.returncode == 0, done.stderr
    run = shown(tmp_path / "runs")
    missing = {(cell["task"], cell["language"]): cell["reason"] for cell in run["missing"]}
    assert "no file for xnli/sw" in missing["xnli", "sw"]
    assert ("udpos", "af") in missing
    assert len(missing) == 162 - 14 - 36
    assert run["average"] is None
    assert run["tasks"]["xnli"] is None
    assert run["tasks"]["tatoeba"] is not None


def test_broken_files_are_all_named_and_nothing_is_written(xharness_command, golden, tmp_path):
    """Malformed predictions are reported together, each with its file, and no run appears."""
    suite = golden / "full-suite"
    shutil.copytree(suite / "predictions", tmp_path / "mine")
    short = tmp_path / "mine" / "xnli" / "test-sw.tsv"
    short.write_text("\n".join(short.read_text(encoding="utf-8").splitlines()[:-1]) + "\n", encoding="utf-8")
    (tmp_path / "mine" / "xquad" / "test-de.json").write_text('{"a": "b",', encoding="utf-8")
    done = xharness_command("score", tmp_path / "mine", "--labels", suite / "labels", "--out", tmp_path / "runs")
    assert done.returncode == 1
    assert "2 files cannot be scored; nothing was written" in done.stderr
    assert "xnli/sw" in done.stderr
    assert "test-sw.tsv" in done.stderr
    assert "49" in done.stderr
    assert "50" in done.stderr
    assert "xquad/de" in done.stderr
    assert "test-de.json" in done.stderr
    assert not (tmp_path / "runs").exists()


def test_export_gives_back_the_submission(xharness_command, shown, golden, tmp_path):
    """A run exported in the official layout scores exactly as before."""
    suite = golden / "full-suite"
    arguments = ("--labels", suite / "labels", "--out")
    xharness_command("score", suite / "predictions", *arguments, tmp_path / "first")
    done = xharness_command("export", tmp_path / "first", "--format", "xtreme", "--out", tmp_path / "submission")
    assert done.returncode == 0, done.stderr
    assert "162 files" in done.stdout
    xharness_command("score", tmp_path / "submission", *arguments, tmp_path / "second")
    assert shown(tmp_path / "second")["cells"] == shown(tmp_path / "first")["cells"]


def test_forms_of_show(xharness_command, golden, tmp_path):
    """Table, markdown and CSV show the same run; an unknown form and an absent run are usage errors."""
    suite = golden / "full-suite"
    xharness_command("score", suite / "predictions", "--labels", suite / "labels", "--out", tmp_path)
    table = xharness_command("show", tmp_path).stdout
    assert re.search(
        r"Average \(xtreme-nine-task-mean 1\): 71\.8 \[\d\d\.\d, \d\d\.\d\] \(not the official average\)", table
    )
    assert "…" not in table, "a pipe gets the whole table"
    markdown = xharness_command("show", tmp_path, "--format", "markdown").stdout
    assert markdown.count("\n|") == 43
    lines = xharness_command("show", tmp_path, "--format", "csv").stdout.splitlines()
    assert lines[0].startswith("task,language,split,metric,value")
    assert len(lines) > 162
    assert xharness_command("show", tmp_path, "--format", "yaml").returncode == 2
    absent = xharness_command("show", tmp_path / "nothing")
    assert absent.returncode == 2
    assert "There is no run at" in absent.stderr
