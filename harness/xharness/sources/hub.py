"""Tables of data sets on the Hugging Face hub, as columns of plain Python values."""

from __future__ import annotations

import re
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from xharness.errors import DataError, UnreachableDataError
from xharness.offline import is_offline
from xharness.sources.rows import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_COMMIT = re.compile(r"[0-9a-f]{40}")
_UNREACHED: set[str] = set()
"""Repositories that this process could not reach: only the cache is asked again, for the library waits 23 s (measured) in
retries each time, and a suite can have a hundred cells and more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One split of one configuration.

    Attributes:
        columns: name → values, all of the same length.
        classes: name → class names, for columns (or lists in columns) that hold class numbers.
        source: "hub REPOSITORY@COMMIT, configuration, split"; the commit is "unknown" where the library does not tell it.
        remedy: what a user can do if the copy cannot be used, a whole sentence.
    """

    columns: Mapping[str, Sequence[Any]]
    classes: Mapping[str, tuple[str, ...]]
    source: str
    remedy: str

    def column(self, name: str) -> Sequence[Any]:
        """Returns a column's values. Raises DataError if there is no such column."""
        self._check_columns([name])
        return self.columns[name]

    def named(self, name: str) -> Sequence[Any]:
        """Returns a column of labels or of lists of labels as names (lists as tuples), whether it holds numbers or names.

        Raises DataError if there is no such column, or for a number that is none of a class (such as -1, "no label").
        """
        return [
            tuple(self._class_name(item, name, self.source) for item in value)
            if isinstance(value, list)
            else self._class_name(value, name, self.source)
            for value in self.column(name)
        ]

    def records(self, needed: Sequence[str]) -> Iterator[Record]:
        """Yields the rows, placed "SOURCE, row N" (0-based). Raises DataError where a needed column is absent."""
        self._check_columns(needed)
        names = list(self.columns)
        for row, values in enumerate(zip(*self.columns.values(), strict=True)):
            yield Record(place=f"{self.source}, row {row:,}", fields=dict(zip(names, values, strict=True)))

    def label(self, record: Record, name: str) -> str | None:
        """Returns one record's class as its name, None for "no label" (-1). Raises DataError for another number."""
        value = record.value(name)
        return None if value == -1 else self._class_name(value, name, record.place)

    def _class_name(self, value: object, column: str, place: str) -> str:
        classes = self.classes.get(column, ())
        if isinstance(value, str):
            return value
        if not isinstance(value, int) or not 0 <= value < len(classes):
            known = f"no number of the {len(classes)} classes that the copy names"
            self._refuse(place, f"{value!r} is no label, and {known}.")
        return classes[value]

    def _check_columns(self, needed: Sequence[str]) -> None:
        absent = [name for name in needed if name not in self.columns]
        if absent:
            columns = ", ".join(self.columns)
            self._refuse(self.source, f"there is no column {' and '.join(map(repr, absent))}, only {columns}.")

    def _refuse(self, place: str, problem: str) -> NoReturn:
        raise DataError(
            f"{place}: {problem} The copy at this commit has another form than the one that is read here: leave the revision "
            f"out if one was named. {self.remedy}"
        )


def table(repository: str, config: str | None, split: str, *, revision: str | None, remedy: str) -> Table:
    """Returns one split of a data set's configuration.

    Once a repository could not be reached, only the library's cache is asked for it for the rest of the process.

    Args:
        repository: the hub's id, or a local folder in the same form.
        config: None where there is only one.
        split: as the hub names it.
        revision: a commit; None takes the newest.
        remedy: what a user can do instead of reading from the hub: a whole sentence, which every message about the copy holds.

    Raises:
        UnreachableDataError: the hub cannot be reached and its cache has no copy.
        DataError: there is no such configuration or split, or the cache has another commit than `revision`.
    """
    what = f"{repository}{f', configuration {config},' if config else ''} split {split}"
    try:
        loaded = _loaded(repository, config, split, revision)
    except Exception as err:  # whatever the library, the network or the file system raises
        unreached = isinstance(err, ConnectionError) or repository in _UNREACHED or is_offline()
        raise (UnreachableDataError if unreached else DataError)(
            f"{what} could not be read from the hub ({type(err).__name__}: {_first_sentence(err)}). {remedy} Or fetch the data "
            "with `xharness prefetch` where the hub can be reached, and take that machine's HF_HOME folder here."
        ) from err
    _check_commit(what, _cached_commit(loaded), revision)
    return Table(
        columns=loaded.to_dict(),
        classes={name: classes for name, feature in loaded.features.items() if (classes := _classes(feature))},
        source=f"hub {repository}@{_commit(loaded, revision)}, {f'{config}, ' if config else ''}{split}",
        remedy=remedy,
    )


def _loaded(repository: str, config: str | None, split: str, revision: str | None) -> Any:
    import datasets

    with _offline() if repository in _UNREACHED else nullcontext():
        try:
            return datasets.load_dataset(repository, config, split=split, revision=revision)
        except ConnectionError:
            _UNREACHED.add(repository)
            raise


@contextmanager
def _offline() -> Iterator[None]:
    """Makes the library look into its cache only."""
    from datasets import config

    before = config.HF_HUB_OFFLINE
    config.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        config.HF_HUB_OFFLINE = before


def _classes(feature: Any) -> tuple[str, ...]:
    return tuple(getattr(getattr(feature, "feature", feature), "names", None) or ())


def _commit(loaded: Any, revision: str | None) -> str:
    """Returns the commit that the files came from, or the revision asked for where the library does not record it."""
    for url in loaded.info.download_checksums or {}:
        if found := re.search(r"@([0-9a-f]{40})/", str(url)):
            return found.group(1)
    return _cached_commit(loaded) or revision or "unknown"


def _cached_commit(loaded: Any) -> str | None:
    """Returns the commit after which the library names the folder with its prepared tables, None where it names none."""
    for file in loaded.cache_files:
        name = Path(file["filename"]).parent.name
        if _COMMIT.fullmatch(name):
            return name
    return None


def _check_commit(what: str, found: str | None, revision: str | None) -> None:
    """Refuses another commit than the one asked for: without the hub the library gives the newest copy in its cache."""
    if found and revision and _COMMIT.fullmatch(revision) and found != revision:
        raise UnreachableDataError(
            f"{what} is in this machine's cache at commit {found} only, and {revision} was asked for. Fetch it with "
            f"`xharness prefetch` where the hub can be reached, or ask for --revision {found}."
        )


def _first_sentence(err: Exception) -> str:
    return str(err).strip().split("\n")[0][:300].rstrip(".")
