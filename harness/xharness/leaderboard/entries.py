"""A run as a board stores it: its record, its statistics, what the board calls it, and the checksums of the three."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from xharness.errors import RunError, UsageError
from xharness.leaderboard.names import checked_link, checked_name
from xharness.leaderboard.statistics import StoredRows, content_of, read_statistics
from xharness.samples import Scorer, check_scores, other_version
from xharness.samples import scorer as scorer  # noqa: PLC0414  # a board's rows are scored like a run's
from xharness.sealing import DamagedError
from xharness.store import RECORD, read_record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from xharness.bootstrap.cells import Score
    from xharness.leaderboard.examples import Examples
    from xharness.offers import Task
    from xharness.protocols import Metric
    from xharness.records import Floats
    from xharness.runs import CellRecord, RunRecord

STATISTICS = "statistics.parquet"
ENTRY = "entry.toml"
CHECKSUMS = "checksums"
FILES = (ENTRY, RECORD, STATISTICS)
"""What a run's folder holds beside the checksums of these."""

_DAMAGED = "Restore it from version control, or remove the run from the board and add it again."


class EntryConfig(BaseModel):
    """The content of `entry.toml`: what whoever added the run calls it.

    Attributes:
        name: of the system.
        link: http(s) address.
        seed_of: the system of which this run is another seed; None for a system's first run.
        added: date, ISO 8601.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    link: str | None = None
    seed_of: str | None = None
    added: str

    @property
    def system(self) -> str:
        """Returns the name of the system that this is a run of."""
        return self.seed_of or self.name


def checked_entry(config: EntryConfig) -> EntryConfig:
    """Returns the entry as it is stored. Raises UsageError for a name, link or date that is not taken."""
    try:
        date.fromisoformat(config.added)
    except ValueError:
        raise UsageError(f"The date {config.added[:20]!r} is none: expected is YYYY-MM-DD.") from None
    return EntryConfig(
        name=checked_name(config.name),
        link=checked_link(config.link),
        seed_of=None if config.seed_of is None else checked_name(config.seed_of, "name of the system"),
        added=config.added,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSample:
    """One cell of one run, as it is resampled.

    Attributes:
        ids: (m,) for open ids (mining), None where they are the board's examples.
        clusters: (m,) one per row.
        rows: (m, k), integers of any size or float64.
        score, metrics: as in `samples.Scorer`.
        n: examples; of mining only rows of clusters in which there is one that is not 0 are there.
    """

    ids: Sequence[str] | None
    clusters: Sequence[str]
    rows: Any
    score: Score
    metrics: Mapping[str, Score]
    n: int


class Entry:
    """One run of a board, whose files are as their checksums say. Its statistics are read when they are first asked for."""

    def __init__(self, folder: Path, config: EntryConfig, record: RunRecord, sha256: str, examples: Examples) -> None:
        self.folder = folder
        self.config = config
        self.record = record
        self.sha256 = sha256
        self.examples = examples

    @property
    def id(self) -> str:
        """Name of its folder."""
        return self.folder.name

    @property
    def name(self) -> str:
        """Name that it was added under."""
        return self.config.name

    @property
    def link(self) -> str | None:
        """Address of the system's page."""
        return self.config.link

    @property
    def seed_of(self) -> str | None:
        """The system of which this is another seed."""
        return self.config.seed_of

    @property
    def added(self) -> str:
        """Date, ISO 8601."""
        return self.config.added

    @cached_property
    def records(self) -> dict[str, CellRecord]:
        """Records of all cells of the suite by "task/language"."""
        return {cell.place: cell for cell in self.record.cells}

    @cached_property
    def cells(self) -> dict[str, StoredRows]:
        """Statistics by "task/language", of the board's cells that the run has. Raises RunError if they are damaged."""
        return read_cells(self.folder / STATISTICS)

    @cached_property
    def places(self) -> frozenset[str]:
        """The board's cells that the run has, "task/language". Raises RunError if its statistics are damaged."""
        return frozenset(self.cells)

    def release(self, place: str) -> None:
        """Forgets a cell's rows, which are not asked for again; `places` still names it."""
        if place in self.places:
            del self.cells[place]

    def scores(self, place: str) -> dict[str, float]:
        """Returns a cell's main scores as they are recorded, fractions."""
        return {score.metric: score.value for score in self.records[place].scores if score.main}

    def samples(self, tasks: Mapping[str, Task], metrics: Mapping[str, Metric]) -> dict[str, StoredSample]:
        """Returns every cell as it is resampled, after making its recorded main scores again from its rows.

        Raises RunError, naming run and cell, where that fails, or where rows, record and examples are not of each other.
        """
        hows = {name: scorer(task, metrics) for name, task in tasks.items()}
        return {
            place: self._sample(place, hows[place.partition("/")[0]])
            for place in self.cells
            if place.partition("/")[0] in hows
        }

    def _sample(self, place: str, how: Scorer) -> StoredSample:
        stored = self.cells[place]
        clusters = self._clusters(place, stored)
        record = self.records.get(place)
        if record is None or record.n != stored.n:
            raise self._wrong(
                place, f"has rows for {stored.n:,} examples and a record for {record.n if record else 0:,}"
            )
        for metric in how.taking_part:
            if record.versions.get(metric.name) != metric.version:
                raise other_version(f"{self.folder}: {place}", metric, record.versions.get(metric.name), metric.columns)
        if stored.columns != how.columns or (stored.ids is not None) != how.open_ids:
            raise self._wrong(
                place, f"has rows of {', '.join(stored.columns)}, and expected are {', '.join(how.columns)}"
            )
        try:
            check_scores(how, stored.rows.sum(axis=0, dtype="float64"), record, _DAMAGED)
        except RunError as error:
            raise RunError(f"{self.folder}: {error}") from error
        return StoredSample(
            ids=stored.ids, clusters=clusters, rows=stored.rows, score=how.score, metrics=how.metrics, n=stored.n
        )

    def _clusters(self, place: str, stored: StoredRows) -> Sequence[str]:
        if stored.clusters is not None:
            return stored.clusters
        examples = self.examples.get(place)
        if examples is None or examples.digest != stored.examples or len(examples.ids) != len(stored.rows):
            raise self._wrong(
                place,
                f"was scored on the examples {stored.examples}, and the board's are "
                f"{examples.digest if examples else 'absent'} (examples.parquet)",
            )
        return examples.clusters

    def clusters(self, place: str) -> Sequence[str]:
        """Returns the cluster of every stored row. Raises RunError where the board has other examples."""
        return self._clusters(place, self.cells[place])

    def _wrong(self, place: str, what: str) -> RunError:
        return RunError(f"{self.folder}: {place} {what}. {_DAMAGED}")


def rows_of(entries: Sequence[Entry], place: str) -> tuple[Sequence[str], Floats, int]:
    """Returns a cell of several runs, all of which have it: clusters (m,), rows (s, m, k), and further clusters of zeros.

    Rows are of the smallest type that holds those of every run: whole numbers of hundreds of systems stay small.

    For open ids (mining) the rows are those of all ids that any of the runs has, zeros where a run found nothing; the third
    value is the number of clusters of examples on which every row of every run is 0.

    Raises RunError for statistics that are damaged, or that are of other examples than the board's.
    """
    import numpy as np

    stored = [entry.cells[place] for entry in entries]
    if stored[0].ids is None:
        clusters = entries[0].clusters(place)
        for entry in entries[1:]:
            entry.clusters(place)  # checks that its examples are the same
        kinds = [one.rows.dtype for one in stored]
        rows = np.empty((len(stored), *stored[0].rows.shape), dtype=np.result_type(*kinds))
        for position, one in enumerate(stored):
            rows[position] = one.rows
        return clusters, rows, 0
    return _mined_rows(stored)


def _mined_rows(stored: Sequence[StoredRows]) -> tuple[Sequence[str], Floats, int]:
    import numpy as np

    clusters: dict[str, str] = {}
    seen: set[str] = set()
    for one in stored:
        clusters.update(zip(one.ids or (), one.clusters or (), strict=True))
        seen.update((one.clusters or ())[: one.own])
    places = {id_: position for position, id_ in enumerate(sorted(clusters))}
    rows = np.zeros((len(stored), len(places), len(stored[0].columns)), dtype=np.float64)
    for position, one in enumerate(stored):
        rows[position, [places[id_] for id_ in one.ids or ()]] = one.rows
    return [clusters[id_] for id_ in places], rows, stored[0].groups - len(seen)


# ---- the folder ----------------------------------------------------------------------------------------------------


def write_entry(folder: Path, config: EntryConfig, record: RunRecord, cells: Mapping[str, StoredRows]) -> None:
    """Writes a run's files into a new folder and syncs them; the caller renames the folder into its place."""
    import os

    contents = {
        ENTRY: entry_text(config).encode("utf-8"),
        RECORD: (record.model_dump_json(indent=1) + "\n").encode("utf-8"),
        STATISTICS: content_of(cells),
    }
    contents[CHECKSUMS] = checksum_lines({name: hashlib.sha256(one).hexdigest() for name, one in contents.items()})
    folder.mkdir(parents=True)
    for name, content in contents.items():
        with (folder / name).open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())


def checksum_lines(digests: Mapping[str, str]) -> bytes:
    """Returns what `sha256sum` would print for these files, in order of their names."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items())).encode("utf-8")


def entry_text(config: EntryConfig) -> str:
    """Returns the entry as TOML, of which JSON's texts are part."""
    content = config.model_dump(exclude_none=True)
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in content.items())


def read_entry(folder: Path, examples: Examples) -> Entry:
    """Returns a stored run. Raises RunError, naming the file, if one is absent, not as the checksums say, or cannot be read."""
    contents = {name: _bytes(folder / name) for name in FILES}
    digests = {name: hashlib.sha256(one).hexdigest() for name, one in contents.items()}
    told, path = _bytes(folder / CHECKSUMS), folder / CHECKSUMS
    if told != checksum_lines(digests):
        lines = told.decode("utf-8", "replace").splitlines()
        changed = [str(folder / name) for name in FILES if f"{digests[name]}  {name}" not in lines]
        what = f"{', '.join(changed)} and {path} disagree" if changed else f"{path} is not as it was written"
        raise RunError(f"{what}: a file was changed after the run was added. {_DAMAGED}")
    config = _entry_config(folder / ENTRY, contents[ENTRY])
    return Entry(folder, config, read_record(folder / RECORD), digests[RECORD], examples)


def read_cells(path: Path) -> dict[str, StoredRows]:
    """Returns the statistics in a file. Raises RunError, naming it, if it is absent or any of its bytes has changed."""
    try:
        return read_statistics(_bytes(path))
    except DamagedError as error:
        raise RunError(f"{path} is damaged ({error}). {_DAMAGED}") from error


def _entry_config(path: Path, content: bytes) -> EntryConfig:
    try:
        return checked_entry(EntryConfig.model_validate(tomllib.loads(content.decode("utf-8"))))
    except UsageError as error:
        raise RunError(f"{path}: {error}") from error
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        raise RunError(f"{path}: {'.'.join(map(str, problem['loc']))}: {problem['msg']}. {_DAMAGED}") from error
    except ValueError as error:  # tomllib's and Unicode's errors are ValueErrors
        raise RunError(f"{path} cannot be read ({error}). {_DAMAGED}") from error


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RunError(f"{path} cannot be read ({error.strerror}). {_DAMAGED}") from error
