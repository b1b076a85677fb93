"""Every promise about a task has one that breaks it and is found; what is not at hand is never good."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
import xharness
from xharness.errors import UnreachableDataError
from xharness.testing import Cells, assert_ok, check_task

from . import good


def test_good_task_has_one_good_line_for_each_place():
    """The record and every language of every split are told as good."""
    findings = check_task(good.task(), plugins=good.plugins())
    assert_ok(findings)
    assert [one.place for one in findings] == ["topics", "topics/sw test", "topics/zu test"]
    assert "6 examples with gold" in findings[1].message


def test_task_can_be_named():
    """An offered task is found by its name; an unknown one is an error with near matches."""
    assert_ok(check_task("topics", plugins=good.plugins(tasks=[good.task()])))
    with pytest.raises(xharness.UsageError, match="Did you mean topics"):
        check_task("topic", plugins=good.plugins(tasks=[good.task()]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"license": ""}, "its license is ''"),
        ({"citation": " "}, "its citation is ' '"),
        ({"version": ""}, "its version is ''"),
        ({"languages": ("sw", "sw")}, "its languages are"),
        ({"languages": ()}, "its languages are ()"),
        ({"languages": ("jp",)}, "'jp' is jp is no code of ISO 639-1"),
        ({"languages": ("Swahili",)}, "'Swahili' is not of the form"),
        ({"metrics": ("shares",)}, "metrics that no plugin offers: 1 (first: shares). Offered: share"),
        ({"main": ("f1",)}, "main scores that its metrics do not have: 1 (first: f1). They have: share"),
        ({"main": ()}, "its main are ()"),
        ({"labels": ("news", "news")}, "its labels are"),
        ({"labels": ("news", "sport", "")}, "labels without a name"),
        ({"labels": ("news", "sports")}, "label 'sport' the task does not list"),
        ({"label_aliases": {"headline": "new"}}, "label aliases"),
        ({"splits": ()}, "its splits are ()"),
        ({"max_length": 0}, "its max_length is 0"),
    ],
)
def test_broken_record_is_found(changes, message):
    """Each change of a good task is told."""
    assert message in good.told(check_task(good.task(**changes), plugins=good.plugins()))


def test_loading_twice_must_give_the_same():
    """A loader whose examples depend on how often it was called is found."""
    calls = count()

    def load(request: xharness.DataRequest) -> xharness.Split:
        return good.split(request, examples=good.examples()[next(calls) % 2 :])

    assert "loading it twice gives different examples" in good.told(check_task(good.task(load), plugins=good.plugins()))


def test_loader_that_answers_for_another_cell_is_found():
    """A loader that ignores the language it is asked for is found."""

    def load(request: xharness.DataRequest) -> xharness.Split:
        return good.split(replace(request, language="sw"))

    assert "broken topics/zu test: the split says that it is sw test" in good.told(
        check_task(good.task(load), plugins=good.plugins())
    )


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (UnreachableDataError("no hub"), "missing", "no hub"),
        (xharness.DataError("line 3 is torn"), "broken", "loading failed: line 3 is torn"),
        (KeyError("text"), "broken", "loading raised KeyError"),
    ],
)
def test_language_that_does_not_load_is_told(error, status, message):
    """Data that the hub does not give here are missing; what is malformed, or any other error, is broken."""

    def load(request: xharness.DataRequest) -> xharness.Split:
        if request.language == "zu":
            raise error
        return good.split(request)

    findings = check_task(good.task(load), plugins=good.plugins())
    assert findings[2].status == status
    assert "zu" in findings[2].place + findings[2].message
    assert message in findings[2].message


def test_absent_file_is_missing_in_a_copy_and_broken_in_the_plugin(tmp_path):
    """A user's copy of the data may lack a language; data that come with the plugin may not."""

    def load(request: xharness.DataRequest) -> xharness.Split:
        if request.language == "zu":
            raise xharness.MissingDataError("there is no zu.tsv")
        return good.split(request)

    copy = check_task(good.task(load), plugins=good.plugins(), cells=Cells(data=tmp_path))
    assert good.told(copy) == "missing topics test: not at hand in zu; the first says: there is no zu.tsv"
    own = check_task(good.task(load), plugins=good.plugins())
    assert (
        "broken topics test: languages without data, which come with the plugin in others: 1 (first: zu)"
        in good.told(own)
    )


def test_nothing_at_hand_is_one_line():
    """Where no language of a split is at hand one line says so, with the first reason; the rest is not good either."""

    def load(request: xharness.DataRequest) -> xharness.Split:
        raise xharness.MissingDataError(f"no file of {request.language}")

    findings = check_task(good.task(load), plugins=good.plugins())
    assert [one.status for one in findings] == ["ok", "missing"]
    assert "not at hand in any language; the first says: no file of sw" in findings[1].message


def test_training_data_may_be_in_some_languages_only():
    """A loader may refuse training data of a language in its own words; that is told as missing."""

    def load(request: xharness.DataRequest) -> xharness.Split:
        if request.split == "train" and request.language != "sw":
            raise xharness.DataError("topics has training data in Swahili only")
        return good.split(request)

    findings = check_task(good.task(load, splits=("train", "test")), plugins=good.plugins())
    assert good.told(findings) == (
        "missing topics train: not at hand in zu; the first says: topics has training data in Swahili only"
    )


def test_gold_that_the_metric_does_not_take_is_found():
    """Gold that scores less than 1 as predictions is told with metric and scores."""

    class Strict(good.Accuracy):
        def statistics(self, split, predictions):
            rows = super().statistics(split, predictions)
            rows.rows[:, 0] *= [example.gold == "news" for example in split.examples]
            return rows

    told = good.told(check_task(good.task(), plugins=good.plugins(metrics=[Strict()])))
    assert "the gold as predictions scores {'share': 0.5} with share; expected 1" in told


def test_gold_that_is_not_at_hand_is_told():
    """A split without gold is good as data, and its metrics are said not to have been tried."""

    def load(request: xharness.DataRequest) -> xharness.Split:
        return good.split(request, examples=[replace(one, gold=None) for one in good.examples()])

    findings = check_task(good.task(load), plugins=good.plugins())
    assert [one.status for one in findings] == ["ok", "ok", "ok", "missing"]
    assert "metrics were not tried, in sw, zu" in findings[3].message


def test_languages_of_a_parallel_task_are_compared():
    """A parallel task whose languages have other ids is found."""

    def load(request: xharness.DataRequest) -> xharness.Split:
        examples = [replace(one, id=f"{request.language}-{one.id}") for one in good.examples()]
        return good.split(request, examples=examples)

    assert "topics test in 2 languages: languages that share no id with another: 2" in good.told(
        check_task(good.task(load, parallel=True), plugins=good.plugins())
    )


def test_cells_limit_what_is_read():
    """Only the splits and languages that are asked for are loaded."""
    asked: set[tuple[str, str]] = set()

    def load(request: xharness.DataRequest) -> xharness.Split:
        asked.add((request.split, request.language))
        return good.split(request)

    task = good.task(load, splits=("dev", "test"))
    assert_ok(check_task(task, plugins=good.plugins(), cells=Cells(splits=("dev",), languages=("zu",))))
    assert asked == {("dev", "zu")}
