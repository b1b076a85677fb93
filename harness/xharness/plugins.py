"""Finds plugins, checks them, and collects what they offer.

pluggy's own entry point loader is not used: with it an installed package silently takes a built-in's name, and which one
wins depends on directory order. Here the order is fixed (built-ins, then the rest by name), every hook is validated, and a
plugin that cannot be used stops the program with its name, its distribution and the way out.
"""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, cast

import pluggy

from xharness import hookspecs
from xharness.errors import PluginError, UsageError, named, unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from xharness.models import Settings
    from xharness.offers import LeaderboardFormat, SubmissionFormat, Suite, Task, TrainingStage
    from xharness.protocols import Index, Metric, Model, Predictor

GROUP = "xharness"
OWN_DISTRIBUTION = "xharness"


class Named(Protocol):
    """Anything that is collected by name."""

    @property
    def name(self) -> str:
        """The name under which users ask for it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginInfo:
    """Where a plugin comes from, and the names of what it offers by hook ("tasks" → ("xnli", …))."""

    name: str
    distribution: str
    version: str
    offers: dict[str, tuple[str, ...]] = field(default_factory=dict)


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


class Plugins:
    """The plugins of one call, and everything they offer, by name.

    Raises PluginError for a plugin that does not import, has an unknown hook or argument, fails in an offer, or offers a
    name that another plugin offers too.
    """

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._manager = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(hookspecs)
        self._candidates: dict[str, Candidate] = {}
        for candidate in candidates:
            self._register(candidate)

    @classmethod
    def load(cls, without: Iterable[str] = ()) -> Plugins:
        """Returns the installed plugins but those named in `without`. Raises UsageError for a name not installed."""
        candidates = installed()
        names = {candidate.name for candidate in candidates}
        left_out = set(without)
        for name in sorted(left_out - names):
            raise unknown_name("plugin", name, names)
        return cls([candidate for candidate in candidates if candidate.name not in left_out])

    def _register(self, candidate: Candidate) -> None:
        other = self._candidates.get(candidate.name)
        if other is not None:
            raise PluginError(
                f"Two plugins are called {candidate.name!r}: one of distribution {other.distribution} {other.version}, one "
                f"of {candidate.distribution} {candidate.version}. {candidate.way_out}"
            )
        try:
            module = candidate.load()
        except Exception as error:  # an import can fail in any way; all of them mean the same to the user
            raise PluginError(
                f"The {candidate.blame} cannot be imported: {type(error).__name__}: {error}. {candidate.way_out}"
            ) from error
        try:
            self._manager.register(module, name=candidate.name)
            self._manager.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:
            raise PluginError(f"The {candidate.blame} does not fit the hooks: {error}. {candidate.way_out}") from error
        self._candidates[candidate.name] = candidate

    # ---- offers --------------------------------------------------------------------------------------------------

    @cached_property
    def suites(self) -> dict[str, Suite]:
        """Suites by name."""
        return self._collect("xharness_suites")

    @cached_property
    def tasks(self) -> dict[str, Task]:
        """Tasks by name: the suites' targets, and tasks to train on."""
        return self._collect("xharness_tasks")

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """Metrics by name."""
        return self._collect("xharness_metrics")

    @cached_property
    def indexes(self) -> dict[str, Index]:
        """Vector indexes by name."""
        return self._collect("xharness_indexes")

    @cached_property
    def training_stages(self) -> dict[str, TrainingStage]:
        """Training stages by name."""
        return self._collect("xharness_training_stages")

    @cached_property
    def submission_formats(self) -> dict[str, SubmissionFormat]:
        """Submission formats by name."""
        return self._collect("xharness_submission_formats")

    @cached_property
    def leaderboard_formats(self) -> dict[str, LeaderboardFormat]:
        """Forms of leaderboards by name."""
        return self._collect("xharness_leaderboard_formats")

    def suite(self, name: str) -> Suite:
        """Returns a suite. Raises UsageError with near matches for an unknown name."""
        return named("suite", name, self.suites)

    def suite_tasks(self, suite: Suite) -> dict[str, Task]:
        """Returns the suite's tasks in its order. Raises PluginError if one of them is not offered."""
        missing = [name for name in suite.tasks if name not in self.tasks]
        if missing:
            raise PluginError(
                f"The suite {suite.name!r} lists tasks that no plugin offers: {', '.join(missing)}. Install the plugin that "
                "offers them, or do not leave it out with --no-plugin."
            )
        return {name: self.tasks[name] for name in suite.tasks}

    def _collect(self, hook: str) -> dict[str, Any]:
        owner: dict[str, Candidate] = {}
        offers: dict[str, Any] = {}
        for candidate, offer in self._offers(hook):
            if offer.name in owner:
                other = owner[offer.name]
                raise PluginError(
                    f"{offer.name!r} is offered twice through {hook}: by the {other.blame} and by the {candidate.blame}. "
                    f"{candidate.way_out}"
                )
            owner[offer.name] = candidate
            offers[offer.name] = offer
        return offers

    def _offers(self, hook: str) -> Iterable[tuple[Candidate, Named]]:
        for name, candidate in self._candidates.items():
            implementation = getattr(self._manager.get_plugin(name), hook, None)
            if implementation is None:
                continue
            try:
                offered = list(cast("Iterable[Named]", implementation()))
                for offer in offered:
                    _ = offer.name
            except Exception as error:  # whatever a plugin raises here makes it unusable
                raise PluginError(
                    f"The {candidate.blame} failed in {hook}: {type(error).__name__}: {error}. {candidate.way_out}"
                ) from error
            yield from ((candidate, offer) for offer in offered)

    # ---- stages and watches --------------------------------------------------------------------------------------

    def load_model(self, checkpoint: str, settings: Settings) -> Model:
        """Returns the loaded checkpoint. Raises UsageError if no plugin knows its form."""
        model = self._manager.hook.xharness_load(checkpoint=checkpoint, settings=settings)
        if model is None:
            raise UsageError(
                f"No plugin can load {checkpoint!r}. Expected a transformers directory, a checkpoint set, a "
                "sentence-transformers directory, a PEFT adapter directory, or a hub id such as org/name@revision; "
                "`xharness plugins` lists what is installed."
            )
        return cast("Model", model)

    def predictor(self, model: Model, task: Task, index: Index, settings: Settings) -> Predictor:
        """Returns what answers `task` with `model`. Raises PluginError if no plugin does."""
        predictor = self._manager.hook.xharness_predict(model=model, task=task, index=index, settings=settings)
        if predictor is None:
            raise PluginError(
                f"{task.name}: no plugin predicts tasks of kind {task.kind!r} with this checkpoint. Install a plugin that "
                "implements xharness_predict for it, or leave the task out with --tasks."
            )
        return cast("Predictor", predictor)

    def read_recipe(self, file: Path) -> TrainingStage | None:
        """Returns the training stage that a recipe file describes, None if no plugin knows its form."""
        return cast("TrainingStage | None", self._manager.hook.xharness_read_recipe(file=file))

    def describe(self, checkpoint: Path) -> str | None:
        """Returns in lines how a checkpoint folder came to be, None if no plugin knows."""
        return cast("str | None", self._manager.hook.xharness_describe(checkpoint=checkpoint))

    @property
    def hook(self) -> Any:
        """The hooks themselves, for the watches."""
        return self._manager.hook

    # ---- listing -------------------------------------------------------------------------------------------------

    def versions(self) -> dict[str, str]:
        """Returns "distribution version" by plugin name, as every run records it."""
        return {name: f"{one.distribution} {one.version}" for name, one in self._candidates.items()}

    def infos(self) -> list[PluginInfo]:
        """Returns name, distribution, version and offers of every plugin, in registration order."""
        return [self._info(candidate) for candidate in self._candidates.values()]

    def _info(self, candidate: Candidate) -> PluginInfo:
        offers: dict[str, tuple[str, ...]] = {}
        module = self._manager.get_plugin(candidate.name)
        for hook in _hook_names():
            if not hasattr(module, hook):
                continue
            short = hook.removeprefix("xharness_").replace("_", " ")
            is_offer = short.endswith("s")
            names = tuple(o.name for c, o in self._offers(hook) if c is candidate) if is_offer else ()
            offers[short] = names
        return PluginInfo(
            name=candidate.name, distribution=candidate.distribution, version=candidate.version, offers=offers
        )


def _hook_names() -> list[str]:
    return [name for name in vars(hookspecs) if name.startswith("xharness_")]
