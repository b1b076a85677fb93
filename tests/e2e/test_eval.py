"""`xharness eval` runs the whole suite, survives interruption and killing, and refuses bad input before computing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tiny_xtreme import write_xtreme

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    """A folder with a made-up `xtreme` and its `xtreme-labels`."""
    root = tmp_path_factory.mktemp("tiny")
    write_xtreme(root)
    return root


@pytest.fixture(scope="module")
def all_heads(checkpoint_set, xlmr_qa, tmp_path_factory) -> Path:
    """A checkpoint set with a head for every task."""
    folder = tmp_path_factory.mktemp("set") / "all-heads"
    shutil.copytree(checkpoint_set, folder)
    shutil.copytree(xlmr_qa, folder / "tydiqa", dirs_exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def whole(xharness_command, tiny, all_heads, tmp_path_factory):
    """A complete, uninterrupted run."""
    out = tmp_path_factory.mktemp("whole")
    done = xharness_command("eval", all_heads, "--data", tiny / "xtreme", "--out", out)
    assert done.returncode == 0, done.stderr
    return out, done


def cell_bytes(out: Path) -> dict[str, str]:
    """The SHA-256 of every cell file of the only run in `out`."""
    run = next(out.glob("*/run.json")).parent
    return {
        str(path.relative_to(run)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(run.glob("cells/*/*.parquet"))
    }


def test_whole_suite(whole, shown):
    """All 162 cells are scored and averaged; made-up data never pass for the benchmark's."""
    out, done = whole
    run = shown(out)
    assert len({(cell["task"], cell["language"]) for cell in run["cells"]}) == 162
    assert run["complete"] is True
    assert run["official_data"] is False
    assert 0 <= run["average"] <= 1
    assert set(run["groups"]) == {"classification", "tagging", "qa", "retrieval"}
    assert "162 cells with" in done.stderr
    assert "not the official average" in done.stdout


def test_same_command_again_computes_nothing(whole, xharness_command, tiny, all_heads):
    """The second call keeps every cell."""
    out, _ = whole
    before = cell_bytes(out)
    done = xharness_command("eval", all_heads, "--data", tiny / "xtreme", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "0 cells with 0 examples to evaluate" in done.stderr
    assert "162 cells are there from before" in done.stderr
    assert cell_bytes(out) == before


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT], ids=["kill-9", "ctrl-c"])
def test_stopped_run_resumes_to_the_same_bytes(whole, xharness_command, tiny, all_heads, tmp_path, blow):
    """A run that is killed or interrupted half way continues, and ends with the bytes of an uninterrupted one."""
    command = [str(Path(sys.executable).with_name("xharness")), "eval", str(all_heads)]
    command += ["--data", str(tiny / "xtreme"), "--out", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=os.environ)
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and len(list(tmp_path.glob("*/cells/*/*.parquet"))) < 20:
        assert process.poll() is None, process.stderr.read()
    process.send_signal(blow)
    _, said = process.communicate(timeout=60)
    assert process.returncode == (130 if blow is signal.SIGINT else -signal.SIGKILL)
    if blow is signal.SIGINT:
        assert "Run the same command again" in said
    some = len(cell_bytes(tmp_path))
    assert 20 <= some < 162
    done = xharness_command("eval", all_heads, "--data", tiny / "xtreme", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"{some} cells are there from before" in done.stderr
    assert cell_bytes(tmp_path) == cell_bytes(whole[0])


def test_exported_run_scores_the_same(whole, xharness_command, shown, tiny, tmp_path):
    """The official submission folder of a run, scored again, gives the same numbers."""
    out, _ = whole
    assert xharness_command("export", out, "--out", tmp_path / "submission").returncode == 0
    done = xharness_command(
        "score", tmp_path / "submission", "--labels", tiny / "xtreme-labels", "--out", tmp_path / "runs"
    )
    assert done.returncode == 0, done.stderr
    again, first = shown(tmp_path / "runs"), shown(out)
    assert again["average"] == pytest.approx(first["average"], rel=1e-12)
    assert [cell["value"] for cell in again["cells"]] == pytest.approx([cell["value"] for cell in first["cells"]])


def test_changed_weight_is_another_run(xharness_command, tiny, bert_nli, tmp_path):
    """One changed byte of the weights gives another run: no cache is keyed by a name."""
    copy = tmp_path / "model" / bert_nli.name
    shutil.copytree(bert_nli, copy)
    arguments = ("--data", tiny / "xtreme", "--tasks", "xnli", "--languages", "en", "--out", tmp_path / "runs")
    assert xharness_command("eval", copy, *arguments).returncode == 0
    weights = copy / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert xharness_command("eval", copy, *arguments).returncode == 0
    assert len(list((tmp_path / "runs").glob("*/run.json"))) == 2


def test_absent_gold_is_no_gold(xharness_command, shown, tiny, bert_nli, tmp_path):
    """Cells without gold are predicted, stored, listed as `no gold`, and never counted as zero."""
    shutil.copytree(tiny / "xtreme" / "xnli", tmp_path / "xtreme" / "xnli")
    done = xharness_command(
        "eval", bert_nli, "--data", tmp_path / "xtreme", "--tasks", "xnli", "--out", tmp_path / "runs"
    )
    assert done.returncode == 0, done.stderr
    run = shown(tmp_path / "runs")
    assert run["cells"] == []
    assert {cell["status"] for cell in run["missing"] if cell["task"] == "xnli"} == {"no gold"}
    assert len(cell_bytes(tmp_path / "runs")) == 15
    assert "no gold" in done.stdout


def test_task_without_head_is_no_head(xharness_command, shown, tiny, bert_nli, tmp_path):
    """A classifier is not scored on tagging with random weights."""
    done = xharness_command(
        "eval", bert_nli, "--data", tiny / "xtreme", "--tasks", "xnli,udpos", "--languages", "en", "--out", tmp_path
    )
    assert done.returncode == 0, done.stderr
    run = shown(tmp_path)
    assert [(cell["task"], cell["language"]) for cell in run["cells"]] == [("xnli", "en")]
    assert ("udpos", "no head") in {(cell["task"], cell["status"]) for cell in run["missing"]}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--tasks", "xnly"], 2, ["no task of the suite 'xtreme' called 'xnly'", "Did you mean xnli"]),
        (["--languages", "xx"], 2, ["called 'xx'", "Known: af"]),
        (["--split", "xnli=tset"], 2, ["split of xnli called 'tset'", "test"]),
        (["--suite", "extreme"], 2, ["no suite called 'extreme'", "xtreme"]),
        (["--no-plugin", "xtrem"], 2, ["no plugin called 'xtrem'", "Did you mean xtreme"]),
        (["--index", "flatt"], 2, ["no index called 'flatt'", "flat"]),
        (["--variant", "papper"], 2, ["--variant papper", "fixed, paper"]),
        (["--dtype", "float64"], 2, ["--dtype float64", "bfloat16"]),
        (["--device", "cuda:9", "--tasks", "xnli"], 2, ["cuda"]),
        (["--train", "indirect"], 2, ["no recipe called 'indirect'", "Did you mean direct"]),
        (["--train", "nothing.toml"], 2, ["no recipe file nothing.toml", "xharness recipes"]),
        (["--train", "direct", "--set", "target.max_steps"], 2, ["--set target.max_steps: expected KEY=VALUE"]),
        (["--train", "direct", "--index", "flatt"], 2, ["no index called 'flatt'", "flat"]),
        (["--seed", "2"], 2, ["--seed", "add --train RECIPE"]),
        (["--label-names", "xnli"], 2, ["--label-names xnli: expected NAME=VALUE"]),
        (["--strict", "--tasks", "xnli"], 1, ["6 rows where the benchmark has 5,010", "--strict"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_bad_arguments_name_place_and_remedy(  # noqa: PLR0917  # pytest passes fixtures by name
    xharness_command, tiny, bert_nli, tmp_path, arguments, code, words
):
    """Used wrongly, the command says what is wrong and what exists, and writes nothing."""
    done = xharness_command("eval", bert_nli, "--data", tiny / "xtreme", "--out", tmp_path / "runs", *arguments)
    assert done.returncode == code, done.stderr
    for word in words:
        assert word in done.stderr
    assert not (tmp_path / "runs").exists()


def test_absent_data_folder(xharness_command, bert_nli, tmp_path):
    """A data folder that is not there is named with its flag."""
    done = xharness_command("eval", bert_nli, "--data", tmp_path / "nothing", "--out", tmp_path / "runs")
    assert done.returncode == 1
    assert "--data" in done.stderr
    assert "no such folder" in done.stderr


def test_absent_checkpoint(xharness_command, tiny, tmp_path):
    """A checkpoint that is neither folder nor hub id is refused with the forms that exist."""
    done = xharness_command("eval", "./nothing-here", "--data", tiny / "xtreme", "--out", tmp_path / "runs")
    assert done.returncode in {1, 2}
    assert "nothing-here" in done.stderr


def test_broken_files_are_listed_before_anything_is_computed(xharness_command, tiny, bert_nli, tmp_path):
    """Every broken file is named with line and remedy in one message; nothing is written."""
    for name in ("xtreme", "xtreme-labels"):
        shutil.copytree(tiny / name / "xnli", tmp_path / name / "xnli")
    (tmp_path / "xtreme" / "xnli" / "test-de.tsv").write_text("one column\n", encoding="utf-8")
    (tmp_path / "xtreme" / "xnli" / "test-sw.tsv").write_bytes(b"a\xff\tb\r\n")
    gold = tmp_path / "xtreme-labels" / "xnli" / "test-zh.tsv"
    gold.write_text(
        gold.read_text(encoding="utf-8").replace("neutral", "neutrl").replace("entail", "entale"), encoding="utf-8"
    )
    short = tmp_path / "xtreme-labels" / "xnli" / "test-fr.tsv"
    short.write_text("neutral\n", encoding="utf-8")
    done = xharness_command(
        "eval", bert_nli, "--data", tmp_path / "xtreme", "--tasks", "xnli", "--out", tmp_path / "runs"
    )
    assert done.returncode == 1
    assert "4 problems with the data; nothing was computed" in done.stderr
    for word in ("xnli/de", "test-de.tsv", "xnli/sw", "UTF-8", "xnli/zh", "test-zh.tsv", "xnli/fr", "test-fr.tsv"):
        assert word in done.stderr
    assert not (tmp_path / "runs").exists()


def test_several_checkpoints_in_one_call(xharness_command, tiny, bert_nli, xlmr_nli, tmp_path):
    """Each checkpoint gets its own run."""
    done = xharness_command(
        "eval",
        bert_nli,
        xlmr_nli,
        "--data",
        tiny / "xtreme",
        "--tasks",
        "xnli",
        "--languages",
        "en,zh",
        "--out",
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("*/run.json"))) == 2


def test_train_then_eval(xharness_command, shown, tiny, bert_encoder, tmp_path):
    """`--train direct` turns an encoder into a checkpoint set and evaluates it on every task."""
    done = xharness_command(
        "eval", bert_encoder, "--train", "direct", "--data", tiny / "xtreme", "--languages", "en,de", "--seed", 7,
        "--set", "target.max_steps=2", "--checkpoints", tmp_path / "sets", "--out", tmp_path / "runs",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    heads = {path.parent.name for path in (tmp_path / "sets").glob("*/*/config.json")}
    assert heads == {"xnli", "pawsx", "udpos", "panx", "squad", "tydiqa", "encoder"}
    assert len(list((tmp_path / "sets").glob("*-direct-seed7-*"))) == 1
    record = json.loads(next((tmp_path / "runs").glob("*/run.json")).read_text(encoding="utf-8"))
    assert set(record["model"]["record"]["heads"]["xnli"]["provenance"]) >= {"marks"}
    run = shown(tmp_path / "runs")
    assert {cell["task"] for cell in run["cells"]} == set(run["tasks"])


def test_data_verify(xharness_command, tiny):
    """Made-up data are told apart from the benchmark, in words, file by file."""
    done = xharness_command("data", "verify", tiny / "xtreme")
    assert done.returncode == 1
    assert "where the benchmark has 5,010" in done.stdout
