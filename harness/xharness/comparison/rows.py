"""One row of a comparison from its draws: fixed runs, or methods known by several training runs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from xharness import bootstrap
from xharness.comparison.result import Row, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness.bootstrap import Draws, Interval
    from xharness.bootstrap.strata import Floats

    Units = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Systems:
    """Which rows of the draws belong to what.

    Attributes:
        a, b: by independent unit (a training run, or all runs under one intermediate run) the systems that it has.
        paired: unit i of one side belongs with unit i of the other (the same seed).
    """

    a: Units
    b: Units
    paired: bool = False

    @property
    def fixed(self) -> bool:
        """Returns whether there is one unit on each side: then the runs are compared, not the methods."""
        return len(self.a) == len(self.b) == 1

    @property
    def runs(self) -> int:
        """Returns how many runs there are on both sides together."""
        return sum(len(unit) for unit in (*self.a, *self.b))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a row is about, and what stands in it whatever the draws."""

    name: str
    task: str = ""
    language: str = ""
    languages: tuple[str, ...]
    metrics: dict[str, tuple[float, float]]
    n: int
    cells: int
    of_cells: int


def row(place: Place, drawn: Draws, systems: Systems, level: float) -> Row:
    """Returns the row; `p_adjusted` and the verdict are those without a correction, which the family makes later."""
    units = _by_unit(drawn, systems)
    found = _fixed(units, level) if systems.fixed else _methods(units, systems, level)
    return Row.model_validate(
        {
            **asdict(place),
            **found,
            "clusters": sum(drawn.clusters.values()),
            "units_a": len(systems.a),
            "units_b": len(systems.b),
        }
    )


def adjusted(rows: Sequence[Row], p_adjusted: Sequence[float], level: float) -> tuple[Row, ...]:
    """Returns the rows with their adjusted p-values and what follows from them."""
    return tuple(
        one.model_copy(update={"p_adjusted": float(value), "verdict": verdict(one.delta, float(value), level)})
        for one, value in zip(rows, p_adjusted, strict=True)
    )


def verdict(delta: float, p: float, level: float) -> Verdict:
    """Returns better or worse if p is at most 1 − level, undecided otherwise: never "equal"."""
    if p > 1 - level + 1e-12 or delta == 0:
        return Verdict.UNDECIDED
    return Verdict.BETTER if delta > 0 else Verdict.WORSE


def _by_unit(drawn: Draws, systems: Systems) -> Draws:
    """Returns the draws with one system for each unit, those of side a first: means over the runs of each."""
    import numpy as np

    units = [*systems.a, *systems.b]

    def means(values: Floats) -> Floats:
        return np.stack([values[list(unit)].mean(axis=0) for unit in units])

    return bootstrap.Draws(
        name=drawn.name,
        point=means(drawn.point),
        resampled=means(drawn.resampled),
        exchanged=drawn.exchanged,
        influences={
            name: bootstrap.Influence(values=means(one.values), multiplicity=one.multiplicity)
            for name, one in drawn.influences.items()
        },
        clusters=drawn.clusters,
    )


def _fixed(drawn: Draws, level: float) -> dict[str, Any]:
    """This model against that model (spec/statistics.md, section 4)."""
    a, b = (float(value) for value in drawn.point)
    differences = drawn.resampled[0] - drawn.resampled[1]
    interval = bootstrap.of_difference(drawn, level)
    p_bootstrap = bootstrap.shifted_bootstrap_p(a - b, differences)
    if drawn.exchanged is not None:
        p, test = bootstrap.randomisation_p(a - b, drawn.exchanged), "approximate randomisation"
    else:
        p, test = p_bootstrap, "shifted bootstrap"
    variance = float(differences.var(ddof=1))
    return {
        **_numbers(a, b, a - b, interval),
        **_scores(bootstrap.of_score(drawn, level, system=0), bootstrap.of_score(drawn, level, system=1)),
        **_test(p, p_bootstrap, variance, a - b, level),
        "test": test,
        "notes": _disagreement(p, p_bootstrap, level),
    }


def _methods(drawn: Draws, systems: Systems, level: float) -> dict[str, Any]:
    """This method against that method (spec/statistics.md, section 5)."""
    split = len(systems.a)
    a, b = drawn.point[:split], drawn.point[split:]
    resampled_a, resampled_b = drawn.resampled[:split], drawn.resampled[split:]
    compare = bootstrap.between_paired if systems.paired else bootstrap.between_methods
    clusters = sum(drawn.clusters.values()) - len(drawn.clusters) + 1
    found = compare(a, resampled_a, b, resampled_b, clusters=clusters)
    interval = bootstrap.student(found.value, found.variance, found.df, level)
    differences = resampled_a.mean(axis=0) - resampled_b.mean(axis=0)
    notes = [
        f"One training run on side {side}: how much another would differ is not estimated."
        for side, runs in (("a", a), ("b", b))
        if len(runs) == 1
    ]
    return {
        **_numbers(float(a.mean()), float(b.mean()), found.value, interval),
        **_scores(_mean_interval(a, resampled_a, clusters, level), _mean_interval(b, resampled_b, clusters, level)),
        **_test(found.p, bootstrap.shifted_bootstrap_p(found.value, differences), found.variance, found.value, level),
        "sd_a": found.sd_a,
        "sd_b": found.sd_b,
        "test": "t over paired seeds" if systems.paired else "t over seeds",
        "notes": tuple(notes),
    }


def _mean_interval(points: Floats, resampled: Floats, clusters: int, level: float) -> Interval:
    """Returns the interval of a side's mean score: a method against nothing."""
    import numpy as np

    nothing = np.zeros(1), np.zeros((1, resampled.shape[1]))
    found = bootstrap.between_methods(points, resampled, *nothing, clusters=clusters)
    return bootstrap.student(found.value, found.variance, found.df, level)


def _numbers(a: float, b: float, delta: float, interval: Interval) -> dict[str, Any]:
    return {"a": a, "b": b, "delta": delta, "low": interval.low, "high": interval.high, "method": interval.method}


def _scores(a: Interval, b: Interval) -> dict[str, Any]:
    return {"a_low": a.low, "a_high": a.high, "b_low": b.low, "b_high": b.high}


def _test(p: float, p_bootstrap: float, variance: float, delta: float, level: float) -> dict[str, Any]:
    return {
        "p": p,
        "p_adjusted": p,
        "p_bootstrap": p_bootstrap,
        "variance": variance,
        "detectable": bootstrap.detectable(variance, level),
        "verdict": verdict(delta, p, level),
    }


def _disagreement(p: float, p_bootstrap: float, level: float) -> tuple[str, ...]:
    """Returns a note if the cross-check would decide otherwise and is not merely on the other side of the line."""
    low, high = sorted((p, p_bootstrap))
    if low <= 1 - level < high and high > 2 * low:
        return (f"The shifted bootstrap disagrees: p {p_bootstrap:.4f} instead of {p:.4f}.",)
    return ()
