"""Loading: the bundled files or a folder laid out like them, and what is wrong with a file by name and line."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import xharness_mini
from xharness import DataError, DataRequest, MissingDataError, Suite, UsageError
from xharness_mini.suite import SUITE
from xharness_mini.tasks import TASKS

BY_NAME = {task.name: task for task in TASKS}
DATA = Path(xharness_mini.__file__).parent / "data"


def test_the_suite_groups_all_its_tasks() -> None:
    """Every task of the suite is in one group of its average."""
    assert isinstance(SUITE, Suite)
    grouped = [name for names in SUITE.aggregator.groups.values() for name in names]
    assert sorted(grouped) == sorted(SUITE.tasks) == sorted(BY_NAME)


@pytest.mark.parametrize("name", BY_NAME)
def test_a_folder_laid_out_alike_gives_the_same(name: str, tmp_path: Path) -> None:
    """A copy of the files, named with --data, gives the same split as the bundled ones."""
    shutil.copytree(DATA / name, tmp_path / name)
    request = DataRequest(language="de", split="test")
    assert BY_NAME[name].load(replace(request, data=tmp_path)) == BY_NAME[name].load(request)


def test_an_unknown_language_lists_those_there_are() -> None:
    """A language that a task does not have is a usage error that lists its languages."""
    with pytest.raises(UsageError, match=r"mini-nli/hi: .*Known: ar, de, en"):
        BY_NAME["mini-nli"].load(DataRequest(language="hi", split="test"))


@pytest.mark.parametrize(("task", "split"), [("mini-retrieval", "dev"), ("mini-mining", "train")])
def test_a_split_that_is_not_there_names_those_there_are(task: str, split: str) -> None:
    """Asking for a split that a task lacks names the splits that it has."""
    with pytest.raises(DataError, match=rf"{task}/de: {task} has no {split} split.*--split {task}=test"):
        BY_NAME[task].load(DataRequest(language="de", split=split))


def test_training_data_are_english() -> None:
    """Asking for training data in another language says that they are in English only."""
    with pytest.raises(DataError, match=r"mini-pos/sw: .*train split in English only"):
        BY_NAME["mini-pos"].load(DataRequest(language="sw", split="train"))


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    """A folder without the task's files is missing data, with the way to get them."""
    with pytest.raises(MissingDataError, match=r"mini-ner/ar: .*mini-ner.*Leave --data out"):
        BY_NAME["mini-ner"].load(DataRequest(language="ar", split="test", data=tmp_path))


@pytest.mark.parametrize(
    ("name", "file", "line", "message"),
    [
        ("mini-nli", "test-de.tsv", "a\tb\n", r"line 1: expected two sentences and a label"),
        ("mini-nli", "test-de.tsv", "a\tb\tyes\n", r"line 1: the label 'yes' is not one of"),
        ("mini-pos", "test-de.tsv", "Haus\tTHING\n", r"line 1: the tag 'THING' is not one of"),
        ("mini-ner", "test-de.tsv", "Haus\n", r"line 1: expected a word, a TAB and its tag"),
        ("mini-retrieval", "de-en.gold", "900\n", r"line 1: '900' is not a 0-based line number"),
        ("mini-mining", "de-en.test.gold", "de-1\ten-1\n", r"line 1: the corpora do not have both"),
        ("mini-mining", "de-en.test.de", "de-1\ta\nde-1\tb\n", r"line 2: the id 'de-1' stands twice"),
    ],
)
def test_a_malformed_file_is_named_with_its_line(tmp_path: Path, name: str, file: str, line: str, message: str) -> None:
    """What is wrong with a file is said with the file and the line."""
    shutil.copytree(DATA / name, tmp_path / name)
    (tmp_path / name / file).write_text(line, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        BY_NAME[name].load(DataRequest(language="de", split="test", data=tmp_path))
