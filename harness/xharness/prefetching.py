"""Fetches what a machine without a network will need, and proves that it is there.

Data come through the tasks' own loaders and checkpoints through the plugins' own, so that exactly what an evaluation would ask
for is fetched. Then every file of the repositories that they name is compared with the hash that the hub states for it, and all
of it is read a second time by a process that may not use the network: the fingerprints must be equal.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from xharness import hub_cache, identity, offline
from xharness.errors import HarnessError, MissingDataError, RunError, located, unknown_name
from xharness.selection import DEFAULT_SPLIT, chosen_languages, chosen_tasks, data_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from xharness.hub_cache import CachedRepository
    from xharness.models import Settings
    from xharness.offers import Suite, Task
    from xharness.plugins import Plugins
    from xharness.selection import Selection

TRAINED_IN = "en"
"""The language of training data, wherever a task has it: heads are trained in it and evaluated in all others."""

_NAMED = re.compile(r"hub (\S+)@([0-9a-f]{40})")
_COMMIT = re.compile(r"[0-9a-f]{40}")


class Status(StrEnum):
    """What became of one thing that was asked for."""

    OK = "ok"
    ABSENT = "absent"  # there is no such data; other languages may have it
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedSplit:
    """One language of one split of a task.

    Attributes:
        fingerprint: SHA-256 (hex) over all of its content; empty where it was not read.
        source: what the loader says of where it came from.
        message: why it is not ok.
    """

    task: str
    language: str
    split: str
    status: Status
    examples: int = 0
    fingerprint: str = ""
    source: str = ""
    message: str = ""

    @property
    def place(self) -> str:
        """Returns "task/language split"."""
        return f"{self.task}/{self.language} {self.split}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedCheckpoint:
    """A checkpoint.

    Attributes:
        reference: with its commit, if it came from the hub: the same bytes also when the repository goes on.
        identity: SHA-256 (hex) over the bytes that an evaluation would use; empty where they could not be read.
        repositories: (hub id, commit) of it and of what it stands on.
        message: why it is not ok.
    """

    reference: str
    status: Status
    identity: str = ""
    repositories: tuple[tuple[str, str], ...] = ()
    message: str = ""


Found = TypeVar("Found", FetchedSplit, FetchedCheckpoint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """All that was asked for, and the repositories that hold it."""

    splits: tuple[FetchedSplit, ...] = ()
    checkpoints: tuple[FetchedCheckpoint, ...] = ()
    repositories: tuple[CachedRepository, ...] = ()

    @property
    def broken(self) -> bool:
        """Returns whether anything is."""
        statuses = (*(one.status for one in self.splits), *(one.status for one in self.checkpoints))
        return Status.BROKEN in statuses or any(one.damaged for one in self.repositories)


def divide(plugins: Plugins, targets: Sequence[str]) -> tuple[list[str], list[str]]:
    """Returns which targets are suites (or tasks, suites of one), and which are checkpoints: all others, and folders here."""
    data = [one for one in targets if (one in plugins.suites or one in plugins.tasks) and not Path(one).exists()]
    return data, [one for one in targets if one not in data]


def fetch_data(
    plugins: Plugins, selection: Selection, splits: Sequence[str] | None, say: Callable[[str], None]
) -> tuple[FetchedSplit, ...]:
    """Reads the data of a suite through its tasks' loaders, in every language asked for.

    Args:
        splits: names; None takes the test data, or all splits of a task that has no test data. "train" is fetched in
            English only where a task has English.
        say: called with one line for each task.

    Raises:
        UsageError: a name does not exist.
        DataError: a folder that was named is not there.
    """
    suite = plugins.suite(selection.suite)
    tasks = chosen_tasks(selection, suite, plugins.suite_tasks(suite))
    _check_splits(splits, tasks)
    found = []
    for task in tasks.values():
        wanted = [
            (language, split) for split in _splits(task, splits) for language in _languages(selection, task, split)
        ]
        if wanted:
            say(f"{task.name}: {len(wanted)} {'table' if len(wanted) == 1 else 'tables'}")
        found += [_read(selection, suite, task, language, split) for language, split in wanted]
    return tuple(found)


def fetch_checkpoint(plugins: Plugins, reference: str, settings: Settings) -> FetchedCheckpoint:
    """Fetches all files of a checkpoint that its loader would use, and reads every byte; no network is built."""
    try:
        model = plugins.load_model(reference, settings)
        found, commit = model.identity, model.record.get("commit")
        repositories = tuple(dict.fromkeys(_repositories(model.record)))
        model.close()
    except HarnessError as error:
        return FetchedCheckpoint(reference=reference, status=Status.BROKEN, message=str(error))
    pinned = f"{reference.partition('@')[0]}@{commit}" if isinstance(commit, str) else reference
    return FetchedCheckpoint(reference=pinned, status=Status.OK, identity=found, repositories=repositories)


def held(splits: Iterable[FetchedSplit], checkpoints: Iterable[FetchedCheckpoint]) -> tuple[CachedRepository, ...]:
    """Returns the repositories of the hub that hold these, every file compared with the hash that the hub states."""
    named = [("dataset", *one) for split in splits for one in _NAMED.findall(split.source)]
    named += [("model", *one) for checkpoint in checkpoints for one in checkpoint.repositories]
    found = [hub_cache.checked(kind, name, commit) for kind, name, commit in dict.fromkeys(named)]
    return tuple(one for one in found if one is not None)


def read_again(fetched: Fetched, arguments: Sequence[str]) -> Fetched:
    """Returns the same, broken where a process without network does not read the same content.

    `arguments` are those of `xharness prefetch`. Raises RunError if that process fails.
    """
    command = [sys.executable, "-m", "xharness", "prefetch", *arguments, "--offline", "--json"]
    environment = {**os.environ, offline.OWN_VARIABLE: "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    try:
        again: dict[str, Any] = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise RunError(
            f"What was fetched could not be read again without network: the process ended with {done.returncode}, and said: "
            f"{done.stderr.strip()[-500:] or 'nothing'}. Run the same command again."
        ) from None
    splits = {(one["task"], one["language"], one["split"]): one for one in again["data"]}
    checkpoints = {one["identity"]: one for one in again["checkpoints"]}
    return replace(
        fetched,
        splits=tuple(_compared(one, splits.get((one.task, one.language, one.split), {})) for one in fetched.splits),
        checkpoints=tuple(
            one
            if one.status is not Status.OK or one.identity in checkpoints
            else _unlike(one, "another or none is read")
            for one in fetched.checkpoints
        ),
    )


def _compared(first: FetchedSplit, again: Mapping[str, str]) -> FetchedSplit:
    if first.status is not Status.OK or first.fingerprint == again.get("fingerprint"):
        return first
    return _unlike(first, again.get("message") or "it reads as other content")


def _unlike(first: Found, what: str) -> Found:
    return replace(first, status=Status.BROKEN, message=f"without network it is not the same: {what}")


def _check_splits(splits: Sequence[str] | None, tasks: Mapping[str, Task]) -> None:
    known = {one for task in tasks.values() for one in task.splits}
    for name in splits or ():
        if name not in known:
            raise unknown_name("split", name, known)


def _splits(task: Task, asked: Sequence[str] | None) -> tuple[str, ...]:
    if asked is not None:
        return tuple(one for one in asked if one in task.splits)
    return (DEFAULT_SPLIT,) if DEFAULT_SPLIT in task.splits else task.splits


def _languages(selection: Selection, task: Task, split: str) -> tuple[str, ...]:
    if split == "train" and TRAINED_IN in task.languages:
        return (TRAINED_IN,)
    return chosen_languages(selection, task)


def _read(selection: Selection, suite: Suite, task: Task, language: str, split: str) -> FetchedSplit:
    blank = FetchedSplit(task=task.name, language=language, split=split, status=Status.BROKEN)
    try:
        with located(f"{task.name}/{language}"):
            loaded = task.load(data_request(selection, suite, language, split))
    except MissingDataError as error:
        return replace(blank, status=Status.ABSENT, message=str(error))
    except HarnessError as error:
        return replace(blank, message=str(error))
    return replace(
        blank,
        status=Status.OK,
        examples=len(loaded.examples),
        fingerprint=identity.of_split(loaded),
        source=loaded.source,
    )


def _repositories(record: object) -> Iterator[tuple[str, str]]:
    """Yields (hub id, commit) wherever a model's record has a commit beside the name of a repository."""
    if isinstance(record, dict):
        name, commit = record.get("hub") or record.get("name"), record.get("commit")
        if isinstance(name, str) and isinstance(commit, str) and _COMMIT.fullmatch(commit):
            yield name, commit
        for value in record.values():
            yield from _repositories(value)
