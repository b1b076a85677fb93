"""What is wrong with a recipe's data, in words: the field's path, what is there, what was expected, what is near."""

from __future__ import annotations

import difflib
import json
import math
import typing
from types import UnionType
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel

from xharness_finetune.recipes.writing import key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_EXPECTED: Mapping[str, str] = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "a text",
    "path_type": "a path, in quotes",
    "tuple_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "literal_error": "{expected}",
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number from {ge} on",
    "less_than": "a number below {lt}",
    "less_than_equal": "a number up to {le}",
    "too_short": "at least {min_length} in the list",
    "string_too_short": "a text that is not empty",
    "string_pattern_mismatch": "a text of the form {pattern}",
}
_SHOWN = 60
_MOST = 8


class Problem(NamedTuple):
    """One problem: the names that lead to the field, and the sentence."""

    path: tuple[str, ...]
    text: str


def problems(error: ValidationError, data: Mapping[str, object], root: type[BaseModel]) -> list[Problem]:
    """Returns one problem for each field that is wrong, in the order in which they were found."""
    found: dict[tuple[str, ...], list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False):
        found.setdefault(_path(detail["loc"], data), []).append(detail)
    return [Problem(path, _sentence(path, details, root)) for path, details in found.items()]


def in_words(found: Sequence[Problem]) -> str:
    """Returns all problems, the only one as it is, several one a line."""
    if len(found) == 1:
        return found[0].text
    shown = "\n".join(f"  {number}. {problem.text}" for number, problem in enumerate(found[:_MOST], 1))
    more = f"\n  … and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return f"{len(found)} fields are wrong:\n{shown}{more}"


def dotted(path: Sequence[str]) -> str:
    """Returns a path as a TOML key."""
    return ".".join(key(name) for name in path)


def unknown_field(path: Sequence[str], root: type[BaseModel]) -> str:
    """Returns the sentence for a field or a table that does not exist, with near matches and what exists there."""
    known = fields_at(path[:-1], root)
    near = difflib.get_close_matches(path[-1], known, n=3, cutoff=0.5)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    where = f"[{dotted(path[:-1])}]" if len(path) > 1 else "a recipe"
    return f"{dotted(path)}: there is no such field.{hint} Fields of {where}: {', '.join(known)}."


def fields_at(path: Sequence[str], root: type[BaseModel]) -> tuple[str, ...]:
    """Returns the fields that a table may have; none for what is no table or does not exist."""
    at: Any = root
    for name in path:
        if isinstance(at, type) and issubclass(at, BaseModel):
            info = at.model_fields.get(name)
            at = _table_in(info.annotation if info else _extra_of(at))
        else:  # a table of tables: any name leads to one
            at = _table_in(typing.get_args(at)[1]) if typing.get_origin(at) is dict else None
    return tuple(at.model_fields) if isinstance(at, type) and issubclass(at, BaseModel) else ()


def _extra_of(model: type[BaseModel]) -> Any:  # a type annotation
    if model.model_config.get("extra") != "allow":
        return None
    for cls in model.__mro__:
        if "__pydantic_extra__" in vars(cls).get("__annotations__", {}) and cls is not BaseModel:
            return typing.get_args(typing.get_type_hints(cls, include_extras=True)["__pydantic_extra__"])[1]
    return None


def _table_in(annotation: Any) -> Any:  # both are type annotations
    if typing.get_origin(annotation) in (typing.Union, UnionType):
        return next((found for part in typing.get_args(annotation) if (found := _table_in(part))), None)
    if typing.get_origin(annotation) is dict:
        return annotation
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _path(loc: Sequence[str | int], data: Mapping[str, object]) -> tuple[str, ...]:
    """Returns the part of a pydantic location that is in the data: it also names members of unions and list positions."""
    path: list[str] = []
    at: object = data
    for step in loc:
        if not isinstance(at, dict) or not isinstance(step, str) or step == "[key]":
            break
        path.append(step)
        at = at.get(step)
    return tuple(path)


def _sentence(path: tuple[str, ...], details: Sequence[ErrorDetails], root: type[BaseModel]) -> str:
    first = details[0]
    name = dotted(path)
    if first["type"] == "extra_forbidden":
        return unknown_field(path, root)
    if first["type"] == "missing":
        return f"{name} is missing."
    if first["type"] == "value_error":
        message = first["msg"].removeprefix("Value error, ").rstrip(".")
        return f"{name + ': ' if name else ''}{message}."
    of_tables = len(path) > 1 and path[0] in ("target", "intermediate")  # a name that is no field may be a table's
    if first["type"] == "model_type" and of_tables and path[-1] not in fields_at(path[:-1], root):
        return unknown_field(path, root)
    expected = " or ".join(dict.fromkeys(_expected(detail) for detail in details))
    if "[key]" in first["loc"]:
        return f"{name}: {_shown(first['input'])} cannot be a name here; expected {expected}."
    return f"{name} is {_shown(first['input'])}; expected {expected}."


def _expected(detail: ErrorDetails) -> str:
    if detail["type"] == "less_than" and detail["ctx"]["lt"] == math.inf:
        return "a finite number"
    form = _EXPECTED.get(detail["type"])
    if form is None:
        return detail["msg"].removeprefix("Input should be ")
    context = {
        name: f"{value:g}" if isinstance(value, float) else value for name, value in detail.get("ctx", {}).items()
    }
    return form.format(**context)


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
