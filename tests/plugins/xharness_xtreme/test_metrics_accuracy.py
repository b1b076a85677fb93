"""Accuracy of labels and of documents found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score
from xharness import DataError, Example, PredictionError, Predictions, Split
from xharness_xtreme.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness.records import Gold, Prediction

untimed = settings(deadline=None)  # numpy is imported by the first example; machines are shared
BY_NAME = {metric.name: metric for metric in METRICS}


def split_of(gold: Sequence[Gold | None]) -> Split:
    """A split with this gold, three examples to a cluster."""
    examples = [Example(id=str(i), cluster=str(i // 3), inputs=None, gold=value) for i, value in enumerate(gold)]
    return Split(task="xnli", language="sw", name="test", version="1", examples=examples, source="made up")


def hits(metric: str, gold: Sequence[Gold | None], values: Sequence[Prediction | None]) -> list[float]:
    """Whether each example counts as right."""
    predictions = Predictions(ids=[str(i) for i in range(len(values))], values=values)
    found = BY_NAME[metric].statistics(split_of(gold), predictions)
    assert found.rows[:, 1].tolist() == [1] * len(gold)
    return [float(value) for value in found.rows[:, 0]]


@untimed
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1))
def test_accuracy_is_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    """The share of equal labels is scikit-learn's accuracy."""
    gold, predicted = [g for g, _ in pairs], [p for _, p in pairs]
    found = hits("accuracy", gold, predicted)
    assert sum(found) / len(found) == pytest.approx(accuracy_score(gold, predicted), rel=1e-12)


def test_labels_are_stripped_and_otherwise_compared_as_they_are() -> None:
    """Whitespace at the ends does not count, case and leading zeros do (spec/xtreme.md §2.2)."""
    assert hits("accuracy", ["neutral", "neutral", "12"], [" neutral\r", "Neutral", "012"]) == [1, 0, 0]


def test_clusters_are_those_of_the_examples() -> None:
    """Statistics carry the ids and clusters of the split."""
    found = BY_NAME["accuracy"].statistics(split_of(["a"] * 4), Predictions(ids=list("0123"), values=["a"] * 4))
    assert (list(found.ids), list(found.clusters)) == (["0", "1", "2", "3"], ["0", "0", "0", "1"])


def test_a_document_found_is_right_if_it_is_in_the_gold() -> None:
    """Retrieval is right for any of the gold ids; `[12]` is not `12` (edge case of spec/xtreme.md §8)."""
    assert hits("retrieval_accuracy", [("12",), ("12",), ("1", "2")], ["12", "[12]", "2"]) == [1, 0, 1]


@pytest.mark.parametrize(("metric", "gold"), [("accuracy", "a"), ("retrieval_accuracy", ("a",))])
def test_missing_predictions_are_refused(metric: str, gold: Gold) -> None:
    """Examples without prediction are an error that counts them and names the first three, never wrong answers."""
    expected = r"xnli/sw: 4 of 6 examples have no prediction \(first: 1, 2, 3\); the split was not scored"
    with pytest.raises(PredictionError, match=expected):
        hits(metric, [gold] * 6, ["a", None, None, None, None, "a"])


@pytest.mark.parametrize(
    ("metric", "expected"), [("accuracy", "a label"), ("retrieval_accuracy", "a tuple of strings")]
)
def test_missing_gold_is_refused(metric: str, expected: str) -> None:
    """A split without gold is never scored: the error names the example and what was expected."""
    with pytest.raises(
        DataError, match=f"xnli/sw: example 0 of the test split has no gold where {expected} is expected"
    ):
        hits(metric, [None], ["a"])


def test_an_empty_split_is_refused() -> None:
    """A split without examples has no accuracy."""
    with pytest.raises(DataError, match=r"xnli/sw: the test split has no examples, so there is nothing to score"):
        hits("accuracy", [], [])
