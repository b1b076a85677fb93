"""A combination of draws equals what one gets by computing it draw by draw, and from one cluster less."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xharness.bootstrap import combine, resample
from xharness.bootstrap.draws import resampled as draw_totals

from .made_up import cell as made_cell
from .made_up import drawn, f1_of, fractions, mean_of, means, spans


def three(resamples=200, exchange=True):
    """Two parallel languages and a set of sentences."""
    cells = [means(*fractions(one, 60), name=f"qa/{one}", stratum="qa", shared=True) for one in range(2)]
    cells.append(made_cell(spans(5, 90), name="tags", score=f1_of))
    return cells, resample(cells, resamples=resamples, seed=1, exchange=exchange)


@given(weights=st.lists(st.floats(-2, 2), min_size=3, max_size=3))
@settings(max_examples=20, deadline=None)
def test_a_combination_is_the_weighted_sum_of_every_draw(weights):
    """Point, every resample and every exchange of a combination are the weighted sums of its parts'."""
    cells, found = three(resamples=20)
    mean = combine("mean", [(weight, found[one.name]) for weight, one in zip(weights, cells, strict=True)])
    for number in range(20):
        for system in (0, 1):
            wanted = sum(w * found[one.name].resampled[system, number] for w, one in zip(weights, cells, strict=True))
            assert mean.resampled[system, number] == pytest.approx(wanted, abs=1e-12)
        wanted = sum(w * found[one.name].exchanged[number] for w, one in zip(weights, cells, strict=True))
        assert mean.exchanged[number] == pytest.approx(wanted, abs=1e-12)
    assert mean.point.tolist() == pytest.approx(
        sum(w * found[one.name].point for w, one in zip(weights, cells, strict=True)).tolist(), abs=1e-12
    )
    assert (mean.name, mean.clusters) == ("mean", {"qa": 60, "tags": 90})


def test_a_combination_of_combinations_is_one_combination():
    """The mean over tasks of means over languages is the weighted sum over cells, influences and all."""
    _, found = three()
    task = combine("qa", [(0.5, found["qa/0"]), (0.5, found["qa/1"])])
    nested = combine("all", [(0.5, task), (0.5, found["tags"])])
    flat = combine("all", [(0.25, found["qa/0"]), (0.25, found["qa/1"]), (0.5, found["tags"])])
    assert nested.resampled == pytest.approx(flat.resampled, abs=1e-12)
    assert nested.exchanged == pytest.approx(flat.exchanged, abs=1e-12)
    for stratum in ("qa", "tags"):
        assert nested.influences[stratum].values == pytest.approx(flat.influences[stratum].values, abs=1e-12)


def test_influences_are_those_of_one_cluster_less():
    """What a cluster contributes is (G − 1)/G times the mean leave-one-out score less the one without it, recomputed."""
    cells, found = three()
    mean = combine("mean", [(0.5, found["qa/0"]), (0.5, found["qa/1"])])
    names = sorted(set(cells[0].clusters))
    for system in (0, 1):
        without = []
        for name in names:
            kept = [one != name for one in cells[0].clusters]
            scores = [mean_of(cell.rows[system][kept].sum(axis=0)) for cell in cells[:2]]
            without.append(sum(scores) / 2)
        wanted = (len(names) - 1) / len(names) * (np.mean(without) - np.array(without))
        assert mean.influences["qa"].values[system] == pytest.approx(wanted, abs=1e-9)
    assert mean.influences["qa"].multiplicity.tolist() == [1] * 60


def test_influences_of_types_are_those_of_their_clusters():
    """With types, each type's influence is that of any of its clusters; multiplicities weigh them."""
    rows = spans(6, 120)
    fast, slow = (drawn(made_cell(rows, score=f1_of, shared=shared), resamples=10) for shared in (False, True))
    one, other = fast.influences["cell"], slow.influences["cell"]
    assert len(one.multiplicity) < len(other.multiplicity) == 120
    for power in (1, 2, 3):
        sums = [(each.values**power) @ each.multiplicity for each in (one, other)]
        assert sums[0] == pytest.approx(sums[1], abs=1e-12)


def test_resampled_scores_are_scores_of_resampled_totals():
    """A cell's resamples are its metric, applied to the totals that the stratum's counts give, draw by draw."""
    values = fractions(7, 40)
    found = drawn(means(*values, stratum="s", shared=True), resamples=30, seed=9)
    order = sorted(range(40), key=str)
    counts = draw_totals(9, "s", np.eye(40), np.ones(40, dtype=np.int64), 30)
    for system in (0, 1):
        wanted = [float(count @ values[system][order]) / count.sum() for count in counts]
        assert found.resampled[system] == pytest.approx(wanted, abs=1e-8)


def test_a_difference_of_cells_of_one_stratum_is_nothing_for_the_same_rows():
    """Equal rows in two cells of a stratum are resampled alike: their difference is 0 in every draw."""
    values = fractions(8, 50)
    cells = [means(*values, name=name, stratum="s", shared=True) for name in "ab"]
    found = resample(cells, resamples=100, exchange=True)
    apart = combine("a - b", [(1.0, found["a"]), (-1.0, found["b"])])
    assert not apart.resampled.any()
    assert not apart.exchanged.any()
    assert not apart.influences["s"].values.any()


def test_without_exchanges_there_are_none():
    """A combination has exchanges only if every part has them."""
    _, found = three(exchange=False)
    _, other = three(exchange=True)
    assert combine("mean", [(0.5, found["qa/0"]), (0.5, found["tags"])]).exchanged is None
    assert combine("mean", [(0.5, other["qa/0"]), (0.5, found["tags"])]).exchanged is None


def test_one_part_is_itself():
    """A combination of one part with weight 1 is that part."""
    _, found = three()
    alone = combine("alone", [(1.0, found["tags"])])
    assert alone.point.tolist() == found["tags"].point.tolist()
    assert alone.resampled.tobytes() == found["tags"].resampled.tobytes()
    assert alone.influences["tags"].values.tobytes() == found["tags"].influences["tags"].values.tobytes()


def test_progress_names_every_stratum():
    """`advance` hears of every stratum once."""
    cells, _ = three()
    heard: list[str] = []
    resample(cells, resamples=5, advance=heard.append)
    assert sorted(heard) == ["qa", "tags"]
