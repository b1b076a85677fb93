"""Retrieval and mining: pools, right documents, and the split on which the threshold is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from xharness import DataError, Document, data

from .made_up import load, task_of, write

if TYPE_CHECKING:
    from pathlib import Path

    from xharness import Task


def test_rows_that_hold_their_own_right_document(tmp_path: Path) -> None:
    """The part `target` makes all rows' targets the pool, each right for its own row."""
    file = write(tmp_path / "sw.tsv", "en\tsw", "hello\tjambo", "bye\tkwaheri")
    split = load(task_of("retrieval", data.tsv(file), fields={"text": "en", "target": "sw"}))
    assert [one.gold for one in split.examples] == [("0",), ("1",)]
    assert split.pool == (Document(id="0", text="jambo"), Document(id="1", text="kwaheri"))


def multilingual(folder: Path, **others: Any) -> Task:
    """Queries in two languages, one pool for both, several right documents."""
    write(folder / "pool.jsonl", {"id": "d1", "text": "one"}, {"id": "d2", "text": "mbili"})
    write(
        folder / "en.jsonl",
        {"id": "q1", "text": "1?", "right": ["d1", "d1"]},
        {"id": "q2", "text": "2?", "right": "d2"},
    )
    write(folder / "sw.jsonl", {"id": "q1", "text": "moja?", "right": ["d2", "d1"]})
    pool = data.documents(data.jsonl(folder / "pool.jsonl"))
    return task_of(
        "retrieval", data.jsonl(folder / "{language}.jsonl"),
        **{"languages": ("en", "sw"), "pool": pool, "fields": {"gold": "right"}, **others},
    )  # fmt: skip


def test_one_pool_for_all_languages(tmp_path: Path) -> None:
    """A pool without `{language}` is the same for every language; gold is one id or several, each once."""
    task = multilingual(tmp_path)
    assert load(task, "en").pool == load(task, "sw").pool
    assert [one.gold for one in load(task, "en").examples] == [("d1",), ("d2",)]
    assert load(task, "sw").examples[0].gold == ("d2", "d1")


def test_gold_that_is_not_in_the_pool(tmp_path: Path) -> None:
    """A right document that nobody can find is refused by name; so are a pool's repeated ids."""
    task = multilingual(tmp_path)
    write(tmp_path / "sw.jsonl", {"id": "q1", "text": "moja?", "right": ["d7"]})
    with pytest.raises(DataError, match=r"mine/sw: the gold of example 'q1' .*names the document 'd7'.* 2 of the pool"):
        load(task, "sw")
    write(tmp_path / "pool.jsonl", {"id": "d1", "text": "one"}, {"id": "d1", "text": "two"})
    with pytest.raises(DataError, match=r"pool\.jsonl, line 2: the id 'd1' stands twice"):
        load(task, "en")
    write(tmp_path / "pool.jsonl", {"id": "d1", "text": 3})
    with pytest.raises(DataError, match=r"pool\.jsonl, line 1: field 'text' \(text\) is 3; expected a text"):
        load(task, "en")


def test_right_documents_in_a_file_of_their_own(tmp_path: Path) -> None:
    """Pairs join examples and documents; an example without a pair has none; an unknown example is refused."""
    gold = write(tmp_path / "gold.tsv", "q1\td2", "q1\td1", "q1\td2")
    pairs = data.pairs(data.tsv(gold, columns=("query", "found")), example="query", document="found")
    task = multilingual(tmp_path, fields={}, pairs=pairs)
    assert [one.gold for one in load(task, "en").examples] == [("d2", "d1"), ()]
    write(gold, "q9\td1")
    with pytest.raises(DataError, match=r"1 example ids in gold\.tsv, tsv are not in the data \(first: q9\)"):
        load(task, "en")


def mined(folder: Path) -> Task:
    """Two comparable corpora in dev and test."""
    for split in ("dev", "test"):
        write(folder / f"sw.{split}.sw", f"s1\tjambo {split}", "s2\tmoja")
        write(folder / f"sw.{split}.en", f"e1\thello {split}", "e2\ttwo")
        write(folder / f"sw.{split}.gold", "s1\te1")
    return task_of(
        "mining", data.tsv(f"{folder}/{{language}}.{{split}}.{{language}}", columns=("id", "text")), languages=("sw",),
        splits=("dev", "test"), pool=data.documents(data.tsv(f"{folder}/{{language}}.{{split}}.en", columns=("id", "text"))),
        pairs=data.pairs(data.tsv(f"{folder}/{{language}}.{{split}}.gold", columns=("example", "document"))),
    )  # fmt: skip


def test_mining_brings_the_split_for_its_threshold(tmp_path: Path) -> None:
    """Test comes with dev, on which the threshold is found; dev stands alone; gold alone needs no dev."""
    task = mined(tmp_path)
    split = load(task, "sw")
    assert [one.gold for one in split.examples] == [("e1",), ()]
    assert split.tuning is not None
    assert (split.tuning.name, split.tuning.pool[0].text) == ("dev", "hello dev")
    assert load(task, "sw", "dev").tuning is None
    assert load(task, "sw", gold_only=True).tuning is None
