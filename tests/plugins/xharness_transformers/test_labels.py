"""Aligning outputs with labels by name."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as some
from xharness import CheckpointError, Task
from xharness_transformers import labels

Tasks = Mapping[str, Task]


@pytest.mark.parametrize(
    ("task", "names", "expected"),
    [
        ("xnli", ("ENTAILMENT", " Neutral", "contradiction"), ("entailment", "neutral", "contradiction")),
        ("xnli", ("contradict", "entail", "neutral"), ("contradiction", "entailment", "neutral")),
        ("xnli", ("contradictory", "entailment", "neutral"), ("contradiction", "entailment", "neutral")),
        ("xnli", ("neutral", "other", "entailment", "contradiction"), ("neutral", None, "entailment", "contradiction")),
        ("pawsx", ("paraphrase", "Not_Paraphrase"), ("1", "0")),
        ("pawsx", ("false", "TRUE"), ("0", "1")),
        ("pawsx", ("1", "0"), ("1", "0")),
        ("panx", ("o", "b-per", "B_LOC", "I-Person", "B-MISC"), ("O", "B-PER", "B-LOC", "I-PER", None)),
        ("panx", ("I-ORGANISATION", "B-LOCATION"), ("I-ORG", "B-LOC")),
        ("udpos", ("noun", "Verb", "_"), ("NOUN", "VERB", None)),
    ],
)
def test_outputs_are_aligned_by_name(
    tasks: Tasks, task: str, names: tuple[str, ...], expected: tuple[str | None, ...]
) -> None:
    """Names match whatever their case, through aliases and common forms; strange outputs mean nothing."""
    assert labels.align(names, tasks[task]) == expected


@given(order=some.permutations(range(7)))
def test_order_never_matters(tasks: Tasks, order: list[int]) -> None:
    """A head whose outputs are permuted gets its labels permuted alike, never by position."""
    own = tasks["panx"].labels
    permuted = tuple(own[index] for index in order)
    assert labels.align([name.lower() for name in permuted], tasks["panx"]) == permuted


def test_common_forms_apply_only_where_the_task_has_the_label(tasks: Tasks) -> None:
    """ "yes" means 1 for a task with the label 1, and nothing for one without."""
    assert labels.align(("yes",), tasks["pawsx"]) == ("1",)
    assert labels.align(("yes",), tasks["xnli"]) == (None,)


def test_two_outputs_for_one_label_are_refused(tasks: Tasks) -> None:
    """Two outputs that mean the same label are an error that names both and the file to correct."""
    with pytest.raises(
        CheckpointError, match=r"'entailment' and 'ENTAIL' both mean .*'entailment'.*xnli.*config\.json"
    ):
        labels.align(("entailment", "ENTAIL", "neutral", "contradiction"), tasks["xnli"])


def test_missing_labels_are_listed(tasks: Tasks) -> None:
    """The labels without output come in the task's order."""
    assert labels.missing_labels(("neutral", None), tasks["xnli"]) == ("contradiction", "entailment")


def test_invented_names_are_recognised() -> None:
    """LABEL_0 and the like are no names; labels that merely contain digits are."""
    assert labels.are_unnamed(("LABEL_0", "LABEL_1"))
    assert not labels.are_unnamed(("0", "1"))
    assert not labels.are_unnamed(("label_a", "MY_LABEL_0X"))
