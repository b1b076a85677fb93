"""What checks find: one line for each place that is as promised, and one for each thing that is not."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xharness.errors import HarnessError
from xharness.offers import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OK, DIFFERS, MISSING, BROKEN = "ok", "differs", "missing", "broken"
FAILED = frozenset({DIFFERS, BROKEN})
"""The statuses with which a check has failed; "missing" says that something could not be checked here."""

SHOWN = 3


@dataclass(slots=True, kw_only=True)
class Report:
    """Collects the findings about one place, such as "topics/sw test"."""

    place: str
    findings: list[Finding] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Returns whether anything is not as promised."""
        return any(finding.status in FAILED for finding in self.findings)

    def add(self, status: str, message: str) -> None:
        """Adds a finding about this place."""
        self.findings.append(Finding(place=self.place, status=status, message=message))

    def expect(self, holds: bool, otherwise: str) -> bool:
        """Adds a broken finding that says `otherwise` unless it holds; returns whether it does."""
        if not holds:
            self.add(BROKEN, otherwise)
        return holds

    def none_of(self, offenders: Sequence[object], what: str, remedy: str) -> bool:
        """Adds a broken finding that counts the offenders and names the first; returns whether there are none."""
        shown = ", ".join(f"{one!s:.60}" for one in offenders[:SHOWN])
        return self.expect(not offenders, f"{what}: {len(offenders):,} (first: {shown}). {remedy}")

    def done(self, message: str) -> list[Finding]:
        """Returns the findings, with `message` as the one good line if nothing else was found."""
        if not self.findings:
            self.add(OK, message)
        return self.findings

    @contextmanager
    def survives(self, doing: str) -> Iterator[None]:
        """Turns whatever is raised inside into a broken finding that says what was being done."""
        try:
            yield
        except HarnessError as error:
            self.add(BROKEN, f"{doing} failed: {error}")
        except Exception as error:  # the code of a plugin may raise anything
            self.add(BROKEN, f"{doing} raised {type(error).__name__}: {error}. {_EXPECTED}")


_EXPECTED = "Errors that a user can meet derive from xharness.HarnessError; this one is a defect."


def assert_ok(findings: Sequence[Finding]) -> None:
    """Raises AssertionError listing all that is broken or differs, or saying that nothing could be checked here."""
    failed = [finding for finding in findings if finding.status in FAILED]
    if failed:
        lines = "\n".join(f"  {finding.place}: {finding.message}" for finding in failed)
        raise AssertionError(f"{len(failed)} of {len(findings)} findings are not as promised:\n{lines}")
    if not any(finding.status == OK for finding in findings):
        lines = "\n".join(f"  {finding.place}: {finding.message}" for finding in findings)
        raise AssertionError(f"Nothing could be checked here.\n{lines}".rstrip())
