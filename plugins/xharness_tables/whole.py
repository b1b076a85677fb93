"""Everything about a board as JSON: fractions, and nothing that is not a number."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xharness.leaderboard.content import BoardContent

SCHEMA_VERSION = 1


def as_json(content: BoardContent) -> str:
    """Returns the content's fields as one JSON object with `schema_version`, a line for each field and for each system.

    Fields are those of `xharness.leaderboard.content.BoardContent`; a number that is not finite is null. All of it is ASCII:
    names are as they were given, and cannot steer a terminal.
    """
    fields = {"schema_version": SCHEMA_VERSION, **asdict(content)}
    aggregator = dict(zip(("name", "version", "description"), content.aggregator, strict=True))
    listed = (f"{json.dumps(name)}: {_value(value)}" for name, value in (fields | {"aggregator": aggregator}).items())
    return "{\n" + ",\n".join(listed) + "\n}\n"


def _value(value: Any) -> str:
    """Returns JSON on one line; of a list of objects each on its own."""
    if isinstance(value, list | tuple) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(_dumped(one) for one in value) + "\n]"
    return _dumped(value)


def _dumped(value: Any) -> str:
    return json.dumps(_finite(value), ensure_ascii=True, allow_nan=False)


def _finite(value: Any) -> Any:
    """Returns JSON content with None for every number that is not finite."""
    if isinstance(value, dict):
        return {str(key): _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
