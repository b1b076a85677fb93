"""A made-up suite, model and metric, so that the core is tested without any real plugin."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xharness
from xharness.plugins import Candidate, Plugins

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

LANGUAGES = ("en", "sw", "th")


class Accuracy:
    """Share of equal labels."""

    name, version, columns, scores, open_ids = "accuracy", "1", ("correct", "examples"), ("accuracy",), False

    def statistics(self, split: xharness.Split, predictions: xharness.Predictions) -> xharness.Statistics:
        pairs = zip(split.examples, predictions.values, strict=True)
        rows = np.array([[example.gold == value, 1] for example, value in pairs], dtype=np.float64)
        clusters = [example.cluster for example in split.examples]
        return xharness.Statistics(ids=predictions.ids, clusters=clusters, columns=self.columns, rows=rows)

    def score(self, totals: Any) -> Mapping[str, Any]:
        return {"accuracy": totals[..., 0] / totals[..., 1]}


@dataclass
class World:
    """What the made-up plugin serves; tests change it between runs."""

    n: int = 6
    version: str = "1"
    identity: str = "a" * 64
    text: str = "text"
    gold: bool = True
    absent: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    fails_on: set[str] = field(default_factory=set)
    interrupt_on: str | None = None
    predicted: list[str] = field(default_factory=list)
    watched: list[str] = field(default_factory=list)
    heads: set[str] = field(default_factory=lambda: {"moods", "tones"})
    record: dict[str, object] = field(default_factory=lambda: {"form": "made up"})

    def load(self, task: str) -> Callable[[xharness.DataRequest], xharness.Split]:
        def read(request: xharness.DataRequest) -> xharness.Split:
            place = f"{task}/{request.language}"
            if place in self.absent:
                raise xharness.MissingDataError(f"{place}: there is no file for it")
            if place in self.broken:
                raise xharness.DataError(f"{place}: line 3 has two columns where three were expected")
            labels = ("good", "bad")
            examples = [
                xharness.Example(
                    id=str(row),
                    cluster=str(row // 2),
                    inputs=xharness.Text(text=f"{self.text} {row}"),
                    gold=labels[row % 2] if self.gold else None,
                )
                for row in range(self.n)
            ]
            return xharness.Split(
                task=task,
                language=request.language,
                name=request.split,
                examples=examples,
                version=self.version,
                source="made up",
            )

        return read


class Model:
    """Answers "good" to everything."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.name = "steady"
        self.identity = world.identity
        self.record: Mapping[str, object] = world.record

    def head(self, task: xharness.Task) -> xharness.Head | xharness.NoHead:
        if task.head not in self.world.heads:
            return xharness.NoHead(reason=f"the checkpoint has no head for {task.name}")
        return xharness.Head(name=task.head, identity=self.identity, architecture="Steady", outputs=task.labels)

    def close(self) -> None:
        """Nothing to free."""


class Predictor:
    """Answers "good"; fails or interrupts where the world says so."""

    signature: Mapping[str, str | int | float | bool] = {"max_length": 8}

    def __init__(self, world: World, task: xharness.Task) -> None:
        self.world = world

    def prepare(self, split: xharness.Split) -> xharness.Prepared:
        return xharness.Prepared(split=split, work=len(split.examples), payload=None)

    def predict(self, prepared: xharness.Prepared, advance: Callable[[int], None]) -> xharness.Predictions:
        split = prepared.split
        whole = len(split.examples) == self.world.n
        if whole and split.place in self.world.fails_on:
            raise xharness.PredictionError("the logits of example 3 are not finite")
        if whole and split.place == self.world.interrupt_on:
            raise KeyboardInterrupt
        if whole:
            self.world.predicted.append(split.place)
        advance(prepared.work)
        ids = [example.id for example in split.examples]
        return xharness.Predictions(ids=ids, values=["good"] * len(ids), record={"truncated": 0})


class MadeUp:
    """The plugin."""

    def __init__(self, world: World) -> None:
        self.world = world

    @xharness.hookimpl
    def xharness_suites(self) -> list[xharness.Suite]:
        aggregator = xharness.Aggregator(
            name="mean", version="1", description="Mean of two tasks.", groups={"feeling": ("moods", "tones")}
        )
        return [
            xharness.Suite(
                name="xtreme", version="1", tasks=("moods", "tones"), aggregator=aggregator, submission="none"
            )
        ]

    @xharness.hookimpl
    def xharness_tasks(self) -> list[xharness.Task]:
        return [
            xharness.Task(
                name=name,
                version=self.world.version,
                kind="classification",
                languages=LANGUAGES,
                labels=("good", "bad"),
                metrics=("accuracy",),
                main=("accuracy",),
                head=name,
                splits=("dev", "test"),
                load=self.world.load(name),
            )
            for name in ("moods", "tones")
        ]

    @xharness.hookimpl
    def xharness_metrics(self) -> list[Accuracy]:
        return [Accuracy()]

    @xharness.hookimpl
    def xharness_indexes(self) -> list[Any]:
        return [type("Index", (), {"name": "flat", "exact": True})()]

    @xharness.hookimpl
    def xharness_load(self, checkpoint: str) -> Model | None:
        return Model(self.world) if checkpoint == "steady" else None

    @xharness.hookimpl
    def xharness_predict(self, task: xharness.Task) -> Predictor:
        return Predictor(self.world, task)

    @xharness.hookimpl
    def xharness_cell_scored(self, cell: Any) -> None:
        self.world.watched.append(f"{cell.place} {cell.status}")

    @xharness.hookimpl
    def xharness_run_finished(self, run: Path) -> None:
        self.world.watched.append(f"run {run.name}")


def candidate(name: str, plugin: object, distribution: str = "outside") -> Candidate:
    """A plugin that needs no installation."""
    return Candidate(name=name, distribution=distribution, version="0.1", load=lambda: plugin)


class Silent:
    """An observer that remembers what it was told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.finished: list[str] = []

    def say(self, message: str) -> None:
        self.lines.append(message)

    def planned(self, run: object, cells: Sequence[Any], kept: int) -> None:
        self.lines.append(f"{len(cells)} to do, {kept} kept")

    def cell_started(self, cell: object, work: int) -> None:
        """Not needed."""

    def advanced(self, work: int) -> None:
        """Not needed."""

    def cell_finished(self, cell: Any, seconds: float) -> None:
        self.finished.append(cell.place)


@pytest.fixture
def world() -> World:
    """What the made-up plugin serves."""
    return World()


@pytest.fixture
def plugins(world: World) -> Plugins:
    """A registry that holds the made-up plugin alone."""
    return Plugins([candidate("made-up", MadeUp(world))])


@pytest.fixture
def observer() -> Silent:
    """Remembers what it was told."""
    return Silent()
