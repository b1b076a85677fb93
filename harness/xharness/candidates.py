"""Plugins before they are registered: where they come from, what importing them costs, whether they fit this harness."""

from __future__ import annotations

import importlib.metadata
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Generic, TypeVar

from xharness import hookspecs
from xharness.errors import PluginError, near_matches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Offer = TypeVar("Offer")

GROUP = "xharness"
OWN_DISTRIBUTION = "xharness"

HEAVY = (
    "torch", "transformers", "datasets", "faiss", "scipy", "pyarrow", "numpy", "pandas", "peft", "accelerate", "sklearn",
    "matplotlib", "sentence_transformers", "tensorflow", "jax",
)  # fmt: skip
"""Libraries that take long to import: a plugin imports them inside the functions that need them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A plugin before it is imported."""

    name: str
    distribution: str
    version: str
    load: Callable[[], object]

    @property
    def blame(self) -> str:
        """Returns the words by which errors name this plugin."""
        return f"plugin {self.name!r} of distribution {self.distribution} {self.version}"

    @property
    def way_out(self) -> str:
        """Returns what to do about an error of this plugin."""
        remedy = (
            "Reinstall xharness" if self.distribution == OWN_DISTRIBUTION else "Update or uninstall that distribution"
        )
        return f"{remedy}, or leave the plugin out with --no-plugin {self.name}."

    @property
    def report(self) -> str:
        """Returns who can mend something that this plugin brought, in whole sentences."""
        return f"It comes with the {self.blame}: report it there. {self.way_out}"


def installed() -> list[Candidate]:
    """Returns the plugins of the installed distributions: built-ins first, then the rest, each by name."""
    found = [
        Candidate(
            name=entry.name,
            distribution=entry.dist.name if entry.dist else "unknown",
            version=entry.dist.version if entry.dist else "unknown",
            load=entry.load,
        )
        for entry in importlib.metadata.entry_points(group=GROUP)
    ]
    return sorted(found, key=lambda candidate: (candidate.distribution != OWN_DISTRIBUTION, candidate.name))


class Offered(dict[str, Offer], Generic[Offer]):
    """Offers by name, and which plugin each one comes from."""

    def __init__(self) -> None:
        super().__init__()
        self.owners: dict[str, Candidate] = {}

    def add(self, name: str, offer: Offer, owner: Candidate, hook: str) -> None:
        """Takes in an offer. Raises PluginError, naming both plugins, if there is one of that name."""
        other = self.owners.get(name)
        if other is not None:
            raise PluginError(
                f"{name!r} is offered twice through {hook}: by the {other.blame} and by the {owner.blame}. {owner.way_out}"
            )
        self[name] = offer
        self.owners[name] = owner


# ---- what starting costs -----------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class Start:
    """What a plugin cost so far, by its import and by the hooks that were asked for offers.

    Attributes:
        heavy: libraries of `HEAVY` that were first imported meanwhile; a plugin that comes after another which imports the
            same one does not show it.
    """

    seconds: float = 0.0
    heavy: list[str] = field(default_factory=list)

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Adds what happens inside."""
        before = {name for name in HEAVY if name in sys.modules}
        clock = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - clock
            self.heavy += [name for name in HEAVY if name in sys.modules and name not in before]


# ---- whether it fits ---------------------------------------------------------------------------------------------


def imported(candidate: Candidate) -> object:
    """Returns the plugin's module. Raises PluginError, with the way out, for whatever its import raises."""
    try:
        return candidate.load()
    except Exception as error:  # an import can fail in any way; all of them mean the same to the user
        raise PluginError(
            f"The {candidate.blame} cannot be imported: {type(error).__name__}: {error}. {candidate.way_out}"
        ) from error


def check_contract(candidate: Candidate, plugin: object) -> None:
    """Raises PluginError for a plugin that says it was built for other hooks than these."""
    built_for = getattr(plugin, "XHARNESS_CONTRACT", hookspecs.CONTRACT)
    if built_for != hookspecs.CONTRACT:
        raise PluginError(
            f"The {candidate.blame} was built for version {built_for!r} of the plugin contract (XHARNESS_CONTRACT), and this "
            f"xharness has version {hookspecs.CONTRACT}. Install versions of {candidate.distribution} and xharness that fit "
            f"together, or leave the plugin out with --no-plugin {candidate.name}."
        )


def check_hooks(candidate: Candidate, plugin: object) -> None:
    """Raises PluginError for a hook that there is not, with near matches, and for one that is not marked as a hook."""
    hooks = hook_names()
    for name in dir(plugin):
        found = getattr(plugin, name, None) if name.startswith("xharness_") else None
        if not isinstance(found, FunctionType | MethodType):
            continue
        marked = getattr(found, "xharness_impl", None) is not None
        if marked and name not in hooks:
            raise PluginError(
                f"The {candidate.blame} has a hook {name}, which does not exist.{near_matches(name, hooks)} "
                f"{candidate.way_out}"
            )
        if name in hooks and not marked:
            raise PluginError(
                f"The {candidate.blame} has a function {name} that is not marked as a hook, and would never be called. Put "
                f"@xharness.hookimpl above it. {candidate.way_out}"
            )


def hook_names() -> list[str]:
    """Returns the names of all hooks, in the order of their specifications."""
    return [name for name in vars(hookspecs) if name.startswith("xharness_")]
