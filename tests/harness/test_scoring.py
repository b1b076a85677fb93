"""Alignment by id, scores from sums of rows, averages only when everything below is there."""

from __future__ import annotations

import pytest
import xharness
from hypothesis import given
from hypothesis import strategies as st
from xharness.scoring import aggregate, align, score_split

from .conftest import LANGUAGES, Accuracy, World


def split_of(world: World) -> xharness.Split:
    """Six made-up examples."""
    return world.load("moods")(xharness.DataRequest(language="sw", split="test"))


def answers(ids: list[str], value: str = "good") -> xharness.Predictions:
    """The same answer to every id."""
    return xharness.Predictions(ids=ids, values=[value] * len(ids))


def test_missing_predictions_are_counted_and_named(world):
    """Examples without a prediction stop the scoring and are named."""
    with pytest.raises(xharness.PredictionError, match=r"moods/sw: 2 of 6 examples have no prediction \(first: 4, 5\)"):
        align(split_of(world), answers(["0", "1", "2", "3"]), open_ids=False)


def test_unknown_ids_are_named(world):
    """Predictions for ids that the split does not have stop the scoring."""
    with pytest.raises(xharness.PredictionError, match=r"moods/sw: 1 predictions are for ids .*first: 99"):
        align(split_of(world), answers([*"012345", "99"]), open_ids=False)


def test_duplicate_ids_are_named(world):
    """Two predictions for one id stop the scoring."""
    with pytest.raises(xharness.PredictionError, match=r"more than one prediction \(first: '3'\)"):
        align(split_of(world), answers([*"012345", "3"]), open_ids=False)


def test_open_ids_fill_and_append(world):
    """With open ids an absent id means nothing found, and unknown ids follow at the end."""
    made = xharness.Predictions(ids=["9", "1"], values=[("a",), ("b",)])
    aligned = align(split_of(world), made, open_ids=True)
    assert list(aligned.ids) == [*"012345", "9"]
    assert list(aligned.values) == [(), ("b",), (), (), (), (), ("a",)]


@given(order=st.permutations("012345"))
def test_order_of_predictions_does_not_matter(order):
    """Predictions are paired by id, whatever their order."""
    world = World()
    task = xharness.Task(
        name="moods", version="1", kind="classification", languages=LANGUAGES, metrics=("accuracy",),
        main=("accuracy",), head="moods", load=world.load("moods"),
    )  # fmt: skip
    values = {one: "good" if one in "0245" else "bad" for one in "012345"}
    made = xharness.Predictions(ids=list(order), values=[values[one] for one in order])
    scored = score_split(task, split_of(world), made, {"accuracy": Accuracy()})
    assert scored.scores[0].value == pytest.approx(5 / 6)
    assert list(scored.predictions.ids) == list("012345")


def test_averages_need_every_cell(plugins):
    """A mean exists only where every cell below is there; the mean of means is unweighted."""
    suite = plugins.suite("xtreme")
    tasks = plugins.suite_tasks(suite)
    values = {"moods": (0.2, 0.4, 0.6), "tones": (1.0, 0.0, 0.8)}
    cells = {
        (task, language): [xharness.Score(metric="accuracy", value=value, n=1, main=True)]
        for task, scores in values.items()
        for language, value in zip(LANGUAGES, scores, strict=True)
    }
    whole = aggregate(suite.aggregator, tasks, cells)
    assert whole.average == pytest.approx(0.5)
    assert whole.tasks == {"moods": pytest.approx(0.4), "tones": pytest.approx(0.6)}
    del cells["tones", "th"]
    part = aggregate(suite.aggregator, tasks, cells)
    assert part.average is None
    assert part.groups == {"feeling": None}
    assert part.tasks == {"moods": pytest.approx(0.4), "tones": None}
