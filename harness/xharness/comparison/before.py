"""What can be known before an evaluation to stand in the way of comparing its run with a baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness.errors import UsageError
from xharness.selection import chosen_splits, chosen_tasks
from xharness.store import find_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from xharness.plugins import Plugins
    from xharness.runs import RunRecord
    from xharness.selection import Selection


def check_baselines(plugins: Plugins, baselines: Sequence[Path], selection: Selection) -> None:
    """Raises UsageError, naming every difference, if a run made with this selection could not be compared with a baseline.

    Raises RunError for a baseline that cannot be read.
    """
    for path in baselines:
        record = find_run(path).read_record()
        problems = list(_differences(plugins, record, selection))
        if problems:
            raise UsageError(
                f"--baseline {path} could not be compared with this evaluation: {'; '.join(problems)}. Nothing was computed: "
                "name a baseline that was evaluated in the same way, or evaluate in its way."
            )


def _differences(plugins: Plugins, record: RunRecord, selection: Selection) -> Iterator[str]:
    suite = plugins.suite(selection.suite)
    for what, theirs, ours in (
        ("suite", f"{record.suite} {record.suite_version}", f"{suite.name} {suite.version}"),
        ("variant", record.variant, str(selection.variant)),
        ("limit", _limit(record.limit), _limit(selection.limit)),
    ):
        if theirs != ours:
            yield f"its {what} is {theirs}, this one's {ours}"
    tasks = plugins.suite_tasks(suite)
    splits = chosen_splits(selection, tasks)
    for name in chosen_tasks(selection, suite, tasks):
        has_cells = any(cell.task == name and cell.scores for cell in record.cells)
        if has_cells and record.splits.get(name) != splits[name]:
            yield f"its split of {name} is {record.splits.get(name)}, this one's {splits[name]}"


def _limit(value: int | None) -> str:
    return "none" if value is None else f"{value:,} examples"
