"""Cells are whole or absent, give back what was put in, and never leave their folder."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xharness
from hypothesis import given
from hypothesis import strategies as st
from xharness.runs import CellRecord, CellStatus
from xharness.store import RunFolder, StoredCell, find_run, safe_name, write_whole


def cell_of(values: list[object], rows: list[list[float]]) -> StoredCell:
    """A stored cell with these predictions and rows."""
    ids = [str(number) for number in range(len(values))]
    statistics = xharness.Statistics(ids=ids, clusters=ids, columns=("a", "b"), rows=np.array(rows, dtype=np.float64))
    record = CellRecord(task="moods", language="sw", split="test", status=CellStatus.SCORED)
    return StoredCell(
        record=record,
        predictions=xharness.Predictions(ids=ids, values=values, record={}),
        statistics={"metric": statistics},
    )


@pytest.mark.parametrize(
    "values",
    [["a", "b | c", "ไทย"], [("B-PER", "O"), (), ("O",)], ["yes", None, ""]],
    ids=["labels", "tags", "answers"],
)
def test_cell_gives_back_what_was_stored(tmp_path, values):
    """Predictions of every kind and statistics come back exactly."""
    rows = [[1, 0.1], [0, 1 / 3], [1, 1e-300]]
    folder = RunFolder(tmp_path)
    folder.write_cell(cell_of(values, rows))
    back = folder.read_cell("moods", "sw")
    assert list(back.predictions.values) == values
    assert back.statistics["metric"].columns == ("a", "b")
    np.testing.assert_array_equal(back.statistics["metric"].rows, np.array(rows))


def test_same_cell_has_the_same_bytes(tmp_path):
    """Writing the same content twice gives the same bytes."""
    cell = cell_of(["a", "b"], [[1, 1], [0, 1]])
    for name in ("one", "two"):
        RunFolder(tmp_path / name).write_cell(cell)
    one, two = (RunFolder(tmp_path / name).cell_path("moods", "sw").read_bytes() for name in ("one", "two"))
    assert one == two


def test_interrupted_write_leaves_nothing(tmp_path):
    """A write that fails half way leaves neither the file nor a temporary one."""

    def half(path):
        path.write_text("half", encoding="utf-8")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "file", half)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["..", "a/b", "", ".hidden", "-x"])
def test_names_never_become_paths(tmp_path, name):
    """A task or language that could leave the folder is refused."""
    with pytest.raises(xharness.RunError, match="cannot be a file name"):
        RunFolder(tmp_path).cell_path("moods", name)


@given(text=st.text())
def test_safe_names_are_safe(text):
    """Whatever a checkpoint is called, its folder name is plain."""
    name = safe_name(text)
    assert name
    assert name not in {".", ".."}
    assert all(sign.isascii() and (sign.isalnum() or sign in "._-") for sign in name)
    assert len(name) <= 80


def test_damaged_record_says_what_to_do(tmp_path):
    """A damaged run.json is an error that names the file and the remedy; a newer schema asks for an update."""
    (tmp_path / "run.json").write_text("{", encoding="utf-8")
    with pytest.raises(xharness.RunError, match=r"run\.json is not a run's record.*Run the evaluation again"):
        RunFolder(tmp_path).read_record()


def test_newer_schema_asks_for_an_update(plugins, observer, tmp_path):
    """A record of a later schema is refused with the remedy."""
    from xharness.evaluation import evaluate
    from xharness.selection import Request

    folder = evaluate(plugins, Request(out=tmp_path), "steady", observer).folder
    content = json.loads(folder.record_path.read_text(encoding="utf-8"))
    folder.record_path.write_text(json.dumps({**content, "schema_version": 99}), encoding="utf-8")
    with pytest.raises(xharness.RunError, match=r"schema version 99.*Update xharness"):
        folder.read_record()


def test_run_is_found_by_folder_record_or_only_child(plugins, observer, tmp_path):
    """A run can be named by its folder, by its run.json, or by a folder that holds no other run."""
    from xharness.evaluation import evaluate
    from xharness.selection import Request, Selection

    first = evaluate(plugins, Request(out=tmp_path), "steady", observer).folder
    assert find_run(first.path).path == find_run(first.record_path).path == find_run(tmp_path).path == first.path
    evaluate(plugins, Request(selection=Selection(limit=2), out=tmp_path), "steady", observer)
    with pytest.raises(xharness.UsageError, match="holds 2 runs"):
        find_run(tmp_path)
