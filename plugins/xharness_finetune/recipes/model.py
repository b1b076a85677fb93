"""A recipe: everything that is fixed before a training starts, but for encoder and data given on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator
from xharness import UsageError, unknown_name

from xharness_finetune.recipes import defaults
from xharness_finetune.recipes.scratch import SCRATCH, Scratch
from xharness_finetune.recipes.settings import RunSettings, TaskSettings
from xharness_finetune.recipes.tables import (
    HeadTable,
    Intermediate,
    Labelled,
    Mlm,
    Name,
    Select,
    Table,
    Target,
    TaskTable,
    Translation,
    run_settings,
    source_languages,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from xharness import Task

__all__ = [
    "HeadTable",
    "Intermediate",
    "Labelled",
    "Mlm",
    "Recipe",
    "Scratch",
    "Select",
    "Target",
    "TaskTable",
    "Translation",
]

# Settings of a head that say which examples are read, so that a like head does not take them over.
_OF_DATA = frozenset({"languages", "file", "dev_file", "max_examples", "holdout"})
_PATHS = frozenset({"file", "dev_file", "data", "texts"})


class Recipe(Table):
    """What a training does, in phases: an intermediate one (or none), then one head per target.

    Every path in it is absolute.

    Attributes:
        name: letters, digits, ".", "_", "+", "-"; the file's name without its ending where the file names none.
        description: one sentence for `xharness recipes`.
        encoder: a checkpoint reference, used where the command line names none.
        scratch: in place of `encoder`: a new encoder, made from nothing.
        seeds: each makes a training of its own.
        tasks: the recipe's own tasks, from labelled JSONL files.
        intermediate: what the encoder is trained on before the heads; without it, they start from the encoder as it is.
        target: settings of the heads.
        select: in place of `intermediate`: the best of several recipes for each head.
    """

    name: Name
    description: str = ""
    encoder: Annotated[str, Field(min_length=1)] | None = None
    seeds: Annotated[tuple[Annotated[int, Field(ge=0, lt=2**32)], ...], Field(min_length=1)] = (42,)
    scratch: Scratch | None = None
    tasks: dict[Name, Labelled] = Field(default_factory=dict)
    intermediate: Intermediate | None = None
    target: Target = Field(default_factory=lambda: Target.model_validate({}))
    select: Select | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Recipe:
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError("seeds are repeated; name each once")
        if self.select is not None and self.intermediate is not None:
            raise ValueError("intermediate and select exclude each other: the candidates have the intermediate phases")
        if self.select is not None and self.name in self.select.candidates:
            raise ValueError(f"select names the recipe itself ({self.name}) as a candidate")
        if self.scratch is not None and (self.encoder is not None or self.select is not None):
            other = "encoder" if self.encoder is not None else "select"
            raise ValueError(
                f"scratch and {other} exclude each other: scratch makes the encoder; leave one of them out"
            )
        reserved = sorted(set(self.tasks) & set(Intermediate.model_fields))
        if reserved:
            raise ValueError(f"tasks.{reserved[0]} has the name of a field of [intermediate]; choose another name")
        return self._names_tables()

    def _names_tables(self) -> Recipe:
        if self.intermediate is None:
            return self
        for name in self.intermediate.tables():
            if name not in self.intermediate.tasks:
                raise ValueError(str(unknown_name("task in intermediate.tasks", name, self.intermediate.tasks)))
        return self

    @property
    def start(self) -> str | None:
        """The checkpoint reference that the recipe itself names; "scratch" where it makes its encoder."""
        return self.encoder if self.scratch is None else SCRATCH

    def target_for(self, task: Task) -> tuple[RunSettings, TaskSettings]:
        """Returns how the head of a target task is trained.

        Layers, each over the one before: batch size, epochs and length of jiant's table; [target]; the head's own table. A
        head that neither the recipe nor jiant's table names takes both from the like head of its kind, but for what says
        which data are read.

        Raises UsageError for a kind that has no head, and for settings that contradict each other.
        """
        like = defaults.like(task)
        own = self.target.tables().get(task.head)
        given: dict[str, object] = {
            "languages": source_languages(task),
            **defaults.TARGET[like],
            **_of(self.target),
            **_of(own or self.target.tables().get(like)),
        }
        if own is None and like != task.head:
            plain = _of(self.target)
            given = {name: value for name, value in given.items() if name not in _OF_DATA}
            given |= {name: plain[name] for name in _OF_DATA & plain.keys()}
            given.setdefault("languages", source_languages(task))
        run = {name: value for name, value in given.items() if name in RunSettings.model_fields}
        rest = {name: value for name, value in given.items() if name in TaskSettings.model_fields}
        return run_settings(run, f"[target.{task.head}]"), TaskSettings.model_validate(rest)

    def custom_tasks(self) -> Mapping[str, Task]:
        """Returns the recipe's own tasks by name. Reads their training files; raises DataError for what is wrong there."""
        from xharness_finetune.data.jsonl import labelled_task

        return {name: labelled_task(name, table) for name, table in self.tasks.items()}

    def check_names(self, offered: Iterable[str], heads: Iterable[str]) -> None:
        """Raises UsageError, with near matches, for a task or a head that does not exist, and for one offered twice.

        Args:
            offered: names of all tasks that plugins offer.
            heads: of all target tasks.
        """
        there, known = set(offered), set(heads)
        for name in self.tasks:
            if name in there:
                raise UsageError(
                    f"recipe {self.name}: tasks.{name} has the name of a task that a plugin offers; rename it, or leave "
                    f"it out and give that task another file: [intermediate.{name}] file = …"
                )
        for name in self.intermediate.tasks if self.intermediate else ():
            if name not in there and name not in self.tasks:
                error = unknown_name("intermediate task", name, there | set(self.tasks))
                raise UsageError(f"recipe {self.name}: intermediate.tasks: {error}")
        for name in self.target.tables():
            if name not in known:
                raise UsageError(f"recipe {self.name}: [target.{name}]: {unknown_name('head', name, known)}")

    def with_settings(self, settings: Sequence[str], names: Iterable[str] = ()) -> Recipe:
        """Returns the recipe with overrides as typed, "target.xnli.epochs=1"; see `overrides.overridden`.

        Args:
            settings: each a TOML key, "=", and a TOML value (text may go without quotes).
            names: known tasks and heads, so that a name with dots needs no quotes.

        Raises UsageError that names the key as typed.
        """
        from xharness_finetune.recipes.overrides import overridden

        return overridden(self, settings, names)

    def data(self) -> dict[str, object]:
        """Returns what a file would say, in TOML's types; paths are absolute. Name and seeds are always there."""
        dumped = self.model_dump(mode="json", exclude_unset=True)
        return {"name": self.name} | dumped | {"seeds": list(self.seeds)}

    def record(self) -> dict[str, object]:
        """Returns the same with files and folders by their names only: JSON-serialisable, for provenance."""
        return with_paths(self.data(), lambda path: Path(path).name)

    def text(self) -> str:
        """Returns the recipe as a TOML file; reading it gives an equal recipe."""
        from xharness_finetune.recipes.writing import written

        return written(self.data())


def with_paths(data: Mapping[str, object], change: Callable[[str], str]) -> dict[str, object]:
    """Returns a recipe's data with every path, wherever it is, changed."""
    changed: dict[str, object] = {}
    for name, value in data.items():
        if isinstance(value, dict):
            changed[name] = value if name in ("fields", "weights") else with_paths(value, change)
        elif isinstance(value, str) and name in _PATHS:
            changed[name] = change(value)
        elif isinstance(value, list) and name == "candidates":
            changed[name] = [change(item) if str(item).endswith(".toml") else item for item in value]
        else:
            changed[name] = value
    return changed


def _of(table: Table | None) -> dict[str, object]:
    return table.given(RunSettings) | table.given(TaskSettings) if table else {}
