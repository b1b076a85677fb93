"""The task, its metric and its predictor are as the harness expects them."""

import numpy as np
import pytest
import xharness
from xharness.plugins import Plugins
from xharness.testing import assert_ok, check_plugin
from xharness_many_answers import EVENTS, xharness_predict
from xharness_many_answers.precision import AveragePrecision


def average_precision(gold, ranked):
    """Returns the score of one query."""
    example = xharness.Example(id="q", cluster="q", inputs=xharness.Text(text="…"), gold=gold)
    split = xharness.Split(task="t", language="en", name="test", examples=[example], version="1", source="made up")
    rows = AveragePrecision().statistics(split, xharness.Predictions(ids=["q"], values=[ranked])).rows
    return float(AveragePrecision().score(rows.sum(axis=0))["map_at_20"])


def test_plugin_keeps_its_promises():
    """The task loads in four languages over one pool, rows of the metric add, the gold scores 1 and no answers 0."""
    assert_ok(check_plugin("many-answers"))


def test_average_precision_worked_out_by_hand():
    """Right documents at places 1 and 3 of two right ones: (1 + 2/3) / 2; later ones than the 20th do not count."""
    assert average_precision(("a", "b"), ("a", "x", "b")) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(("a", "b"), ("x", "a")) == pytest.approx(0.25)
    assert average_precision(("a",), (*(f"x{n}" for n in range(20)), "a")) == 0
    assert average_precision(tuple(f"a{n}" for n in range(30)), tuple(f"a{n}" for n in range(20))) == 1


def test_document_named_twice_is_refused():
    """A list that repeats a right document would score more than it found."""
    with pytest.raises(xharness.PredictionError, match="each once"):
        average_precision(("a",), ("a", "a"))


class Encoder:
    """Gives every text the direction of its last word."""

    signature = {}  # noqa: RUF012

    def sentence_encoder(self, task, settings):
        """Returns itself."""
        return self

    def prepare(self, texts):
        """Returns the texts."""
        return texts, len(texts)

    def encode(self, prepared, advance):
        """Returns a vector that only texts with the same event are near to."""
        events = {row.text: int(row.id[-1]) for row in EVENTS.load(REQUEST).pool}
        return np.eye(6, dtype=np.float32)[[events[text] for text in prepared]] + np.float32(0.1)


REQUEST = xharness.DataRequest(language="de", split="test")


def test_predictor_ranks_the_whole_pool():
    """The three reports in other languages come first, the query itself is left out, and the score is 1."""
    index = Plugins.load().indexes["flat"]
    predictor = xharness_predict(model=Encoder(), task=EVENTS, index=index, settings=xharness.Settings())
    split = EVENTS.load(REQUEST)
    found = predictor.predict(predictor.prepare(split), lambda _: None)
    assert [set(ranked[:3]) for ranked in found.values] == [set(example.gold) for example in split.examples]
    assert all(len(ranked) == 20 and one not in ranked for one, ranked in zip(found.ids, found.values, strict=True))
    rows = AveragePrecision().statistics(split, found).rows
    assert float(AveragePrecision().score(rows.sum(axis=0))["map_at_20"]) == 1


def test_tasks_with_other_metrics_are_left_to_others():
    """The predictor declines a retrieval task that asks for the one nearest document."""
    other = Plugins.load().tasks["tatoeba"]
    assert xharness_predict(model=Encoder(), task=other, index=None, settings=xharness.Settings()) is None
