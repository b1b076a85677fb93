"""What a comparison says: the schema of its JSON. Everything is a fraction; percent exists in renderers only."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

COMPARISON_VERSION = 1


class Verdict(StrEnum):
    """What follows for one row at the level asked for, after the correction of its family."""

    BETTER = "better"
    WORSE = "worse"
    UNDECIDED = "undecided"


class _Stored(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class RunRef(_Stored):
    """One run of a side.

    Attributes:
        seed: seed of the training, where its record says so.
        unit: identity of what is independent of the other runs: the intermediate run under which it was made, else itself.
        marks: by head, what the training's own record says that a reader must know.
    """

    name: str
    identity: str
    model: str
    seed: int | None = None
    unit: str = ""
    marks: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class Side(_Stored):
    """The runs of one side, which are seeds of one method if there are several."""

    name: str
    runs: tuple[RunRef, ...]
    units: int

    @property
    def marks(self) -> dict[str, tuple[str, ...]]:
        """Returns by sentence the heads that bear it in any run of this side, each once."""
        found: dict[str, dict[str, None]] = {}
        for run in self.runs:
            for head, sentences in run.marks.items():
                for sentence in sentences:
                    found.setdefault(sentence, {})[head] = None
        return {sentence: tuple(heads) for sentence, heads in found.items()}


class Row(_Stored):
    """One difference: of a cell, a task, a group, or all tasks.

    Attributes:
        name: "xnli/de", "xnli", "classification", "average".
        a, b: scores of the two sides, fractions, means over the seeds; delta = a − b.
        low, high: interval of delta at the comparison's level.
        a_low, a_high, b_low, b_high: intervals of the scores.
        metrics: score name → (a, b), where several scores make up the row's (exact_match and f1).
        p, p_adjusted: two-sided; adjusted within the row's family (equal to p where the row is no member of one).
        p_bootstrap: cross-check by the shifted bootstrap.
        n: examples in all cells below this row.
        clusters: resampled units below it; those that parallel languages share are counted once.
        variance: of delta, from which the smallest detectable effect is computed: what 80 % of such comparisons would find.
        units_a, units_b: independent training runs of each side.
        sd_a, sd_b: standard deviation over them; None with fewer than two.
        method: how the interval was made, in words ("percentile", "BCa", "t, 3.2 df").
        test: how p was ("approximate randomisation", …).
        languages: those that were compared below this row.
        cells, of_cells: how many cells of the suite below this row were compared, and how many there are.
    """

    name: str
    a: float
    b: float
    delta: float
    low: float
    high: float
    a_low: float
    a_high: float
    b_low: float
    b_high: float
    metrics: dict[str, tuple[float, float]] = Field(default_factory=dict)
    p: float
    p_adjusted: float
    p_bootstrap: float
    n: int
    clusters: int
    variance: float
    detectable: float
    units_a: int = 1
    units_b: int = 1
    sd_a: float | None = None
    sd_b: float | None = None
    method: str
    test: str
    verdict: Verdict
    task: str = ""
    language: str = ""
    languages: tuple[str, ...] = ()
    cells: int = 1
    of_cells: int = 1
    notes: tuple[str, ...] = ()


class Languages(_Stored):
    """Languages of a task by verdict of their cells.

    Attributes:
        better_in_at_least: largest u for which "better in at least u languages" holds at the level (partial conjunction,
            Bonferroni form); worse_in_at_least likewise.
    """

    task: str
    better: tuple[str, ...]
    worse: tuple[str, ...]
    undecided: tuple[str, ...]
    better_in_at_least: int
    worse_in_at_least: int


class Corrections(_Stored):
    """Which family is tested how: names of `holm`, `bh`, `maxt`; `family` is the confirmatory one ("tasks" or "cells").

    Groups are a family of their own.
    """

    family: str
    tasks: str
    cells: str
    groups: str = "holm"


class Comparison(_Stored):
    """Side a against side b, the baseline.

    Attributes:
        aggregator: name, version and description of the rule of the averages.
        view: "all languages", or "zero-shot" (means without English; `english` then has the means of English alone).
        only_a, only_b: cells ("task/language") scored on one side alone, and so not compared.
        notes: what a reader must know, one sentence each.
        sentence: what follows, in one sentence.
    """

    schema_version: int = COMPARISON_VERSION
    suite: str
    suite_version: str
    variant: str
    splits: dict[str, str]
    aggregator: tuple[str, str, str]
    view: str
    level: float
    resamples: int
    seed: int
    corrections: Corrections
    a: Side
    b: Side
    overall: Row
    english: Row | None = None
    groups: tuple[Row, ...]
    tasks: tuple[Row, ...]
    cells: tuple[Row, ...]
    languages: tuple[Languages, ...]
    only_a: tuple[str, ...] = ()
    only_b: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sentence: str = ""
