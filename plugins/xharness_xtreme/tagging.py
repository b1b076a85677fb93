"""Tagged sentences: UDPOS and PAN-X. One token per line, an empty line between sentences (spec/xtreme.md §1.3, §1.4)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from xharness import DataError, Example, Words
from xharness.sources.text import refuse_line

from xharness_xtreme import reading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    Sentences: TypeAlias = list[tuple[str, ...]]

_BLANK = re.compile(r"^[^\S\n]+$", re.MULTILINE)
_SPACE = re.compile(r"[^\S\n\t]")
_NOT_TAGGED = re.compile(r"^(?!$)(?![^\t\n]+\t[^\t\n]+$)", re.MULTILINE)
_SPACED = re.compile(r"^[^\n\t]*?[^\S\n\t]", re.MULTILINE)
# Characters that show nothing and that real PAN-X tokens carry at an edge (data/README of the copies, spec §1.4).
_INVISIBLE = "\u00ad\u200b\u200d\u200e\u200f\u2060\ufeff"
_EDGE = re.compile(rf"(?:^|(?<=\t))[{_INVISIBLE}]|[{_INVISIBLE}](?=\t|$)", re.MULTILINE)


def read_tokens(
    path: Path, *, tagged: bool, known: Sequence[str]
) -> tuple[Sentences, Sentences | None, tuple[str, ...]]:
    """Returns tokens per sentence, tags per sentence if `tagged`, and notes.

    Repeated empty lines (real in PAN-X, issues #16 and #34 of the benchmark) make no sentences. Raises DataError for a line
    with another number of columns, an empty token, and a tag outside `known`.
    """
    text, notes = reading.read_text(path)
    if _BLANK.search(text):
        _refuse_blank(path, text)
    blocks, empty = _blocks(text)
    notes += _token_notes(text, empty)
    if not tagged:
        if "\t" in text:
            _refuse_tags(path, text)
        return [tuple(block) for block in blocks], None, notes
    if bad := _NOT_TAGGED.search(text):
        _refuse_columns(path, text, bad.start())
    columns = ["\t".join(block).split("\t") for block in blocks]
    tags = [tuple(column[1::2]) for column in columns]
    check_tags(path, text, tags, known)
    return [tuple(column[::2]) for column in columns], tags, notes


def read_tags(path: Path, known: Sequence[str]) -> tuple[Sentences, tuple[str, ...]]:
    """Returns the scorer's gold, tags per sentence, and notes: lines stripped, empty sentences left out (§2.1)."""
    text, notes = reading.read_text(path)
    text = "\n".join([line.strip() for line in text.split("\n")])
    blocks, empty = _blocks(text)
    tags = [tuple(block) for block in blocks]
    check_tags(path, text, tags, known)
    if empty:
        notes += (f"The gold file repeats empty lines between sentences; {empty:,} empty sentences were left out.",)
    return tags, notes


def _blocks(text: str) -> tuple[list[list[str]], int]:
    blocks = [block.split("\n") for block in text.strip("\n").split("\n\n")]
    whole = [block for block in blocks if block != [""]]
    if any(not block[0] for block in whole):  # an odd number of newlines between two sentences
        whole = [block[1:] if not block[0] else block for block in whole]
    surplus = len(re.findall(r"\n(?=\n\n)", text.strip("\n")))
    return whole, surplus


def _token_notes(text: str, empty: int) -> tuple[str, ...]:
    notes: list[str] = []
    if empty:
        notes.append(f"The file repeats empty lines between sentences; {empty:,} empty sentences were left out.")
    if _SPACE.search(text):
        notes.append(f"Tokens with whitespace inside, kept as they are: {len(_SPACED.findall(text)):,}.")
    if any(character in text for character in _INVISIBLE) and (edges := len(_EDGE.findall(text))):
        notes.append(f"Tokens with an invisible character at an edge, kept as they are: {edges:,}.")
    return tuple(notes)


def _refuse_blank(path: Path, text: str) -> NoReturn:
    number = next(number for number, line in enumerate(text.split("\n"), start=1) if line and not line.strip())
    refuse_line(path, number, "only whitespace: an empty token, or an empty line that is not empty.", _REMEDY)


def _refuse_tags(path: Path, text: str) -> NoReturn:
    number = next(number for number, line in enumerate(text.split("\n"), start=1) if "\t" in line)
    refuse_line(
        path,
        number,
        "a test file holds tokens only, and this line has a second column.",
        "Cut the tags off (cut -f1): gold belongs into the label folder, and the tags of many copies are dummies.",
    )


def _refuse_columns(path: Path, text: str, start: int) -> NoReturn:
    columns = text[start:].split("\n", 1)[0].split("\t")
    if len(columns) != 2:
        problem = f"{len(columns)} column{'s' * (len(columns) != 1)} where 2 (token, tag) were expected."
    else:
        problem = f"the {'tag' if columns[0] else 'token'} is empty."
    refuse_line(path, text.count("\n", 0, start) + 1, problem, _REMEDY)


_REMEDY = "Expected is a token, a TAB and its tag on each line (test files: the token alone), an empty line between sentences."


def check_tags(path: Path, text: str, tags: Sentences, known: Sequence[str]) -> None:
    """Raises DataError for the first line whose tag is not in the set."""
    unknown = set().union(*tags) - set(known)
    if not unknown:
        return
    for number, line in enumerate(text.split("\n"), start=1):
        tag = line.split("\t")[-1] if line.split("\t")[-1] in unknown else line
        if tag in unknown:
            hint = " The scorer's gold has tags only, without tokens." if "\t" in tag else ""
            refuse_line(
                path,
                number,
                f"the tag {tag!r} is not one of {', '.join(known)}.{hint}",
                "Correct the file, or fetch it again.",
            )
    raise DataError(f"{path} holds tags outside the set: {', '.join(sorted(unknown))}.")


def check_aligned(place: str, tokens: Sentences, tags: Sentences) -> None:
    """Raises DataError unless every sentence has as many tags as tokens; `place` names the two files."""
    remedy = "Data and gold must be made from the same treebanks in the same order."
    for index, (words, gold) in enumerate(zip(tokens, tags, strict=False)):
        if len(words) != len(gold):
            raise DataError(
                f"{place}: sentence {index:,} (0-based, beginning {' '.join(words[:4])!r}) has {len(words):,} tokens but "
                f"{len(gold):,} gold tags; {len(tokens):,} and {len(tags):,} sentences in all. {remedy}"
            )
    if len(tokens) != len(tags):
        raise DataError(
            f"{place}: {len(tokens):,} sentences but gold for {len(tags):,}; the first "
            f"{min(len(tokens), len(tags)):,} agree in length. {remedy}"
        )


def sentence_examples(tokens: Sentences | None, tags: Sentences | None) -> list[Example]:
    """Returns one example per sentence, id and cluster its 0-based index; one of the two may be absent."""
    count = len(tokens if tokens is not None else tags or [])
    inputs = [None] * count if tokens is None else [Words(words=words) for words in tokens]
    gold = [None] * count if tags is None else tags
    return [
        Example(id=str(index), cluster=str(index), inputs=words, gold=sentence)
        for index, (words, sentence) in enumerate(zip(inputs, gold, strict=True))
    ]
