"""Means are over what is there, task by task, and their weights always sum to one."""

from __future__ import annotations

from dataclasses import replace

import pytest
import xharness
from made_up_runs import SUITE, TASKS
from xharness.comparison.estimands import estimands

WHOLE = [(name, language) for name in TASKS for language in ("en", "sw", "th")]


def means(cells, **options):
    """The means over these cells."""
    return estimands(SUITE, TASKS, cells, **{"zero_shot": False, **options})


def every(found):
    """All means, in one list."""
    return [*found.tasks, *found.groups, found.overall, *([found.english] if found.english else [])]


@pytest.mark.parametrize("zero_shot", [False, True])
@pytest.mark.parametrize("cells", [WHOLE, WHOLE[1:5], [("pairs", "th")], [("moods", "sw"), ("moods", "th")]])
def test_weights_sum_to_one(cells, zero_shot):
    """Every mean is a mean: whatever cells are there, its weights sum to 1 and name none but them."""
    for one in every(means(cells, zero_shot=zero_shot)):
        assert sum(one.weights.values()) == pytest.approx(1, rel=1e-15)
        assert set(one.weights) <= {f"{task}/{language}" for task, language in cells}


def test_a_task_counts_once_however_many_languages_it_has():
    """The average is over tasks, not over cells, and says how much of the suite is below it."""
    found = means([("moods", "en"), ("moods", "sw"), ("moods", "th"), ("pairs", "sw")])
    assert found.overall.weights == {
        "moods/en": 1 / 6,
        "moods/sw": 1 / 6,
        "moods/th": 1 / 6,
        "pairs/sw": 1 / 2,
    }
    assert (found.overall.name, found.overall.task, found.overall.of_cells) == ("average", "", 9)
    assert found.overall.languages == ("en", "sw", "th")
    assert [(one.name, one.task, one.languages, one.of_cells) for one in found.tasks] == [
        ("moods", "moods", ("en", "sw", "th"), 3),
        ("pairs", "pairs", ("sw",), 3),
    ]
    assert found.english is None


def test_groups_are_means_of_their_tasks_that_are_there():
    """A group none of whose tasks was compared is left out; one with a part is the mean of that part."""
    groups = {"first": ("moods", "answers"), "last": ("pairs", "unknown"), "others": ("unknown",)}
    suite = replace(SUITE, aggregator=replace(SUITE.aggregator, groups=groups))
    cells = [("moods", "en"), ("answers", "sw"), ("answers", "th")]
    (first,) = estimands(suite, TASKS, cells, zero_shot=False).groups
    assert first.weights == {"moods/en": 1 / 2, "answers/sw": 1 / 4, "answers/th": 1 / 4}
    assert (first.name, first.task, first.of_cells) == ("first", "", 6)
    (last,) = estimands(suite, TASKS, [("pairs", "en")], zero_shot=False).groups
    assert (last.name, last.weights, last.of_cells) == ("last", {"pairs/en": 1.0}, 3)


def test_zero_shot_means_leave_english_out():
    """No mean has English in it, and English is averaged over the tasks on its own."""
    found = means(WHOLE, zero_shot=True)
    for one in (*found.tasks, *found.groups, found.overall):
        assert "en" not in one.languages
        assert not [cell for cell in one.weights if cell.endswith("/en")]
    assert found.tasks[0].weights == {"moods/sw": 1 / 2, "moods/th": 1 / 2}
    assert found.english.name == "English"
    assert found.english.weights == dict.fromkeys(("moods/en", "answers/en", "pairs/en"), 1 / 3)


def test_zero_shot_of_a_task_in_english_alone():
    """A task that has nothing but English enters no mean but that of English."""
    found = means([("moods", "en"), ("pairs", "en"), ("pairs", "th")], zero_shot=True)
    assert [one.name for one in found.tasks] == ["pairs"]
    assert found.english.weights == {"moods/en": 1 / 2, "pairs/en": 1 / 2}
    assert means([("pairs", "th")], zero_shot=True).english is None


def test_nothing_but_english_cannot_be_zero_shot():
    """Means without English of English alone are refused, with what to do."""
    with pytest.raises(xharness.UsageError, match=r"No language but English is left.*leave --zero-shot out"):
        means([("moods", "en"), ("pairs", "en")], zero_shot=True)
