"""The recipe form `[select]`: trains every candidate as a set of its own, then takes each head from the best of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xharness import TrainedSet, UsageError, located

from xharness_finetune import processes
from xharness_finetune.origin import provenance
from xharness_finetune.origin.outcome import trained_head
from xharness_finetune.recipes.builtin import candidates
from xharness_finetune.recipes.defaults import COPIED_KINDS
from xharness_finetune.selection import assemble, choose

if TYPE_CHECKING:
    from xharness import TrainRequest

    from xharness_finetune.recipes.model import Recipe

CANDIDATES = "candidates"
"""Folder below the set in which the candidates' own sets are."""


def train_and_choose(recipe: Recipe, request: TrainRequest) -> TrainedSet:
    """Makes the set of the best candidates in `request.out`, with the candidates' sets below it; what is whole is kept.

    The data of all candidates are checked before the first is trained. Overrides as typed count for every candidate, but for
    those of `[select]` itself. Raises what `stage.train` and `selection.choose` raise, and UsageError where nothing could be
    chosen by.
    """
    from xharness_finetune.stage import train

    check_candidates(recipe, request)
    wanted = _requests(recipe, request)
    for candidate in candidates(recipe):
        request.report(f"candidate {candidate.name}")
        train(candidate, wanted[candidate.name])
    sets = {name: one.out for name, one in wanted.items()}
    choices = choose(sets, list(dict.fromkeys(task.head for task in request.tasks)))
    whole = processes.all_look(
        lambda: {choice.head for choice in choices if (request.out / choice.head).exists()},
    )
    record = {"name": recipe.name, "recipe": recipe.record()}
    processes.first_only(lambda: assemble(choices, sets, request.out, recipe=record, report=request.report))
    heads = [
        trained_head(choice.head, provenance.read(request.out / choice.head), kept=choice.head in whole)
        for choice in choices
    ]
    return TrainedSet(folder=request.out, heads=tuple(heads))


def check_candidates(recipe: Recipe, request: TrainRequest) -> None:
    """Raises what can be known to go wrong with any candidate before the first is trained."""
    wanted = _requests(recipe, request)
    for candidate in candidates(recipe):
        with located(f"candidate {candidate.name}"):
            _check(candidate, wanted[candidate.name])


def _requests(recipe: Recipe, request: TrainRequest) -> dict[str, TrainRequest]:
    """Returns by candidate what it is asked for: its own folder below the set's, no override of `[select]`."""
    settings = tuple(one for one in request.settings if not one.lstrip().startswith("select"))
    return {
        candidate.name: replace(request, out=request.out / CANDIDATES / candidate.name, settings=settings)
        for candidate in candidates(recipe)
    }


def _check(candidate: Recipe, request: TrainRequest) -> None:
    """Raises what can be known to go wrong with a candidate before any of them is trained."""
    from xharness_finetune.stage import plan

    if request.tasks and all(task.kind in COPIED_KINDS for task in request.tasks):
        raise UsageError(
            "Retrieval and mining have no development data in English of their own to choose by. Ask for at least one other "
            "task too, as in --tasks xnli,tatoeba."
        )
    for phase in plan(candidate, request).heads:
        if phase.apart:
            raise UsageError(
                f"{phase.name}: a head as adapters (lora.merge = false) stands on the encoder of its own set and cannot move "
                f"into another. Merge it (--set target.{phase.name}.lora.merge=true)."
            )
        data = phase.units[0].data
        if data.dev is None:
            raise UsageError(
                f"{phase.name}: there are no development data to choose by ({data.no_dev}). Give some (--set target."
                f"{phase.name}.dev_file=FILE), hold some out (--set target.{phase.name}.holdout=0.05), or leave the task out."
            )
