"""From a row to inputs and gold, for every kind whose form is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from xharness.data.rows import shown
from xharness.records import Answer, Choices, Kind, Question, Text, TextPair, Words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xharness.data.rows import Field, Row
    from xharness.records import Gold, Inputs

    Made: TypeAlias = tuple[Inputs, Gold | None]

LABEL, TAGS = "label", "tags"
"""The columns in which gold is looked for where the task does not name one."""


def make(row: Row) -> Made:
    """Returns a row's inputs and gold, None for gold that is not public. Raises DataError with the row's place."""
    return MAKERS[row.reading.kind](row)


def _classified(row: Row) -> Made:
    return Text(text=row.text("text")), _gold_label(row)


def _paired(row: Row) -> Made:
    return TextPair(first=row.text("first"), second=row.text("second")), _gold_label(row)


def _gold_label(row: Row) -> str | None:
    where = row.where("gold", LABEL)
    value = row.at("gold", where)
    if value is None and row.reading.unlabelled:
        return None
    return row.known(label(row, "gold", where, value))


def _tagged(row: Row) -> Made:
    words = row.texts("words")
    where = row.where("gold", TAGS)
    tags = row.at("gold", where)
    if tags is None and row.reading.unlabelled and words:
        return Words(words=words), None
    if not isinstance(tags, list | tuple):
        row.refuse(f"{row.called('gold', where)} is {shown(tags)}; expected a list with a tag for each word.")
    if not words or len(words) != len(tags):
        row.refuse(
            f"there are {len(words)} words and {len(tags)} tags; expected one tag for each of at least one word."
        )
    return Words(words=words), tuple(row.known(label(row, "gold", where, tag)) for tag in tags)


def label(row: Row, part: str, where: Field, value: object) -> str:
    """Returns a label given as a text, a whole number or a truth value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, str) or not value.strip():
        row.refuse(
            f"{row.called(part, where)} has {shown(value)}; expected a label: a text, a whole number, true or false."
        )
    return value


# ---- questions ---------------------------------------------------------------------------------------------------


def _asked(row: Row) -> Made:
    inputs = Question(question=row.text("question"), context=row.text("context"))
    where = row.where("answers")
    value = row.at("answers", where)
    if value is None and row.reading.unlabelled:
        return inputs, None
    answers = tuple(answer for answer in _answers(row, where, value, inputs) if answer.text.strip())
    if not answers and not row.reading.unanswerable:
        row.refuse(
            f"{row.called('answers', where)} is empty. If that says that the context holds no answer, "
            f"{row.reading.unanswerable_remedy}."
        )
    return inputs, answers


def _answers(row: Row, where: Field, value: Any, inputs: Question) -> tuple[Answer, ...]:
    """Returns the answers of a text (its start in another field), of a list of texts, or in SQuAD's form."""
    if isinstance(value, str):
        return (Answer(text=value, start=_start(row, inputs)),) if value.strip() else ()
    if isinstance(value, dict) and {"text", "answer_start"} <= set(value):
        texts, starts = value["text"], value["answer_start"]
        if isinstance(texts, list) and isinstance(starts, list) and len(texts) == len(starts):
            value = [{"text": text, "answer_start": start} for text, start in zip(texts, starts, strict=True)]
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or not all(map(_is_answer, value)):
        row.refuse(
            f"{row.called('answers', where)} is {shown(value)}; expected a text, a list of texts, or SQuAD's answers with "
            "text and answer_start."
        )
    return tuple(_answer(one, inputs.context) for one in value)


def _is_answer(value: object) -> bool:
    return isinstance(value, str | Answer) or (isinstance(value, dict) and isinstance(value.get("text"), str))


def _answer(value: str | Answer | Mapping[str, Any], context: str) -> Answer:
    """Returns an answer; a start at which the context has another text, which some sets have, is left out."""
    if isinstance(value, str):
        return Answer(text=value)
    text, start = (value.text, value.start) if isinstance(value, Answer) else (value["text"], value.get("answer_start"))
    right = isinstance(start, int) and start >= 0 and context.startswith(text, start)
    return Answer(text=text, start=start if right else None)


def _start(row: Row, inputs: Question) -> int | None:
    if not row.has("start"):
        return None
    where = row.where("start")
    start = row.at("start", where)
    if start is None:
        return None
    if isinstance(start, bool) or not isinstance(start, int) or not 0 <= start < len(inputs.context):
        row.refuse(
            f"{row.called('start', where)} is {shown(start)}; expected the number of the answer's first character, from 0 to "
            f"{len(inputs.context) - 1}."
        )
    return start


# ---- options -----------------------------------------------------------------------------------------------------


def _chosen(row: Row) -> Made:
    options = row.texts("options")
    if len(options) < 2:
        row.refuse(f"there are {len(options)} options; expected at least 2.")
    inputs = Choices(context=row.text("context") if row.has("context") else "", options=options)
    where = row.where("gold", LABEL)
    value = row.at("gold", where)
    if value is None and row.reading.unlabelled:
        return inputs, None
    return inputs, row.known(str(_number(row, where, value, options)))


def _number(row: Row, where: Field, value: object, options: tuple[str, ...]) -> int:
    """Returns the number, from 0, of the right option: given as number, as letter, or as the option's text."""
    found = value
    if isinstance(found, str):
        if options.count(found) == 1:
            return options.index(found)
        letter = found.strip()
        if len(letter) == 1 and "A" <= letter.upper() <= "Z":
            found = ord(letter.upper()) - ord("A")
        elif letter.isdecimal():
            found = int(letter)
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found < len(options):
        last = len(options) - 1
        row.refuse(
            f"{row.called('gold', where)} is {shown(value)}; expected the right option's number (0 to {last}), "
            f"letter (A to {chr(ord('A') + last)}) or text."
        )
    return found


# ---- retrieval and mining ----------------------------------------------------------------------------------------


def _searched(row: Row) -> Made:
    """Returns a query. Its gold is the ids of the right documents; where the task names none, other parts of it tell."""
    inputs = Text(text=row.text("text"))
    if "gold" not in row.reading.fields:
        return inputs, None
    where = row.where("gold")
    value = row.at("gold", where)
    if value is None and row.reading.unlabelled:
        return inputs, None
    ids = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(one, str | int) and not isinstance(one, bool) for one in ids):
        row.refuse(f"{row.called('gold', where)} is {shown(value)}; expected the id of a document, or a list of ids.")
    return inputs, tuple(dict.fromkeys(str(one) for one in ids))


MAKERS: Mapping[str, Callable[[Row], Made]] = {
    Kind.CLASSIFICATION: _classified,
    Kind.PAIR_CLASSIFICATION: _paired,
    Kind.TAGGING: _tagged,
    Kind.SPAN_QA: _asked,
    Kind.MULTIPLE_CHOICE: _chosen,
    Kind.RETRIEVAL: _searched,
    Kind.MINING: _searched,
}
