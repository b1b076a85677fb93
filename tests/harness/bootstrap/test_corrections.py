"""Adjusted p-values agree with scipy's, with hand computation, and with their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xharness
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # noqa: TID253  # the tests need it anyway
from xharness.bootstrap import benjamini_hochberg, check_resamples, holds_in_at_least, holm, step_down_maxt

families = st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.01, 0.05, 1.0]), min_size=1, max_size=30)


def holm_by_definition(p):
    """Holm's procedure, p by p: the largest (m − j) p_(j) up to one's own rank."""
    adjusted = {}
    largest = 0.0
    order = sorted(range(len(p)), key=lambda one: p[one])
    for rank, one in enumerate(order):
        largest = max(largest, (len(p) - rank) * p[one])
        adjusted[one] = min(1.0, largest)
    return [adjusted[one] for one in range(len(p))]


def test_holm_on_a_family_worked_out_by_hand():
    """0.01, 0.04, 0.03, 0.005 become 0.03, 0.06, 0.06, 0.02."""
    assert holm([0.01, 0.04, 0.03, 0.005]).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(p=families)
def test_holm_is_its_definition(p):
    """Adjusted p-values are those of Holm's procedure carried out one by one, in the order given."""
    assert holm(p).tolist() == pytest.approx(holm_by_definition(p), abs=1e-15)


@given(p=families)
def test_benjamini_hochberg_agrees_with_scipy(p):
    """Adjusted p-values are scipy's."""
    assert benjamini_hochberg(p) == pytest.approx(stats.false_discovery_control(p), abs=1e-15)


@pytest.mark.parametrize("correct", [holm, benjamini_hochberg])
@given(p=families)
def test_adjusted_p_values_are_bounded_and_keep_their_order(correct, p):
    """No adjusted p is below its own p or above 1; a smaller p never gets a larger adjusted one."""
    adjusted = correct(p)
    assert (adjusted >= np.array(p) - 1e-15).all()
    assert (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()


@pytest.mark.parametrize("correct", [holm, benjamini_hochberg])
@given(p=families, order=st.randoms(use_true_random=False))
def test_the_order_of_a_family_does_not_matter(correct, p, order):
    """A member's adjusted p is the same wherever it stands in the family."""
    places = list(range(len(p)))
    order.shuffle(places)
    assert correct([p[one] for one in places]).tolist() == correct(p)[places].tolist()


@pytest.mark.parametrize("correct", [holm, benjamini_hochberg])
def test_a_family_of_one_is_not_corrected(correct):
    """One comparison keeps its p."""
    assert correct([0.03]).tolist() == [0.03]


def correlated(seed, members, draws, shared):
    """Exchanged differences (m, R) of which a share of the variance is common to all, scaled differently."""
    numbers = np.random.default_rng(seed)
    common = numbers.normal(size=draws) * shared**0.5
    own = numbers.normal(size=(members, draws)) * (1 - shared) ** 0.5
    scale = 10.0 ** numbers.uniform(-3, 0, members)
    return (common + own) * scale[:, None], scale


def maxt_by_definition(observed, exchanged):
    """Westfall and Young 1993, algorithm 4.1, in plain loops."""
    members, draws = exchanged.shape
    spread = [float(np.std(row)) for row in exchanged]
    statistic = [abs(observed[one]) / spread[one] for one in range(members)]
    order = sorted(range(members), key=lambda one: -statistic[one])
    adjusted = [0.0] * members
    so_far = 0.0
    for rank, one in enumerate(order):
        count = 0
        for draw in range(draws):
            largest = max(abs(exchanged[other, draw]) / spread[other] for other in order[rank:])
            count += largest >= statistic[one] - 1e-12
        so_far = max(so_far, (1 + count) / (draws + 1))
        adjusted[one] = so_far
    return adjusted


@pytest.mark.parametrize("shared", [0.0, 0.5, 0.95])
@pytest.mark.parametrize("seed", [1, 2])
def test_maxt_is_its_algorithm_carried_out_in_loops(seed, shared):
    """Step-down max-T equals Westfall and Young's algorithm, member by member and draw by draw."""
    exchanged, scale = correlated(seed, 7, 300, shared)
    observed = scale * np.random.default_rng(seed).normal(scale=2, size=7)
    assert step_down_maxt(observed, exchanged).tolist() == pytest.approx(maxt_by_definition(observed, exchanged))


@pytest.mark.parametrize("shared", [0.0, 0.5, 0.95])
@pytest.mark.parametrize("seed", range(5))
def test_maxt_is_hardly_ever_above_holm(seed, shared):
    """Max-T uses how members depend: it exceeds Holm's adjusted p by no more than the Monte Carlo error."""
    exchanged, scale = correlated(seed, 9, 20_000, shared)
    observed = scale * np.random.default_rng(seed).normal(scale=2, size=9)
    single = [
        (1 + np.count_nonzero(np.abs(row) >= abs(value))) / 20_001
        for value, row in zip(observed, exchanged, strict=True)
    ]
    error = 5 * (0.25 / 20_000) ** 0.5
    assert (step_down_maxt(observed, exchanged) <= holm(single) + error).all()


def test_maxt_of_members_that_move_as_one_corrects_nothing():
    """Perfectly correlated members are one comparison: every adjusted p is the single p."""
    row = np.random.default_rng(4).normal(size=5_000)
    exchanged = np.stack([row, 3 * row, -0.01 * row])
    single = (1 + np.count_nonzero(np.abs(row) >= 2.1)) / 5_001
    assert step_down_maxt([2.1, 6.3, 0.021], exchanged).tolist() == pytest.approx([single] * 3)


def test_maxt_of_one_member_is_its_p():
    """A family of one is not corrected."""
    row = np.random.default_rng(5).normal(size=(1, 999))
    single = (1 + np.count_nonzero(np.abs(row) >= 1.7)) / 1_000
    assert step_down_maxt([1.7], row).tolist() == [single]


def test_maxt_gives_1_to_what_never_varies():
    """A comparison of a system with itself gets 1, and does not disturb the others."""
    row = np.random.default_rng(6).normal(size=999)
    alone = step_down_maxt([2.5], row[None])
    assert step_down_maxt([0.0, 2.5], np.stack([np.zeros(999), row])).tolist() == [1.0, alone[0]]
    assert step_down_maxt([0.0, 0.0], np.zeros((2, 9))).tolist() == [1.0, 1.0]


def test_maxt_rejects_no_more_than_its_level_under_the_null():
    """With nine correlated members and no difference anywhere, some member is called significant in 5 % of families."""
    exchanged, _ = correlated(8, 9, 2_000, 0.5)
    rejected = []
    for draw in range(600):
        observed = exchanged[:, draw]
        others = np.delete(exchanged, draw, axis=1)
        rejected.append(step_down_maxt(observed, others).min() <= 0.05)
    assert np.mean(rejected) == pytest.approx(0.05, abs=4 * (0.05 * 0.95 / 600) ** 0.5)


def holds_by_definition(p, level):
    """Largest u whose partial-conjunction p, the largest of (m − i + 1) p_(i) over i ≤ u, is within 1 − level."""
    values = sorted(p)
    found = 0
    for u in range(1, len(p) + 1):
        partial = max((len(p) - i + 1) * values[i - 1] for i in range(1, u + 1))
        if partial <= 1 - level + 1e-12:
            found = u
    return found


@given(
    p=st.lists(st.floats(0, 0.1) | st.sampled_from([0.05, 0.025, 0.0, 1.0]), min_size=1, max_size=15),
    level=st.sampled_from([0.9, 0.95, 0.99]),
)
def test_partial_conjunction_is_its_definition(p, level):
    """The count is the largest u for which the partial-conjunction p-value is within the level."""
    assert holds_in_at_least(p, level) == holds_by_definition(p, level)


def test_partial_conjunction_of_simple_families():
    """None, all, and a half that is clear; one member at 0.05 is one."""
    assert holds_in_at_least([1.0] * 5) == 0
    assert holds_in_at_least([0.0] * 5) == 5
    assert holds_in_at_least([0.001] * 4 + [0.9] * 4) == 4
    assert holds_in_at_least([0.05]) == 1
    assert holds_in_at_least([0.05, 0.05]) == 0
    assert holds_in_at_least([]) == 0


@pytest.mark.parametrize(
    ("correction", "members", "level", "needed"),
    [
        ("holm", 9, 0.95, 179),
        ("holm", 162, 0.95, 3_239),
        ("bh", 162, 0.95, 3_239),
        ("bh", 9, 0.99, 899),
        ("maxt", 162, 0.95, 19),
        ("maxt", 9, 0.99, 99),
        ("holm", 1, 0.95, 19),
    ],
)
def test_too_few_resamples_are_refused_just_below_the_boundary(correction, members, level, needed):
    """The least number that could show a significant comparison passes; one less is refused and told the number."""
    check_resamples(correction, members, needed, level)
    with pytest.raises(
        xharness.UsageError, match=rf"{needed - 1:,} resamples are too few for {correction} .*--resamples {needed}\."
    ):
        check_resamples(correction, members, needed - 1, level)


@pytest.mark.parametrize(("correct", "name"), [(holm, "holm"), (benjamini_hochberg, "bh")])
@pytest.mark.parametrize("members", [9, 162])
def test_the_boundary_is_where_one_comparison_can_be_significant(correct, name, members):
    """With as many resamples as are asked for, a single smallest p stays significant after correction; with one less not."""
    needed = math.ceil(members / 0.05 - 1e-9) - 1
    enough, too_few = (correct([1 / (resamples + 1)] + [1.0] * (members - 1))[0] for resamples in (needed, needed - 1))
    assert enough <= 0.05 + 1e-12 < too_few
    check_resamples(name, members, needed, 0.95)
