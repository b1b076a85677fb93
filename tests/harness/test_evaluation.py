"""An evaluation checks first, stores whole cells, continues where it stopped, and never scores a failure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import xharness
from xharness.evaluation import evaluate
from xharness.plugins import Plugins
from xharness.runs import CellStatus, RunStatus
from xharness.selection import Request, Selection

from .conftest import MadeUp, candidate

if TYPE_CHECKING:
    from pathlib import Path


def request(out: Path, **selection: Any) -> Request:
    """A request with this selection."""
    return Request(selection=Selection(**selection), out=out)


def cell_bytes(folder: Path) -> dict[str, str]:
    """The SHA-256 of every cell file by its path."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("cells/*/*.parquet"))
    }


def test_complete_run_has_every_cell_and_the_average(plugins, observer, tmp_path):
    """A complete run stores all cells, their scores and the average of the task means."""
    outcome = evaluate(plugins, request(tmp_path), "steady", observer)
    assert outcome.record.status is RunStatus.FINISHED
    assert outcome.record.complete
    assert outcome.record.averages.average == pytest.approx(0.5)
    assert outcome.record.averages.groups == {"feeling": pytest.approx(0.5)}
    assert len(cell_bytes(outcome.folder.path)) == 6
    assert outcome.folder.path.parent == tmp_path


def test_second_call_computes_nothing(plugins, observer, world, tmp_path):
    """The same command again keeps every cell."""
    first = evaluate(plugins, request(tmp_path), "steady", observer)
    before = cell_bytes(first.folder.path)
    world.predicted.clear()
    second = evaluate(plugins, request(tmp_path), "steady", observer)
    assert world.predicted == []
    assert second.folder.path == first.folder.path
    assert cell_bytes(second.folder.path) == before
    assert second.record.averages == first.record.averages


def test_interrupted_run_continues_to_the_same_bytes(plugins, observer, world, tmp_path):
    """A run interrupted half way keeps its cells, and ends with the bytes of an uninterrupted one."""
    whole = evaluate(plugins, request(tmp_path / "whole"), "steady", observer)
    world.interrupt_on = "moods/th"
    with pytest.raises(KeyboardInterrupt):
        evaluate(plugins, request(tmp_path / "cut"), "steady", observer)
    record = json.loads(next((tmp_path / "cut").glob("*/run.json")).read_text(encoding="utf-8"))
    assert record["status"] == "interrupted"
    world.interrupt_on = None
    world.predicted.clear()
    again = evaluate(plugins, request(tmp_path / "cut"), "steady", observer)
    assert world.predicted == ["moods/th", "tones/en", "tones/sw", "tones/th"]
    assert cell_bytes(again.folder.path) == cell_bytes(whole.folder.path)


def test_more_tasks_later_extend_the_same_run(plugins, observer, world, tmp_path):
    """Asking for one task and then for all continues the same run."""
    first = evaluate(plugins, request(tmp_path, tasks=("moods",)), "steady", observer)
    assert first.record.averages.average is None
    assert first.record.averages.tasks["moods"] == pytest.approx(0.5)
    world.predicted.clear()
    second = evaluate(plugins, request(tmp_path), "steady", observer)
    assert world.predicted == ["tones/en", "tones/sw", "tones/th"]
    assert second.folder.path == first.folder.path
    assert second.record.complete
    third = evaluate(plugins, request(tmp_path, tasks=("moods",)), "steady", observer)
    assert third.record.complete, "cells of tasks that are not asked for again stay in the record"


def test_failed_cell_is_never_scored_and_the_rest_goes_on(plugins, observer, world, tmp_path):
    """A cell whose prediction fails has a reason and no score; the others are scored; the average is absent."""
    world.fails_on = {"moods/sw"}
    record = evaluate(plugins, request(tmp_path), "steady", observer).record
    failed = [cell for cell in record.cells if cell.status is CellStatus.FAILED]
    assert [cell.place for cell in failed] == ["moods/sw"]
    assert "moods/sw: the logits of example 3 are not finite" in failed[0].reason
    assert failed[0].scores == ()
    assert record.averages.average is None
    assert record.status is RunStatus.FAILED
    world.fails_on = set()
    world.predicted.clear()
    assert evaluate(plugins, request(tmp_path), "steady", observer).record.complete
    assert world.predicted == ["moods/sw"]


@pytest.mark.parametrize("change", [{"identity": "b" * 64}, {"text": "other text"}, {"version": "2"}])
def test_changed_bytes_make_another_run(plugins, observer, world, tmp_path, change):
    """A changed byte of weights, data or task version is another identity: nothing of the old run is reused."""
    first = evaluate(plugins, request(tmp_path), "steady", observer)
    before = cell_bytes(first.folder.path)
    world.predicted.clear()
    for name, value in change.items():
        setattr(world, name, value)
    changed = Plugins([candidate("made-up", MadeUp(world))])
    second = evaluate(changed, request(tmp_path), "steady", observer)
    assert second.folder.path != first.folder.path
    assert len(world.predicted) == 6
    assert cell_bytes(first.folder.path) == before


def test_out_that_is_another_run_is_refused(plugins, observer, world, tmp_path):
    """Pointing --out at a run of another identity is an error that names both and changes nothing."""
    first = evaluate(plugins, request(tmp_path), "steady", observer)
    before = cell_bytes(first.folder.path)
    world.identity = "b" * 64
    with pytest.raises(xharness.RunError, match=r"another identity.*--out"):
        evaluate(plugins, request(first.folder.path), "steady", observer)
    assert cell_bytes(first.folder.path) == before


def test_head_that_is_missing_is_reported(plugins, observer, world, tmp_path):
    """A task without a head is listed as `no head`, with the reason, and not scored."""
    world.heads = {"moods"}
    record = evaluate(plugins, request(tmp_path), "steady", observer).record
    absent = [cell for cell in record.cells if cell.task == "tones"]
    assert {cell.status for cell in absent} == {CellStatus.NO_HEAD}
    assert "no head for tones" in absent[0].reason
    assert not record.complete


def test_absent_gold_is_predicted_and_scored_once_it_is_there(plugins, observer, world, tmp_path):
    """Without gold a cell is predicted, stored and never scored; when gold appears no model is needed."""
    world.gold = False
    first = evaluate(plugins, request(tmp_path), "steady", observer)
    assert {cell.status for cell in first.record.cells} == {CellStatus.NO_GOLD}
    assert first.record.averages.average is None
    assert len(cell_bytes(first.folder.path)) == 6
    world.gold = True
    world.predicted.clear()
    second = evaluate(plugins, request(tmp_path), "steady", observer)
    assert world.predicted == []
    assert second.folder.path == first.folder.path
    assert second.record.complete


def test_absent_data_of_one_language_is_listed(plugins, observer, world, tmp_path):
    """A language without data is listed as missing; --strict makes it an error."""
    world.absent = {"moods/sw"}
    record = evaluate(plugins, request(tmp_path), "steady", observer).record
    assert [cell.place for cell in record.missing] == ["moods/sw"]
    assert record.missing[0].status is CellStatus.NO_DATA
    with pytest.raises(xharness.DataError, match="moods/sw: there is no file"):
        evaluate(plugins, request(tmp_path, strict=True), "steady", observer)


def test_absent_data_of_a_whole_task_stops_before_anything_is_computed(plugins, observer, world, tmp_path):
    """A task without data in any language stops the preflight; nothing is written."""
    world.absent = {f"moods/{language}" for language in ("en", "sw", "th")}
    with pytest.raises(xharness.DataError, match="moods/en: there is no file"):
        evaluate(plugins, request(tmp_path), "steady", observer)
    assert list(tmp_path.iterdir()) == []


def test_every_problem_is_listed_at_once(plugins, observer, world, tmp_path):
    """Broken files are all reported together before anything is computed."""
    world.broken = {"moods/en", "tones/th"}
    with pytest.raises(xharness.DataError, match=r"(?s)2 problems.*moods/en: line 3.*tones/th: line 3.*--tasks"):
        evaluate(plugins, request(tmp_path), "steady", observer)
    assert world.predicted == []


def test_limit_is_declared(plugins, observer, tmp_path):
    """A limited run says so, and its data do not count as the benchmark's."""
    record = evaluate(plugins, request(tmp_path, limit=2), "steady", observer).record
    assert {cell.n for cell in record.cells} == {2}
    assert not record.official_data
    assert any("At most 2 examples" in note for note in record.notes)
    assert record.cells[0].signature["limit"] == 2


def test_other_split_says_that_the_average_is_not_official(plugins, observer, tmp_path):
    """With dev for one task the average exists and is declared not to be the official one."""
    record = evaluate(plugins, request(tmp_path, split="moods=dev"), "steady", observer).record
    assert record.averages.average is not None
    assert not record.official_data
    assert record.split in {"dev,tones=test", "test,moods=dev"}
    assert any("moods=dev" in note and "not the official one" in note for note in record.notes)


def test_watches_are_told(plugins, observer, world, tmp_path):
    """Plugins that watch hear of every cell after it is on disk, and of the run at its end."""
    outcome = evaluate(plugins, request(tmp_path, tasks=("moods",)), "steady", observer)
    assert world.watched == ["moods/en scored", "moods/sw scored", "moods/th scored", f"run {outcome.folder.path.name}"]


def test_full_disk_keeps_what_is_computed(plugins, observer, tmp_path, monkeypatch):
    """When no space is left the error says how to continue, and the cells written before are whole."""
    import errno
    from pathlib import Path

    write, written = Path.write_bytes, []

    def full(path: Path, content: bytes) -> int:
        if len(written) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(path)
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(xharness.RunError, match=r"No space is left.*same command again"):
        evaluate(plugins, request(tmp_path), "steady", observer)
    monkeypatch.undo()
    folder = next(tmp_path.iterdir())
    assert len(cell_bytes(folder)) == 2
    assert not list(folder.rglob("*.tmp"))
    assert evaluate(plugins, request(tmp_path), "steady", observer).record.complete


def test_too_little_space_is_seen_before_the_start(plugins, observer, tmp_path, monkeypatch):
    """The preflight compares the space needed with the space free."""
    import shutil
    from collections import namedtuple

    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 9, 1))
    with pytest.raises(xharness.RunError, match=r"needs about \d+ MiB and 0 MiB are free.*--out"):
        evaluate(plugins, request(tmp_path), "steady", observer)


def test_settings_that_cannot_change_a_score_share_a_run(plugins, observer, world, tmp_path):
    """Device and batch size are not part of the identity; the precision is."""
    base = request(tmp_path)
    first = evaluate(plugins, base, "steady", observer)
    same = replace(base, settings=replace(base.settings, batch_tokens=64))
    assert evaluate(plugins, same, "steady", observer).folder.path == first.folder.path
    other = replace(base, settings=replace(base.settings, dtype="bfloat16"))
    assert evaluate(plugins, other, "steady", observer).folder.path != first.folder.path


def test_two_processes_cannot_share_a_folder(plugins, observer, tmp_path):
    """A second process that would write to the same folder is refused."""
    first = evaluate(plugins, request(tmp_path, tasks=("moods",)), "steady", observer)
    with first.folder.locked(), pytest.raises(xharness.RunError, match=r"Another process is writing.*--out"):
        evaluate(plugins, request(tmp_path), "steady", observer)


def test_damaged_cell_is_computed_again(plugins, observer, world, tmp_path):
    """A cell file that is not whole (a damaged disk, an old schema) is not trusted."""
    first = evaluate(plugins, request(tmp_path), "steady", observer)
    before = cell_bytes(first.folder.path)
    path = first.folder.cell_path("moods", "sw")
    path.write_bytes(path.read_bytes()[:100])
    world.predicted.clear()
    evaluate(plugins, request(tmp_path), "steady", observer)
    assert world.predicted == ["moods/sw"]
    assert cell_bytes(first.folder.path) == before
