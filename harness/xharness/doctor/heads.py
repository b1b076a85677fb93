"""A dry run: every checkpoint that comes with a plugin answers a few examples of every task of its suite."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from xharness.doctor.diagnosis import broken, fine, warning
from xharness.errors import HarnessError, MissingDataError, UnreachableDataError
from xharness.models import NoHead, Settings
from xharness.planning import shortened
from xharness.scoring import score_split
from xharness.selection import DEFAULT_SPLIT, Selection, data_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xharness.doctor.diagnosis import Diagnosis
    from xharness.offers import Checkpoint, Suite, Task
    from xharness.plugins import Plugins
    from xharness.protocols import Model
    from xharness.records import Split

_REPORT = "Update or reinstall the distribution that it comes with; `xharness plugins` says which."


def examine_heads(plugins: Plugins) -> Iterator[Diagnosis]:
    """Yields for each offered checkpoint and each task of its suite whether the head answers and its answers can be scored."""
    if not plugins.checkpoints:
        yield warning(
            "heads",
            "no installed plugin brings a checkpoint: none was tried",
            "Try your own: xharness eval CHECKPOINT --limit 2.",
        )
    for checkpoint in plugins.checkpoints.values():
        try:
            suite = plugins.suite(checkpoint.suite)
            tasks = plugins.suite_tasks(suite)
            model = plugins.load_model(str(Path(checkpoint.folder).absolute()), Settings())
        except HarnessError as error:
            yield broken(checkpoint.name, str(error), _REPORT)
            continue
        for task in tasks.values():
            yield _tried(plugins, checkpoint, model, suite, task)
        model.close()


def _tried(plugins: Plugins, checkpoint: Checkpoint, model: Model, suite: Suite, task: Task) -> Diagnosis:
    place = f"{checkpoint.name} {task.name}"
    try:
        head = model.head(task)
        if isinstance(head, NoHead):
            return warning(place, f"no head: {head.reason}", "Its tasks are left out of an evaluation.")
        split = shortened(_first(suite, task))
        settings = Settings()
        predictor = plugins.predictor(model, task, plugins.indexes[settings.index], settings)
        predictions = predictor.predict(predictor.prepare(split), lambda _: None)
        if split.has_gold:
            score_split(task, split, predictions, plugins.metrics)
    except (MissingDataError, UnreachableDataError) as error:
        remedy = f"Name data with --data when you evaluate it, or fetch them with `xharness prefetch {suite.name}`."
        return warning(place, f"not tried: {error}", remedy)
    except Exception as error:  # a dry run is for finding whatever goes wrong
        return broken(place, f"{type(error).__name__}: {error}", _REPORT)
    return fine(place, f"answers {len(split.examples)} examples in {split.language}")


def _first(suite: Suite, task: Task) -> Split:
    """Returns the test data of the first language that has them."""
    absent: MissingDataError | None = None
    for language in task.languages:
        try:
            return task.load(data_request(Selection(suite=suite.name), suite, language, DEFAULT_SPLIT))
        except MissingDataError as error:
            absent = absent or error
    raise absent or MissingDataError(f"{task.name} has no languages")
