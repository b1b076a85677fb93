"""Tests of one difference agree with scipy's, with enumeration, and with each other."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats  # noqa: TID253  # the tests need it anyway
from xharness.bootstrap import combine, detectable, randomisation_p, resample, shifted_bootstrap_p

from .made_up import cell as made_cell
from .made_up import coins, drawn, f1_of, fractions, means, spans

RESAMPLES = 40_000


def error_of(p, resamples=RESAMPLES):
    """Five Monte Carlo standard errors of a p-value, and what the 1 in (1 + count)/(R + 1) adds."""
    return 5 * (p * (1 - p) / resamples) ** 0.5 + 2 / resamples


def enumerated(first, second):
    """Exact p-value of all 2^n exchanges of two systems' values."""
    apart = np.asarray(second) - np.asarray(first)
    observed = abs(apart.sum())
    signs = np.array(list(product((-1, 1), repeat=len(apart))))
    return float(np.mean(np.abs(signs @ apart) >= observed - 1e-9))


@given(values=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=3, max_size=10), shared=st.booleans())
@settings(max_examples=25, deadline=None)
def test_randomisation_agrees_with_all_exchanges(values, shared):
    """On up to ten clusters the p-value is that of all 2^n exchanges, ties and all, within the Monte Carlo error."""
    first, second = np.array(values, dtype=float).T / 4
    found = drawn(means(first, second, shared=shared), resamples=RESAMPLES, exchange=True)
    exact = enumerated(first, second)
    assert randomisation_p(float(found.point[0] - found.point[1]), found.exchanged) == pytest.approx(
        exact, abs=error_of(exact)
    )


@pytest.mark.parametrize("n", [8, 12])
def test_randomisation_agrees_with_scipys_enumeration(n):
    """On small samples scipy counts all 2^n exchanges of pairs; ours is within the Monte Carlo error of that."""
    first, second = fractions(n, n)
    second = np.minimum(second + 0.2, 1.0)
    theirs = stats.permutation_test(
        (first, second), lambda a, b, axis=-1: a.mean(axis) - b.mean(axis), permutation_type="samples", vectorized=True,
        n_resamples=np.inf,
    )  # fmt: skip
    assert len(theirs.null_distribution) == 2**n
    found = drawn(means(first, second), resamples=RESAMPLES, exchange=True)
    ours = randomisation_p(float(found.point[0] - found.point[1]), found.exchanged)
    assert ours == pytest.approx(theirs.pvalue, abs=error_of(theirs.pvalue))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_randomisation_of_f1_agrees_with_scipy(seed):
    """The p-value of a difference of F1 scores is that of scipy's permutation test of paired samples."""
    rows = spans(seed, 80)
    rows[1, :, 0] = np.maximum(rows[1, :, 0] - (np.arange(80) % 6 == 0), 0)

    def difference(*columns, axis=-1):
        """Systems are exchanged by sentence: one index for all three columns of a system."""
        first, second = columns
        scores = []
        for index in (first, second):
            chosen, sentence = index // 1_000, index % 1_000
            sums = rows[chosen, sentence].sum(axis=-2)
            scores.append(f1_of(sums))
        return scores[0] - scores[1]

    indices = np.arange(80)
    theirs = stats.permutation_test(
        (indices, 1_000 + indices), difference, permutation_type="samples", vectorized=True, n_resamples=20_000, batch=2_000,
        rng=np.random.default_rng(5),
    )  # fmt: skip
    found = drawn(made_cell(rows, score=f1_of), resamples=RESAMPLES, exchange=True)
    ours = randomisation_p(float(found.point[0] - found.point[1]), found.exchanged)
    absolute = np.mean(
        np.abs(theirs.null_distribution) >= abs(theirs.statistic) - 1e-12
    )  # scipy doubles the smaller tail
    assert 0.001 < ours < 0.9
    assert ours == pytest.approx(absolute, abs=error_of(absolute, 13_000))  # 20,000 exchanges against 40,000
    assert ours == pytest.approx(theirs.pvalue, abs=2 * error_of(absolute, 13_000))


@pytest.mark.parametrize("gap", [0, 1, 2, 3, 4])
def test_both_tests_agree_on_f1(gap):
    """Randomisation and shifted bootstrap agree on a nonlinear metric of 600 sentences, from no difference to a clear one."""
    rows = spans(20 + gap, 600)
    rows[1, :, 0] = np.maximum(rows[1, :, 0] - (np.arange(600) % 60 < gap), 0)
    found = drawn(made_cell(rows, score=f1_of), resamples=RESAMPLES, exchange=True)
    observed = float(found.point[0] - found.point[1])
    exchanged = randomisation_p(observed, found.exchanged)
    shifted = shifted_bootstrap_p(observed, found.resampled[0] - found.resampled[1])
    assert shifted == pytest.approx(exchanged, abs=error_of(exchanged) + 0.012)


def test_resamples_are_centred_before_the_absolute_value():
    """sacrebleu 2.6 takes |θ*| before it centres, which halves p; ours is that of a normal difference seen at 1.5 spreads."""
    resampled = 0.015 + 0.01 * stats.norm.ppf((np.arange(10_000) + 0.5) / 10_000)
    ours = shifted_bootstrap_p(0.015, resampled)
    assert ours == pytest.approx(2 * stats.norm.sf(1.5), rel=0.01)
    folded = np.abs(resampled)
    mistaken = (1 + np.count_nonzero(folded - folded.mean() >= 0.015)) / 10_001
    assert mistaken < 0.6 * ours


def test_a_shift_is_seen_on_both_sides():
    """Both tails count, for a positive difference as for a negative one."""
    resampled = np.array([-0.3, 0.0, 0.1, 0.2, 0.5])
    assert shifted_bootstrap_p(0.1, resampled) == (1 + 4) / 6
    assert shifted_bootstrap_p(-0.1, -resampled) == (1 + 4) / 6
    assert randomisation_p(0.2, np.array([-0.3, 0.1, 0.2, -0.2, 0.0])) == (1 + 3) / 6
    assert randomisation_p(-0.2, np.array([-0.3, 0.1, 0.2, -0.2, 0.0])) == (1 + 3) / 6


def test_ties_up_to_the_last_digit_count():
    """A resample equal to the observed difference but for rounding counts as one that is as large."""
    assert randomisation_p(0.1 + 0.2, np.array([0.3, -0.3])) == 1
    assert shifted_bootstrap_p(0.1 + 0.2, np.array([0.0, 0.6])) == 1


@given(observed=st.floats(-1, 1), values=st.lists(st.floats(-1, 1), min_size=1, max_size=50))
def test_p_values_are_never_zero(observed, values):
    """A p-value lies in [1/(R + 1), 1]: no finite number of draws shows an impossibility."""
    for p in (randomisation_p(observed, np.array(values)), shifted_bootstrap_p(observed, np.array(values))):
        assert 1 / (len(values) + 1) <= p <= 1


def test_null_p_values_are_uniform():
    """Two systems that err equally often, by cluster: p falls below 5 % and below 50 % as often as it says."""
    found = []
    for seed in range(400):
        numbers = np.random.default_rng(seed)
        hard = numbers.normal(size=(60, 1))
        sides = [(hard + numbers.normal(size=(60, 3)) > 0).astype(float).ravel() for _ in range(2)]
        draws = drawn(
            means(*sides, clusters=np.repeat(np.arange(60), 3).astype(str).tolist()), resamples=400, exchange=True
        )
        found.append(randomisation_p(float(draws.point[0] - draws.point[1]), draws.exchanged))
    for level in (0.05, 0.5):
        share, error = np.mean(np.array(found) <= level), (level * (1 - level) / 400) ** 0.5
        assert abs(share - level) < 4 * error + 0.02  # at 0.5 the discreteness of 60 clusters is seen


def test_parallel_languages_as_independent_would_see_too_much():
    """Exchanged language by language, as if independent, a mean over languages that err alike looks √L times as certain."""
    values = coins(9, 300, 0.6, 0.6)
    names = [f"t/{language}" for language in range(9)]
    together = resample(
        [means(*values, name=name, stratum="t", shared=True) for name in names], resamples=4_000, exchange=True
    )
    apart = resample([means(*values, name=name) for name in names], resamples=4_000, exchange=True)
    spreads = [combine("mean", [(1 / 9, found[name]) for name in names]).exchanged.std() for found in (together, apart)]
    assert spreads[0] / spreads[1] == pytest.approx(3, rel=0.08)


def test_the_detectable_difference_is_found_with_the_power_it_names():
    """2.8 √V; a normal difference of that size is significant in 80 % of all cases."""
    assert detectable(1.0) == pytest.approx(2.8, abs=0.005)
    size = detectable(0.0004, level=0.95, power=0.8)
    power = stats.norm.sf(stats.norm.ppf(0.975) - size / 0.02)
    assert power == pytest.approx(0.8, abs=1e-9)
    assert detectable(0.0) == 0
