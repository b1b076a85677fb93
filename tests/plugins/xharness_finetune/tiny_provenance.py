"""Hand-written provenance records: small, and of the form that training writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xharness_finetune.origin import provenance
from xharness_finetune.origin.provenance import Parent, Provenance
from xharness_finetune.origin.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PUBLIC = Parent(name="tiny-xlmr", identity="ab" * 32)
"""An encoder of which nothing is recorded."""


def part(task: str, *, data: str = "d0", **changes: Any) -> dict[str, Any]:
    """One task's share of what decides a part."""
    settings = {"epochs": 2.0, "batch_size": 32}
    return {"task": task, "data": data, "languages": ["en"], "examples": 1200, "settings": settings, **changes}


def dev(value: float = 0.75, halves: Sequence[float] | None = None, **changes: Any) -> dict[str, Any]:
    """A development score over 400 examples; chance is a third."""
    pair = [value, value] if halves is None else list(halves)
    score = {"metric": "accuracy", "value": value, "n": 400, "halves": pair, "chance": 1 / 3, "collapsed": False}
    return {**score, "data": "dev0", "language": "en", **changes}


def trained(
    phase: str, *parts: dict[str, Any], parent: Parent = PUBLIC, head: str | None = None, **more: Any
) -> Provenance:
    """A training's record."""
    made = {"phase": phase, "parent": parent.identity, "parts": list(parts), "seed": 42, "head": head}
    seen = Seen.of(parent.provenance)
    for one in parts:
        seen = seen.and_labelled(one["task"], one["languages"])
    training = {"device": "cpu", "seconds": 61.2, "steps": 75, "curve": [{"step": 75, "loss": 0.5}], "dev_curve": []}
    options: dict[str, Any] = {
        "recipe": {"name": "stilts-mnli"},
        "seen": seen if head is None else seen.and_target(head),
        "training": training,
        "dev": dev(),
        **more,
    }
    return Provenance(made_from=made, parent=parent, **options)


def encoder_after(task: str, **more: Any) -> Provenance:
    """What an intermediate phase on one task makes of the public encoder."""
    return trained("intermediate", part(task), **more)


def child_of(record: Provenance, name: str = "encoder") -> Parent:
    """The encoder that such a record describes, as the parent of something else."""
    return Parent(name=name, identity="cd" * 32, provenance=record.record())


def write_part(folder: Path, record: Provenance | dict[str, Any], weights: str = "weights") -> Path:
    """A part's folder: a file that stands for its weights, and its record."""
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_text(weights, encoding="utf-8")
    provenance.write(folder, record)
    return folder
