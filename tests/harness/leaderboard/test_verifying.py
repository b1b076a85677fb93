"""A board is as it was written, or the place where it is not is named."""

from __future__ import annotations

import hashlib
import json
import random
import shutil

import pytest
from xharness.leaderboard import standing
from xharness.leaderboard.board import Board
from xharness.leaderboard.building import build
from xharness.leaderboard.entries import FILES, checksum_lines, read_entry, write_entry
from xharness.leaderboard.verifying import verify

REPORTED = "system,task,metric,value,source\nPaper,moods,correct,71.25,Somebody 2020\n"


@pytest.fixture
def built(board, plugins):
    """A board with reported figures, all of it built."""
    board.reported_path.write_text(REPORTED, encoding="utf-8")
    build(board, plugins)
    return board


def problems(board, plugins):
    """What is wrong, as text."""
    return "\n".join(map(str, verify(Board(board.path), plugins)))


def reseal(folder):
    """Makes a run's checksums fit its files again, as somebody who edits them on purpose would."""
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}
    (folder / "checksums").write_bytes(checksum_lines(digests))


def test_a_board_that_was_built_has_no_problem(built, plugins, tmp_path):
    """Nothing is found, nothing is written, and a copy elsewhere is as good."""
    before = {path: path.stat().st_mtime_ns for path in built.path.parent.rglob("*")}
    assert problems(built, plugins) == ""
    assert {path: path.stat().st_mtime_ns for path in built.path.parent.rglob("*")} == before
    shutil.copytree(built.path.parent, tmp_path / "clone")
    assert problems(Board(tmp_path / "clone" / "trial"), plugins) == ""


def test_any_changed_byte_is_found_and_its_file_named(built, plugins, monkeypatch):
    """Bytes are flipped all over every file of the board and every generated one: each is found, and the file is named."""
    content = standing.content_of(built, plugins)
    monkeypatch.setattr(
        standing, "content_of", lambda *arguments, **options: content
    )  # what it says of the whole board
    generator = random.Random(1)
    paths = [path for path in built.path.parent.rglob("*") if path.is_file()]
    assert len(paths) == 5 + 3 * 4 + 2
    for path in paths:
        whole = path.read_bytes()
        for position in {0, len(whole) - 1, *(generator.randrange(len(whole)) for _ in range(16))}:
            changed = bytearray(whole)
            changed[position] ^= 1 << generator.randrange(8)
            path.write_bytes(changed)
            assert path.name in problems(built, plugins), f"{path} at {position}"
        path.write_bytes(whole)
    assert problems(built, plugins) == ""


@pytest.mark.parametrize("name", ["board.toml", "examples.parquet", "reported.csv", "checksums", "summary.json"])
def test_an_absent_file_is_named(built, plugins, name):
    """A file that was removed is missed; without reported figures it is the list of checksums that tells."""
    (built.path / name).unlink()
    try:
        found = problems(built, plugins)
    except Exception as error:  # without its configuration there is no board
        found = str(error)
    assert name in found or (name == "board.toml" and "no board" in found)


def test_a_hand_edited_line_is_shown_in_both_versions(built, plugins):
    """Of an edited generated file the first differing line is named, cut, and printable."""
    path = built.path.parent / "trial.txt"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    lines[1] = lines[1].replace('"rank": 1', '"rank": 0\u202e\x1b')
    assert path.write_text("".join(lines), encoding="utf-8")
    (problem,) = verify(built, plugins)
    assert problem.place == str(path)
    assert f"{path}, line 2: it says " in problem.message
    assert '"rank": 0\\\\u202e\\\\u001b' in problem.message
    assert '"rank": 1' in problem.message
    assert problem.message.isprintable()
    lines[1] = "x" * 5000 + "\n"
    path.write_text("".join(lines), encoding="utf-8")
    assert len(str(verify(built, plugins)[0])) < len(str(path)) + 300


def test_a_change_far_to_the_right_is_shown(built, plugins):
    """Of long lines the part is shown in which they differ."""
    path = built.path.parent / "trial.txt"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"runs": ["', '"runs": ["q', 1), encoding="utf-8")
    assert '["q' in problems(built, plugins)


def test_strangers_are_named(built, plugins):
    """Files that no command wrote, also hidden or linked ones, are named; what an interrupted command left is not."""
    run = built.run_folders()[0]
    for path in (built.path / "notes.txt", built.runs_path / "x", run / "cells.parquet", built.path / ".hidden"):
        path.write_text("x", encoding="utf-8")
    (built.runs_path / ".one.123.tmp").mkdir()
    (built.runs_path / ".one.123.tmp" / "run.json").write_text("half", encoding="utf-8")
    (built.path / "deep").mkdir()
    found = problems(built, plugins)
    for name in ("notes.txt", "runs/x", "cells.parquet", ".hidden", "deep"):
        assert f"{name} is no part of the board" in found
    assert ".tmp" not in found
    for name in ("notes.txt", "runs/x", ".hidden"):
        (built.path / name).unlink()
    (run / "cells.parquet").unlink()
    (built.path / "deep").rmdir()
    (run / "run.json").rename(built.path.parent / "elsewhere")
    (run / "run.json").symlink_to(built.path.parent / "elsewhere")
    assert "run.json is no part of the board" in problems(built, plugins)


def test_an_edited_score_is_found_though_its_checksums_fit(built, plugins):
    """Who edits a record and its checksums is told by the statistics; who edits a mean, by the scores."""
    folder = built.run_folders()[0]
    path = folder / "run.json"
    whole = json.loads(path.read_text(encoding="utf-8"))
    for edit, words in (
        (lambda run: run["cells"][0]["scores"][0].update(value=0.999), "its rows give correct"),
        (lambda run: run["averages"]["tasks"].update(moods=0.999), "the mean of moods is recorded as 0.999"),
        (lambda run: run["cells"][0].update(n=23), "has rows for 24 examples and a record for 23"),
        (lambda run: run["cells"][0].update(status="no gold"), "has statistics and does not count"),
        (lambda run: run["cells"][0].update(gold="x" * 64), "gold fingerprint differs"),
        (lambda run: run.update(variant="paper"), "the variant 'paper', and the board has 'fixed'"),
        (lambda run: run.update(seconds={"moods/en": 1.0}), "Add it again"),
        (lambda run: run.update(schema_version=99), "schema version 99"),
    ):
        run = json.loads(json.dumps(whole))
        edit(run)
        path.write_text(json.dumps(run), encoding="utf-8")
        reseal(folder)
        assert words in problems(built, plugins)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('name = "two"', 'name = "one"', "There is a system called 'one'"),
        ('name = "two"', 'name = "tw\u202eo"', "U+202E"),
        ('name = "two"', 'nom = "two"', "name: Field required"),
        ("https://example.org", "javascript:x", "is no address of a page"),
        ("2026-01-03", "soon", "YYYY-MM-DD"),
        ("link =", 'seed_of = "on"\nlink =', "Did you mean one"),
        ("link =", "link", "entry.toml cannot be read"),
    ],
)
def test_a_contributed_entry_is_checked_like_an_added_one(built, plugins, old, new, words):
    """Names and links that `add` refuses are found in a folder that came by another way."""
    folder = built.runs_path / "two-identity"
    text = (folder / "entry.toml").read_text(encoding="utf-8")
    assert old in text
    (folder / "entry.toml").write_text(text.replace(old, new), encoding="utf-8")
    reseal(folder)
    assert words in problems(built, plugins)


def test_a_copied_run_is_found(built, plugins):
    """The same run in a second folder under another name is a duplicate."""
    entry = read_entry(built.runs_path / "two-identity", built.examples)
    config = entry.config.model_copy(update={"name": "three"})
    write_entry(built.runs_path / "three", config, entry.record, entry.cells)
    assert "of the same model" in problems(built, plugins)


def test_statistics_of_other_examples_are_found(built, plugins):
    """A whole, sealed file of examples that are not those of the runs is found, and so is one of another run's statistics."""
    from xharness.leaderboard.examples import content_of, example_set

    examples = dict(built.examples)
    examples["answers/en"] = example_set([f"{n:02d}" for n in range(24)], ["x", "y"] * 12)
    whole = built.examples_path.read_bytes()
    built.examples_path.write_bytes(content_of(examples))
    assert "answers/en was scored on the examples" in problems(built, plugins)
    built.examples_path.write_bytes(whole)
    one, two = (built.runs_path / name for name in ("one-identity", "two-identity"))
    shutil.copy(two / "statistics.parquet", one / "statistics.parquet")
    reseal(one)
    assert "one-identity: moods/en: the cell is damaged: its rows give" in problems(built, plugins)


def test_cells_that_were_added_to_the_board_later_are_told(built, plugins):
    """A run whose statistics were stored for fewer cells than now count has to be added again."""
    text = built.config_path.read_text(encoding="utf-8")
    built.config_path.write_text(text.replace('moods = ["en", "sw", "th"]', 'moods = ["en", "sw"]'), encoding="utf-8")
    assert "moods/th has statistics and does not count" in problems(built, plugins)
