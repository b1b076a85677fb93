"""One training from data to weights: a head, or the intermediate phase with several tasks on one encoder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness import DataError, Kind

from xharness_finetune.development.scoring import majority, score_part
from xharness_finetune.engine import trainer
from xharness_finetune.engine.jobs import Job, Part
from xharness_finetune.networks import heads
from xharness_finetune.networks.encoder import load_tokenizer
from xharness_finetune.rows.collating import collator
from xharness_finetune.rows.features import Features, rows_of
from xharness_finetune.streams import stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import torch
    from transformers import PreTrainedTokenizerFast
    from xharness import TrainRequest

    from xharness_finetune.development.scoring import DevScore
    from xharness_finetune.engine.jobs import Trained
    from xharness_finetune.networks.encoder import Encoder
    from xharness_finetune.networks.heads import Body, NewHead
    from xharness_finetune.plans import Phase, Unit
    from xharness_finetune.recipes.model import Recipe
    from xharness_finetune.rows.collating import Collate


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One task on the shared encoder, ready to be trained and scored."""

    unit: Unit
    head: NewHead
    tokenizer: PreTrainedTokenizerFast
    rows: Features
    collate: Collate

    def score(self, request: TrainRequest, device: torch.device) -> DevScore | None:
        """Returns the development score of the weights as they are, None where there are no development data."""
        dev = self.unit.data.dev
        if dev is None:
            return None
        return score_part(
            self.unit.task, dev, self.head.network, self.tokenizer, self.unit.settings, request.score, device=device
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A finished training, its weights in the members' networks and in `body`.

    Attributes:
        dev, untrained, majority: by task: score of the kept weights, of the heads before training, and of always giving the
            commonest training label.
        weights: by task, the probability of a batch being its.
        text: what each stream of texts showed: "mlm" or "translation" → language → texts.
    """

    body: Body
    members: tuple[Member, ...]
    trained: Trained
    weights: Mapping[str, float]
    dev: Mapping[str, DevScore]
    untrained: Mapping[str, DevScore]
    majority: Mapping[str, DevScore]
    device: str
    text: Mapping[str, Mapping[str, int]]


def train_phase(phase: Phase, recipe: Recipe, encoder: Encoder, request: TrainRequest, work: Path) -> Outcome:
    """Trains one phase from `encoder`, going on from what an interrupted call left in the folder `work`.

    Raises CheckpointError for an encoder that cannot be read, HarnessError for a training that fails.
    """
    device = trainer.pick_device(request.device)
    with trainer.seeded(seed_of_heads(request.seed, encoder.identity, phase.name)):
        body = heads.load_body(encoder)
        members = tuple(_member(unit, body, encoder, request.seed) for unit in phase.units)
        steps, weights = _schedule(phase, recipe, members)
        batches = steps * phase.run.accumulate
        texts = [stream(unit, weights[unit.name] * batches, body, encoder, request.seed) for unit in phase.texts]
        parts = [*(_part(member, weights) for member in members), *(one.part(weights) for one in texts)]
        for part in parts:
            part.network.to(device)
        untrained = _scores(members, request, device)
        trained = trainer.fit(
            Job(
                name=phase.name,
                parts=tuple(parts),
                run=phase.run,
                steps=steps,
                seed=request.seed,
                device=device,
                work=work,
                report=request.report,
                develop=_develop(members, request, device) if untrained else None,
                drawn=body.drawn,
            )
        )
        dev = _scores(members, request, device)
    return Outcome(
        body=body,
        members=members,
        trained=trained,
        weights=weights,
        dev=dev,
        untrained=untrained,
        majority=_majorities(members, request),
        device=str(device),
        text={one.name: one.counts for one in texts},
    )


def seed_of_heads(seed: int, encoder: str, phase: str) -> int:
    """Returns the seed, in [0, 2^32), from which a phase's new weights are drawn; `encoder` is its identity.

    An encoder that was trained under a head has adapted to the weights with which that head began. Were a later head on it
    drawn from the same numbers, it would begin as the dropped one did and could answer untrained (measured: 31 instead of 3 %
    on SQuAD after SQuAD). The encoder's own identity keeps any two phases of a chain apart.
    """
    digest = hashlib.sha256(f"{seed} {encoder} {phase}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


def _member(unit: Unit, body: Body, encoder: Encoder, seed: int) -> Member:
    task = unit.task
    tokenizer = load_tokenizer(encoder, split_words=task.kind == Kind.TAGGING)
    rows = Features(rows_of(task, unit.data.examples, tokenizer, unit.settings))
    if not len(rows):
        raise DataError(f"{task.name}: the training data ({unit.data.split.source}) have no words to learn from.")
    return Member(
        unit=unit,
        head=heads.add_head(body, encoder, task),
        tokenizer=tokenizer,
        rows=rows,
        collate=collator(task, tokenizer, seed=seed),
    )


def _schedule(phase: Phase, recipe: Recipe, members: Sequence[Member]) -> tuple[int, dict[str, float]]:
    """Returns the optimiser steps of a phase, and by task the probability of a batch being its."""
    rows = {member.unit.task.name: len(member.rows) for member in members}
    settings = {member.unit.task.name: member.unit.settings for member in members}
    if phase.kind == "intermediate" and recipe.intermediate is not None:
        return recipe.intermediate.steps(rows, settings), recipe.intermediate.probabilities(rows)
    ((name, count),) = rows.items()
    steps = -(-settings[name].batches(count) // phase.run.accumulate)
    return steps if phase.run.max_steps is None else min(steps, phase.run.max_steps), {name: 1.0}


def _part(member: Member, weights: Mapping[str, float]) -> Part:
    name = member.unit.task.name
    return Part(
        name=name,
        network=member.head.network,
        rows=member.rows,
        collate=member.collate,
        batch_size=member.unit.settings.batch_size,
        weight=weights[name],
    )


def _majorities(members: Sequence[Member], request: TrainRequest) -> dict[str, DevScore]:
    return {
        member.unit.task.name: majority(
            member.unit.task, member.unit.data.examples, member.unit.data.dev, request.score
        )
        for member in members
        if member.unit.data.dev is not None
    }


def _develop(members: Sequence[Member], request: TrainRequest, device: torch.device) -> Callable[[], float]:
    def develop() -> float:
        scores = _scores(members, request, device).values()
        return sum(score.value for score in scores) / len(scores)

    return develop


def _scores(members: Sequence[Member], request: TrainRequest, device: torch.device) -> dict[str, DevScore]:
    scores = {member.unit.task.name: member.score(request, device) for member in members}
    return {name: score for name, score in scores.items() if score is not None}
