"""The recipe form `[select]`: trains every candidate as a set of its own, then takes each head from the best of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xharness import TrainedSet

from xharness_finetune.origin import provenance
from xharness_finetune.origin.outcome import trained_head
from xharness_finetune.recipes.builtin import candidates
from xharness_finetune.selection import assemble, choose

if TYPE_CHECKING:
    from pathlib import Path

    from xharness import TrainRequest

    from xharness_finetune.recipes.model import Recipe

CANDIDATES = "candidates"
"""Folder below the set in which the candidates' own sets are."""


def train_and_choose(recipe: Recipe, request: TrainRequest) -> TrainedSet:
    """Makes the set of the best candidates in `request.out`, with the candidates' sets below it; what is whole is kept.

    Overrides as typed count for every candidate, but for those of `[select]` itself. Raises what `stage.train` and
    `selection.choose` raise.
    """
    from xharness_finetune.stage import train

    settings = tuple(one for one in request.settings if not one.lstrip().startswith("select"))
    sets: dict[str, Path] = {}
    for candidate in candidates(recipe):
        request.report(f"candidate {candidate.name}")
        out = request.out / CANDIDATES / candidate.name
        train(candidate, replace(request, out=out, settings=settings))
        sets[candidate.name] = out
    choices = choose(sets, [task.head for task in request.tasks])
    whole = {choice.head for choice in choices if (request.out / choice.head).exists()}
    record = {"name": recipe.name, "recipe": recipe.record()}
    assemble(choices, sets, request.out, recipe=record, report=request.report)
    heads = [
        trained_head(choice.head, provenance.read(request.out / choice.head), kept=choice.head in whole)
        for choice in choices
    ]
    return TrainedSet(folder=request.out, heads=tuple(heads))
