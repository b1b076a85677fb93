"""Tables of the public data sets on the hub, as columns of plain Python values."""

from __future__ import annotations

import re
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xharness import DataError

from xharness_intermediate.reading import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

REPOSITORIES: dict[str, str] = {
    "mnli": "nyu-mll/multi_nli",
    "snli": "stanfordnlp/snli",
    "anli": "facebook/anli",
    "glue": "nyu-mll/glue",
    "squad-v1.1": "rajpurkar/squad",
    "squad-v2.0": "rajpurkar/squad_v2",
    "hellaswag": "Rowan/hellaswag",
    "cosmosqa": "allenai/cosmos_qa",
    "commonsenseqa": "tau/commonsense_qa",
}
"""Set → where the hub has it. No commit of them is on record, so the one found is recorded in the split's source."""

_UNREACHED: set[str] = set()
"""Repositories that this process could not reach: only the cache is asked again, for the library waits in retries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One split of one configuration.

    Attributes:
        columns: name → values, all of the same length.
        classes: name → class names, for columns that hold class numbers.
        source: "hub REPOSITORY@COMMIT, configuration, split".
    """

    columns: Mapping[str, Sequence[Any]]
    classes: Mapping[str, tuple[str, ...]]
    source: str

    def records(self, needed: Sequence[str]) -> Iterator[Record]:
        """Yields the rows. Raises DataError where a needed column is absent."""
        absent = [name for name in needed if name not in self.columns]
        if absent:
            raise DataError(
                f"{self.source}: there is no column {' and '.join(map(repr, absent))}, only {', '.join(self.columns)}. The "
                "copy has another form than the hub's: name a folder with the original files with --train-data DIR."
            )
        names = list(self.columns)
        for row, values in enumerate(zip(*self.columns.values(), strict=True)):
            yield Record(place=f"{self.source}, row {row:,}", fields=dict(zip(names, values, strict=True)))

    def label(self, record: Record, name: str) -> str | None:
        """Returns a class as its name, None for "no label" (-1). Raises DataError for another number."""
        value = record.value(name)
        classes = self.classes.get(name, ())
        if isinstance(value, str):
            return value
        if value == -1:
            return None
        if not isinstance(value, int) or not 0 <= value < len(classes):
            record.refuse(f"{value!r} is no number of the {len(classes)} classes that the copy names.")
        return classes[value]


def table(name: str, config: str | None, split: str, revision: str | None) -> Table:
    """Returns one split of one of `REPOSITORIES`, at `revision` or as it is now.

    Raises DataError if the hub cannot be reached and its cache has no copy, or if there is no such split.
    """
    repository = REPOSITORIES[name]
    try:
        loaded = _loaded(repository, config, split, revision)
    except Exception as err:  # whatever the library, the network or the file system raises
        what = f"{repository}{f', configuration {config},' if config else ''} split {split}"
        raise DataError(
            f"{what} could not be read from the hub ({type(err).__name__}: {_first_sentence(err)}). Name a folder with the "
            "original files with --train-data DIR; or load the data once where the hub can be reached, and take that "
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
    return tuple(getattr(feature, "names", None) or ())


def _commit(loaded: Any, revision: str | None) -> str:
    """Returns the commit that the files came from, or the revision asked for where the library does not record it."""
    for url in loaded.info.download_checksums or {}:
        if found := re.search(r"@([0-9a-f]{40})/", str(url)):
            return found.group(1)
    return revision or "unknown"


def _first_sentence(err: Exception) -> str:
    return str(err).strip().split("\n")[0][:300].rstrip(".")
