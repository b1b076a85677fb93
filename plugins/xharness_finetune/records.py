"""A finished training on disk: its weights, its curve, and the record of how they came to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xharness.identity import of_split

from xharness_finetune.origin import marks
from xharness_finetune.origin.outcome import dev_record
from xharness_finetune.origin.provenance import Parent, Provenance, read
from xharness_finetune.origin.seen import Seen
from xharness_finetune.plans import ENCODER
from xharness_finetune.recipes.tables import MLM

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from xharness import TrainRequest

    from xharness_finetune.development.scoring import DevScore
    from xharness_finetune.networks.encoder import Encoder
    from xharness_finetune.phases import Member, Outcome
    from xharness_finetune.plans import Phase, Plan, Unit
    from xharness_finetune.recipes.model import Recipe


def save(phase: Phase, outcome: Outcome, encoder: Encoder, folder: Path) -> None:
    """Writes weights, tokenizer and curves into `folder`: a head as a transformers or PEFT adapter directory, a phase's
    encoder as its parent.

    Raises OSError if that fails.
    """
    from xharness_finetune.engine.curves import write_curves
    from xharness_finetune.networks import heads

    stored = phase.run.stored
    if phase.kind != "target":
        heads.save_encoder(outcome.body, encoder, folder, dtype=stored, headed=bool(outcome.members))
    elif outcome.trained.apart is not None:
        from xharness_finetune.networks.lora import save_adapter

        save_adapter(outcome.trained.apart.to(stored), outcome.members[0].head.network, folder, base=f"../{ENCODER}")
    else:
        (member,) = outcome.members
        heads.save_head(member.head.network, member.tokenizer, folder, dtype=stored)
    write_curves(folder, outcome.trained, title=_title(phase))


def trained(
    decides: Mapping[str, Any], phase: Phase, outcome: Outcome, encoder: Encoder, plan: Plan, request: TrainRequest
) -> Provenance:
    """Returns the record of a phase that was trained from `encoder`."""
    parent = Parent(name=encoder.name, identity=encoder.identity, provenance=read(encoder.folder))
    seen = Seen.of(parent.provenance)
    for unit in phase.units:
        seen = seen.and_labelled(unit.task.name, unit.data.languages)
    if phase.kind == "target":
        seen = seen.and_target(phase.name)
    for counts in outcome.text.values():
        seen = seen.and_text(counts)
    done = outcome.trained
    return Provenance(
        made_from=decides,
        parent=parent,
        recipe={"name": plan.recipe.name, "recipe": plan.recipe.record()},
        seen=seen,
        marks=tuple(dict.fromkeys(_marks(phase, outcome, plan, parent, seen, request))),
        data={member.unit.task.name: _data_record(member) for member in outcome.members}
        | {name: {"rows": dict(counts)} for name, counts in outcome.text.items()},
        training={
            "device": outcome.device,
            "seconds": round(done.seconds, 3),
            "steps": done.steps,
            "kept_step": done.kept_step,
            "resumed_from": list(done.resumed_from),
            "loss": done.loss,
            "curve": [{"step": step, "loss": loss} for step, loss in done.curve],
            "dev_curve": [{"step": step, "value": value} for step, value in done.dev_curve],
            "initialised": {member.unit.task.name: list(member.head.initialised) for member in outcome.members},
            "weights": dict(outcome.weights),
            "facts": dict(done.facts),
        },
        dev=_dev(phase, outcome),
        plugins=dict(request.plugins),
    )


def copied(decides: Mapping[str, Any], encoder: Encoder, recipe: Recipe, request: TrainRequest) -> Provenance:
    """Returns the record of an encoder that was copied as it is."""
    parent = Parent(name=encoder.name, identity=encoder.identity, provenance=read(encoder.folder))
    return Provenance(
        made_from=decides,
        parent=parent,
        recipe={"name": recipe.name, "recipe": recipe.record()},
        seen=Seen.of(parent.provenance),
        dev={"missing": "an encoder without a head answers no development examples"},
        plugins=dict(request.plugins),
    )


def opening(phase: Phase, *, resumed: bool) -> str:
    """Returns the line that says what a phase is about to be trained on."""
    shares = []
    for unit in phase.units:
        data = unit.data
        drawn = (
            f"{len(data.examples):,} of {len(data.every):,} examples of {unit.task.name} ({', '.join(data.languages)})"
        )
        stand_in = "".join(f", from the stand-in file {one['file']}" for one in data.stand_ins)
        skipped = f"; {data.skipped:,} more are skipped, their answer is not in the context" if data.skipped else ""
        held = f"; {len(data.dev.examples):,} held out to score on" if data.held_out and data.dev is not None else ""
        shares.append(f"{drawn}{stand_in}{skipped}{held}")
    for text in phase.texts:
        what = "masked language modelling" if text.name == MLM else "translation ranking"
        shares.append(f"{what} in {len(text.texts)} languages")
    again = ", going on where it was interrupted" if resumed else ""
    return f"{phase.name}: training on {' + '.join(shares)}{again}"


def closing(phase: Phase, outcome: Outcome) -> str:
    """Returns the line that says what came of a phase."""
    done = outcome.trained
    lines = [f"{phase.name}: {done.steps:,} steps in {done.seconds:.0f} s, training loss {done.loss:.4f}"]
    if done.kept_step != done.steps:
        lines.append(f"weights of step {done.kept_step:,} kept")
    for unit in phase.units:
        score = outcome.dev.get(unit.task.name)
        if score is None:
            lines.append(f"no dev score of {unit.task.name} ({unit.data.no_dev})")
            continue
        chance = _chance(unit, outcome)
        collapsed = ", COLLAPSED: not above chance" if marks.collapsed(score.value, chance, score.n) else ""
        lines.append(
            f"dev {unit.task.name} {score.metric} {score.value:.4f} on {score.n} examples (chance {chance:.4f}{collapsed})"
        )
    return ", ".join(lines)


def _title(phase: Phase) -> str:
    names = [*(unit.task.name for unit in phase.units), *(text.name for text in phase.texts)]
    return f"{phase.name}: {', '.join(names)}"


def _chance(unit: Unit, outcome: Outcome) -> float:
    name = unit.task.name
    return max(outcome.majority[name].value, outcome.untrained[name].value)


def _data_record(member: Member) -> dict[str, object]:
    data = member.unit.data
    return {
        "source": data.split.source,
        "stand_ins": [dict(one) for one in data.stand_ins],
        "languages": list(data.languages),
        "notes": list(data.split.notes),
        "available": len(data.every),
        "used": len(data.examples),
        "skipped": data.skipped,
        "held_out": len(data.dev.examples) if data.held_out and data.dev is not None else 0,
        "rows": len(member.rows),
        "subwords": member.rows.tokens,
    }


# ---- development scores -----------------------------------------------------------------------------------------------


def _dev(phase: Phase, outcome: Outcome) -> dict[str, Any]:
    """Returns the record of a phase's development score: its task's, or the mean of its tasks' with each below it."""
    records = {unit.task.name: _dev_of(unit, outcome) for unit in phase.units}
    if len(records) == 1:
        return next(iter(records.values()))
    scored = {name: one for name, one in records.items() if "missing" not in one}
    if not scored:
        return {"missing": "no task has development data", "tasks": records}
    count = len(scored)
    mean = {
        name: sum(one[name] for one in scored.values()) / count for name in ("value", "majority", "untrained", "chance")
    }
    return {
        "metric": f"mean of {count} tasks",
        **mean,
        "n": sum(one["n"] for one in scored.values()),
        "collapsed": all(one["collapsed"] for one in scored.values()),
        "tasks": records,
    }


def _dev_of(unit: Unit, outcome: Outcome) -> dict[str, Any]:
    name, dev = unit.task.name, unit.data.dev
    score: DevScore | None = outcome.dev.get(name)
    if score is None or dev is None:
        return {"missing": unit.data.no_dev or "there are no development data"}
    return dev_record(
        score,
        majority=outcome.majority[name].value,
        untrained=outcome.untrained[name].value,
        source=f"held out of the training data ({dev.source})" if unit.data.held_out else dev.source,
        data=of_split(dev),
        seen_in_training=marks.count_seen(dev.examples, unit.data.examples),
        held_out=unit.data.held_out,
    )


# ---- what a reader must know ------------------------------------------------------------------------------------------


def _marks(phase: Phase, outcome: Outcome, plan: Plan, parent: Parent, seen: Seen, request: TrainRequest) -> list[str]:
    found: list[str] = []
    for unit in phase.units:
        name, data = unit.task.name, unit.data
        found += [marks.stand_in(name, one["file"], one["sha256"]) for one in data.stand_ins]
        dev = outcome.dev.get(name)
        if dev is not None and data.dev is not None:
            found += marks.dev_seen(name, marks.count_seen(data.dev.examples, data.examples), dev.n)
            if marks.collapsed(dev.value, _chance(unit, outcome), dev.n):
                found.append(f"collapsed on {name}: its development score is not above chance")
    chosen = [unit.task.name for unit in phase.units if unit.data.dev is not None]
    scored = len(outcome.trained.dev_curve)
    if chosen and scored > 1 and (phase.run.keep == "best" or phase.run.patience is not None):
        found.append(marks.step_selected(chosen, phase.units[0].data.languages[0]))
    if phase.kind == "target":
        found += _same_data(phase.units[0], phase.name, plan, parent)
    tested = [*request.tasks, *request.offered.values()]  # a head may answer more tasks than the one it is trained on
    answered = [task for task in tested if phase.kind != "target" or task.head == phase.name]
    found += marks.of_seen(phase.name, seen, {language for task in answered for language in task.languages})
    return found


def _same_data(unit: Unit, head: str, plan: Plan, parent: Parent) -> list[str]:
    """Returns marks for training data that the intermediate phase, or an earlier one in the chain, had too."""
    earlier = {} if plan.intermediate is None else {one.task.name: one.data.every for one in plan.intermediate.units}
    found = marks.same_data(unit.task.name, unit.data.every, earlier)
    return [
        *(one.mark for one in found),
        *marks.same_data_by_name(head, unit.task.name, unit.data.fingerprint, parent.provenance, compared=set(earlier)),
    ]
