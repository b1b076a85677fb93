"""The compact form of a run: nothing is lost that a score or a resample needs, nothing else is kept."""

from __future__ import annotations

import json

import numpy as np
import pytest
from made_up_runs import METRICS, TASKS, record, stored
from xharness.comparison.alignment import by_id, stacked
from xharness.errors import RunError
from xharness.leaderboard.adding import add
from xharness.leaderboard.entries import read_entry, rows_of
from xharness.leaderboard.examples import content_of as examples_content
from xharness.leaderboard.examples import example_set, read_examples
from xharness.leaderboard.statistics import closed, content_of, mined, read_statistics
from xharness.leaderboard.trimming import published
from xharness.runs import RunRecord
from xharness.samples import sample, scorer
from xharness.sealing import DamagedError
from xharness.store import RunFolder


def test_rows_come_back_as_they_were(board, a_run):
    """Every cell of every run is the rows of its columns with main scores, by ascending id, and gives the recorded scores."""
    entry = next(one for one in board.entries() if one.name == "two")
    folder = RunFolder(a_run("two"))
    samples = entry.samples(TASKS, METRICS)
    assert set(samples) == {cell.place for cell in entry.record.cells}
    for place, found in samples.items():
        task, _, language = place.partition("/")
        whole = by_id(sample(folder.read_cell(task, language), TASKS[task], METRICS))
        assert np.array_equal(found.rows, whole.rows)
        assert list(found.clusters) == whole.clusters.tolist()
        assert found.n == 24
        totals = found.rows.sum(axis=0, dtype=float)
        assert entry.scores(place) == {name: float(score(totals)) for name, score in found.metrics.items()}


def test_runs_side_by_side_are_those_of_a_comparison(board):
    """Clusters and rows of several runs in a cell are what `compare` would align."""
    entries = board.entries()
    for place in board.config.places:
        clusters, rows, zeros = rows_of(entries, place)
        assert rows.shape[:2] == (len(entries), len(clusters)) == (3, 24)
        if entries[0].cells[place].ids is None:
            assert rows.dtype == np.result_type(*[one.cells[place].rows.dtype for one in entries])
        assert zeros == 0
        assert [one.tolist() for one in rows[1]] == [one.tolist() for one in entries[1].cells[place].rows]


def mining(rows, ids, n, clusters=None):
    """A cell of a miner as it is resampled, n of whose ids are examples."""
    cell = stored("pairs/en", ids=ids, n=n, rows={"mined": rows}, clusters=clusters or list(ids))
    return by_id(sample(cell, TASKS["pairs"], METRICS))


def test_of_mined_pairs_only_what_is_not_zero_is_kept(tmp_path):
    """Clusters on which a miner has zeros are left out, and come back as a number where all have them."""
    ids = ["d", "a", "c", "b"]
    one = mining([[0, 0, 0], [1, 1, 1], [0, 0, 0], [0, 0, 1], [0, 1, 0]], [*ids, "stranger"], 4)
    other = mining([[0, 0, 0], [0, 0, 1], [0, 1, 0], [1, 1, 1], [0, 2, 0]], [*ids, "alien"], 4)
    columns = scorer(TASKS["pairs"], METRICS).columns
    files = [read_statistics(content_of({"pairs/en": mined(each, columns)})) for each in (one, other)]
    assert [each["pairs/en"].ids for each in files] == [["a", "b", "stranger"], ["a", "b", "c", "alien"]]

    class Stub:
        def __init__(self, cells):
            self.cells = cells

    clusters, rows, zeros = rows_of([Stub(each) for each in files], "pairs/en")
    expected_clusters, expected = stacked([one, other])
    kept = [position for position, cluster in enumerate(expected_clusters) if cluster != "d"]
    assert clusters == [expected_clusters[position] for position in kept] == ["a", "alien", "b", "c", "stranger"]
    assert np.array_equal(rows, expected[:, kept])
    assert zeros == 1


def test_a_cluster_with_something_in_it_is_kept_whole():
    """Examples of a cluster stay together, so that a resample of clusters is the same one."""
    rows = [[0, 0, 0], [0, 1, 1], [0, 0, 0], [0, 0, 0]]
    kept = mined(mining(rows, ["a", "b", "c", "d"], 4, ["x", "x", "y", "y"]), ("r", "e", "g"))
    assert (kept.ids, kept.groups, kept.n, kept.own) == (["a", "b"], 2, 4, 2)


def test_no_byte_of_a_file_can_change():
    """Every flipped byte of the statistics and of the examples is found, in header, pages, names and seal alike."""
    rows = by_id(sample(stored("answers/en", ids=["1", "2", "3"]), TASKS["answers"], METRICS))
    examples = example_set(rows.ids.tolist(), rows.clusters.tolist())
    content = content_of(
        {"answers/en": closed(rows, ("overlap.exact_match", "overlap.f1", "overlap.examples"), examples)}
    )
    assert read_statistics(content)["answers/en"].examples == examples.digest
    for position in range(len(content)):
        changed = bytearray(content)
        changed[position] ^= 0x20
        with pytest.raises(DamagedError):
            read_statistics(bytes(changed))


def test_damaged_examples_are_named(tmp_path):
    """A flipped byte anywhere in examples.parquet is an error with its path; without a file there are no examples."""
    path = tmp_path / "examples.parquet"
    assert read_examples(path) == {}
    one = example_set(["a", "b"], ["x", "y"])
    content = examples_content({"moods/sw": one, "moods/en": one})
    path.write_bytes(content)
    assert read_examples(path) == {"moods/en": one, "moods/sw": one}
    for position in range(0, len(content), 7):
        changed = bytearray(content)
        changed[position] ^= 1
        path.write_bytes(changed)
        with pytest.raises(RunError, match=r"examples\.parquet is damaged"):
            read_examples(path)


def test_files_depend_on_nothing_but_their_content(board, plugins, empty_board, a_run, tmp_path):
    """The same run added to another board on another day has the same record and statistics."""
    copy = type(board)(tmp_path / "again" / "trial")
    copy.write_config(board.config)
    add(copy, plugins, [a_run("two")], "two", "https://example.org/two", date="2026-01-03")
    (folder,) = copy.run_folders()
    for path in folder.iterdir():
        assert path.read_bytes() == (board.runs_path / folder.name / path.name).read_bytes()


def test_what_is_stored_holds_no_ids_answers_or_texts(board):
    """Neither predictions nor, for closed cells, ids and clusters are in a run's files."""
    (folder, *_) = board.run_folders()
    entry = read_entry(folder, board.examples)
    assert entry.cells["moods/en"].ids is None
    assert sorted(path.name for path in folder.iterdir()) == [
        "checksums",
        "entry.toml",
        "run.json",
        "statistics.parquet",
    ]
    assert b"yes" not in (folder / "statistics.parquet").read_bytes()


@pytest.mark.parametrize("name", ["run.json", "entry.toml", "statistics.parquet", "checksums"])
def test_an_edited_or_absent_file_is_named(board, name):
    """Any change to a stored run is an error that names the file, and so is its absence."""
    (folder, *_) = board.run_folders()
    path = folder / name
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(RunError, match=name):
        board.entries()
    path.unlink()
    with pytest.raises(RunError, match=f"{name} cannot be read"):
        board.entries()


def test_a_published_record_holds_nothing_private():
    """Absolute paths, host names, loss curves and times of cells are left out; versions, marks and names of files stay."""
    provenance = {
        "marks": ["stand-in: trained on /home/someone/data/mnli.tsv (sha256 b1c5)"],
        "training": {
            "curve": [{"step": 1, "loss": 2.0}],
            "dev_curve": [],
            "facts": {"parts": {"m": {"curve": [[1, 2.0]]}}},
        },
        "source": "https://example.org/a/b and xnli/test-ar.tsv, F1/EM",
        "home": "~/models/x",
        "windows": "C:\\Users\\someone\\model",
    }
    run = record(
        "x", model={"provenance": provenance}, environment={"hostname": "box", "python": "3.12"}, seconds={"a/b": 1.0}
    )
    found = published(run)
    text = found.model_dump_json()
    for private in ("someone", "/home", "box", "curve", "~/", "Users", '"a/b"'):
        assert private not in text
    kept = found.model.record["provenance"]
    assert kept["marks"] == ["stand-in: trained on mnli.tsv (sha256 b1c5)"]
    assert kept["source"] == provenance["source"]
    assert found.environment == {"python": "3.12"}
    assert published(found) == found
    assert found.identity == run.identity
    assert RunRecord.model_validate(json.loads(text)) == found
