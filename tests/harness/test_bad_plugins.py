"""Plugins that cannot be used, or that slow everything down, are named with distribution and remedy."""

from __future__ import annotations

import json
import subprocess
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
import xharness
from typer.testing import CliRunner
from xharness import plugins as plugins_module
from xharness.cli.app import app
from xharness.plugins import Candidate, Plugins

from .conftest import MadeUp, candidate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import World


def module(name: str, **members: object) -> ModuleType:
    """A plugin module with these members."""
    made = ModuleType(name)
    vars(made).update(members)
    return made


@xharness.hookimpl
def no_tasks() -> list[xharness.Task]:
    """Offers nothing."""
    return []


def test_misspelt_hook_lists_near_matches():
    """A hook that does not exist is refused with the one that was meant, the plugin and the way out."""
    bad = candidate("odd", module("odd", xharness_task=no_tasks), "odd-dist")
    with pytest.raises(
        xharness.PluginError,
        match=r"plugin 'odd' of distribution odd-dist 0\.1 has a hook xharness_task, which does not exist\. Did you mean "
        r"xharness_tasks.*--no-plugin odd",
    ):
        Plugins([bad])


def test_a_hook_without_its_mark_is_refused():
    """A function with a hook's name and no mark would be ignored: it is refused. Other functions are the plugin's own."""

    def unmarked() -> list[xharness.Task]:
        return []

    with pytest.raises(
        xharness.PluginError, match=r"'odd' .*function xharness_tasks that is not marked .*@xharness\.hookimpl"
    ):
        Plugins([candidate("odd", module("odd", xharness_tasks=unmarked))])
    assert (
        Plugins([candidate("odd", module("odd", xharness_of_our_own=unmarked, xharness_mine=module("mine")))]).tasks
        == {}
    )


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_another_contract_version_stops_the_program(version: object):
    """A plugin for another contract is refused before its hooks are looked at, with both versions and what to do."""
    bad = module("odd", XHARNESS_CONTRACT=version, xharness_from_the_future=no_tasks)
    with pytest.raises(
        xharness.PluginError,
        match=rf"'odd' of distribution odd-dist 0\.1 was built for version {version!r} of the plugin contract.*this "
        rf"xharness has version {xharness.CONTRACT}\. Install versions of odd-dist .*--no-plugin odd",
    ):
        Plugins([candidate("odd", bad, "odd-dist")])


def test_the_same_contract_version_is_accepted():
    """A plugin that says the version it was built for works where that is ours; one that says nothing works too."""
    good = module("good", XHARNESS_CONTRACT=xharness.CONTRACT, xharness_tasks=no_tasks)
    assert Plugins([candidate("good", good), candidate("silent", module("silent"))]).tasks == {}


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Candidate]:
    """Makes plugins that import a library of this name: in their module, or in their offer. The library is made up here."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(library: str, place: str) -> Candidate:
        (tmp_path / f"{library}.py").write_text("", encoding="utf-8")
        monkeypatch.delitem(sys.modules, library, raising=False)

        def load() -> ModuleType:
            if place == "module":
                __import__(library)
            return module("slow", xharness_tasks=offer)

        @xharness.hookimpl
        def offer() -> list[xharness.Task]:
            if place == "offer":
                __import__(library)
            return []

        return Candidate(name="slow", distribution="slow-dist", version="0.3", load=load)

    return make


@pytest.mark.parametrize("place", ["module", "offer"])
def test_a_plugin_that_imports_a_slow_library_is_named(place, slow, world: World, monkeypatch):
    """`plugins --time` names plugin, distribution, library and remedy, whether the import or an offer is slow."""
    found = [candidate("made-up", MadeUp(world)), slow("jax", place)]
    monkeypatch.setattr(plugins_module, "installed", lambda: found)
    shown = CliRunner().invoke(app, ["plugins", "--time"]).stdout
    assert "The plugin 'slow' of distribution slow-dist 0.3 imports jax when xharness starts" in shown
    assert "import inside the functions" in shown
    assert "--no-plugin slow" in shown
    assert "'made-up'" not in shown
    monkeypatch.delitem(sys.modules, "jax")
    rows = {one["name"]: one for one in json.loads(CliRunner().invoke(app, ["plugins", "--time", "--json"]).stdout)}
    assert (rows["slow"]["heavy"], rows["made-up"]["heavy"]) == (["jax"], [])
    assert all(0 <= one["seconds"] < 60 for one in rows.values())


def test_built_in_plugins_import_nothing_slow():
    """No built-in plugin imports a slow library when names are listed."""
    code = "from xharness.plugins import Plugins; print([(i.name, i.heavy) for i in Plugins.load().infos() if i.heavy])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
