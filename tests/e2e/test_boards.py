"""The boards in the repository are what their stored statistics give, to the byte."""

from __future__ import annotations

import random
import shutil

import pytest
from xharness.leaderboard.board import boards_in
from xharness.leaderboard.verifying import verify
from xharness.plugins import Plugins


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    """The installed plugins."""
    return Plugins.load()


@pytest.mark.slow
def test_every_board_of_the_repository_is_as_it_was_written(repository, plugins):
    """`verify` recomputes every number and every generated file of the real boards, and finds nothing."""
    boards = boards_in(repository / "leaderboards")
    assert {board.id for board in boards} >= {"minilm", "minilm-tagging"}
    for board in boards:
        assert verify(board, plugins) == []


@pytest.mark.slow
def test_any_changed_byte_of_a_real_board_is_found(repository, plugins, tmp_path):
    """A byte changed anywhere in a stored or generated file of a real board is found, and its file is named."""
    numbers = random.Random(5)
    root = tmp_path / "leaderboards"
    shutil.copytree(repository / "leaderboards", root)
    (board,) = (one for one in boards_in(root) if one.id == "minilm-tagging")
    stored = sorted(path for path in board.path.rglob("*") if path.is_file())
    chosen = [
        *numbers.sample([path for path in stored if "runs" in path.parts], 12),
        board.config_path,
        board.examples_path,
    ]
    for path in [*chosen, root / "minilm-tagging.md", root / "minilm-tagging.html"]:
        content = path.read_bytes()
        place = numbers.randrange(len(content))
        path.write_bytes(content[:place] + bytes([content[place] ^ 1 << numbers.randrange(7)]) + content[place + 1 :])
        problems = verify(board, plugins)
        assert problems, (path, place)
        assert any(path.name in str(problem) for problem in problems), (path, place, problems)
        path.write_bytes(content)
    assert verify(board, plugins) == []
