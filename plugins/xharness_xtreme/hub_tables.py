"""Tables of the hub's `google/xtreme`, at a pinned commit, as columns of plain Python values."""

from __future__ import annotations

import re
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from xharness import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

REPOSITORY = "google/xtreme"
REVISION = "ec5f1f46e9af79639a90684a7a70a956c4998f04"
"""The commit that public projects load (spec/xtreme.md §1.10)."""

MULTI_NLI = "nyu-mll/multi_nli"
"""Where XNLI's training pairs are: `google/xtreme` has none. No commit of it is on record, so the one found is recorded."""

HUB_SPLITS: Mapping[str, str] = {"train": "train", "dev": "validation", "test": "test"}

_UNREACHED: set[str] = set()
"""Repositories that this process could not reach: only the cache is asked again, for the library waits 23 s (measured) in
retries each time, and a suite has 162 cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One split of one configuration.

    Attributes:
        columns: name → values, all of the same length.
        classes: name → class names, for columns (or lists in columns) that hold class numbers.
        source: "hub REPOSITORY@COMMIT, configuration, split".
    """

    columns: Mapping[str, Sequence[Any]]
    classes: Mapping[str, tuple[str, ...]]
    source: str

    def column(self, name: str) -> Sequence[Any]:
        """Returns a column's values. Raises DataError if there is no such column."""
        if name not in self.columns:
            raise DataError(
                f"{self.source}: there is no column {name!r}, only {', '.join(self.columns)}. The copy has another form than "
                "the hub's at the pinned commit: leave --revision out, or read prepared files with --data."
            )
        return self.columns[name]

    def named(self, name: str) -> Sequence[Any]:
        """Returns a column of labels or of lists of labels as names, whether it holds class numbers or names."""
        values, classes = self.column(name), self.classes.get(name, ())
        return [_named(value, classes, self.source) for value in values]


def _named(value: object, classes: tuple[str, ...], source: str) -> Any:
    if isinstance(value, list):
        return tuple(_named(item, classes, source) for item in value)
    if isinstance(value, str):
        return value
    if isinstance(value, int) and 0 <= value < len(classes):
        return classes[value]
    raise DataError(
        f"{source}: {value!r} is no label, and no number of the {len(classes)} classes that the copy names."
    )


def table(config: str, split: str, revision: str | None) -> Table:
    """Returns one split of a configuration of `google/xtreme`, at `revision` or at the pinned commit.

    Raises DataError if the hub cannot be reached and its cache has no copy, or if there is no such configuration or split.
    """
    return _table(REPOSITORY, config, split, revision or REVISION)


def multi_nli() -> Table:
    """Returns MultiNLI's training split. Raises DataError as `table` does."""
    return _table(MULTI_NLI, None, "train", None)


@lru_cache(maxsize=2)  # XNLI and TyDiQA hold all languages in one table, which is asked for once per language
def _table(repository: str, config: str | None, split: str, revision: str | None) -> Table:
    try:
        loaded = _loaded(repository, config, split, revision)
    except Exception as err:  # whatever the library, the network or the file system raises
        what = f"{repository}{f', configuration {config},' if config else ''} split {split}"
        raise DataError(
            f"{what} could not be read from the hub ({type(err).__name__}: {_first_sentence(err)}). Name a folder with "
            "XTREME's prepared files with --data DIR; or load the data once where the hub can be reached, and take that "
            "machine's HF_HOME folder here."
        ) from err
    return Table(
        columns=loaded.to_dict(),
        classes={name: classes for name, feature in loaded.features.items() if (classes := _classes(feature))},
        source=f"hub {repository}@{_commit(loaded, revision)}, {f'{config}, ' if config else ''}{split}",
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
    return revision or "unknown"


def _first_sentence(err: Exception) -> str:
    return str(err).strip().split("\n")[0][:300].rstrip(".")
