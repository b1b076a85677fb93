"""Runs written straight to disk, of a made-up suite: parallel labels, answers with two main scores, mined pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xharness
from xharness.cell_files import StoredCell
from xharness.evaluation import score_records
from xharness.plugins import Candidate, Plugins
from xharness.runs import AggregatorRecord, CellRecord, CellStatus, ModelRecord, RunRecord, RunStatus
from xharness.scoring import score_statistics
from xharness.store import RunFolder
from xharness.summary import with_cells

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class Rates:
    """Each column but the last, over the last."""

    version, open_ids = "1", False

    def __init__(self, name: str, *scores: str) -> None:
        self.name, self.scores, self.columns = name, scores, (*scores, "examples")

    def statistics(self, split: xharness.Split, predictions: xharness.Predictions) -> xharness.Statistics:
        raise NotImplementedError

    def score(self, totals: Any) -> Mapping[str, Any]:
        return {name: totals[..., place] / totals[..., -1] for place, name in enumerate(self.scores)}


class Mined(Rates):
    """F1 of right, extracted and gold pairs; rows are drawn at random, so that more can be right than were extracted."""

    open_ids = True
    ranges: Mapping[str, tuple[float, float]] = {"f1": (0.0, 2.0)}

    def __init__(self) -> None:
        super().__init__("mined")
        self.scores, self.columns = ("f1",), ("right", "extracted", "gold")

    def score(self, totals: Any) -> Mapping[str, Any]:
        return {"f1": 2 * totals[..., 0] / np.maximum(totals[..., 1] + totals[..., 2], 1)}


METRICS = {one.name: one for one in (Rates("accuracy", "correct"), Rates("overlap", "exact_match", "f1"), Mined())}


def _no_data(request: xharness.DataRequest) -> xharness.Split:
    raise xharness.MissingDataError("made-up runs have no data")


def task(name: str, metrics: tuple[str, ...], main: tuple[str, ...], **changes: Any) -> xharness.Task:
    """A task in English, Swahili and Thai."""
    known = {"version": "1", "kind": name, "languages": ("en", "sw", "th"), "head": name, "load": _no_data, **changes}
    return xharness.Task(name=name, metrics=metrics, main=main, **known)


TASKS = {
    one.name: one
    for one in (
        task("moods", ("accuracy",), ("correct",), parallel=True),
        task("answers", ("accuracy", "overlap"), ("exact_match", "f1")),
        task("pairs", ("mined",), ("f1",)),
    )
}
SUITE = xharness.Suite(
    name="trial",
    version="1",
    tasks=tuple(TASKS),
    aggregator=xharness.Aggregator(name="mean", version="1", description="Mean.", groups={"all": tuple(TASKS)}),
    submission="none",
)


class Trial:
    """The suite, its tasks and its metrics as a plugin."""

    @xharness.hookimpl
    def xharness_suites(self) -> list[xharness.Suite]:
        return [SUITE]

    @xharness.hookimpl
    def xharness_tasks(self) -> list[xharness.Task]:
        return list(TASKS.values())

    @xharness.hookimpl
    def xharness_metrics(self) -> list[Any]:
        return list(METRICS.values())


PLUGINS = Plugins([Candidate(name="trial", distribution="outside", version="0.1", load=Trial)])


def stored(
    place: str, *, seed: int = 0, ids: Sequence[str] | None = None, n: int | None = None, **changes: Any
) -> StoredCell:
    """A scored cell of `place` ("moods/sw"): random rows, two examples to a cluster; `changes` are those of its record.

    `rows` (by metric) and `clusters` may be among the changes. 400 examples unless `ids` are given.
    """
    name, _, language = place.partition("/")
    ids = [f"{number:03d}" for number in range(400)] if ids is None else list(ids)
    clusters = changes.pop("clusters", [f"c{int(one) // 2}" if one.isdigit() else one for one in ids])
    rows = changes.pop("rows", {})
    generator = np.random.default_rng([seed, *place.encode()])
    statistics = {}
    for metric in TASKS[name].metrics:
        right = generator.integers(0, 2, (len(ids), len(METRICS[metric].columns))).astype(np.float64)
        right[:, -1] = 1
        statistics[metric] = xharness.Statistics(
            ids=ids, clusters=clusters, columns=METRICS[metric].columns, rows=np.asarray(rows.get(metric, right), float)
        )
    n = len(ids) if n is None else n
    scores = [
        score
        for metric, table in statistics.items()
        for score in score_statistics(TASKS[name], METRICS[metric], table, n)
    ]
    known = {
        "status": CellStatus.SCORED,
        "split": "test",
        "scores": score_records(scores),
        "n": n,
        "clusters": len(set(clusters)),
        "task_version": "1",
        "versions": dict.fromkeys(TASKS[name].metrics, "1"),
        "gold": "g" * 64,
        "inputs": "i" * 64,
        "signature": {"variant": "fixed", "dtype": "float32"},
    }
    return StoredCell(
        record=CellRecord.model_validate({"task": name, "language": language, **known, **changes}),
        predictions=xharness.Predictions(ids=ids, values=["yes"] * len(ids)),
        statistics=statistics,
    )


def record(name: str = "method", cells: Sequence[StoredCell] = (), model: Any = None, **changes: Any) -> RunRecord:
    """The record of a finished run; `model` is what the model's record says of its training."""
    known = {
        "kind": "eval",
        "name": name,
        "base": f"base of {name}",
        "identity": f"identity of {name}",
        "status": RunStatus.FINISHED,
        "suite": "trial",
        "suite_version": "1",
        "aggregator": AggregatorRecord(name="mean", version="1", description="Mean."),
        "split": "test",
        "splits": dict.fromkeys(TASKS, "test"),
        "variant": "fixed",
        "model": ModelRecord(name=name, identity=f"model of {name}", record=model or {}),
    }
    run = RunRecord.model_validate({**known, **changes})
    return with_cells(run, SUITE, TASKS, {cell.record.place: cell.record for cell in cells}, run.splits)


def write_run(folder: Path, cells: Sequence[StoredCell], name: str = "method", **changes: Any) -> Path:
    """Writes a run and returns its folder, `folder / name`."""
    run = RunFolder(folder / name)
    for cell in cells:
        run.write_cell(cell)
    run.write_record(record(name, cells, **changes))
    return run.path
