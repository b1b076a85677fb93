"""Tasks from labelled JSONL files: one example per line, its parts in fields that the recipe names."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xharness import Choices, DataError, Example, Kind, MissingDataError, Split, Task
from xharness.data.making import make
from xharness.data.rows import Reading, Row, shown
from xharness.sources.rows import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from xharness import DataRequest

    from xharness_finetune.recipes.tables import Labelled

VERSION = "1"

_METRICS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    Kind.CLASSIFICATION: ("accuracy", ("accuracy",)),
    Kind.PAIR_CLASSIFICATION: ("accuracy", ("accuracy",)),
    Kind.MULTIPLE_CHOICE: ("accuracy", ("accuracy",)),
    Kind.TAGGING: ("token_accuracy", ("token_accuracy",)),
    Kind.SPAN_QA: ("squad", ("exact_match", "f1")),
}
_UNANSWERABLE = ("squad_v2", ("exact_match", "f1"))


def labelled_task(name: str, table: Labelled) -> Task:
    """Returns the task that a recipe's table describes. Its training file is read and checked.

    Raises DataError with file and line for what is wrong there, MissingDataError where it is not there.
    """
    metric, main = _UNANSWERABLE if table.unanswerable else _METRICS[table.kind]
    source = _Source(name=name, table=table, labels=table.labels)
    labels = table.labels or _labels(table.kind, source.examples("train"))
    return Task(
        name=name,
        version=VERSION,
        kind=table.kind,
        languages=(table.language,),
        metrics=(metric,),
        main=main,
        head=name,
        load=replace(source, labels=labels),
        labels=labels,
        unanswerable=table.unanswerable,
        splits=("train", "dev") if table.dev_file else ("train",),
        title=name,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A task's loader. `labels` None takes any."""

    name: str
    table: Labelled
    labels: tuple[str, ...] | None

    def __call__(self, request: DataRequest) -> Split:
        """Reads "train" or "dev"; `request.file` is read instead of the recipe's file."""
        file = request.file or self._file(request.split)
        return Split(
            task=self.name,
            language=request.language,
            name=request.split,
            examples=self.examples(request.split, file),
            version=VERSION,
            source=f"{file.name}, labelled JSONL",
        )

    def examples(self, split: str, file: Path | None = None) -> tuple[Example, ...]:
        """Returns all examples of a split. Raises DataError with file and line."""
        path = file or self._file(split)
        reading = _reading(self.table, self.labels)
        found = []
        for number, fields in _lines(path):
            record = Record(place=f"{path}, line {number:,}", fields=fields)
            inputs, gold = make(Row(record=record, reading=reading))
            found.append(Example(id=str(number), cluster=str(number), inputs=inputs, gold=gold))
        if not found:
            raise DataError(f"{path} has no examples; expected one JSON object per line.")
        return tuple(found)

    def _file(self, split: str) -> Path:
        file = {"train": self.table.file, "dev": self.table.dev_file}.get(split)
        if file is None:
            raise MissingDataError(
                f"{self.name}: there is no {split} file; name one in the recipe: [tasks.{self.name}] "
                f"{'dev_file' if split == 'dev' else 'file'} = …"
            )
        return file


_PARTS: Mapping[str, Mapping[str, str]] = {
    Kind.TAGGING: {"gold": "tags"},
    Kind.SPAN_QA: {"answers": "answer"},
}
"""Parts that recipes call otherwise than the harness, by kind; where there is no entry gold is "label"."""


def _reading(table: Labelled, labels: tuple[str, ...] | None) -> Reading:
    """Returns how lines become examples, told in the words of recipes."""
    names = _PARTS.get(table.kind, {"gold": "label"})
    others = {name: part for part, name in names.items()}
    fields = {others.get(name, name): column for name, column in table.fields.items()}
    return Reading(
        kind=table.kind,
        fields={**names, **fields},
        labels=None if labels is None else frozenset(labels),
        unanswerable=table.unanswerable,
        names=names,
        remedy="Say where it is in the recipe: fields = {{{part} = …}}.",
        unanswerable_remedy="set unanswerable = true in the recipe",
    )


def _labels(kind: str, examples: tuple[Example, ...]) -> tuple[str, ...]:
    if kind == Kind.SPAN_QA:
        return ()
    if kind == Kind.MULTIPLE_CHOICE:
        most = max(len(example.inputs.options) for example in examples if isinstance(example.inputs, Choices))
        return tuple(str(number) for number in range(most))
    found: set[str] = set()
    for example in examples:
        found.update([example.gold] if isinstance(example.gold, str) else [str(tag) for tag in example.gold or ()])
    return tuple(sorted(found))


def _lines(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Yields the JSON objects of a file with their line numbers, from 1; empty lines are passed over."""
    try:
        with path.open("rb") as stream:
            for number, raw in enumerate(stream, start=1):
                if raw.strip():
                    yield number, _object(path, number, raw)
    except FileNotFoundError:
        raise MissingDataError(f"There is no file {path}; correct the recipe's path to it.") from None
    except OSError as err:
        raise DataError(f"{path} cannot be read: {err.strerror or err}.") from err


def _object(path: Path, number: int, raw: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError as err:
        raise DataError(f"{path}, line {number:,}: byte {err.start:,} is not valid UTF-8; convert the file.") from err
    except (json.JSONDecodeError, RecursionError) as err:
        raise DataError(f"{path}, line {number:,}: malformed JSON ({err}); expected one object per line.") from err
    if not isinstance(found, dict):
        raise DataError(f"{path}, line {number:,}: {shown(found)}; expected one JSON object per line.")
    return found
