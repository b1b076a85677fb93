"""Tasks from labelled JSONL files: one example per line, its parts in fields that the recipe names."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, NoReturn, TypeAlias

from xharness import (
    Answer,
    Choices,
    DataError,
    Example,
    Kind,
    MissingDataError,
    Question,
    Split,
    Task,
    Text,
    TextPair,
    Words,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from xharness import DataRequest
    from xharness.records import Gold, Inputs

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
        make = _MAKERS[self.table.kind]
        found = []
        for number, fields in _lines(path):
            line = _Line(path, number, fields, self.table, None if self.labels is None else frozenset(self.labels))
            inputs, gold = make(line)
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


class _Line(NamedTuple):
    """One line of a file, and what is known of its form."""

    file: Path
    number: int
    fields: Mapping[str, object]
    table: Labelled
    labels: frozenset[str] | None

    def refuse(self, problem: str) -> NoReturn:
        """Raises the DataError for this line."""
        raise DataError(f"{self.file}, line {self.number:,}: {problem}")

    def column(self, part: str) -> str | tuple[str, ...]:
        """Returns the field, or fields, that hold a part."""
        return self.table.fields.get(part, part)

    def value(self, part: str, column: str) -> object:
        """Returns what a field holds."""
        if column not in self.fields:
            near = difflib.get_close_matches(column, self.fields, n=2, cutoff=0.5)
            self.refuse(
                f"there is no field {column!r}, expected to hold the {part}; the fields here are "
                f"{', '.join(self.fields) or 'none'}{'; did you mean ' + ' or '.join(near) + '?' if near else '.'} "
                f"Say where it is in the recipe: fields = {{{part} = …}}."
            )
        return self.fields[column]

    def text(self, part: str) -> str:
        """Returns a part that is a text; of several fields joined by a space, empty ones left out."""
        column = self.column(part)
        columns = (column,) if isinstance(column, str) else column
        texts = [self._text(part, name) for name in columns]
        return texts[0] if len(texts) == 1 else " ".join(filter(None, texts))

    def texts(self, part: str) -> tuple[str, ...]:
        """Returns a part that is a list of texts: from one field, or one text from each of several."""
        column = self.column(part)
        if not isinstance(column, str):
            return tuple(self._text(part, name) for name in column)
        value = self.value(part, column)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.refuse(f"field {column!r} ({part}) is {_shown(value)}; expected a list of texts.")
        return tuple(value)

    def label(self, part: str) -> str:
        """Returns a part that is a label: a text, a whole number or a truth value."""
        column = str(self.column(part))
        return self.known(_label(self, part, column, self.value(part, column)))

    def known(self, label: str) -> str:
        """Returns the label, or refuses one that is not in the set."""
        if self.labels is not None and label not in self.labels:
            near = difflib.get_close_matches(label, self.labels, n=2, cutoff=0.5)
            hint = f"; did you mean {' or '.join(near)}?" if near else "."
            self.refuse(f"the label {label!r} is none of {', '.join(sorted(self.labels))}{hint}")
        return label

    def _text(self, part: str, column: str) -> str:
        value = self.value(part, column)
        if not isinstance(value, str):
            self.refuse(f"field {column!r} ({part}) is {_shown(value)}; expected a text.")
        return value


_Made: TypeAlias = "tuple[Inputs, Gold]"


def _classified(line: _Line) -> _Made:
    return Text(text=line.text("text")), line.label("label")


def _paired(line: _Line) -> _Made:
    return TextPair(first=line.text("first"), second=line.text("second")), line.label("label")


def _tagged(line: _Line) -> _Made:
    words = line.texts("words")
    column = str(line.column("tags"))
    tags = line.value("tags", column)
    if not isinstance(tags, list):
        line.refuse(f"field {column!r} (tags) is {_shown(tags)}; expected a list with a tag for each word.")
    if not words or len(words) != len(tags):
        line.refuse(
            f"there are {len(words)} words and {len(tags)} tags; expected one tag for each of at least one word."
        )
    return Words(words=words), tuple(line.known(_label(line, "tags", column, tag)) for tag in tags)


def _asked(line: _Line) -> _Made:
    inputs = Question(question=line.text("question"), context=line.text("context"))
    column = str(line.column("answer"))
    answer = line.value("answer", column)
    if answer is not None and not isinstance(answer, str):
        line.refuse(f"field {column!r} (answer) is {_shown(answer)}; expected a text.")
    if not answer or not answer.strip():
        if not line.table.unanswerable:
            line.refuse(
                f"field {column!r} (answer) is empty. If that says that the context holds no answer, set "
                "unanswerable = true in the recipe."
            )
        return inputs, ()
    return inputs, (Answer(text=answer, start=_start(line, inputs)),)


def _start(line: _Line, inputs: Question) -> int | None:
    column = str(line.column("start"))
    if column not in line.fields and "start" not in line.table.fields:
        return None
    start = line.value("start", column)
    if start is None:
        return None
    if isinstance(start, bool) or not isinstance(start, int) or not 0 <= start < len(inputs.context):
        line.refuse(
            f"field {column!r} (start) is {_shown(start)}; expected the number of the answer's first character, from 0 to "
            f"{len(inputs.context) - 1}."
        )
    return start


def _chosen(line: _Line) -> _Made:
    options = line.texts("options")
    if len(options) < 2:
        line.refuse(f"there are {len(options)} options; expected at least 2.")
    context = line.text("context") if "context" in line.table.fields or "context" in line.fields else ""
    return Choices(context=context, options=options), line.known(str(_number(line, options)))


def _number(line: _Line, options: tuple[str, ...]) -> int:
    """Returns the number, from 0, of the right option: given as number, as letter, or as the option's text."""
    column = str(line.column("label"))
    label = line.value("label", column)
    if isinstance(label, str):
        if options.count(label) == 1:
            return options.index(label)
        letter = label.strip()
        if len(letter) == 1 and "A" <= letter.upper() <= "Z":
            label = ord(letter.upper()) - ord("A")
        elif letter.isdecimal():
            label = int(letter)
    if isinstance(label, bool) or not isinstance(label, int) or not 0 <= label < len(options):
        last = len(options) - 1
        line.refuse(
            f"field {column!r} (label) is {_shown(line.fields[column])}; expected the right option's number (0 to {last}), "
            f"letter (A to {chr(ord('A') + last)}) or text."
        )
    return label


_MAKERS: Mapping[str, Callable[[_Line], _Made]] = {
    Kind.CLASSIFICATION: _classified,
    Kind.PAIR_CLASSIFICATION: _paired,
    Kind.TAGGING: _tagged,
    Kind.SPAN_QA: _asked,
    Kind.MULTIPLE_CHOICE: _chosen,
}


def _label(line: _Line, part: str, column: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, str) or not value.strip():
        line.refuse(
            f"field {column!r} ({part}) has {_shown(value)}; expected a label: a text, a whole number, true or false."
        )
    return value


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
        raise DataError(f"{path}, line {number:,}: {_shown(found)}; expected one JSON object per line.")
    return found


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:60] + "…"
