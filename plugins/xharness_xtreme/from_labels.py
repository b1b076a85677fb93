"""Splits made from gold alone: what scoring somebody's predictions needs. Ids and clusters are those of the full data."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from xharness import DataError, Example, Split

from xharness_xtreme import gold, layout, pairs, questions, sentences, tagging
from xharness_xtreme.assembling import assembled

if TYPE_CHECKING:
    from pathlib import Path

    from xharness import DataRequest

    Found: TypeAlias = tuple[list[Example], dict[str, int], tuple[str, ...]]


def load_gold(task: str, request: DataRequest) -> Split:
    """Returns a split whose examples have no inputs; without a gold file it has no examples, and a note says so.

    Raises DataError if no label folder was given, and for a malformed file.
    """
    if request.labels is None:
        raise DataError("no gold was named. Give the folder with the scorer's label files with --labels.")
    path = layout.gold_file(request.labels, task, request.language, request.split)
    name = layout.inside(path, request.labels)
    source = f"gold in the scorer's layout, {name}"
    if not path.is_file():
        return assembled(
            task, request, [], sizes={}, source=source, notes=(f"There is no gold: {name} does not exist.",)
        )
    examples, sizes, notes = _read(task, request, path)
    return assembled(task, request, examples, sizes=sizes, source=source, notes=notes)


def _read(task: str, request: DataRequest, path: Path) -> Found:
    if task in layout.PAIR_TASKS:
        labels, notes = gold.label_lines(task, path)
        names = pairs.row_names(len(labels), premises=task == "xnli")
        return (
            pairs.pair_examples(names, None, labels),
            {"rows": len(labels)},
            notes + gold.guessed_labels(task, request),
        )
    if task in layout.TAGGING_TASKS:
        tags, notes = tagging.read_tags(path, gold.gold_tags(task))
        sizes = {"sentences": len(tags), "tokens": sum(map(len, tags))}
        return tagging.sentence_examples(None, tags), sizes, notes
    if task in layout.QUESTION_TASKS:
        return _read_questions(task, request, path)
    if task == "tatoeba":
        numbers, notes = sentences.read_line_numbers(path, None)
        return sentences.retrieval_examples(None, numbers), {"sentences": len(numbers)}, notes
    found, notes = sentences.read_pairs(path)
    return sentences.mining_examples(None, found), {"gold pairs": sentences.count_pairs(found)}, notes


def _read_questions(task: str, request: DataRequest, path: Path) -> Found:
    asked = questions.read_gold(path)
    answers = {question.id: question for question in asked}
    clusters = gold.question_clusters(task, request, asked)
    return questions.question_examples(asked, clusters, answers, inputs=False), {"questions": len(asked)}, ()
