"""What is said where no data can be had: the three ways to get them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness.errors import DataError, UnreachableDataError
from xharness.hub_cache import cache_folder
from xharness.offline import is_offline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness.errors import HarnessError


def refuse_without_data(suite: str, problems: Sequence[HarnessError]) -> None:
    """Raises one DataError with the ways to get data if the hub gave none for any of several cells; else nothing.

    `problems` are those of a selection that names no data folder.
    """
    if not problems or not all(isinstance(one, UnreachableDataError) for one in problems):
        return
    cells = f"{len(problems)} of the cells asked for" if len(problems) > 1 else "a cell asked for"
    cause = "the network is not to be used (offline)" if is_offline() else "the hub could not be reached"
    raise DataError(
        f"There are no data for {cells} of the suite {suite!r}: no folder is named with --data, {cause}, and the hub's cache "
        f"on this machine ({cache_folder()}) has no copy. Nothing was computed. There are three ways to get data:\n"
        "  1. From the hub: run the same command where huggingface.co can be reached, without --offline and HF_HUB_OFFLINE.\n"
        "  2. From files: put the official download's prepared files into a folder, name it with --data DIR, and check it "
        "with `xharness data verify DIR`.\n"
        f"  3. From another machine: run `xharness prefetch {suite}` where the hub can be reached, copy its HF_HOME folder "
        "here, and set HF_HOME to it.\n"
        f"First of the reasons: {problems[0]}"
    )
