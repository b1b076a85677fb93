"""What must be equal before two runs are compared: pairs are examples of the same data, scored the same way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness.errors import RunError, raise_together

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from xharness.offers import Suite
    from xharness.runs import CellRecord, RunRecord
    from xharness.store import RunFolder

REPORTED = "reported"
"""Kind of a run whose numbers were copied from a paper: shown, never tested, for there is nothing to pair."""

_SHOWN = 6
_NOT_COMPARED = "differences between the runs; nothing was compared."
_REMEDY = (
    "Only scores of the same examples, made the same way, can be compared. Evaluate again what differs, or leave it out with "
    "--tasks and --languages."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A run as it was given: where it lies and what it says. `name` tells it from every other one in messages."""

    folder: RunFolder
    record: RunRecord

    @property
    def name(self) -> str:
        """Returns the run's folder."""
        return str(self.folder.path)


class Refusals:
    """Collects what does not fit, so that it is reported together, and one cause in many languages once.

    Args:
        headline, remedy: as `errors.raise_together` has them.
    """

    def __init__(self, headline: str = _NOT_COMPARED, remedy: str = _REMEDY) -> None:
        self.headline, self.remedy = headline, remedy
        self._found: dict[tuple[str, str, str, str], list[tuple[str, str]]] = {}

    def add(self, cell: CellRecord, what: str, runs: tuple[str, str], message: str) -> None:
        """Takes note that `cell` is refused because `what` differs between two runs; `message` is a paragraph about it."""
        found = self._found.setdefault((cell.task, what, *runs), [])
        if cell.language not in {language for language, _ in found}:  # a run may stand on both sides
            found.append((cell.language, message))

    def raise_any(self) -> None:
        """Raises one RunError with everything that was refused, if anything was."""
        raise_together(self.errors(), self.headline, self.remedy, RunError)

    def errors(self) -> list[RunError]:
        """Returns one error for every cause, naming its cells."""
        return [self._error(task, found) for (task, *_), found in self._found.items()]

    @staticmethod
    def _error(task: str, found: list[tuple[str, str]]) -> RunError:
        (language, message), *others = found
        also = f" The same holds for {task}/{shortened([one for one, _ in others])}." if others else ""
        return RunError(f"{task}/{language}: {message}{also}")


def check_runs(runs: Sequence[Given], reference: Given, suite: Suite) -> None:
    """Raises RunError for runs that cannot be compared with the reference at all, naming both values and both runs.

    These are runs of another suite, suite version or variant than the reference's, of another version of the suite than is
    installed, and numbers copied from a paper.
    """
    problems = [problem for run in runs for problem in _problems(run, reference, suite)]
    raise_together(
        list({str(one): one for one in problems}.values()),
        "of the runs cannot be compared; nothing was.",
        "Compare runs of one suite in one variant.",
        RunError,
    )


def _problems(run: Given, reference: Given, suite: Suite) -> Iterator[RunError]:
    record, other = run.record, reference.record
    if record.kind == REPORTED:
        yield RunError(
            f"{run.name} is a reported result, copied from a publication: without its predictions there is nothing to pair, so "
            "it is shown but never tested. Compare runs of `xharness eval` or `xharness score`."
        )
    for what, own, its in (
        ("suite", record.suite, other.suite),
        ("suite version", record.suite_version, other.suite_version),
        ("variant", record.variant, other.variant),
    ):
        if own != its:
            yield RunError(
                f"{run.name} has the {what} {own!r} and {reference.name} {its!r}: their scores cannot be compared. Evaluate or "
                f"score one of them again with the {what} of the other."
            )
    if (record.suite, record.suite_version) == (
        suite.name,
        other.suite_version,
    ) and record.suite_version != suite.version:
        yield RunError(
            f"{run.name} is of version {record.suite_version!r} of the suite {suite.name!r}, and version {suite.version!r} is "
            "installed. Evaluate or score again, or install the version that made the run."
        )


def same_rules(cell: CellRecord, other: CellRecord, metrics: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Yields (what, own value, other's) where two cells were not scored by the same rules on the same split."""
    yield from _unequal("split", cell.split, other.split)
    yield from _unequal("task version", cell.task_version, other.task_version)
    for name in metrics:
        yield from _unequal(
            f"version of the metric {name!r}", cell.versions.get(name, "none"), other.versions.get(name, "none")
        )
    yield from _unequal("limit on examples", _limit(cell), _limit(other))


def same_data(cell: CellRecord, other: CellRecord) -> Iterator[tuple[str, str, str]]:
    """Yields (what, own value, other's) where fingerprints differ; inputs that one did not record are passed over."""
    yield from _unequal("gold fingerprint", cell.gold[:12] or "none", other.gold[:12] or "none")
    if cell.inputs and other.inputs:
        yield from _unequal("inputs fingerprint", cell.inputs[:12], other.inputs[:12])


def _unequal(what: str, own: str, other: str) -> Iterator[tuple[str, str, str]]:
    if own != other:
        yield what, own, other


def _limit(cell: CellRecord) -> str:
    return str(cell.signature.get("limit", "none"))


def shortened(names: Sequence[str]) -> str:
    """Returns "de, fr, sw": the first names, and how many more there are."""
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"
