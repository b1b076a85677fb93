"""A task that changes without a new version is found, and nothing else is mistaken for that."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import xharness
from xharness.testing import fingerprints

from . import good


def taken(
    task: xharness.Task, *, languages: tuple[str, ...] = ("sw", "zu"), **changes: Any
) -> fingerprints.Fingerprint:
    """A task's fingerprint with the data of these languages."""
    requests = [xharness.DataRequest(language=one, split="test") for one in languages]
    return fingerprints.of_task(task, dict(fingerprints.of_data(good.split(one, **changes)) for one in requests))


def other_text() -> list[xharness.Example]:
    """The examples with one text changed."""
    found = good.examples()
    found[0] = replace(found[0], inputs=xharness.Text(text="Habari za jana"))
    return found


def other_gold(gold: str | None = "sport") -> list[xharness.Example]:
    """The examples with gold changed everywhere."""
    return [replace(one, gold=gold) for one in good.examples()]


@pytest.mark.parametrize(
    ("new", "what"),
    [
        (taken(good.task(labels=("sport", "news"))), "labels"),
        (taken(good.task(languages=("sw",))), "languages"),
        (taken(good.task(metrics=("accuracy",))), "metrics"),
        (taken(good.task(main=("f1",))), "main"),
        (taken(good.task(kind="topics")), "kind"),
        (taken(good.task(splits=("dev", "test"))), "splits"),
        (taken(good.task(parallel=True)), "parallel"),
        (taken(good.task(), examples=other_text()), "test/sw, test/zu"),
        (taken(good.task(), examples=other_gold()), "test/sw, test/zu"),
    ],
)
def test_change_without_a_new_version_is_found(new, what, tmp_path):
    """Each thing that a version stands for is told when it changes; storing it is refused until the version is raised."""
    file = tmp_path / "f.json"
    fingerprints.update(file, {"topics": taken(good.task())})
    before = file.read_bytes()
    told = good.told(fingerprints.compare(fingerprints.read(file), {"topics": new}))
    assert told.startswith(f"broken topics fingerprint: changed without raising the version (1): {what}.")
    with pytest.raises(xharness.PluginError, match=rf"topics: {what}.*nothing was written. Raise the version"):
        fingerprints.update(file, {"topics": new})
    assert file.read_bytes() == before
    fingerprints.update(file, {"topics": new}, force=True)
    assert good.told(fingerprints.compare(fingerprints.read(file), {"topics": new})) == ""


def test_raised_version_is_stored_with_update(tmp_path):
    """After the version is raised the difference is a reminder, and storing it needs no force."""
    file = tmp_path / "f.json"
    fingerprints.update(file, {"topics": taken(good.task())})
    new = taken(good.task(version="2", labels=("a", "b")))
    assert "differs topics fingerprint: stored of version 1, now 2" in good.told(
        fingerprints.compare(fingerprints.read(file), {"topics": new})
    )
    assert fingerprints.update(file, {"topics": new}) == ["topics: replaced"]
    assert good.told(fingerprints.compare(fingerprints.read(file), {"topics": new})) == ""


def test_what_is_not_at_hand_is_not_compared_and_not_forgotten(tmp_path):
    """Data or gold absent now are neither a difference nor lost from the file; what is new is added."""
    file = tmp_path / "f.json"
    fingerprints.update(file, {"topics": taken(good.task())})
    before = fingerprints.read(file)
    for now in (taken(good.task(), languages=("sw",)), taken(good.task(), examples=other_gold(None))):
        (finding,) = fingerprints.compare(before, {"topics": now})
        assert finding.status == "ok"
        assert fingerprints.update(file, {"topics": now}) == ["topics: as before"]
        assert fingerprints.read(file) == before
    fingerprints.update(file, {"topics": taken(good.task(), languages=("xh",))})
    assert sorted(fingerprints.read(file).tasks["topics"].data) == ["test/sw 1", "test/xh 1", "test/zu 1"]


def test_data_of_another_version_are_stored_beside(tmp_path):
    """A source whose data have a version of their own is compared with itself only."""
    hub = taken(good.task(), version="1-hub", examples=other_text())
    file = tmp_path / "f.json"
    fingerprints.update(file, {"topics": taken(good.task())})
    (finding,) = fingerprints.compare(fingerprints.read(file), {"topics": hub})
    assert (finding.status, finding.message) == ("ok", "as stored, version 1; 0 of 2 data sets at hand compared")
    fingerprints.update(file, {"topics": hub})
    assert len(fingerprints.read(file).tasks["topics"].data) == 4


def test_tasks_that_are_not_checked_stay_stored(tmp_path):
    """Storing some of a plugin's tasks keeps the others."""
    file = tmp_path / "f.json"
    fingerprints.update(file, {"topics": taken(good.task())})
    fingerprints.update(file, {"moods": taken(good.task(name="moods"))})
    assert sorted(fingerprints.read(file).tasks) == ["moods", "topics"]


def test_nothing_stored_is_said(tmp_path):
    """A task without a stored fingerprint is missing one, with what to do."""
    (finding,) = fingerprints.compare(fingerprints.read(tmp_path / "f.json"), {"topics": taken(good.task())})
    assert (finding.status, "--update" in finding.message) == ("missing", True)


@pytest.mark.parametrize("content", ["{", "[]", '{"tasks": {"a": {}}}', '{"schema_version": 9}', '{"extra": 1}'])
def test_damaged_file_is_refused(content, tmp_path):
    """A file that is not ours is an error that says how to write it anew, which --force then does."""
    file = tmp_path / "f.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(xharness.PluginError, match=r"f\.json"):
        fingerprints.read(file)
    fingerprints.update(file, {"topics": taken(good.task())}, force=True)
    assert json.loads(file.read_text(encoding="utf-8"))["schema_version"] == fingerprints.SCHEMA


def test_file_lies_in_the_package_or_beside_the_module():
    """A package has one file; a single module, which may lie beside others, one named after it; an object none."""
    assert (
        str(fingerprints.file_of(SimpleNamespace(__file__="/a/mine/__init__.py")))
        == "/a/mine/xharness-fingerprints.json"
    )
    assert str(fingerprints.file_of(SimpleNamespace(__file__="/a/mine.py"))) == "/a/mine-fingerprints.json"
    assert fingerprints.file_of(good.Offers()) is None
