"""Exact match and F1 of answers."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xharness import Answer, DataError, Example, PredictionError, Predictions, Split, UsageError
from xharness_xtreme.metrics import METRICS
from xharness_xtreme.metrics.answers import word_f1
from xharness_xtreme.metrics.normalisation import ARTICLES, mlqa_normaliser, squad_normaliser

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness import Prediction

untimed = settings(deadline=None)  # numpy is imported by the first example; machines are shared
BY_NAME = {metric.name: metric for metric in METRICS}


def split_of(gold: Sequence[Sequence[str]], language: str = "en") -> Split:
    """A split with these accepted answers."""
    examples = [
        Example(id=f"q{i}", cluster="q0", inputs=None, gold=tuple(Answer(text=text) for text in texts))
        for i, texts in enumerate(gold)
    ]
    return Split(task="mlqa", language=language, name="dev", version="1", examples=examples, source="made up")


def rows(
    metric: str, gold: Sequence[Sequence[str]], values: Sequence[Prediction | None], language: str = "en"
) -> list[list[float]]:
    """The statistics of these answers."""
    predictions = Predictions(ids=[f"q{i}" for i in range(len(values))], values=values)
    found = BY_NAME[metric].statistics(split_of(gold, language), predictions).rows
    return [[float(value) for value in row] for row in found]


def test_exact_match_and_f1_take_their_best_gold_each() -> None:
    """The highest exact match and the highest F1 may come from different accepted answers."""
    assert rows("squad", [["red wine", "wine"]], ["the Wine!"]) == [[1, 1, 1]]
    assert rows("squad", [["dark red wine", "red"]], ["red wine"]) == [[0, pytest.approx(0.8), 1]]


def test_a_missing_answer_scores_zero_and_counts() -> None:
    """A question without an answer adds 0 to both and 1 to the number of questions (edge case of spec/xtreme.md §8)."""
    assert rows("squad", [["a"], ["b"]], [None, "b"]) == [[0, 0, 1], [1, 1, 1]]


def test_two_empty_answers_match_exactly_without_a_common_word() -> None:
    """Both sides empty after normalisation: exact match 1, F1 0 (edge case of spec/xtreme.md §8)."""
    assert rows("squad", [["the"]], ["a."]) == [[1, 0, 1]]


def test_mlqa_follows_the_language_of_the_split() -> None:
    """German articles go in German, Arabic ones even inside words, and Chinese is compared character by character."""
    assert rows("mlqa", [["der Hund"]], ["dem Hund"], "de") == [[1, 1, 1]]
    assert rows("squad", [["der Hund"]], ["dem Hund"], "de") == [[0, 0.5, 1]]
    assert rows("mlqa", [["الكتاب"]], ["كتاب"], "ar") == [[1, 1, 1]]
    assert rows("mlqa", [["上海"]], ["北海"], "zh") == [[0, 0.5, 1]]
    assert rows("squad", [["上海"]], ["北海"], "zh") == [[0, 0, 1]]


def test_only_the_official_han_range_is_split_into_characters() -> None:
    """U+4E00 to U+9FA5 are words of their own; kana, extension A and later characters stay in stretches (spec §2.5)."""
    assert mlqa_normaliser("zh")("一龥㐀㐁かな龦龧 ok") == ["一", "龥", "㐀㐁かな龦龧", "ok"]


def test_mlqa_refuses_a_language_without_rules() -> None:
    """A language that MLQA does not define is an error that names the cell and lists the seven that it does."""
    with pytest.raises(UsageError, match=r"^mlqa/sw: There is no MLQA .* 'sw'.*Known: ar, de, en, es, hi, vi, zh\."):
        rows("mlqa", [["a"]], ["a"], "sw")


def test_a_question_without_accepted_answers_is_refused() -> None:
    """An empty gold list is an error that names the question."""
    with pytest.raises(DataError, match=r"mlqa/en: example q0 of the dev split .* at least one accepted answer"):
        rows("squad", [[]], ["a"])


def test_an_answer_that_is_no_string_is_refused() -> None:
    """A tuple where an answer belongs is an error that names the question."""
    with pytest.raises(PredictionError, match=r"mlqa/en: example q0 has a prediction of type tuple where a string"):
        rows("squad", [["a"]], [("a",)])


def test_another_number_of_predictions_is_refused() -> None:
    """Fewer predictions than questions is an error that gives both numbers."""
    with pytest.raises(PredictionError, match=r"mlqa/en: 1 predictions for 2 examples; one per example is expected"):
        rows("squad", [["a"], ["b"]], ["a"])


def test_no_answer_is_right_exactly_if_the_answer_is_empty() -> None:
    """SQuAD v2.0: gold () is met by an answer without words, and by nothing else (evaluate-v2.0.py)."""
    assert rows("squad_v2", [[], [], [], []], ["", "the", "wine", None]) == [[1, 1, 1], [1, 1, 1], [0, 0, 1], [0, 0, 1]]
    assert rows("squad_v2", [["red wine"], ["red wine"], ["red wine"]], ["", "Red wine!", "red"]) == [
        [0, 0, 1],
        [1, 1, 1],
        [0, pytest.approx(2 / 3), 1],
    ]


def test_accepted_answers_without_words_are_left_out() -> None:
    """SQuAD v2.0 drops gold answers that are empty once normalised, and if none is left expects an empty one."""
    assert rows("squad_v2", [["the", "wine"], ["the"]], ["", ""]) == [[0, 0, 1], [1, 1, 1]]
    assert rows("squad", [["the", "wine"]], [""]) == [[1, 0, 1]]


@pytest.mark.parametrize("gold", [None, "wine", ("wine",)])
def test_squad_two_refuses_gold_of_another_form(gold: object) -> None:
    """Only a tuple of answers is gold of SQuAD v2.0: absent gold never counts as "no answer"."""
    split = split_of([["a"]])
    split = replace(split, examples=[replace(split.examples[0], gold=gold)])  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"mlqa/en: example q0 of the dev split has .* at least one accepted answer"):
        BY_NAME["squad_v2"].statistics(split, Predictions(ids=["q0"], values=["a"]))


@untimed
@given(st.text(), st.sampled_from(sorted(ARTICLES)))
def test_normalised_words_come_back_from_their_own_join(text: str, language: str) -> None:
    """Words hold no whitespace, so comparing words is comparing normalised strings."""
    for words in (squad_normaliser()(text), mlqa_normaliser(language)(text)):
        assert " ".join(words).split() == words


@untimed
@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_word_f1_is_symmetric_and_bounded(one: list[str], other: list[str]) -> None:
    """F1 does not depend on which side is gold, is in [0, 1], and is 1 only for equal bags."""
    assert word_f1(one, other) == pytest.approx(word_f1(other, one), abs=1e-15)
    assert 0 <= word_f1(one, other) <= 1
    assert (word_f1(one, other) == 1) == (sorted(one) == sorted(other) != [])


@pytest.mark.slow
def test_fourteen_thousand_questions_take_at_most_two_seconds() -> None:
    """Rows of 14,000 questions, more than any language has, take at most two processor seconds (0.2 when written)."""
    gold = [[f"the answer number {i}, of many", f"{i}"] for i in range(14_000)]
    split = split_of(gold)
    predictions = Predictions(ids=[f"q{i}" for i in range(14_000)], values=[f"number {i} or so" for i in range(14_000)])
    start = time.process_time()
    BY_NAME["mlqa"].statistics(split, predictions)
    assert time.process_time() - start < 2
