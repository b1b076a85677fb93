"""The suite `mini`: the nine kinds of XTREME's tasks in eight languages, small enough to come with the program.

The data were written for this project. They are for trying things out, not for judging a checkpoint: DATASHEET.md says what
they are, how they were made and what they cannot show. Work modules are imported inside the hooks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import xharness

if TYPE_CHECKING:
    from collections.abc import Sequence


@xharness.hookimpl
def xharness_suites() -> Sequence[xharness.Suite]:
    """Offers the suite `mini` with the mean of its nine tasks."""
    from xharness_mini.suite import SUITE

    return [SUITE]


@xharness.hookimpl
def xharness_tasks() -> Sequence[xharness.Task]:
    """Offers the nine tasks, whose data lie beside this file."""
    from xharness_mini.tasks import TASKS

    return TASKS


@xharness.hookimpl
def xharness_checkpoints() -> Sequence[xharness.Checkpoint]:
    """Offers `demo`, a set trained on the suite's own data from nothing (demo.toml)."""
    from xharness_mini.demo import DEMO

    return [DEMO]


@xharness.hookimpl
def xharness_tours() -> Sequence[xharness.Tour]:
    """Offers the tour `mini`: two trainings, their comparison and a board."""
    from xharness_mini.demo import TOUR

    return [TOUR]
