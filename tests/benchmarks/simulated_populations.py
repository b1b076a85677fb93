"""Populations of test sets and training runs whose true scores are known in closed form.

Whether a system gets an example right: a sum of normal parts, in shares of its variance, above a threshold. The parts are
common to both systems or a system's own, and belong to an example in all of its languages, to its cluster or to one language
(`Shares`). Spans: numbers found, predicted wrongly and there in a sentence of varying length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri  # noqa: TID253  # for benchmarks
from xharness.bootstrap import Cell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Shares of the latent variance, each (common to both systems, a system's own); all together 1.

    Attributes:
        group: the same for all clusters of a larger group (an article), in every language.
        cluster: the same for all examples of a cluster, in every language.
        example: the same in every language.
        single: of one example in one language.
    """

    group: tuple[float, float] = (0.0, 0.0)
    cluster: tuple[float, float]
    example: tuple[float, float]
    single: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel:
    """A test set in several languages, the same examples in each.

    Attributes:
        groups, clusters: their numbers; each group has the same number of clusters.
        size: examples of a cluster, fewest and most.
        accuracy: shares that are right in the worst and in the best language; others lie evenly between.
        effect: on the latent scale, in standard deviations: how much better the first system is where there is a difference.
    """

    languages: int
    groups: int
    clusters: int
    size: tuple[int, int]
    accuracy: tuple[float, float]
    shares: Shares
    questions: bool = False
    effect: float = 0.05

    def thresholds(self) -> Floats:
        """Returns float64 (L,): latent means by language."""
        return np.asarray(ndtri(np.linspace(*self.accuracy, self.languages)))

    def truth(self, shift: float) -> float:
        """Returns the true mean over languages of a system's score."""
        right = float(ndtr(self.thresholds() + shift).mean())
        return right + (1 - right) * PARTIAL / 2 if self.questions else right

    def draw(self, rng: np.random.Generator, shift: float) -> Drawn:
        """Returns a test set and both systems' answers."""
        sizes = rng.integers(self.size[0], self.size[1] + 1, size=self.clusters)
        cluster = np.repeat(np.arange(self.clusters), sizes)
        group = cluster * self.groups // self.clusters
        n, many = len(cluster), self.languages
        latent = np.zeros((2, many, n)) + self.thresholds()[:, None]
        latent[0] += shift
        for (common, own), count, code in (
            (self.shares.group, self.groups, group),
            (self.shares.cluster, self.clusters, cluster),
            (self.shares.example, n, slice(None)),
        ):
            if common + own > 0:
                parts = np.sqrt(common) * rng.standard_normal((1, count)) + np.sqrt(own) * rng.standard_normal(
                    (2, count)
                )
                latent += parts[:, None, code]
        common, own = self.shares.single
        latent += np.sqrt(common) * rng.standard_normal((many, n))
        latent += np.sqrt(own) * rng.standard_normal((2, many, n))
        right = (latent > 0).astype(np.float64)
        columns = [right, np.ones_like(right)]
        if self.questions:
            columns.insert(1, np.where(right > 0, 1.0, np.maximum(0, rng.uniform(-1, 1, size=right.shape))))
        return Drawn(
            rows=np.stack(columns, axis=-1), units={"example": np.arange(n), "cluster": cluster, "group": group}
        )


PARTIAL = 0.25
"""Mean F1 of an answer that is not exact: half have none, the others anything between 0 and 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Rows (2, L, n, k), and by name of the unit its number for every example, (n,)."""

    rows: Floats
    units: Mapping[str, NDArray[np.int64]]

    def cells(self, unit: str, *, independent: bool) -> list[Cell]:
        """Returns a cell per language, already added up by unit."""
        codes = self.units[unit]
        size = int(codes[-1]) + 1
        starts = np.flatnonzero(np.diff(codes, prepend=-1))
        sums = np.add.reduceat(self.rows, starts, axis=2)  # units stand together
        score = mean_of_questions if self.rows.shape[-1] == 3 else share_right
        names = np.char.zfill(np.arange(size).astype(np.str_), 5).tolist()
        return [
            Cell(
                name=f"{place}",
                stratum=f"{place}" if independent else "all",
                shared=not independent,
                clusters=names,
                rows=np.ascontiguousarray(sums[:, place]),
                score=score,
            )
            for place in range(self.rows.shape[1])
        ]


def share_right(totals: Floats) -> Floats:
    """Returns right / n from (..., 2)."""
    return totals[..., 0] / totals[..., 1]


def mean_of_questions(totals: Floats) -> Floats:
    """Returns the mean of exact match and F1 from exact match, F1, n (..., 3)."""
    return (totals[..., 0] + totals[..., 1]) / 2 / totals[..., 2]


def span_f1(totals: Floats) -> Floats:
    """Returns F1 from true positive, predicted, gold (..., 3), and 0 where there is nothing."""
    whole = totals[..., 1] + totals[..., 2]
    return np.divide(2 * totals[..., 0], whole, out=np.zeros(np.shape(whole)), where=whole > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagging:
    """Sentences of varying length with spans to find; a sentence's difficulty is common to both systems.

    Attributes:
        found: latent share of the gold spans that is found, of the first and the second system.
        wrong: spans predicted wrongly, per gold span expected, of either.
    """

    sentences: int
    found: tuple[float, float]
    wrong: tuple[float, float]

    def truth(self) -> tuple[float, float]:
        """Returns both systems' true F1: that of the expected counts."""
        shares = [float(ndtr(mean / np.sqrt(1 + DIFFICULTY**2 + OWN_DIFFICULTY**2))) for mean in self.found]
        first, second = (2 * share / (share + wrong + 1) for share, wrong in zip(shares, self.wrong, strict=True))
        return first, second

    def draw(self, rng: np.random.Generator) -> Cell:
        """Returns a test set and both systems' answers."""
        n = self.sentences
        expected = SPANS / 15 * np.maximum(1, np.rint(rng.lognormal(np.log(15) - LENGTH_SD**2 / 2, LENGTH_SD, size=n)))
        gold = rng.poisson(expected)
        difficulty = DIFFICULTY * rng.standard_normal(n)
        systems = []
        for mean, wrong in zip(self.found, self.wrong, strict=True):
            right = rng.binomial(gold, ndtr(mean + difficulty + OWN_DIFFICULTY * rng.standard_normal(n)))
            # what is predicted wrongly goes with the sentence's length, as the gold does: its expectation is wrong · E[gold]
            systems.append(np.stack([right, right + rng.poisson(wrong * expected), gold], axis=-1))
        rows = np.array(systems, dtype=np.float64)
        names = [str(one) for one in range(n)]
        return Cell(name="cell", stratum="cell", clusters=names, rows=rows, score=span_f1)


SPANS, LENGTH_SD, DIFFICULTY, OWN_DIFFICULTY = 1.4, 0.7, 0.6, 0.6
"""Spans per sentence, and standard deviations: of the logarithm of the length, of the difficulty (latent, common and own)."""


def balanced(found: tuple[float, float], wrong: float) -> Tagging:
    """Returns systems of one true F1 of which the second finds another share, and predicts as much less as makes up for it."""
    one = Tagging(sentences=0, found=found, wrong=(wrong, wrong)).truth()
    share = float(ndtr(found[1] / np.sqrt(1 + DIFFICULTY**2 + OWN_DIFFICULTY**2)))
    return Tagging(sentences=0, found=found, wrong=(wrong, 2 * share / one[0] - share - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeds:
    """Two methods, each trained several times.

    Attributes:
        runs: per method.
        spread: standard deviation over seeds of the true accuracy, a fraction.
        together: share of its variance that both methods' runs of one seed have in common.
        accuracy, effect: of the second method, and how much better the first one is, fractions.
    """

    runs: int
    spread: float
    together: float = 0.0
    clusters: int = 1000
    accuracy: float = 0.8
    effect: float = 0.01

    def draw(self, rng: np.random.Generator, effect: float) -> Cell:
        """Returns a fresh test set answered by fresh runs: those of the first method, then of the second."""
        spread = self.latent_spread()
        common = np.sqrt(self.together) * rng.standard_normal(self.runs)
        own = np.sqrt(1 - self.together) * rng.standard_normal((2, self.runs))
        luck = (spread * (common + own)).reshape(-1, 1)
        # A method's accuracy is that of a latent variance of 1 + spread²: over examples and runs.
        means = np.sqrt(1 + spread**2) * ndtri([self.accuracy + effect, self.accuracy])
        n = self.clusters
        method = np.repeat(np.sqrt(0.15) * rng.standard_normal((2, n)), self.runs, axis=0)
        latent = (
            np.sqrt(0.5) * rng.standard_normal(n) + method + np.sqrt(0.35) * rng.standard_normal((2 * self.runs, n))
        )
        right = (latent + luck + np.repeat(means, self.runs)[:, None] > 0).astype(np.float64)
        rows = np.stack([right, np.ones_like(right)], axis=-1)
        names = [str(one) for one in range(n)]
        return Cell(name="cell", stratum="cell", clusters=names, rows=rows, score=share_right)

    def latent_spread(self) -> float:
        """Returns the standard deviation over seeds on the latent scale, by the normal density at the threshold."""
        return float(self.spread / (np.exp(-(ndtri(self.accuracy) ** 2) / 2) / np.sqrt(2 * np.pi)))
