"""The JSON schema of recipe files, for editors and other tools."""

from __future__ import annotations

import math

from xharness_finetune.recipes.model import Recipe
from xharness_finetune.recipes.tables import attributes


def schema() -> dict[str, object]:
    """Returns the JSON schema (2020-12) of a recipe file. TOML has no null: a field that is not there has its default."""
    made = Recipe.model_json_schema()
    made["required"] = []  # the file's name stands in for the recipe's
    tables = [made, *made["$defs"].values()]
    for table in tables:
        words = attributes(table["description"])
        table["description"] = table["description"].partition("Attributes:")[0].strip()
        for name, field in table["properties"].items():
            if name in words:
                field.setdefault("description", words[name])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_plain(made)}


def _plain(node: dict[str, object]) -> dict[str, object]:
    """Returns a schema without null, and without the titles that repeat a field's name."""
    plain: dict[str, object] = {}
    for name, value in node.items():
        if name == "anyOf" and isinstance(value, list):
            rest = [_plain(part) for part in value if part != {"type": "null"}]
            plain |= rest[0] if len(rest) == 1 else {"anyOf": rest}
        elif name == "properties" and isinstance(value, dict):
            plain[name] = {field: _untitled(_plain(part)) for field, part in value.items()}
        elif (name == "default" and value is None) or value == math.inf:
            continue  # neither JSON nor TOML has an infinity
        elif isinstance(value, dict):
            plain[name] = _plain(value)
        else:
            plain[name] = value
    return plain


def _untitled(node: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in node.items() if name != "title"}
