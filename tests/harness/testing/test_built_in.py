"""The plugins that come with xharness pass the checks that outside ones must pass."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import tiny_xtreme
from xharness.plugins import Plugins
from xharness.testing import Cells, assert_ok, check_checkpoint, check_plugin, check_task, made_up_split
from xharness.testing.locating import locate

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT_TASKS = ("faiss", "finetune", "html", "markdown", "tables", "transformers")


@pytest.mark.parametrize("name", WITHOUT_TASKS)
def test_plugin_without_tasks_passes(name):
    """Indexes, stages and formats keep the contract, and nothing heavy is imported for listing them."""
    assert_ok(check_plugin(name))


def test_intermediate_tasks_pass_without_data(tmp_path):
    """The tasks to train on are whole and as stored; their data are not at hand, and are not called good."""
    findings = check_plugin("intermediate", cells=Cells(data=tmp_path))
    assert_ok(findings)
    data = [one for one in findings if one.place.endswith((" train", " dev"))]
    assert {one.status for one in data} == {"missing"}
    assert len(data) == 18
    stored = [one for one in findings if one.place.endswith(" fingerprint")]
    assert [one.status for one in stored] == ["ok"] * 9


@pytest.mark.slow
def test_mini_passes_whole():
    """Suite, tasks on all of their data, and the checkpoint keep the contract; the data are as their fingerprints say."""
    findings = check_plugin("mini")
    assert_ok(findings)
    assert sum(one.status == "ok" and one.place.endswith(" test") for one in findings) == 67
    stored = [one for one in findings if one.place.endswith(" fingerprint")]
    assert [one.status for one in stored] == ["ok"] * 9
    assert [one.status for one in findings if one.place == "checkpoint demo"] == ["ok"]


def test_xtreme_passes_on_made_up_data(tmp_path, monkeypatch):
    """All nine tasks, their metrics, the suite and its submission format keep the contract on data in the official layout."""
    # An answer of an article alone has no words once it is normalised, and scores no F1 even against itself.
    monkeypatch.setattr(tiny_xtreme, "WORDS", [word for word in tiny_xtreme.WORDS if word not in {"a", "the"}])
    data, labels = tiny_xtreme.write_xtreme(tmp_path)
    findings = check_plugin("xtreme", cells=Cells(data=data, labels=labels, splits=("dev", "test")))
    broken = [one for one in findings if one.status in {"broken", "differs"}]
    assert not broken
    assert sum(one.status == "ok" and one.place.endswith(" test") for one in findings) == 162
    stored = [one for one in findings if one.place.endswith(" fingerprint")]
    assert [one.status for one in stored] == ["ok"] * 9


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("task", ["xnli", "xquad", "tydiqa", "tatoeba"])
def test_xtreme_passes_on_real_data(shared, task):
    """The real files keep the contract: ids, clusters, texts, gold, and metrics on it."""
    located = locate("xtreme")
    folders = Cells(data=shared / "data" / "xtreme", splits=("test",)).of_suite(located.plugins.suites["xtreme"])
    assert_ok(check_task(task, plugins=located.plugins, cells=folders))


@pytest.mark.parametrize("form", ["bert_nli", "xlmr_tagger", "bert_qa", "sentence_folder", "bert_encoder"])
def test_transformers_checkpoints_pass(form, request, tasks):
    """Checkpoints of several forms have their bytes' identity, and answer made-up examples with every head."""
    folder: Path = request.getfixturevalue(form)
    asked = [
        replace(task, load=lambda _, kind=task.kind: made_up_split(kind), splits=("test",)) for task in tasks.values()
    ]
    assert_ok(check_checkpoint(folder, plugins=Plugins.load(), tasks=asked))
