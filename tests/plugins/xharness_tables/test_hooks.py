"""The formats are offered under their names, with what is built by default."""

from __future__ import annotations

import pytest
import xharness_markdown
import xharness_tables
from made_up_boards import SMALL, board

OFFERED = [*xharness_markdown.xharness_leaderboard_formats(), *xharness_tables.xharness_leaderboard_formats()]


def test_names_and_suffixes():
    """Five forms, each with a file name of its own; only markdown is built without being asked for."""
    assert {one.name: one.suffix for one in OFFERED} == {
        "markdown": ".md", "csv": ".csv", "json": ".json", "latex": ".tex", "model-index": ".yaml",
    }  # fmt: skip
    assert [one.name for one in OFFERED if one.built] == ["markdown"]


@pytest.mark.parametrize("form", OFFERED, ids=lambda form: form.name)
def test_each_form_names_every_system_the_same_way_twice(form):
    """The same content gives the same text, with every ranked system in it, ending in one line end."""
    text = form.render(board(3, SMALL))
    assert text == form.render(board(3, SMALL))
    assert all(one.name in text.replace("{-}", "-") for one in board(3, SMALL).complete)
    assert text.endswith("\n")
