"""Runs on disk: `run.json` and one Parquet file per cell, each whole or absent."""

from __future__ import annotations

import errno
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import ValidationError

from xharness import cell_files
from xharness.errors import RunError, UsageError
from xharness.runs import SCHEMA_VERSION, CellStatus, RunRecord
from xharness.sealing import DamagedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from xharness.cell_files import StoredCell
    from xharness.runs import CellRecord

RECORD = "run.json"
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_AGAIN = "Delete that file and give the command that made the run again: it computes only what is missing."


def safe_name(text: str) -> str:
    """Returns `text` with everything but letters, digits, dot, underscore and hyphen replaced, never empty or hidden."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")[:80] or "checkpoint"


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Writes a file under a temporary name, syncs it and renames it: it is whole or absent.

    Raises RunError if there is no space left or the folder cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(temporary)
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise _disk_error(path, error) from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _disk_error(path: Path, error: OSError) -> RunError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return RunError(
            f"No space is left to write {path}. Everything computed before is on disk: free some space and run the same "
            "command again to continue, or choose another folder with --out."
        )
    return RunError(
        f"{path} cannot be written ({error.strerror or error}). Choose a folder you can write to with --out."
    )


class RunFolder:
    """One run's folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def record_path(self) -> Path:
        """Where the run's record lies."""
        return self.path / RECORD

    def cell_path(self, task: str, language: str) -> Path:
        """Returns where a cell lies. Raises RunError for a name that could leave the folder."""
        for name in (task, language):
            if not _SAFE.fullmatch(name):
                raise RunError(
                    f"{name!r} cannot be a file name: tasks and languages use letters, digits, '.', '_' and '-'."
                )
        return self.path / "cells" / task / f"{language}.parquet"

    def write_record(self, record: RunRecord) -> None:
        """Writes `run.json`."""
        text = record.model_dump_json(indent=1) + "\n"
        write_whole(self.record_path, lambda path: path.write_text(text, encoding="utf-8"))

    def read_record(self) -> RunRecord:
        """Returns the run's record. Raises RunError if there is none, it is damaged, or of a newer schema."""
        return read_record(self.record_path)

    def write_cell(self, cell: StoredCell) -> None:
        """Writes one cell. Its bytes depend on nothing but its content."""
        content = cell_files.content_of(cell)
        path = self.cell_path(cell.record.task, cell.record.language)
        write_whole(path, lambda temporary: temporary.write_bytes(content))

    def cell_record(self, task: str, language: str) -> CellRecord | None:
        """Returns the record in a cell file's header, None if there is no whole cell."""
        path = self.cell_path(task, language)
        if not path.exists():
            return None
        try:
            return cell_files.record_in(path.read_bytes())
        except (DamagedError, OSError):
            return None  # not a whole cell of this schema: it is computed again

    def read_cell(self, task: str, language: str, *, answers: bool = True) -> StoredCell:
        """Returns a whole cell; without `answers` its predictions have ids but no values, which saves most of the time.

        Raises RunError if the cell is absent, or if any of its bytes is not as it was written.
        """
        path = self.cell_path(task, language)
        try:
            return cell_files.cell_in(path.read_bytes(), answers=answers)
        except FileNotFoundError as error:
            raise RunError(f"{path} is absent. Give the command that made the run again to compute it.") from error
        except (DamagedError, OSError) as error:
            raise RunError(f"{path} is damaged ({error}). {_AGAIN}") from error

    def cells(self) -> Iterator[tuple[str, str]]:
        """Yields (task, language) of every cell file."""
        for path in sorted((self.path / "cells").glob("*/*.parquet")):
            yield path.parent.name, path.stem

    def clear_leftovers(self) -> None:
        """Removes temporary files that a killed run left behind."""
        for path in [*self.path.glob(".*.tmp"), *self.path.glob("cells/*/.*.tmp")]:
            path.unlink(missing_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps a second process out of the folder. Raises RunError if another one is at work there."""
        import fcntl

        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / ".lock").open("w", encoding="utf-8") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise RunError(
                    f"Another process is writing to {self.path}. Wait for it, or choose another folder with --out."
                ) from error
            yield


def read_record(path: Path) -> RunRecord:
    """Returns the record in a `run.json`. Raises RunError if it is absent, damaged, or of a newer schema."""
    try:
        record = RunRecord.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RunError(f"There is no run at {path.parent}: {RECORD} cannot be read ({error.strerror}).") from error
    except (ValidationError, UnicodeDecodeError) as error:
        raise RunError(
            f"{path} is not a run's record, or is damaged ({_first(error)}). Run the evaluation again to rebuild it."
        ) from error
    if record.schema_version > SCHEMA_VERSION:
        raise RunError(
            f"{path} has schema version {record.schema_version}; this xharness reads up to {SCHEMA_VERSION}. Update xharness."
        )
    return record


def _first(error: ValidationError | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    problem = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, problem['loc'])) or 'at the top'}: {problem['msg']}"


def holds_run(path: Path) -> bool:
    """Returns whether a folder is a run's, or holds runs."""
    return (path / RECORD).is_file() or next(path.glob(f"*/{RECORD}"), None) is not None


def find_run(path: Path) -> RunFolder:
    """Returns the run in `path`: the folder itself, its run.json, or the only run in a folder of runs.

    Raises UsageError if there is none, or more than one.
    """
    if path.name == RECORD:
        path = path.parent
    if (path / RECORD).is_file():
        return RunFolder(path)
    runs = sorted(found.parent for found in path.glob(f"*/{RECORD}"))
    if len(runs) == 1:
        return RunFolder(runs[0])
    if runs:
        raise UsageError(f"{path} holds {len(runs)} runs; name one of them: {', '.join(str(run) for run in runs[:10])}")
    raise UsageError(
        f"There is no run at {path}: expected a folder with a {RECORD}, as `xharness eval` prints it at its end."
    )


def choose_folder(out: Path, name: str, base: str, identity: str, planned: Iterable[CellRecord]) -> RunFolder:
    """Returns the folder for a run: one that it continues, or a new one.

    A run continues another with the same `base` if no whole cell there contradicts a planned one. If `out` itself is a run's
    folder, it must be such a run.

    Raises RunError if `out` or the folder of that name belongs to another identity.
    """
    cells = list(planned)
    if (out / RECORD).is_file():
        return _must_continue(RunFolder(out), base, cells)
    for path in sorted(out.glob(f"*/{RECORD}")):
        folder = RunFolder(path.parent)
        if _base_of(folder) == base and contradiction(folder, cells) is None:
            return folder
    folder = RunFolder(out / f"{safe_name(name)}-{identity[:8]}")
    return _must_continue(folder, base, cells) if folder.record_path.is_file() else folder


def _must_continue(folder: RunFolder, base: str, cells: Sequence[CellRecord]) -> RunFolder:
    record = folder.read_record()
    if record.base != base:
        raise RunError(
            f"{folder.path} holds a run of another identity: {record.model.name} {record.model.identity[:12]}, suite "
            f"{record.suite} {record.suite_version}, variant {record.variant}, split {record.split}. Choose another folder "
            "with --out; nothing was changed."
        )
    conflict = contradiction(folder, cells)
    if conflict:
        raise RunError(f"{folder.path} holds {conflict}. Choose another folder with --out; nothing was changed.")
    return folder


def _base_of(folder: RunFolder) -> str | None:
    try:
        return folder.read_record().base
    except RunError:
        return None


def contradiction(folder: RunFolder, planned: Iterable[CellRecord]) -> str | None:
    """Returns in words how a whole cell in the folder contradicts a planned one, None if none does."""
    for plan in planned:
        stored = folder.cell_record(plan.task, plan.language)
        if stored is None or stored.key == plan.key or can_rescore(stored, plan):
            continue
        differing = sorted(name for name, value in plan.key.items() if stored.key[name] != value)
        return f"{plan.place} made with other {', '.join(differing)}"
    return None


def can_rescore(stored: CellRecord, plan: CellRecord) -> bool:
    """Returns whether a cell stored without gold answers the plan: same predictions, gold now at hand."""
    return stored.status is CellStatus.NO_GOLD and stored.prediction_key == plan.prediction_key
