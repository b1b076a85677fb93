"""The errors that a user is meant to read.

HarnessError
├── UsageError         the command was used wrongly (exit code 2)
├── PluginError        a plugin does not import, does not fit a hook, or collides with another
├── DataError          a data or gold file is malformed or inconsistent
│   ├── MissingDataError       a data file is not there
│   └── UnreachableDataError   neither the hub nor its cache on this machine gives the data
├── CheckpointError    a checkpoint cannot be loaded, or does not fit the task
├── PredictionError    predictions are missing, misaligned or not finite
└── RunError           a run's folder cannot be written or belongs to another run

Every message is one paragraph: what is wrong, where (task, language, file, line, plugin), what was expected, what to do.
"""

from __future__ import annotations

import difflib
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Offer = TypeVar("Offer")
_SHOWN = 12


class HarnessError(Exception):
    """Root of all errors shown without a traceback."""

    exit_code = 1


class UsageError(HarnessError):
    """The command line or the API was used wrongly."""

    exit_code = 2


class PluginError(HarnessError):
    """A plugin cannot be used; the message names plugin, distribution and the way out."""


class DataError(HarnessError):
    """Data or gold cannot be used; the message names file and line."""


class MissingDataError(DataError):
    """A file or hub configuration is not there: the cell has no data; other languages may have."""


class UnreachableDataError(DataError):
    """The hub cannot be reached, and its cache on this machine has no copy."""


class CheckpointError(HarnessError):
    """A checkpoint cannot be used as it is; the message names what resolves it."""


class PredictionError(HarnessError):
    """Predictions cannot be scored."""


class RunError(HarnessError):
    """A run's folder cannot be read, written or continued."""


@contextmanager
def located(place: str) -> Iterator[None]:
    """Prefixes `place` (such as "xnli/sw") to any HarnessError raised inside, once."""
    try:
        yield
    except HarnessError as error:
        message = str(error)
        if message.startswith(place):
            raise
        raise type(error)(f"{place}: {message}") from error


def unknown_name(what: str, name: str, known: Iterable[str]) -> UsageError:
    """Returns the error for a name that does not exist, listing near matches and all that exist."""
    names = sorted(known)
    return UsageError(
        f"There is no {what} called {name!r}.{near_matches(name, names)} Known: {', '.join(names) or 'none'}."
    )


def near_matches(name: str, known: Iterable[str]) -> str:
    """Returns " Did you mean …?" with the known names that are nearest to `name`, "" if none is near."""
    near = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.5)
    return f" Did you mean {' or '.join(near)}?" if near else ""


def named(what: str, name: str, offers: Mapping[str, Offer]) -> Offer:
    """Returns the offer of that name. Raises UsageError with near matches if there is none."""
    if name not in offers:
        raise unknown_name(what, name, offers)
    return offers[name]


def raise_together(
    problems: Sequence[HarnessError], headline: str, remedy: str, kind: type[HarnessError] = DataError
) -> None:
    """Raises the only problem as it is, or one error of `kind` that lists several between `headline` and `remedy`.

    Nothing is raised where there is none. `headline` follows their number: "problems with the data; …".
    """
    if len(problems) == 1:
        raise problems[0]
    if problems:
        shown = "\n".join(f"  {position}. {problem}" for position, problem in enumerate(problems[:_SHOWN], 1))
        more = f"\n  … and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise kind(f"{len(problems)} {headline}\n{shown}{more}\n{remedy}")
