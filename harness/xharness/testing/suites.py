"""The contract of suites and of the stages that train for them."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from xharness import identity
from xharness.errors import HarnessError
from xharness.offers import TrainRequest
from xharness.plugins import Plugins
from xharness.scoring import score_split
from xharness.testing.findings import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness.offers import Finding, Suite, Task, TrainingStage
    from xharness.records import Predictions, Score, Split


def check_suite(suite: Suite, *, plugins: Plugins | None = None) -> list[Finding]:
    """Returns what is wrong with a suite, or one good line.

    Its tasks and its submission format are offered, its aggregator says its rule, and the groups name the suite's tasks only.
    """
    known = Plugins.load() if plugins is None else plugins
    report = Report(place=f"suite {suite.name}")
    rule = suite.aggregator
    for what, value in (("name", suite.name), ("version", suite.version), ("title", suite.title)):
        report.expect(isinstance(value, str) and (bool(value) or what == "title"), f"its {what} is {value!r}.")
    for what, value in (("name", rule.name), ("version", rule.version), ("description", rule.description)):
        report.expect(isinstance(value, str) and bool(value), f"its aggregator's {what} is {value!r}; say the rule.")
    report.expect(bool(suite.tasks) and len(set(suite.tasks)) == len(suite.tasks), f"its tasks are {suite.tasks!r}.")
    absent = [name for name in suite.tasks if name not in known.tasks]
    report.none_of(absent, "tasks that no plugin offers", "Offer them, or say what to install.")
    for group, members in rule.groups.items():
        strange = [name for name in members if name not in suite.tasks]
        report.none_of(strange, f"members of the group {group!r} that are not in the suite", "Groups are of its tasks.")
        report.expect(bool(members), f"the group {group!r} is empty.")
    offered = ", ".join(sorted(known.submission_formats)) or "none"
    report.expect(
        suite.submission in known.submission_formats,
        f"its submission format {suite.submission!r} is not offered (offered: {offered}).",
    )
    report.expect(suite.verify is None or callable(suite.verify), "its verify cannot be called.")
    return report.done(f"version {suite.version}, {len(suite.tasks)} tasks, average by {rule.name} {rule.version}")


def check_stage(
    stage: TrainingStage, *, request: TrainRequest | None = None, plugins: Plugins | None = None
) -> list[Finding]:
    """Returns what is wrong with a training stage, or one good line; nothing is trained.

    The record is whole, its schema is JSON, and `check` changes nothing in the folders of the request, whether it accepts it
    or refuses it with a HarnessError. Without a request it is asked for nothing, from an empty folder.
    """
    report = Report(place=f"training stage {stage.name}")
    for what in ("name", "description"):
        report.expect(bool(getattr(stage, what, "")), f"its {what} is empty.")
    report.expect(callable(stage.train), "its train cannot be called.")
    seeds = stage.seeds
    usable = bool(seeds) and all(type(seed) is int and seed >= 0 for seed in seeds) and len(set(seeds)) == len(seeds)
    report.expect(usable, f"its seeds are {seeds!r}; expected different whole numbers from 0.")
    if stage.schema is not None:
        with report.survives("writing its schema as JSON"):
            json.dumps(stage.schema())
    if stage.check is None:
        return report.done("its record is whole; it checks nothing")
    with tempfile.TemporaryDirectory() as folder:
        _check_check(stage, _empty_request(Path(folder), plugins) if request is None else request, report)
    return report.done("its record is whole, and its check changes nothing")


def _empty_request(folder: Path, plugins: Plugins | None) -> TrainRequest:
    known = Plugins.load() if plugins is None else plugins

    def score(task: Task, split: Split, predictions: Predictions) -> Sequence[Score]:
        return score_split(task, split, predictions, known.metrics).scores

    for name in ("encoder", "data", "train"):
        (folder / name).mkdir()
    return TrainRequest(
        encoder=str(folder / "encoder"),
        out=folder / "out",
        tasks=(),
        score=score,
        offered=known.tasks,
        data=folder / "data",
        train_data=folder / "train",
        device="cpu",
        report=lambda _: None,
    )


def _check_check(stage: TrainingStage, request: TrainRequest, report: Report) -> None:
    given = (request.out, request.out.parent, request.data, request.train_data, Path(request.encoder), request.shared)
    folders = sorted({folder for folder in given if folder is not None and (folder.is_dir() or folder == request.out)})
    before = _content(folders)
    with report.survives("its check"):
        try:
            if stage.check is not None:
                stage.check(request)
        except HarnessError:
            pass  # a refusal is an answer
    after = _content(folders)
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    report.none_of(changed, "files or folders that its check changed", "A check reads only.")


def _content(folders: Sequence[Path]) -> dict[str, str]:
    """Returns the hash of every file in the folders, and every sub-folder, by path."""
    paths = {path for folder in folders for path in folder.rglob("*")}
    return {str(path): identity.of_file(path) if path.is_file() else "folder" for path in paths}
