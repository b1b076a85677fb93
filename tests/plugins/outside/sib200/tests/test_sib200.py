"""SIB-200 and macro F1 are offered as the harness expects them, and the metric is scikit-learn's."""

import numpy as np
import pytest
import xharness
from sklearn.metrics import f1_score
from xharness.testing import assert_ok, check_plugin
from xharness_sib200 import SIB200
from xharness_sib200.macro_f1 import TOPICS, MacroF1


def split_of(golds):
    """Returns examples with these gold labels."""
    examples = [
        xharness.Example(id=str(n), cluster=str(n), inputs=xharness.Text(text="…"), gold=gold)
        for n, gold in enumerate(golds)
    ]
    return xharness.Split(task="sib200", language="en", name="test", examples=examples, version="1", source="made up")


def test_plugin_keeps_its_promises():
    """The task loads in its languages, rows of the metric add, the gold scores 1 and no answers 0."""
    assert_ok(check_plugin("sib200"))


def test_languages_have_short_codes():
    """The task calls a language sw whose folder is swh_Latn."""
    split = SIB200.load(xharness.DataRequest(language="sw", split="test"))
    assert split.examples[6].inputs.text == "Mto huanzia milimani na kutiririka hadi ziwani."
    assert split.examples[6].gold == "geography"


@pytest.mark.parametrize("seed", range(5))
def test_macro_f1_is_that_of_scikit_learn(seed):
    """Sums of rows give the same score as the labels themselves, for any half of the examples too."""
    rng = np.random.default_rng(seed)
    golds, answers = rng.choice(TOPICS[: 3 + seed], (2, 60)).tolist()
    metric = MacroF1("f", TOPICS)
    ids = [str(n) for n in range(60)]
    rows = metric.statistics(split_of(golds), xharness.Predictions(ids=ids, values=answers)).rows
    for part in (slice(0, 60), slice(0, 30), slice(30, 60)):
        expected = f1_score(golds[part], answers[part], average="macro")
        assert float(metric.score(rows[part].sum(axis=0))["macro_f1"]) == pytest.approx(expected, abs=1e-12)


def test_answer_that_is_no_label_is_refused():
    """The message names the example and the labels; no answer at all is merely wrong."""
    metric, ids = MacroF1("f", ("a", "b")), ["0", "1"]
    with pytest.raises(xharness.PredictionError, match=r"example 1 is answered 'c'; expected one of a, b"):
        metric.statistics(split_of(["a", "b"]), xharness.Predictions(ids=ids, values=["a", "c"]))
    rows = metric.statistics(split_of(["a", "b"]), xharness.Predictions(ids=ids, values=["a", None])).rows
    assert float(metric.score(rows.sum(axis=0))["macro_f1"]) == 0.5
