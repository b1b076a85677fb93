"""Laws that every metric keeps, whatever it counts."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xharness import Answer, Example, Predictions, Split
from xharness_xtreme.metrics import METRICS

if TYPE_CHECKING:
    from xharness import Metric

untimed = settings(deadline=None)  # numpy is imported by the first example; machines are shared
WORDS = st.lists(st.sampled_from(["wine", "the", "red.", "Sea", "上海"]), max_size=4).map(" ".join)
ANSWERS = st.lists(WORDS.map(lambda text: Answer(text=text)), min_size=1, max_size=2).map(tuple)
DOCUMENTS = st.lists(st.sampled_from("123"), max_size=3).map(tuple)


def tagged(tags: list[str]) -> st.SearchStrategy[tuple[Any, Any]]:
    """Gold and predicted tags of one sentence."""
    pairs = st.lists(st.tuples(st.sampled_from(tags), st.sampled_from(tags)), max_size=6)
    return pairs.map(lambda sentence: (tuple(g for g, _ in sentence), tuple(p for _, p in sentence)))


UPOS = ["NOUN", "VERB", "SYM"]
ITEMS: dict[str, st.SearchStrategy[tuple[Any, Any]]] = {
    "accuracy": st.tuples(st.sampled_from("ab"), st.sampled_from("ab")),
    "chunk_f1": tagged(["O", "B-PER", "I-PER", "I-LOC"]),
    "upos_chunk_f1": tagged(UPOS),
    "token_accuracy": tagged(UPOS),
    "squad": st.tuples(ANSWERS, st.none() | WORDS),
    "squad_v2": st.tuples(ANSWERS | st.just(()), st.none() | WORDS),
    "mlqa": st.tuples(ANSWERS, st.none() | WORDS),
    "retrieval_accuracy": st.tuples(DOCUMENTS, st.sampled_from("123")),
    "pairs_f1": st.tuples(DOCUMENTS, st.none() | DOCUMENTS),
}
"""For every metric, gold and prediction of one example."""

PERFECT = {
    "squad": lambda gold: gold[0].text,
    "squad_v2": lambda gold: gold[0].text if gold else "",
    "mlqa": lambda gold: gold[0].text,
    "retrieval_accuracy": lambda gold: gold[0],
}
every_metric = pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)


def total(metric: Metric, items: list[tuple[Any, Any]]) -> Any:
    """The sum of the rows of these (gold, prediction) items."""
    ids = [str(i) for i in range(len(items))]
    examples = [Example(id=i, cluster=i, inputs=None, gold=gold) for i, (gold, _) in zip(ids, items, strict=True)]
    split = Split(task="made", language="zh", name="test", version="1", examples=examples, source="made up")
    found = metric.statistics(split, Predictions(ids=ids, values=[value for _, value in items]))
    assert found.columns == metric.columns
    assert found.rows.dtype == np.float64
    assert found.rows.shape == (len(items), len(metric.columns))
    return found.rows.sum(axis=0)


def test_every_metric_has_laws() -> None:
    """A metric that is added here must be added to these laws."""
    assert {metric.name for metric in METRICS} == set(ITEMS)
    assert [metric.name for metric in METRICS if metric.open_ids] == ["pairs_f1"]


@every_metric
@untimed
@given(data=st.data())
def test_rows_add(metric: Metric, data: st.DataObject) -> None:
    """The totals of two sets of examples together are the sums of their totals, so scores can be made from sums."""
    one, other = (data.draw(st.lists(ITEMS[metric.name], min_size=1, max_size=5)) for _ in range(2))
    assert total(metric, one + other) == pytest.approx(total(metric, one) + total(metric, other), abs=1e-12)


@every_metric
@untimed
@given(data=st.data())
def test_order_does_not_matter(metric: Metric, data: st.DataObject) -> None:
    """Scores do not depend on the order of the examples."""
    items = data.draw(st.lists(ITEMS[metric.name], min_size=1, max_size=6))
    mixed = data.draw(st.permutations(items))
    assert total(metric, mixed) == pytest.approx(total(metric, items), abs=1e-12)


@every_metric
@untimed
@given(data=st.data())
def test_scores_are_fractions_over_any_leading_dimensions(metric: Metric, data: st.DataObject) -> None:
    """Scores lie in [0, 1], are named as declared, and totals of shape (2, 3, k) are scored like each alone."""
    draws = [total(metric, data.draw(st.lists(ITEMS[metric.name], min_size=1, max_size=4))) for _ in range(6)]
    together = metric.score(np.array(draws).reshape(2, 3, -1))
    assert tuple(together) == metric.scores
    for name, values in together.items():
        assert values.shape == (2, 3)
        assert ((values >= 0) & (values <= 1)).all()
        assert values.ravel().tolist() == [float(metric.score(draw)[name]) for draw in draws]


@every_metric
@untimed
@given(data=st.data())
def test_gold_as_prediction_scores_one(metric: Metric, data: st.DataObject) -> None:
    """Perfect predictions score 1 wherever there is anything to find."""
    gold = data.draw(st.lists(ITEMS[metric.name].map(lambda item: item[0]), min_size=1, max_size=5).map(list))
    if metric.name == "retrieval_accuracy":
        gold = [ids or ("1",) for ids in gold]
    if metric.name in {"squad", "mlqa", "squad_v2"}:
        wine = (Answer(text="wine"),)
        gold = [wine if answers and not answers[0].text.strip("the .") else answers for answers in gold]
    perfect = PERFECT.get(metric.name, lambda value: value)
    totals = total(metric, [(value, perfect(value)) for value in gold])
    if totals[-1] > 0:  # chunks, tokens, pairs or examples in the gold
        assert {name: float(value) for name, value in metric.score(totals).items()} == pytest.approx(
            dict.fromkeys(metric.scores, 1.0)
        )


@every_metric
def test_nothing_counted_scores_zero(metric: Metric) -> None:
    """Where every denominator is 0, as in a resample without chunks, scores are 0 and no warning is given."""
    totals = np.zeros((4, len(metric.columns)))
    assert all(values.tolist() == [0, 0, 0, 0] for values in metric.score(totals).values())


def test_listing_metrics_imports_no_numpy() -> None:
    """Metrics are constructed without numpy, so that listing them is quick."""
    code = "import sys, xharness_xtreme.metrics, xharness_xtreme.submission; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
