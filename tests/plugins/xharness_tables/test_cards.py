"""Metadata for model cards are read by the hub's own library, with the board's numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml
from huggingface_hub.repocard_data import model_index_to_eval_results
from made_up_boards import HOSTILE, SMALL, board, hostile
from xharness.leaderboard.content import AVERAGE, Estimate
from xharness.leaderboard.text import one_line
from xharness_tables.cards import as_model_index, scalar


def entries(content):
    """System → its results, as the hub's library reads them."""
    index = yaml.safe_load(as_model_index(content))["model-index"]
    return dict(model_index_to_eval_results([one]) for one in index)


def test_every_system_has_its_average_tasks_and_cells():
    """A ranked system has 1 + tasks + cells results, those of two scores twice; an incomplete one has what it has."""
    found = entries(board(2))
    assert len(found["system-000"]) == 1 + (9 + 3) + (162 + 27)
    assert len(found["unfinished-000"]) == (7 + 3) + (162 - 16 + 27)


def test_values_are_the_boards():
    """Scores are fractions; of question tasks each score is given, as a mean over languages and by itself."""
    content = board(1, SMALL, incomplete=0)
    system = content.complete[0]
    results = entries(content)[system.name]
    found = {(one.dataset_args.get("task"), one.dataset_args.get("language"), one.metric_type): one for one in results}
    assert found[None, None, "xtreme-nine-task-mean"].metric_value == system.scores[AVERAGE].value
    assert found["xnli", None, "accuracy"].metric_value == system.scores["xnli"].value
    assert found["xquad", "th", "f1"].metric_value == system.metrics["xquad/th"]["f1"]
    means = [found["xquad", None, name].metric_value for name in ("exact_match", "f1")]
    assert sum(means) / 2 == pytest.approx(system.scores["xquad"].value)
    one = found["xnli", "sw", "accuracy"]
    assert (one.task_type, one.dataset_type, one.dataset_split) == ("text-classification", "google/xtreme", "test")
    assert one.dataset_name == "XTREME XNLI (sw)"


def test_no_two_results_of_a_system_are_the_same_one():
    """The hub's library tells all results of a system apart."""
    for results in entries(board(1)).values():
        keys = {
            (one.unique_identifier if not one.dataset_args else repr(one.dataset_args), one.metric_type)
            for one in results
        }
        assert len(keys) == len(results)


def test_limit_is_among_the_arguments():
    """A board over the first examples only says so with every score."""
    results = entries(board(1, SMALL, limit=100))["system-000"]
    assert {one.dataset_args["limit"] for one in results} == {100}


@pytest.mark.parametrize("name", [*HOSTILE, "\ufffe\uffff", "null", "1.0", "~", "- a"])
def test_a_name_is_a_string_and_stays_one(name):
    """Any name comes back from YAML as its one line, never as another type."""
    assert yaml.safe_load(f"a: {scalar(name)}") == {"a": one_line(name, 200)}


def test_hostile_boards_are_one_list_of_systems():
    """Hostile names add no key and no entry."""
    content = hostile()
    read = yaml.safe_load(as_model_index(content))
    assert list(read) == ["model-index"]
    assert len(read["model-index"]) == len(content.complete) + len(content.incomplete)
    assert all(set(one) == {"name", "results"} for one in read["model-index"])


def test_what_is_not_a_number_is_left_out():
    """A score that is not finite gives no result; a board without systems gives an empty list."""
    content = board(1, SMALL, incomplete=0)
    bad = Estimate(value=float("nan"), low=0.0, high=0.0)
    content = replace(content, complete=[replace(content.complete[0], scores={AVERAGE: bad}, cells={})])
    assert yaml.safe_load(as_model_index(content))["model-index"] == [{"name": "system-000", "results": []}]
    assert yaml.safe_load(as_model_index(board(0, incomplete=0))) == {"model-index": []}
