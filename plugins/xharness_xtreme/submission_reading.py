"""How each kind of predictions is read from a file of a submission (spec/xtreme.md §2.1, §5).

Every reader returns ids, one prediction for each, and notes for the record; it raises PredictionError for a file that is
malformed or does not fit its split. `submission` says where this is stricter than the official scorer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from xharness import DataError, PredictionError, Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from xharness import Example, Prediction, Split, Task

Notes: TypeAlias = dict[str, object]
Content: TypeAlias = "tuple[list[str], list[Prediction | None], Notes]"
"""Ids, a prediction for each, and what a reader of the score should know."""

Sentences: TypeAlias = list[tuple[str, ...]]

OFFICIAL_EXTRA_TAGS = frozenset({"O"})
"""Tags beyond a task's set that official submissions can hold: the UDPOS tagger has a class O (spec/xtreme.md §3.2). They
are scored, and counted in the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file to read: `text` has its line ends as newlines."""

    path: Path
    split: Split
    task: Task
    text: str

    def lines(self) -> list[str]:
        """Returns the lines, stripped as the official reader does; the newline at the very end adds none."""
        lines = self.text.split("\n")
        if not lines[-1]:
            lines.pop()
        return [line.strip() for line in lines]

    def ids(self) -> list[str]:
        """Returns the ids of the split's examples."""
        return [example.id for example in self.split.examples]

    def error(self, message: str, line: int | None = None) -> PredictionError:
        """Returns an error that names the cell, the file and the 1-based line."""
        where = "" if line is None else f" line {line:,}"
        return PredictionError(f"{self.split.place}: {self.path}{where}: {message}")


def _one_per_example(source: Source, content: str) -> list[str]:
    lines, expected = source.lines(), len(source.split.examples)
    if len(lines) == expected:
        return lines
    hint = " The file ends with an empty line: remove it." if len(lines) > expected and not lines[-1] else ""
    raise source.error(
        f"{len(lines):,} lines, but the {source.split.name} split has {expected:,} examples. Expected is {content} "
        f"per line, in the order of the data, without a header.{hint}"
    )


def read_labels(source: Source) -> Content:
    """Returns labels, one per line. Raises PredictionError for another number of lines or a label outside the set."""
    lines = _one_per_example(source, "one label")
    known = source.task.labels
    for number, line in enumerate(lines, start=1):
        if known and line not in known:
            raise source.error(
                f"{line!r} is not a label of {source.task.name}; expected is one of {_set(known)}.", number
            )
    return source.ids(), list(lines), {}


def read_found(source: Source) -> Content:
    """Returns ids of documents as they stand, one per line; notes lines that are no 0-based line number.

    Such a line (`[12]`, `012`) is wrong to the official scorer, and to ours. Raises PredictionError for another number of
    lines.
    """
    lines = _one_per_example(source, "the line number of the document found")
    odd = [str(number) for number, line in enumerate(lines, start=1) if not _is_line_number(line)]
    return source.ids(), list(lines), _counted("not_line_numbers", odd)


def _is_line_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and (text == "0" or not text.startswith("0"))


def read_tags(source: Source) -> Content:
    """Returns a tuple of tags per sentence.

    Raises PredictionError for another number of sentences, or of tags in a sentence, for a tab, and for a tag that is
    neither in the task's set, nor in the gold, nor in OFFICIAL_EXTRA_TAGS.
    """
    sentences, starts, notes = _fitted(source, *_sentences(source))
    for example, tags, start in zip(source.split.examples, sentences, starts, strict=True):
        tokens = _length(source, example)
        if len(tags) != tokens:
            raise source.error(
                f"the sentence that starts here ({example.id}) has {len(tags):,} predicted tags, but {tokens:,} tokens; "
                "expected is exactly one tag per token.",
                start,
            )
    return source.ids(), list(sentences), notes | _outside(source, sentences)


def _fitted(source: Source, sentences: Sentences, starts: list[int]) -> tuple[Sentences, list[int], Notes]:
    """Returns as many sentences as the split has, dropping empty ones between others if only then the number fits.

    The raw PAN-X files have repeated empty lines between sentences (issues #16, #34 of the benchmark); readers that make
    sentences of them differ in whether they keep the empty ones.
    """
    expected = len(source.split.examples)
    if len(sentences) == expected:
        return sentences, starts, {}
    kept = [index for index, tags in enumerate(sentences) if tags]
    ends_empty = bool(sentences) and not sentences[-1]
    if len(kept) == expected and not ends_empty:
        notes: Notes = {"empty_sentences_dropped": len(sentences) - expected}
        return [sentences[index] for index in kept], [starts[index] for index in kept], notes
    hint = " The file ends with more than one empty line: remove them." if ends_empty else ""
    raise source.error(
        f"{len(sentences):,} sentences, but the {source.split.name} split has {expected:,}. Expected is one tag per line "
        f"and one empty line between sentences, with the data's sentence breaks.{hint}"
    )


def _sentences(source: Source) -> tuple[Sentences, list[int]]:
    """Returns sentences as the official reader makes them, and the 1-based line at which each starts."""
    sentences: Sentences = []
    starts = [1]
    tags: list[str] = []
    for number, line in enumerate(source.lines(), start=1):
        if "\t" in line:
            raise source.error(
                f"{line!r:.60} has a tab: predictions hold tags only, one per line. Remove the tokens and the tabs.",
                number,
            )
        if line:
            tags.append(line)
            continue
        sentences.append(tuple(tags))
        starts.append(number + 1)
        tags = []
    if tags:
        sentences.append(tuple(tags))
    return sentences, starts[: len(sentences)]


def _length(source: Source, example: Example) -> int:
    if isinstance(example.gold, tuple):
        return len(example.gold)
    if isinstance(example.inputs, Words):
        return len(example.inputs.words)
    raise DataError(
        f"{source.split.place}: sentence {example.id} has neither gold tags nor words, so {source.path} cannot be "
        "aligned with it; give the data or the gold (--data, --labels)."
    )


def _outside(source: Source, sentences: Sequence[tuple[str, ...]]) -> Notes:
    """Returns a note on tags beyond the task's set that are official or in the gold; raises for any others."""
    known = set(source.task.labels)
    outside = set(chain.from_iterable(sentences)) - known
    if not known or not outside:
        return {}
    in_gold = {tag for example in source.split.examples for tag in example.gold or () if isinstance(tag, str)}
    for number, line in enumerate(source.lines(), start=1):
        if line in outside and line not in OFFICIAL_EXTRA_TAGS and line not in in_gold:
            raise source.error(
                f"{line!r} is not a tag of {source.task.name}; expected is one of {_set(source.task.labels)}.", number
            )
    counts = {tag: sum(tags.count(tag) for tags in sentences) for tag in sorted(outside)}
    return {"tags_outside_set": counts}


def read_pairs(source: Source) -> Content:
    """Returns the English ids paired with each foreign id, both in file order; a repeated pair counts once.

    A blank line is a pair of empty ids, which is never right, as in the official scorer. Raises PredictionError for any
    other line without exactly two columns.
    """
    pairs: dict[str, dict[str, None]] = {}
    lines = source.lines()
    for number, line in enumerate(lines, start=1):
        columns = line.split("\t") if line else ["", ""]  # a blank line is a pair that is never right
        if len(columns) != 2:
            raise source.error(
                f"{len(columns)} columns; expected are two: foreign id, tab, English id, and no score.", number
            )
        pairs.setdefault(columns[0], {})[columns[1]] = None
    counts = {
        "blank_lines": lines.count(""),
        "repeated_lines": len(lines) - sum(len(english) for english in pairs.values()),
    }
    return list(pairs), [tuple(english) for english in pairs.values()], {key: n for key, n in counts.items() if n}


def read_answers(source: Source) -> Content:
    """Returns the answer to each question, None for one that the file lacks; ids unknown to the split are left out.

    Raises PredictionError for malformed JSON, anything but an object, an answer that is no string, and a file without any
    of the split's questions (an empty object aside).
    """
    items = _object(source)
    answers = dict(items)  # of a repeated id the last one counts, as in the official reader
    expected = source.ids()
    wanted = set(expected)
    for id_, value in answers.items():
        if id_ in wanted and not isinstance(value, str):
            found = "null" if value is None else type(value).__name__
            raise source.error(f"the answer to question {id_!r} is {found}; a string is expected, '' for no answer.")
    missing = [id_ for id_ in expected if id_ not in answers]
    if answers and len(missing) == len(expected):
        raise source.error(
            f"none of its {len(answers):,} ids (such as {next(iter(answers))!r:.60}) is a question of the "
            f"{source.split.name} split (such as {expected[0]!r:.60}). Expected is one object, question id → answer."
        )
    texts = {id_: value for id_, value in answers.items() if isinstance(value, str)}
    notes = {
        **_counted("missing_ids", missing),
        **_counted("unknown_ids", [id_ for id_ in answers if id_ not in wanted]),
        **_counted("repeated_ids", _repeated(id_ for id_, _ in items)),
    }
    return expected, [texts.get(id_) for id_ in expected], notes


def _object(source: Source) -> Sequence[tuple[str, object]]:
    """Returns the members of the file's one JSON object, in file order."""
    try:
        members = json.loads(source.text, object_pairs_hook=tuple)  # JSON itself never gives a tuple
    except json.JSONDecodeError as err:
        raise source.error(
            f"malformed JSON at column {err.colno:,}: {err.msg}. Expected is one object, question id → answer.",
            err.lineno,
        ) from err
    if not isinstance(members, tuple):
        raise source.error(f"holds a JSON {type(members).__name__}; expected is one object, question id → answer.")
    return members


def _repeated(ids: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    repeated: dict[str, None] = {}
    for id_ in ids:
        if id_ in seen:
            repeated[id_] = None
        seen.add(id_)
    return list(repeated)


def _counted(name: str, found: Sequence[str]) -> Notes:
    return {name: {"n": len(found), "first": list(found[:3])}} if found else {}


def _set(labels: Sequence[str]) -> str:
    return ", ".join(labels)
