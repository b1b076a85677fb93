"""The training data of a head: loaded, checked, and drawn from, before any training starts."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness import Answer, DataError, DataRequest, Kind, Question, Text, TextPair, Words
from xharness.identity import of_file, of_split

from xharness_finetune.windows import locate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from xharness import Example, Split, Task, TrainRequest

LANGUAGE = "en"
"""Every head is trained on English alone: transfer to the other languages is what the suite measures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData:
    """What one head is trained on.

    Attributes:
        examples: those that are used, in the order of the data.
        skipped: how many more were drawn but cannot be learnt from: the answer's text is not in the context.
        available: how many there were to draw from.
        fingerprint: `xharness.identity.of_split` over all that were available.
        stand_in: name and SHA-256 of the file that was read instead of the task's own training data.
    """

    examples: Sequence[Example]
    skipped: int
    available: int
    fingerprint: str
    source: str
    notes: tuple[str, ...] = ()
    stand_in: Mapping[str, str] | None = None


def load_training_data(task: Task, request: TrainRequest) -> TrainingData:
    """Returns a head's training data, at most `request.max_examples`, drawn with seed and head name.

    Raises DataError if they are not there, not labelled, or do not fit the task; the message says how to supply a file.
    """
    split = _load(task, request)
    check(task, split)
    file = request.files.get(task.head)
    drawn = draw(split.examples, request.max_examples, seed=request.seed, head=task.head)
    examples = drawn if task.kind != Kind.SPAN_QA else [example for example in drawn if locate(example) is not None]
    _check_variety(task, split, examples)
    return TrainingData(
        examples=examples,
        skipped=len(drawn) - len(examples),
        available=len(split.examples),
        fingerprint=of_split(split),
        source=split.source,
        notes=split.notes,
        stand_in=None if file is None else {"file": file.name, "sha256": of_file(file)},
    )


def draw(examples: Sequence[Example], most: int | None, *, seed: int, head: str) -> Sequence[Example]:
    """Returns at most `most` examples without repetition, in their order; the same for the same seed and head."""
    if most is None or most >= len(examples):
        return examples
    import numpy as np

    generator = np.random.default_rng([seed, zlib.crc32(head.encode("utf-8"))])
    chosen = np.sort(generator.choice(len(examples), size=most, replace=False))
    return [examples[index] for index in chosen.tolist()]


def check(task: Task, split: Split) -> None:
    """Raises DataError unless every example has inputs and gold that a head of the task can learn from."""
    if not split.examples:
        raise DataError(f"{split.place}: the {split.name} data ({split.source}) are empty; {_remedy(task)}")
    checks = _CHECKS[task.kind]
    labels = frozenset(task.labels)
    for number, example in enumerate(split.examples, start=1):
        problem = "it has no gold" if example.gold is None else checks(example, labels)
        if problem:
            raise DataError(
                f"{split.place}: example {number:,} (id {example.id}) of the {split.name} data ({split.source}) cannot be "
                f"learnt from: {problem}. Correct the data; {_remedy(task)}"
            )


def _load(task: Task, request: TrainRequest) -> Split:
    file = request.files.get(task.head)
    if file is not None and not file.is_file():
        raise DataError(
            f"{task.head}: there is no training file {file}; give an existing one: --train-data {task.head}=FILE."
        )
    wanted = DataRequest(language=LANGUAGE, split="train", data=request.data, file=file, revision=request.revision)
    try:
        return task.load(wanted)
    except DataError as err:
        if "--train-data" in str(err):
            raise
        raise DataError(f"{err} (training data of head {task.head}: {_remedy(task)})") from err


def _remedy(task: Task) -> str:
    return f"another file can be given with --train-data {task.head}=FILE."


def _check_variety(task: Task, split: Split, examples: Sequence[Example]) -> None:
    if not examples:
        raise DataError(
            f"{split.place}: no answer of the {split.name} data ({split.source}) is in its context, so there is nothing to "
            f"learn from; {_remedy(task)}"
        )
    if task.kind not in (Kind.CLASSIFICATION, Kind.PAIR_CLASSIFICATION):
        return
    seen = sorted({str(example.gold) for example in examples})
    if len(seen) < 2:
        raise DataError(
            f"{split.place}: all {len(examples):,} training examples have the label {seen[0]!r}, from which nothing can be "
            f"learnt; expected at least two of {', '.join(task.labels)}. Use more examples, or {_remedy(task)}"
        )


def _check_text(example: Example, labels: frozenset[str]) -> str | None:
    if not isinstance(example.inputs, Text):
        return f"its inputs are {type(example.inputs).__name__}, expected one text"
    return _check_label(example, labels)


def _check_pair(example: Example, labels: frozenset[str]) -> str | None:
    if not isinstance(example.inputs, TextPair):
        return f"its inputs are {type(example.inputs).__name__}, expected a pair of texts"
    return _check_label(example, labels)


def _check_label(example: Example, labels: frozenset[str]) -> str | None:
    if example.gold not in labels:
        return f"its label is {example.gold!r}, expected one of {', '.join(sorted(labels))}"
    return None


def _check_tags(example: Example, labels: frozenset[str]) -> str | None:
    if not isinstance(example.inputs, Words) or not isinstance(example.gold, tuple):
        return f"its inputs are {type(example.inputs).__name__}, expected words with a tag each"
    if len(example.inputs.words) != len(example.gold):
        return f"it has {len(example.inputs.words)} words and {len(example.gold)} tags"
    unknown = [tag for tag in example.gold if tag not in labels]
    return f"its tag {unknown[0]!r} is none of {', '.join(sorted(labels))}" if unknown else None


def _check_answer(example: Example, labels: frozenset[str]) -> str | None:
    del labels  # answers are spans
    if not isinstance(example.inputs, Question):
        return f"its inputs are {type(example.inputs).__name__}, expected a question with a context"
    if not isinstance(example.gold, tuple) or not all(isinstance(answer, Answer) for answer in example.gold):
        return "its gold is no list of answers"
    return None if example.gold else "it has no answer"


_CHECKS: Mapping[str, Callable[[Example, frozenset[str]], str | None]] = {
    Kind.CLASSIFICATION: _check_text,
    Kind.PAIR_CLASSIFICATION: _check_pair,
    Kind.TAGGING: _check_tags,
    Kind.SPAN_QA: _check_answer,
}
