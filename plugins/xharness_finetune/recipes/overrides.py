"""Overrides of a recipe, as typed on the command line: `--set target.xnli.epochs=1`."""

from __future__ import annotations

import copy
import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel, ValidationError
from xharness import UsageError, unknown_name

from xharness_finetune.recipes.model import Intermediate, Recipe, Target, with_paths
from xharness_finetune.recipes.problems import Problem, dotted, problems
from xharness_finetune.recipes.reading import absolute
from xharness_finetune.recipes.tables import MLM, TRANSLATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

_PHASES: Mapping[str, type[BaseModel]] = {"intermediate": Intermediate, "target": Target}


class _Setting(NamedTuple):
    typed: str
    path: tuple[str, ...]
    value: object  # None takes the field out


def overridden(recipe: Recipe, settings: Sequence[str], names: Iterable[str] = ()) -> Recipe:
    """Returns the recipe with the settings applied to its data, and checked.

    A key is TOML's; a name with dots may go without quotes where it is known. A value is TOML's; what is not TOML is taken
    as text; `none` takes the field out. Paths are relative to the working directory. A setting of a whole phase
    ("target.epochs=1") holds for every head or task of it, whatever their tables in the recipe say, but gives way to a
    setting of one ("target.xnli.epochs=2") wherever that stands; of two for the same field the later one holds. Those of
    [intermediate] do nothing to a recipe that chooses among others: they are for its candidates.

    Raises UsageError that names the key as typed.
    """
    own = {*recipe.tasks, *recipe.target.tables(), *(recipe.intermediate.tasks if recipe.intermediate else ())}
    known = {*names, *own}
    parsed = sorted((_parsed(typed, known) for typed in settings), key=lambda setting: len(setting.path))
    data = copy.deepcopy(recipe.data())
    for setting in parsed:
        if recipe.select is not None and setting.path[0] == "intermediate":
            continue
        _check_dots(setting, known)
        _apply(data, setting)
    placed = with_paths(data, lambda path: absolute(path, Path.cwd()))
    try:
        return Recipe.model_validate_json(json.dumps(placed, default=str), strict=True)
    except ValidationError as err:
        raise UsageError("\n".join(_named(problem, parsed) for problem in problems(err, placed, Recipe))) from err


def _parsed(typed: str, known: AbstractSet[str]) -> _Setting:
    name, equals, value = typed.partition("=")
    name = name.strip()
    if not equals or not name or not value.strip():
        raise UsageError(f"--set {typed}: expected KEY=VALUE, as in --set target.xnli.epochs=1.")
    try:
        at: object = tomllib.loads(f"{name} = 0")
    except tomllib.TOMLDecodeError:
        at = None
    path: list[str] = []
    while isinstance(at, dict) and len(at) == 1:
        ((step, at),) = at.items()
        path.append(step)
    if at != 0 or not path:
        raise UsageError(
            f"--set {typed}: {name!r} is no TOML key. Names stand between dots; one with other characters than letters, "
            "digits, - and _ needs quotes, and these need quotes from the shell: "
            """--set 'intermediate."my task".epochs=1'."""
        )
    return _Setting(typed=name, path=_joined(path, known), value=_value(typed, value.strip()))


def _joined(path: Sequence[str], known: AbstractSet[str]) -> tuple[str, ...]:
    """Joins steps that together are a known name with dots, the longest first."""
    joined: list[str] = []
    start = 0
    while start < len(path):
        stop = len(path)
        while stop > start + 1 and ".".join(path[start:stop]) not in known:
            stop -= 1
        joined.append(".".join(path[start:stop]))
        start = stop
    return tuple(joined)


def _value(typed: str, value: str) -> object:
    if value == "none":
        return None
    try:
        parsed = tomllib.loads(f"value = {value}")
    except tomllib.TOMLDecodeError as err:
        if value[0] in "[{\"'":
            raise UsageError(f'--set {typed}: the value is no TOML: {err}. Expected such as [1, 2] or "text".') from err
        return value
    return parsed["value"] if len(parsed) == 1 else value


def _check_dots(setting: _Setting, known: AbstractSet[str]) -> None:
    """Raises UsageError for a name with dots that is not known, which was read as tables in tables."""
    phase, *rest = setting.path
    if phase not in _PHASES or len(rest) < 3 or rest[0] in _PHASES[phase].model_fields or rest[1] == "lora":
        return
    what = "intermediate task" if phase == "intermediate" else "head"
    error = unknown_name(what, ".".join(rest[:-1]), known)
    raise UsageError(f"--set {setting.typed}: {error} A name that is not known needs quotes where it has dots.")


def _apply(data: dict[str, object], setting: _Setting) -> None:
    *above, field = setting.path
    at = data
    for position, step in enumerate(above):
        below = at.setdefault(step, {})
        if not isinstance(below, dict):
            raise UsageError(
                f"--set {setting.typed}: {dotted(above[: position + 1])} is no table, so there is no {dotted(setting.path)}."
            )
        at = below
    if len(setting.path) == 2 and setting.path[0] in _PHASES and not isinstance(setting.value, dict):
        for name, table in at.items():
            own = name in (MLM, TRANSLATION) or name not in _PHASES[setting.path[0]].model_fields
            if isinstance(table, dict) and own:
                table.pop(field, None)
    if setting.value is None:
        at.pop(field, None)
    else:
        at[field] = setting.value


def _named(problem: Problem, settings: Sequence[_Setting]) -> str:
    """Returns the problem after the key that brought it in."""
    for setting in reversed(settings):
        shorter = min(len(setting.path), len(problem.path))
        if problem.path[:shorter] == setting.path[:shorter]:
            same = problem.text.startswith(setting.typed)
            return f"--set {problem.text}" if same else f"--set {setting.typed}: {problem.text}"
    return f"--set {', '.join(setting.typed for setting in settings)}: {problem.text}"
