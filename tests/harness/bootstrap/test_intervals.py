"""Intervals agree with scipy's and with closed forms; where one is undefined another is given, by name."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats  # noqa: TID253  # the tests need it anyway
from xharness.bootstrap import Influence, Interval, bca, combine, of_difference, of_score, percentile, resample, student

from .made_up import cell as made_cell
from .made_up import coins, drawn, f1_of, fractions, means, spans

RESAMPLES = 100_000


def skew(seed, n):
    """Values with a long tail (n,)."""
    return np.random.default_rng(seed).exponential(size=n) ** 1.5


def scipys(data, statistic, method, **options):
    """scipy's bootstrap interval."""
    found = stats.bootstrap(
        data, statistic, method=method, n_resamples=RESAMPLES, vectorized=True, batch=5_000,
        rng=np.random.default_rng(17), **options,
    )  # fmt: skip
    return found.confidence_interval


def assert_agree(ours, theirs, spread, share=0.015):
    """Both ends agree within five Monte Carlo standard errors of a quantile far out in the tail (`share`)."""
    density = stats.norm.pdf(stats.norm.ppf(share)) / spread
    error = 5 * (2 * share * (1 - share) / RESAMPLES) ** 0.5 / density
    assert error < 0.08 * spread  # the tolerance is much smaller than the interval
    assert abs(ours.low - theirs.low) < error
    assert abs(ours.high - theirs.high) < error


@pytest.mark.parametrize("method", ["percentile", "BCa"])
@pytest.mark.parametrize("n", [15, 40])
def test_one_mean_agrees_with_scipy(method, n):
    """The interval of a skew mean is scipy's, percentile and BCa."""
    values = skew(n, n)
    found = drawn(means(values), resamples=RESAMPLES)
    resampled = found.resampled[0]
    ours = (
        percentile(resampled)
        if method == "percentile"
        else bca(float(found.point[0]), resampled, found.influences.values())
    )
    assert ours.method == method
    assert_agree(ours, scipys((values,), np.mean, method), resampled.std())


def difference_influences(found):
    """Influences of the first system less the second."""
    return [
        Influence(values=one.values[:1] - one.values[1:], multiplicity=one.multiplicity)
        for one in found.influences.values()
    ]


def bca_of_difference(found):
    """BCa of the first system less the second."""
    apart = found.resampled[0] - found.resampled[1]
    return bca(float(found.point[0] - found.point[1]), apart, difference_influences(found))


@pytest.mark.parametrize("method", ["percentile", "BCa"])
def test_a_paired_difference_of_f1_agrees_with_scipy(method):
    """The interval of a difference of two F1 scores on the same sentences is scipy's with paired=True."""
    rows = spans(3, 60)

    def difference(*columns, axis=-1):
        sums = [column.sum(axis=axis) for column in columns]
        return 2 * sums[0] / (sums[1] + sums[2]) - 2 * sums[3] / (sums[4] + sums[5])

    found = drawn(made_cell(rows, score=f1_of), resamples=RESAMPLES)
    apart = found.resampled[0] - found.resampled[1]
    ours = of_difference(found) if method == "percentile" else bca_of_difference(found)
    assert ours.method == method
    theirs = scipys((*rows[0].T, *rows[1].T), difference, method, paired=True)
    assert_agree(ours, theirs, apart.std())


def test_a_mean_over_strata_of_unequal_size_agrees_with_scipy():
    """BCa of a mean over sets of 15 and 250 clusters is scipy's for two samples: each set counts by its own size."""
    small, large = skew(3, 15), skew(53, 250)
    found = resample([means(small, name="a"), means(large, name="b")], resamples=RESAMPLES)
    mean = combine("mean", [(0.3, found["a"]), (0.7, found["b"])])
    ours = of_score(mean)
    assert ours.method == "BCa"
    theirs = scipys((small, large), lambda a, b, axis=-1: 0.3 * a.mean(axis) + 0.7 * b.mean(axis), "BCa")
    assert_agree(ours, theirs, mean.resampled[0].std())


def test_bca_is_the_formula_applied_by_hand():
    """BCa over three strata, with clusters of several rows, equals Efron's formula with a jackknife by recomputation."""
    sets = {name: fractions(number, n) for number, (name, n) in enumerate([("a", 40), ("b", 90), ("c", 150)])}
    weights = {"a": 0.5, "b": 0.3, "c": 0.2}
    ids = {name: [str(one // 2) for one in range(len(sides[0]))] for name, sides in sets.items()}
    cells = [means(*sides, name=name, clusters=ids[name]) for name, sides in sets.items()]
    found = resample(cells, resamples=4_000)
    mean = combine("mean", [(weights[name], found[name]) for name in sets])
    resampled = mean.resampled[0] - mean.resampled[1]

    def difference(left_out=(None, None)):
        total = 0.0
        for name, (first, second) in sets.items():
            kept = [one for one in range(len(first)) if (name, ids[name][one]) != left_out]
            total += weights[name] * math.fsum(float(first[one] - second[one]) for one in kept) / len(kept)
        return total

    squares = cubes = 0.0
    for name in sets:
        names = sorted(set(ids[name]))
        without = [difference((name, one)) for one in names]
        centre, size = math.fsum(without) / len(names), len(names)
        influence = [(size - 1) * (centre - one) / size for one in without]
        squares += sum(one**2 for one in influence)
        cubes += sum(one**3 for one in influence)
    acceleration = cubes / (6 * squares**1.5)
    point = difference()
    below = (sum(resampled < point - 1e-12) + sum(abs(resampled - point) <= 1e-12) / 2) / len(resampled)
    bias = stats.norm.ppf(below)
    wanted = []
    for z in (-1.959963984540054, 1.959963984540054):
        share = stats.norm.cdf(bias + (bias + z) / (1 - acceleration * (bias + z)))
        wanted.append(np.quantile(resampled, share))
    ours = bca_of_difference(mean)
    assert ours.method == "BCa"
    assert [ours.low, ours.high] == pytest.approx(wanted, abs=2e-6)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_the_level_is_the_share_of_resamples_inside(level):
    """A percentile interval holds the share of the resamples that the level names, with equal tails."""
    resampled = np.random.default_rng(0).normal(size=10_001)
    interval = percentile(resampled, level)
    assert np.mean(resampled < interval.low) == pytest.approx((1 - level) / 2, abs=2e-4)
    assert np.mean(resampled > interval.high) == pytest.approx((1 - level) / 2, abs=2e-4)


@pytest.mark.parametrize(
    ("n", "share", "method"), [(250, 0.6, "BCa"), (400, 0.6, "percentile"), (400, 0.98, "BCa"), (400, 0.02, "BCa")]
)
def test_the_method_follows_clusters_and_height(n, share, method):
    """Few clusters, or a score near an end, ask for BCa; anything else for the percentile interval, and it is named."""
    found = drawn(means(coins(5, n, share)[0]), resamples=1_000)
    assert of_score(found).method == method


@pytest.mark.parametrize("shares", [(0.6, 0.98), (0.98, 0.6), (0.6, 0.02)])
def test_a_difference_has_the_percentile_interval(shares):
    """A difference takes the percentile interval even where its scores by themselves take BCa."""
    found = drawn(means(*coins(6, 400, *shares)), resamples=1_000)
    assert "BCa" in {of_score(found, system=side).method for side in (0, 1)}
    assert of_difference(found) == percentile(found.resampled[0] - found.resampled[1])


def test_equal_scores_that_differ_in_the_last_bit_are_ties():
    """BCa's bias counts 146/150 − 144/150 as equal to 147/150 − 145/150, though they differ in floating point."""
    found = drawn(means(*coins(7, 150, 0.97, 0.96)), resamples=4_000)
    resampled = found.resampled[0] - found.resampled[1]
    point = float(found.point[0] - found.point[1])
    whole = np.rint(resampled * 150)
    assert len(np.unique(resampled)) > len(np.unique(whole)), "the case shows nothing if no tie is broken by rounding"
    exact = bca(round(point * 150), whole, difference_influences(found))
    ours = bca(point, resampled, difference_influences(found))
    assert [ours.low * 150, ours.high * 150] == pytest.approx([exact.low, exact.high], abs=1e-6)


@pytest.mark.parametrize("clusters", [2, 30, 400])
@pytest.mark.parametrize("score", [0.0, 1.0])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_a_score_that_never_varies_has_the_exact_interval(clusters, score, level):
    """0 or all of G clusters: the interval of Clopper and Pearson for G trials, however many examples a cluster has."""
    ids = [str(one % clusters) for one in range(3 * clusters)]
    interval = of_score(drawn(means(np.full(3 * clusters, score), clusters=ids), resamples=50), level)
    exact = stats.binomtest(round(clusters * score), clusters).proportion_ci(level, method="exact")
    assert (interval.low, interval.high) == (pytest.approx(exact.low, abs=1e-12), pytest.approx(exact.high, abs=1e-12))
    beta = stats.beta.ppf((1 + level) / 2, 1, clusters)
    assert (interval.high if score == 0 else 1 - interval.low) == pytest.approx(beta, abs=1e-12)
    assert interval.method == "Clopper-Pearson over clusters"


def test_a_zero_f1_has_the_exact_interval():
    """No entity found anywhere: the F1 of 0 has the interval of 0 in as many trials as there are sentences."""
    rows = spans(7, 80, systems=1)
    rows[..., 0] = 0
    interval = of_score(drawn(made_cell(rows, score=f1_of), resamples=50))
    assert interval.low == 0
    assert interval.high == pytest.approx(1 - 0.025 ** (1 / 80))


def test_an_undefined_bca_says_so():
    """With every resample on one side of the point, BCa is undefined: the percentile interval is given and named as such."""
    found = drawn(means(coins(8, 50, 0.5)[0]), resamples=500)
    interval = bca(2.0, found.resampled[0], found.influences.values())
    assert interval.method == "percentile (BCa is undefined)"
    plain = percentile(found.resampled[0])
    assert (interval.low, interval.high) == (plain.low, plain.high)


def test_clusters_that_do_not_matter_leave_bca_undefined():
    """If no cluster changes the score there is no acceleration: percentile, and it says so."""
    rows = np.stack([np.full(50, 1.0), np.full(50, 2.0)], axis=1)[None]
    found = drawn(made_cell(rows), resamples=100)
    assert of_score(found) == Interval(low=0.5, high=0.5, method="percentile (BCa is undefined)")


@pytest.mark.parametrize("df", [2.0, 17.5, math.inf])
def test_students_interval_is_scipys(df):
    """θ̂ ± t √V is scipy's interval of the t distribution, of the normal one with infinite degrees of freedom."""
    interval = student(0.02, 0.0004, df, 0.9)
    distribution = stats.norm if math.isinf(df) else stats.t(df)
    low, high = distribution.interval(0.9)
    assert (interval.low, interval.high) == (pytest.approx(0.02 + 0.02 * low), pytest.approx(0.02 + 0.02 * high))
    assert interval.method == ("t, ∞ df" if math.isinf(df) else f"t, {df} df")


def test_bca_covers_a_high_share_in_a_small_sample_better_than_the_percentile_interval():
    """At 97 % of 150 clusters BCa reaches further down than the percentile interval: it follows the skew."""
    values = np.ones(150)
    values[:5] = 0
    found = drawn(means(values), resamples=20_000)
    ours, plain = of_score(found), percentile(found.resampled[0])
    assert ours.method == "BCa"
    assert ours.low < plain.low
    assert ours.high <= plain.high
