"""Questions on passages in SQuAD's JSON form, v1.1 and v2.0."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from xharness import DataError, Example, Question
from xharness.sources import squad

from xharness_intermediate.reading import Read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from xharness.sources.squad import Asked


def read_squad(path: Path, *, unanswerable: bool) -> Read:
    """Returns the questions of a file in its order. Raises DataError with the place inside the file.

    Offsets are kept as given: who trains on them verifies them.
    """
    questions = squad.read_questions(path)
    for one in questions:
        if one.impossible is not None and one.impossible == bool(one.answers):
            says = "is_impossible, but has answers" if one.impossible else "not is_impossible, but has no answer"
            raise DataError(f"{one.place} is {says}. {squad.FORM}")
    return question_examples(questions, unanswerable=unanswerable)


def question_examples(questions: Sequence[Asked], *, unanswerable: bool) -> Read:
    """Returns one example per question; questions on the same passage make a cluster, named by the first of them.

    Ids are the data's own, or 0-based numbers where those repeat (training files of other sets in this form do). Raises
    DataError for a question without an answer unless `unanswerable`.
    """
    without = [one for one in questions if not one.answers]
    if without and not unanswerable:
        raise DataError(
            f"{without[0].place}: question {without[0].id!r} has no answer, and neither have {len(without) - 1:,} others. "
            "Every question of SQuAD v1.1 has one: these are data for the task squad-v2.0, or a test file without answers."
        )
    repeated = sum(count - 1 for count in Counter(one.id for one in questions).values())
    clusters: dict[str, str] = {}
    examples = []
    for row, one in enumerate(questions):
        name = str(row) if repeated else one.id
        cluster = clusters.setdefault(one.context, name)
        inputs = Question(question=one.question, context=one.context)
        examples.append(Example(id=name, cluster=cluster, inputs=inputs, gold=one.answers))
    notes = []
    if repeated:
        notes.append(f"Question ids that repeat: {repeated:,}; questions are numbered instead.")
    if unanswerable and not without:
        notes.append("Every question has an answer: nothing teaches when there is none.")
    return Read(examples=examples, notes=tuple(notes))
