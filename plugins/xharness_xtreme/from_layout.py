"""Splits read from XTREME's prepared files, with gold in the scorer's layout beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xharness import DataError, Split

from xharness_xtreme import gold, layout, pairs, questions, sentences, tagging
from xharness_xtreme.assembling import assembled
from xharness_xtreme.inventory import LABELS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from xharness import DataRequest
    from xharness.sources.squad import Asked


def load_from_layout(task: str, request: DataRequest) -> Split:
    """Returns a split; all of its examples lack gold where the gold is not at hand. Raises DataError."""
    if task in layout.PAIR_TASKS:
        return _pairs(task, request)
    if task in layout.TAGGING_TASKS:
        return _tagging(task, request)
    if task in layout.QUESTION_TASKS:
        return _questions(task, request)
    return _tatoeba(request) if task == "tatoeba" else _bucc(request)


def _input_file(task: str, request: DataRequest) -> Path:
    if request.file is not None:
        return request.file
    if request.data is None:
        raise DataError("no data folder was named. Name one with --data, or leave --data out to read from the hub.")
    return layout.data_file(request.data, task, request.language, request.split)


def _source(request: DataRequest, path: Path, gold_path: Path | None) -> str:
    if request.file is not None:
        return f"file {path.name}"
    read = f"official layout, {layout.inside(path, request.data)}"
    if gold_path is None:
        return read
    root = next((root for root in (request.labels, request.data) if root and gold_path.is_relative_to(root)), None)
    return f"{read}; gold {layout.inside(gold_path, root)}"


def _pairs(task: str, request: DataRequest) -> Split:
    path, gold_path = _input_file(task, request), gold.gold_path(task, request)
    tested = request.split == "test"
    rows, notes = pairs.read_rows(path, 2 if tested else 3, request.variant)
    labels = None if tested else pairs.labels_of(path, rows, LABELS[task])
    notes += pairs.pair_notes(rows)
    if gold_path is not None:
        labels, gold_notes = gold.label_lines(task, gold_path)
        gold.check_rows(path, gold_path, len(rows), len(labels))
        notes += gold_notes + gold.guessed_labels(task, request)
    names = pairs.row_names(len(rows), premises=task == "xnli" and request.split != "train")
    return assembled(
        task,
        request,
        pairs.pair_examples(names, rows, labels),
        sizes={"rows": len(rows)},
        source=_source(request, path, gold_path),
        notes=notes,
    )


def _tagging(task: str, request: DataRequest) -> Split:
    path, gold_path = _input_file(task, request), gold.gold_path(task, request)
    tokens, tags, notes = tagging.read_tokens(path, tagged=request.split != "test", known=LABELS[task])
    if gold_path is not None:
        tags, gold_notes = tagging.read_tags(gold_path, gold.gold_tags(task))
        tagging.check_aligned(gold.both(path, gold_path), tokens, tags)
        notes += gold_notes
    return assembled(
        task,
        request,
        tagging.sentence_examples(tokens, tags),
        sizes={"sentences": len(tokens), "tokens": sum(map(len, tokens))},
        source=_source(request, path, gold_path),
        notes=notes,
    )


def _questions(task: str, request: DataRequest) -> Split:
    path, gold_path = _input_file(task, request), gold.gold_path(task, request)
    training = request.split == "train"
    asked = questions.read_questions(path, by_row=training)
    if training:
        examples, notes = questions.training_examples(asked)
    else:
        clusters = gold.question_clusters(task, request, asked)
        answers, notes = _answers(request.split, path, gold_path, asked)
        examples = questions.question_examples(asked, clusters, answers)
    return assembled(
        task,
        request,
        examples,
        sizes={"questions": len(asked)},
        source=_source(request, path, gold_path),
        notes=notes,
    )


def _answers(
    split: str, path: Path, gold_path: Path | None, asked: Sequence[Asked]
) -> tuple[Mapping[str, Asked] | None, tuple[str, ...]]:
    if gold_path is not None:
        answers = {question.id: question for question in questions.read_gold(gold_path)}
        questions.check_same_questions(gold.both(path, gold_path), asked, answers)
        return answers, ()
    if not all(map(questions.answered, asked)):
        return None, ()
    note = "Gold answers were taken from the data file itself, where the benchmark's preparation strips them."
    return {question.id: question for question in asked}, (note,) if split == "test" else ()


def _tatoeba(request: DataRequest) -> Split:
    task = "tatoeba"
    path, gold_path = _input_file(task, request), gold.gold_path(task, request)
    root = request.data or path.parent.parent
    english_path = layout.side_file(root, task, request.language, request.split, "en")
    foreign, notes = sentences.read_side(path)
    english, english_notes = sentences.read_side(english_path)
    notes += english_notes
    if len(foreign) != len(english):
        raise DataError(
            f"{path} has {len(foreign):,} lines but {english_path} has {len(english):,}; the two sides hold the same sentences "
            "and must have as many lines. Fetch both again."
        )
    numbers = None
    if gold_path is not None:
        numbers, gold_notes = sentences.read_line_numbers(gold_path, len(foreign))
        gold.check_rows(english_path, gold_path, len(english), len(numbers))
        notes += gold_notes
    return assembled(
        task,
        request,
        sentences.retrieval_examples([line.strip() for line in english], numbers),
        sizes={"sentences": len(english)},
        source=_source(request, path, gold_path),
        notes=notes + sentences.order_note(english),
        pool=sentences.retrieval_pool(foreign),
    )


def _bucc(request: DataRequest) -> Split:
    task = "bucc2018"
    path = _input_file(task, request)
    root = request.data or path.parent.parent
    english_path = layout.side_file(root, task, request.language, request.split, "en")
    foreign, notes = sentences.read_corpus(path)
    english, english_notes = sentences.read_corpus(english_path)
    beside = layout.side_file(root, task, request.language, request.split, "gold")
    gold_path = gold.gold_path(task, request) or (beside if beside.is_file() else None)
    found = None
    sizes = {"foreign sentences": len(foreign), "English sentences": len(english)}
    if gold_path is not None:
        found, gold_notes = sentences.read_pairs(gold_path)
        sentences.check_pairs(gold.both(path, gold_path), found, foreign, english)
        sizes["gold pairs"] = sentences.count_pairs(found)
        notes += gold_notes
    tuning, tuning_notes = _tuning(request)
    return assembled(
        task,
        request,
        sentences.mining_examples(foreign, found),
        sizes=sizes,
        source=_source(request, path, gold_path),
        notes=notes + english_notes + tuning_notes,
        pool=sentences.mining_pool(english),
        tuning=tuning,
    )


def _tuning(request: DataRequest) -> tuple[Split | None, tuple[str, ...]]:
    """Returns the dev split with gold on which a test split's threshold is found, or a note why there is none."""
    if request.split == "dev" or request.data is None:
        return None, ()
    if not layout.data_file(request.data, "bucc2018", request.language, "dev").is_file():
        return None, ("There is no dev split at hand, on which the threshold of mining is found.",)
    split = _bucc(replace(request, split="dev"))
    return (split, ()) if split.has_gold else (None, ("The dev split at hand has no gold to find the threshold with.",))
