"""Suites, training stages and submission formats that break a promise are found."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import xharness
from xharness.testing import assert_ok, check_stage, check_submission_format, check_suite

from . import good

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MEAN = xharness.Aggregator(name="mean", version="1", description="The task's mean.", groups={"all": ("topics",)})


def suite(**changes: Any) -> xharness.Suite:
    """A good suite of one task."""
    known: dict[str, Any] = {
        "name": "mine",
        "version": "1",
        "tasks": ("topics",),
        "aggregator": MEAN,
        "submission": "lines",
    }
    return xharness.Suite(**(known | changes))


def read(folder: Path, split: xharness.Split, task: xharness.Task) -> xharness.Predictions | None:
    """Reads what `write` wrote."""
    file = folder / task.name / f"{split.name}-{split.language}.json"
    if not file.exists():
        return None
    said = json.loads(file.read_text(encoding="utf-8"))
    values = [tuple(one) if isinstance(one, list) else one for one in said.values()]
    return xharness.Predictions(ids=list(said), values=values)


def write(folder: Path, task: xharness.Task, language: str, name: str, ids: Any, values: Any) -> None:
    """Writes a JSON object."""
    if task.kind == "tagging":
        raise xharness.UsageError("this format has no form for tags")
    file = folder / task.name / f"{name}-{language}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(dict(zip(ids, values, strict=True))), encoding="utf-8")


LINES = xharness.SubmissionFormat(name="lines", read=read, write=write)


def known() -> Any:
    """The registry in which the good suite is whole."""
    return good.plugins(tasks=[good.task()], submission_formats=[LINES])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tasks": ("topics", "moods")}, "tasks that no plugin offers: 1 (first: moods)"),
        ({"tasks": ()}, "its tasks are ()"),
        ({"version": ""}, "its version is ''"),
        ({"submission": "other"}, "'other' is not offered (offered: lines)"),
        ({"aggregator": replace(MEAN, groups={"all": ("topics", "moods")})}, "'all' that are not in the suite: 1"),
        ({"aggregator": replace(MEAN, groups={"none": ()})}, "the group 'none' is empty"),
        ({"aggregator": replace(MEAN, description="")}, "its aggregator's description is ''"),
        ({"verify": "no function"}, "its verify cannot be called"),
    ],
)
def test_broken_suite_is_found(changes, message):
    """The good suite passes, and each change of it is told."""
    assert_ok(check_suite(suite(), plugins=known()))
    assert message in good.told(check_suite(suite(**changes), plugins=known()))


def stage(**changes: Any) -> xharness.TrainingStage:
    """A good stage that trains nothing."""
    made = {"name": "none", "description": "Nothing.", "train": lambda request: None}
    return xharness.TrainingStage(**(made | changes))


def refusing(request: xharness.TrainRequest) -> None:
    """Refuses, as a check of an empty folder must."""
    raise xharness.CheckpointError(f"{request.encoder} holds no encoder")


def writing(request: xharness.TrainRequest) -> None:
    """Makes the folder of the set, which only training may."""
    request.out.mkdir(parents=True)
    (request.out / "note.txt").write_text("checked", encoding="utf-8")


def crashing(request: xharness.TrainRequest) -> None:
    """Fails in a way that no user understands."""
    raise ZeroDivisionError("division by zero")


def test_good_stages_pass():
    """A stage may check nothing, or refuse what it is asked for."""
    assert_ok(check_stage(stage(), plugins=known()))
    assert_ok(check_stage(stage(check=refusing, schema=lambda: {"type": "object"}), plugins=known()))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"description": ""}, "its description is empty"),
        ({"seeds": ()}, "its seeds are ()"),
        ({"seeds": (1, 1)}, "its seeds are (1, 1)"),
        ({"seeds": (-1,)}, "its seeds are (-1,)"),
        ({"train": None}, "its train cannot be called"),
        ({"schema": lambda: {"a": object()}}, "writing its schema as JSON raised TypeError"),
        ({"check": writing}, "files or folders that its check changed: 2"),
        ({"check": crashing}, "its check raised ZeroDivisionError"),
    ],
)
def test_broken_stage_is_found(changes, message):
    """Each promise that a stage breaks is told; nothing is trained for it."""
    assert message in good.told(check_stage(stage(**changes), plugins=known()))


def test_stage_is_asked_with_a_request_of_its_own(tmp_path):
    """A given request is passed on, and its folders are the ones that may not change."""
    asked: list[object] = []

    def check(request: xharness.TrainRequest) -> None:
        asked.append(request)
        (tmp_path / "data" / "cache").mkdir()

    (tmp_path / "data").mkdir()
    request = xharness.TrainRequest(
        encoder="org/e", out=tmp_path / "set", tasks=(), score=lambda *_: (), data=tmp_path / "data"
    )
    assert "its check changed: 1" in good.told(check_stage(stage(check=check), request=request))
    assert asked == [request]


def changed(**functions: Callable[..., Any]) -> xharness.SubmissionFormat:
    """The good format with another function."""
    return replace(LINES, **functions)


def first_only(*arguments: Any) -> xharness.Predictions | None:
    """Loses all answers but the first."""
    found = read(*arguments)
    return None if found is None else xharness.Predictions(ids=found.ids[:1], values=found.values[:1])


def test_submission_format_is_read_as_written():
    """A format that refuses a kind passes with the others; one that loses answers or writes nothing is found."""
    assert_ok(findings := check_submission_format(LINES))
    assert "classification" in findings[0].message
    assert "tagging" not in findings[0].message
    told = good.told(check_submission_format(changed(read=first_only), kinds=("classification",)))
    assert "classification: what is read is not what was written" in told
    told = good.told(check_submission_format(changed(write=lambda *_: None), kinds=("classification",)))
    assert "what was written for classification is not found again" in told


def test_absent_submission_file_is_none():
    """Reading where there is nothing must give None."""

    def eager(*arguments: Any) -> xharness.Predictions:
        return read(*arguments) or xharness.Predictions(ids=[], values=[])

    assert "gives predictions; expected None" in good.told(
        check_submission_format(changed(read=eager), kinds=("classification",))
    )


def test_format_for_no_known_kind_is_not_called_good():
    """Where every kind is refused nothing was tried, and that is told."""
    assert [one.status for one in check_submission_format(LINES, kinds=("tagging",))] == ["missing"]
