"""Everything that `xharness doctor` looks at, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness.doctor.diagnosis import broken
from xharness.doctor.heads import examine_heads
from xharness.doctor.installed import examine_installed, examine_plugins
from xharness.doctor.machine import examine_devices, examine_folders, examine_hub, examine_memory, folders_used
from xharness.errors import HarnessError
from xharness.plugins import Plugins

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from xharness.doctor.diagnosis import Diagnosis
    from xharness.plugins import Candidate


def examine(candidates: Sequence[Candidate], runs: Path) -> Iterator[Diagnosis]:
    """Yields every finding as it is made; takes some seconds for importing libraries, and reads no more than caches.

    Args:
        candidates: the plugins to look at.
        runs: the folder in which evaluations are stored.
    """
    yield from examine_plugins(candidates)  # first: what they import counts as their time
    yield from examine_installed()
    yield from examine_devices()
    yield from examine_memory()
    yield from examine_folders(folders_used(runs))
    yield from examine_hub()
    try:
        plugins = Plugins(candidates)
        yield from examine_heads(plugins)
    except HarnessError as error:
        yield broken("heads", f"not tried: {error}", "Mend the plugins first.")
