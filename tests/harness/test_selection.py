"""Selections name what exists, and say what is near when they do not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import xharness
from xharness.selection import (
    Selection,
    chosen_splits,
    chosen_tasks,
    limited,
    resolve_folders,
    split_label,
)

if TYPE_CHECKING:
    from xharness.plugins import Plugins


def tasks_of(plugins: Plugins) -> dict[str, xharness.Task]:
    """The made-up suite's tasks."""
    return plugins.suite_tasks(plugins.suite("xtreme"))


def test_unknown_task_lists_near_matches(plugins):
    """A misspelt task is a usage error with the near match."""
    with pytest.raises(xharness.UsageError, match=r"no task of the suite 'xtreme' called 'mood'. Did you mean moods"):
        chosen_tasks(Selection(tasks=("mood",)), plugins.suite("xtreme"), tasks_of(plugins))


def test_unknown_language_lists_what_exists(plugins):
    """A language no task has is a usage error with those that exist."""
    with pytest.raises(xharness.UsageError, match=r"called 'xx'.*Known: en, sw, th"):
        chosen_tasks(Selection(languages=("xx",)), plugins.suite("xtreme"), tasks_of(plugins))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("test", {"moods": "test", "tones": "test"}),
        ("dev", {"moods": "dev", "tones": "dev"}),
        ("moods=dev", {"moods": "dev", "tones": "test"}),
        ("dev,tones=test", {"moods": "dev", "tones": "test"}),
    ],
)
def test_splits_by_task(plugins, text, expected):
    """A split can be given for all tasks and for each."""
    assert chosen_splits(Selection(split=text), tasks_of(plugins)) == expected


@pytest.mark.parametrize(("text", "near"), [("tset", "test"), ("moods=tset", "test"), ("mood=dev", "moods")])
def test_unknown_splits_are_usage_errors(plugins, text, near):
    """A split or task that does not exist is refused with what exists."""
    with pytest.raises(xharness.UsageError, match=f"Did you mean.*{near}"):
        chosen_splits(Selection(split=text), tasks_of(plugins))


def test_split_label_is_short():
    """The common split comes first, the others follow by task."""
    assert split_label({"a": "test", "b": "test"}) == "test"
    assert split_label({"a": "test", "b": "dev", "c": "test"}) == "test,b=dev"


def test_labels_are_found_beside_or_inside_the_data(plugins, tmp_path):
    """Gold is looked for in DATA-labels, then in DATA/labels; a folder named after the suite stands for itself."""
    suite = plugins.suite("xtreme")
    data: Path = tmp_path / "xtreme"
    (data / "labels").mkdir(parents=True)
    assert resolve_folders(Selection(data=data), suite) == (data, data / "labels")
    (tmp_path / "xtreme-labels").mkdir()
    assert resolve_folders(Selection(data=data), suite) == (data, tmp_path / "xtreme-labels")
    assert resolve_folders(Selection(data=tmp_path), suite) == (data, tmp_path / "xtreme-labels")


def test_the_data_may_be_the_working_directory(plugins, tmp_path, monkeypatch):
    """`--data .` and `--data ..` find gold beside the folder that they stand for."""
    suite = plugins.suite("xtreme")
    data, labels = tmp_path / "mine", tmp_path / "mine-labels"
    (data / "inside").mkdir(parents=True)
    labels.mkdir()
    for inside, given in (("mine", "."), ("mine/inside", "..")):
        monkeypatch.chdir(tmp_path / inside)
        assert resolve_folders(Selection(data=Path(given)), suite) == (Path(given), labels)
    assert resolve_folders(Selection(data=Path("/")), suite)[0] == Path("/")


def test_absent_folder_names_the_flag(plugins, tmp_path):
    """A data folder that is not there is an error naming flag and folder."""
    with pytest.raises(xharness.DataError, match=r"--data .*nothing: there is no such folder"):
        resolve_folders(Selection(data=tmp_path / "nothing"), plugins.suite("xtreme"))


def test_limit_keeps_the_pool(world):
    """A limit shortens the examples, keeps the pool, and declares itself."""
    split = world.load("moods")(xharness.DataRequest(language="en", split="test"))
    short = limited(split, 2)
    assert [example.id for example in short.examples] == ["0", "1"]
    assert short.official is False
    assert "first 2 of 6" in short.notes[-1]
    assert limited(split, 100) is split
