"""`xharness compare` and `xharness eval --baseline`: from stored runs to tables, files and pictures, or to a clear refusal."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest
from tiny_xtreme import write_xtreme
from xharness.cli import main
from xharness.cli.compare import repeated
from xharness.errors import UsageError

SPOILT = ("xnli", "xquad")
FORMATS = ("table", "json", "markdown", "csv", "latex")


def spoil(predictions: Path, start: int) -> None:
    """Makes every third answer of two tasks wrong, from the one at `start`."""
    for path in (predictions / "xnli").glob("*.tsv"):
        lines = path.read_text(encoding="utf-8").split("\n")
        lines[start:-1:3] = ["neutral"] * len(lines[start:-1:3])
        path.write_text("\n".join(lines), encoding="utf-8")
    for path in (predictions / "xquad").glob("*.json"):
        answers = json.loads(path.read_text(encoding="utf-8"))
        for name in [*answers][start::3]:
            answers[name] = "nothing of the kind"
        path.write_text(json.dumps(answers), encoding="utf-8")


@pytest.fixture(scope="module")
def scored(xharness_command, golden, tmp_path_factory):
    """Scores the golden predictions, spoilt from a start or whole, or some tasks of them; returns the run's folder."""
    root = tmp_path_factory.mktemp("scored")

    def score(name: str, start: int | None = None, tasks: tuple[str, ...] = ()) -> Path:
        predictions, out = root / name, root / "runs" / name
        if not out.exists():
            suite = golden / "full-suite"
            for task in tasks or [path.name for path in (suite / "predictions").iterdir()]:
                shutil.copytree(suite / "predictions" / task, predictions / task)
            if start is not None:
                spoil(predictions, start)
            done = xharness_command("score", predictions, "--labels", suite / "labels", "--out", out)
            assert done.returncode == 0, done.stderr
        return next(out.glob("*/run.json")).parent

    return score


@pytest.fixture(scope="module")
def two(scored) -> tuple[Path, Path]:
    """The golden predictions, and a copy that is worse on two tasks."""
    return scored("whole"), scored("spoilt", 0)


@pytest.fixture
def command(monkeypatch, capsys):
    """Calls the command in this process, which saves its start; an error that is not caught fails the test."""

    def call(*arguments: object) -> SimpleNamespace:
        monkeypatch.setattr(sys, "argv", ["xharness", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        said = capsys.readouterr()
        return SimpleNamespace(returncode=code, stdout=said.out, stderr=said.err)

    return call


def some(*arguments: object) -> tuple[object, ...]:
    """Arguments for a comparison of two tasks that takes no time."""
    return (*arguments, "--tasks", "xnli,xquad,pawsx", "--resamples", 1200)


# ---- forms ---------------------------------------------------------------------------------------------------------


def test_the_whole_suite_as_json(xharness_command, two):
    """All 162 cells are compared; what was spoilt is found worse, what was not is undecided and never called equal."""
    done = xharness_command("compare", two[1], "--baseline", two[0], "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(found["cells"]) == 162
    assert len(found["tasks"]) == 9
    assert set(found["groups"]) == {"classification", "tagging", "qa", "retrieval"}
    wanted = {"a", "b", "delta", "low", "high", "p", "p_adjusted", "n", "clusters", "method"}
    assert all(wanted <= set(row) for row in (found["overall"], *found["tasks"].values(), *found["cells"]))
    for name, row in found["tasks"].items():
        if name in SPOILT:
            assert (row["verdict"], row["p"]) == ("worse", 1 / 10_001)
            assert row["low"] < row["delta"] < row["high"] < 0
        else:
            assert (row["verdict"], row["p"], row["delta"], row["low"], row["high"]) == ("undecided", 1, 0, 0, 0)
    assert found["overall"]["verdict"] == "worse"
    assert "worse than" in found["sentence"]
    assert " on 2 of 9 tasks after Holm (xquad, xnli)" in found["sentence"] or "(xnli, xquad)" in found["sentence"]


def test_tables_in_every_form(command, two):
    """The five forms say the same; a pipe gets whole lines, markdown and LaTeX have equal rows."""
    texts = {}
    for form in FORMATS:
        done = command(*some("compare", two[1], "--baseline", two[0], "--format", form))
        assert done.returncode == 0, done.stderr
        texts[form] = done.stdout
    found = json.loads(texts["json"])
    lines = list(csv.DictReader(io.StringIO(texts["csv"])))
    assert len(lines) == 1 + len(found["groups"]) + 3 + len(found["cells"])
    cells = [float(line["delta"]) for line in lines if line["kind"] == "cell"]
    assert cells == [row["delta"] for row in found["cells"]]
    tables = re.findall(r"(?:^\|.*\n?)+", texts["markdown"], re.MULTILINE)
    assert tables
    for table in tables:
        assert len({line.count("|") - line.count("\\|") for line in table.splitlines()}) == 1
    assert texts["latex"].count(r"\begin{tabular}") == texts["latex"].count(r"\end{tabular}") > 0
    assert r"\toprule" in texts["latex"]
    assert "…" not in texts["table"]
    for form in ("table", "markdown"):
        assert "worse" in texts[form]
        assert "Holm" in texts[form]
    assert texts["table"].rstrip().endswith(found["sentence"])


@pytest.mark.parametrize(("name", "start"), [("x.svg", b"<?xml"), ("deep/x.png", b"\x89PNG")])
def test_a_picture_beside_the_table(command, two, tmp_path, name, start):
    """`--picture` draws the forest plot, in folders that need not exist, and leaves the output as it is."""
    done = command(*some("compare", two[1], "--baseline", two[0], "--picture", tmp_path / name, "--format", "csv"))
    assert done.returncode == 0, done.stderr
    content = (tmp_path / name).read_bytes()
    assert content.startswith(start)
    if name.endswith("svg"):
        assert ET.fromstring(content).tag.endswith("svg")  # noqa: S314  # made by the command above
    assert done.stdout.startswith("kind,")
    assert name in done.stderr
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [Path(name).name]


def test_several_baselines_after_one_flag(command, two, scored):
    """`--baseline A B` takes both as seeds, before the run or after it."""
    both = (two[1], scored("other", 1))
    done = command("compare", *some(two[0], "--baseline", *both, "--format", "json"))
    assert done.returncode == 0, done.stderr
    assert command("compare", "--baseline", *both, *some("--format", "json", two[0])) == done
    found = json.loads(done.stdout)
    assert (found["a"]["units"], found["b"]["units"]) == (1, 2)
    assert [run["name"] for run in found["b"]["runs"]] == ["spoilt", "other"]
    assert found["overall"]["test"] == "t over seeds"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a --baseline b", "a --baseline b"),
        ("a --baseline b c d", "a --baseline b --baseline c --baseline d"),
        ("--baseline b c --seed 1 a", "--baseline b --baseline c --seed 1 a"),
        ("--baseline b --baseline c -x d", "--baseline b --baseline c -x d"),
        ("--baseline b c -- a --baseline", "--baseline b --baseline c -- a --baseline"),
        ("--seed 1 a", "--seed 1 a"),
        ("--baseline=b a", "--baseline=b a"),
        ("a --baseline -", "a --baseline -"),
    ],
)
def test_values_of_the_flag_end_with_the_next_option(given, expected):
    """Every value gets its own flag, up to the next option; what follows `--` is left alone."""
    assert repeated("--baseline", given.split()) == expected.split()


@pytest.mark.parametrize(
    "given", ["a --baseline", "--baseline --seed 1 a", "--baseline -- a", "--baseline --baseline b"]
)
def test_the_flag_needs_a_value(given):
    """A flag without a run does not swallow the option that follows it."""
    with pytest.raises(UsageError, match="--baseline names no run"):
        repeated("--baseline", given.split())


def test_a_run_against_itself(command, two):
    """The command says in one sentence that there is no difference at all."""
    done = command(*some("compare", two[0], "--baseline", two[0], "--zero-shot"))
    assert done.returncode == 0, done.stderr
    assert "no difference at all" in done.stdout.splitlines()[-1]
    assert "better" not in done.stdout.splitlines()[-1]


def test_scores_come_with_intervals(command, two):
    """`score` stores an interval of every main score, and `show` has low and high around it in JSON and CSV."""
    assert json.loads((two[0] / "run.json").read_text(encoding="utf-8"))["intervals"]["average"]
    found = json.loads(command("show", two[0], "--format", "json").stdout)
    main = [cell for cell in found["cells"] if cell["main"]]
    assert len(main) == 162 + 11 + 7 + 9
    assert all(cell["low"] <= cell["value"] <= cell["high"] and cell["low"] < cell["high"] for cell in main)
    assert found["intervals"]["average"]["low"] < found["average"] < found["intervals"]["average"]["high"]
    lines = list(csv.DictReader(io.StringIO(command("show", two[0], "--format", "csv").stdout)))
    assert all(float(one["low"]) < float(one["high"]) for one in lines if one["main"] == "True")


# ---- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["BAD"], 2, ["--baseline RUN"]),
        (["GOOD", "--baseline"], 2, ["--baseline names no run"]),
        (["GOOD", "--baseline", "--tasks", "xnli"], 2, ["--baseline names no run"]),
        (["GOOD", "--baseline", "BAD", "--baseline"], 2, ["--baseline names no run"]),
        (["GOOD", "--baseline", "nowhere"], 2, ["There is no run at nowhere"]),
        (["nowhere", "--baseline", "GOOD"], 2, ["There is no run at nowhere"]),
        (["ONE", "--baseline", "OTHER"], 2, ["nothing to compare", "xnli (ar, bg,", "pawsx (de, en,"]),
        (["BAD", "--baseline", "GOOD", "GOOD"], 2, ["given twice"]),
        (["BAD", "--baseline", "GOOD", "--resamples", "20"], 2, ["too few for holm over 9", "--resamples 179"]),
        (["BAD", "--baseline", "GOOD", "--picture", "x.pdf"], 2, ["x.pdf", ".svg or .png"]),
        (["BAD", "--baseline", "GOOD", "--format", "html"], 2, ["--format html", "latex"]),
        (["BAD", "--baseline", "GOOD", "--tasks", "xnly"], 2, ["Did you mean xnli"]),
        (["BAD", "--baseline", "GOOD", "--paired-seeds"], 2, ["at least two runs on each side"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_refusals_name_place_and_remedy(  # noqa: PLR0917  # pytest passes fixtures by name
    command, two, scored, tmp_path, monkeypatch, arguments, code, words
):
    """What cannot be compared is refused in words; nothing is printed or drawn."""
    places = {"GOOD": two[0], "BAD": two[1]}
    if "ONE" in arguments:
        places |= {"ONE": scored("one", tasks=("xnli",)), "OTHER": scored("another", tasks=("pawsx",))}
    given = [places.get(one, one) for one in arguments]
    if "--picture" not in arguments:
        given += ["--picture", tmp_path / "x.svg"]
    monkeypatch.chdir(tmp_path)
    done = command("compare", *given)
    assert done.returncode == code, done.stderr
    for word in words:
        for name, place in places.items():
            word = word.replace(name, str(place))  # noqa: PLW2901
        assert word in done.stderr
    assert done.stdout == ""
    assert not [*tmp_path.glob("*.svg"), *tmp_path.glob("*.pdf"), *tmp_path.glob(".x*")]


def test_a_damaged_cell_is_refused(xharness_command, two, tmp_path):
    """One flipped bit in a cell's file ends the comparison with its name and the way out; nothing is printed or drawn."""
    shutil.copytree(two[1], tmp_path / "run")
    path = tmp_path / "run" / "cells" / "xnli" / "sw.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    arguments = (two[0], "--baseline", tmp_path / "run", "--picture", tmp_path / "x.svg", "--format", "json")
    done = xharness_command("compare", *arguments)
    assert done.returncode == 1
    for word in ("xnli/sw", f"{path} is damaged", "Delete that file", "again"):
        assert word in done.stderr
    assert done.stdout == ""
    assert not [*tmp_path.glob("*.svg"), *tmp_path.glob(".*")]
    assert (
        xharness_command(*some("compare", two[0], "--baseline", tmp_path / "run", "--languages", "de")).returncode == 0
    )


# ---- eval --baseline -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def evaluated(xharness_command, bert_nli, tmp_path_factory):
    """Data, and a run of a tiny checkpoint on them."""
    root = tmp_path_factory.mktemp("evaluated")
    write_xtreme(root, n=12)
    arguments = ("--data", root / "xtreme", "--tasks", "xnli", "--languages", "en,zh")
    done = xharness_command("eval", bert_nli, *arguments, "--out", root / "runs")
    assert done.returncode == 0, done.stderr
    return arguments, root / "runs"


@pytest.mark.slow
def test_eval_ends_with_the_comparison(xharness_command, evaluated, xlmr_nli, bert_nli, tmp_path):
    """`eval --baseline` prints scores with intervals and then the table that `compare` prints, for each checkpoint."""
    arguments, baseline = evaluated
    done = xharness_command("eval", xlmr_nli, bert_nli, *arguments, "--out", tmp_path / "runs", "--baseline", baseline)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("±") > 4
    run = next(path for path in (tmp_path / "runs").iterdir() if path.name.startswith(xlmr_nli.name))
    compared = xharness_command("compare", run, "--baseline", baseline)
    assert compared.returncode == 0, compared.stderr
    assert compared.stdout in done.stdout
    assert "no difference at all in 2 cells" in done.stdout.splitlines()[-1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        (["--limit", "5"], 2, ["its limit is none, this one's 5 examples", "Nothing was computed"]),
        (["--variant", "paper"], 2, ["its variant is fixed, this one's paper"]),
        (["--split", "dev"], 2, ["its split of xnli is test, this one's dev"]),
        (["--baseline", "nowhere"], 2, ["There is no run at nowhere"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_baseline_that_cannot_be_compared_is_refused_first(  # noqa: PLR0917  # pytest passes fixtures by name
    xharness_command, evaluated, xlmr_nli, tmp_path, more, code, words
):
    """What stands in the way of the comparison is said before anything is computed or written."""
    arguments, baseline = evaluated
    done = xharness_command(
        "eval", xlmr_nli, *arguments, "--out", tmp_path / "runs", "--baseline", baseline, *more, cwd=tmp_path
    )
    assert done.returncode == code, done.stderr
    for word in words:
        assert word in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--split", "dev"], ["xnli/en: the split differs: dev in", "test in", "xnli/zh"]),
        (["--variant", "paper"], ["the variant 'paper'", "'fixed'"]),
        (["--limit", "5"], ["the limit on examples differs: 5 in", "none in", "xnli/zh"]),
    ],
    ids=" ".join,
)
def test_runs_made_otherwise_are_not_compared(xharness_command, evaluated, bert_nli, tmp_path, more, words):
    """A run on another split, of another variant, or of fewer examples is refused with both values and both runs."""
    arguments, baseline = evaluated
    done = xharness_command("eval", bert_nli, *arguments, *more, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    done = xharness_command("compare", tmp_path, "--baseline", baseline)
    assert done.returncode == 1
    for word in (*words, str(tmp_path), str(baseline)):
        assert word in done.stderr
    assert done.stdout == ""
