"""One finding about this machine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How grave a finding is."""

    OK = "ok"
    WARNING = "warning"  # some commands are slower, or need another way
    BROKEN = "broken"  # something fails


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What was looked at, how it is, and what to do about it.

    Attributes:
        remedy: a whole sentence; empty where all is well.
    """

    place: str
    status: Health
    message: str
    remedy: str = ""


def fine(place: str, message: str) -> Diagnosis:
    """Returns a finding without a remedy."""
    return Diagnosis(place=place, status=Health.OK, message=message)


def warning(place: str, message: str, remedy: str) -> Diagnosis:
    """Returns a finding that some command will meet."""
    return Diagnosis(place=place, status=Health.WARNING, message=message, remedy=remedy)


def broken(place: str, message: str, remedy: str) -> Diagnosis:
    """Returns a finding that stops something."""
    return Diagnosis(place=place, status=Health.BROKEN, message=message, remedy=remedy)
