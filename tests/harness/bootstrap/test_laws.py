"""Laws that any resampling of paired, clustered data obeys."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xharness.bootstrap import (
    between_methods,
    combine,
    of_difference,
    of_score,
    percentile,
    randomisation_p,
    resample,
    shifted_bootstrap_p,
)

from .made_up import cell as made_cell
from .made_up import coins, drawn, f1_of, fractions, means, spans

seeds = st.integers(0, 2**16)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_a_mean_has_the_closed_forms_standard_error(share):
    """The spread of a resampled share is √(p(1 − p)/n), within 5 %."""
    values = coins(1, 1_000, share)[0]
    found = drawn(means(values), resamples=10_000)
    assert found.resampled[0].std() == pytest.approx((values.var() / len(values)) ** 0.5, rel=0.05)


def test_a_clustered_mean_has_the_closed_forms_standard_error():
    """With clusters of equal size the spread is that of the clusters' means, within 5 %, and far from the examples'."""
    numbers = np.random.default_rng(2)
    values = (numbers.random((300, 1)) + 0.1 * numbers.random((300, 8)) > 0.5).astype(float)
    clusters = np.repeat([f"c{one}" for one in range(300)], 8)
    found = drawn(means(values.ravel(), clusters=clusters.tolist()), resamples=10_000)
    right = values.mean(axis=1).std() / 300**0.5
    naive = values.std() / values.size**0.5
    assert found.resampled[0].std() == pytest.approx(right, rel=0.05)
    assert found.resampled[0].std() > 2 * naive


def test_a_paired_difference_has_the_closed_forms_standard_error():
    """The spread of a difference is that of the differences in pairs, within 5 %: pairing is not lost on the way."""
    first, _ = coins(3, 2_000, 0.7, 0.7)
    second = np.where(np.random.default_rng(3).random(2_000) < 0.9, first, 1 - first)
    found = drawn(means(first, second), resamples=10_000)
    spread = (found.resampled[0] - found.resampled[1]).std()
    assert spread == pytest.approx((first - second).std() / 2_000**0.5, rel=0.05)


def test_the_spread_of_an_f1_is_that_of_its_linearisation():
    """An F1's spread is that of its influence values (the delta method), within 5 %."""
    found = drawn(made_cell(spans(4, 1_500), score=f1_of), resamples=10_000)
    for system in (0, 1):
        one = found.influences["cell"]
        linear = float(one.multiplicity @ one.values[system] ** 2) ** 0.5
        assert found.resampled[system].std() == pytest.approx(linear, rel=0.05)


@given(seed=seeds, n=st.integers(2, 60), shared=st.booleans(), kind=st.sampled_from(["mean", "f1"]))
@settings(max_examples=40, deadline=None)
def test_a_system_against_itself_is_nothing(seed, n, shared, kind):
    """A system against itself: difference 0, interval [0, 0], p = 1 by either test, exactly (sacrebleu 2.6 says 0.001)."""
    rows = spans(seed, n, systems=1)
    one = fractions(seed, n, systems=1)[0]
    options = {"shared": shared}
    both = (
        means(one, one, **options)
        if kind == "mean"
        else made_cell(np.concatenate([rows, rows]), score=f1_of, **options)
    )
    found = drawn(both, resamples=200, exchange=True)
    interval = of_difference(found)
    assert found.point[0] - found.point[1] == 0
    assert (interval.low, interval.high) == (0, 0)
    assert randomisation_p(0.0, found.exchanged) == 1
    assert shifted_bootstrap_p(0.0, found.resampled[0] - found.resampled[1]) == 1


@pytest.mark.parametrize("seed", range(10))
def test_seeds_against_themselves_are_nothing(seed):
    """Several runs against the same runs in another order: difference 0 and p = 1, whatever the last digits of the sums."""
    values = coins(seed, 150, *[0.6] * 5)
    order = np.random.default_rng(seed).permutation(5)
    found = drawn(means(*values, *[values[one] for one in order]), resamples=200)
    result = between_methods(found.point[:5], found.resampled[:5], found.point[5:], found.resampled[5:], clusters=150)
    assert (result.value, result.p) == (0, 1)


@given(seed=seeds, n=st.integers(5, 80), shared=st.booleans(), kind=st.sampled_from(["mean", "f1"]))
@settings(max_examples=40, deadline=None)
def test_swapping_the_sides_flips_signs_and_keeps_p(seed, n, shared, kind):
    """b against a is a against b with every sign flipped, and the same p-values, to the last bit."""
    rows = spans(seed, n)
    first, second = fractions(seed, n)
    if kind == "mean":
        sides = [means(first, second, shared=shared), means(second, first, shared=shared)]
    else:
        sides = [made_cell(rows, score=f1_of, shared=shared), made_cell(rows[::-1], score=f1_of, shared=shared)]
    one, other = (drawn(side, resamples=300, exchange=True) for side in sides)
    assert one.point.tolist() == other.point[::-1].tolist()
    assert one.resampled.tobytes() == other.resampled[::-1].tobytes()
    assert one.exchanged.tolist() == (-other.exchanged).tolist()
    observed = float(one.point[0] - one.point[1])
    assert randomisation_p(observed, one.exchanged) == randomisation_p(-observed, other.exchanged)
    apart, back = (side.resampled[0] - side.resampled[1] for side in (one, other))
    assert shifted_bootstrap_p(observed, apart) == shifted_bootstrap_p(-observed, back)


def test_swapping_the_sides_flips_the_interval():
    """The interval of b less a is that of a less b mirrored, percentile or BCa."""
    for n in (100, 1_000):
        values = coins(7, n, 0.8, 0.7)
        one, other = (of_difference(drawn(means(*side), resamples=2_000)) for side in (values, values[::-1]))
        assert one.method == other.method
        assert (one.low, one.high) == (pytest.approx(-other.high, abs=1e-12), pytest.approx(-other.low, abs=1e-12))


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("copies", [2, 4, 9])
def test_copies_in_a_cluster_change_nothing(copies, shared):
    """m copies of every example in its cluster leave draws, interval and p as they were; as clusters they shrink it by √m."""
    first, second = fractions(8, 400)
    names = [f"c{one:03}" for one in range(400)]
    many = [np.repeat(side, copies) for side in (first, second)]
    plain = drawn(means(first, second, clusters=names, shared=shared), resamples=10_000, exchange=True)
    copied = drawn(
        means(*many, clusters=np.repeat(names, copies).tolist(), shared=shared), resamples=10_000, exchange=True
    )
    naive = drawn(means(*many, shared=shared), resamples=10_000)
    assert plain.resampled.tobytes() == copied.resampled.tobytes()
    assert np.array_equal(plain.exchanged, copied.exchanged)
    assert of_difference(plain) == of_difference(copied)
    wide, narrow = (percentile(one.resampled[0] - one.resampled[1]) for one in (copied, naive))
    assert (wide.high - wide.low) / (narrow.high - narrow.low) == pytest.approx(copies**0.5, rel=0.06)


def test_languages_that_agree_are_one_language():
    """The mean over parallel languages that err alike varies as one of them; independent strata average their errors out."""
    values = fractions(9, 300, systems=1)[0]
    together = [means(values, name=f"t/{one}", stratum="t", shared=True) for one in range(4)]
    apart = [means(values, name=f"u/{one}") for one in range(4)]
    found = resample([*together, *apart], resamples=10_000)
    one = found["t/0"].resampled.var()
    parallel, independent = (
        combine("mean", [(0.25, found[f"{task}/{language}"]) for language in range(4)]).resampled.var() for task in "tu"
    )
    assert parallel == pytest.approx(one, rel=1e-9)
    assert independent == pytest.approx(one / 4, rel=0.06)


def test_exchanges_of_parallel_languages_move_together():
    """Two systems are exchanged in all languages of a cluster at once, so a mean over equal languages moves as one does."""
    values = fractions(10, 200)
    cells = [means(*values, name=one, stratum="t", shared=True) for one in "ab"]
    found = resample(cells, resamples=500, exchange=True)
    assert np.array_equal(found["a"].exchanged, found["b"].exchanged)


def test_opposite_languages_cancel():
    """Parallel languages of which one errs where the other does not have a mean that does not vary at all."""
    values = coins(11, 200, 0.5)[0]
    cells = [means(side, name=name, stratum="t", shared=True) for name, side in (("a", values), ("b", 1 - values))]
    found = resample(cells, resamples=500)
    assert combine("mean", [(0.5, found["a"]), (0.5, found["b"])]).resampled.std() == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_a_score_at_the_end_has_an_interval(score):
    """No hit, or hits only, is no certainty: the interval has a width."""
    interval = of_score(drawn(means(np.full(50, score)), resamples=100))
    assert interval.low < interval.high
    assert score in {interval.low, interval.high}
