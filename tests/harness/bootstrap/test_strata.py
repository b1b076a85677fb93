"""Sums by cluster are exact in any order, and what cannot be resampled is refused."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import xharness
from hypothesis import given
from hypothesis import strategies as st
from xharness.bootstrap import resample
from xharness.bootstrap.strata import exact, strata

from .made_up import cell as made_cell
from .made_up import coins, drawn, f1_of, fractions, means, spans

some_rows = st.lists(st.floats(0, 1, allow_nan=False), min_size=2, max_size=40)


@given(values=some_rows, order=st.randoms(use_true_random=False), copies=st.integers(1, 50))
def test_sums_are_the_same_bits_in_any_order(values, order, copies):
    """Rounded rows, taken any number of times up to the bound, add up to the same bits in whatever order."""
    rows = exact(np.array(values)[None, :, None], copies * len(values))[0, :, 0].tolist() * copies
    shuffled = list(rows)
    order.shuffle(shuffled)
    assert sum(rows) == sum(shuffled) == math.fsum(rows) == float(sum(map(Fraction, rows)))


@pytest.mark.parametrize("n", [2, 240, 1_190, 11_590, 400_000])
def test_rounding_is_below_two_to_the_minus_33(n):
    """A fraction moves by 2^-33 at most, at the size of the largest file as at the smallest."""
    values = fractions(n, n, systems=1)[0]
    rounded = exact(values[None, :, None], n)[0, :, 0]
    assert np.abs(rounded - values).max() <= 2.0**-33
    numbers = np.random.default_rng(1)
    assert len({rounded[numbers.permutation(n)].sum() for _ in range(5)} | {math.fsum(rounded)}) == 1


def test_fractions_are_rounded_finely_whatever_the_number_of_examples():
    """A stratum of 50,000 examples in 10,000 clusters keeps its fractions to 2^-33 a row: what matters are the clusters."""
    values = fractions(3, 50_000, systems=1)[0]
    [stratum] = strata([means(values, clusters=[str(one // 5) for one in range(50_000)], shared=True)])
    wanted = values.reshape(-1, 5).sum(axis=1)
    assert np.abs(np.sort(stratum.sums[:, 0]) - np.sort(wanted)).max() <= 5 * 2.0**-33 + 1e-14


@given(values=st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=20))
def test_whole_numbers_stay_as_they_are(values):
    """Counts are not rounded, however many and however large."""
    rows = np.array(values, dtype=np.float64)[None, :, None]
    assert exact(rows, 1 << 20) is rows


def test_whole_columns_beside_fractions_stay_as_they_are():
    """A column of counts beside a column of fractions keeps its whole numbers."""
    rows = np.stack([np.array([1 / 3, 2 / 7]), np.array([5.0, 120_001.0])], axis=1)[None]
    assert exact(rows, 1_000)[0, :, 1].tolist() == [5.0, 120_001.0]


def test_sums_by_cluster_do_not_depend_on_the_order_of_rows():
    """The same examples in another order give the same sums, types and multiplicities, bit by bit."""
    first, second = fractions(5, 300)
    clusters = np.array([f"c{one % 37}" for one in range(300)])
    order = np.random.default_rng(0).permutation(300)
    [plain] = strata([means(first, second, clusters=clusters.tolist())])
    [shuffled] = strata([means(first[order], second[order], clusters=clusters[order].tolist())])
    assert plain.sums.tobytes() == shuffled.sums.tobytes()
    assert plain.multiplicity.tolist() == shuffled.multiplicity.tolist()
    assert plain.clusters == 37


def test_types_count_every_cluster_once():
    """Accuracy of two systems has four types at most; their multiplicities add up to the clusters and to the totals."""
    first, second = coins(1, 500, 0.7, 0.6)
    [stratum] = strata([means(first, second)])
    assert len(stratum.multiplicity) == 4
    assert stratum.multiplicity.sum() == stratum.clusters == 500
    assert (stratum.multiplicity @ stratum.sums).tolist() == [first.sum(), 500, second.sum(), 500]


def test_one_name_twice_is_refused():
    """Two cells of one name are refused, by that name."""
    values = coins(1, 10, 0.5)[0]
    with pytest.raises(xharness.UsageError, match="'xnli/de' is given twice"):
        resample([means(values, name="xnli/de", stratum="a"), means(values, name="xnli/de", stratum="b")])


@pytest.mark.parametrize(
    "rows", [np.ones((10, 2)), np.ones((1, 9, 2)), np.ones((1, 1, 10, 2))], ids=["2d", "one row short", "4d"]
)
def test_wrong_shapes_are_refused(rows):
    """Rows that are not (systems, examples, columns), with a cluster id for each, are refused with both numbers."""
    clusters = [str(one) for one in range(10)]
    with pytest.raises(xharness.UsageError, match=r"xnli/de: rows have the shape .* 10 cluster ids"):
        resample([made_cell(rows, name="xnli/de", clusters=clusters)])


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_rows_that_are_no_numbers_are_refused(value):
    """One NaN among the rows is refused and named, instead of turning up as a score."""
    values = np.array([1.0, 0.5, value])
    with pytest.raises(xharness.UsageError, match="xquad/de: rows hold NaN or infinity"):
        resample([means(values, name="xquad/de")])


@pytest.mark.parametrize("n", [0, 1, 7])
def test_one_cluster_is_refused(n):
    """Fewer than two clusters say nothing about how a score varies: refused, with the name."""
    with pytest.raises(xharness.UsageError, match=rf"xnli/de: {min(n, 1)} cluster: at least two"):
        resample([means(np.ones(n), name="xnli/de", clusters=["only"] * n)])


def test_one_stratum_for_cells_that_do_not_share_it_is_refused():
    """Cells that name the same stratum must say that they share its clusters, all of them."""
    values = coins(1, 10, 0.5)[0]
    cells = [
        means(values, name="xnli/de", stratum="xnli", shared=True),
        means(values, name="xnli/fr", stratum="xnli", shared=False),
    ]
    with pytest.raises(xharness.UsageError, match=r"xnli/de, xnli/fr name one stratum, 'xnli'.*shared=True"):
        resample(cells)


@pytest.mark.parametrize("systems", [1, 3])
def test_exchange_of_other_than_two_systems_is_refused(systems):
    """Exactly two systems can be exchanged with one another."""
    rows = spans(1, 20, systems=systems)
    with pytest.raises(xharness.UsageError, match="exactly two"):
        resample([made_cell(rows, score=f1_of)], resamples=10, exchange=True)


def test_a_cell_may_lack_clusters_of_its_stratum():
    """A language that lacks some clusters keeps its own score; its resamples draw from all clusters of the stratum."""
    values = coins(2, 60, 0.6)[0]
    whole = means(values, name="a", stratum="s", shared=True)
    short = means(values[:50], name="b", stratum="s", shared=True, clusters=[str(one) for one in range(50)])
    found = resample([whole, short], resamples=500)
    assert found["b"].point[0] == values[:50].mean()
    assert found["b"].clusters == {"s": 60}
    alone = drawn(short, resamples=500)
    assert alone.point[0] == values[:50].mean()
    assert 0.8 < found["b"].resampled.std() / alone.resampled.std() < 1.25
