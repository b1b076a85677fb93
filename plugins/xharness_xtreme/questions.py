"""Questions on passages: XQuAD, MLQA, TyDiQA and SQuAD, all in SQuAD's JSON form."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xharness import Answer, DataError, Example, Question
from xharness.sources import squad

from xharness_xtreme import reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from xharness.sources.squad import Asked


def answered(asked: Asked) -> bool:
    """Returns whether there is an answer at all: the benchmark's preparation leaves a single empty one."""
    return any(answer.text for answer in asked.answers)


def read_questions(path: Path, *, by_row: bool = False) -> list[Asked]:
    """Returns the questions of a file in its order.

    With `by_row` their ids are 0-based row numbers: the benchmark's preparation cuts TyDiQA's training ids so that 3,607 of
    3,696 English ones collide. Raises DataError for malformed JSON, a missing field (with its place) and a duplicate id.
    """
    asked = squad.read_questions(path, reading.REMEDY)
    if by_row:
        return [replace(question, id=str(row)) for row, question in enumerate(asked)]
    seen: dict[str, int] = {}
    for row, question in enumerate(asked):
        if (first := seen.setdefault(question.id, row)) != row:
            total = len(asked) - len({one.id for one in asked})
            raise DataError(
                f"{path}: the question id {question.id!r} stands twice (questions {first:,} and {row:,}, 0-based; {total:,} "
                "repeated ids in all). Answers are matched by id, so ids must be unique in a dev or test file; only training "
                "files may repeat them."
            )
    return asked


def read_gold(path: Path) -> list[Asked]:
    """Returns the questions of a gold file. Raises DataError for a question without answers, or a file without any."""
    asked = read_questions(path)
    if not any(map(answered, asked)):
        raise DataError(
            f"{path} holds {len(asked):,} questions, but all their answers are empty: this is a test file with its answers "
            "stripped. Put the original file with the answers there."
        )
    for question in asked:
        if not question.answers:
            raise DataError(
                f"{path}: question {question.id!r} has no gold answer; the scorer needs at least one for each."
            )
    return asked


def check_same_questions(place: str, data: Sequence[Asked], gold: Mapping[str, Asked]) -> None:
    """Raises DataError unless data and gold have the same ids; `place` names the two files."""
    ids = {question.id for question in data}
    without = [question.id for question in data if question.id not in gold]
    unasked = [name for name in gold if name not in ids]
    if without or unasked:
        parts = [
            f"{len(names):,} questions {what} ({reading.shown(names)})"
            for names, what in ((without, "have no gold"), (unasked, "of the gold are not in the data"))
            if names
        ]
        raise DataError(
            f"{place}: {' and '.join(parts)}. Data have {len(data):,} questions, gold {len(gold):,}; both must be of "
            "the same release and language."
        )


def located(answer: Answer, context: str) -> Answer:
    """Returns the answer with a start at which the context really has its text, or without a start.

    Starts are verified, then searched for: the hub's TyDiQA texts were stripped without correcting them (spec §1.10). Of
    several occurrences the one nearest to the given start is taken.
    """
    text, start = answer.text, answer.start
    if not text:
        return Answer(text=text)
    if start is not None and context.startswith(text, start) and start >= 0:
        return answer
    found = _nearest(text, context, start or 0)
    return Answer(text=text, start=found)


def _nearest(text: str, context: str, start: int) -> int | None:
    best: int | None = None
    position = context.find(text)
    while position >= 0:
        if best is None or abs(position - start) < abs(best - start):
            best = position
        position = context.find(text, position + 1)
    return best


def clusters_by_passage(asked: Sequence[Asked]) -> dict[str, str]:
    """Returns question id → the first question id on the same passage, which names the unit that is resampled."""
    first: dict[str, str] = {}
    return {question.id: first.setdefault(question.context, question.id) for question in asked}


def question_examples(
    asked: Sequence[Asked], clusters: Mapping[str, str], gold: Mapping[str, Asked] | None, *, inputs: bool = True
) -> list[Example]:
    """Returns one example per question; without `gold` none has gold, without `inputs` none has inputs.

    The wider unit is the article, whose title stands in the gold: of a passage that several have (TyDiQA, Telugu) the first.
    """
    articles: dict[str, str] = {}
    return [
        Example(
            id=one.id,
            cluster=clusters[one.id],
            inputs=Question(question=one.question, context=one.context) if inputs else None,
            gold=None if gold is None else tuple(located(answer, one.context) for answer in gold[one.id].answers),
            wider=articles.setdefault(clusters[one.id], one.title if gold is None else gold[one.id].title),
        )
        for one in asked
    ]


def training_examples(asked: Sequence[Asked]) -> tuple[list[Example], tuple[str, ...]]:
    """Returns examples whose answers all have a verified start, and a note about questions without one, which are dropped."""
    clusters = clusters_by_passage(asked)
    examples: list[Example] = []
    for one in asked:
        spans = tuple(span for answer in one.answers if (span := located(answer, one.context)).start is not None)
        if spans:
            inputs = Question(question=one.question, context=one.context)
            examples.append(Example(id=one.id, cluster=clusters[one.id], inputs=inputs, gold=spans))
    dropped = len(asked) - len(examples)
    note = f"Training questions whose answer does not stand in the passage, dropped: {dropped:,} of {len(asked):,}."
    return examples, (note,) if dropped else ()
