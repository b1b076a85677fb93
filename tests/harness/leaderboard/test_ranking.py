"""Ranks say no more than the resamples do: what cannot be separated shares a rank, what can does not."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from xharness.leaderboard.ranking import by_score, ranks, variances


def systems(scores, spread, *, draws=2_000, common=0.0, seed=1):
    """Scores with resamples of this standard deviation, part of which all systems share."""
    generator = np.random.default_rng(seed)
    own = generator.normal(0, spread, size=(len(scores), draws))
    shared = generator.normal(0, common, size=draws)
    return np.array(scores), np.array(scores)[:, None] + own + shared


def test_known_ties_share_a_rank_and_known_differences_do_not():
    """Two pairs of near-equal systems, far apart, are two tie groups, whatever the order in which they come."""
    for order in itertools.permutations(range(4)):
        scores, resampled = systems([0.80, 0.799, 0.60, 0.601], 0.005)
        found = ranks(scores[list(order)], resampled[list(order)], np.zeros(4))
        by_system = dict(zip(order, found.rank, strict=True))
        assert [by_system[one] for one in range(4)] == [1, 1, 3, 3]
        assert [found.low[order.index(one)] for one in range(4)] == [1, 1, 3, 3]
        assert [found.high[order.index(one)] for one in range(4)] == [2, 2, 4, 4]


def test_what_moves_together_is_separated():
    """A small difference is seen where both systems fail on the same examples, and not where they fail on others."""
    scores, together = systems([0.71, 0.70], 0.001, common=0.05)
    assert ranks(scores, together, np.zeros(2)).rank == (1, 2)
    scores, apart = systems([0.71, 0.70], 0.05)
    assert ranks(scores, apart, np.zeros(2)).rank == (1, 1)


def test_equal_systems_are_tied_though_nothing_varies():
    """Copies of one system, whose difference is 0 in every resample, share rank 1 with the interval 1 to s."""
    scores, resampled = systems([0.5], 0.01)
    found = ranks(np.repeat(scores, 5), np.repeat(resampled, 5, axis=0), np.zeros(5))
    assert found.rank == (1,) * 5
    assert (found.low, found.high) == ((1,) * 5, (5,) * 5)


def test_seeds_that_vary_make_ties():
    """What the examples would separate is a tie if the seeds of one system vary by more."""
    scores, resampled = systems([0.75, 0.70], 0.005)
    assert ranks(scores, resampled, np.zeros(2)).rank == (1, 2)
    assert ranks(scores, resampled, np.array([0.0, 0.05**2])).rank == (1, 1)


def test_a_single_system_is_first():
    """A board of one has rank 1 to 1."""
    scores, resampled = systems([0.5], 0.01)
    found = ranks(scores, resampled, np.zeros(1))
    assert (found.rank, found.low, found.high) == ((1,), (1,), (1,))


def test_rank_intervals_hold_all_true_ranks_together():
    """Over simulations with known true scores, all intervals hold the true ranks at once in 95 % of them, or more."""
    true = np.array([0.70, 0.69, 0.68, 0.60, 0.599])
    generator, held = np.random.default_rng(3), 0
    for trial in range(300):
        observed = generator.normal(true, 0.008)
        resampled = observed[:, None] + np.random.default_rng(trial).normal(0, 0.008, size=(5, 400))
        found = ranks(observed, resampled, np.zeros(5))
        held += all(low <= place <= high for place, low, high in zip(range(1, 6), found.low, found.high, strict=True))
    assert held / 300 > 0.95 - 2.5 * (0.05 * 0.95 / 300) ** 0.5


def test_variances_are_those_of_the_differences():
    """The matrix has Var(i − j) over the resamples, plus what the seeds of both add, and 0 on the diagonal."""
    _, resampled = systems([0.5, 0.6, 0.7], 0.01, common=0.02)
    between = np.array([1e-4, 0.0, 2e-4])
    found = variances(resampled, between)
    for first, second in itertools.permutations(range(3), 2):
        items = (resampled[first] - resampled[second]).var(ddof=1)
        assert found[first, second] == pytest.approx(items + between[first] + between[second])
    assert (np.diag(found) == 0).all()


def test_chunks_of_pairs_change_nothing(monkeypatch):
    """The largest ratio is the same however few pairs are looked at together."""
    scores, resampled = systems(np.linspace(0.5, 0.52, 12), 0.01, draws=300)
    whole = ranks(scores, resampled, np.zeros(12))
    monkeypatch.setattr("xharness.leaderboard.ranking._CHUNK", 600)
    assert ranks(scores, resampled, np.zeros(12)) == whole


def test_equal_scores_are_ordered_by_name():
    """The order of rows is by score, and by name where scores are equal."""
    assert by_score([0.5, 0.7, 0.5], ["b", "c", "a"]) == [1, 2, 0]
