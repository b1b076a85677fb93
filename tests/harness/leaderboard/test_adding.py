"""What a board takes, what it refuses, and that nothing is ever half there."""

from __future__ import annotations

import multiprocessing
import os
import shutil
from pathlib import Path

import pytest
from made_up_runs import stored, write_run
from xharness.errors import HarnessError, RunError, UsageError
from xharness.leaderboard import adding
from xharness.leaderboard.adding import add, remove
from xharness.leaderboard.building import build
from xharness.leaderboard.verifying import verify
from xharness.runs import CellRecord
from xharness.store import RunFolder

IDS = [f"{number:02d}" for number in range(24)]


def files(board):
    """Everything in a board's folder, with its bytes."""
    return {path: path.read_bytes() for path in sorted(board.path.rglob("*")) if path.is_file()}


def test_seeds_stand_under_their_system(board):
    """Several runs at once are seeds of the first, which alone has no `seed_of`; ids are safe folder names."""
    entries = board.entries()
    assert [(one.id, one.name, one.seed_of, one.added) for one in entries] == [
        ("one-identity", "one", None, "2026-01-02"),
        ("one-seed2-identity", "one", "one", "2026-01-02"),
        ("two-identity", "two", None, "2026-01-03"),
    ]
    assert entries[2].link == "https://example.org/two"


def test_further_seeds_are_added_later(board, plugins, a_run):
    """`seed_of` needs a system of that very name, and takes neither another name nor a link."""
    add(board, plugins, [a_run("one-seed3")], seed_of="one")
    assert [one.seed_of for one in board.entries()] == [None, "one", "one", None]
    with pytest.raises(UsageError, match="Did you mean one"):
        add(board, plugins, [a_run("four")], seed_of="on")
    for more in ({"name": "other"}, {"link": "https://a.b"}):
        with pytest.raises(UsageError, match="without --name and --link"):
            add(board, plugins, [a_run("four")], seed_of="one", **more)


def test_a_run_that_lacks_cells_is_taken(board, plugins, a_run):
    """It has statistics of what it has; the others are told from a run that has them."""
    (entry_id,) = add(board, plugins, [a_run("few", places=("moods/sw", "pairs/th"))], "few")
    entry = next(one for one in board.entries() if one.id == entry_id)
    assert set(entry.cells) == {"moods/sw", "pairs/th"}
    build(board, plugins)
    assert '{"incomplete": "few", "missing": 7}' in (board.path.parent / "trial.txt").read_text(encoding="utf-8")


def test_the_first_run_of_a_cell_brings_its_examples(empty_board, plugins, a_run):
    """Later runs are held against them, cell by cell."""
    add(empty_board, plugins, [a_run("few", places=("moods/sw",))], "few")
    assert set(empty_board.examples) == {"moods/sw"}
    add(empty_board, plugins, [a_run("two")], "two")
    assert set(empty_board.examples) == {place for place in empty_board.config.places if not place.startswith("pairs")}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"suite": "other"}, ["the suite 'other'", "'trial'"]),
        ({"suite_version": "2"}, ["suite version '2'", "'1'"]),
        ({"variant": "paper"}, ["variant 'paper'", "'fixed'"]),
        ({"limit": 20}, ["limit on examples '20'", "'none'"]),
        ({"kind": "reported"}, ["reported result", "reported.csv"]),
        ({"cells": {"split": "dev"}}, ["moods/en: the split differs: dev in", "test in the board", "moods/sw, th"]),
        ({"cells": {"task_version": "2"}}, ["the task version differs: 2 in", "1 in one-identity"]),
        ({"cells": {"gold": "h" * 64}}, ["gold fingerprint differs: hhhhhhhhhhhh in", "gggggggggggg in"]),
        ({"cells": {"inputs": "j" * 64}}, ["inputs fingerprint differs: jjjjjjjjjjjj in", "iiiiiiiiiiii in"]),
        (
            {"cells": {"versions": {"accuracy": "2", "overlap": "1", "mined": "1"}}},
            ["version of the metric 'accuracy' differs"],
        ),
        ({"cells": {"signature": {"limit": 9}}}, ["limit on examples differs: 9 in"]),
        ({"cells": {"ids": [*IDS[:-1], "99"]}}, ["the runs have other examples", "'99'", "'23'"]),
        ({"cells": {"clusters": ["x", "y"] * 12}}, ["examples belong to other clusters"]),
        ({"places": ()}, ["scored none of the board's cells"]),
    ],
    ids=str,
)
def test_a_run_made_otherwise_is_refused(board, plugins, a_run, changes, words):
    """Another suite, version, variant, limit, split, rule or data: both values are named, and nothing is written."""
    before = files(board)
    with pytest.raises(RunError) as raised:
        add(board, plugins, [a_run("three", **changes)], "three")
    for word in words:
        assert word in str(raised.value)
    assert files(board) == before


def test_an_unknown_input_fingerprint_is_no_difference(board, plugins, a_run):
    """Scored predictions record no inputs: they stand beside evaluations of the same gold."""
    assert add(board, plugins, [a_run("three", cells={"inputs": ""})], "three")


def test_the_same_model_stands_on_a_board_once(board, plugins, a_run):
    """A copy of a run, or another run of the same model with the same settings, is refused under any name, also at once."""
    for path, where in ((a_run("two"), "two-identity"), (a_run("one", identity="other"), "one-identity")):
        with pytest.raises(RunError, match=rf"same model .* as {where}"):
            add(board, plugins, [path], "other")
    with pytest.raises(RunError, match="same model"):
        add(board, plugins, [a_run("new"), a_run("new")], "new")
    assert len(board.entries()) == 3
    assert add(board, plugins, [a_run("two", identity="deeper", settings={"pooling": "cls"})], "two with cls")


def test_scores_that_the_rows_do_not_give_are_refused(board, plugins, a_run, tmp_path):
    """An edited record, cell or mean does not come onto a board."""
    for change, words in (
        (lambda text: text.replace('"value"', '"value_"', 1), "is not a run's record"),
        (
            lambda text: text.replace('"value":0.', '"value":0.9', 1).replace('"value": 0.', '"value": 0.9', 1),
            "is recorded as",
        ),
        (lambda text: text.replace('"average": 0.', '"average": 0.9', 1), "the average is recorded as 0.9"),
    ):
        shutil.copytree(a_run("three"), tmp_path / "three", dirs_exist_ok=True)
        path = tmp_path / "three" / "run.json"
        text = path.read_text(encoding="utf-8")
        assert change(text) != text
        path.write_text(change(text), encoding="utf-8")
        with pytest.raises(RunError, match=words):
            add(board, plugins, [tmp_path / "three"], "three")
    cells = [stored(place, seed=9, ids=IDS) for place in board.config.places]
    scores = [one.model_copy(update={"value": 0.5001}) for one in cells[0].record.scores]
    cells[0] = type(cells[0])(
        record=CellRecord.model_validate(
            {**cells[0].record.model_dump(), "scores": [one.model_dump() for one in scores]}
        ),
        predictions=cells[0].predictions,
        statistics=cells[0].statistics,
    )
    with pytest.raises(RunError, match=r"its rows give correct .* where 0\.5001 is recorded"):
        add(board, plugins, [write_run(tmp_path, cells, "forged")], "forged")


def test_a_damaged_cell_is_named(board, plugins, a_run):
    """One flipped byte in one cell's file keeps the run off the board."""
    path = RunFolder(a_run("three")).cell_path("moods", "sw")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(RunError, match=r"sw\.parquet is damaged"):
        add(board, plugins, [path.parents[2]], "three")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": "two"}, "There is a system called 'two'"),
        ({"name": "TWO "}, "There is a system called 'two'"),
        ({"name": ""}, "is empty"),
        ({"name": "a\u202eb"}, "U\\+202E"),
        ({"name": "x" * 300}, "300 characters"),
        ({}, "--name"),
        ({"name": "three", "link": "javascript:x"}, "is no address of a page"),
        ({"name": "three", "date": "yesterday"}, "YYYY-MM-DD"),
    ],
)
def test_names_links_and_dates_are_checked_first(board, plugins, a_run, arguments, words):
    """A name that exists or hides something, a link that is none, a date that is none: nothing is written."""
    before = files(board)
    with pytest.raises(UsageError, match=words):
        add(board, plugins, [a_run("three")], **arguments)
    assert files(board) == before


def test_a_hostile_run_name_makes_a_harmless_folder(board, plugins, a_run):
    """The run's own name comes from others too: it cannot lead out of the board."""
    changes = {"identity": "../../x|<b>", "model": {"name": "m", "identity": "n"}}
    path = a_run("three", **changes)
    record = RunFolder(path).read_record()
    RunFolder(path).write_record(record.model_copy(update={"name": "../../../etc/\u202e<script>"}))
    (entry_id,) = add(board, plugins, [path], "three")
    assert entry_id.replace("-", "").replace(".", "").isalnum()
    assert (board.runs_path / entry_id / "run.json").is_file()


# ---- interruptions -------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """What a kill looks like from inside: nothing is cleaned up."""


@pytest.mark.parametrize("step", ["write_entry", "sync", "rename"])
def test_an_interrupted_add_leaves_nothing_in_the_way(board, plugins, a_run, monkeypatch, step):
    """After a kill at any step the board verifies and builds as before, and the next add goes through and tidies up."""
    build(board, plugins)

    def die(*arguments, **options):
        if step == "write_entry":
            Path(arguments[0]).mkdir()
            (Path(arguments[0]) / "run.json").write_text("half", encoding="utf-8")
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(adding.shutil, "rmtree", lambda *arguments, **options: None)
        if step == "rename":
            patch.setattr(Path, "rename", die)
        else:
            patch.setattr(adding, step, die)
        with pytest.raises(Killed):
            add(board, plugins, [a_run("three")], "three")
    assert list(board.runs_path.glob(".three*.tmp"))
    assert verify(board, plugins) == []
    add(board, plugins, [a_run("three")], "three")
    assert not list(board.path.rglob("*.tmp"))
    build(board, plugins)
    assert verify(board, plugins) == []


def test_an_add_killed_between_examples_and_run_leaves_a_board_that_verifies(empty_board, plugins, a_run, monkeypatch):
    """Examples of cells that no run has yet are in nobody's way."""
    add(empty_board, plugins, [a_run("few", places=("moods/sw", "moods/en"))], "few")
    build(empty_board, plugins)

    def die(self, target):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", die)
        with pytest.raises(Killed):
            add(empty_board, plugins, [a_run("two")], "two")
    assert len(empty_board.examples) == 6
    assert verify(empty_board, plugins) == []


def test_a_full_disk_adds_nothing(board, plugins, a_run, monkeypatch):
    """An error while writing is told with its place, and leaves the board as it was."""
    before = files(board)

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(adding, "write_entry", full)
    with pytest.raises(RunError, match=r"No space left on device.*Nothing was added"):
        add(board, plugins, [a_run("three")], "three")
    assert files(board) == before


def _child(board, plugins, run, name):
    try:
        add(board, plugins, [run], name)
    except HarnessError as error:
        print(error)
        os._exit(1)
    os._exit(0)


def test_two_adds_at_once_both_arrive(board, plugins, a_run):
    """Writers wait for each other: every run is there, whole; of two with one name the second is refused."""
    context = multiprocessing.get_context("fork")
    names = ["w1", "w2", "w3", "w3"]
    runs = [a_run(f"{name}-{position}") for position, name in enumerate(names)]
    children = [
        context.Process(target=_child, args=(board, plugins, run, name)) for run, name in zip(runs, names, strict=True)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert sorted(child.exitcode for child in children) == [0, 0, 0, 1]
    assert sorted(one.name for one in board.entries()) == ["one", "one", "two", "w1", "w2", "w3"]
    build(board, plugins)
    assert verify(board, plugins) == []


# ---- remove --------------------------------------------------------------------------------------------------------


def test_a_system_is_removed_with_its_seeds(board):
    """By its name all of its runs go; nothing else changes."""
    assert remove(board, "one") == ["one-seed2-identity", "one-identity"]
    assert [one.name for one in board.entries()] == ["two"]


def test_one_run_is_removed_by_its_id(board):
    """A seed goes alone; a first run only after its seeds."""
    with pytest.raises(UsageError, match="is the first run of 'one'"):
        remove(board, "one-identity")
    assert remove(board, "one-seed2-identity") == ["one-seed2-identity"]
    assert remove(board, "one-identity") == ["one-identity"]


@pytest.mark.parametrize("name", ["on", "../trial", "", "runs", "../../x"])
def test_what_is_not_there_is_not_removed(board, name):
    """Only names and ids of the board are taken, near matches are told, and no path leads anywhere."""
    before = files(board)
    with pytest.raises(UsageError, match="no system or run on the board"):
        remove(board, name)
    assert files(board) == before


def test_a_damaged_run_can_be_removed(board):
    """By its id, since its name cannot be trusted."""
    (board.runs_path / "two-identity" / "run.json").write_text("{}", encoding="utf-8")
    with pytest.raises(RunError, match=r"run\.json"):
        remove(board, "two")
    assert remove(board, "two-identity") == ["two-identity"]
    assert len(board.entries()) == 2
