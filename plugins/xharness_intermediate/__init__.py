"""The nine intermediate tasks: English tasks that an encoder may be trained on before its target task.

Work modules are imported inside the hooks: listing plugins must not cost a data library's start-up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import xharness

if TYPE_CHECKING:
    from collections.abc import Sequence


@xharness.hookimpl
def xharness_tasks() -> Sequence[xharness.Task]:
    """Offers the nine intermediate tasks of Phang et al. 2020."""
    from xharness_intermediate.tasks import TASKS

    return TASKS
