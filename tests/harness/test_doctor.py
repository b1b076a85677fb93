"""The doctor's findings: each thing that can be wrong with a machine is found, and says what to do."""

from __future__ import annotations

import importlib
import shutil
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import xharness
from huggingface_hub import constants
from tiny_hub_server import serving
from xharness import hub_cache, offline
from xharness.candidates import Candidate
from xharness.doctor import installed, machine
from xharness.doctor.diagnosis import Diagnosis, Health
from xharness.doctor.examination import examine
from xharness.doctor.heads import examine_heads
from xharness.plugins import Plugins

if TYPE_CHECKING:
    from collections.abc import Iterable

CLOSED = "http://127.0.0.1:9"  # the discard port: nobody answers


class Bringing:
    """A plugin that brings the made-up model as a checkpoint."""

    def __init__(self, folder: Path, suite: str = "xtreme") -> None:
        self.checkpoint = xharness.Checkpoint(name="steady", folder=folder, suite=suite)

    @xharness.hookimpl
    def xharness_checkpoints(self) -> list[xharness.Checkpoint]:
        return [self.checkpoint]


class Odd:
    """A plugin with a hook that does not exist."""

    @xharness.hookimpl
    def xharness_no_such_hook(self) -> None:
        """Never called."""


def candidate(name: str, plugin: object) -> Candidate:
    """A plugin that needs no installation."""
    return Candidate(name=name, distribution="outside", version="0.1", load=lambda: plugin)


def by_place(found: Iterable[Diagnosis]) -> dict[str, Diagnosis]:
    """Findings by place, each with a remedy unless it is fine."""
    findings = list(found)
    assert all(bool(one.remedy) is (one.status is not Health.OK) for one in findings)
    return {one.place: one for one in findings}


@pytest.fixture
def equipped(plugins, monkeypatch):
    """The made-up plugins and a checkpoint `steady`, which they load from any folder."""
    made_up = plugins._manager.get_plugin("made-up")
    load = made_up.xharness_load
    monkeypatch.setattr(
        type(made_up),
        "xharness_load",
        xharness.hookimpl(lambda self, checkpoint: load(checkpoint=Path(checkpoint).name)),
    )
    return lambda suite="xtreme": Plugins(
        [candidate("made-up", made_up), candidate("bringing", Bringing(Path("steady"), suite))]
    )


class TestHeads:
    def test_every_head_is_tried(self, equipped):
        """Each task of the checkpoint's suite is answered and scored on a few examples of its first language."""
        found = by_place(examine_heads(equipped()))
        assert {place: one.status for place, one in found.items()} == {"steady moods": "ok", "steady tones": "ok"}
        assert found["steady moods"].message == "answers 2 examples in en"

    def test_failures_are_told_apart(self, equipped, world):
        """No head and no data are warnings; a head that fails is broken, whatever it raises."""
        world.heads.remove("tones")
        world.absent |= {f"moods/{language}" for language in ("en", "sw", "th")}
        found = by_place(examine_heads(equipped()))
        assert "no head" in found["steady tones"].message
        assert "not tried: " in found["steady moods"].message
        assert {one.status for one in found.values()} == {Health.WARNING}
        world.absent.clear()
        world.broken.add("moods/en")
        assert "line 3" in by_place(examine_heads(equipped()))["steady moods"].message
        assert by_place(examine_heads(equipped()))["steady moods"].status is Health.BROKEN
        world.broken.clear()
        world.n = 2  # the few examples are then the whole cell, which the made-up predictor can be told to fail on
        world.fails_on.add("moods/en")
        found = by_place(examine_heads(equipped()))
        assert found["steady moods"].status is Health.BROKEN
        assert "not finite" in found["steady moods"].message

    def test_the_next_language_is_taken(self, equipped, world):
        """A language without data does not keep a head from being tried in another."""
        world.absent.add("moods/en")
        assert by_place(examine_heads(equipped()))["steady moods"].message == "answers 2 examples in sw"

    def test_a_checkpoint_without_its_suite_is_broken(self, equipped):
        """A checkpoint made for a suite that nobody offers is named."""
        found = by_place(examine_heads(equipped("absent")))
        assert found["steady"].status is Health.BROKEN
        assert "absent" in found["steady"].message

    def test_no_checkpoint_is_a_warning(self, plugins):
        """Where no plugin brings a checkpoint that is said, and how to try one's own."""
        found = by_place(examine_heads(plugins))
        assert found["heads"].status is Health.WARNING
        assert "--limit 2" in found["heads"].remedy


class TestInstalled:
    def test_requirements_are_compared(self, monkeypatch):
        """A missing package, a wrong version and a damaged library are broken; what only extras need is left alone."""
        needed = ["no-such-thing>=2", "pluggy>=999", "typer>=0.1", 'matplotlib>=999; extra == "pictures"']
        monkeypatch.setattr(metadata, "requires", lambda _: needed)
        imported = importlib.import_module

        def damaged(name: str) -> object:
            if name == "faiss":
                raise OSError("libomp.so: cannot open shared object file")
            return imported("json")

        monkeypatch.setattr(importlib, "import_module", damaged)
        found = by_place(installed.examine_installed())
        broken = {place for place, one in found.items() if one.status is Health.BROKEN}
        assert broken == {"no-such-thing", "pluggy", "import faiss"}
        assert "libomp.so" in found["import faiss"].message
        assert ">=999 is needed" in found["pluggy"].message

    def test_old_python(self, monkeypatch):
        """A Python that is too old says which is needed."""
        monkeypatch.setattr(installed, "LEAST_PYTHON", (99, 0))
        monkeypatch.setattr(installed, "_IMPORTED", ())
        assert by_place(installed.examine_installed())["python"].status is Health.BROKEN

    def test_plugins_one_by_one(self, plugins):
        """A plugin that does not import is broken, and the others are still looked at."""

        def fail() -> object:
            raise ImportError("no module named gone")

        made_up = plugins._manager.get_plugin("made-up")
        gone = Candidate(name="gone", distribution="outside", version="2", load=fail)
        found = by_place(installed.examine_plugins([gone, candidate("made-up", made_up)]))
        assert found["plugin gone"].status is Health.BROKEN
        assert "--no-plugin gone" in found["plugin gone"].remedy
        assert found["plugin made-up"].status is Health.OK
        other = type(made_up)(made_up.world)
        twice = by_place(installed.examine_plugins([candidate("one", made_up), candidate("two", other)]))
        assert twice["plugins"].status is Health.BROKEN
        assert "offered twice" in twice["plugins"].message


class TestMachine:
    def test_disks(self, tmp_path, monkeypatch):
        """A folder that cannot be written or has no room is broken, little room for a model a warning."""
        folders = {"hub cache": tmp_path / "hub", "runs": tmp_path / "runs"}
        monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 0, 10**9))
        found = by_place(machine.examine_folders(folders))
        assert (found["hub cache"].status, found["runs"].status) == (Health.WARNING, Health.OK)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 0, 10**6))
        assert {one.status for one in machine.examine_folders(folders)} == {Health.BROKEN}
        assert "--out DIR" in by_place(machine.examine_folders(folders))["runs"].remedy
        monkeypatch.setattr(machine, "_writable", lambda _: False)
        assert "cannot be written" in by_place(machine.examine_folders(folders))["runs"].message

    def test_folders_are_measured(self, tmp_path):
        """What a folder holds is counted without following links."""
        (tmp_path / "a").write_bytes(b"0" * 1000)
        (tmp_path / "b").symlink_to(tmp_path / "a")
        assert hub_cache.size_of(tmp_path) == (1, 1000)
        assert hub_cache.size_of(tmp_path / "absent") == (0, 0)

    def test_memory(self, tmp_path, monkeypatch):
        """The container's limit counts where it is lower, and too little for a model is a warning."""
        (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    4096 kB\n")
        assert machine._meminfo(tmp_path / "meminfo") == 4 << 20
        (tmp_path / "memory.max").write_text("3000\n")
        (tmp_path / "memory.current").write_text("1000\n")
        assert machine._control_group(tmp_path) == 2000
        (tmp_path / "memory.max").write_text("max\n")
        assert machine._control_group(tmp_path) is None
        assert machine._control_group(tmp_path / "absent") is None
        for free, statuses in ((10**8, [Health.WARNING]), (10**11, [Health.OK]), (None, [])):
            monkeypatch.setattr(machine, "_free_memory", lambda free=free: free)
            assert [one.status for one in machine.examine_memory()] == statuses

    def test_gpus(self, monkeypatch):
        """A GPU shows its memory; a full one is a warning, and one that cannot add is broken, with another device to name."""

        def gpu(free: int, *, works: bool = True) -> Diagnosis:
            def ones(*_: object, **__: object) -> object:
                if not works:
                    raise RuntimeError("no kernel image is available for execution on the device")
                return SimpleNamespace(sum=lambda: SimpleNamespace(item=lambda: 1.0))

            cuda = SimpleNamespace(get_device_name=lambda _: "H100", mem_get_info=lambda _: (free, 80 << 30))
            return machine._gpu(SimpleNamespace(cuda=cuda, ones=ones), 0)

        assert (gpu(70 << 30).status, gpu(70 << 30).message) == (Health.OK, "H100, 71,680 of 81,920 MiB free")
        assert gpu(1 << 20).status is Health.WARNING
        assert gpu(70 << 30, works=False).status is Health.BROKEN
        assert "--device cpu" in gpu(70 << 30, works=False).remedy

    def test_the_hub(self, tmp_path, monkeypatch):
        """A hub that answers is fine, one that does not a warning; where the network is forbidden nobody is asked."""
        for name in (offline.OWN_VARIABLE, "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        with serving(tmp_path) as hub:
            monkeypatch.setattr(constants, "ENDPOINT", hub.endpoint)
            assert [one.status for one in machine.examine_hub()] == [Health.OK]
            assert len(hub.asked) == 1
            monkeypatch.setenv("XHARNESS_OFFLINE", "1")
            assert [one.message for one in machine.examine_hub()] == ["offline by choice: only its caches are read"]
            assert len(hub.asked) == 1
        monkeypatch.setenv("XHARNESS_OFFLINE", "0")
        monkeypatch.setattr(constants, "ENDPOINT", CLOSED)
        found = by_place(machine.examine_hub())["hub"]
        assert found.status is Health.WARNING
        assert "xharness prefetch" in found.remedy


def test_broken_plugins_do_not_stop_the_examination(tmp_path, monkeypatch):
    """With a plugin that cannot be used everything else is still looked at, and the heads say why they were not tried."""
    monkeypatch.setattr(installed, "_IMPORTED", ())
    monkeypatch.setenv("XHARNESS_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    found = by_place(examine([candidate("odd", Odd())], tmp_path / "runs"))
    assert found["plugin odd"].status is Health.BROKEN
    assert found["heads"].status is Health.BROKEN
    assert {"python", "cpu", "runs", "hub"} <= set(found)
    assert str(tmp_path / "hf" / "hub") in found["hub cache"].message
