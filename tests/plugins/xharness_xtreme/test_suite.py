"""The suite: nine tasks, 162 cells, and the rule of the average."""

from __future__ import annotations

import subprocess
import sys

from xharness_xtreme import xharness_suites, xharness_tasks


def test_the_suite_has_nine_tasks_and_162_cells() -> None:
    """The suite is the whole of XTREME: nine tasks in the stated order, 162 task and language cells, 40 languages."""
    (suite,) = xharness_suites()
    tasks = {task.name: task for task in xharness_tasks()}
    assert suite.tasks == ("xnli", "pawsx", "udpos", "panx", "xquad", "mlqa", "tydiqa", "bucc2018", "tatoeba")
    assert tuple(tasks) == suite.tasks
    assert sum(len(task.languages) for task in tasks.values()) == 162
    assert len({language for task in tasks.values() for language in task.languages}) == 40


def test_every_task_is_in_exactly_one_group() -> None:
    """The four groups of the official scorer split the nine tasks without rest."""
    (suite,) = xharness_suites()
    grouped = [task for tasks in suite.aggregator.groups.values() for task in tasks]
    assert sorted(grouped) == sorted(suite.tasks)
    assert list(suite.aggregator.groups) == ["classification", "tagging", "qa", "retrieval"]
    assert (suite.aggregator.name, suite.aggregator.version) == ("xtreme-nine-task-mean", "1")
    assert suite.aggregator.description.count(".") == 1


def test_listing_what_the_plugin_offers_imports_no_heavy_library() -> None:
    """Suites and tasks can be listed without loading numpy, torch or datasets."""
    code = (
        "import sys, xharness_xtreme as plugin; plugin.xharness_suites(); plugin.xharness_tasks();"
        "print([name for name in ('numpy', 'torch', 'datasets', 'pyarrow') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8")
    assert done.stdout.strip() == "[]"
