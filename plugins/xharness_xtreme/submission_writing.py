"""How each kind of predictions is written in a file of a submission (spec/xtreme.md §5).

Every writer takes (id, prediction) in the order of the data and returns the file's text, which reads back as the same
predictions; it raises PredictionError for a prediction of which that is not true.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

from xharness import PredictionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness import Prediction

    Items: TypeAlias = Sequence[tuple[str, Prediction | None]]

BYTE_ORDER_MARK = "\ufeff"


def write_lines(place: str, items: Items) -> str:
    """Returns one prediction per line: labels, or ids of documents; "" (a blank line that was read) is one too."""
    return "".join(("" if value == "" else _line(place, id_, value)) + "\n" for id_, value in items)


def write_tags(place: str, items: Items) -> str:
    """Returns one tag per line, with an empty line between sentences."""
    sentences = [[_line(place, id_, tag) for tag in _tuple(place, id_, value)] for id_, value in items]
    text = "\n".join("".join(f"{tag}\n" for tag in tags) for tags in sentences)
    # Only an empty line ends a sentence without tokens, so one more is needed where that sentence is the last.
    return text + "\n" if sentences and not sentences[-1] else text


def write_pairs(place: str, items: Items) -> str:
    """Returns foreign id, tab, English id, one distinct pair per line."""
    lines: list[str] = []
    for id_, value in items:
        for english in _tuple(place, id_, value):
            blank = not id_ and not english  # a blank line of a submission that was read
            lines.append("" if blank else f"{_line(place, id_, id_)}\t{_line(place, id_, english)}")
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))


def write_answers(place: str, items: Items) -> str:
    """Returns one JSON object, question id → answer, without the questions that have none (None)."""
    for id_, value in items:
        if value is not None and not isinstance(value, str):
            raise PredictionError(f"{place}: question {id_} has a prediction that is no string: {value!r:.60}.")
    return json.dumps({id_: value for id_, value in items if value is not None}, ensure_ascii=False) + "\n"


def _tuple(place: str, id_: str, value: Prediction | None) -> tuple[str, ...]:
    if not isinstance(value, tuple):
        found = "no prediction" if value is None else f"the prediction {value!r:.60}"
        raise PredictionError(f"{place}: example {id_} has {found}; a tuple of strings is expected.")
    return value


def _line(place: str, id_: str, value: object) -> str:
    """Returns a string that comes back unchanged as (a column of) a line; raises PredictionError for anything else."""
    if value is None:
        raise PredictionError(f"{place}: example {id_} has no prediction; only question tasks may leave examples out.")
    whole = isinstance(value, str) and value == value.strip() and not set(value) & {"\n", "\r", "\t"}
    if not isinstance(value, str) or not value or not whole or value.startswith(BYTE_ORDER_MARK):
        raise PredictionError(
            f"{place}: the prediction {value!r:.60} of example {id_} cannot be written as a line; expected is a string "
            "that is not empty, has no tab or line break, no whitespace at its ends, and no byte-order mark."
        )
    return value
