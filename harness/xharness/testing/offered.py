"""Everything that a plugin offers, checked by kind."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from xharness.testing import fingerprints
from xharness.testing.checkpoints import check_checkpoint
from xharness.testing.documents import check_leaderboard_format
from xharness.testing.findings import MISSING, OK, Report
from xharness.testing.indexes import check_index
from xharness.testing.locating import locate
from xharness.testing.metrics import check_metric
from xharness.testing.starting import check_start
from xharness.testing.submissions import check_submission_format
from xharness.testing.suites import check_stage, check_suite
from xharness.testing.tasks import Cells, check_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from xharness.offers import Finding
    from xharness.plugins import Candidate, Plugins
    from xharness.testing.locating import Located


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found of one plugin: findings by kind of thing, and what its tasks are now.

    Attributes:
        groups: "plugin", "suites", "tasks" …, at last "fingerprints" → findings; "plugin" with the first plugin only.
        file: where the fingerprints are stored; None for a plugin that is no module.
        now: task → its fingerprint with the data at hand.
    """

    name: str
    distribution: str
    groups: Mapping[str, tuple[Finding, ...]]
    file: Path | None = None
    now: Mapping[str, fingerprints.Fingerprint] = field(default_factory=dict)


def check_plugin(what: str, *, cells: Cells | None = None, without: Iterable[str] = ()) -> list[Finding]:
    """Returns the findings about everything that a plugin offers, and about its stored fingerprints.

    Args:
        what: name of an installed plugin or of its distribution; the path of a module, a package or a project not installed.
        cells: which data its tasks are tried on; all if absent.
        without: names of installed plugins to leave out.

    Raises:
        UsageError: there is no such plugin.
        PluginError: it cannot be used at all: it does not import, does not fit the hooks, or offers a name that is taken.
    """
    checked = check_located(locate(what, without), Cells() if cells is None else cells)
    return [finding for one in checked for findings in one.groups.values() for finding in findings]


def check_located(
    located: Located, cells: Cells, tasks: tuple[str, ...] | None = None, say: Callable[[str], None] = lambda _: None
) -> list[Checked]:
    """Returns what was found of each plugin; `tasks` limits which of its tasks are checked. `say` is told what comes next."""
    offers = _Offers(plugins=located.plugins, cells=cells, say=say)
    infos = {info.name: dict(info.offers) for info in located.plugins.infos()}
    if tasks is not None:
        for info in infos.values():
            info["tasks"] = tuple(name for name in info.get("tasks", ()) if name in tasks)
    say("starting it by itself")
    start = check_start(located)
    checked = [offers.checked(one, infos[one.name]) for one in located.candidates]
    return [replace(checked[0], groups={"plugin": tuple(start), **checked[0].groups}), *checked[1:]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offers:
    """The offers of one plugin, and what is told while they are checked."""

    plugins: Plugins
    cells: Cells
    say: Callable[[str], None]

    def checked(self, one: Candidate, offers: Mapping[str, tuple[str, ...]]) -> Checked:
        """Returns what was found of everything offered, by kind."""
        groups: dict[str, tuple[Finding, ...]] = {}
        now: dict[str, fingerprints.Fingerprint] = {}
        tried: dict[str, list[str]] = {}
        for kind in _ORDER:
            found: list[Finding] = []
            for name in offers.get(kind, ()):
                self.say(f"{one.name}: {kind}: {name}")
                found += self._task(name, now, tried) if kind == "tasks" else _CHECKS[kind](self.plugins, name)
                if kind == "metrics" and name in tried and found[-1].status == MISSING:
                    found[-1] = replace(found[-1], status=OK, message=f"on the gold of {', '.join(tried[name])}")
            if found:
                groups[kind] = tuple(found)
        file = fingerprints.file_of(one.load())
        if now:
            groups["fingerprints"] = tuple(_compared(file, now))
        return Checked(name=one.name, distribution=one.distribution, groups=groups, file=file, now=now)

    def _task(self, name: str, now: dict[str, fingerprints.Fingerprint], tried: dict[str, list[str]]) -> list[Finding]:
        """Returns the findings about a task; adds its fingerprint, and its name to every metric tried on its gold."""
        task = self.plugins.tasks[name]
        data: dict[str, fingerprints.Cell] = {}
        suite = next((one for one in self.plugins.suites.values() if name in one.tasks), None)
        cells = self.cells if suite is None else self.cells.of_suite(suite)
        found = check_task(
            task, plugins=self.plugins, cells=cells, seen=lambda split: data.update([fingerprints.of_data(split)])
        )
        now[name] = fingerprints.of_task(task, data)
        if any(cell.gold is not None for cell in data.values()):
            for metric in task.metrics:
                tried.setdefault(metric, []).append(name)
        return found


def _compared(file: Path | None, now: Mapping[str, fingerprints.Fingerprint]) -> list[Finding]:
    report = Report(place="fingerprints")
    if file is None:
        report.add(MISSING, "the plugin is no module with a file; there is no place for them.")
        return report.findings
    with report.survives("reading the stored fingerprints"):
        return fingerprints.compare(fingerprints.read(file), now)
    return report.findings


def _checkpoint(plugins: Plugins, name: str) -> list[Finding]:
    offered = plugins.checkpoints[name]
    tasks = plugins.suite_tasks(plugins.suite(offered.suite)).values()
    return check_checkpoint(offered.folder, plugins=plugins, tasks=tasks)


_CHECKS: dict[str, Callable[[Plugins, str], list[Finding]]] = {
    "suites": lambda plugins, name: check_suite(plugins.suites[name], plugins=plugins),
    "metrics": lambda plugins, name: check_metric(plugins.metrics[name]),
    "indexes": lambda plugins, name: check_index(plugins.indexes[name]),
    "checkpoints": _checkpoint,
    "training stages": lambda plugins, name: check_stage(plugins.training_stages[name], plugins=plugins),
    "submission formats": lambda plugins, name: check_submission_format(plugins.submission_formats[name]),
    "leaderboard formats": lambda plugins, name: check_leaderboard_format(plugins.leaderboard_formats[name]),
}
_ORDER = ("suites", "tasks", *list(_CHECKS)[1:])
"""What a hook offers, as `xharness plugins` calls it, in the order of the report."""
