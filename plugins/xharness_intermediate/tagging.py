"""CCG supertagging: sentences with one supertag per word, in three public forms.

Told apart by content: `word|POS|supertag` items on a line (CCGbank's tagged files), sentences with their tags after a TAB
(jiant's files), or a word, a TAB and its tag on each line with an empty line between sentences.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from xharness import DataError, Example, Words
from xharness.sources import text

from xharness_intermediate.reading import Read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Sentence: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]
"""Words, and as many tags."""

FORMS = (
    "Expected is one sentence per line of word|POS|supertag items, or of words, a TAB and as many tags; or a word, a TAB and "
    "its tag on each line, an empty line between sentences."
)


def read_ccg(path: Path) -> Read:
    """Returns the sentences of a file in its order. Raises DataError with file and line."""
    if "\t" not in text.first_line(path):
        return sentence_examples(_piped(path))
    if any(" " in column for _, line in text.lines(path) for column in line.split("\t")[-2:]):
        return sentence_examples(_lines_of_sentences(path))
    return sentence_examples(_lines_of_words(path))


def sentence_examples(sentences: Iterable[Sentence]) -> Read:
    """Returns one example per sentence, id and cluster its 0-based number."""
    return Read(
        examples=[
            Example(id=str(row), cluster=str(row), inputs=Words(words=words), gold=tags)
            for row, (words, tags) in enumerate(sentences)
        ]
    )


def _piped(path: Path) -> Iterator[Sentence]:
    for number, line in text.lines(path):
        items = [item.rsplit("|", 2) for item in line.split()]
        for item in items:
            if len(item) != 3 or not all(item):
                shown = "|".join(item)
                raise DataError(f"{path}, line {number:,}: {shown!r:.60} is no word|POS|supertag. {FORMS}")
        if items:
            yield tuple(word for word, _, _ in items), tuple(tag for _, _, tag in items)


def _lines_of_sentences(path: Path) -> Iterator[Sentence]:
    for number, line in text.lines(path):
        if not line.strip():
            continue
        columns = line.split("\t")
        if len(columns) == 3 and number == 1 and not columns[0].isdecimal():
            continue  # the header of a copy with an index column
        if len(columns) not in (2, 3):
            raise DataError(
                f"{path}, line {number:,}: {len(columns)} columns where words and tags were expected. {FORMS}"
            )
        words, tags = tuple(columns[-2].split()), tuple(columns[-1].split())
        if len(words) != len(tags):
            raise DataError(f"{path}, line {number:,}: {len(words):,} words but {len(tags):,} tags. {FORMS}")
        yield words, tags


def _lines_of_words(path: Path) -> Iterator[Sentence]:
    words: list[str] = []
    tags: list[str] = []
    for number, line in text.lines(path):
        if line.strip():
            columns = line.split("\t")
            if len(columns) != 2 or not all(columns):
                raise DataError(f"{path}, line {number:,}: {line!r:.60} is no word, TAB and tag. {FORMS}")
            words.append(columns[0])
            tags.append(columns[1])
        elif words:
            yield tuple(words), tuple(tags)
            words, tags = [], []
    if words:
        yield tuple(words), tuple(tags)
