"""Differences to the baseline: corrected in the families that the board names, and decided by nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from made_up_runs import METRICS, TASKS, stored, write_run
from xharness.leaderboard.adding import add
from xharness.leaderboard.beginning import Beginning, begin
from xharness.leaderboard.content import AVERAGE
from xharness.leaderboard.differences import CORRECTIONS, Differences
from xharness.leaderboard.scores import Drawn
from xharness.leaderboard.standing import content_of

IDS = [f"{number:03d}" for number in range(200)]
PLACES = [f"{name}/{language}" for name in ("moods", "answers") for language in ("en", "sw", "th")]


def run(rate, seed):
    """Cells in which every answer is right at this rate."""
    made = []
    for place in PLACES:
        generator = np.random.default_rng([seed, *place.encode()])
        rows = {}
        for metric in TASKS[place.partition("/")[0]].metrics:
            rows[metric] = (generator.random((len(IDS), len(METRICS[metric].columns))) < rate).astype(float)
            rows[metric][:, -1] = 1
        made.append(stored(place, ids=IDS, rows=rows))
    return made


def holm(p):
    """Holm's step-down by its definition: the largest of (m − i + 1) · p over all that are no larger."""
    order = sorted(p, key=p.get)
    return {
        key: min(1, max((len(p) - at) * p[one] for at, one in enumerate(order[: order.index(key) + 1]))) for key in p
    }


def benjamini_hochberg(p):
    """The step-up by its definition: the smallest of m · p / i over all that are no smaller."""
    order = sorted(p, key=p.get)
    return {
        key: min(1, *(len(p) * p[one] / (at + 1) for at, one in enumerate(order) if at >= order.index(key)))
        for key in p
    }


@pytest.fixture(scope="module")
def found(tmp_path_factory, plugins):
    """A baseline and five systems, some near it, some far, one below."""
    folder = tmp_path_factory.mktemp("board")
    asked = Beginning(title="Trial", suite="trial", tasks=("moods", "answers"), resamples=400, baseline="base")
    board = begin(folder / "leaderboards" / "trial", plugins, asked)
    for seed, (name, rate) in enumerate(
        {"base": 0.6, "near": 0.62, "nearer": 0.605, "far": 0.66, "further": 0.7, "below": 0.55}.items()
    ):
        add(board, plugins, [write_run(folder / "runs", run(rate, seed), name)], name, date="2026-01-02")
    return content_of(board, plugins)


@pytest.mark.parametrize(
    ("members", "by_hand", "size"),
    [
        (lambda row: row == AVERAGE, holm, 5),
        (lambda row: row != AVERAGE and "/" not in row, holm, 5 * 2),
        (lambda row: "/" in row, benjamini_hochberg, 5 * 6),
    ],
    ids=["average", "tasks", "cells"],
)
def test_each_family_is_corrected_over_all_its_systems(found, members, by_hand, size):
    """Averages by Holm over systems, tasks by Holm over systems and tasks, cells by Benjamini-Hochberg over all of them."""
    family = {
        (one.name, row): difference
        for one in found.complete
        for row, difference in one.to_baseline.items()
        if members(row)
    }
    assert len(family) == size
    expected = by_hand({key: one.p for key, one in family.items()})
    for key, one in family.items():
        assert one.p_adjusted == pytest.approx(expected[key], rel=1e-12)
        assert one.p_adjusted >= one.p
    assert len({one.p for one in family.values()}) > 1
    assert found.corrections == CORRECTIONS


def test_verdicts_follow_the_adjusted_p_values(found):
    """Better or worse at 0.05 or less after the correction, by sign; all three verdicts occur."""
    verdicts = set()
    for one in found.complete:
        for difference in one.to_baseline.values():
            side = "better" if difference.delta > 0 else "worse"
            assert difference.verdict == (side if difference.p_adjusted <= 0.05 else "undecided")
            verdicts.add(difference.verdict)
    assert verdicts == {"better", "worse", "undecided"}


def test_a_difference_is_that_of_the_scores(found):
    """System less baseline, inside its interval, in every row and cell."""
    base = next(one for one in found.complete if one.is_baseline)
    for one in found.complete:
        for row, difference in one.to_baseline.items():
            of = (one.cells, base.cells) if "/" in row else (one.scores, base.scores)
            assert difference.delta == pytest.approx(of[0][row].value - of[1][row].value, abs=1e-12)
            assert difference.low < difference.delta < difference.high


def test_unadjusted_intervals_exclude_zero_where_p_is_small(found):
    """Interval and unadjusted p-value are of one distribution."""
    for one in found.complete:
        for difference in one.to_baseline.values():
            assert (difference.p < 0.05) == (difference.low > 0 or difference.high < 0)


def drawn(points, spread, seed=0):
    """Draws of as many systems that vary independently."""
    resampled = np.array(points)[:, None] + np.random.default_rng(seed).normal(0, spread, (len(points), 1000))
    return Drawn(point=np.array(points), resampled=resampled, clusters=100)


def test_without_a_baseline_there_are_no_differences():
    """Every system has an empty mapping."""
    made = Differences([(0,), (1,)], None, 0.95)
    made.collect(AVERAGE, drawn([0.5, 0.6], 0.01))
    assert made.corrected() == [{}, {}]


def test_a_baseline_alone_has_none():
    """One system, nothing to compare."""
    made = Differences([(0,)], 0, 0.95)
    for row in ("moods/en", "moods", AVERAGE):
        made.collect(row, drawn([0.5], 0.01))
    assert made.corrected() == [{}]


@pytest.mark.parametrize(("level", "verdict"), [(0.9, "better"), (0.999, "undecided")])
def test_the_boards_level_decides(level, verdict):
    """A difference of 2.5 standard deviations (p = 0.012) is one at 90 %, and none at 99.9 %, whose interval is wider."""
    made = Differences([(0,), (1,)], 0, level)
    points = np.array([0.5, 0.525])
    resampled = points[:, None] + np.array([[0.0], [1.0]]) * np.random.default_rng(1).normal(0, 0.01, 4000)
    made.collect(AVERAGE, Drawn(point=points, resampled=resampled, clusters=500))
    difference = made.corrected()[1][AVERAGE]
    assert difference.verdict == verdict
    assert difference.p == pytest.approx(0.0128, abs=0.003)
    assert (difference.low > 0) == (verdict == "better")
