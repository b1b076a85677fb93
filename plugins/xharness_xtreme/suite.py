"""The suite: its tasks in report order, and how their scores become one average."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xharness

from xharness_xtreme.inventory import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

AGGREGATOR = xharness.Aggregator(
    name="xtreme-nine-task-mean",
    version="1",
    description=(
        "The unweighted mean of the nine task scores, each the mean over the task's languages, English included "
        "(exact match and F1 averaged for the three question tasks)."
    ),
    groups={
        "classification": ("pawsx", "xnli"),
        "tagging": ("udpos", "panx"),
        "qa": ("xquad", "mlqa", "tydiqa"),
        "retrieval": ("bucc2018", "tatoeba"),
    },
)
"""The official rule (evaluate.py 282-319): the groups are shown beside the average and do not enter it."""


def _verify(data: Path, labels: Path | None) -> Sequence[xharness.Finding]:
    from xharness_xtreme.verify import verify

    return verify(data, labels)


SUITE = xharness.Suite(
    name="xtreme",
    version="1",
    tasks=tuple(LANGUAGES),
    aggregator=AGGREGATOR,
    submission="xtreme",
    verify=_verify,
    title="XTREME",
)
