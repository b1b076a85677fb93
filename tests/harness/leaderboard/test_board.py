"""board.toml, and who may write."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from xharness.errors import RunError, UsageError
from xharness.leaderboard.beginning import Beginning, begin
from xharness.leaderboard.board import Board, board_in, boards_in, check_config, read_config


def test_a_configuration_is_read_as_it_was_written(empty_board, plugins, tmp_path):
    """Everything that a board was begun with comes back from its file, whatever signs its title has."""
    title = 'A "title" with \\ and Ж | <b>'
    asked = Beginning(
        title=title, suite="trial", tasks=("moods",), languages=("sw", "en"), split="test", level=0.9, seed=7
    )
    made = begin(tmp_path / "leaderboards" / "other", plugins, asked).config
    assert made.title == title
    assert made.cells == {"moods": ("en", "sw")}
    assert (made.splits, made.level, made.seed, made.limit, made.baseline) == ({"moods": "test"}, 0.9, 7, None, None)
    assert empty_board.config.places[:2] == ("moods/en", "moods/sw")
    assert [one.id for one in boards_in(tmp_path / "leaderboards")] == ["other", "trial"]


def test_a_board_like_a_run_counts_what_it_has_scored(plugins, a_run, tmp_path):
    """`like` takes the run's suite, splits, limit and scored cells."""
    run = a_run(
        "few", places=("moods/sw", "pairs/en"), splits={"moods": "test", "answers": "test", "pairs": "test"}, limit=9
    )
    config = begin(tmp_path / "few", plugins, Beginning(title="Few", like=run)).config
    assert config.cells == {"moods": ("sw",), "pairs": ("en",)}
    assert (config.limit, config.suite, config.splits) == (9, "trial", {"moods": "test", "pairs": "test"})


@pytest.mark.parametrize("name", ["../x", "..", "A", "a_b", "", "-a", "a.b", "readme", "x" * 61, "a\n", "ä"])
def test_other_names_of_boards_are_refused(tmp_path, name):
    """A board's name is a plain folder's: no path leads out of the root."""
    with pytest.raises(UsageError, match="cannot be a board's name"):
        board_in(tmp_path, name)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("resamples", "resample", "'resample'. Did you mean resamples"),
        ("[aggregator]\nname", "[aggregator]\nnmae", "'nmae'. Did you mean name"),
        ("schema_version = 1", "schema_version = 2", "schema version 2, and this xharness reads version 1"),
        ("schema_version = 1", "schema_version = 0", "schema version 0"),
        ('title = "Trial"', "title = 3", "title: "),
        ('title = "Trial"', 'title = "Tri\\u202eal"', "U+202E"),
        ("level = 0.95", "level = 95", "level: "),
        ("seed = 0", "seed = ", "cannot be read"),
        ('moods = ["en", "sw", "th"]', "moods = []", "moods needs at least one language"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_named(empty_board, old, new, words):
    """A key that does not exist, another schema, a value of another kind: the file and what is wrong are named."""
    path = empty_board.config_path
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises((RunError, UsageError)) as raised:
        read_config(path)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"suite": "trail"}, "Did you mean trial"),
        ({"suite_version": "9"}, "version '9' of the suite 'trial'"),
        ({"cells": {"mods": ("en",)}}, "Did you mean moods"),
        ({"cells": {"moods": ("xx",)}}, "no language of moods called 'xx'"),
        ({"splits": {"moods": "train"}}, "no split of moods called 'train'"),
        ({"splits": {}}, "no split of moods called 'none'"),
    ],
)
def test_a_configuration_must_fit_what_is_installed(empty_board, plugins, changes, words):
    """Suites, versions, tasks, languages and splits that do not exist are refused with near matches."""
    config = empty_board.config.model_copy(update={"cells": {"moods": ("en",)}, **changes})
    with pytest.raises(UsageError, match=words):
        check_config(config, plugins)


def test_a_board_is_never_begun_twice(empty_board, plugins):
    """What is there stays, and the message says so; an unknown board is told from the known ones."""
    with pytest.raises(UsageError, match="There is a board at"):
        begin(empty_board.path, plugins, Beginning(title="Other", suite="trial"))
    assert empty_board.config.title == "Trial"
    with pytest.raises(UsageError, match="Did you mean trial"):
        _ = Board(empty_board.path.with_name("trail")).config


_HOLD = """
import sys, pathlib
from xharness.leaderboard.board import locked
with locked(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


def hold(folder):
    """A process that holds a board until it is told to let go."""
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_second_writer_waits_and_then_says_who_holds_the_board(empty_board):
    """One process writes; another waits as long as it was told, and names the first's number."""
    with hold(empty_board.path) as holder:
        start = time.monotonic()
        with pytest.raises(RunError, match=f"process {holder.pid}, since .*waited 0.3 s"), empty_board.locked(0.3):
            pass
        assert time.monotonic() - start >= 0.3
        holder.communicate("\n")
    with empty_board.locked(0.3):
        assert (empty_board.path / ".lock").exists()
    assert not (empty_board.path / ".lock").exists()


def test_a_killed_writer_keeps_nobody_out(empty_board):
    """A lock file without its process is no lock."""
    with hold(empty_board.path) as holder:
        holder.kill()
    assert (empty_board.path / ".lock").exists()
    with empty_board.locked(0.0):
        assert str(os.getpid()) in (empty_board.path / ".lock").read_text(encoding="utf-8")
