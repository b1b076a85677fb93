"""A task over a data set on the hub, read through the real `datasets` from a small copy in the hub's own form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import datasets  # noqa: TID253 (these tests are about it)
import pytest
from datasets import ClassLabel, Dataset, Features, Sequence, Value  # noqa: TID253
from tiny_hub import write_repository
from xharness import DataError, DataRequest, PluginError, Text, data

from .made_up import load, task_of, write

if TYPE_CHECKING:
    from pathlib import Path

    from xharness import Task

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NAMES = ClassLabel(names=["x", "y"])


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A repository with the configurations en and sw and the splits val and test, some of it without labels."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    datasets.disable_progress_bars()
    features = Features(
        {"text": Value("string"), "label": NAMES, "tags": Sequence(NAMES), "words": Sequence(Value("string"))}
    )

    def rows(text: str, label: int) -> Dataset:
        columns = {"text": [text], "label": [label], "tags": [[1, 0]], "words": [[text, "b"]]}
        return Dataset.from_dict(columns, features=features)

    tables = {("en", "val"): rows("hello", 1), ("sw", "val"): rows("jambo", 0), ("en", "test"): rows("bye", -1)}
    write_repository(tmp_path / "set", tables)
    return str(tmp_path / "set")


def hub_task(repository: str, kind: str = "classification", **others: Any) -> Task:
    """A task in two languages over the repository."""
    source = data.hub(repository, config="{language}", revision=COMMIT)
    splits = {"dev": "val", "test": "test"}
    return task_of(kind, source, **{"languages": ("en", "sw"), "splits": splits, **others})


def test_class_numbers_are_read_as_names(repository: str) -> None:
    """Configuration and split follow the cell, classes have their names, -1 says that there is no gold."""
    task = hub_task(repository)
    split = load(task, "sw", "dev")
    assert (split.examples[0].inputs, split.examples[0].gold) == (Text(text="jambo"), "x")
    assert split.source == f"hub {repository}@{COMMIT}, sw, val"
    assert load(task, "en", "test").examples[0].gold is None
    assert load(hub_task(repository, "tagging", labels=("x", "y")), "en", "dev").examples[0].gold == ("y", "x")


def test_the_commit_is_asked_for(repository: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The task's own commit is fetched, or the one that the user names."""
    asked: list[object] = []
    real = datasets.load_dataset

    def remember(*args: Any, **options: Any) -> Any:
        asked.append(options["revision"])
        return real(*args, **options)

    monkeypatch.setattr(datasets, "load_dataset", remember)
    load(hub_task(repository), "en", "dev")
    load(hub_task(repository), "en", "dev", revision="a" * 40)
    assert asked == [COMMIT, "a" * 40]


def test_what_the_hub_does_not_have(repository: str) -> None:
    """An absent configuration is refused with the cell and the repository; a wrong column with what there is."""
    with pytest.raises(DataError, match=r"mine/sw: .*configuration sw.*test"):
        load(hub_task(repository), "sw", "test")
    with pytest.raises(
        DataError, match=r"row 0: there is no field 'sentence'.*fields here are text, label, tags, words"
    ):
        load(hub_task(repository, fields={"text": "sentence"}), "en", "dev")


def test_a_file_can_stand_in(repository: str, tmp_path: Path) -> None:
    """A file that stands in is read by its suffix; an unknown suffix lists those that are known."""
    file = write(tmp_path / "mine.jsonl", {"text": "a", "label": "y"})
    task = hub_task(repository)
    assert task.load(DataRequest(language="en", split="train", file=file)).examples[0].gold == "y"
    with pytest.raises(DataError, match=r"ends in '\.xml'; expected one of \.tsv, \.csv"):
        task.load(DataRequest(language="en", split="train", file=tmp_path / "mine.xml"))


@pytest.mark.parametrize("revision", ["main", "v1.0", "0123456", "", COMMIT.upper()])
def test_a_moving_revision_is_refused(revision: str) -> None:
    """Only a whole commit is taken: a branch means other data tomorrow."""
    with pytest.raises(PluginError, match=rf"hub\('org/name'\): the revision '{revision}' is no commit"):
        data.hub("org/name", revision=revision)
