"""Tasks over small files of any form."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from xharness import DataRequest, Split, Task, data

if TYPE_CHECKING:
    from pathlib import Path

    from xharness.data.places import Source


def write(file: Path, *lines: object) -> Path:
    """Writes strings as they are and everything else as JSON, one on each line."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
    file.write_text(text + "\n", encoding="utf-8")
    return file


def task_of(kind: str, source: Source, **others: Any) -> Task:
    """A task in English; classification has the labels x and y."""
    labels = {"classification": ("x", "y"), "pair_classification": ("x", "y"), "tagging": ("N", "V")}
    given = {"languages": ("en",), "labels": labels.get(kind, ()), **others}
    return data.task(
        name="mine", version="1", kind=kind, metrics=("accuracy",), license="CC0", citation="us", source=source, **given
    )


def load(task: Task, language: str = "en", split: str = "test", **others: Any) -> Split:
    """Loads one cell."""
    return task.load(DataRequest(language=language, split=split, **others))
