"""Sentence pairs: natural language inference (MNLI, SNLI, ANLI, XNLI's training file) and Quora's question pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness import DataError, Example, TextPair
from xharness.sources import rows, text

from xharness_intermediate.reading import Read
from xharness_intermediate.tasks import NLI_LABELS, QQP_LABELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import TypeAlias

    from xharness.sources.rows import Record

    Pair: TypeAlias = tuple[str, str, str | None]
    """First text, second text, label: None where the annotators did not agree on one."""

NO_LABEL = "-"
"""What MNLI and SNLI write where the annotators did not agree on a label."""

NLI_NAMES = {
    **{label: label for label in NLI_LABELS},
    **{label[0]: label for label in NLI_LABELS},
    "contradictory": "contradiction",
}
"""Label as files have it → label: ANLI has initials, XNLI's machine-translated training files "contradictory"."""

QQP_NAMES = {"0": QQP_LABELS[0], "1": QQP_LABELS[1]}
QQP_FIELDS = ("question1", "question2", "is_duplicate")
_BROKEN_PER_THOUSAND = 1
"""GLUE's copy of QQP has 24 broken rows in 363,870, which every reader of it drops; more are an error."""

NLI_FORMS = (
    "Expected is JSON lines (sentence1, sentence2, gold_label; or context, hypothesis, label), a table with a header that "
    "names sentence1, sentence2 and gold_label, or three columns, with or without a header: premise, hypothesis, label."
)


def read_nli(path: Path) -> Read:
    """Returns inference pairs from any of the public forms, told apart by content. Raises DataError with file and line."""
    first = text.first_line(path)
    pairs: Iterator[Pair]
    if first.lstrip().startswith("{"):
        pairs = (_nli_pair(record) for record in rows.json_lines(path))
    elif "gold_label" in (header := first.split("\t")) or "sentence1" in header:
        records = rows.headed(rows.plain_rows(path), ("sentence1", "sentence2", "gold_label"))
        pairs = (_nli_pair(record) for record in rows.peeked(records, path))
    elif header[0] == "premise" and header[-1] == "label":
        records = rows.headed(rows.plain_rows(path), ("premise", "label"))
        pairs = (_nli_pair(record) for record in rows.peeked(records, path))
    else:
        pairs = _three_columns(path)
    return pair_examples(pairs, by_first=True)


def _nli_pair(record: Record) -> Pair:
    first, second = record.text("sentence1", "premise", "context"), record.text("sentence2", "hypothesis", "hypo")
    label = record.text("gold_label", "label")
    return first, second, None if label == NO_LABEL else _nli_label(record.place, label)


def _three_columns(path: Path) -> Iterator[Pair]:
    for place, row in rows.quoted_rows(path, "\t"):
        if len(row) != 3:
            raise DataError(f"{place}: {len(row)} column{'s' * (len(row) != 1)} where 3 were expected. {NLI_FORMS}")
        yield row[0], row[1], _nli_label(place, row[2])


def _nli_label(place: str, label: str) -> str:
    if label not in NLI_NAMES:
        raise DataError(f"{place}: the label {label!r} is not one of {', '.join(NLI_LABELS)}. {NLI_FORMS}")
    return NLI_NAMES[label]


def read_qqp(path: Path) -> Read:
    """Returns question pairs of Quora's own file, which is quoted as the csv module writes it, or of GLUE's files.

    GLUE's do not parse as such: they are read without quoting and their few broken rows dropped, as every reader of GLUE
    does. Raises DataError with file and line.
    """
    try:
        pairs = [_qqp_pair(record) for record in rows.headed(_quoted_rows(path), QQP_FIELDS)]
    except DataError:
        return _qqp_plain(path)
    return pair_examples(pairs, by_first=False)


def _quoted_rows(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yields the rows of a quoted table. Raises DataError if one of them is not as long as the header."""
    columns: int | None = None
    for place, row in rows.quoted_rows(path, "\t"):
        columns = columns or len(row)
        if len(row) != columns:
            raise DataError(f"{place}: {len(row)} columns where {columns} were expected.")
        yield place, row


def _qqp_plain(path: Path) -> Read:
    text.first_line(path)
    table = rows.plain_rows(path)
    place, header = next(table)
    kept, broken = [(place, header)], list[tuple[str, list[str]]]()
    for place, row in table:
        (kept if len(row) == len(header) else broken).append((place, row))
    if len(broken) * 1000 > _BROKEN_PER_THOUSAND * len(kept):
        place, row = broken[0]
        raise DataError(
            f"{place}: {len(row)} columns where {len(header)} ({', '.join(header)}) were expected; {len(broken):,} of "
            f"{len(kept) + len(broken) - 1:,} rows are like that. {text.FETCH}"
        )
    read = pair_examples((_qqp_pair(record) for record in rows.headed(kept, QQP_FIELDS)), by_first=False)
    note = f"Rows with another number of columns than the header, dropped: {len(broken):,}."
    return Read(examples=read.examples, notes=(*read.notes, *([note] if broken else [])))


def _qqp_pair(record: Record) -> Pair:
    label = record.text("is_duplicate")
    if label not in QQP_NAMES:
        record.refuse(f"is_duplicate is {label!r}, expected 0 or 1.")
    return record.text("question1"), record.text("question2"), QQP_NAMES[label]


def pair_examples(pairs: Iterable[Pair], *, by_first: bool) -> Read:
    """Returns one example per labelled pair; its id is its 0-based number among them.

    With `by_first`, pairs with the same first text (premise) make a cluster, named by the first of them.
    """
    examples: list[Example] = []
    clusters: dict[str, str] = {}
    unlabelled = empty = 0
    for first, second, label in pairs:
        if label is None:
            unlabelled += 1
            continue
        empty += not first.strip() or not second.strip()
        name = str(len(examples))
        cluster = clusters.setdefault(first, name) if by_first else name
        examples.append(Example(id=name, cluster=cluster, inputs=TextPair(first=first, second=second), gold=label))
    notes = []
    if unlabelled:
        notes.append(f"Pairs on whose label the annotators did not agree, left out: {unlabelled:,}.")
    if empty:
        notes.append(f"Pairs with an empty side, kept: {empty:,}.")
    return Read(examples=examples, notes=tuple(notes))
