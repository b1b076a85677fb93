"""What an offered task's loader returns is checked before anything is done with it, and the plugin is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xharness.errors import DataError, HarnessError, PluginError
from xharness.offers import Task
from xharness.records import Answer, Choices, Document, Example, Kind, Question, Split, Text, TextPair, Words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from xharness.candidates import Candidate
    from xharness.offers import DataRequest

_STRINGS = {str}
_INPUTS: Mapping[str, type] = {
    Kind.CLASSIFICATION: Text,
    Kind.PAIR_CLASSIFICATION: TextPair,
    Kind.TAGGING: Words,
    Kind.SPAN_QA: Question,
    Kind.RETRIEVAL: Text,
    Kind.MINING: Text,
    Kind.MULTIPLE_CHOICE: Choices,
    Kind.MASKED_LM: Text,
}


def guarded(task: object, owner: Candidate) -> Task:
    """Returns the task with a loader that checks what it loads. Raises PluginError if it is no task."""
    if not isinstance(task, Task):
        raise PluginError(
            f"The {owner.blame} offers {task!r:.80} through xharness_tasks, which is {type(task).__name__}; expected "
            f"xharness.Task. {owner.way_out}"
        )
    return replace(task, load=_Guarded(task=task, report=owner.report))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Guarded:
    """A loader that checks what it loads; `report` says who can mend it."""

    task: Task
    report: str

    def __call__(self, request: DataRequest) -> Split:
        """Returns the split. Raises DataError where it breaks the contract, PluginError where the loader itself breaks."""
        place = f"{self.task.name}/{request.language}"
        try:
            split = self.task.load(request)
        except (HarnessError, MemoryError):
            raise
        except Exception as error:  # a plugin's code can fail in any way
            raise PluginError(
                f"{place}: the loader failed on the split {request.split!r} with {type(error).__name__}: {error}. "
                f"{self.report}"
            ) from error
        problem = problem_of(self.task, request, split)
        if problem is not None:
            raise DataError(f"{place}: the {request.split} split cannot be used: {problem} {self.report}")
        return split


def problem_of(task: Task, request: DataRequest, split: object) -> str | None:
    """Returns the first thing that is wrong with what a task's loader returned, in whole sentences, None if nothing is."""
    if not isinstance(split, Split):
        return f"the loader returned {type(split).__name__}, expected xharness.Split."
    return next(_problems(task, request, split), None)


def _problems(task: Task, request: DataRequest, split: Split) -> Iterator[str]:
    yield from _of_cell(task, request, split)
    yield from _of_ids(split)
    if not split.examples and not request.gold_only:
        yield "it holds no examples. Expected is at least one, or a MissingDataError that says what is not there."
    without = [example.id for example in split.examples if example.gold is None]
    if without and len(without) < len(split.examples):
        yield (
            f"{len(without):,} of {len(split.examples):,} examples have no gold (first: {', '.join(without[:3])}). A split has "
            "gold for all of its examples or for none."
        )
    yield from _of_inputs(task, request, split)
    yield from _of_gold(task, split)


def _of_cell(task: Task, request: DataRequest, split: Split) -> Iterator[str]:
    """Yields what says that it is another split than the one that was asked for."""
    pairs = [
        ("task", split.task, task.name),
        ("language", split.language, request.language),
        ("name", split.name, request.split),
    ]
    for what, found, wanted in pairs:
        if found != wanted:
            yield f"its {what} is {found!r}, expected {wanted!r}."
    if split.version != task.version and not str(split.version).startswith(f"{task.version}-"):
        yield (
            f"its version is {split.version!r}, expected the task's, {task.version!r}, or {f'{task.version}-…'!r} for a source "
            "that deviates: runs of different versions are never mixed."
        )


def _of_ids(split: Split) -> Iterator[str]:
    yield from _unique("example", split.examples, Example)
    yield from _unique("document of the pool", split.pool, Document)
    for example in split.examples:
        if not isinstance(example.cluster, str) or not example.cluster:
            yield f"the cluster of example {example.id!r} is {example.cluster!r}, expected a string that is not empty."


def _unique(what: str, items: Sequence[Example | Document], record: type) -> Iterator[str]:
    """Yields what is wrong with the ids of examples or documents."""
    if not isinstance(items, Sequence):
        yield f"what should hold each {what} is {type(items).__name__}, expected a list or a tuple."
    seen: set[str] = set()
    for number, item in enumerate(items):
        if not isinstance(item, record):
            yield f"{what} {number:,} (from 0) is {type(item).__name__}, expected xharness.{record.__name__}."
        if not isinstance(item.id, str) or not item.id:
            yield f"the id of {what} {number:,} (from 0) is {item.id!r}, expected a string that is not empty."
        if item.id in seen:
            yield f"the id {item.id!r} stands twice (again at {what} {number:,}, from 0). Ids are unique in a split."
        seen.add(item.id)


def _of_inputs(task: Task, request: DataRequest, split: Split) -> Iterator[str]:
    wanted = _INPUTS.get(task.kind)
    if wanted is None:
        return
    for example in split.examples:
        inputs = example.inputs
        if inputs is None and request.gold_only:
            continue
        if inputs is None or not isinstance(inputs, wanted):
            found = "absent" if inputs is None else type(inputs).__name__
            yield (
                f"the inputs of example {example.id!r} are {found}, expected xharness.{wanted.__name__} for the kind "
                f"{str(task.kind)!r}."
            )
        elif not set(map(type, inputs.parts())) <= _STRINGS:
            yield f"the inputs of example {example.id!r} hold something else than strings."


def _of_gold(task: Task, split: Split) -> Iterator[str]:
    check = _GOLD.get(task.kind)
    if check is None:
        return
    known = frozenset((*task.labels, *task.unpredicted_labels)) if task.labels else None
    pool = frozenset(document.id for document in split.pool)
    for example in split.examples:
        if example.gold is not None and (problem := check(example, known, pool)) is not None:
            yield f"the gold of example {example.id!r} is {example.gold!r:.80}, {problem}"
        elif task.kind == Kind.SPAN_QA and example.gold == () and not task.unanswerable:
            yield f"the question {example.id!r} has no answer, and the task does not say unanswerable=True."


def _label(example: Example, known: frozenset[str] | None, _: frozenset[str]) -> str | None:
    if not isinstance(example.gold, str):
        return "expected a label, a string."
    return None if known is None or example.gold in known else f"which is none of the labels {_some(known)}."


def _tags(example: Example, known: frozenset[str] | None, _: frozenset[str]) -> str | None:
    if not isinstance(example.gold, tuple):
        return "expected a tuple with one tag for each word."
    words = example.inputs.words if isinstance(example.inputs, Words) else None
    if words is not None and len(words) != len(example.gold):
        return f"{len(example.gold)} tags for {len(words)} words, expected one for each."
    if not set(map(type, example.gold)) <= _STRINGS:
        return "expected strings."
    if known is None or known.issuperset(example.gold):
        return None
    unknown = next(tag for tag in example.gold if tag not in known)
    return f"whose tag {unknown!r} is none of {_some(known)}."


def _answers(example: Example, _: frozenset[str] | None, __: frozenset[str]) -> str | None:
    right = isinstance(example.gold, tuple) and all(isinstance(one, Answer) for one in example.gold)
    return None if right else "expected a tuple of xharness.Answer."


def _documents(example: Example, _: frozenset[str] | None, pool: frozenset[str]) -> str | None:
    if not isinstance(example.gold, tuple) or not all(isinstance(one, str) for one in example.gold):
        return "expected a tuple with the ids of the right documents."
    unknown = [one for one in example.gold if one not in pool] if pool else []
    return f"and the pool has no document {unknown[0]!r}." if unknown else None


def _option(example: Example, known: frozenset[str] | None, pool: frozenset[str]) -> str | None:
    options = len(example.inputs.options) if isinstance(example.inputs, Choices) else None
    if options is not None and example.gold not in {str(number) for number in range(options)}:
        return f"expected the number of one of its {options} options, as a string from '0'."
    return _label(example, known, pool)


_GOLD: Mapping[str, Callable[[Example, frozenset[str] | None, frozenset[str]], str | None]] = {
    Kind.CLASSIFICATION: _label,
    Kind.PAIR_CLASSIFICATION: _label,
    Kind.TAGGING: _tags,
    Kind.SPAN_QA: _answers,
    Kind.RETRIEVAL: _documents,
    Kind.MINING: _documents,
    Kind.MULTIPLE_CHOICE: _option,
}


def _some(names: Iterable[str]) -> str:
    ordered = sorted(names)
    more = f" and {len(ordered) - 20:,} more" if len(ordered) > 20 else ""
    return f"{', '.join(ordered[:20])}{more}"
