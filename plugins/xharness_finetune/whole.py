"""Folders that are whole or absent, whatever interrupts their making."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def whole_or_absent(folder: Path) -> Iterator[Path]:
    """Yields a folder to fill that becomes `folder` when the block succeeds, and is removed when it does not."""
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)  # left behind by a process that was killed
    try:
        partial.mkdir(parents=True)
        yield partial
        _share(partial)
        _sync(partial)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def copy_folder(source: Path, target: Path) -> None:
    """Makes `target` a copy of the folder `source`; files share their bytes on disk where the file system can."""
    with whole_or_absent(target) as folder:
        shutil.copytree(source, folder, dirs_exist_ok=True, copy_function=_link_or_copy)


def _share(folder: Path) -> None:
    """Gives every file the permissions that a new one has here: some libraries write weights for their owner alone."""
    mask = os.umask(0)
    os.umask(mask)
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.stat().st_nlink == 1:
            path.chmod(0o666 & ~mask)


def _link_or_copy(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    return target


def _sync(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
