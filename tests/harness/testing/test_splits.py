"""Every promise about examples has a split that breaks it and is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import xharness
from xharness import Answer, Document, Example, Kind, Question
from xharness.testing import assert_ok, check_parallel, check_split, made_up_split, made_up_task

from . import good

if TYPE_CHECKING:
    from collections.abc import Callable

REQUEST = xharness.DataRequest(language="sw", split="test")


@pytest.mark.parametrize("kind", list(Kind))
def test_made_up_splits_keep_the_contract(kind):
    """The made-up examples of every kind are as they should be."""
    assert_ok(check_split(made_up_split(kind), made_up_task(kind)))


def other(place: int = 2, **changes: Any) -> list[Example]:
    """The good examples with one changed."""
    found = good.examples()
    found[place] = replace(found[place], **changes)
    return found


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "moods"}, "of 'moods', not 'topics'"),
        ({"version": ""}, "no version"),
        ({"source": ""}, "where it came from"),
        ({"source": f"{Path.home()}/data/topics.tsv"}, "names a local folder"),
        ({"examples": []}, "there are no examples"),
        ({"examples": other(id="1")}, r"ids that several examples have: 1 \(first: 1\)"),
        ({"examples": other(id="")}, "ids that are no strings, or empty"),
        ({"examples": other(cluster="")}, r"without a cluster: 1 \(first: 2\)"),
        ({"examples": other(wider="article")}, r"lie in several wider units: 1 \(first: c1\)"),
        ({"examples": other(inputs=None)}, r"without inputs: 1 \(first: 2\)"),
        ({"examples": other(inputs=xharness.Text(text=" "))}, r"with an empty text: 1 \(first: 2\)"),
        ({"examples": other(inputs=xharness.TextPair(first="a", second="b"))}, "inputs are not Text"),
        ({"examples": other(gold=None)}, r"without gold among others with it: 1 \(first: 2\)"),
        ({"examples": other(gold="weather")}, "label 'weather' the task does not list"),
        ({"examples": other(gold=("news",))}, "whose gold is no label"),
        ({"pool": [Document(id="a", text="x"), Document(id="a", text=" ")]}, "documents of the pool without text"),
    ],
)
def test_broken_split_is_found(changes, message):
    """Each change of a good split is told with its place and its first example."""
    findings = check_split(good.split(REQUEST, **changes), good.task())
    with pytest.raises(AssertionError, match=message):
        assert_ok(findings)


BREAKERS: list[tuple[str, Callable[[Example], dict[str, Any]], str]] = [
    (Kind.TAGGING, lambda one: {"gold": (*(one.gold or ()), "O")}, "another number of tags"),
    (Kind.TAGGING, lambda one: {"gold": ("O", "O", "B-ORG")}, r"tags that the task does not list \(B-ORG\)"),
    (Kind.TAGGING, lambda one: {"gold": "O"}, "not a tuple of tags"),
    (Kind.SPAN_QA, lambda one: {"gold": ()}, "without an accepted answer"),
    (Kind.SPAN_QA, lambda one: {"gold": (Answer(text="number", start=3),)}, "not in the context where"),
    (Kind.SPAN_QA, lambda one: {"gold": "number"}, "not a tuple of answers"),
    (Kind.SPAN_QA, lambda one: {"inputs": Question(question="", context="x")}, "with an empty text"),
    (Kind.MULTIPLE_CHOICE, lambda one: {"gold": "2"}, "not the number of one of their options"),
    (Kind.RETRIEVAL, lambda one: {"gold": ()}, "without a right document"),
    (Kind.RETRIEVAL, lambda one: {"gold": ("nowhere",)}, "not in the pool"),
    (Kind.MINING, lambda one: {"gold": "en-1"}, "not a tuple of ids"),
    (Kind.MASKED_LM, lambda one: {"gold": "a"}, "not the empty string"),
]


@pytest.mark.parametrize(("kind", "change", "message"), BREAKERS)
def test_gold_of_another_form_is_found(kind, change, message):
    """Gold that does not fit its kind, its words, its context or its pool is told."""
    split = made_up_split(kind)
    examples = [replace(split.examples[0], **change(split.examples[0])), *split.examples[1:]]
    assert message.replace("\\", "") in good.told(check_split(replace(split, examples=examples), made_up_task(kind)))


def test_labels_that_no_head_predicts_may_be_gold():
    """A label that the task lists apart, since no head predicts it, is no fault of the gold."""
    split = good.split(REQUEST, examples=other(gold="unclear"))
    assert "'unclear' the task does not list" in good.told(check_split(split, good.task()))
    assert_ok(check_split(split, good.task(unpredicted_labels=("unclear",))))


def test_pools_and_thresholds_are_asked_for():
    """Retrieval without a pool, and mining without gold for its threshold, are found."""
    retrieval = replace(made_up_split(Kind.RETRIEVAL), pool=())
    assert "no documents" in good.told(check_split(retrieval, made_up_task(Kind.RETRIEVAL)))
    mining = replace(made_up_split(Kind.MINING), tuning=None)
    assert "threshold" in good.told(check_split(mining, made_up_task(Kind.MINING)))


def test_split_without_any_gold_is_good():
    """Gold that is not public at all is no fault."""
    hidden = [replace(one, gold=None) for one in good.examples()]
    assert_ok(check_split(good.split(REQUEST, examples=hidden), good.task()))


def test_parallel_languages_share_ids_and_clusters():
    """A language with ids of its own, and a cluster that is another one elsewhere, are found; an item may be absent."""
    one = good.split(REQUEST)
    fewer = replace(one, language="zu", examples=one.examples[1:])
    assert_ok(findings := check_parallel([one, fewer], good.task(parallel=True)))
    assert findings[0].message == "5 of 6 ids are in all of them, each in one cluster"
    alone = replace(one, language="zu", examples=[replace(example, id=f"zu-{example.id}") for example in one.examples])
    assert "share no id with another: 2 (first: sw, zu)" in good.told(check_parallel([one, alone], good.task()))
    moved = replace(one, language="zu", examples=other(cluster="c0"))
    assert "another cluster in zu than in sw: 1 (first: 2)" in good.told(check_parallel([one, moved], good.task()))
