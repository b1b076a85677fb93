"""`xharness leaderboard`: from stored runs to a board that anyone can check, or to a clear refusal."""

from __future__ import annotations

import json
import shutil
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from xharness.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOSTILE = '<script>window.xss=1</script> | [x](javascript:y) "q" ..'


def spoil(predictions: Path, every: int) -> None:
    """Makes every so manieth answer of one task wrong."""
    for path in (predictions / "xnli").glob("*.tsv"):
        lines = path.read_text(encoding="utf-8").split("\n")
        lines[0:-1:every] = ["neutral"] * len(lines[0:-1:every])
        path.write_text("\n".join(lines), encoding="utf-8")


@pytest.fixture(scope="module")
def runs(xharness_command, golden, tmp_path_factory) -> dict[str, Path]:
    """The golden predictions of two tasks, and two spoilt copies, scored."""
    root, suite = tmp_path_factory.mktemp("scored"), golden / "full-suite"
    found = {}
    for name, every in (("whole", 0), ("worse", 2), ("worst", 1)):
        for task in ("xnli", "bucc2018", "tydiqa"):
            shutil.copytree(suite / "predictions" / task, root / name / task)
        if every:
            spoil(root / name, every)
        done = xharness_command("score", root / name, "--labels", suite / "labels", "--out", root / "runs" / name)
        assert done.returncode == 0, done.stderr
        found[name] = next((root / "runs" / name).glob("*/run.json")).parent
    return found


@pytest.fixture
def command(monkeypatch, capsys, tmp_path) -> Callable[..., SimpleNamespace]:
    """Calls `xharness leaderboard` in this process, in a folder of its own; an error that is not caught fails the test."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> SimpleNamespace:
        monkeypatch.setattr(sys, "argv", ["xharness", "leaderboard", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        said = capsys.readouterr()
        return SimpleNamespace(returncode=code, stdout=said.out, stderr=said.err)

    return call


@pytest.fixture
def board(command, runs, tmp_path) -> Path:
    """A board like the first run, with two systems, built."""
    title = ("--title", "XTREME | three tasks", "--description", "Golden predictions", "--baseline", "Whole")
    assert command("new", "golden", *title, "--like", runs["whole"], "--resamples", 200).returncode == 0
    done = command(
        "add", runs["whole"], "--name", "Whole", "--link", "https://example.org/whole", "--date", "2026-01-02"
    )
    assert done.returncode == 0, done.stderr
    assert command("add", runs["worse"], "--name", HOSTILE, "--date", "2026-01-02").returncode == 0
    return tmp_path / "leaderboards"


def test_a_board_from_its_beginning_to_its_check(command, board, runs):
    """new, add, build, verify and remove work together; what was built is what `verify` expects, also elsewhere."""
    names = {path.name for path in board.iterdir()}
    assert {"golden", "golden.md", "golden.html", "README.md"} <= names
    done = command("verify")
    assert (done.returncode, done.stdout) == (0, "golden: 2 runs, as it was written\n")
    before = (board / "golden.md").read_bytes()
    assert command("add", runs["worst"], "--name", "Worst", "--board", "golden").returncode == 0
    assert b"Worst" in (board / "golden.md").read_bytes()
    assert command("remove", "Worst").returncode == 0
    assert (board / "golden.md").read_bytes() == before
    shutil.copytree(board, board.parent / "clone")
    assert command("verify", "golden", "--root", board.parent / "clone").returncode == 0
    for path in (board / "README.md", board / "golden.md"):
        assert "<script>" not in path.read_text(encoding="utf-8")


def test_verify_fails_and_names_the_place(command, board):
    """Exit code 1, the file, and what to do; the other boards are checked too."""
    path = next((board / "golden" / "runs").glob("whole-*")) / "run.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("whole", "hole", 1), encoding="utf-8")
    done = command("verify")
    assert done.returncode == 1
    assert str(path.relative_to(board.parent)) in done.stderr
    assert "golden: 2 runs, 1 problems" in done.stdout
    path.write_text(text, encoding="utf-8")
    markdown = board / "golden.md"
    markdown.write_text(markdown.read_text(encoding="utf-8").replace("Whole", "Best", 1), encoding="utf-8")
    done = command("verify", "golden")
    assert done.returncode == 1
    assert "golden.md, line " in done.stderr
    assert command("build").returncode == 0
    assert command("verify").returncode == 0


def test_other_forms_on_request(command, board):
    """`--format` writes forms for papers and programs beside the board, and `verify` checks them from then on."""
    done = command("build", "--format", "json", "--format", "latex")
    assert done.returncode == 0, done.stderr
    written = [line.removeprefix("Wrote ") for line in done.stdout.splitlines()]
    (found,) = [path for path in written if path.endswith("golden.json")]
    content = json.loads((board.parent / found).read_text(encoding="utf-8"))
    assert HOSTILE in json.dumps(content, ensure_ascii=False).replace('\\"', '"')
    (board.parent / found).write_text("{}", encoding="utf-8")
    done = command("verify")
    assert done.returncode == 1
    assert "golden.json, line 1" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["new", "golden", "--title", "x"], 2, ["There is a board at"]),
        (["new", "../x", "--title", "x"], 2, ["cannot be a board's name"]),
        (["new", "other", "--title", "x", "--tasks", "xnly"], 2, ["Did you mean xnli"]),
        (["new", "other", "--title", "x", "--variant", "papr"], 2, ["expected one of fixed, paper"]),
        (["new", "other", "--title", "x", "--level", "95"], 2, ["level: "]),
        (["new", "other", "--title", ""], 2, ["The title is empty"]),
        (["build", "goldn"], 2, ["Did you mean golden"]),
        (["build", "--format", "markdwn"], 2, ["Did you mean markdown"]),
        (["verify", "--root", "nowhere"], 2, ["There is no board in nowhere", "leaderboard new"]),
        (["remove", "Whol"], 2, ["Did you mean Whole"]),
        (["add", "WORST", "--name", "Whole"], 2, ["There is a system called 'Whole'"]),
        (["add", "WORST", "--name", "two\nlines"], 2, ["U+000A"]),
        (["add", "WORST", "--name", "W", "--link", "javascript:x"], 2, ["is no address of a page"]),
        (["add", "nowhere", "--name", "W"], 2, ["There is no run at nowhere"]),
        (["add", "WHOLE", "--name", "W"], 1, ["is of the same model", "as 'Whole'"]),
        (["add", "WORST", "--seed-of", "Whle"], 2, ["Did you mean Whole"]),
    ],
    ids=lambda value: " ".join(value).replace("\n", " ") if isinstance(value, list) else None,
)
def test_what_cannot_be_done_is_told_and_nothing_changes(command, board, runs, arguments, code, words):
    """Wrong names, links, runs and values end with their exit code, a paragraph, and an unchanged board."""
    before = {path: path.read_bytes() for path in board.rglob("*") if path.is_file()}
    chosen = {"WORST": runs["worst"], "WHOLE": runs["whole"]}
    done = command(*(chosen.get(one, one) for one in arguments))
    assert done.returncode == code, done.stderr
    for word in words:
        assert word in done.stderr
    assert {path: path.read_bytes() for path in board.rglob("*") if path.is_file()} == before


def test_of_several_boards_one_is_named(command, board, runs):
    """add and remove ask which; build and verify take all."""
    assert command("new", "other", "--title", "Other", "--tasks", "xnli").returncode == 0
    done = command("add", runs["worst"], "--name", "Worst")
    assert done.returncode == 2
    assert "name one with --board: golden, other" in done.stderr
    assert command("add", runs["worst"], "--name", "Worst", "--board", "other", "--no-build").returncode == 0
    assert command("verify", "other").returncode == 1
    assert command("build").returncode == 0
    done = command("verify")
    assert (done.returncode, done.stdout) == (0, "golden: 2 runs, as it was written\nother: 1 run, as it was written\n")
