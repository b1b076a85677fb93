"""The real data: everything loads, with the benchmark's sizes, and gold alone gives the same ids and clusters."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from xharness import DataError, DataRequest, Kind, Split, Task, Variant
from xharness_xtreme.pairs import read_rows
from xharness_xtreme.tasks import TASKS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.shared

EXPECTED = {
    ("xnli", "test"): (75150, 15),
    ("xnli", "dev"): (37350, 15),
    ("pawsx", "test"): (14000, 7),
    ("pawsx", "dev"): (14000, 7),
    ("udpos", "test"): (90777, 32),
    ("udpos", "dev"): (3974, 1),
    ("panx", "test"): (262300, 7),
    ("panx", "dev"): (252300, 39),
    ("xquad", "test"): (13090, 11),
    ("mlqa", "test"): (0, 0),
    ("mlqa", "dev"): (4199, 7),
    ("tydiqa", "test"): (5077, 9),
    ("bucc2018", "test"): (0, 0),
    ("bucc2018", "dev"): (8624, 1),
    ("tatoeba", "test"): (31692, 36),
}
"""Task and split → examples and languages with gold, as data/README of the copies states them."""


def _splits(shared: Path, task: Task, name: str, *, gold_only: bool = False) -> list[Split]:
    """Returns the languages of a split whose files are there."""
    found = []
    for language in task.languages:
        request = DataRequest(
            language=language,
            split=name,
            data=None if gold_only else shared / "data" / "xtreme",
            labels=shared / "data" / "xtreme-labels",
            gold_only=gold_only,
        )
        try:
            found.append(task.load(request))
        except DataError as err:
            if "does not exist" not in str(err):
                raise
    return found


@pytest.mark.parametrize(("task", "name"), EXPECTED, ids=str)
def test_every_split_has_the_benchmarks_size(shared: Path, task: str, name: str) -> None:
    """Every language that is there loads, with the benchmark's counts, and gold where the copies have it."""
    loaded = _splits(shared, next(one for one in TASKS if one.name == task), name)
    assert (sum(len(split.examples) for split in loaded), sum(split.has_gold for split in loaded)) == EXPECTED[
        task, name
    ]
    assert [split.place for split in loaded if not split.official] == []


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_gold_alone_gives_the_same_examples(shared: Path, task: Task) -> None:
    """Ids, clusters and gold are the same from data with labels and from labels alone."""
    name = "dev" if task.name in {"mlqa", "bucc2018"} else "test"
    full = {split.language: split for split in _splits(shared, task, name)}
    for bare in _splits(shared, task, name, gold_only=True):
        if bare.has_gold:
            ids = {example.id for example in bare.examples} if task.kind == Kind.MINING else None
            examples = [example for example in full[bare.language].examples if ids is None or example.id in ids]
            got = [(example.id, example.cluster, _texts(example.gold)) for example in examples]
            assert got == [(example.id, example.cluster, _texts(example.gold)) for example in bare.examples]


def _texts(gold: object) -> object:
    return [getattr(item, "text", item) for item in gold] if isinstance(gold, tuple) else gold


@pytest.mark.parametrize("task", ["xnli", "pawsx"])
def test_real_pair_files_read_as_the_csv_module_reads_them(shared: Path, task: str) -> None:
    """On every real file the fixed variant equals csv with quoting, and the paper variant csv without."""
    for path in sorted((shared / "data" / "xtreme" / task).glob("*.tsv")):
        columns = 2 if path.name.startswith("test") else 3
        for variant, quoting in ((Variant.FIXED, csv.QUOTE_MINIMAL), (Variant.PAPER, csv.QUOTE_NONE)):
            with path.open(encoding="utf-8", newline="") as stream:
                expected = list(csv.reader(stream, delimiter="\t", quoting=quoting))
            assert read_rows(path, columns, variant)[0] == expected


def test_parallel_tasks_share_ids_and_clusters(shared: Path) -> None:
    """XNLI, PAWS-X and XQuAD have the same ids and clusters in all languages; XQuAD's are its 240 paragraphs."""
    for task in TASKS:
        if task.parallel and task.name != "mlqa":
            named = {tuple((one.id, one.cluster) for one in split.examples) for split in _splits(shared, task, "test")}
            assert len(named) == 1
            (pairs,) = named
            assert len({cluster for _, cluster in pairs}) == {"xnli": 1670, "pawsx": 2000, "xquad": 240}[task.name]


def test_mlqa_clusters_join_languages(shared: Path) -> None:
    """In MLQA's real dev set a question that two languages share has one cluster, and clusters are fewer than passages."""
    task = next(one for one in TASKS if one.name == "mlqa")
    loaded = _splits(shared, task, "dev")
    clusters: dict[str, set[str]] = {}
    for split in loaded:
        for example in split.examples:
            clusters.setdefault(example.id, set()).add(example.cluster)
    assert all(len(names) == 1 for names in clusters.values())
    assert len({name for names in clusters.values() for name in names}) == 933


def test_training_data_have_unique_ids_and_spans(shared: Path) -> None:
    """English training data load; every training answer stands where its start says."""
    data = shared / "data" / "xtreme"
    sizes = {}
    for name in ("udpos", "panx", "tydiqa"):
        task = next(one for one in TASKS if one.name == name)
        split = task.load(DataRequest(language="en", split="train", data=data))
        assert split.official
        sizes[name] = len({example.id for example in split.examples})
    assert sizes == {"udpos": 21253, "panx": 20000, "tydiqa": 3696}
