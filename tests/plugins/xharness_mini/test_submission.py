"""Runs on the suite become submission folders and are scored again from them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import xharness_mini

pytestmark = pytest.mark.slow
DATA = Path(xharness_mini.__file__).parent / "data"


def _xharness(*arguments: object) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "xharness", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def _scores(out: Path) -> dict[tuple[str, str, str], float]:
    record = json.loads(next(out.glob("*/run.json")).read_text("utf-8"))
    return {
        (cell["task"], cell["language"], score["metric"]): score["value"]
        for cell in record["cells"]
        for score in cell["scores"]
    }


def test_a_run_exported_and_scored_has_the_same_scores(checkpoint_set: Path, xlmr_qa: Path, tmp_path: Path) -> None:
    """All that a checkpoint set can do on the suite is scored; exported and scored from the files, it is the same."""
    heads = tmp_path / "heads"
    for head, task in {"xnli": "mini-nli", "panx": "mini-ner", "encoder": "encoder"}.items():
        shutil.copytree(checkpoint_set / head, heads / task)
    shutil.copytree(xlmr_qa, heads / "mini-qa")
    languages = (
        "--languages",
        "en,de,zh",
        "--tasks",
        "mini-nli,mini-ner,mini-qa,mini-qa-mixed,mini-mining,mini-retrieval",
    )
    _xharness("eval", heads, "--suite", "mini", "--out", tmp_path / "runs", *languages)
    run = next((tmp_path / "runs").glob("*/run.json")).parent
    _xharness("export", run, "--out", tmp_path / "sent")
    sent = ("--suite", "mini", "--labels", DATA, "--out", tmp_path / "again", *languages)
    _xharness("score", tmp_path / "sent", *sent)
    assert len(_scores(tmp_path / "runs")) >= 18
    assert _scores(tmp_path / "again") == _scores(tmp_path / "runs")
