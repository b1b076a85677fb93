"""The nine intermediate tasks as they are offered."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import xharness_intermediate
from xharness import DataError, DataRequest, Kind, MissingDataError, Task, UsageError
from xharness.plugins import Candidate, Plugins
from xharness_intermediate.files import READERS, WANTED
from xharness_intermediate.loading import SIZES
from xharness_intermediate.tasks import TASKS
from xharness_xtreme.metrics import METRICS

if TYPE_CHECKING:
    from pathlib import Path

BY_NAME = {task.name: task for task in TASKS}


def test_the_nine_tasks_are_offered_through_the_hook() -> None:
    """A registry with this plugin alone has the nine tasks of spec/training.md §2."""
    own = Candidate(name="intermediate", distribution="xharness", version="0", load=lambda: xharness_intermediate)
    assert set(Plugins([own]).tasks) == {
        "anli-plus", "mnli", "qqp", "squad-v1.1", "squad-v2.0", "hellaswag", "ccg", "cosmosqa", "commonsenseqa",
    }  # fmt: skip


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_tasks_are_english_and_have_a_head_of_their_own(task: Task) -> None:
    """Every task trains its own head on English train data, and is scored on dev by a metric that is offered."""
    assert (task.languages, task.splits, task.head, task.version) == (("en",), ("train", "dev"), task.name, "1")
    metrics = {metric.name: metric for metric in METRICS}
    assert set(task.main) <= {score for name in task.metrics for score in metrics[name].scores}
    assert all((task.title, task.license, task.citation))
    assert task.name in READERS
    assert {(task.name, "train"), (task.name, "dev")} <= set(WANTED) & set(SIZES)


def test_kinds_labels_and_lengths() -> None:
    """Each task has the kind, the number of labels and the length that its head needs (spec/training.md §2, §3)."""
    assert {name: (task.kind, len(task.labels), task.max_length) for name, task in BY_NAME.items()} == {
        "anli-plus": (Kind.PAIR_CLASSIFICATION, 3, 256),
        "mnli": (Kind.PAIR_CLASSIFICATION, 3, 256),
        "qqp": (Kind.PAIR_CLASSIFICATION, 2, 256),
        "squad-v1.1": (Kind.SPAN_QA, 0, 384),
        "squad-v2.0": (Kind.SPAN_QA, 0, 384),
        "hellaswag": (Kind.MULTIPLE_CHOICE, 4, 256),
        "ccg": (Kind.TAGGING, 0, 256),
        "cosmosqa": (Kind.MULTIPLE_CHOICE, 4, 256),
        "commonsenseqa": (Kind.MULTIPLE_CHOICE, 5, 256),
    }
    assert BY_NAME["mnli"].labels == BY_NAME["anli-plus"].labels == ("contradiction", "entailment", "neutral")
    assert [name for name, task in BY_NAME.items() if task.unanswerable] == ["squad-v2.0"]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_an_empty_folder_lists_what_was_looked_for(task: Task, tmp_path: Path) -> None:
    """Without its files a task has no data: the error names the folder and every name looked for."""
    with pytest.raises(MissingDataError) as caught:
        task.load(DataRequest(language="en", split="dev", data=tmp_path))
    message = str(caught.value)
    assert message.startswith(f"{task.name}/en: {tmp_path} lacks ")
    assert all(name in message for wanted in WANTED[task.name, "dev"] for name in (*wanted.names, *wanted.folders))


def test_an_absent_file_is_missing_data(tmp_path: Path) -> None:
    """A stand-in that does not exist is named."""
    with pytest.raises(MissingDataError, match=r"mnli/en: the file .*no\.tsv does not exist"):
        BY_NAME["mnli"].load(DataRequest(language="en", split="train", file=tmp_path / "no.tsv"))


def test_other_languages_and_splits_are_refused() -> None:
    """Intermediate tasks are English and have no test split."""
    with pytest.raises(UsageError, match=r"qqp/de: There is no qqp language called 'de'.*Known: en"):
        BY_NAME["qqp"].load(DataRequest(language="de", split="train"))
    with pytest.raises(DataError, match=r"qqp/en: qqp has no test split"):
        BY_NAME["qqp"].load(DataRequest(language="en", split="test"))


def test_listing_the_tasks_imports_nothing_heavy() -> None:
    """Offering the tasks loads no data library and none of the readers."""
    code = (
        "import sys, xharness_intermediate; list(xharness_intermediate.xharness_tasks()); "
        "sys.exit(str({'numpy', 'datasets', 'torch', 'pyarrow', 'xharness_intermediate.loading'} & set(sys.modules) or ''))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert not done.stderr.strip()
