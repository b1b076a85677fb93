"""One sentence says what follows, and never more than that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from xharness.comparison.result import Corrections, Verdict
from xharness.comparison.sentence import sentence

from .made_up import CODES, against_itself, comparison, hostile, side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness.comparison.result import Comparison

SIGNS = {"+": Verdict.BETTER, "-": Verdict.WORSE, ".": Verdict.UNDECIDED}


def decided(signs: str, field: str = "tasks", **fields: Any) -> Comparison:
    """A comparison whose rows have these verdicts ("+-.") and can detect 0.4 points."""
    names = [f"t{position}" for position in range(len(signs))]
    one = comparison(dict.fromkeys(names, 1), **fields)
    rows = tuple(
        row.model_copy(update={"verdict": SIGNS[sign], "detectable": 0.004, "delta": 0.01 - 0.001 * position})
        for position, (row, sign) in enumerate(zip(getattr(one, field), signs, strict=True))
    )
    average = one.overall.model_copy(update={"delta": 0.012, "low": 0.005, "high": 0.019, "verdict": Verdict.BETTER})
    return one.model_copy(update={field: rows, "overall": average})


AVERAGE = "; on average, by mean-of-tasks 1, +1.2 points [+0.5, +1.9], better."
UNSEEN = "a difference under 0.4 points could not have been seen"


@pytest.mark.parametrize(
    ("signs", "text"),
    [
        (
            "+++++-...",
            f"b is better than a on 5 of 9 tasks after Holm, worse on 1 (t5); t6, t7 and t8 undecided: {UNSEEN}",
        ),
        ("++.......", f"b is better than a on 2 of 9 tasks after Holm (t0, t1), worse on none; 7 undecided: {UNSEEN}"),
        ("--.", f"b is worse than a on 2 of 3 tasks after Holm (t0, t1), better on none; t2 undecided: {UNSEEN}"),
        ("+++", "b is better than a on all 3 tasks after Holm, worse on none"),
        ("--", "b is worse than a on both tasks after Holm, better on none"),
        ("+-", "b is better than a on 1 of 2 tasks after Holm (t0), worse on 1 (t1)"),
        ("...", f"Between b and a none of 3 tasks is decided after Holm: {UNSEEN}"),
    ],
)
def test_what_follows_from_the_tasks(signs: str, text: str) -> None:
    """The sentence counts what was decided, names what is few, and says what was too small to be seen."""
    assert sentence(decided(signs, a=side("b"), b=side("a"))) == f"{text}{AVERAGE}"


def test_where_nothing_differs_nothing_is_called_undecided() -> None:
    """A task on which no example counts differently is said to be so: its smallest detectable difference of 0 says nothing."""
    one = decided("+..", a=side("b"), b=side("a"))
    alike = one.tasks[2].model_copy(update={"delta": 0.0, "variance": 0.0, "detectable": 0.0})
    text = sentence(one.model_copy(update={"tasks": (*one.tasks[:2], alike)}))
    start = (
        "b is better than a on 1 of 3 tasks after Holm (t0), worse on none; no difference at all on t2; t1 undecided: "
    )
    assert text == f"{start}{UNSEEN}{AVERAGE}"


def test_the_family_of_cells() -> None:
    """Where the cells are the confirmatory family, they and their correction are what the sentence counts."""
    corrections = Corrections(family="cells", tasks="holm", cells="maxt")
    text = sentence(decided("++++++-..", "cells", corrections=corrections))
    assert text.startswith(
        "b-after-mnli is better than direct on 6 of 9 cells after step-down max-T, worse on 1 (t6/en);"
    )
    assert "t7/en and t8/en undecided" in text


@pytest.mark.parametrize(
    ("sizes", "text"),
    [
        ((0.004, 0.004), "a difference under 0.4 points"),
        ((0.004, 0.02), "differences under 0.4 and 2.0 points"),
        ((0.004, 0.02, 0.01, 0.03, 0.05), "differences under 0.4 to 5.0 points"),
        ((0.0001, 0.0002), "a difference under 0.1 points"),
        ((float("nan"), float("nan")), "what could have been seen is not known"),
    ],
)
def test_what_could_not_have_been_seen(sizes: Sequence[float], text: str) -> None:
    """One size is said once, a few each, many from the smallest to the largest."""
    one = decided("." * len(sizes))
    rows = tuple(row.model_copy(update={"detectable": size}) for row, size in zip(one.tasks, sizes, strict=True))
    assert f": {text}" in sentence(one.model_copy(update={"tasks": rows}))


@pytest.mark.parametrize(
    ("sign", "start"),
    [
        ("+", "b is better than a on t0 by 1.0 points (95 % interval ["),
        ("-", "b is worse than a on t0 by 1.0 points (95 % interval ["),
        (".", "Between b and a t0 is undecided: the difference is +1.0 points (95 % interval ["),
    ],
)
def test_one_task_is_told_by_itself(sign: str, start: str) -> None:
    """A single task has its difference, interval and p, no count, no correction and no average."""
    text = sentence(decided(sign, a=side("b"), b=side("a")))
    assert text.startswith(start)
    assert ", p = " in text
    assert "Holm" not in text
    assert "average" not in text
    assert (UNSEEN in text) == (sign == ".")


def test_a_run_against_itself_has_no_difference() -> None:
    """A run against itself is said to be that, with no talk of what could be seen."""
    assert against_itself().sentence == "direct against itself: no difference at all in 5 cells."


def test_undecided_is_never_called_equal() -> None:
    """No wording takes what is not significant for equal."""
    found = [decided(signs) for signs in (".", "...", "+..", "-..")] + [comparison({"xnli": len(CODES)})]
    for one in found:
        for word in ("equal", "same", "no difference", "neither", "identical", "as good"):
            assert word not in sentence(one)


def test_part_of_a_suite_and_the_view_are_said_with_the_average() -> None:
    """An average over some cells, or without English, is not passed off as the suite's."""
    one = decided("+.", zero_shot=True)
    part = one.model_copy(update={"overall": one.overall.model_copy(update={"cells": 2, "of_cells": 162})})
    assert "; on average (zero-shot) over 2 of 162 cells, by mean-of-tasks 1, +1.2 points" in sentence(part)


def test_it_is_one_line() -> None:
    """Names with line ends and control characters leave one printable line."""
    assert hostile().sentence.isprintable()
    assert hostile().sentence.endswith(".")
