"""Wide tasks are split by script and family, and no language is lost."""

from __future__ import annotations

import pytest
from made_up_boards import NINE
from xharness_markdown.languages import FAMILIES, SCRIPTS, WIDEST, parts


def test_all_languages_of_the_benchmark_are_known():
    """The 40 languages of the nine tasks, and no other, have a script and a family."""
    known = {language for languages in NINE.values() for language in languages}
    assert len(known) == 40
    assert set(SCRIPTS) == set(FAMILIES) == known


@pytest.mark.parametrize("task", NINE)
def test_every_language_is_in_one_table_that_fits(task):
    """Tables of a task hold each of its languages once, a dozen at most."""
    found = parts(NINE[task])
    assert sorted(one for _, members in found for one in members) == sorted(NINE[task])
    assert all(0 < len(members) <= WIDEST for _, members in found)


def test_wide_tasks_are_split_by_script_then_family():
    """Forty languages become four tables; seven stay one without a name."""
    assert [name for name, _ in parts(NINE["panx"])] == [
        "Latin script, Indo-European",
        "Latin script, other families",
        "other scripts, Indo-European",
        "other scripts, other families",
    ]
    assert parts(NINE["pawsx"]) == [("", list(NINE["pawsx"]))]
    assert [name for name, _ in parts(NINE["xnli"])] == ["Latin script", "other scripts"]


def test_unknown_languages_stand_under_others():
    """Languages of another suite are shown, in numbered tables where there are many."""
    codes = [f"x{number:02d}" for number in range(30)]
    found = parts(["de", *codes])
    assert [name for name, _ in found] == ["Latin script", "others (1 of 3)", "others (2 of 3)", "others (3 of 3)"]
    assert [one for _, members in found[1:] for one in members] == codes
