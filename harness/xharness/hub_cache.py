"""The cache of the Hugging Face hub on this machine: where it is, what it holds of a repository, and whether that is whole.

The hub states a hash for every file: the SHA-256 of a large one, git's SHA-1 of any other ("blob", its size, its bytes). The
hub's library keeps each file under that hash as its name, and a snapshot of a commit links to them; so a cache can be checked
against what the hub stated without asking the hub.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHA256_DIGITS, _SHA1_DIGITS = 64, 40
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedRepository:
    """What the cache holds of one repository at one commit.

    Attributes:
        kind: "model" or "dataset".
        name: the hub's id.
        commit: 40 hex digits.
        size: of all its files here, in bytes.
        damaged: files whose bytes are not those that the hub stated.
        unchecked: files that lie here without the hub's hash (a file system without links).
    """

    kind: str
    name: str
    commit: str
    folder: Path
    files: int
    size: int
    damaged: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()


def cache_folder() -> Path:
    """Returns the folder in which the hub's library keeps files; it may not exist yet."""
    return _path("HF_HUB_CACHE", _path("HUGGINGFACE_HUB_CACHE", home_folder() / "hub"))


def tables_folder() -> Path:
    """Returns the folder in which the data set library keeps prepared tables; it may not exist yet."""
    return _path("HF_DATASETS_CACHE", home_folder() / "datasets")


def home_folder() -> Path:
    """Returns the folder above both, which HF_HOME names; taking it along is enough for an offline machine."""
    return _path("HF_HOME", _path("XDG_CACHE_HOME", Path.home() / ".cache") / "huggingface")


def checked(kind: str, name: str, commit: str) -> CachedRepository | None:
    """Returns what is here of a repository at a commit, every byte read; None if nothing is."""
    folder = cache_folder() / f"{kind}s--{name.replace('/', '--')}" / "snapshots" / commit
    if not folder.is_dir():
        return None
    damaged: list[str] = []
    unchecked: list[str] = []
    files = size = 0
    for path in _files(folder):
        files, size = files + 1, size + (path.stat().st_size if path.exists() else 0)
        whole = _is_whole(path)
        if whole is not True:
            (unchecked if whole is None else damaged).append(path.relative_to(folder).as_posix())
    return CachedRepository(
        kind=kind,
        name=name,
        commit=commit,
        folder=folder,
        files=files,
        size=size,
        damaged=tuple(damaged),
        unchecked=tuple(unchecked),
    )


def size_of(folder: Path) -> tuple[int, int]:
    """Returns how many files lie below a folder and their bytes, links not counted; (0, 0) where there is no folder."""
    sizes = [path.stat().st_size for path in _files(folder) if not path.is_symlink()]
    return len(sizes), sum(sizes)


def _files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        yield from (Path(parent) / name for name in sorted(names))


def _is_whole(path: Path) -> bool | None:
    """Returns whether a file's bytes have the hash that is its name in the cache; None where it is kept without one."""
    target = path.resolve()
    if not target.is_file():
        return False
    stated = target.name
    if target.parent.name != "blobs" or len(stated) not in {_SHA256_DIGITS, _SHA1_DIGITS}:
        return None
    digest = hashlib.sha256() if len(stated) == _SHA256_DIGITS else hashlib.sha1(usedforsecurity=False)
    if len(stated) == _SHA1_DIGITS:
        digest.update(b"blob %d\0" % target.stat().st_size)
    with target.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest() == stated


def _path(variable: str, default: Path) -> Path:
    value = os.environ.get(variable)
    return Path(os.path.expandvars(value)).expanduser() if value else default
