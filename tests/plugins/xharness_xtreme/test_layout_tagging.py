"""UDPOS and PAN-X from the official layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from xharness import DataError, DataRequest, Words
from xharness_xtreme.loading import load

if TYPE_CHECKING:
    from pathlib import Path

    from xharness import Split


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def _loaded(folder: Path, task: str = "panx", language: str = "de", split: str = "test") -> Split:
    return load(task, DataRequest(language=language, split=split, data=folder, labels=folder / "labels"))


def _words(split: Split) -> list[tuple[str, ...]]:
    return [example.inputs.words for example in split.examples if isinstance(example.inputs, Words)]


@pytest.mark.parametrize("end", ["\n", "\n\n", ""])
def test_sentences_end_at_empty_lines_or_at_the_end(tmp_path: Path, end: str) -> None:
    """A last sentence counts with or without an empty line, or even a newline, after it."""
    _written(tmp_path / "panx/test-de.tsv", f"a\nb\n\nc{end}")
    _written(tmp_path / "labels/panx/test-de.tsv", f"O\nB-PER\n\nO{end}")
    split = _loaded(tmp_path)
    assert _words(split) == [("a", "b"), ("c",)]
    assert [(example.id, example.cluster, example.gold) for example in split.examples] == [
        ("0", "0", ("O", "B-PER")),
        ("1", "1", ("O",)),
    ]


@pytest.mark.parametrize("gap", ["\n\n\n", "\n\n\n\n", "\n\n\n\n\n"])
def test_repeated_empty_lines_make_no_sentences(tmp_path: Path, gap: str) -> None:
    """PAN-X repeats empty lines (issue #16): there are no empty sentences, and how many were left out is noted."""
    _written(tmp_path / "panx/test-de.tsv", f"a{gap}b\n")
    _written(tmp_path / "labels/panx/test-de.tsv", f"O{gap}O\n")
    split = _loaded(tmp_path)
    assert _words(split) == [("a",), ("b",)]
    assert (
        f"The file repeats empty lines between sentences; {len(gap) - 2} empty sentences were left out." in split.notes
    )


def test_training_and_dev_lines_carry_tags(tmp_path: Path) -> None:
    """Train and dev files hold token, TAB and tag; CRLF line ends do no harm."""
    _written(tmp_path / "udpos/dev-en.tsv", "a\tDET\r\nb\tNOUN\r\n\r\nc\tX\r\n")
    split = _loaded(tmp_path, task="udpos", language="en", split="dev")
    assert [example.gold for example in split.examples] == [("DET", "NOUN"), ("X",)]
    assert _words(split) == [("a", "b"), ("c",)]


def test_unequal_lengths_name_the_sentence_and_both_lengths(tmp_path: Path) -> None:
    """A sentence with more tokens than gold tags is refused with its number, its words and both lengths."""
    _written(tmp_path / "panx/test-de.tsv", "a\n\nb\nc\n")
    _written(tmp_path / "labels/panx/test-de.tsv", "O\n\nO\n")
    with pytest.raises(
        DataError, match=r"panx/de: .*sentence 1 \(0-based, beginning 'b c'\) has 2 tokens but 1 gold tags"
    ):
        _loaded(tmp_path)


def test_unequal_sentence_counts_name_both(tmp_path: Path) -> None:
    """Data and gold with another number of sentences are refused with both numbers."""
    _written(tmp_path / "panx/test-de.tsv", "a\n\nb\n\nc\n")
    _written(tmp_path / "labels/panx/test-de.tsv", "O\n\nO\n")
    with pytest.raises(DataError, match=r"panx/de: .*3 sentences but gold for 2; the first 2 agree.*same order"):
        _loaded(tmp_path)


@pytest.mark.parametrize("tag", ["B-MISC", "o", "token\tO"])
def test_a_tag_outside_the_set_names_its_line(tmp_path: Path, tag: str) -> None:
    """A gold tag that the task does not have is refused with file, line and set, also a token left beside the tag."""
    _written(tmp_path / "panx/test-de.tsv", "a\n\nb\n")
    _written(tmp_path / "labels/panx/test-de.tsv", f"O\n\n{tag}\n")
    with pytest.raises(DataError, match=r"labels/panx/test-de\.tsv, line 3: the tag .* is not one of O, B-PER"):
        _loaded(tmp_path)


def test_the_tag_of_a_token_without_one_is_legal_gold_in_udpos(tmp_path: Path) -> None:
    """The official scorer treats `_` like any other tag (spec section 2.3)."""
    _written(tmp_path / "udpos/test-de.tsv", "a\nb\n")
    _written(tmp_path / "labels/udpos/test-de.tsv", "_\nNOUN\n")
    assert _loaded(tmp_path, task="udpos").examples[0].gold == ("_", "NOUN")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a\tDET\n\tNOUN\n", r"line 2: the token is empty"),
        ("a\tDET\nb\t\n", r"line 2: the tag is empty"),
        ("a\tDET\n\nb\n", r"line 3: 1 column where 2 \(token, tag\)"),
        ("a\tb\tDET\nc\n", r"line 1: 3 columns where 2"),
        ("a\tDET\n \n", r"line 2: only whitespace"),
    ],
)
def test_malformed_lines_are_refused(tmp_path: Path, text: str, problem: str) -> None:
    """Empty tokens or tags, other numbers of columns, and lines of whitespace are refused with their line."""
    _written(tmp_path / "udpos/dev-en.tsv", text)
    with pytest.raises(DataError, match=problem + r".*Expected is a token, a TAB and its tag"):
        _loaded(tmp_path, task="udpos", language="en", split="dev")


def test_tags_in_a_test_file_are_refused(tmp_path: Path) -> None:
    """A test file with a second column is refused: many copies hold dummy tags there (issue #93)."""
    _written(tmp_path / "panx/test-de.tsv", "a\nb\tO\n")
    with pytest.raises(DataError, match=r"test-de\.tsv, line 2: a test file holds tokens only.*cut -f1"):
        _loaded(tmp_path)


def test_odd_characters_are_kept_and_noted(tmp_path: Path) -> None:
    """Whitespace inside a token and invisible characters at its edge stay as they are, and are counted in notes."""
    _written(tmp_path / "panx/test-de.tsv", "New York\nx\u00a0y z\n\n\u200bb\nc\ufeff\nd\u200ce\n")
    split = _loaded(tmp_path)
    assert _words(split) == [("New York", "x\u00a0y z"), ("\u200bb", "c\ufeff", "d\u200ce")]
    assert "Tokens with whitespace inside, kept as they are: 2." in split.notes
    assert "Tokens with an invisible character at an edge, kept as they are: 2." in split.notes


def test_missing_gold_leaves_every_sentence_without(tmp_path: Path) -> None:
    """Where there is no gold file no example has gold."""
    _written(tmp_path / "udpos/test-de.tsv", "a\nb\n")
    split = _loaded(tmp_path, task="udpos")
    assert [example.gold for example in split.examples] == [None]
    assert not split.has_gold


def test_both_german_counts_pass(tmp_path: Path) -> None:
    """The official German UDPOS test set has 22,357 or 22,358 sentences; both are official, others are not."""
    for count, official in ((22357, True), (22358, True), (22356, False)):
        _written(tmp_path / "udpos/test-de.tsv", "\n\n".join("a" * count) + "\n")
        assert _loaded(tmp_path, task="udpos").official is official
