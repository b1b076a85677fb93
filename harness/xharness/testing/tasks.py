"""The contract of tasks: the record, every language and split that it declares, and its metrics on its own gold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xharness import identity
from xharness.errors import HarnessError, MissingDataError, UnreachableDataError, named
from xharness.offers import DataRequest
from xharness.plugins import Plugins
from xharness.selection import DEFAULT_SPLIT, Selection, limited, resolve_folders
from xharness.testing import answers
from xharness.testing.findings import FAILED, MISSING, Report
from xharness.testing.languages import language_problem
from xharness.testing.metrics import check_on
from xharness.testing.splits import check_parallel, check_split

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from xharness.offers import Finding, Suite, Task
    from xharness.records import Split
    from xharness.testing.answers import Says

TRAIN = "train"
SCORED = 200
"""Examples of each split on which metrics are tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Which data are read.

    Attributes:
        splits, languages: names; None takes all that a task declares.
        data, labels: folders in the suite's layout; without `data` the task's own data or the hub's.
    """

    splits: Sequence[str] | None = None
    languages: Sequence[str] | None = None
    data: Path | None = None
    labels: Path | None = None

    def leaves_out(self, split: str, language: str) -> bool:
        """Returns whether the data of this language of this split are not read."""
        wanted = self.splits is None or split in self.splits
        return not wanted or (self.languages is not None and language not in self.languages)

    def of_suite(self, suite: Suite) -> Cells:
        """Returns the same cells with the folders that an evaluation of the suite would find for these.

        Raises DataError if a folder that was named is not there.
        """
        data, labels = resolve_folders(Selection(suite=suite.name, data=self.data, labels=self.labels), suite)
        return replace(self, data=data, labels=labels)

    def request(self, language: str, split: str) -> DataRequest:
        """Returns what a loader is asked for."""
        return DataRequest(language=language, split=split, data=self.data, labels=self.labels)


def check_task(
    task: Task | str,
    *,
    plugins: Plugins | None = None,
    cells: Cells | None = None,
    says: Says | None = None,
    seen: Callable[[Split], object] = lambda _: None,
) -> list[Finding]:
    """Returns what is wrong with a task, and a good line for everything else: the record, then each split.

    Every declared language and split is loaded twice; data that are not at hand (a file or the hub that is not there) are
    "missing", never good; a test file that is absent beside others that come with the plugin is broken. See `check_split` and
    `check_metric` for what is checked of examples and metrics.

    Args:
        task: the task, or the name of an offered one.
        plugins: where metrics are found; the installed ones if absent.
        cells: which data are read; all if absent.
        says: an example → its gold as a prediction, for a kind that is not one of `Kind`.
        seen: called with every split that could be loaded.

    Raises:
        UsageError: no plugin offers a task of that name.
    """
    known = Plugins.load() if plugins is None else plugins
    asked = Cells() if cells is None else cells
    chosen = named("task", task, known.tasks) if isinstance(task, str) else task
    forms = answers.forms(chosen.kind) if says is None else (says,)
    data = _Data(task=chosen, plugins=known, cells=asked, forms=forms, seen=seen)
    findings = check_record(chosen, known)
    for split in chosen.splits:
        findings += data.check(split)
    return findings


# ---- the record --------------------------------------------------------------------------------------------------


def check_record(task: Task, plugins: Plugins) -> list[Finding]:
    """Returns what is wrong with a task before any data are read, or one good line."""
    report = Report(place=task.name)
    for what in ("name", "version", "kind", "head", "license", "citation"):
        value = getattr(task, what)
        report.expect(
            isinstance(value, str) and bool(value.strip()),
            f"its {what} is {value!r}: say it, in words if there is none.",
        )
    for what in ("languages", "metrics", "main", "splits", "labels"):
        value = getattr(task, what)
        single = isinstance(value, tuple) and len(set(value)) == len(value)
        report.expect(
            single and (bool(value) or what == "labels"),
            f"its {what} are {value!r}; expected a tuple of different names.",
        )
    for code in task.languages:
        problem = language_problem(code)
        report.expect(problem is None, f"the language {code!r} is {problem}.")
    _check_names(task, plugins, report)
    report.expect(task.max_length > 0, f"its max_length is {task.max_length}; expected subwords per input.")
    return report.done(
        f"version {task.version}, {task.kind}, {len(task.languages)} languages, {', '.join(task.metrics)}"
    )


def _check_names(task: Task, plugins: Plugins, report: Report) -> None:
    unknown = [name for name in task.metrics if name not in plugins.metrics]
    report.none_of(unknown, "metrics that no plugin offers", f"Offered: {', '.join(sorted(plugins.metrics))}.")
    scores = [score for name in task.metrics if name in plugins.metrics for score in plugins.metrics[name].scores]
    strange = [name for name in task.main if name not in scores]
    report.none_of(strange, "main scores that its metrics do not have", f"They have: {', '.join(scores)}.")
    aliases = [
        alias for alias, label in task.label_aliases.items() if label not in task.labels or alias != alias.lower()
    ]
    report.none_of(aliases, "label aliases that are not lower case, or of no label", "They stand for labels.")
    empty = [label for label in task.labels if not isinstance(label, str) or not label.strip()]
    report.none_of(empty, "labels without a name", "Labels are strings.")


# ---- data --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Data:
    """A task's data, one split after the other."""

    task: Task
    plugins: Plugins
    cells: Cells
    forms: Sequence[Says]
    seen: Callable[[Split], object]

    def check(self, name: str) -> list[Finding]:
        """Returns the findings about all languages of a split."""
        findings: list[Finding] = []
        loaded: list[Split] = []
        absent: dict[str, HarnessError] = {}
        goldless: list[str] = []
        for language in self.task.languages:
            if self.cells.leaves_out(name, language):
                continue
            report = Report(place=f"{self.task.name}/{language} {name}")
            split = _load(self.task, self.cells.request(language, name), report, absent)
            findings += report.findings
            if split is None:
                continue
            self.seen(split)
            findings += self._check_loaded(split)
            loaded.append(replace(split, pool=(), tuning=None) if self.task.parallel else replace(split, examples=()))
            if not split.has_gold:
                goldless.append(language)
        if self.task.parallel and len(loaded) > 1:
            findings += check_parallel(loaded, self.task)
        report = Report(place=f"{self.task.name} {name}")
        if loaded and name == DEFAULT_SPLIT and self.cells.data is None:
            lost = [language for language, error in absent.items() if not isinstance(error, UnreachableDataError)]
            what = "languages without data, which come with the plugin in others"
            report.none_of(lost, what, "Every declared language loads: is the file in the package?")
            absent = {language: error for language, error in absent.items() if language not in lost}
        _tell_missing(report, absent, goldless, nothing=not loaded)
        return findings + report.findings

    def _check_loaded(self, split: Split) -> list[Finding]:
        findings = check_split(split, self.task)
        if not split.has_gold or any(finding.status in FAILED for finding in findings):
            return findings
        report = Report(place=f"{split.place} {split.name}")
        part = limited(split, SCORED)
        for name in self.task.metrics:
            if name in self.plugins.metrics:
                check_on(self.plugins.metrics[name], part, self.forms, report, self.task.main)
        return report.findings or findings


def _tell_missing(
    report: Report, absent: Mapping[str, HarnessError], goldless: Sequence[str], *, nothing: bool
) -> None:
    """Adds what was not at hand: by language why, languages without gold; `nothing` says that no language was."""
    if absent:
        where = "any language" if nothing else ", ".join(absent)
        report.add(MISSING, f"not at hand in {where}; the first says: {next(iter(absent.values()))}")
    if goldless:
        report.add(MISSING, f"no gold at hand, so metrics were not tried, in {', '.join(goldless)}.")


def _load(task: Task, request: DataRequest, report: Report, absent: dict[str, HarnessError]) -> Split | None:
    """Returns the split, loaded twice with the same content; None if `absent` or the report says why not."""
    with report.survives("loading"):
        try:
            split = task.load(request)
            again = task.load(request)
        except HarnessError as error:
            # Training data exist in some languages only, and a loader may say so in any way.
            if not isinstance(error, MissingDataError | UnreachableDataError) and request.split != TRAIN:
                raise
            absent[request.language] = error
            return None
        report.expect(
            (split.language, split.name) == (request.language, request.split),
            f"the split says that it is {split.language} {split.name}.",
        )
        report.expect(
            identity.of_training(split) == identity.of_training(again),
            "loading it twice gives different examples: a loader depends on nothing but its request.",
        )
        return split if not report.failed else None
    return None
