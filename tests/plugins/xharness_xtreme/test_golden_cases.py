"""Metrics against the official scorer's own outputs (tests/golden/cases.jsonl; origin in tests/golden/README.md)."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
from xharness import Answer, Example, Predictions, Split
from xharness_xtreme.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from xharness import Metric
    from xharness.records import Gold

BY_NAME = {metric.name: metric for metric in METRICS}
TAG_METRICS = {"panx": "chunk_f1", "udpos": "upos_chunk_f1"}


def split_of(task: str, language: str, gold: Iterable[tuple[str, Gold]]) -> Split:
    """A split with these ids and gold."""
    examples = [Example(id=id_, cluster=id_, inputs=None, gold=value) for id_, value in gold]
    return Split(task=task, language=language, name="test", version="1", examples=examples, source="golden cases")


def scores(metric: Metric, split: Split, predictions: Predictions) -> dict[str, float]:
    """Scores of the whole split in percent, as the official scorer prints them."""
    totals = metric.statistics(split, predictions).rows.sum(axis=0)
    return {name: 100 * float(value) for name, value in metric.score(totals).items()}


def question(case: dict[str, Any]) -> dict[str, float]:
    """Scores of a case of one question."""
    gold = tuple(Answer(text=text) for text in case["golds"])
    metric = BY_NAME["mlqa" if case["task"] == "mlqa" else "squad"]
    predictions = Predictions(ids=["q"], values=[case["pred"]])
    return scores(metric, split_of(case["task"], case["lang"], [("q", gold)]), predictions)


def tagging(case: dict[str, Any]) -> dict[str, float]:
    """Scores of a case of tagged sentences."""
    split = split_of(case["task"], "xx", [(str(i), tuple(tags)) for i, tags in enumerate(case["gold"])])
    predictions = Predictions(ids=[example.id for example in split.examples], values=[*map(tuple, case["pred"])])
    return scores(BY_NAME[TAG_METRICS[case["task"]]], split, predictions)


def grouped(lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """English ids of each foreign id, as a submission is read; a blank line is a pair of empty ids."""
    pairs: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        foreign, english = line.split("\t") if line else ("", "")
        pairs[foreign].append(english)
    return {foreign: tuple(english) for foreign, english in pairs.items()}


def mining(case: dict[str, Any]) -> dict[str, float]:
    """Scores of a case of sentence pairs."""
    predicted = grouped(case["pred"])
    split = split_of("bucc2018", "de", grouped(case["gold"]).items())
    return scores(BY_NAME["pairs_f1"], split, Predictions(ids=list(predicted), values=list(predicted.values())))


@pytest.mark.parametrize(
    ("kind", "number", "score"), [("qa", 825, question), ("tag", 364, tagging), ("bucc", 60, mining)]
)
def test_every_case_scores_as_officially(golden: Path, kind: str, number: int, score: Any) -> None:
    """Each of the 1,249 frozen cases gets the official scorer's numbers."""
    with (golden / "cases.jsonl").open(encoding="utf-8") as stream:
        cases = [case for case in map(json.loads, stream) if case["kind"] == kind]
    assert len(cases) == number
    for case in cases:
        found = score(case)
        expected = {name: case[name] for name in found}
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-9), case
