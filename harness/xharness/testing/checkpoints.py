"""The contract of checkpoint loaders: identity is the bytes, and every head answers."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from xharness.errors import CheckpointError, HarnessError
from xharness.models import Head, Settings
from xharness.offers import DataRequest
from xharness.plugins import Plugins
from xharness.records import Kind
from xharness.scoring import align
from xharness.selection import DEFAULT_SPLIT, limited
from xharness.testing.findings import MISSING, Report
from xharness.testing.made_up import made_up_task

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xharness.offers import Finding, Task
    from xharness.protocols import Index, Model, Predictor
    from xharness.records import Predictions, Split

ANSWERED = 4
"""Examples that each head answers."""
_HASH = re.compile(r"[0-9a-f]{64}")


def check_checkpoint(
    checkpoint: Path | str,
    *,
    plugins: Plugins | None = None,
    tasks: Iterable[Task] | None = None,
    settings: Settings | None = None,
) -> list[Finding]:
    """Returns what is wrong with how a checkpoint is loaded and answers, or one good line.

    The identity is a SHA-256, the same each time and in a copy under another name, and another one when the last byte of the
    largest file changes (or that is refused with CheckpointError). Each task with a head gets one answer for each of a few
    examples, the same ones twice.

    Args:
        checkpoint: a folder or a file. It is copied to a temporary folder.
        plugins: what loads and predicts; the installed ones if absent.
        tasks: what it is asked; made-up tasks of every kind if absent.
        settings: how it is run; on the processor if absent.
    """
    path = Path(checkpoint)
    known = Plugins.load() if plugins is None else plugins
    how = Settings(device="cpu") if settings is None else settings
    report = Report(place=f"checkpoint {path.name}")
    answered: list[str] = []
    with report.survives("loading it"):
        model = known.load_model(str(path), how)
        _check_record(model, report)
        _check_identity(path, model.identity, known, how, report)
        asked = [made_up_task(kind) for kind in Kind] if tasks is None else list(tasks)
        heads = [task for task in asked if _has_head(model, task, report)]
        answered = [task.name for task in heads if _answers(model, task, known, how, report)]
        model.close()
        report.expect(bool(heads), f"it has no head for any of {', '.join(task.name for task in asked)}.")
    return report.done(f"identity of its bytes; answers {', '.join(answered)}")


def _check_record(model: Model, report: Report) -> None:
    report.expect(isinstance(model.name, str) and bool(model.name), "it has no name.")
    report.expect(
        bool(_HASH.fullmatch(str(model.identity))), f"its identity is {model.identity!r}; expected a SHA-256."
    )
    with report.survives("writing its record as JSON"):
        json.dumps(dict(model.record))


def _check_identity(path: Path, expected: str, plugins: Plugins, settings: Settings, report: Report) -> None:
    again = plugins.load_model(str(path), settings).identity
    report.expect(again == expected, "its identity is another one when it is loaded again.")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"copy-of-{path.name}"
        shutil.copytree(path, copy) if path.is_dir() else shutil.copy2(path, copy)
        moved = plugins.load_model(str(copy), settings).identity
        report.expect(
            moved == expected, "a copy under another name has another identity: it depends on a name or a path."
        )
        files = [copy] if copy.is_file() else [file for file in copy.rglob("*") if file.is_file()]
        largest = max(files, key=lambda file: file.stat().st_size)
        _change_last_byte(largest)
        try:
            changed = plugins.load_model(str(copy), settings).identity
        except CheckpointError:
            return
        report.expect(
            changed != expected, f"its identity does not change with a byte of its largest file, {largest.name}."
        )


def _change_last_byte(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.seek(-1, 2)
        last = stream.read(1)
        stream.seek(-1, 2)
        stream.write(bytes([last[0] ^ 1]))


def _has_head(model: Model, task: Task, report: Report) -> bool:
    try:
        head = model.head(task)
    except HarnessError:
        return False  # a head that cannot be used for this task, with the reason
    if isinstance(head, Head):
        report.expect(bool(_HASH.fullmatch(head.identity)), f"{task.name}: the head's identity is {head.identity!r}.")
    return isinstance(head, Head)


def _answers(model: Model, task: Task, plugins: Plugins, settings: Settings, report: Report) -> bool:
    split = _examples(task, report)
    if split is None:
        return False
    with report.survives(f"{task.name}: predicting"):
        index = plugins.indexes.get(settings.index) or next(iter(plugins.indexes.values()), None)
        predictor = _predictor(model, task, plugins, settings, index, report)
        if predictor is None:
            return False
        with report.survives(f"{task.name}: writing the signature as JSON"):
            json.dumps(dict(predictor.signature))
        first, second = (_predicted(predictor, split) for _ in range(2))
        aligned = align(split, first, open_ids=task.kind == Kind.MINING)
        report.expect(len(aligned.values) >= len(split.examples), f"{task.name}: not every example has an answer.")
        report.expect(
            list(first.values) == list(second.values),
            f"{task.name}: the same examples get other answers the second time.",
        )
    return True


def _predictor(
    model: Model, task: Task, plugins: Plugins, settings: Settings, index: Index | None, report: Report
) -> Predictor | None:
    if index is None:
        report.add(MISSING, f"{task.name}: no index is offered, so nothing can be searched.")
        return None
    return plugins.predictor(model, task, index, settings)


def _examples(task: Task, report: Report) -> Split | None:
    name = DEFAULT_SPLIT if DEFAULT_SPLIT in task.splits else task.splits[-1]
    try:
        split = task.load(DataRequest(language=task.languages[0], split=name))
    except HarnessError as error:
        report.add(MISSING, f"{task.name}: its data are not at hand: {error}")
        return None
    return limited(split, ANSWERED)


def _predicted(predictor: Predictor, split: Split) -> Predictions:
    return predictor.predict(predictor.prepare(split), lambda _: None)
