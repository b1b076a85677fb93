"""XTREME: nine tasks in 40 languages, 162 cells, scored as the official scorer scores them.

Work modules are imported inside the hooks: listing plugins must not cost a data library's start-up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import xharness

if TYPE_CHECKING:
    from collections.abc import Sequence


@xharness.hookimpl
def xharness_suites() -> Sequence[xharness.Suite]:
    """Offers the suite `xtreme` with its nine-task mean."""
    from xharness_xtreme.suite import SUITE

    return [SUITE]


@xharness.hookimpl
def xharness_tasks() -> Sequence[xharness.Task]:
    """Offers the nine tasks of XTREME."""
    from xharness_xtreme.tasks import TASKS

    return TASKS


@xharness.hookimpl
def xharness_metrics() -> Sequence[xharness.Metric]:
    """Offers the metrics of XTREME, each equal to the official scorer's."""
    from xharness_xtreme.metrics import METRICS

    return METRICS


@xharness.hookimpl
def xharness_submission_formats() -> Sequence[xharness.SubmissionFormat]:
    """Offers the folder layout that the official scorer reads."""
    from xharness_xtreme.submission import XTREME_FORMAT

    return [XTREME_FORMAT]
