"""Finds the plugin that is to be checked: an installed one, by name or distribution, or one in a folder not installed."""

from __future__ import annotations

import importlib
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from xharness.candidates import GROUP, Candidate, installed
from xharness.errors import UsageError, unknown_name
from xharness.plugins import Plugins

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NOT_INSTALLED = "not installed"
_PROJECT = "pyproject.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """The plugins to check, and all that are loaded, among them these; `what` and `without` are how they were asked for."""

    what: str
    without: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    plugins: Plugins

    @property
    def names(self) -> tuple[str, ...]:
        """Returns the names of the plugins to check."""
        return tuple(one.name for one in self.candidates)


def locate(what: str, without: Iterable[str] = (), *, alone: bool = False) -> Located:
    """Returns the plugins that `what` names: a plugin, a distribution, a module's file, a package's folder or a project's.

    A project's folder has a pyproject.toml with entry points of the group `xharness`. An installed plugin of the same name
    as one in a file or folder gives way to it. `alone` loads no other plugins.

    Raises UsageError for a name that nothing has or a folder that holds no plugin, and PluginError for a plugin that cannot be
    used.
    """
    left_out = tuple(without)
    candidates = [one for one in installed() if one.name not in left_out]
    path = Path(what)
    if path.is_dir() or path.is_file():
        found = _in_project(path) if (path / _PROJECT).is_file() else [_in_file(path)]
        names = {one.name for one in found}
        candidates = [one for one in candidates if one.name not in names]
        loaded = Plugins([*([] if alone else candidates), *found])
        return Located(what=what, without=left_out, candidates=tuple(found), plugins=loaded)
    chosen = [one for one in candidates if one.name == what]
    chosen = chosen or [one for one in candidates if one.distribution == what]
    if not chosen:
        known = {one.name for one in candidates} | {one.distribution for one in candidates}
        raise unknown_name("plugin, distribution, file or folder", what, known)
    loaded = Plugins(chosen if alone else candidates)
    return Located(what=what, without=left_out, candidates=tuple(chosen), plugins=loaded)


def _in_file(path: Path) -> Candidate:
    path = path.resolve()
    inside = path / "__init__.py" if path.is_dir() else path
    if inside.suffix != ".py" or not inside.is_file():
        raise UsageError(
            f"{path} is no plugin: expected a module (a .py file), a package (a folder with __init__.py), or a project (a "
            f"folder with a {_PROJECT} that has entry points of the group {GROUP!r})."
        )
    name = path.name if path.is_dir() else path.stem
    return _candidate(name, name, [path.parent], NOT_INSTALLED, "0")


def _in_project(folder: Path) -> list[Candidate]:
    file = folder / _PROJECT
    try:
        project = tomllib.loads(file.read_text(encoding="utf-8")).get("project", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} is not valid TOML: {error}.") from error
    entries = project.get("entry-points", {}).get(GROUP, {})
    if not entries:
        raise UsageError(
            f"{file} registers no plugin: expected a table [project.entry-points.{GROUP}] with a line such as "
            f'mine = "xharness_mine".'
        )
    roots = [(folder / "src").resolve(), folder.resolve()]
    name, version = str(project.get("name", folder.name)), str(project.get("version", "0"))
    return [_candidate(entry, module, roots, name, version) for entry, module in entries.items()]


def _candidate(name: str, module: str, roots: Sequence[Path], distribution: str, version: str) -> Candidate:
    def load() -> object:
        for root in reversed(roots):
            if root.is_dir() and str(root) not in sys.path:
                sys.path.insert(0, str(root))
        importlib.invalidate_caches()
        found: object = importlib.import_module(module.partition(":")[0])
        for attribute in filter(None, module.partition(":")[2].split(".")):
            found = getattr(found, attribute)
        return found

    return Candidate(name=name, distribution=distribution, version=version, load=load)
