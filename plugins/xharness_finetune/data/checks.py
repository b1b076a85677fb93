"""Whether examples can be learnt from: inputs and gold of the task's kind, labels that its head knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness import Answer, Choices, DataError, Kind, Question, Text, TextPair, Words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from xharness import Example, Split, Task


def check(task: Task, split: Split, remedy: str) -> None:
    """Raises DataError unless every example has inputs and gold that a head of the task can learn from."""
    if not split.examples:
        raise DataError(f"{split.place}: the {split.name} data ({split.source}) are empty; {remedy}")
    problem_of = _CHECKS[task.kind]
    for number, example in enumerate(split.examples, start=1):
        problem = "it has no gold" if example.gold is None else problem_of(example, task)
        if problem:
            raise DataError(
                f"{split.place}: example {number:,} (id {example.id}) of the {split.name} data ({split.source}) cannot be "
                f"learnt from: {problem}. Correct the data; {remedy}"
            )


def check_variety(task: Task, split: Split, examples: Sequence[Example], remedy: str) -> None:
    """Raises DataError if nothing is left to learn from, or all labels are one."""
    if not examples:
        raise DataError(
            f"{split.place}: no answer of the {split.name} data ({split.source}) is in its context, so there is nothing to "
            f"learn from; {remedy}"
        )
    if task.kind not in (Kind.CLASSIFICATION, Kind.PAIR_CLASSIFICATION):
        return
    seen = sorted({str(example.gold) for example in examples})
    if len(seen) < 2:
        raise DataError(
            f"{split.place}: all {len(examples):,} training examples have the label {seen[0]!r}, from which nothing can be "
            f"learnt; expected at least two of {', '.join(task.labels)}. Use more examples, or {remedy}"
        )


def _check_text(example: Example, task: Task) -> str | None:
    if not isinstance(example.inputs, Text):
        return f"its inputs are {type(example.inputs).__name__}, expected one text"
    return _check_label(example, task)


def _check_pair(example: Example, task: Task) -> str | None:
    if not isinstance(example.inputs, TextPair):
        return f"its inputs are {type(example.inputs).__name__}, expected a pair of texts"
    return _check_label(example, task)


def _check_label(example: Example, task: Task) -> str | None:
    if example.gold not in task.labels:
        return f"its label is {example.gold!r}, expected one of {', '.join(task.labels)}"
    return None


def _check_tags(example: Example, task: Task) -> str | None:
    if not isinstance(example.inputs, Words) or not isinstance(example.gold, tuple):
        return f"its inputs are {type(example.inputs).__name__}, expected words with a tag each"
    if len(example.inputs.words) != len(example.gold):
        return f"it has {len(example.inputs.words)} words and {len(example.gold)} tags"
    unknown = [tag for tag in example.gold if tag not in task.labels]
    return f"its tag {unknown[0]!r} is none of {_some(task.labels)}" if unknown else None


def _check_answer(example: Example, task: Task) -> str | None:
    if not isinstance(example.inputs, Question):
        return f"its inputs are {type(example.inputs).__name__}, expected a question with a context"
    if not isinstance(example.gold, tuple) or not all(isinstance(answer, Answer) for answer in example.gold):
        return "its gold is no list of answers"
    return None if example.gold or task.unanswerable else "it has no answer"


def _check_choice(example: Example, task: Task) -> str | None:
    if not isinstance(example.inputs, Choices) or len(example.inputs.options) < 2:
        return f"its inputs are {type(example.inputs).__name__}, expected a context with at least two options"
    known = task.labels[: len(example.inputs.options)]
    return None if example.gold in known else f"its right option is {example.gold!r}, expected one of {_some(known)}"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 40 else f"{', '.join(names[:40])} and {len(names) - 40:,} more"


_CHECKS: Mapping[str, Callable[[Example, Task], str | None]] = {
    Kind.CLASSIFICATION: _check_text,
    Kind.PAIR_CLASSIFICATION: _check_pair,
    Kind.TAGGING: _check_tags,
    Kind.SPAN_QA: _check_answer,
    Kind.MULTIPLE_CHOICE: _check_choice,
}

TRAINED_KINDS = frozenset(_CHECKS)
"""Kinds for which a head can be trained on labelled data."""
