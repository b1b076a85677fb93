"""Checks a board from its stored files alone: nothing was changed, everything fits together, every number can be made again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness.errors import HarnessError
from xharness.leaderboard import index
from xharness.leaderboard.board import check_config
from xharness.leaderboard.building import generated
from xharness.leaderboard.entries import CHECKSUMS, FILES, read_entry
from xharness.leaderboard.fitting import Standing, counted, differences, firsts, named_wrongly, repeated, wrong_means
from xharness.leaderboard.names import printable
from xharness.leaderboard.trimming import published

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from xharness.leaderboard.board import Board
    from xharness.leaderboard.entries import Entry
    from xharness.plugins import Plugins

_SHOWN = 80
_BEFORE = 20  # characters shown before the first that differs
_BUILD = "Give `xharness leaderboard build` again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a board: `place` is a file, `message` one paragraph that names it too."""

    place: str
    message: str

    def __str__(self) -> str:
        return self.message


def verify(board: Board, plugins: Plugins, advance: Callable[[str], None] | None = None) -> list[Problem]:
    """Returns everything that is wrong with a board; nothing is written.

    Checked are the checksums of every file; that the statistics of every run give its main scores, and these its means; that
    all runs fit the board and each other, as for `add`; that no file is there that does not belong to the board; and that the
    generated files are those that `build` would write, byte for byte. The last is left out where a stored file is wrong.

    Raises UsageError if there is no such board.
    """
    problems = list(_stored(board, plugins, advance))
    return problems or list(_built(board, plugins, advance))


def _stored(board: Board, plugins: Plugins, advance: Callable[[str], None] | None) -> Iterator[Problem]:
    yield from _strays(board)
    try:
        check_config(board.config, plugins)
    except HarnessError as error:
        yield _problem(board.config_path, error)
        return
    entries = []
    try:
        examples = board.examples
    except HarnessError as error:
        yield _problem(board.examples_path, error)
        return
    for folder in board.run_folders():
        try:
            entries.append(read_entry(folder, examples))
        except HarnessError as error:
            yield _problem(folder, error)
    yield from _fit(board, entries, plugins)
    for entry in entries:
        if advance is not None:
            advance(entry.id)
        yield from _numbers(board, entry, plugins)


def _problem(place: Path, error: HarnessError) -> Problem:
    message = str(error)
    return Problem(place=str(place), message=message if str(place) in message else f"{place}: {message}")


def _strays(board: Board) -> Iterator[Problem]:
    """Yields files that no command has written; hidden ones that an interrupted command left are passed over."""
    own = {board.config_path, board.examples_path, board.reported_path, board.checksums_path, board.summary_path}
    allowed = {*own, board.path / ".lock"}
    for folder in board.run_folders():
        allowed |= {folder / name for name in (*FILES, CHECKSUMS)}
    for path in sorted(board.path.rglob("*")):
        inside = path.relative_to(board.path).parts
        left = any(part.startswith(".") and part.endswith(".tmp") for part in inside)
        is_folder = path.is_dir() and board.runs_path in {path, path.parent}
        known = (path in allowed or left or is_folder) and not path.is_symlink()
        if not known:
            what = "is no part of the board: remove it, or move it elsewhere"
            yield Problem(place=str(path), message=f"{printable(str(path), 300)} {what}.")


def _fit(board: Board, entries: Sequence[Entry], plugins: Plugins) -> Iterator[Problem]:
    """Yields what `add` would have refused."""
    config = board.config
    tasks = check_config(config, plugins)
    standing = [Standing(where=str(one.folder), config=one.config, record=one.record) for one in entries]
    first = firsts(config, standing)
    for position, one in enumerate(standing):
        others = standing[:position] + standing[position + 1 :]
        found = [
            *named_wrongly(one, others),
            *repeated(one, standing[:position]),
            *differences(config, one, first, tasks, plugins.metrics),
        ]
        for error in found:
            yield _problem(entries[position].folder, error)


def _numbers(board: Board, entry: Entry, plugins: Plugins) -> Iterator[Problem]:
    """Yields where a run's statistics do not give its scores, or its scores not its means."""
    config = board.config
    suite = plugins.suite(config.suite)
    try:
        entry.samples(check_config(config, plugins), plugins.metrics)
        for error in wrong_means(entry.record, suite, plugins.suite_tasks(suite), str(entry.folder)):
            yield _problem(entry.folder, error)
        told, kept = set(counted(config, entry.record)), set(entry.cells)
    except HarnessError as error:
        yield _problem(entry.folder, error)
        return
    for place in sorted(told ^ kept):
        what = "is recorded as scored and has no statistics" if place in told else "has statistics and does not count"
        yield Problem(
            place=str(entry.folder),
            message=f"{entry.folder}: {place} {what}: the board's cells were changed after the run was added. Add it again.",
        )
    if published(entry.record) != entry.record:
        what = "its record holds loss curves, host names or absolute paths, which `add` leaves out. Add it again."
        yield Problem(place=str(entry.folder), message=f"{entry.folder}: {what}")


def _built(board: Board, plugins: Plugins, advance: Callable[[str], None] | None) -> Iterator[Problem]:
    root = board.path.parent
    try:
        files = generated(board, plugins, None, advance)
    except HarnessError as error:
        yield _problem(board.path, error)
        return
    differing = [found for path, content in files.items() if (found := _difference(path, content))]
    yield from differing
    try:
        found = _difference(root / index.NAME, index.text(root).encode("utf-8"))
    except (HarnessError, KeyError, TypeError) as error:
        found = None if differing else Problem(place=str(root / index.NAME), message=f"{root / index.NAME}: {error}")
    if found is not None:
        yield found


def _difference(path: Path, expected: bytes) -> Problem | None:
    """Returns the first line in which a file is not what `build` would write, with both versions; None if it is."""
    try:
        content = path.read_bytes()
    except OSError as error:
        return Problem(place=str(path), message=f"{path} cannot be read ({error.strerror}). {_BUILD}")
    if content == expected:
        return None
    own, its = (one.split(b"\n") for one in (content, expected))
    number = next(
        (at for at, pair in enumerate(zip(own, its, strict=False)) if pair[0] != pair[1]), min(len(own), len(its))
    )
    lines = [one[number].decode("utf-8", "replace") if number < len(one) else None for one in (own, its)]
    start = _start(lines[0] or "", lines[1] or "")
    shown = ["nothing" if one is None else repr(printable(one[start:], _SHOWN)) for one in lines]
    message = f"{path}, line {number + 1}: it says {shown[0]}, and the stored runs give {shown[1]}. {_BUILD}"
    return Problem(place=str(path), message=message)


def _start(own: str, its: str) -> int:
    """Returns where to begin to show two lines, so that the first difference is seen."""
    same = next(
        (at for at, pair in enumerate(zip(own, its, strict=False)) if pair[0] != pair[1]), min(len(own), len(its))
    )
    return 0 if same < _SHOWN - _BEFORE else same - _BEFORE
