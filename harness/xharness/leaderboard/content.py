"""What a board says: computed once, shown by every format. Scores are fractions; percent exists in formats only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AVERAGE = "average"
"""Key of the mean over the tasks in every mapping by row; the others are task names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A score with its interval, fractions."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A system less the baseline, as fractions, and what follows after the correction ("better", "worse", "undecided")."""

    delta: float
    low: float
    high: float
    p: float
    p_adjusted: float
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """One run behind a row, as its record has it; everything is text from others and may hold anything.

    Attributes:
        id: folder of the run in the board, letters, digits, "-", "_" and "." only.
        settings: what to tell of it, in order, as words: checkpoint identity, encoder, training recipe, languages and targets
            seen, seed, signature, hardware, date.
        marks: sentences that a reader must know ("same data twice: …"), each after the heads that bear it.
        sha256: of the stored record, hex.
    """

    id: str
    name: str
    identity: str
    seed: int | None
    settings: Mapping[str, str]
    marks: Sequence[str]
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One row of the board.

    Attributes:
        name, link: as given by whoever added it; hostile until escaped. The link is http(s) or None.
        runs: several are seeds.
        rank: shared by systems that are not separable from the best of their tie group; None if incomplete.
        rank_low, rank_high: simultaneous confidence interval of the rank, 1 is best.
        scores: by row (AVERAGE and tasks): means over languages, and over seeds.
        cells: by "task/language".
        metrics: by "task/language", each score that makes it up (exact_match, f1), fractions.
        to_baseline: by row and by "task/language"; empty for the baseline and where there is none.
        sd: standard deviation over seeds by row, empty with one run.
        missing: cells of the board that it lacks; such a system has no rank and no average.
    """

    name: str
    link: str | None
    runs: Sequence[RunFacts]
    is_baseline: bool
    rank: int | None
    rank_low: int | None
    rank_high: int | None
    scores: Mapping[str, Estimate]
    cells: Mapping[str, Estimate]
    metrics: Mapping[str, Mapping[str, float]]
    to_baseline: Mapping[str, Difference]
    sd: Mapping[str, float] = field(default_factory=dict)
    missing: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """Numbers copied from a publication: shown, never tested. Values by task are fractions."""

    system: str
    values: Mapping[str, float]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardContent:
    """Everything about a board.

    Attributes:
        id: its folder's name.
        board_sha256: of board.toml, hex.
        tasks: task → languages that count, in order; `titles` task → title.
        suite_cells: cells that the whole suite has; a board over fewer says so.
        aggregator: name, version and description of the rule of the average.
        level, resamples, seed: of intervals and tests; corrections: how p-values were adjusted, in one sentence.
        notes: what a reader must know, one sentence each.
        complete: ranked systems, best first (the order in which they are shown); incomplete ones in the order of names.
        variances: by row (AVERAGE and tasks): float (s, s), variance of the difference of complete systems i and j, in their
            order; the interval of i − j is (value_i − value_j) ± z · √variance.
    """

    id: str
    title: str
    description: str
    board_sha256: str
    suite: str
    suite_version: str
    suite_title: str
    variant: str
    splits: Mapping[str, str]
    limit: int | None
    tasks: Mapping[str, Sequence[str]]
    titles: Mapping[str, str]
    suite_cells: int
    aggregator: tuple[str, str, str]
    level: float
    resamples: int
    seed: int
    corrections: str
    baseline: str | None
    complete: Sequence[System]
    incomplete: Sequence[System]
    reported: Sequence[Reported]
    variances: Mapping[str, Sequence[Sequence[float]]]
    notes: Sequence[str] = ()

    @property
    def cells(self) -> int:
        """Returns the number of cells that count."""
        return sum(len(languages) for languages in self.tasks.values())
