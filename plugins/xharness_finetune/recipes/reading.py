"""From a recipe file, or data of its form, to a recipe."""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError
from xharness import UsageError

from xharness_finetune.recipes.model import Recipe, with_paths
from xharness_finetune.recipes.problems import in_words, problems
from xharness_finetune.recipes.schema import schema

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["absolute", "read_recipe", "recipe_of", "schema"]

_PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|(end of document))\)$")


def read_recipe(file: Path) -> Recipe:
    """Returns the recipe of a TOML file; paths in it are relative to its folder.

    Raises UsageError: file and line where it is no TOML, file, field and near matches where it is no recipe.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"There is no recipe file {file}; `xharness recipes` lists the built-in ones.") from None
    except OSError as err:
        raise UsageError(f"{file} cannot be read: {err.strerror or err}.") from err
    except UnicodeDecodeError as err:
        raise UsageError(f"{file}: byte {err.start:,} is not valid UTF-8; TOML files are UTF-8.") from err
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as err:
        raise UsageError(f"{file}{_where(str(err))}; expected TOML, see docs/recipes.md.") from err
    try:
        return recipe_of({"name": file.stem} | data, file.parent)
    except UsageError as err:
        raise UsageError(f"{file}: {err}") from err


def recipe_of(data: Mapping[str, object], folder: Path) -> Recipe:
    """Returns the recipe of data as a file has them; paths in them are relative to `folder`.

    Raises UsageError that names every field that is wrong.
    """
    # JSON's strict mode takes a list for a tuple and a text for a path, which TOML has not, and nothing else that is not
    # of the field's own type: "2" is no number, true is not 1.
    placed = with_paths(data, lambda path: absolute(path, folder))
    try:
        return Recipe.model_validate_json(json.dumps(placed, default=str), strict=True)
    except ValidationError as err:
        raise UsageError(in_words(problems(err, placed, Recipe))) from err


def absolute(path: str, folder: Path) -> str:
    """Returns a path as typed, relative to `folder`, as an absolute one without "..", links untouched."""
    return os.path.normpath(folder.absolute() / Path(path).expanduser()) if path else path


def _where(message: str) -> str:
    found = _PLACE.search(message)
    plain = message[: found.start()] if found else message
    if found is None or found[1] is None:
        return f", at its end: {plain}" if found else f": {plain}"
    return f", line {found[1]}, column {found[2]}: {plain}"
