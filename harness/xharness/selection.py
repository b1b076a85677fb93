"""Which cells are asked for: tasks, languages, splits, and where their data are."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from xharness.errors import DataError, UsageError, unknown_name
from xharness.models import Settings
from xharness.offers import DataRequest
from xharness.records import Split, Variant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xharness.offers import Suite, Task

DEFAULT_SPLIT = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The cells of a suite that are asked for, and their data.

    Attributes:
        tasks, languages: names; None takes all.
        split: as typed: "test", "dev", or "task=split,…" (others "test").
        data: folder in the suite's layout; None takes the hub.
        labels: folder with gold; None takes `<data>-labels` or `<data>/labels` where there is one.
        limit: at most this many examples of each cell; None takes all.
        strict: other counts than the benchmark's, or absent data of one language, are errors.
    """

    suite: str = "xtreme"
    tasks: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    split: str = DEFAULT_SPLIT
    data: Path | None = None
    labels: Path | None = None
    revision: str | None = None
    variant: Variant = Variant.FIXED
    limit: int | None = None
    strict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A selection, and how and where it is evaluated."""

    selection: Selection = field(default_factory=Selection)
    settings: Settings = field(default_factory=Settings)
    out: Path = Path("runs")


def chosen_tasks(selection: Selection, suite: Suite, tasks: Mapping[str, Task]) -> dict[str, Task]:
    """Returns the tasks asked for, in the suite's order. Raises UsageError for an unknown name."""
    for name in selection.tasks or ():
        if name not in tasks:
            raise unknown_name(f"task of the suite {suite.name!r}", name, tasks)
    known = {language for task in tasks.values() for language in task.languages}
    for language in selection.languages or ():
        if language not in known:
            raise unknown_name(f"language of the suite {suite.name!r}", language, known)
    chosen = {name: task for name, task in tasks.items() if selection.tasks is None or name in selection.tasks}
    chosen = {name: task for name, task in chosen.items() if chosen_languages(selection, task)}
    if not chosen:
        raise UsageError(
            f"None of the tasks {', '.join(selection.tasks or ())} has any of the languages "
            f"{', '.join(selection.languages or ())}: nothing to do. `xharness tasks NAME` lists a task's languages."
        )
    return chosen


def chosen_languages(selection: Selection, task: Task) -> tuple[str, ...]:
    """Returns the task's languages that are asked for, in its order."""
    return tuple(one for one in task.languages if selection.languages is None or one in selection.languages)


def chosen_splits(selection: Selection, tasks: Mapping[str, Task]) -> dict[str, str]:
    """Returns the split of every task. Raises UsageError for a form, task or split that does not exist."""
    splits = dict.fromkeys(tasks, DEFAULT_SPLIT)
    for part in selection.split.split(","):
        name, equals, split = part.strip().partition("=")
        if not equals:
            split, targets = name, list(tasks)
        elif name in tasks:
            targets = [name]
        else:
            raise unknown_name("task", name, tasks)
        for target in targets:
            if equals and split not in tasks[target].splits:
                raise unknown_name(f"split of {target}", split, tasks[target].splits)
            splits[target] = split
        if not equals and not any(split in task.splits for task in tasks.values()):
            raise unknown_name("split", split, {one for task in tasks.values() for one in task.splits})
    return splits


def split_label(splits: Mapping[str, str]) -> str:
    """Returns the splits in one short string: "test", or "test,mlqa=dev"."""
    values = list(splits.values())
    common = max(sorted(set(values)), key=values.count)
    others = [f"{task}={split}" for task, split in sorted(splits.items()) if split != common]
    return ",".join([common, *others])


def resolve_folders(selection: Selection, suite: Suite) -> tuple[Path | None, Path | None]:
    """Returns the data and label folders. Raises DataError if a folder that was named is not there.

    A folder that holds one named after the suite (`xtreme/` beside `xtreme-labels/`) stands for that one. For a task as its own
    suite it does not: there the folder is the task's, in a layout of which that may be a part.
    """
    data, labels = selection.data, selection.labels
    for flag, folder in (("--data", data), ("--labels", labels)):
        if folder is not None and not folder.is_dir():
            raise DataError(
                f"{flag} {folder}: there is no such folder. Expected the layout of the suite {suite.name!r}."
            )
    if data is not None and suite.tasks != (suite.name,) and (data / suite.name).is_dir():
        data = data / suite.name
    if labels is None and data is not None:
        named = data.resolve() if data.name in {"", ".."} else data
        candidates = (named.parent / f"{named.name}-labels", data / "labels")
        labels = next((folder for folder in candidates if folder.is_dir()), None)
    return data, labels


def data_request(selection: Selection, suite: Suite, language: str, split: str) -> DataRequest:
    """Returns what a task's loader is asked for one cell."""
    data, labels = resolve_folders(selection, suite)
    return DataRequest(
        language=language,
        split=split,
        data=data,
        labels=labels,
        revision=selection.revision,
        variant=selection.variant,
    )


def limited(split: Split, limit: int | None) -> Split:
    """Returns the split with at most `limit` examples; pools stay whole."""
    if limit is None or len(split.examples) <= limit:
        return split
    note = f"Only the first {limit:,} of {len(split.examples):,} examples."
    return Split(
        task=split.task,
        language=split.language,
        name=split.name,
        examples=split.examples[:limit],
        version=split.version,
        source=split.source,
        pool=split.pool,
        tuning=split.tuning,
        official=False,
        in_average=split.in_average,
        notes=(*split.notes, note),
    )
