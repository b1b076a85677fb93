"""Drawing types with their multiplicities has the distribution of drawing clusters one by one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats  # noqa: TID253  # the tests need it anyway
from xharness.bootstrap import resample
from xharness.bootstrap.draws import FREQUENT, exchanged, generator, resampled

from .made_up import cell as made_cell
from .made_up import coins, drawn, f1_of, fractions, means, spans

AROUND = [1, 2, FREQUENT - 1, FREQUENT, FREQUENT + 1, 3 * FREQUENT]


def assert_same_distribution(fast, slow):
    """Mean, standard deviation and quantiles agree within five standard errors, and Kolmogorov and Smirnov see nothing."""
    size, spread = len(fast), slow.std()
    assert abs(fast.mean() - slow.mean()) < 5 * spread * (2 / size) ** 0.5
    assert abs(fast.std() / spread - 1) < 5 * (1 / size) ** 0.5
    for share in (0.025, 0.25, 0.5, 0.75, 0.975):
        density = stats.norm.pdf(stats.norm.ppf(share)) / spread
        error = (2 * share * (1 - share) / size) ** 0.5 / density
        step = np.diff(np.unique(slow.round(12))).min(initial=spread)  # between two values of a discrete score
        assert abs(np.quantile(fast, share) - np.quantile(slow, share)) < 5 * error + step
    assert stats.ks_2samp(fast, slow).pvalue > 1e-4


@pytest.mark.parametrize(
    "made",
    [
        lambda **o: means(*coins(1, 400, 0.7, 0.6), **o),
        lambda **o: made_cell(spans(2, 300), score=f1_of, **o),
        lambda **o: means(*fractions(3, 250), **o),
        lambda **o: means(*coins(4, 30, 0.9, 0.5), **o),
    ],
    ids=["accuracy", "spans", "fractions", "few clusters"],
)
@pytest.mark.parametrize("what", ["resampled", "exchanged"])
def test_fast_and_slow_draws_have_one_distribution(made, what):
    """Scores from types, several by one multinomial number, are distributed as scores from clusters drawn one by one."""
    differences = []
    for shared in (False, True):
        found = drawn(made(shared=shared), resamples=20_000, exchange=True, seed=5)
        differences.append(found.exchanged if what == "exchanged" else found.resampled[0] - found.resampled[1])
    assert_same_distribution(*differences)


@pytest.mark.parametrize("multiplicity", AROUND)
def test_counts_of_a_type_are_binomial(multiplicity):
    """A type of m among G clusters comes up Binomial(G, m/G) times, on either side of the limit FREQUENT (chi-square)."""
    weights = np.array([multiplicity, 30, 7, 1], dtype=np.int64)
    clusters = int(weights.sum())
    counts = resampled(11, "s", np.eye(4), weights, 20_000)
    assert (counts.sum(axis=1) == clusters).all()
    for column, weight in enumerate(weights):
        assert chi_square(counts[:, column], stats.binom(clusters, weight / clusters), clusters) > 1e-4


@pytest.mark.parametrize("multiplicity", AROUND)
def test_exchanges_of_a_type_are_binomial(multiplicity):
    """Of m clusters alike Binomial(m, ½) are exchanged, on either side of the limit FREQUENT (chi-square)."""
    weights = np.array([multiplicity, 30, 7, 1], dtype=np.int64)
    moved = exchanged(12, "s", np.eye(4), weights, 20_000)
    for column, weight in enumerate(weights):
        assert chi_square(moved[:, column], stats.binom(weight, 0.5), weight) > 1e-4


def test_counts_of_two_types_covary_as_a_multinomial():
    """Counts of two types covary by −G p q, whether both, one or none are frequent."""
    weights = np.array([60, 40, 5, 3], dtype=np.int64)
    counts = resampled(13, "s", np.eye(4), weights, 40_000)
    shares = weights / weights.sum()
    wanted = weights.sum() * (np.diag(shares) - np.outer(shares, shares))
    error = np.sqrt((np.outer(np.diag(wanted), np.diag(wanted)) + wanted**2) / 40_000)
    assert (np.abs(np.cov(counts.T) - wanted) < 5 * error).all()


def test_exchanges_of_two_clusters_are_independent():
    """Two clusters of a stratum are exchanged independently; two columns of one cluster always together."""
    rows = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    moved = exchanged(14, "s", rows, np.array([1, 1]), 20_000)
    assert (moved[:, 0] == moved[:, 1]).all()
    assert abs(np.corrcoef(moved[:, 0], moved[:, 2])[0, 1]) < 5 / 20_000**0.5


def chi_square(counts, distribution, most):
    """p-value of the counts against a distribution on 0 … most, with cells of at least five expected."""
    expected = distribution.pmf(np.arange(most + 1)) * len(counts)
    seen = np.bincount(counts.astype(int), minlength=most + 1)
    order = np.argsort(-expected)
    large = order[expected[order] >= 5]
    rest = order[expected[order] < 5]
    pooled = [seen[rest].sum(), expected[rest].sum()]
    f_obs, f_exp = seen[large].tolist(), expected[large].tolist()
    if pooled[1] >= 5:
        f_obs, f_exp = [*f_obs, pooled[0]], [*f_exp, pooled[1]]
    else:
        f_obs[-1] += pooled[0]
        f_exp[-1] += pooled[1]
    return stats.chisquare(f_obs, np.array(f_exp) * sum(f_obs) / sum(f_exp)).pvalue


def test_streams_differ_by_seed_stratum_and_purpose():
    """Seed, stratum and purpose each name other random numbers, and the same three the same ones."""
    streams = [
        generator(*key).integers(1 << 62) for key in [(1, "a", 0), (2, "a", 0), (1, "b", 0), (1, "a", 1), (1, "é", 0)]
    ]
    assert len(set(streams)) == 5
    assert generator(1, "é", 0).integers(1 << 62) == streams[-1]


def test_clusters_beyond_16_bits_are_drawn():
    """More clusters than a 16-bit number holds are all drawn, none beyond the last."""
    n = (1 << 16) + 3
    counts = resampled(
        3, "s", np.stack([np.arange(n) >= n - 3, np.ones(n)], axis=1).astype(float), np.ones(n, dtype=np.int64), 30
    )
    assert (counts[:, 1] == n).all()
    assert 30 < counts[:, 0].sum() < 170  # 90 expected, standard deviation 9.5


def test_other_seeds_give_other_draws():
    """Another seed gives other resamples and other exchanges of the same data."""
    first, second = fractions(9, 100)
    runs = [drawn(means(first, second), resamples=50, seed=seed, exchange=True) for seed in (0, 1)]
    assert runs[0].point.tolist() == runs[1].point.tolist()
    assert not np.array_equal(runs[0].resampled, runs[1].resampled)
    assert not np.array_equal(runs[0].exchanged, runs[1].exchanged)


def test_strata_are_drawn_independently():
    """The same data under two strata's names give uncorrelated draws."""
    values = fractions(10, 200, systems=1)[0]
    found = resample([means(values, name="a"), means(values, name="b")], resamples=5_000)
    assert abs(np.corrcoef(found["a"].resampled[0], found["b"].resampled[0])[0, 1]) < 5 / 5_000**0.5
