"""What MLQA's bootstrap resamples: passages joined across languages where they share questions (spec/statistics.md §1).

The files of all seven languages at hand of one split are needed; with fewer of them, components can be smaller.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from xharness_xtreme.questions import read_questions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Version: TypeAlias = tuple[str, str, int, int]
"""Language, path, modification time in nanoseconds, size: what says that a file is still the same."""


def components(passages: Mapping[str, Iterable[tuple[str, str]]]) -> dict[str, str]:
    """Returns question id → smallest question id of its component; `passages` has (question id, context) per language.

    Two questions are joined if they stand on the same passage of one language; the same id in two languages is one question.
    """
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for pairs in passages.values():
        first: dict[str, str] = {}
        for name, context in pairs:
            parent.setdefault(name, name)
            low, high = sorted((root(name), root(first.setdefault(context, name))))
            parent[high] = low  # the smaller id stays the root, so a root is its component's smallest id
    return {name: root(name) for name in parent}


def clusters_of_files(files: Mapping[str, Path]) -> Mapping[str, str]:
    """Returns question id → cluster over the files (language → path) that exist; remembered while no file changes."""
    return _remembered(tuple(_version(language, path) for language, path in files.items() if path.is_file()))


def _version(language: str, path: Path) -> Version:
    status = path.stat()
    return language, str(path), status.st_mtime_ns, status.st_size


@lru_cache(maxsize=8)
def _remembered(versions: Sequence[Version]) -> Mapping[str, str]:
    return components(
        {
            language: [(question.id, question.context) for question in read_questions(Path(path))]
            for language, path, _, _ in versions
        }
    )
