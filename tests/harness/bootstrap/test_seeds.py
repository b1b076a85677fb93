"""Variance over training runs: recovered where it is known, never negative, and the formulas by hand."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
import xharness
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats  # noqa: TID253  # the tests need it anyway
from xharness.bootstrap import between_methods, between_paired, seed_variance

from .made_up import drawn, fractions, means


def runs(numbers, *, count, sigma, n=200, share=0.7):
    """Values (n,) of runs that err independently, each with a share right that lies about `share` with deviation `sigma`."""
    return [(numbers.random(n) < share + sigma * numbers.normal()).astype(float) for _ in range(count)]


def test_a_known_seed_variance_is_recovered():
    """Over many simulated sets of runs the mean estimate of s² less V_res is σ², although the examples' noise is as large."""
    numbers = np.random.default_rng(1)
    sigma, found, apparent = 0.04, [], []
    for number in range(300):
        draws = drawn(means(*runs(numbers, count=5, sigma=sigma)), resamples=200, seed=number)
        found.append(seed_variance(draws.point, draws.resampled))
        apparent.append(float(draws.point.var(ddof=1)))
    error = np.std(found) / 300**0.5
    assert np.mean(found) == pytest.approx(sigma**2, abs=4 * error)
    assert np.mean(apparent) > sigma**2 + 4 * error  # what s² alone would say
    assert 4 * error < 0.3 * sigma**2


def test_without_seed_noise_almost_nothing_is_found():
    """Runs that are equally good, and err on other examples, have a seed variance far below what s² shows."""
    numbers = np.random.default_rng(2)
    found, apparent = [], []
    for number in range(200):
        draws = drawn(means(*runs(numbers, count=5, sigma=0.0)), resamples=200, seed=number)
        found.append(seed_variance(draws.point, draws.resampled))
        apparent.append(float(draws.point.var(ddof=1)))
    assert min(found) == 0
    assert np.mean(found) < 0.4 * np.mean(apparent)


@given(seed=st.integers(0, 10_000), count=st.integers(2, 6))
@settings(max_examples=30, deadline=None)
def test_a_seed_variance_is_never_negative(seed, count):
    """Whatever the runs, the variance found is 0 or more; for runs that answer alike it is 0."""
    draws = drawn(means(*fractions(seed, 20, systems=count)), resamples=50)
    assert seed_variance(draws.point, draws.resampled) >= 0
    same = np.repeat(draws.resampled[:1], count, axis=0)
    assert seed_variance(np.repeat(draws.point[:1], count), same) == pytest.approx(0, abs=1e-30)


def test_seed_variance_by_hand():
    """s² − S/(S − 1) · mean over runs of Var_b(θ*_s − mean θ*), in plain Python."""
    points = [0.70, 0.74, 0.81]
    resampled = [[0.70, 0.71, 0.69, 0.70], [0.75, 0.74, 0.74, 0.72], [0.80, 0.82, 0.81, 0.80]]
    means_of = [statistics.fmean(column) for column in zip(*resampled, strict=True)]
    apart = [[value - mean for value, mean in zip(row, means_of, strict=True)] for row in resampled]
    by_chance = 3 / 2 * statistics.fmean(statistics.variance(row) for row in apart)
    wanted = statistics.variance(points) - by_chance
    assert wanted > 0
    assert seed_variance(np.array(points), np.array(resampled)) == pytest.approx(wanted, rel=1e-12)


def by_hand(a, resampled_a, b, resampled_b, clusters):
    """Difference, variance, its items' part, degrees of freedom and p of independent runs, in plain Python."""
    value = statistics.fmean(a) - statistics.fmean(b)
    rows_a, rows_b = (
        [statistics.fmean(column) for column in zip(*rows, strict=True)] for rows in (resampled_a, resampled_b)
    )
    items = statistics.variance([one - other for one, other in zip(rows_a, rows_b, strict=True)])
    variance, weight = items, items**2 / (clusters - 1)
    for points, rows in ((a, resampled_a), (b, resampled_b)):
        if len(points) > 1:
            part = seed_variance(np.array(points), np.array(rows)) / len(points)
            variance += part
            weight += part**2 / (len(points) - 1)
    df = variance**2 / weight
    return value, variance, items, df, 2 * stats.t.sf(abs(value) / variance**0.5, df)


def noisy(seed, count, centre, draws=40):
    """Scores of runs and their resamples, lists."""
    numbers = np.random.default_rng(seed)
    points = centre + 0.05 * numbers.normal(size=count)
    common = 0.01 * numbers.normal(size=draws)
    return points.tolist(), (points[:, None] + common + 0.005 * numbers.normal(size=(count, draws))).tolist()


@pytest.mark.parametrize(("first", "second"), [(3, 3), (5, 3), (3, 1), (1, 4), (1, 1)])
def test_between_methods_by_hand(first, second):
    """Difference, variance, degrees of freedom and p are the formula's, with any numbers of runs on the sides."""
    (a, resampled_a), (b, resampled_b) = noisy(1, first, 0.7), noisy(2, second, 0.67)
    found = between_methods(np.array(a), np.array(resampled_a), np.array(b), np.array(resampled_b), clusters=50)
    wanted = by_hand(a, resampled_a, b, resampled_b, 50)
    assert (found.value, found.variance, found.items, found.df, found.p) == pytest.approx(wanted, rel=1e-9)
    assert found.sd_a == (None if first == 1 else pytest.approx(statistics.stdev(a)))
    assert found.sd_b == (None if second == 1 else pytest.approx(statistics.stdev(b)))


def test_one_run_on_each_side_has_the_examples_variance_only():
    """With one run on each side the variance is the examples' alone, with G − 1 degrees of freedom, and no SD is made up."""
    (a, resampled_a), (b, resampled_b) = noisy(3, 1, 0.7), noisy(4, 1, 0.6)
    found = between_methods(np.array(a), np.array(resampled_a), np.array(b), np.array(resampled_b), clusters=30)
    assert found.variance == found.items
    assert found.df == pytest.approx(29)
    assert (found.sd_a, found.sd_b) == (None, None)


def test_between_paired_by_hand():
    """Pairs: the seed variance is that of the differences within pairs, S − 1 degrees of freedom for all of it."""
    (a, resampled_a), (b, resampled_b) = noisy(5, 4, 0.7), noisy(6, 4, 0.67)
    apart = [one - other for one, other in zip(a, b, strict=True)]
    rows = (np.array(resampled_a) - np.array(resampled_b)).tolist()
    items = statistics.variance([statistics.fmean(column) for column in zip(*rows, strict=True)])
    part = seed_variance(np.array(apart), np.array(rows)) / 4
    variance = items + part
    df = variance**2 / (items**2 / 49 + (statistics.variance(apart) / 4) ** 2 / 3)
    found = between_paired(np.array(a), np.array(resampled_a), np.array(b), np.array(resampled_b), clusters=50)
    value = statistics.fmean(apart)
    wanted = (value, variance, df, 2 * stats.t.sf(abs(value) / variance**0.5, df))
    assert (found.value, found.variance, found.df, found.p) == pytest.approx(wanted, rel=1e-9)
    assert found.sd_a == pytest.approx(statistics.stdev(a))


def test_pairs_that_share_their_luck_are_seen_more_sharply():
    """Where a good seed is good for both methods, pairs have a smaller variance than independent runs."""
    numbers = np.random.default_rng(7)
    luck = 0.05 * numbers.normal(size=5)
    a, b = 0.70 + luck, 0.69 + luck
    resampled = [points[:, None] + 0.002 * numbers.normal(size=(5, 100)) for points in (a, b)]
    paired = between_paired(a, resampled[0], b, resampled[1], clusters=100)
    independent = between_methods(a, resampled[0], b, resampled[1], clusters=100)
    assert paired.value == pytest.approx(independent.value)
    assert paired.variance < 0.05 * independent.variance
    assert paired.p < 0.05 < independent.p


@pytest.mark.parametrize(("first", "second"), [(3, 2), (1, 1)])
def test_pairs_need_runs_on_both_sides(first, second):
    """Unequal numbers of runs, or a single pair, are refused with both numbers."""
    (a, resampled_a), (b, resampled_b) = noisy(8, first, 0.7), noisy(9, second, 0.6)
    with pytest.raises(xharness.UsageError, match=rf"at least two: got {first} and {second}"):
        between_paired(np.array(a), np.array(resampled_a), np.array(b), np.array(resampled_b), clusters=50)


@pytest.mark.parametrize("between", [between_methods, between_paired])
def test_no_variance_and_no_difference_is_p_1(between):
    """Runs that never differ give difference 0, variance 0, p = 1; a difference that never varies gives p = 0."""
    points, flat = np.full(3, 0.5), np.full((3, 10), 0.5)
    same = between(points, flat, points, flat, clusters=20)
    assert (same.value, same.variance, same.p, same.df) == (0, 0, 1, math.inf)
    other = between(points, flat, points + 0.25, flat + 0.25, clusters=20)
    assert (other.value, other.p) == (-0.25, 0)


@pytest.mark.parametrize("between", [between_methods, between_paired])
def test_swapping_the_sides_flips_the_sign_only(between):
    """b against a is a against b with the sign flipped: the same variance, degrees of freedom and p, to the last bit."""
    (a, resampled_a), (b, resampled_b) = noisy(10, 3, 0.7), noisy(11, 3, 0.6)
    sides = (np.array(a), np.array(resampled_a)), (np.array(b), np.array(resampled_b))
    one = between(*sides[0], *sides[1], clusters=40)
    other = between(*sides[1], *sides[0], clusters=40)
    assert (one.value, one.variance, one.items, one.df, one.p) == (
        -other.value, other.variance, other.items, other.df, other.p,
    )  # fmt: skip
    assert (one.sd_a, one.sd_b) == (other.sd_b, other.sd_a)


def test_more_runs_make_the_difference_surer():
    """The same spread over five runs instead of three leaves a smaller variance and more degrees of freedom."""
    base = np.array([0.65, 0.70, 0.75])
    flat = np.random.default_rng(12).normal(scale=0.001, size=(1, 50))
    few = between_methods(base, base[:, None] + flat, base, base[:, None] + flat, clusters=500)
    many = np.concatenate([base, base])
    more = between_methods(many, many[:, None] + flat, many, many[:, None] + flat, clusters=500)
    assert more.variance < few.variance
    assert more.df > few.df
