"""Tatoeba and BUCC 2018 from the official layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from xharness import DataError, DataRequest, Text
from xharness_xtreme.loading import load

if TYPE_CHECKING:
    from pathlib import Path

    from xharness import Split


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def _tatoeba(folder: Path, gold: str | None = "2\n0\n1\n", english: str = "a \nb\nc\n") -> Split:
    _written(folder / "tatoeba/jv-en.en", english)
    _written(folder / "tatoeba/jv-en.jv", "B\nC\nA\n")
    if gold is not None:
        _written(folder / "labels/tatoeba/test-jv.tsv", gold)
    return load("tatoeba", DataRequest(language="jv", split="test", data=folder, labels=folder / "labels"))


def _bucc(folder: Path, split: str = "dev", labels: bool = True) -> Split:
    return load(
        "bucc2018", DataRequest(language="zh", split=split, data=folder, labels=folder / "labels" if labels else None)
    )


def _corpus(folder: Path, split: str) -> None:
    _written(folder / f"bucc2018/zh-en.{split}.zh", f"zh-1\t{split} eins\nzh-2\tzwei\tmit Tab\nzh-3\tdrei\n")
    _written(folder / f"bucc2018/zh-en.{split}.en", "en-1\tone\nen-2\ttwo\n")


def test_english_queries_find_foreign_line_numbers(tmp_path: Path) -> None:
    """Each English sentence is a query, its gold the 0-based line of the foreign side; documents are named by their line."""
    split = _tatoeba(tmp_path)
    assert [(example.id, example.inputs, example.gold) for example in split.examples] == [
        ("0", Text(text="a"), ("2",)),
        ("1", Text(text="b"), ("0",)),
        ("2", Text(text="c"), ("1",)),
    ]
    assert [(document.id, document.text) for document in split.pool] == [("0", "B"), ("1", "C"), ("2", "A")]


@pytest.mark.parametrize("line", ["3", "-1", "[1]", "01", "x", ""])
def test_gold_must_be_line_numbers(tmp_path: Path, line: str) -> None:
    """Anything but a plain line number within the foreign side is refused with its line."""
    with pytest.raises(
        DataError, match=r"tatoeba/jv: .*test-jv\.tsv, line 2: .* is not a 0-based line number .* 3 lines"
    ):
        _tatoeba(tmp_path, gold=f"2\n{line}\n1\n")


def test_an_unsorted_english_side_is_noted(tmp_path: Path) -> None:
    """Official gold fits the sorted English side only, so another order is pointed out."""
    assert any("not sorted by code point" in note for note in _tatoeba(tmp_path, english="b\na\nc\n").notes)


def test_sides_of_unequal_length_are_refused(tmp_path: Path) -> None:
    """The two sides of Tatoeba hold the same sentences and must have as many lines."""
    with pytest.raises(DataError, match=r"jv-en\.jv has 3 lines but .*jv-en\.en has 2"):
        _tatoeba(tmp_path, english="a\nb\n")


def test_retrieval_without_gold_has_none(tmp_path: Path) -> None:
    """Without a label file no query has gold."""
    assert not _tatoeba(tmp_path, gold=None).has_gold


def test_mining_examples_are_foreign_sentences(tmp_path: Path) -> None:
    """Every foreign sentence is an example with the English ids paired with it, none for most; English is the pool."""
    _corpus(tmp_path, "dev")
    _written(tmp_path / "bucc2018/zh-en.dev.gold", "zh-1\ten-2\nzh-3\ten-1\nzh-3\ten-2\nzh-3\ten-1\n")
    split = _bucc(tmp_path)
    assert [(example.id, example.gold) for example in split.examples] == [
        ("zh-1", ("en-2",)),
        ("zh-2", ()),
        ("zh-3", ("en-1", "en-2")),
    ]
    assert split.examples[1].inputs == Text(text="zwei\tmit Tab")
    assert [document.id for document in split.pool] == ["en-1", "en-2"]
    assert split.tuning is None


def test_gold_in_the_label_folder_wins(tmp_path: Path) -> None:
    """The scorer's gold file is used where it exists, else the one beside the data."""
    _corpus(tmp_path, "dev")
    _written(tmp_path / "bucc2018/zh-en.dev.gold", "zh-1\ten-2\n")
    _written(tmp_path / "labels/bucc2018/dev-zh.tsv", "zh-2\ten-1\n")
    assert _bucc(tmp_path).examples[0].gold == ()
    assert _bucc(tmp_path, labels=False).examples[0].gold == ("en-2",)


def test_the_test_split_carries_dev_for_the_threshold(tmp_path: Path) -> None:
    """The threshold of mining is found on dev, so the test split carries it, with its gold."""
    _corpus(tmp_path, "dev")
    _corpus(tmp_path, "test")
    _written(tmp_path / "bucc2018/zh-en.dev.gold", "zh-1\ten-2\n")
    split = _bucc(tmp_path, "test")
    assert not split.has_gold
    assert split.tuning is not None
    assert (split.tuning.name, split.tuning.has_gold) == ("dev", True)


@pytest.mark.parametrize(
    ("dev", "note"), [(False, "no dev split at hand"), (True, "has no gold to find the threshold")]
)
def test_a_test_split_without_dev_says_so(tmp_path: Path, dev: bool, note: str) -> None:
    """Without dev gold there is no tuning split, and a note says why."""
    _corpus(tmp_path, "test")
    if dev:
        _corpus(tmp_path, "dev")
    split = _bucc(tmp_path, "test")
    assert split.tuning is None
    assert any(note in line for line in split.notes)


def test_duplicate_sentence_ids_are_refused(tmp_path: Path) -> None:
    """An id that stands twice on one side is named with its line."""
    _corpus(tmp_path, "dev")
    _written(tmp_path / "bucc2018/zh-en.dev.en", "en-1\tone\nen-1\tuno\n")
    with pytest.raises(DataError, match=r"bucc2018/zh: .*zh-en\.dev\.en, line 2: the sentence id 'en-1' stands twice"):
        _bucc(tmp_path)


def test_lines_without_an_id_are_refused(tmp_path: Path) -> None:
    """A line without id and TAB is named."""
    _corpus(tmp_path, "dev")
    _written(tmp_path / "bucc2018/zh-en.dev.zh", "zh-1\teins\nzwei\n")
    with pytest.raises(DataError, match=r"zh-en\.dev\.zh, line 2: no id and TAB"):
        _bucc(tmp_path)


@pytest.mark.parametrize("line", ["", "zh-1", "zh-1\ten-1\t0.9"])
def test_gold_lines_must_be_pairs(tmp_path: Path, line: str) -> None:
    """A blank line (a wrong pair to the official scorer), a single id or a score is refused with its line."""
    _corpus(tmp_path, "dev")
    _written(tmp_path / "labels/bucc2018/dev-zh.tsv", f"zh-1\ten-1\n{line}\nzh-2\ten-2\n")
    with pytest.raises(DataError, match=r"dev-zh\.tsv, line 2: .* is not a pair"):
        _bucc(tmp_path)


def test_gold_of_another_split_is_refused(tmp_path: Path) -> None:
    """Gold ids that the corpus does not have are counted and named."""
    _corpus(tmp_path, "dev")
    _written(tmp_path / "labels/bucc2018/dev-zh.tsv", "zh-1\ten-1\nzh-9\ten-2\n")
    with pytest.raises(DataError, match=r"1 foreign ids of the gold are not in the corpus \(zh-9\).*same split"):
        _bucc(tmp_path)
