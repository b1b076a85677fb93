"""Fetching for machines without network: what is asked for, what is reported, and that a second reading is compared."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from xharness.errors import DataError, RunError, UnreachableDataError, UsageError
from xharness.evaluation import evaluate
from xharness.models import Settings
from xharness.prefetching import (
    Fetched,
    FetchedCheckpoint,
    FetchedSplit,
    Status,
    divide,
    fetch_checkpoint,
    fetch_data,
    held,
    read_again,
)
from xharness.selection import Request, Selection

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xharness
    from xharness.hub_cache import CachedRepository

COMMIT = "a" * 40


def fetch(plugins: Any, *splits: str, **selection: Any) -> tuple[list[FetchedSplit], list[str]]:
    """What was fetched of the made-up suite, and what was said."""
    said: list[str] = []
    return list(fetch_data(plugins, Selection(**selection), splits or None, said.append)), said


def places(found: Sequence[FetchedSplit]) -> list[str]:
    """Where."""
    return [one.place for one in found]


class TestData:
    def test_test_data_in_every_language(self, plugins):
        """Without splits the test data of every task and language are read, and their content is fingerprinted."""
        found, said = fetch(plugins)
        assert places(found)[:4] == ["moods/en test", "moods/sw test", "moods/th test", "tones/en test"]
        assert len(found) == 6
        assert said == ["moods: 3 tables", "tones: 3 tables"]
        assert {one.status for one in found} == {Status.OK}
        assert {one.examples for one in found} == {6}
        assert {len(one.fingerprint) for one in found} == {64}

    def test_what_is_chosen(self, plugins, monkeypatch):
        """Tasks, languages and splits choose; training data are read in English only; a task without the split is left out."""
        found, _ = fetch(plugins, "dev", tasks=("tones",), languages=("sw", "th"))
        assert places(found) == ["tones/sw dev", "tones/th dev"]
        tones = plugins.tasks["tones"]
        object.__setattr__(tones, "splits", ("train", "dev"))
        found, _ = fetch(plugins, "train", "test", languages=("en", "sw"))
        assert places(found) == ["moods/en test", "moods/sw test", "tones/en train"]
        found, _ = fetch(plugins, tasks=("tones",), languages=("en",))
        assert places(found) == ["tones/en train", "tones/en dev"]  # no test data: all that it has

    def test_names_that_do_not_exist(self, plugins):
        """An unknown split lists the near ones."""
        with pytest.raises(UsageError, match=r"no split called 'tets'\. Did you mean test"):
            fetch(plugins, "tets")

    def test_absent_and_broken(self, plugins, world):
        """A language without data is absent, a damaged file broken, and both say why; only the latter is a failure."""
        world.absent.add("moods/sw")
        found, _ = fetch(plugins)
        assert not Fetched(splits=tuple(found)).broken
        world.broken.add("tones/th")
        found, _ = fetch(plugins)
        told = {one.place: (one.status, one.message) for one in found if one.status is not Status.OK}
        assert told["moods/sw test"] == (Status.ABSENT, "moods/sw: there is no file for it")
        assert told["tones/th test"][0] is Status.BROKEN
        assert "line 3" in told["tones/th test"][1]
        assert Fetched(splits=tuple(found)).broken


class TestCheckpoints:
    def test_suites_are_told_from_checkpoints(self, plugins, tmp_path, monkeypatch):
        """A name that is offered as suite or task is data, unless a folder here has it; everything else is a checkpoint."""
        monkeypatch.chdir(tmp_path)
        assert divide(plugins, ["xtreme", "moods", "org/name"]) == (["xtreme", "moods"], ["org/name"])
        Path("xtreme").mkdir()
        assert divide(plugins, ["xtreme", "moods"]) == (["moods"], ["xtreme"])

    def test_the_commit_is_pinned(self, plugins, world):
        """The reference gets the commit that was fetched, and the repositories are all that the record names."""
        world.record = {"hub": "org/lora", "commit": COMMIT, "base": {"name": "org/base", "commit": "b" * 40}, "n": [1]}
        found = fetch_checkpoint(plugins, "steady", Settings())
        assert found.reference == f"steady@{COMMIT}"
        assert found.identity == world.identity
        assert found.repositories == (("org/lora", COMMIT), ("org/base", "b" * 40))
        world.record = {"form": "local", "base": {"name": "somewhere", "commit": None}}
        found = fetch_checkpoint(plugins, "steady", Settings())
        assert (found.reference, found.repositories) == ("steady", ())

    def test_one_that_cannot_be_loaded_is_broken(self, plugins):
        """The loader's own words are kept."""
        found = fetch_checkpoint(plugins, "org/none", Settings())
        assert found.status is Status.BROKEN
        assert "org/none" in found.message


def test_repositories_are_found_in_what_loaders_say(monkeypatch):
    """Every repository that a source or a record names is looked at once, as data set or as model."""
    asked = []

    def checked(kind: str, name: str, commit: str) -> CachedRepository | None:
        asked.append((kind, name, commit))
        return None

    monkeypatch.setattr("xharness.hub_cache.checked", checked)
    source = f"hub a/b@{COMMIT}, x, test; hub c/d@{'b' * 40}, test"
    blank = FetchedSplit(task="t", language="en", split="test", status=Status.OK)
    splits = [
        FetchedSplit(task="t", language=one, split="test", status=Status.OK, source=source) for one in ("en", "sw")
    ]
    model = FetchedCheckpoint(reference="m", status=Status.OK, repositories=(("org/m", COMMIT),))
    assert held([*splits, blank], [model]) == ()
    assert asked == [("dataset", "a/b", COMMIT), ("dataset", "c/d", "b" * 40), ("model", "org/m", COMMIT)]


class TestReadingAgain:
    def again(self, monkeypatch: pytest.MonkeyPatch, stdout: str) -> tuple[Fetched, list[Any]]:
        """What is made of a second reading that prints this, and how it was called."""
        called: list[Any] = []

        def run(command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
            called.extend([list(command), options["env"]])
            return subprocess.CompletedProcess(command, 3, stdout=stdout, stderr="warning\nlast words")

        monkeypatch.setattr(subprocess, "run", run)
        split = FetchedSplit(task="t", language="en", split="test", status=Status.OK, fingerprint="f1")
        absent = FetchedSplit(task="t", language="sw", split="test", status=Status.ABSENT)
        model = FetchedCheckpoint(reference="m@c", status=Status.OK, identity="i1")
        first = Fetched(splits=(split, absent), checkpoints=(model,))
        return read_again(first, ["t", "m@c"]), called

    def test_the_same_is_fine(self, monkeypatch):
        """Equal fingerprints and identities leave everything as it was; the process was told not to use the network."""
        row = {"task": "t", "language": "en", "split": "test", "fingerprint": "f1", "message": ""}
        found, called = self.again(monkeypatch, json.dumps({"data": [row], "checkpoints": [{"identity": "i1"}]}))
        assert not found.broken
        assert called[0][1:] == ["-m", "xharness", "prefetch", "t", "m@c", "--offline", "--json"]
        assert called[1]["XHARNESS_OFFLINE"] == "1"

    def test_other_content_is_broken(self, monkeypatch):
        """Another fingerprint, or none with its reason, and another identity are broken."""
        rows = [{"task": "t", "language": "en", "split": "test", "fingerprint": "", "message": "no copy in the cache"}]
        found, _ = self.again(monkeypatch, json.dumps({"data": rows, "checkpoints": []}))
        assert [one.status for one in found.splits] == [Status.BROKEN, Status.ABSENT]
        assert found.splits[0].message == "without network it is not the same: no copy in the cache"
        assert found.checkpoints[0].status is Status.BROKEN
        rows[0] |= {"fingerprint": "f2", "message": ""}
        found, _ = self.again(monkeypatch, json.dumps({"data": rows, "checkpoints": [{"identity": "i2"}]}))
        assert "it reads as other content" in found.splits[0].message

    def test_a_process_that_fails_is_an_error(self, monkeypatch):
        """What it said last is shown."""
        with pytest.raises(RunError, match=r"ended with 3, and said: warning\nlast words"):
            self.again(monkeypatch, "no JSON")


class TestNoData:
    def unreached(self, plugins: Any, *spared: str) -> None:
        """Makes every cell unreachable but those of spared tasks."""

        def refuse(request: xharness.DataRequest) -> xharness.Split:
            raise UnreachableDataError(f"a/b, configuration {request.language} could not be read from the hub")

        for name, task in plugins.tasks.items():
            if name not in spared:
                object.__setattr__(task, "load", refuse)

    def test_three_ways(self, plugins, observer, tmp_path, monkeypatch):
        """Where the hub gives nothing one message names suite, cache and three ways, with the first reason alone."""
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
        self.unreached(plugins)
        with pytest.raises(
            DataError, match="There are no data for 6 of the cells asked for of the suite 'xtreme'"
        ) as caught:
            evaluate(plugins, Request(out=tmp_path / "runs"), "steady", observer)
        said = str(caught.value)
        assert str(tmp_path / "cache") in said
        assert "xharness prefetch xtreme" in said
        assert said.count("configuration") == 1
        assert not (tmp_path / "runs").exists()

    def test_other_problems_are_listed(self, plugins, world, observer, tmp_path):
        """Where something else is wrong too every problem is listed, as ever."""
        self.unreached(plugins, "tones")
        world.broken.add("tones/sw")
        with pytest.raises(DataError, match="4 problems with the data"):
            evaluate(plugins, Request(out=tmp_path), "steady", observer)

    def test_a_folder_was_named(self, plugins, observer, tmp_path):
        """Who has named a folder is not told to name one."""
        self.unreached(plugins)
        with pytest.raises(DataError, match="6 problems with the data"):
            evaluate(plugins, Request(selection=Selection(data=tmp_path), out=tmp_path), "steady", observer)
