"""A distribution with two hundred tasks, for what listing them takes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MODULE = '''
"""Two hundred tasks over files that are not there."""

from pathlib import Path

from xharness import data, hookimpl

HERE = Path(__file__).parent
KINDS = ("classification", "pair_classification", "tagging", "multiple_choice")


def one(number):
    return data.task(
        name=f"many-{number}", version="1", kind=KINDS[number % 4], labels=("0", "1"), languages=("en", "sw", "th"),
        metrics=("accuracy",), license="CC0", citation="us", splits={"train": "train", "dev": "val", "test": "test"},
        source=data.jsonl(HERE / "absent" / str(number) / "{language}.{split}.jsonl"), fields={"gold": "answer"},
    )


@hookimpl
def xharness_tasks():
    return [one(number) for number in range(200)]
'''


def environment(site: Path) -> dict[str, str]:
    """Installs the distribution into an empty folder; returns the environment of a process that finds it."""
    (site / "xharness_many.py").write_text(MODULE, encoding="utf-8")
    info = site / "xharness_many-1.4.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: xharness-many\nVersion: 1.4\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[xharness]\nmany = xharness_many\n", encoding="utf-8")
    before = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), *([before] if before else [])])}
