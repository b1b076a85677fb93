"""Plugins are found in a fixed order, checked, and blamed by name, distribution and way out."""

from __future__ import annotations

import doctest

import pytest
import xharness
from xharness import hookspecs
from xharness.plugins import Candidate, Plugins, installed

from .conftest import MadeUp, World, candidate


def broken() -> object:
    """Fails as an import does."""
    raise ImportError("No module named 'missing'")


def test_installed_plugins_come_in_a_fixed_order():
    """Built-ins come first, then the rest by name; the built-ins are there."""
    found = installed()
    own = [one.name for one in found if one.distribution == "xharness"]
    assert own == sorted(own)
    assert {"faiss", "finetune", "transformers", "xtreme"} <= set(own)
    assert [one.name for one in found[: len(own)]] == own


def test_plugin_that_does_not_import_stops_the_program():
    """An import error names plugin, distribution, version and the way out."""
    bad = Candidate(name="bad", distribution="bad-dist", version="0.3", load=broken)
    with pytest.raises(xharness.PluginError, match=r"'bad' of distribution bad-dist 0\.3.*missing.*--no-plugin bad"):
        Plugins([bad])


def test_unknown_hook_is_refused():
    """A misspelt hook is an error, never silence."""

    class Misspelt:
        @xharness.hookimpl
        def xharness_task(self) -> list[object]:
            return []

    with pytest.raises(xharness.PluginError, match=r"'misspelt'.*xharness_task.*--no-plugin misspelt"):
        Plugins([candidate("misspelt", Misspelt())])


def test_unknown_argument_is_refused():
    """A hook that asks for an argument that does not exist is refused at registration."""

    class Greedy:
        @xharness.hookimpl
        def xharness_load(self, checkpoint: str, password: str) -> None: ...

    with pytest.raises(xharness.PluginError, match=r"(?s)'greedy'.*password.*--no-plugin greedy"):
        Plugins([candidate("greedy", Greedy())])


def test_name_offered_twice_names_both_plugins(world):
    """Two plugins that offer the same name collide; neither wins silently."""
    both = Plugins([candidate("first", MadeUp(world)), candidate("second", MadeUp(World()))])
    with pytest.raises(xharness.PluginError, match=r"'moods' is offered twice.*'first'.*'second'.*--no-plugin second"):
        _ = both.tasks


def test_two_plugins_of_one_name_collide(world):
    """Two distributions that register the same plugin name are an error naming both."""
    with pytest.raises(xharness.PluginError, match=r"Two plugins are called 'same'.*one-dist.*other-dist"):
        Plugins([candidate("same", MadeUp(world), "one-dist"), candidate("same", MadeUp(world), "other-dist")])


def test_offer_that_fails_is_blamed():
    """An exception inside an offer names the plugin and the hook."""

    class Failing:
        @xharness.hookimpl
        def xharness_tasks(self) -> list[object]:
            raise RuntimeError("no luck")

    with pytest.raises(xharness.PluginError, match=r"'failing'.*xharness_tasks.*RuntimeError: no luck"):
        _ = Plugins([candidate("failing", Failing())]).tasks


def test_suite_with_absent_task_is_an_error(world):
    """A suite that lists a task nobody offers does not silently shrink."""

    class Suites:
        xharness_suites = MadeUp(world).xharness_suites

    plugins = Plugins([candidate("suites", Suites())])
    with pytest.raises(xharness.PluginError, match=r"tasks that no plugin offers: moods, tones"):
        plugins.suite_tasks(plugins.suite("xtreme"))


def test_checkpoint_of_no_known_form_is_refused(plugins):
    """When every plugin declines a checkpoint the error says what forms exist."""
    with pytest.raises(xharness.UsageError, match=r"No plugin can load 'what'.*checkpoint set"):
        plugins.load_model("what", xharness.Settings())


def test_left_out_plugin_must_exist():
    """--no-plugin with an unknown name lists near matches."""
    with pytest.raises(xharness.UsageError, match="Did you mean xtreme"):
        Plugins.load(without=["xtrem"])


def test_infos_list_offers(plugins):
    """The listing gives name, distribution, version and what is offered."""
    info = plugins.infos()[0]
    assert (info.name, info.distribution, info.version) == ("made-up", "outside", "0.1")
    assert info.offers["tasks"] == ("moods", "tones")
    assert info.offers["load"] == ()


@pytest.mark.parametrize("name", [name for name in vars(hookspecs) if name.startswith("xharness_")])
def test_every_hook_has_a_runnable_example(name):
    """Each hook's docstring holds an example that runs and gives what it says."""
    function = getattr(hookspecs, name)
    tests = doctest.DocTestFinder().find(function, name, globs={})
    assert tests
    assert tests[0].examples, f"{name} has no example"
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(tests[0])
    assert result.failed == 0
