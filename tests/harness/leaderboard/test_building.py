"""Generated files: the same bytes from the same runs, and an index that nobody's name can break."""

from __future__ import annotations

import hashlib
import shutil

import pytest
from xharness.errors import RunError, UsageError
from xharness.leaderboard import index
from xharness.leaderboard.adding import add
from xharness.leaderboard.beginning import Beginning, begin
from xharness.leaderboard.board import Board
from xharness.leaderboard.building import build

HOSTILE = "a|b <script>x</script> [c](http://d) `e` *f* @all www.g.h https://i.j &amp; #1 ~~k~~"


def test_the_same_runs_give_the_same_bytes(board, plugins, tmp_path):
    """A copy elsewhere, built by itself and twice, has the same generated files, and nothing temporary is left."""
    written = build(board, plugins)
    assert [path.name for path in written] == ["trial.txt", "summary.json", "checksums", "README.md"]
    copy = tmp_path / "elsewhere" / "boards"
    shutil.copytree(board.path, copy / "trial")
    (copy / "trial" / "summary.json").unlink()
    (copy / "trial" / "checksums").write_text("old", encoding="utf-8")
    build(Board(copy / "trial"), plugins)
    build(Board(copy / "trial"), plugins)
    files = {path.relative_to(copy): path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    root = board.path.parent
    assert files == {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_checksums_are_those_of_every_stored_file(board, plugins):
    """`checksums` lists what `sha256sum` would print, of all stored files but the examples, which hold their own."""
    build(board, plugins)
    lines = (board.path / "checksums").read_text(encoding="utf-8").splitlines()
    told = {line.split("  ", 1)[1]: line.split("  ", 1)[0] for line in lines}
    stored = {path.relative_to(board.path).as_posix(): path for path in board.path.rglob("*") if path.is_file()}
    assert set(told) == set(stored) - {"checksums", "summary.json", "examples.parquet"}
    assert len(told) == 1 + 3 * 4
    for name, digest in told.items():
        assert hashlib.sha256(stored[name].read_bytes()).hexdigest() == digest


def test_other_forms_are_written_on_request_and_kept_up(board, plugins):
    """A form that is not always built is built when it is named, and again where its file is; unknown names have near ones."""
    assert not (board.path.parent / "trial.title").exists()
    build(board, plugins, ["title"])
    assert (board.path.parent / "trial.title").read_text(encoding="utf-8") == "Trial"
    assert not (board.path.parent / "trial.txt").exists()
    (board.path.parent / "trial.title").write_text("edited", encoding="utf-8")
    build(board, plugins)
    assert (board.path.parent / "trial.title").read_text(encoding="utf-8") == "Trial"
    with pytest.raises(UsageError, match="Did you mean title"):
        build(board, plugins, ["titel"])


def test_the_index_lists_every_board_that_was_built(board, plugins, a_run):
    """One line for each, with what it ranks and who is first; a board that was never built is not there."""
    root = board.path.parent
    asked = Beginning(title=HOSTILE, suite="trial", tasks=("moods",), resamples=100)
    other = begin(root / "other", plugins, asked)
    build(board, plugins)
    table = [line for line in (root / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("| [")]
    assert len(table) == 1
    assert table[0].startswith("| [Trial](trial.txt) | trial 1, test, fixed | 9 of 9 | 2 | ")
    add(other, plugins, [a_run("x", places=("moods/en", "moods/sw", "moods/th"))], HOSTILE[:80])
    build(other, plugins)
    text = (root / "README.md").read_text(encoding="utf-8")
    table = [line for line in text.splitlines() if line.startswith("| [")]
    assert [line.count("|") for line in table] == [6, 6]
    assert "](other.txt)" in table[0]
    assert "| 3 of 9 | 1 |" in table[0]
    for hostile in ("<script", "](http", "`e`", "*f*", "@all", "www.", "https:", "~~"):
        assert hostile not in table[0]
    assert str(root) not in text


def test_an_empty_folder_has_an_index_too(tmp_path):
    """Without boards it says so, and how to begin; the workflow is there."""
    text = index.text(tmp_path)
    assert "No board has been published yet." in text
    assert "uses: actions/checkout" in text


def test_a_broken_summary_is_named(board, plugins):
    """The index is not made from what cannot be read."""
    build(board, plugins)
    board.summary_path.write_text("{", encoding="utf-8")
    with pytest.raises(RunError, match=r"summary\.json cannot be read"):
        index.text(board.path.parent)


def test_a_board_with_a_damaged_run_is_not_built(board, plugins):
    """Nothing is written, and the file is named."""
    build(board, plugins)
    before = (board.path.parent / "trial.txt").read_bytes()
    path = board.runs_path / "two-identity" / "statistics.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(RunError, match=r"two-identity/statistics\.parquet"):
        build(board, plugins)
    assert (board.path.parent / "trial.txt").read_bytes() == before


def test_a_board_without_runs_is_built(empty_board, plugins):
    """It has no best system, and its index line says so."""
    build(empty_board, plugins)
    assert "| 9 of 9 | 0 | – |" in (empty_board.path.parent / "README.md").read_text(encoding="utf-8")
