"""What model cards on the hub call XTREME's tasks and their scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DATA_SETS: Mapping[str, str] = {"xtreme": "google/xtreme"}
"""Suite → identifier of its data set on the hub."""

TASKS: Mapping[str, tuple[str, str]] = {
    "xnli": ("text-classification", "accuracy"),
    "pawsx": ("text-classification", "accuracy"),
    "udpos": ("token-classification", "f1"),
    "panx": ("token-classification", "f1"),
    "xquad": ("question-answering", "f1"),
    "mlqa": ("question-answering", "f1"),
    "tydiqa": ("question-answering", "f1"),
    "bucc2018": ("sentence-similarity", "f1"),
    "tatoeba": ("sentence-similarity", "accuracy"),
}
"""Task → the hub's task identifier, and the metric of its cells where a cell is a single score."""

OTHER = ("other", "score")
"""The same for tasks that are not XTREME's."""
