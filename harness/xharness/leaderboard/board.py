"""A board on disk: what it ranks (`board.toml`), where its files lie, and who may write."""

from __future__ import annotations

import json
import os
import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from xharness import identity
from xharness.errors import RunError, UsageError, named, unknown_name
from xharness.leaderboard.entries import Entry, read_entry
from xharness.leaderboard.examples import Examples, read_examples
from xharness.leaderboard.names import LONGEST_TITLE, checked_name
from xharness.records import Variant
from xharness.store import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from xharness.offers import Task
    from xharness.plugins import Plugins

CONFIG = "board.toml"
SCHEMA_VERSION = 1
PATIENCE_SECONDS = 60.0
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_EVERY_SECONDS = 0.1


class AggregatorRef(BaseModel):
    """The rule of the average, by name and version."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    version: str


class BoardConfig(BaseModel):
    """The content of `board.toml`.

    Attributes:
        splits: task → split, of every task in `cells`.
        limit: runs with exactly this limit on examples of each cell; None for those without.
        cells: task → languages that count: the whole suite's, or fewer.
        aggregator: must be the suite's.
        baseline: system that the others are compared with.
        level: of intervals; tests use 1 − level.
        resamples, seed: of the bootstrap.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int = SCHEMA_VERSION
    title: str
    description: str = ""
    suite: str
    suite_version: str
    variant: Variant = Variant.FIXED
    splits: dict[str, str]
    limit: int | None = Field(default=None, ge=1)
    cells: dict[str, tuple[str, ...]] = Field(min_length=1)
    aggregator: AggregatorRef
    baseline: str | None = None
    level: float = Field(default=0.95, gt=0.5, lt=1)
    resamples: int = Field(default=2000, ge=100, le=1_000_000)
    seed: int = Field(default=0, ge=0)

    @field_validator("cells")
    @classmethod
    def _some(cls, cells: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for task, languages in cells.items():
            if not languages or len(set(languages)) < len(languages):
                raise ValueError(f"{task} needs at least one language, each once")
        return cells

    @property
    def places(self) -> tuple[str, ...]:
        """Returns "task/language" of every cell that counts, in order."""
        return tuple(f"{task}/{language}" for task, languages in self.cells.items() for language in languages)


class Board:
    """One board's folder, `leaderboards/<board>`. Its id is the folder's name.

    Raises UsageError for an id of other characters than a-z, 0-9 and "-".
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name
        _check_id(self.id)
        self._examples: tuple[tuple[int, int, int] | None, Examples] | None = None

    @property
    def config_path(self) -> Path:
        """Where the configuration lies."""
        return self.path / CONFIG

    @property
    def examples_path(self) -> Path:
        """Where ids and clusters of the examples lie."""
        return self.path / "examples.parquet"

    @property
    def reported_path(self) -> Path:
        """Where figures copied from publications lie, if there are any."""
        return self.path / "reported.csv"

    @property
    def runs_path(self) -> Path:
        """Where the runs lie."""
        return self.path / "runs"

    @property
    def checksums_path(self) -> Path:
        """Where the SHA-256 of the board's own and its runs' files lie, written by `build`."""
        return self.path / "checksums"

    @property
    def summary_path(self) -> Path:
        """Where `build` writes what the index says of this board."""
        return self.path / "summary.json"

    @property
    def config(self) -> BoardConfig:
        """The configuration, read anew. Raises UsageError if there is no board, RunError for a file that cannot be used."""
        if not self.config_path.is_file():
            known = boards_in(self.path.parent)
            raise unknown_name(f"board in {self.path.parent}", self.id, [one.id for one in known])
        return read_config(self.config_path)

    @property
    def config_sha256(self) -> str:
        """SHA-256 (hex) of board.toml."""
        return identity.of_file(self.config_path)

    @property
    def examples(self) -> Examples:
        """Ids and clusters of cells with closed ids, read again if the file is another. Raises RunError if damaged."""
        found = self.examples_path.stat() if self.examples_path.exists() else None
        state = (found.st_ino, found.st_size, found.st_mtime_ns) if found else None
        if self._examples is None or self._examples[0] != state:
            self._examples = (state, read_examples(self.examples_path))
        return self._examples[1]

    def write_config(self, config: BoardConfig) -> None:
        """Writes board.toml."""
        text = config_text(config)
        write_whole(self.config_path, lambda path: path.write_text(text, encoding="utf-8"))

    def run_folders(self) -> list[Path]:
        """Returns the folders of the runs, in order of their names, without what an interrupted command left."""
        found = self.runs_path.iterdir() if self.runs_path.is_dir() else ()
        return sorted(path for path in found if path.is_dir() and not path.name.startswith("."))

    def entries(self) -> list[Entry]:
        """Returns the stored runs in order of their ids. Raises RunError for one that is damaged, naming the file."""
        return [read_entry(folder, self.examples) for folder in self.run_folders()]

    @contextmanager
    def locked(self, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[None]:
        """Keeps other processes from writing to the board; see `locked`."""
        with locked(self.path, patience_seconds):
            yield


def board_in(root: Path, name: str) -> Board:
    """Returns the board of that name in a folder, whether it is there or not. Raises UsageError as `Board` does."""
    _check_id(name)
    return Board(root / name)


def _check_id(name: str) -> None:
    if not _ID.fullmatch(name) or name == "readme":
        raise UsageError(
            f"{name[:80]!r} cannot be a board's name: expected are at most 60 of a-z, 0-9 and '-', beginning with a letter or "
            "a digit, and not 'readme'."
        )


def boards_in(root: Path) -> list[Board]:
    """Returns the boards in a folder, in order of their ids."""
    return [Board(path.parent) for path in sorted(root.glob(f"*/{CONFIG}")) if _ID.fullmatch(path.parent.name)]


# ---- board.toml ----------------------------------------------------------------------------------------------------


def read_config(path: Path) -> BoardConfig:
    """Returns the configuration in a file.

    Raises RunError for a file that is no TOML, lacks a field, has one that does not exist (near matches are named) or of
    another type, or has another schema version.
    """
    import tomllib

    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # tomllib's and Unicode's errors are ValueErrors
        raise RunError(f"{path} cannot be read ({error}). Mend it, or restore it from version control.") from error
    version = content.get("schema_version", SCHEMA_VERSION)
    if version != SCHEMA_VERSION:
        raise RunError(
            f"{path} has schema version {version!r}, and this xharness reads version {SCHEMA_VERSION}. Install the xharness "
            "that wrote it."
        )
    try:
        config = BoardConfig.model_validate(content)
    except ValidationError as error:
        raise RunError(f"{path}: {_first(error)} Mend the file.") from error
    checked_name(config.title, "title", LONGEST_TITLE)
    if config.description:
        checked_name(config.description, "description", 600)
    return config


def _first(error: ValidationError) -> str:
    problems = error.errors(include_url=False)
    problem = next((one for one in problems if one["type"] == "extra_forbidden"), problems[0])
    place = [str(part) for part in problem["loc"]]
    if problem["type"] == "extra_forbidden":
        fields = AggregatorRef.model_fields if place[0] == "aggregator" else BoardConfig.model_fields
        return str(unknown_name("field", place[-1], fields))
    return f"{'.'.join(place)}: {problem['msg']}."


def config_text(config: BoardConfig) -> str:
    """Returns the configuration as TOML, in the order of its fields; absent ones are left out."""
    content = config.model_dump(mode="json", exclude_none=True)
    plain = [f"{key} = {_value(value)}" for key, value in content.items() if not isinstance(value, dict)]
    tables = [
        "\n".join((f"\n[{key}]", *(f"{_key(name)} = {_value(one)}" for name, one in value.items())))
        for key, value in content.items()
        if isinstance(value, dict)
    ]
    return "\n".join((*plain, *tables)) + "\n"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)


def _value(value: Any) -> str:
    """Returns a value as TOML, of which JSON's texts, numbers and lists are part."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def check_config(config: BoardConfig, plugins: Plugins) -> dict[str, Task]:
    """Returns the tasks that count, in the board's order.

    Raises UsageError for a suite, task, language or split that does not exist, a task without split, or another version of the
    suite or of its rule of the average than is installed.
    """
    suite = plugins.suite(config.suite)
    installed = (suite.version, suite.aggregator.name, suite.aggregator.version)
    asked = (config.suite_version, config.aggregator.name, config.aggregator.version)
    if asked != installed:
        raise UsageError(
            f"The board is of version {asked[0]!r} of the suite {suite.name!r} with the average {asked[1]} {asked[2]}, and "
            f"version {installed[0]!r} with {installed[1]} {installed[2]} is installed. Install the version of the board, or "
            "begin another board."
        )
    tasks = plugins.suite_tasks(suite)
    found = {}
    for name, languages in config.cells.items():
        task = named(f"task of the suite {suite.name!r}", name, tasks)
        for language in languages:
            if language not in task.languages:
                raise unknown_name(f"language of {name}", language, task.languages)
        if config.splits.get(name) not in task.splits:
            raise unknown_name(f"split of {name}", config.splits.get(name, "none"), task.splits)
        found[name] = task
    return found


# ---- one writer at a time ------------------------------------------------------------------------------------------


@contextmanager
def locked(folder: Path, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Keeps other processes out of a folder while inside; the lock file exists only meanwhile, or after a kill, which frees it.

    Raises RunError, saying who holds the lock, if it is not free after `patience_seconds`.
    """
    path = folder / ".lock"
    descriptor = _acquired(path, patience_seconds)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _acquired(path: Path, patience_seconds: float) -> int:
    """Returns the open lock file. A lock that was removed while it was waited for is another file: then all begins again."""
    import fcntl

    until = time.monotonic() + patience_seconds
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise RunError(f"{path.parent} cannot be written ({error.strerror}).") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.exists() and os.path.samestat(os.fstat(descriptor), path.stat()):
                os.ftruncate(descriptor, 0)
                os.write(descriptor, f"process {os.getpid()}, since {time.strftime('%H:%M:%S')}".encode())
                return descriptor
        except BlockingIOError:
            if time.monotonic() >= until:
                holder = os.pread(descriptor, 200, 0).decode("utf-8", "replace") or "another process"
                os.close(descriptor)
                raise RunError(
                    f"{path.parent} is being written to by {holder}; waited {patience_seconds:g} s. Give the command again "
                    "when it is done; nothing was changed."
                ) from None
            time.sleep(_EVERY_SECONDS)
        except FileNotFoundError:
            pass  # removed between the two looks
        os.close(descriptor)


def clear_leftovers(folder: Path, names: Sequence[str] = ("",)) -> None:
    """Removes what an interrupted command left directly in a folder: hidden temporary files and folders of these beginnings.

    Call it under the lock: nothing that is being written looks otherwise.
    """
    import shutil

    for name in names:
        for path in folder.glob(f".{name}*.tmp"):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
