"""F1 of mined pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from xharness import Example, PredictionError, Predictions, Split
from xharness_xtreme.metrics import METRICS

if TYPE_CHECKING:
    from xharness.records import Prediction

PAIRS = {metric.name: metric for metric in METRICS}["pairs_f1"]


def split_of(gold: dict[str, tuple[str, ...]]) -> Split:
    """A split of foreign sentences with their English ids."""
    examples = [Example(id=id_, cluster=f"c-{id_}", inputs=None, gold=english) for id_, english in gold.items()]
    return Split(task="bucc2018", language="de", name="dev", version="1", examples=examples, source="made up")


def predictions_of(found: dict[str, Prediction | None]) -> Predictions:
    """Predictions by foreign id."""
    return Predictions(ids=list(found), values=list(found.values()))


def test_rows_follow_examples_then_strangers() -> None:
    """Every example has a row, found or not; ids that only the predictions have follow, all of their pairs wrong."""
    split = split_of({"a": ("1",), "b": (), "c": ("3", "4")})
    found = PAIRS.statistics(split, predictions_of({"z": ("9",), "c": ("4", "5"), "": ("",)}))
    assert list(found.ids) == ["a", "b", "c", "z", ""]
    assert list(found.clusters) == ["c-a", "c-b", "c-c", "z", ""]
    assert found.rows.tolist() == [[0, 0, 1], [0, 0, 0], [1, 2, 2], [0, 1, 0], [0, 1, 0]]


def test_a_pair_given_twice_counts_once() -> None:
    """Pairs are a set, in the gold and in the prediction (edge case of spec/xtreme.md §8)."""
    found = PAIRS.statistics(split_of({"a": ("1", "1")}), predictions_of({"a": ("1", "1", "2")}))
    assert found.rows.tolist() == [[1, 2, 1]]


def test_nothing_extracted_scores_zero() -> None:
    """No pairs at all give 0 for f1, precision and recall (edge case of spec/xtreme.md §8)."""
    rows = PAIRS.statistics(split_of({"a": ("1",)}), predictions_of({"a": None})).rows
    assert {name: float(value) for name, value in PAIRS.score(rows.sum(axis=0)).items()} == {
        "f1": 0,
        "precision": 0,
        "recall": 0,
    }


def test_two_predictions_of_one_sentence_are_refused() -> None:
    """An id that occurs twice is an error that names it and says how to give several pairs."""
    with pytest.raises(PredictionError, match=r"bucc2018/de: sentence 'a' has two predictions; give all .* one tuple"):
        PAIRS.statistics(split_of({"a": ("1",)}), Predictions(ids=["a", "a"], values=[("1",), ("2",)]))


def test_a_string_of_ids_is_refused() -> None:
    """A bare string is not taken for a tuple of its characters."""
    with pytest.raises(PredictionError, match=r"bucc2018/de: sentence 'a' has the string 'en-1' where a tuple of ids"):
        PAIRS.statistics(split_of({"a": ("1",)}), predictions_of({"a": "en-1"}))
