"""The mining predictor: the official scripts' pairs, thresholds from dev only, ids, errors."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import xharness
from xharness_faiss.indexes import FlatIndex, InvertedIndex
from xharness_faiss.miner import MiningPredictor


def lines(path):
    """Returns the tab-separated fields of each line."""
    return [tuple(line.split("\t")) for line in path.read_text(encoding="utf-8").splitlines()]


def quality(predictions, gold):
    """Returns precision, recall and F1 of the extracted pairs."""
    pairs = {(left, right) for left, value in zip(predictions.ids, predictions.values, strict=True) for right in value}
    right = len(pairs & gold)
    precision, recall = right / len(pairs), right / len(gold)
    return precision, recall, 2 * precision * recall / (precision + recall)


@pytest.fixture
def official(golden, make_split, look_up):
    """Reads a golden case: (test split with tuning, encoder of both splits, expected.json, folder)."""

    def read(case):
        folder, vectors, splits = golden / "mining" / case, {}, {}
        for name in ("dev", "test"):
            sides = []
            for extension, side in (("de", "foreign"), ("en", "english")):
                rows = lines(folder / f"de-en.{name}.{extension}")
                matrix = np.load(folder / f"{name}.{side}.npy")
                marked = [
                    (key, f"{name} {text}") for key, text in rows
                ]  # the same text has other vectors in the other split
                vectors |= {text: matrix[row] for row, (_, text) in enumerate(marked)}
                sides.append(marked)
            splits[name] = make_split(*sides, lines(folder / f"de-en.{name}.gold"), name=name)
        expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
        return replace(splits["test"], tuning=splits["dev"]), look_up(vectors), expected, folder

    return read


@pytest.mark.parametrize("case", ["case1", "case2"])
def test_test_pairs_and_dev_threshold_are_the_official_ones(case, official):
    """Threshold, its precision, recall and F1 on dev, and the test pairs: golden/mining, made by the official scripts."""
    split, encoder, expected, folder = official(case)
    predictor, done = MiningPredictor(encoder, FlatIndex()), []
    prepared = predictor.prepare(split)
    predictions = predictor.predict(prepared, done.append)
    record = predictions.record
    assert record["threshold"] == pytest.approx(expected["dev"]["threshold"], rel=1e-6)
    for name in ("precision", "recall", "f1"):
        assert record[f"tuning_{name}"] == pytest.approx(expected["dev"][name], rel=1e-6)
    pairs = {(x, y) for x, ys in zip(predictions.ids, predictions.values, strict=True) for y in ys}
    assert pairs == set(lines(folder / "official-test-pairs.tsv"))
    assert record["extracted"] == expected["test"]["pairs"]
    gold = set(lines(folder / "de-en.test.gold"))
    assert quality(predictions, gold) == pytest.approx(
        [expected["test"][name] for name in ("precision", "recall", "f1")]
    )
    assert sum(done) == prepared.work
    assert json.loads(json.dumps(record)) == record


def test_a_dev_split_is_cut_at_its_own_threshold(official):
    """Mining dev gives the F1 that its record states, and encodes its sentences once."""
    dev = official("case1")[0].tuning
    encoder = official("case1")[1]
    predictor = MiningPredictor(encoder, FlatIndex())
    predictions = predictor.predict(predictor.prepare(dev), lambda units: None)
    gold = {(example.id, right) for example in dev.examples for right in example.gold}
    assert quality(predictions, gold)[2] == pytest.approx(predictions.record["tuning_f1"])
    assert predictions.record["threshold_from"] == "bucc2018/de dev, 60 gold pairs"
    assert len(encoder.prepared) == 1
    assert len(set(encoder.prepared[0])) == len(encoder.prepared[0])


def test_gold_of_the_test_split_is_never_used(official):
    """Test pairs are the same with and without test gold."""
    split, encoder, _, _ = official("case2")
    blind = replace(split, examples=[replace(example, gold=None) for example in split.examples])
    predictor = MiningPredictor(encoder, FlatIndex())
    seen, unseen = (predictor.predict(predictor.prepare(each), lambda units: None) for each in (split, blind))
    assert seen.values == unseen.values


def test_every_example_is_answered_and_repeated_sentences_with_nothing(make_split, look_up):
    """A sentence that occurs twice has no id, so its pair is dropped; all ids get a tuple."""
    vectors = {f"{side}{row}": np.eye(6)[row] + 0.01 for side in "xy" for row in range(4)}
    left = [("f0", "x0"), ("f1", "x1"), ("f2", "x1"), ("f3", "x2"), ("f4", "x3")]
    split = make_split(left, [(f"e{row}", f"y{row}") for row in range(4)], [("f0", "e0"), ("f3", "e2"), ("f4", "e3")])
    predictor = MiningPredictor(look_up(vectors), FlatIndex())
    predictions = predictor.predict(predictor.prepare(split), lambda units: None)
    assert predictions.values == [("e0",), (), (), ("e2",), ("e3",)]
    assert predictions.record["tuning_f1"] == 1.0


def test_a_threshold_that_nothing_reaches_extracts_nothing(make_split, look_up):
    """An empty result is a result: every value is an empty tuple."""
    rng = np.random.default_rng(0)
    vectors = {f"{side}{row}": rng.random(16) + 1 for side in "ab" for row in range(30)}
    vectors |= {f"{side}{row}": np.eye(16)[row] for side in "xy" for row in range(16)}
    dev = make_split([(f"f{r}", f"x{r}") for r in range(16)], [(f"e{r}", f"y{r}") for r in range(16)], [("f0", "e0")])
    test = make_split([("f", "a0"), ("g", "a1")], [("e", "b0"), ("d", "b1")], name="test", tuning=dev)
    predictor = MiningPredictor(look_up(vectors), FlatIndex())
    predictions = predictor.predict(predictor.prepare(test), lambda units: None)
    assert predictions.values == [(), ()]
    assert predictions.record["extracted"] == 0


def test_the_recall_of_an_approximate_index_is_recorded(official):
    """Both searches of the predicted split give their recall; an exact index gives none."""
    split, encoder, _, _ = official("case1")
    for index, known in ((InvertedIndex(), True), (FlatIndex(), False)):
        predictor = MiningPredictor(encoder, index)
        recall = predictor.predict(predictor.prepare(split), lambda units: None).record["index_recall"]
        assert [value is not None for value in recall] == [known, known]
        assert not known or min(recall) > 0.9
        assert predictor.signature["index"] == index.name


def test_a_test_split_without_dev_gold_is_refused(official):
    """Without a dev split, or without its gold, there is no threshold; the message names the cell and the files."""
    split, encoder, _, _ = official("case1")
    predictor = MiningPredictor(encoder, FlatIndex())
    with pytest.raises(xharness.DataError, match=r"^bucc2018/de: mining test .* no dev split.*de-en\.dev\.gold"):
        predictor.prepare(replace(split, tuning=None))
    blind = [replace(example, gold=None) for example in split.tuning.examples]
    none = [replace(example, gold=()) for example in split.tuning.examples]
    for examples in (blind, none):
        with pytest.raises(xharness.DataError, match=r"^bucc2018/de: .*gold pairs are absent.*de-en\.dev\.gold"):
            predictor.prepare(replace(split, tuning=replace(split.tuning, examples=examples)))
        with pytest.raises(xharness.DataError, match=r"^bucc2018/de: .*found on dev, whose gold pairs are absent"):
            predictor.prepare(replace(split.tuning, examples=examples))
