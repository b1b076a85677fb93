"""Writes a package from its templates: a folder appears whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from xharness.errors import RunError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable

    from xharness.scaffolding.names import PackageName

ENDING = ".tmpl"
PACKAGE = "PACKAGE"
"""In names of templates it stands for the package's import name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A package that was written: its folder, and its files relative to it, in order."""

    folder: Path
    files: tuple[str, ...]


def write_package(name: PackageName, trees: tuple[str, ...], values: Mapping[str, str], parent: Path) -> Written:
    """Writes `parent/NAME` from template trees, of which a later one replaces files of an earlier one.

    In files that end in ".tmpl" `$name`, `$package` … and the keys of `values` are replaced; others are copied.
    Raises UsageError if the folder exists, RunError if it cannot be written; then nothing of it is left.
    """
    folder = parent / name.name
    if folder.exists() or folder.is_symlink():
        raise UsageError(
            f"{folder} exists already, and nothing in it was touched. Take another name, or another --out."
        )
    filled = {
        "name": name.name,
        "distribution": name.distribution,
        "package": name.package,
        "identifier": name.identifier,
        "title": name.title,
        **values,
    }
    contents = {path: text for tree in trees for path, text in _files(tree, filled)}
    try:
        _write(folder, contents)
    except OSError as error:
        raise RunError(
            f"{folder} cannot be written: {error.strerror or error}. Name another folder with --out."
        ) from error
    return Written(folder=folder, files=tuple(sorted(contents)))


def _write(folder: Path, contents: Mapping[str, str]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder.parent) as made:
        whole = Path(made) / folder.name
        for path, text in contents.items():
            target = whole / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="\n")
        shutil.move(whole, folder)


def _files(tree: str, values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    root = resources.files("xharness.scaffolding") / "templates" / tree
    for path, file in _walk(root):
        text = file.read_text(encoding="utf-8")
        if path.endswith(ENDING):
            text = Template(text).substitute(values)
        yield path.removesuffix(ENDING).replace(PACKAGE, values["package"]), text


def _walk(folder: Traversable, above: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        path = f"{above}{entry.name}"
        if entry.is_dir():
            yield from _walk(entry, f"{path}/")
        else:
            yield path, entry
