"""CCG supertagging in its three public forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from xharness import DataError, Words

if TYPE_CHECKING:
    from .conftest import Load, Write

SENTENCES = [(("Mary", "sleeps"), ("N", "S\\NP")), (("Yes",), ("S",))]
PIPED = "Mary|NNP|N sleeps|VBZ|S\\NP\nYes|UH|S\n"
JIANT = "Mary sleeps\tN S\\NP\nYes\tS\n"
INDEXED = "\ttext\ttags\n0\tMary sleeps\tN S\\NP\n1\tYes\tS\n"
COLUMNS = "Mary\tN\nsleeps\tS\\NP\n\n\nYes\tS\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ccg.train", PIPED),
        ("train.stagged", PIPED),
        ("ccg.train", JIANT),
        ("ccg.train", INDEXED),
        ("train.tsv", COLUMNS),
    ],
)
def test_every_form_gives_the_same_sentences(write: Write, load: Load, name: str, content: str) -> None:
    """Items with bars, sentences beside their tags, and a word per line are told apart by content."""
    write(f"ccg/{name}", content)
    split = load("ccg")
    assert [(one.inputs, one.gold) for one in split.examples] == [
        (Words(words=words), tags) for words, tags in SENTENCES
    ]
    assert [(one.id, one.cluster) for one in split.examples] == [("0", "0"), ("1", "1")]
    assert split.source == f"ccg/{name}"


def test_a_word_may_hold_a_bar(write: Write, load: Load) -> None:
    """Part of speech and supertag are the last two parts of an item."""
    split = load("ccg", "dev", file=write("mine", "a|b|NN|N\n"))
    assert (split.examples[0].inputs, split.examples[0].gold) == (Words(words=("a|b",)), ("N",))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Mary|NNP|N sleeps|VBZ\n", r"line 1: 'sleeps\|VBZ' is no word\|POS\|supertag"),
        ("Mary sleeps\tN\n", r"line 1: 2 words but 1 tags"),
        ("Mary sleeps\tN S\na\tb\tc\td\n", r"line 2: 4 columns where words and tags were expected"),
        ("Mary\tN\nsleeps\n", r"line 2: 'sleeps' is no word, TAB and tag"),
        ("Mary\tN\n\tS\n", r"line 2: .* is no word, TAB and tag"),
    ],
)
def test_malformed_files_are_refused(write: Write, load: Load, content: str, message: str) -> None:
    """Items without a tag and sentences with another number of tags are errors with file and line."""
    with pytest.raises(DataError, match=rf"ccg/en: .*mine, {message}\. Expected is one sentence per line"):
        load("ccg", file=write("mine", content))
