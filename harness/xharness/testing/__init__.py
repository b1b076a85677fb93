"""A test kit for plugin authors: what every task, metric, suite, index, format, stage and checkpoint must keep.

    from xharness.testing import assert_ok, check_task

    def test_task_keeps_the_contract():
        assert_ok(check_task(xharness_mine.TASK))

Every `check_…` returns findings, one good line or one line for each thing that is not as promised; `assert_ok` raises
AssertionError listing the bad ones. pytest is not needed. `xharness check PLUGIN` runs all of them (`check_plugin`).
"""

from xharness.offers import Finding
from xharness.testing.boards import made_up_board
from xharness.testing.checkpoints import check_checkpoint
from xharness.testing.documents import check_leaderboard_format
from xharness.testing.findings import assert_ok
from xharness.testing.indexes import check_index
from xharness.testing.made_up import made_up_split, made_up_task
from xharness.testing.metrics import check_metric
from xharness.testing.offered import check_plugin
from xharness.testing.splits import check_parallel, check_split
from xharness.testing.submissions import check_submission_format
from xharness.testing.suites import check_stage, check_suite
from xharness.testing.tasks import Cells, check_task

__all__ = [
    "Cells",
    "Finding",
    "assert_ok",
    "check_checkpoint",
    "check_index",
    "check_leaderboard_format",
    "check_metric",
    "check_parallel",
    "check_plugin",
    "check_split",
    "check_stage",
    "check_submission_format",
    "check_suite",
    "check_task",
    "made_up_board",
    "made_up_split",
    "made_up_task",
]
