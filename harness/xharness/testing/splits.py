"""The contract of splits: what one language of one split must be, whatever the task."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from xharness.records import Answer, Choices, Kind, Question, Text, TextPair, Words
from xharness.testing.findings import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from xharness.offers import Finding, Task
    from xharness.records import Example, Split

INPUTS: dict[str, type] = {
    Kind.CLASSIFICATION: Text,
    Kind.PAIR_CLASSIFICATION: TextPair,
    Kind.TAGGING: Words,
    Kind.SPAN_QA: Question,
    Kind.RETRIEVAL: Text,
    Kind.MINING: Text,
    Kind.MULTIPLE_CHOICE: Choices,
    Kind.MASKED_LM: Text,
}
"""What the examples of each known kind give to a model."""


def check_split(split: Split, task: Task) -> list[Finding]:
    """Returns what is wrong with a split of `task`, or one good line.

    Checked are: that there are examples; ids unique, clusters named; inputs of the kind's type and without empty texts; gold
    for all or for none, of the kind's form, within the labels, the context or the pool; no local folder in the source.
    """
    report = Report(place=f"{split.place} {split.name}")
    report.expect(split.task == task.name, f"the split says that it is of {split.task!r}, not {task.name!r}.")
    report.expect(bool(split.version), "the split has no version.")
    report.expect(bool(split.source), "the split does not say where it came from (source).")
    report.expect(
        not split.source.startswith(("/", "~")) and str(Path.home()) not in split.source,
        f"the source {split.source!r} names a local folder, which every record of a run would carry.",
    )
    if report.expect(bool(split.examples), "there are no examples."):
        _check_examples(split, task, report)
        _check_pool(split, task, report)
        _check_gold(split, task, report)
    gold = "with gold" if split.has_gold else "without gold"
    return report.done(f"{len(split.examples):,} examples {gold}, version {split.version}")


def _check_examples(split: Split, task: Task, report: Report) -> None:
    examples = split.examples
    unusable = [one.id for one in examples if not isinstance(one.id, str) or not one.id]
    report.none_of(unusable, "ids that are no strings, or empty", "Give every example a name.")
    repeated = [name for name, count in Counter(one.id for one in examples).items() if count > 1]
    report.none_of(repeated, "ids that several examples have", "Ids are unique in a split.")
    loose = [one.id for one in examples if not isinstance(one.cluster, str) or not one.cluster]
    report.none_of(loose, "examples without a cluster", "Without a larger unit the cluster is the id.")
    wider: dict[str, set[str]] = {}
    for one in examples:
        wider.setdefault(one.cluster, set()).add(one.wider)
    torn = [name for name, units in wider.items() if len(units) > 1]
    report.none_of(torn, "clusters that lie in several wider units", "A cluster lies wholly in one.")
    expected = INPUTS.get(task.kind)
    given = [one for one in examples if one.inputs is not None]
    if expected is not None:
        other = [one.id for one in given if not isinstance(one.inputs, expected)]
        report.none_of(other, f"examples whose inputs are not {expected.__name__}", f"The task is of kind {task.kind}.")
    report.none_of([one.id for one in examples if one.inputs is None], "examples without inputs", "A model needs them.")
    report.none_of([one.id for one in given if _has_empty(one)], "examples with an empty text", "Leave them out.")


def _has_empty(example: Example) -> bool:
    parts = example.inputs.parts() if example.inputs is not None else ()
    if isinstance(example.inputs, Choices):
        parts = parts[1:]  # the context may be empty
    return not parts or any(not isinstance(part, str) or not part.strip() for part in parts)


def _check_pool(split: Split, task: Task, report: Report) -> None:
    if task.kind in {Kind.RETRIEVAL, Kind.MINING}:
        report.expect(bool(split.pool), "the pool that is searched has no documents.")
    repeated = [name for name, count in Counter(one.id for one in split.pool).items() if count > 1]
    report.none_of(repeated, "ids that several documents of the pool have", "Ids are unique in a pool.")
    empty = [one.id for one in split.pool if not one.text.strip()]
    report.none_of(empty, "documents of the pool without text", "Leave them out.")
    if task.kind == Kind.MINING:
        own = split if split.name == "dev" else None
        tuned = (split.tuning or own) is not None and (split.tuning or split).has_gold
        report.expect(
            tuned or not split.has_gold, "there is no split with gold on which the threshold is found (tuning)."
        )


# ---- gold --------------------------------------------------------------------------------------------------------


def _check_gold(split: Split, task: Task, report: Report) -> None:
    without = [one.id for one in split.examples if one.gold is None]
    if len(without) == len(split.examples):
        return
    report.none_of(without, "examples without gold among others with it", "All examples of a split have gold, or none.")
    check = _GOLD.get(task.kind)
    if check is None:
        return
    problems: dict[str, list[str]] = {}
    known = {one.id for one in split.pool}
    for one in split.examples:
        problem = check(one, task, known) if one.gold is not None else None
        if problem is not None:
            problems.setdefault(problem, []).append(one.id)
    for problem, ids in problems.items():
        report.none_of(ids, f"examples {problem}", "Gold and task do not fit.")


def _label(example: Example, task: Task, pool: set[str]) -> str | None:  # noqa: ARG001
    if not isinstance(example.gold, str):
        return "whose gold is no label"
    known = example.gold in (*task.labels, *task.unpredicted_labels)
    return None if known else f"whose label {example.gold!r:.40} the task does not list"


def _choice(example: Example, task: Task, pool: set[str]) -> str | None:
    options = len(example.inputs.options) if isinstance(example.inputs, Choices) else 0
    if options and example.gold not in {str(number) for number in range(options)}:
        return "whose gold is not the number of one of their options"
    return _label(example, task, pool)


def _tags(example: Example, task: Task, pool: set[str]) -> str | None:  # noqa: ARG001
    gold = example.gold
    if not isinstance(gold, tuple) or not all(isinstance(tag, str) for tag in gold):
        return "whose gold is not a tuple of tags"
    if isinstance(example.inputs, Words) and len(example.inputs.words) != len(gold):
        return "with another number of tags than of words"
    strange = sorted({str(tag) for tag in gold} - {*task.labels, *task.unpredicted_labels})
    return f"with tags that the task does not list ({strange[0]:.40})" if task.labels and strange else None


def _answers(example: Example, task: Task, pool: set[str]) -> str | None:  # noqa: ARG001
    gold = example.gold
    if not isinstance(gold, tuple) or not all(isinstance(one, Answer) for one in gold):
        return "whose gold is not a tuple of answers"
    if not gold and not task.unanswerable:
        return "without an accepted answer"
    context = example.inputs.context if isinstance(example.inputs, Question) else None
    placed = [one for one in gold if isinstance(one, Answer) and one.start is not None]
    if context is not None and any(context[one.start or 0 :][: len(one.text)] != one.text for one in placed):
        return "with an answer that is not in the context where it is said to be"
    return None


def _documents(example: Example, task: Task, pool: set[str]) -> str | None:
    gold = example.gold
    if not isinstance(gold, tuple) or not all(isinstance(one, str) for one in gold):
        return "whose gold is not a tuple of ids"
    if not gold and task.kind == Kind.RETRIEVAL:
        return "without a right document"
    return "whose right document is not in the pool" if not pool.issuperset(map(str, gold)) else None


def _nothing(example: Example, task: Task, pool: set[str]) -> str | None:  # noqa: ARG001
    return "whose gold is not the empty string" if example.gold != "" else None


_GOLD: dict[str, Callable[[Example, Task, set[str]], str | None]] = {
    Kind.CLASSIFICATION: _label,
    Kind.PAIR_CLASSIFICATION: _label,
    Kind.MULTIPLE_CHOICE: _choice,
    Kind.TAGGING: _tags,
    Kind.SPAN_QA: _answers,
    Kind.RETRIEVAL: _documents,
    Kind.MINING: _documents,
    Kind.MASKED_LM: _nothing,
}


def check_parallel(splits: Sequence[Split], task: Task) -> list[Finding]:
    """Returns what is wrong between the languages of a parallel task (same split), or one good line.

    An item has the same id and the same cluster in every language that has it, and every language shares items with others.
    """
    report = Report(place=f"{task.name} {splits[0].name} in {len(splits)} languages")
    languages = Counter(one.id for split in splits for one in split.examples)
    alone = [one.language for one in splits if all(languages[example.id] == 1 for example in one.examples)]
    report.none_of(
        alone, "languages that share no id with another", "In a parallel task an item has the same id everywhere."
    )
    first: dict[str, tuple[str, str]] = {}
    for split in splits:
        moved = [
            one.id
            for one in split.examples
            if first.setdefault(one.id, (one.cluster, split.language))[0] != one.cluster
        ]
        what = f"ids with another cluster in {split.language} than in {first[moved[0]][1] if moved else ''}"
        report.none_of(moved, what, "In a parallel task an item has the same cluster everywhere.")
    everywhere = sum(count == len(splits) for count in languages.values())
    return report.done(f"{everywhere:,} of {len(languages):,} ids are in all of them, each in one cluster")
