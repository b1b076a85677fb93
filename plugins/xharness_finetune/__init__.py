"""Turns encoders into checkpoint sets by recipes: straight, or after training on intermediate tasks (STILTs)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness import TrainingStage, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from xharness import TrainedSet, TrainRequest

    from xharness_finetune.recipes.model import Recipe


@hookimpl
def xharness_training_stages() -> Iterable[TrainingStage]:
    """Offers the built-in recipes: direct fine-tuning, and after each intermediate task."""
    from xharness_finetune.recipes.builtin import builtin_recipes

    return [_stage(recipe) for recipe in builtin_recipes()]


@hookimpl
def xharness_read_recipe(file: Path) -> TrainingStage | None:
    """Reads a recipe from a TOML file."""
    if file.suffix != ".toml":
        return None
    from xharness_finetune.recipes.reading import read_recipe

    return _stage(read_recipe(file))


@hookimpl
def xharness_describe(checkpoint: Path) -> str | None:
    """Tells from its provenance how a checkpoint, or a set of them, came to be."""
    from xharness_finetune.origin.chain import describe

    return describe(checkpoint)


def _stage(recipe: Recipe) -> TrainingStage:
    def train(request: TrainRequest) -> TrainedSet:
        from xharness_finetune.stage import train as train_set

        return train_set(recipe, request)

    def check(request: TrainRequest) -> None:
        from xharness_finetune.stage import check as check_set

        check_set(recipe, request)

    return TrainingStage(
        name=recipe.name,
        description=recipe.description,
        train=train,
        check=check,
        seeds=recipe.seeds,
        encoder=recipe.start,
        text=recipe.text(),
        schema=_schema,
    )


def _schema() -> Mapping[str, object]:
    from xharness_finetune.recipes.reading import schema

    return schema()
