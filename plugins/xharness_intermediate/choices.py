"""Multiple choice: HellaSwag, Cosmos QA and CommonsenseQA."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness import Choices, Example
from xharness.sources import rows, text
from xharness.sources.rows import Record

from xharness_intermediate.reading import Read
from xharness_intermediate.tasks import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

COSMOS_OPTIONS = tuple(f"answer{number}" for number in range(OPTIONS["cosmosqa"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question: what is read before each option, the options, the right one's number, and what it was made from."""

    context: str
    options: tuple[str, ...]
    right: int
    origin: str | None


def read_hellaswag(path: Path) -> Read:
    """Returns questions of `hellaswag_train.jsonl` or `hellaswag_val.jsonl`. Raises DataError with file and line."""
    return choice_examples(map(hellaswag_item, rows.json_lines(path)))


def read_cosmosqa(path: Path) -> Read:
    """Returns questions of Cosmos QA's CSV (or JSON lines with the same names). Raises DataError with file and line."""
    if text.is_json(path):
        records = rows.json_lines(path)
    else:
        table = rows.quoted_rows(path, ",")
        records = rows.headed(table, ("context", "question", *COSMOS_OPTIONS, "label"))
    return choice_examples(map(cosmosqa_item, rows.peeked(records, path)))


def read_commonsenseqa(path: Path) -> Read:
    """Returns questions of either public form of CommonsenseQA. Raises DataError with file and line."""
    return choice_examples(map(commonsenseqa_item, rows.json_lines(path)))


def hellaswag_item(record: Record) -> Item:
    """Returns a question: the context as distributed (`ctx`), the four endings. Those of one source are one cluster."""
    source = record.fields.get("source_id")
    return _item(
        "hellaswag",
        record,
        context=record.text("ctx"),
        options=record.texts("endings"),
        right=_number(record, "label"),
        origin=source if isinstance(source, str) and source else None,
    )


def cosmosqa_item(record: Record) -> Item:
    """Returns a question on a text: options are "question answer". Those on one text are one cluster."""
    context, question = record.text("context"), record.text("question")
    options = tuple(f"{question} {record.text(name)}" for name in COSMOS_OPTIONS)
    right = _number(record, "label")
    return _item("cosmosqa", record, context=context, options=options, right=right, origin=context)


def commonsenseqa_item(record: Record) -> Item:
    """Returns a question with its five short answers, from the nested form (question.stem) or the flat one."""
    question = record.value("question")
    inner = Record(place=record.place, fields=question) if isinstance(question, dict) else None
    if inner is not None:
        stem, names, options = inner.text("stem"), *_nested_options(inner)
    else:
        stem, names, options = record.text("question"), *_flat_options(record)
    key = record.text("answerKey")
    if key not in names:
        what = "is empty, as in the test file" if not key else f"is {key!r}"
        record.refuse(f"answerKey {what}; expected one of {', '.join(names)}.")
    return _item("commonsenseqa", record, context=stem, options=options, right=names.index(key), origin=None)


def _nested_options(question: Record) -> tuple[tuple[str, ...], tuple[str, ...]]:
    choices = question.value("choices")
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        question.refuse("choices is no list of objects with label and text.")
    parts = [Record(place=question.place, fields=choice) for choice in choices]
    return tuple(part.text("label") for part in parts), tuple(part.text("text") for part in parts)


def _flat_options(record: Record) -> tuple[tuple[str, ...], tuple[str, ...]]:
    choices = record.value("choices")
    if not isinstance(choices, dict):
        record.refuse("choices is no object with the lists label and text.")
    inner = Record(place=record.place, fields=choices)
    names, options = inner.texts("label"), inner.texts("text")
    if len(names) != len(options):
        record.refuse(f"{len(names)} labels for {len(options)} options.")
    return names, options


def _number(record: Record, name: str) -> int:
    """Returns an option's number, which files have as a number or as its digits."""
    value = record.value(name)
    digits = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not digits.isdecimal():
        record.refuse(f"the field {name!r} is {value!r:.40}, expected the number of the right option.")
    return int(digits)


def _item(task: str, record: Record, *, context: str, options: tuple[str, ...], right: int, origin: str | None) -> Item:
    if len(options) != OPTIONS[task]:
        record.refuse(f"{len(options)} options where {OPTIONS[task]} were expected.")
    if right >= len(options):
        record.refuse(f"the right option is number {right}, and there are {len(options)}, counted from 0.")
    return Item(context=context, options=options, right=right, origin=origin)


def choice_examples(items: Iterable[Item]) -> Read:
    """Returns one example per question; its id is its 0-based number. Items of one origin make a cluster."""
    clusters: dict[str, str] = {}
    examples = []
    for row, item in enumerate(items):
        name = str(row)
        cluster = name if item.origin is None else clusters.setdefault(item.origin, name)
        inputs = Choices(context=item.context, options=item.options)
        examples.append(Example(id=name, cluster=cluster, inputs=inputs, gold=str(item.right)))
    return Read(examples=examples)


ITEMS: Mapping[str, Callable[[Record], Item]] = {
    "hellaswag": hellaswag_item,
    "cosmosqa": cosmosqa_item,
    "commonsenseqa": commonsenseqa_item,
}
"""Task → how one of its records becomes a question; the hub's columns have the same names as the files' fields."""
