"""Cells are whole or absent, give back what was put in, and never leave their folder."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xharness
from hypothesis import given
from hypothesis import strategies as st
from xharness.cell_files import StoredCell
from xharness.runs import CellRecord, CellStatus
from xharness.store import RunFolder, find_run, safe_name, write_whole


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
    bare = folder.read_cell("moods", "sw", answers=False)
    assert (bare.predictions.ids, list(bare.predictions.values)) == (back.predictions.ids, [])
    np.testing.assert_array_equal(bare.statistics["metric"].rows, np.array(rows))


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


def test_flipped_bytes_never_change_a_cell(tmp_path):
    """Whichever byte of a cell file changes, reading it fails with the remedy, or gives what was stored."""
    folder = RunFolder(tmp_path)
    cell = cell_of(["a", "b", "c"], [[1, 1], [0, 1], [1, 1]])
    folder.write_cell(cell)
    path = folder.cell_path("moods", "sw")
    content = path.read_bytes()
    refused = 0
    for place in range(0, len(content), 3):
        path.write_bytes(content[:place] + bytes([content[place] ^ (1 << place % 8)]) + content[place + 1 :])
        if folder.cell_record("moods", "sw") is None:
            refused += 1
            with pytest.raises(xharness.RunError, match=r"sw\.parquet is damaged \(.*\)\. Delete that file and give"):
                folder.read_cell("moods", "sw")
            continue
        back = folder.read_cell("moods", "sw")
        assert back.record == folder.cell_record("moods", "sw") == cell.record
        assert (list(back.predictions.ids), list(back.predictions.values)) == (["0", "1", "2"], ["a", "b", "c"])
        np.testing.assert_array_equal(back.statistics["metric"].rows, cell.statistics["metric"].rows)
    assert refused > len(content) // 3 * 0.95


@pytest.mark.parametrize("kept", [0, 4, 100, -1])
def test_cut_cell_is_damaged(tmp_path, kept):
    """A cell file that was cut short is damaged, however much of it is left; one that is gone is absent."""
    folder = RunFolder(tmp_path)
    folder.write_cell(cell_of(["a"], [[1, 1]]))
    path = folder.cell_path("moods", "sw")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(xharness.RunError, match=r"sw\.parquet is damaged \(.*Delete that file"):
        folder.read_cell("moods", "sw")
    path.unlink()
    with pytest.raises(xharness.RunError, match=r"sw\.parquet is absent\. Give the command that made the run again"):
        folder.read_cell("moods", "sw")


def test_cell_without_checksum_is_read(tmp_path):
    """A cell file of a version that wrote no checksum gives back what was stored, and damage to its pages is an error."""
    from pyarrow.parquet import ParquetFile, write_table

    folder = RunFolder(tmp_path)
    cell = cell_of(["a", "b"], [[1, 1], [0, 1]])
    folder.write_cell(cell)
    path = folder.cell_path("moods", "sw")
    table = ParquetFile(path).read()
    header = {name: value for name, value in table.schema.metadata.items() if name == b"xharness"}
    write_table(table.replace_schema_metadata(header), path, compression="zstd")
    assert folder.read_cell("moods", "sw").record == cell.record
    np.testing.assert_array_equal(folder.read_cell("moods", "sw").statistics["metric"].rows, [[1, 1], [0, 1]])
    path.write_bytes(path.read_bytes().replace(b"metric.a", b"metric\xff\xff"))
    with pytest.raises(xharness.RunError, match=r"sw\.parquet is damaged"):
        folder.read_cell("moods", "sw")


def test_words_of_the_checksum_in_an_answer_are_harmless(tmp_path):
    """Answers and ids that look like the checksum's own place are stored and read like any other."""
    hostile = "xharness-sha256\x18@" + "0" * 64
    folder = RunFolder(tmp_path)
    cell = cell_of([hostile, "b"], [[1, 1], [0, 1]])
    folder.write_cell(cell)
    assert list(folder.read_cell("moods", "sw").predictions.values) == [hostile, "b"]


def test_pages_have_checksums_of_their_own(tmp_path):
    """Other readers of Parquet can find damage to the data too: it is found even where our own checksum is not seen."""
    folder = RunFolder(tmp_path)
    cell = cell_of([str(number) for number in range(300)], [[number % 2, number / 7] for number in range(300)])
    folder.write_cell(cell)
    path = folder.cell_path("moods", "sw")
    unseen = path.read_bytes().replace(b"xharness-sha256", b"xharness-unseen")
    path.write_bytes(unseen)
    np.testing.assert_array_equal(
        folder.read_cell("moods", "sw").statistics["metric"].rows, cell.statistics["metric"].rows
    )
    for place in range(400, 800, 50):
        path.write_bytes(unseen[:place] + bytes([unseen[place] ^ 4]) + unseen[place + 1 :])
        with pytest.raises(xharness.RunError, match=r"sw\.parquet is damaged"):
            folder.read_cell("moods", "sw")
