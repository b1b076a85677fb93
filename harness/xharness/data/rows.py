"""What a row's columns hold: the parts of an example, found by the fields that the task names."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from xharness.errors import DataError

if TYPE_CHECKING:
    from xharness.sources.rows import Record

Field: TypeAlias = str | int | Sequence[str] | Callable[[Mapping[str, Any]], Any]
"""Where a part of an example is: a column's name or number (from 0), several columns' names (texts are joined by a space,
lists get one entry from each), or a function of the row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How rows become examples.

    Attributes:
        kind: the kind whose inputs and gold they have.
        fields: part → where it is; a part that is not named is in the column of its `default` name.
        labels: None takes any.
        unlabelled: None as gold says that it is not public, instead of being an error.
        names: what messages call a part where that is not its own name.
        remedy: tells an author where to say which column holds a part; `{part}` stands for its name.
        unanswerable_remedy: tells how questions without an answer are allowed.
    """

    kind: str
    fields: Mapping[str, Field] = field(default_factory=dict)
    labels: frozenset[str] | None = None
    unanswerable: bool = False
    unlabelled: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    remedy: str = "Say where it is in the task: fields={{{part!r}: …}}."
    unanswerable_remedy: str = "set unanswerable=True in the task"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a source, and what is known of its form. Every method raises DataError with the row's place."""

    record: Record
    reading: Reading

    def refuse(self, problem: str) -> NoReturn:
        """Raises the DataError for this row."""
        raise DataError(f"{self.record.place}: {problem}")

    def name(self, part: str) -> str:
        """Returns what messages call a part."""
        return self.reading.names.get(part, part)

    def where(self, part: str, default: str | None = None) -> Field:
        """Returns the field of a part: the one that was named, else the column `default`, else that of its own name."""
        return self.reading.fields.get(part, default or part)

    def has(self, part: str, default: str | None = None) -> bool:
        """Returns whether a part was named, or is there under its default name."""
        return part in self.reading.fields or (default or part) in self.record.fields

    def at(self, part: str, where: Field) -> Any:
        """Returns what one field holds; `part` is for messages."""
        columns = self.record.fields
        if callable(where):
            return self._computed(part, where)
        if isinstance(where, int):
            if not 0 <= where < len(columns):
                self.refuse(f"there is no column {where}, expected to hold the {self.name(part)}; {self._columns()}.")
            return list(columns.values())[where]
        if not isinstance(where, str):
            self.refuse(
                f"the {self.name(part)} cannot stand in several columns; name one, or give a function of the row."
            )
        if where not in columns:
            near = difflib.get_close_matches(where, columns, n=2, cutoff=0.5)
            self.refuse(
                f"there is no field {where!r}, expected to hold the {self.name(part)}; {self._columns()}"
                f"{'; did you mean ' + ' or '.join(near) + '?' if near else '.'} "
                f"{self.reading.remedy.format(part=self.name(part))}"
            )
        return columns[where]

    def text(self, part: str) -> str:
        """Returns a part that is a text; of several columns joined by a space, empty ones left out."""
        return self.text_at(part, self.where(part))

    def text_at(self, part: str, where: Field) -> str:
        """Returns what one field holds, as `text`."""
        if isinstance(where, str | int) or callable(where):
            return self._text(part, where)
        return " ".join(filter(None, (self._text(part, one) for one in where)))

    def texts(self, part: str) -> tuple[str, ...]:
        """Returns a part that is a list of texts: from one column, or one text from each of several."""
        where = self.where(part)
        if not isinstance(where, str | int) and not callable(where):
            return tuple(self._text(part, one) for one in where)
        value = self.at(part, where)
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            self.refuse(f"{self.called(part, where)} is {shown(value)}; expected a list of texts.")
        return tuple(value)

    def known(self, label: str) -> str:
        """Returns the label, or refuses one that is not in the set."""
        labels = self.reading.labels
        if labels is not None and label not in labels:
            near = difflib.get_close_matches(label, labels, n=2, cutoff=0.5)
            hint = f"; did you mean {' or '.join(near)}?" if near else "."
            self.refuse(f"the label {label!r} is none of {', '.join(sorted(labels))}{hint}")
        return label

    def called(self, part: str, where: Field) -> str:
        """Returns how messages call a field: "field 'label' (gold)"."""
        name = self.name(part)
        return f"what the function for the {name} gave" if callable(where) else f"field {where!r} ({name})"

    def _columns(self) -> str:
        return f"the fields here are {', '.join(self.record.fields) or 'none'}"

    def _text(self, part: str, where: Field) -> str:
        value = self.at(part, where)
        if not isinstance(value, str):
            self.refuse(f"{self.called(part, where)} is {shown(value)}; expected a text.")
        return value

    def _computed(self, part: str, function: Callable[[Mapping[str, Any]], Any]) -> Any:
        try:
            return function(self.record.fields)
        except Exception as err:  # an author's function can fail in any way
            self.refuse(
                f"the function for the {self.name(part)} failed with {type(err).__name__}: {err}; {self._columns()}. Mend "
                "the function in the task's plugin, or the row."
            )


def shown(value: object) -> str:
    """Returns a value as JSON, shortened, for messages."""
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= 60 else text[:60] + "…"
