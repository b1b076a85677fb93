"""Finds plugins, checks them, and collects what they offer.

pluggy's own entry point loader is not used: with it an installed package silently takes a built-in's name, and which one
wins depends on directory order. Here the order is fixed (built-ins, then the rest by name), every hook is validated, and a
plugin that cannot be used stops the program with its name, its distribution and the way out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import pluggy

from xharness import hookspecs
from xharness.candidates import (
    GROUP,
    Candidate,
    Offered,
    Start,
    check_contract,
    check_hooks,
    hook_names,
    imported,
    installed,
)
from xharness.errors import PluginError, UsageError, near_matches, unknown_name
from xharness.guarding import guarded
from xharness.offers import Aggregator, Suite

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xharness.models import Settings
    from xharness.offers import Checkpoint, LeaderboardFormat, SubmissionFormat, Task, Tour, TrainingStage
    from xharness.protocols import Index, Metric, Model, Predictor

__all__ = ["GROUP", "Candidate", "Offered", "PluginInfo", "Plugins", "installed"]


class Named(Protocol):
    """Anything that is collected by name."""

    @property
    def name(self) -> str:
        """The name under which users ask for it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginInfo:
    """Where a plugin comes from, and the names of what it offers by hook ("tasks" → ("xnli", …)).

    Attributes:
        seconds: what importing it and asking for its offers took.
        heavy: slow libraries that it was the first to import meanwhile; there should be none.
    """

    name: str
    distribution: str
    version: str
    offers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    seconds: float = 0.0
    heavy: tuple[str, ...] = ()


class Plugins:
    """The plugins of one call, and everything they offer, by name.

    Raises PluginError for a plugin that does not import, has an unknown hook or argument, fails in an offer, or offers a
    name that another plugin offers too.
    """

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._manager = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(hookspecs)
        self._candidates: dict[str, Candidate] = {}
        self._starts: dict[str, Start] = {}
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
        start = self._starts[candidate.name] = Start()
        with start.measured():
            module = imported(candidate)
        check_contract(candidate, module)
        check_hooks(candidate, module)
        try:
            self._manager.register(module, name=candidate.name)
            self._manager.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:
            raise PluginError(f"The {candidate.blame} does not fit the hooks: {error}. {candidate.way_out}") from error
        self._candidates[candidate.name] = candidate

    # ---- offers --------------------------------------------------------------------------------------------------

    @cached_property
    def suites(self) -> Offered[Suite]:
        """Suites by name."""
        return self._collect("xharness_suites")

    @cached_property
    def tasks(self) -> Offered[Task]:
        """Tasks by name: the suites' targets, and tasks to train on. What their loaders return is checked."""
        found = self._collect("xharness_tasks")
        for name, task in found.items():
            found[name] = guarded(task, found.owners[name])
        return found

    @cached_property
    def metrics(self) -> Offered[Metric]:
        """Metrics by name."""
        return self._collect("xharness_metrics")

    @cached_property
    def indexes(self) -> Offered[Index]:
        """Vector indexes by name."""
        return self._collect("xharness_indexes")

    @cached_property
    def training_stages(self) -> Offered[TrainingStage]:
        """Training stages by name."""
        return self._collect("xharness_training_stages")

    @cached_property
    def submission_formats(self) -> Offered[SubmissionFormat]:
        """Submission formats by name."""
        return self._collect("xharness_submission_formats")

    @cached_property
    def leaderboard_formats(self) -> Offered[LeaderboardFormat]:
        """Forms of leaderboards by name."""
        return self._collect("xharness_leaderboard_formats")

    @cached_property
    def checkpoints(self) -> Offered[Checkpoint]:
        """Checkpoints that come with plugins, by name."""
        return self._collect("xharness_checkpoints")

    @cached_property
    def tours(self) -> Offered[Tour]:
        """Tours by name."""
        return self._collect("xharness_tours")

    def checkpoint(self, reference: str) -> Checkpoint | None:
        """Returns the offered checkpoint of that name; None where there is none, or where a file of that name is here."""
        return None if Path(reference).exists() else self.checkpoints.get(reference)

    def suite(self, name: str) -> Suite:
        """Returns a suite, or the suite of one that a task is. Raises UsageError with near matches for an unknown name."""
        if name in self.suites:
            return self.suites[name]
        if name in self.tasks:
            return self._suite_of_one(self.tasks[name])
        raise UsageError(
            f"There is no suite called {name!r}.{near_matches(name, {**self.suites, **self.tasks})} Known: "
            f"{', '.join(sorted(self.suites)) or 'none'}; a task's name stands for that task alone."
        )

    def _suite_of_one(self, task: Task) -> Suite:
        """Returns a suite that holds one task.

        Its submission format is that of a suite which lists the task, else the first that is offered.
        """
        listed = [suite.submission for suite in self.suites.values() if task.name in suite.tasks]
        return Suite(
            name=task.name,
            version=task.version,
            tasks=(task.name,),
            aggregator=Aggregator(
                name=f"{task.name}-mean",
                version="1",
                description="The unweighted mean of the task's languages, of each main score and then of those.",
                groups={},
            ),
            submission=next(iter([*listed, *self.submission_formats]), ""),
            title=task.title,
        )

    def suite_tasks(self, suite: Suite) -> dict[str, Task]:
        """Returns the suite's tasks in its order. Raises PluginError if one of them is not offered."""
        missing = [name for name in suite.tasks if name not in self.tasks]
        if missing:
            raise PluginError(
                f"The suite {suite.name!r} lists tasks that no plugin offers: {', '.join(missing)}. Install the plugin that "
                "offers them, or do not leave it out with --no-plugin."
            )
        return {name: self.tasks[name] for name in suite.tasks}

    def _collect(self, hook: str) -> Offered[Any]:
        offers: Offered[Any] = Offered()
        for candidate in self._candidates.values():
            for offer in self._offered(candidate, hook):
                offers.add(offer.name, offer, candidate, hook)
        return offers

    def _offered(self, candidate: Candidate, hook: str) -> list[Named]:
        """Returns what one plugin offers through a hook. Raises PluginError for whatever it raises, or offers without name."""
        implementation = getattr(self._manager.get_plugin(candidate.name), hook, None)
        if implementation is None:
            return []
        try:
            with self._starts[candidate.name].measured():
                offered = list(cast("Iterable[Named]", implementation()))
            for offer in offered:
                _ = offer.name
        except Exception as error:  # whatever a plugin raises here makes it unusable
            raise PluginError(
                f"The {candidate.blame} failed in {hook}: {type(error).__name__}: {error}. {candidate.way_out}"
            ) from error
        return offered

    # ---- stages and watches --------------------------------------------------------------------------------------

    def load_model(self, checkpoint: str, settings: Settings) -> Model:
        """Returns the loaded checkpoint, also one that a plugin brings. Raises UsageError if no plugin knows its form."""
        offered = self.checkpoint(checkpoint)
        place = str(offered.folder) if offered else checkpoint
        model = self._manager.hook.xharness_load(checkpoint=place, settings=settings)
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
        for hook in hook_names():
            if not hasattr(module, hook):
                continue
            short = hook.removeprefix("xharness_").replace("_", " ")
            offers[short] = tuple(one.name for one in self._offered(candidate, hook)) if short.endswith("s") else ()
        start = self._starts[candidate.name]
        return PluginInfo(
            name=candidate.name,
            distribution=candidate.distribution,
            version=candidate.version,
            offers=offers,
            seconds=start.seconds,
            heavy=tuple(start.heavy),
        )
