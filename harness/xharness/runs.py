"""What a run's record says: the schema of `run.json` and of the header of every cell file.

The schema is versioned; fields are only ever added. Everything volatile (times, seconds, machine) is in `run.json` alone, so
that a cell's bytes depend on nothing but model, data and settings.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = 1


class CellStatus(StrEnum):
    """What became of a cell. Only `scored` cells have scores; the others say why in `reason`."""

    SCORED = "scored"
    NO_GOLD = "no gold"
    NO_HEAD = "no head"
    NO_DATA = "no data"
    NO_PREDICTIONS = "no predictions"
    FAILED = "failed"
    PENDING = "not run"


class RunStatus(StrEnum):
    """How a run ended. `finished`: every cell that was asked for is whole."""

    RUNNING = "running"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


class _Stored(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class ScoreRecord(_Stored):
    """One score: a fraction in [0, 1]."""

    metric: str
    value: float
    n: int
    main: bool


class CellRecord(_Stored):
    """One task in one language.

    Attributes:
        versions: version of every metric by name.
        head: identity (SHA-256) of the bytes that predicted, or of the predictions file.
        inputs, gold: content fingerprints (SHA-256) of what was predicted and of what it was scored against.
        signature: everything that could change the numbers, by key.
        official: the data have the benchmark's counts.
        in_average: may enter the suite's average.
        record: the predictor's account (truncations, windows, threshold).
    """

    task: str
    language: str
    split: str
    status: CellStatus
    reason: str = ""
    scores: tuple[ScoreRecord, ...] = ()
    n: int = 0
    clusters: int = 0
    task_version: str = ""
    versions: dict[str, str] = Field(default_factory=dict)
    head: str = ""
    inputs: str = ""
    gold: str = ""
    signature: dict[str, str | int | float | bool] = Field(default_factory=dict)
    official: bool = True
    in_average: bool = True
    source: str = ""
    notes: tuple[str, ...] = ()
    record: dict[str, Any] = Field(default_factory=dict)

    @property
    def place(self) -> str:
        """Returns "task/language"."""
        return f"{self.task}/{self.language}"

    @property
    def prediction_key(self) -> dict[str, Any]:
        """Returns what fixes the predictions: the same key, the same answers."""
        return {
            "head": self.head,
            "inputs": self.inputs,
            "signature": self.signature,
            "split": self.split,
            "task_version": self.task_version,
        }

    @property
    def key(self) -> dict[str, Any]:
        """Returns what fixes the statistics: the same key, the same bytes."""
        return {**self.prediction_key, "gold": self.gold, "versions": self.versions}


class AggregatorRecord(_Stored):
    """The rule by which the averages below were made."""

    name: str
    version: str
    description: str


class AveragesRecord(_Stored):
    """Means as fractions; None where a cell below is missing."""

    average: float | None = None
    groups: dict[str, float | None] = Field(default_factory=dict)
    tasks: dict[str, float | None] = Field(default_factory=dict)


class IntervalRecord(_Stored):
    """Bounds as fractions, and the method in words."""

    low: float
    high: float
    method: str


class IntervalsRecord(_Stored):
    """Bootstrap intervals of a run's scores.

    Attributes:
        level: coverage aimed at; resamples, seed: of the bootstrap.
        cells: task/language → main score, or "main" for their mean → interval.
        tasks, groups, average: of the means that the run has.
    """

    level: float
    resamples: int
    seed: int
    cells: dict[str, dict[str, IntervalRecord]] = Field(default_factory=dict)
    tasks: dict[str, IntervalRecord] = Field(default_factory=dict)
    groups: dict[str, IntervalRecord] = Field(default_factory=dict)
    average: IntervalRecord | None = None


class ModelRecord(_Stored):
    """Which system it was: identities are SHA-256 over bytes, never names or paths."""

    name: str
    identity: str
    heads: dict[str, dict[str, Any]] = Field(default_factory=dict)
    record: dict[str, Any] = Field(default_factory=dict)


class RunRecord(_Stored):
    """The content of `run.json`.

    Attributes:
        base: identity of model, suite, variant, splits and settings; runs with the same base continue one another.
        identity: `base` and the content of the data of the cells first asked for; names the folder.
        cells: one for every cell of the suite, in the suite's order.
        complete: every cell of the suite is scored on data that may enter the average.
        official_data: every scored cell has the benchmark's counts and its official split, and no limit was set.
        intervals: of all scores, made when the run ends; None while it runs, or where it was interrupted.
        seconds: task/language → seconds spent predicting and scoring it, for cells made by the last command.
    """

    schema_version: int = SCHEMA_VERSION
    kind: str
    name: str
    base: str
    identity: str
    status: RunStatus
    suite: str
    suite_version: str
    aggregator: AggregatorRecord
    split: str
    splits: dict[str, str]
    variant: str
    limit: int | None = None
    model: ModelRecord
    settings: dict[str, Any] = Field(default_factory=dict)
    plugins: dict[str, str] = Field(default_factory=dict)
    environment: dict[str, Any] = Field(default_factory=dict)
    averages: AveragesRecord = Field(default_factory=AveragesRecord)
    intervals: IntervalsRecord | None = None
    complete: bool = False
    official_data: bool = True
    cells: tuple[CellRecord, ...] = ()
    notes: tuple[str, ...] = ()
    started: str = ""
    finished: str = ""
    wall_seconds: float = 0.0
    peak_memory_bytes: int = 0
    seconds: dict[str, float] = Field(default_factory=dict)

    @property
    def missing(self) -> tuple[CellRecord, ...]:
        """Returns the suite's cells that do not count towards the average, with their reasons."""
        return tuple(cell for cell in self.cells if cell.status is not CellStatus.SCORED or not cell.in_average)
