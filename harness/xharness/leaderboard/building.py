"""Writes what is generated from a board: its forms, the checksums of what is stored, and the index of all boards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from xharness import identity
from xharness.errors import named
from xharness.leaderboard import index
from xharness.leaderboard.adding import tidy
from xharness.leaderboard.board import CONFIG, check_config, clear_leftovers, locked
from xharness.leaderboard.content import AVERAGE
from xharness.leaderboard.entries import CHECKSUMS, FILES, checksum_lines
from xharness.leaderboard.names import printable
from xharness.store import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from xharness.leaderboard.board import Board
    from xharness.leaderboard.content import BoardContent
    from xharness.offers import LeaderboardFormat
    from xharness.plugins import Plugins

_LONGEST = 200  # characters of a title in the index


def build(
    board: Board,
    plugins: Plugins,
    formats: Sequence[str] | None = None,
    advance: Callable[[str], None] | None = None,
) -> list[Path]:
    """Writes the generated files of a board and the index, each whole or not at all, and returns them.

    The same stored runs give the same bytes, whoever builds them, and whenever.

    Args:
        formats: names; None takes those that are always built, and others whose file is there already.
        advance: called with the name of every cell that is done.

    Raises:
        UsageError: a format, or something that the board names, does not exist.
        RunError: a stored run is damaged, or the board is being written to for longer than a minute.
    """
    with board.locked():
        tidy(board)
        files = generated(board, plugins, formats, advance)
        for path, content in files.items():
            _write(path, content)
    with locked(board.path.parent):
        clear_leftovers(board.path.parent, (f"{index.NAME}.",))
        path = board.path.parent / index.NAME
        _write(path, index.text(board.path.parent).encode("utf-8"))
    return [*files, path]


def _write(path: Path, content: bytes) -> None:
    write_whole(path, lambda temporary: temporary.write_bytes(content))


def generated(
    board: Board,
    plugins: Plugins,
    formats: Sequence[str] | None = None,
    advance: Callable[[str], None] | None = None,
) -> dict[Path, bytes]:
    """Returns what `build` writes for one board, by path, the index excepted. Arguments and errors are those of `build`."""
    from xharness.leaderboard.standing import content_of

    check_config(board.config, plugins)
    chosen = chosen_formats(board, plugins, formats)
    content = content_of(board, plugins, advance)
    files = {file_of(board, one): one.render(content).encode("utf-8") for one in chosen}
    shown = [file_of(board, one).name for one in plugins.leaderboard_formats.values() if one.built]
    files[board.summary_path] = _summary(content, shown)
    files[board.checksums_path] = checksums(board)
    return files


def chosen_formats(board: Board, plugins: Plugins, formats: Sequence[str] | None) -> list[LeaderboardFormat]:
    """Returns the formats of these names. Raises UsageError for one that does not exist."""
    offered = plugins.leaderboard_formats
    if formats is None:
        return [one for one in offered.values() if one.built or file_of(board, one).is_file()]
    return [named("leaderboard format", name, offered) for name in dict.fromkeys(formats)]


def file_of(board: Board, form: LeaderboardFormat) -> Path:
    """Returns where a form of a board lies: beside the board's folder."""
    return board.path.parent / f"{board.id}{form.suffix}"


def checksums(board: Board) -> bytes:
    """Returns the SHA-256 of what is stored by hand or by `add`, as `sha256sum` prints them in the board's folder.

    examples.parquet is not listed: it holds its own, and may have been extended by an `add` that was then interrupted.
    """
    paths = [board.path / CONFIG, board.reported_path]
    paths += [folder / name for folder in board.run_folders() for name in (*FILES, CHECKSUMS)]
    return checksum_lines(
        {path.relative_to(board.path).as_posix(): identity.of_file(path) for path in paths if path.is_file()}
    )


def _summary(content: BoardContent, files: Sequence[str]) -> bytes:
    """Returns what the index says of a board, so that building one board does not compute the others."""
    best = [
        {"name": one.name, "average": one.scores[AVERAGE].value}
        for one in content.complete
        if one.rank == 1 and AVERAGE in one.scores
    ]
    told: dict[str, Any] = {
        "title": printable(content.title, _LONGEST),
        "suite": f"{content.suite_title} {content.suite_version}",
        "splits": sorted({content.splits[task] for task in content.tasks}),
        "variant": str(content.variant),
        "limit": content.limit,
        "cells": content.cells,
        "suite_cells": content.suite_cells,
        "systems": len(content.complete),
        "incomplete": len(content.incomplete),
        "best": best,
        "files": list(files),
    }
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
