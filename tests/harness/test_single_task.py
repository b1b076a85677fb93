"""A task's name is a suite of that task alone."""

from __future__ import annotations

import pytest
import xharness
from xharness.evaluation import evaluate
from xharness.plugins import Plugins
from xharness.selection import Request, Selection, resolve_folders

from .conftest import LANGUAGES, MadeUp, candidate


def test_a_task_is_a_suite_of_one(plugins):
    """The suite has the task's name and version, no groups, and the mean of its languages as rule."""
    suite = plugins.suite("tones")
    assert (suite.name, suite.version, suite.tasks) == ("tones", "1", ("tones",))
    assert (suite.aggregator.name, dict(suite.aggregator.groups)) == ("tones-mean", {})
    assert plugins.suite_tasks(suite)["tones"].languages == LANGUAGES
    assert suite.submission == "none"  # as in the suite that lists the task


def test_a_suite_goes_before_a_task_of_its_name(world):
    """Where a suite and a task have the same name, the suite is meant."""

    class Both(MadeUp):
        @xharness.hookimpl
        def xharness_suites(self):
            aggregator = xharness.Aggregator(name="mean", version="1", description="Mean.", groups={})
            tasks = ("moods", "tones")
            return [xharness.Suite(name="moods", version="7", tasks=tasks, aggregator=aggregator, submission="none")]

    assert Plugins([candidate("both", Both(world))]).suite("moods").version == "7"


def test_a_task_without_a_suite_takes_the_first_submission_format(world):
    """A task that no suite lists is scored and exported in the first format that is offered."""

    class Alone(MadeUp):
        @xharness.hookimpl
        def xharness_suites(self):
            return []

        @xharness.hookimpl
        def xharness_submission_formats(self):
            return [xharness.SubmissionFormat(name="plain", read=lambda *_: None, write=lambda *_: None)]

    assert Plugins([candidate("alone", Alone(world))]).suite("moods").submission == "plain"


def test_unknown_names_list_suites_and_near_tasks(plugins):
    """A name that is neither suite nor task lists near matches of both, and the suites."""
    with pytest.raises(
        xharness.UsageError, match=r"no suite called 'mood'\. Did you mean moods\? Known: xtreme; a task's name"
    ):
        plugins.suite("mood")


def test_a_run_of_one_task(plugins, observer, tmp_path):
    """The run has the task's cells and mean, another identity than the same task in its suite, and intervals."""
    runs = {
        suite: evaluate(
            plugins, Request(selection=Selection(suite=suite, tasks=("moods",)), out=tmp_path), "steady", observer
        )
        for suite in ("moods", "xtreme")
    }
    alone = runs["moods"].record
    assert [cell.place for cell in alone.cells] == [f"moods/{language}" for language in LANGUAGES]
    assert alone.averages.average == pytest.approx(0.5)
    assert runs["xtreme"].record.averages.average is None
    assert alone.identity != runs["xtreme"].record.identity
    assert alone.intervals is not None
    assert alone.intervals.average is not None


def test_the_data_folder_of_one_task_is_taken_as_it_is(plugins, tmp_path):
    """A folder that holds one named after the suite stands for that one; named after the task alone it does not."""
    for name in ("moods", "xtreme"):
        (tmp_path / name).mkdir()
    selection = Selection(suite="moods", data=tmp_path)
    assert resolve_folders(selection, plugins.suite("moods"))[0] == tmp_path
    assert resolve_folders(selection, plugins.suite("xtreme"))[0] == tmp_path / "xtreme"
