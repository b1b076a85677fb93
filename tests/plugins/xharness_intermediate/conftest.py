"""Files in the forms in which the sets are distributed, written by the tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from xharness import DataRequest
from xharness_intermediate.tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from xharness import Split

    Write = Callable[[str, str | list[dict[str, Any]]], Path]
    Load = Callable[..., Split]

BY_NAME = {task.name: task for task in TASKS}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder with the training data."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def write(data: Path) -> Write:
    """Writes a file below the data folder: text as it is, records as JSON lines."""

    def written(name: str, content: str | list[dict[str, Any]]) -> Path:
        path = data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else "".join(json.dumps(record) + "\n" for record in content)
        path.write_text(text, encoding="utf-8", newline="")
        return path

    return written


@pytest.fixture
def load(data: Path) -> Load:
    """Loads a split of a task from the data folder, or from `file`."""

    def loaded(task: str, split: str = "train", **more: Any) -> Split:
        where = {} if "file" in more else {"data": data}
        return BY_NAME[task].load(DataRequest(language="en", split=split, **{**where, **more}))

    return loaded
