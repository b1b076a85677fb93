"""Writes a recipe as TOML: the closed form of recipe files, not TOML at large."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_INLINE = frozenset({"fields", "weights"})


def written(data: Mapping[str, object]) -> str:
    """Returns TOML text whose reading gives `data`: texts, numbers, booleans, lists of them, and tables."""
    return "\n".join(_lines(data, ())).strip("\n") + "\n"


def _lines(table: Mapping[str, object], path: tuple[str, ...]) -> Iterator[str]:
    below = {name: value for name, value in table.items() if isinstance(value, dict) and name not in _INLINE}
    values = {name: value for name, value in table.items() if name not in below}
    if path and (values or not below):
        yield ""
        yield f"[{'.'.join(key(name) for name in path)}]"
    yield from (f"{key(name)} = {_value(value)}" for name, value in values.items())
    for name, value in below.items():
        yield from _lines(value, (*path, name))


def key(name: str) -> str:
    """Returns a name as a TOML key, in quotes where it needs them."""
    return name if _BARE.fullmatch(name) else _value(name)


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key(name)} = {_value(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace(
            "\x7f", "\\u007F"
        )  # TOML's and JSON's escapes are the same
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)
