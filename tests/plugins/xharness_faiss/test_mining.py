"""Mining on arrays: laws, and the official scripts' candidates."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xharness import Neighbours
from xharness_faiss import mining
from xharness_faiss.indexes import FlatIndex
from xharness_faiss.vectors import normalise


def lines(path):
    """Returns (id, text) per line."""
    return [tuple(line.split("\t")) for line in path.read_text(encoding="utf-8").splitlines()]


def mined(left, right):
    """Returns the candidates of two sides of unit vectors."""
    return mining.mine(*FlatIndex().search_both(left, right, 4))


@pytest.mark.parametrize("case", ["case1", "case2"])
@pytest.mark.parametrize("split", ["dev", "test"])
def test_candidates_are_those_of_the_official_script(case, split, golden):
    """Same pairs with the same scores (4e-7), repeated sentences included: golden/mining/*/official-*-candidates.tsv."""
    folder = golden / "mining" / case
    sides = []
    for extension, name in (("de", "foreign"), ("en", "english")):
        texts = [text for _, text in lines(folder / f"de-en.{split}.{extension}")]
        merged, raw = mining.merge(texts), np.load(folder / f"{split}.{name}.npy")
        vectors = normalise(raw[merged.last], [str(line) for line in merged.last], "bucc2018/de")
        sides.append((vectors, [texts[line] for line in merged.last]))
    pairs = mined(sides[0][0], sides[1][0])
    ours = {
        (sides[0][1][left], sides[1][1][right]): score
        for left, right, score in zip(pairs.left, pairs.right, pairs.scores, strict=True)
    }
    official = {(x, y): float(score) for score, x, y in lines(folder / f"official-{split}-candidates.tsv")}
    assert ours.keys() == official.keys()
    assert [ours[pair] for pair in official] == pytest.approx(list(official.values()), abs=4e-7)
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    assert (expected["k"], expected["margin"], expected["mode"]) == (4, "ratio", "max")


def test_identical_lines_are_merged_and_have_no_id():
    """The last occurrence gives the vector, the first the place; what occurs twice, white space aside, has no id."""
    merged = mining.merge(["a", "b", "a", "c ", "c", "d"])
    assert merged.last.tolist() == [2, 1, 3, 4, 5]
    assert merged.only.tolist() == [-1, 1, -1, -1, 5]


def test_margins_are_those_computed_anew_from_the_vectors(unit):
    """Taking them from the neighbours' similarities gives what products of the vectors give."""
    left, right = unit(60, 16, 1), unit(70, 16, 2)
    forward, backward = FlatIndex().search_both(left, right, 4)
    products = left.astype(float) @ right.astype(float).T
    around_left = np.sort(products, axis=1)[:, -4:].mean(axis=1)
    around_right = np.sort(products, axis=0)[-4:].mean(axis=0)
    anew = products / ((around_left[:, None] + around_right[None]) / 2)
    ahead, back = mining.ratio_margins(forward, backward)
    np.testing.assert_allclose(ahead, np.take_along_axis(anew, forward.rows, axis=1), rtol=1e-6)
    np.testing.assert_allclose(back, np.take_along_axis(anew.T, backward.rows, axis=1), rtol=1e-6)


def test_sentences_without_a_neighbourhood_are_not_paired():
    """Where the mean similarities do not add up to more than zero there is no ratio, and no pair."""
    away = Neighbours(similarities=np.array([[-0.5], [0.9]], np.float32), rows=np.array([[0], [1]]))
    pairs = mining.mine(away, away)
    assert list(zip(pairs.left, pairs.right, strict=True)) == [(1, 1)]


def test_each_sentence_is_in_one_pair_at_most_and_scores_fall(unit):
    """One-to-one, in descending order, all scores above zero."""
    pairs = mined(unit(200, 12, 3), unit(150, 12, 4))
    assert len(set(pairs.left)) == len(pairs.left) == len(set(pairs.right)) == len(pairs)
    assert (np.diff(pairs.scores) <= 0).all()
    assert (pairs.scores > 0).all()


def test_the_order_of_the_sentences_does_not_matter(unit):
    """Shuffled sides give the same pairs with the same scores."""
    left, right, rng = unit(120, 12, 5), unit(140, 12, 6), np.random.default_rng(7)
    rows, columns = rng.permutation(120), rng.permutation(140)
    usual, shuffled = mined(left, right), mined(left[rows], right[columns])
    ours = dict(zip(zip(usual.left, usual.right, strict=True), usual.scores, strict=True))
    theirs = dict(zip(zip(rows[shuffled.left], columns[shuffled.right], strict=True), shuffled.scores, strict=True))
    assert ours.keys() == theirs.keys()
    assert [ours[pair] for pair in theirs] == pytest.approx(list(theirs.values()), rel=1e-12)


def test_swapping_the_sides_gives_the_same_pairs(unit):
    """No side is the first one."""
    left, right = unit(80, 12, 8), unit(90, 12, 9)
    ours, theirs = mined(left, right), mined(right, left)
    assert set(zip(ours.left, ours.right, strict=True)) == set(zip(theirs.right, theirs.left, strict=True))


def test_equal_scores_are_taken_in_order_of_rows():
    """Ties are settled by the lower left row, then by the lower right one."""
    pairs = mining.Pairs(scores=np.ones(3), left=np.array([0, 0, 1]), right=np.array([0, 1, 0]))
    assert mining.one_to_one(pairs).left.tolist() == [0]
    none = mining.Pairs(scores=np.zeros(0), left=np.zeros(0, np.int64), right=np.zeros(0, np.int64))
    assert len(mining.one_to_one(none)) == 0


def slow_threshold(scores, correct, gold_pairs):
    """Returns the threshold with the best F1 by trying each distinct score, from the highest, as a cut."""
    best = (0.0, 0.0)
    for score in sorted(set(scores), reverse=True):
        chosen = [right for value, right in zip(scores, correct, strict=True) if value >= score]
        f1 = 2 * sum(chosen) / (len(chosen) + gold_pairs)
        if f1 > best[0]:
            best = (f1, score)
    return best


@given(st.lists(st.tuples(st.integers(1, 20), st.booleans()), max_size=40), st.integers(0, 5))
def test_the_threshold_has_the_best_f1_and_gives_it_when_applied(rows, missed):
    """Against trying all cuts; precision, recall and F1 are what extraction at the threshold gives, ties included."""
    rows.sort(key=lambda row: -row[0])
    scores, correct = [row[0] / 7 for row in rows], [row[1] for row in rows]
    gold_pairs = sum(correct) + missed
    threshold = mining.best_threshold(np.array(scores), np.array(correct, dtype=bool), gold_pairs)
    f1, lowest = slow_threshold(scores, correct, gold_pairs)
    assert threshold.f1 == pytest.approx(f1)
    if f1:
        chosen = [right for score, right in zip(scores, correct, strict=True) if score >= threshold.value]
        assert len(chosen) == sum(score >= lowest for score in scores)
        assert threshold.precision == pytest.approx(sum(chosen) / len(chosen))
        assert threshold.recall == pytest.approx(sum(chosen) / gold_pairs)


def test_a_perfect_ranking_has_a_threshold():
    """Where everything is extracted the threshold is the last score (the official script stops with an IndexError)."""
    threshold = mining.best_threshold(np.array([1.3, 1.2, 1.1]), np.ones(3, dtype=bool), 3)
    assert (threshold.value, threshold.f1) == (1.1, 1.0)


def test_the_threshold_lies_half_way_to_the_next_score():
    """Midpoint of the last score extracted and the first one not extracted; of equally good cuts the highest."""
    threshold = mining.best_threshold(np.array([1.5, 1.25, 1.0, 0.5]), np.array([1, 1, 0, 0], dtype=bool), 2)
    assert threshold.value == pytest.approx(1.125)


def test_neighbouring_floats_are_kept_apart():
    """Where no number lies between two scores the threshold is the upper one, not the lower."""
    low = 1.1
    high = float(np.nextafter(low, 2))
    threshold = mining.best_threshold(np.array([high, low]), np.array([True, False]), 1)
    assert threshold.value == high


@pytest.mark.parametrize("correct", [[], [False, False]])
def test_nothing_correct_extracts_everything(correct):
    """Without one right candidate there is no best cut: threshold 0, all scores 0."""
    threshold = mining.best_threshold(np.arange(len(correct), 0, -1.0), np.array(correct, dtype=bool), 4)
    assert threshold == mining.Threshold(value=0.0, precision=0.0, recall=0.0, f1=0.0)
