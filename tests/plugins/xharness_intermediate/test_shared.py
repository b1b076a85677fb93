"""The real training data beside the repository, counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from xharness import Choices, DataRequest, Split
from xharness_intermediate.tasks import TASKS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.shared
BY_NAME = {task.name: task for task in TASKS}


def load(shared: Path, task: str, name: str) -> Split:
    """A split from one of the files of real data."""
    return BY_NAME[task].load(DataRequest(language="en", split="dev", file=shared / "data" / "train" / name))


@pytest.mark.parametrize(
    ("task", "name", "count", "clusters"),
    [
        ("mnli", "nli/mnli_subset.en.tsv", 5467, 5396),
        ("anli-plus", "nli/anli_dev_r1.en.tsv", 1000, 845),
        ("anli-plus", "nli/anli_dev_r2.en.tsv", 1000, 872),
        ("anli-plus", "nli/anli_dev_r3.en.tsv", 1198, 1125),
        ("squad-v1.1", "squad/train-v1.1.json", 87_599, 18_891),
        ("squad-v1.1", "squad/dev-v1.1.json", 10_570, 2067),
        ("squad-v2.0", "squad/dev-v2.0.json", 11_873, 1204),
        ("cosmosqa", "commonsense/cosmosqa_valid.csv", 2985, 2445),
        ("commonsenseqa", "commonsense/csqa_dev_rand_split.jsonl", 1221, 1221),
    ],
)
def test_real_files_have_the_published_sizes(shared: Path, task: str, name: str, count: int, clusters: int) -> None:
    """Every file that belongs to a task is read whole, with unique ids, and clusters of premises or passages."""
    split = load(shared, task, name)
    assert len(split.examples) == count
    assert len({one.id for one in split.examples}) == count
    assert len({one.cluster for one in split.examples}) == clusters
    assert split.source == f"file {name.split('/')[1]}"


def test_half_of_squad_two_has_no_answer(shared: Path) -> None:
    """5,945 of SQuAD v2.0's 11,873 development questions have no answer (Rajpurkar et al. 2018, table 2)."""
    assert sum(one.gold == () for one in load(shared, "squad-v2.0", "squad/dev-v2.0.json").examples) == 5945


def test_commonsenseqa_begins_as_published(shared: Path) -> None:
    """The first development question is about revolving doors, and the answer is the bank."""
    example = load(shared, "commonsenseqa", "commonsense/csqa_dev_rand_split.jsonl").examples[0]
    assert isinstance(example.inputs, Choices)
    assert example.inputs.context.startswith("A revolving door")
    assert example.inputs.options[int(str(example.gold))] == "bank"


def test_the_squad_folder_is_found_by_its_names(shared: Path) -> None:
    """The folder `squad/` serves both versions, and a split of the published size is official."""
    split = BY_NAME["squad-v2.0"].load(DataRequest(language="en", split="dev", data=shared / "data" / "train"))
    assert (split.source, split.official, split.notes) == ("squad/dev-v2.0.json", True, ())
