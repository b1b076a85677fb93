"""Chunk F1 and token accuracy of tag sequences."""

from __future__ import annotations

import time
from itertools import groupby
from typing import TYPE_CHECKING

import pytest
import seqeval.metrics
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score
from xharness import DataError, Example, PredictionError, Predictions, Split
from xharness_xtreme.inventory import LABELS
from xharness_xtreme.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness import Metric

untimed = settings(deadline=None)  # numpy is imported by the first example; machines are shared
BY_NAME = {metric.name: metric for metric in METRICS}
Sentences = list[list[str]]


def split_of(gold: Sequence[Sequence[str]]) -> Split:
    """A split of sentences with these tags."""
    examples = [Example(id=f"s{i}", cluster=f"s{i}", inputs=None, gold=tuple(tags)) for i, tags in enumerate(gold)]
    return Split(task="panx", language="sw", name="test", version="1", examples=examples, source="made up")


def predictions_of(predicted: Sequence[Sequence[str]]) -> Predictions:
    """Predictions for the sentences in order."""
    return Predictions(ids=[f"s{i}" for i in range(len(predicted))], values=[tuple(tags) for tags in predicted])


def rows(metric: Metric, gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> list[list[float]]:
    """The statistics of each sentence."""
    found = metric.statistics(split_of(gold), predictions_of(predicted)).rows
    return [[float(value) for value in row] for row in found]


def scores(name: str, gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> dict[str, float]:
    """Scores of the whole split."""
    metric = BY_NAME[name]
    totals = metric.statistics(split_of(gold), predictions_of(predicted)).rows.sum(axis=0)
    return {score: float(value) for score, value in metric.score(totals).items()}


def corpora(tags: Sequence[str]) -> st.SearchStrategy[tuple[Sentences, Sentences]]:
    """Gold and prediction of the same lengths, in few tags, so that runs and agreements are common."""
    pairs = st.lists(
        st.lists(st.tuples(st.sampled_from(tags), st.sampled_from(tags)), min_size=1, max_size=9), max_size=6
    )
    return pairs.filter(bool).map(
        lambda corpus: ([[g for g, _ in s] for s in corpus], [[p for _, p in s] for s in corpus])
    )


@untimed
@given(corpora(LABELS["panx"]))
def test_entity_chunks_are_those_of_seqeval(corpus: tuple[Sentences, Sentences]) -> None:
    """On IOB2 tags, orphan I- tags included, the scores are those of seqeval's default mode."""
    gold, predicted = corpus
    found = scores("chunk_f1", gold, predicted)
    if not any(tag != "O" for tags in [*gold, *predicted] for tag in tags):
        assert found == {"f1": 0, "precision": 0, "recall": 0}
        return
    expected = {
        "f1": seqeval.metrics.f1_score(gold, predicted, zero_division=0),
        "precision": seqeval.metrics.precision_score(gold, predicted, zero_division=0),
        "recall": seqeval.metrics.recall_score(gold, predicted, zero_division=0),
    }
    assert found == pytest.approx(expected, rel=1e-12)


def upos_chunks(sentences: Sentences) -> set[tuple[int, int, int, str]]:
    """The rule of spec/xtreme.md §2.3 told in another way: runs of a tag, cut into single tokens where it begins with S."""
    chunks = set()
    for number, tags in enumerate(sentences):
        for tag, run in groupby(range(len(tags)), key=tags.__getitem__):
            places = list(run)
            spans = [(i, i) for i in places] if tag.startswith("S") else [(places[0], places[-1])]
            chunks |= {(number, first, last, tag) for first, last in spans if tag != "O"}
    return chunks


@untimed
@given(corpora(["NOUN", "SCONJ", "SYM", "CCONJ", "X", "INTJ", "_", "O"]))
def test_upos_chunks_are_runs_of_a_tag(corpus: tuple[Sentences, Sentences]) -> None:
    """UDPOS rows count maximal runs of one tag, single tokens for tags with S, and nothing for O."""
    gold, predicted = upos_chunks(corpus[0]), upos_chunks(corpus[1])
    found = BY_NAME["upos_chunk_f1"].statistics(split_of(corpus[0]), predictions_of(corpus[1])).rows.sum(axis=0)
    assert list(found) == [len(gold & predicted), len(predicted), len(gold)]


def test_upos_tags_that_share_their_end_are_different() -> None:
    """SCONJ for CCONJ is wrong, as for seqeval before 0.0.14; later versions drop the first letter and call it right."""
    assert scores("upos_chunk_f1", [["CCONJ", "X"]], [["SCONJ", "X"]])["f1"] == 0.5


def test_an_inside_tag_may_start_a_chunk() -> None:
    """I- after O or after another type starts a chunk of its own."""
    assert rows(BY_NAME["chunk_f1"], [["I-PER", "I-LOC", "I-LOC"]], [["B-PER", "B-LOC", "I-LOC"]]) == [[2, 2, 2]]


def test_chunks_do_not_cross_sentences() -> None:
    """The same tag on both sides of a sentence border makes two chunks, and sentences without tokens make none."""
    gold = [["B-PER"], [], ["I-PER"]]
    assert rows(BY_NAME["chunk_f1"], gold, gold) == [[1, 1, 1], [0, 0, 0], [1, 1, 1]]
    assert rows(BY_NAME["upos_chunk_f1"], [["X"], ["X"]], [["X"], ["X"]]) == [[1, 1, 1], [1, 1, 1]]


def test_all_outside_scores_zero() -> None:
    """O everywhere on both sides is 0, not 1 (edge case of spec/xtreme.md §8)."""
    assert scores("chunk_f1", [["O", "O"]], [["O", "O"]]) == {"f1": 0, "precision": 0, "recall": 0}


@untimed
@given(corpora(LABELS["udpos"]))
def test_token_accuracy_is_that_of_scikit_learn(corpus: tuple[Sentences, Sentences]) -> None:
    """Token accuracy over all sentences is the plain accuracy of the joined tags."""
    gold, predicted = corpus
    expected = accuracy_score([tag for tags in gold for tag in tags], [tag for tags in predicted for tag in tags])
    assert scores("token_accuracy", gold, predicted) == {"token_accuracy": pytest.approx(expected, rel=1e-12)}


@pytest.mark.parametrize("name", ["chunk_f1", "upos_chunk_f1", "token_accuracy"])
def test_unequal_lengths_are_refused(name: str) -> None:
    """A sentence with more or fewer tags than tokens stops the scoring, naming cell, sentence and both lengths."""
    with pytest.raises(
        PredictionError, match=r"panx/sw: sentence s1 has 3 gold tags but 2 predicted ones; predict exact"
    ):
        rows(BY_NAME[name], [["O"], ["O", "O", "O"]], [["O"], ["O", "O"]])


def test_a_sentence_without_tags_is_refused() -> None:
    """A missing prediction of a sentence is an error that names it, never a row of zeros."""
    with pytest.raises(
        PredictionError, match=r"panx/sw: sentence s0 has no prediction where a tuple of 1 tags is expec"
    ):
        BY_NAME["chunk_f1"].statistics(split_of([["O"]]), Predictions(ids=["s0"], values=[None]))


def test_gold_of_another_form_is_refused() -> None:
    """A split whose gold is a label, not tags, is an error that names the example and what was expected."""
    split = split_of([["O"]])
    wrong = Split(
        task="panx", language="sw", name="test", version="1", source="made up",
        examples=[Example(id="s0", cluster="s0", inputs=None, gold="O")],
    )  # fmt: skip
    assert split.has_gold
    with pytest.raises(DataError, match=r"panx/sw: example s0 of the test split has gold of another form \('O'\)"):
        BY_NAME["chunk_f1"].statistics(wrong, predictions_of([["O"]]))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["chunk_f1", "upos_chunk_f1"])
def test_a_million_tokens_are_counted_within_seconds(name: str) -> None:
    """1.3 million tokens, as many as UDPOS has, take at most three processor seconds (a third of one on real UDPOS)."""
    tags = LABELS["panx" if name == "chunk_f1" else "udpos"]
    gold = [tuple(tags[(i * 7 + j * j) % len(tags)] for j in range(20)) for i in range(65_000)]
    predicted = [(*sentence[:10], *reversed(sentence[10:])) for sentence in gold]
    split, predictions = split_of(gold), predictions_of(predicted)
    start = time.process_time()
    BY_NAME[name].statistics(split, predictions)
    assert time.process_time() - start < 3
