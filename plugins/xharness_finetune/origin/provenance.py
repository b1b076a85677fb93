"""How a head came to be: what decides whether it is kept, and what a reader should know of it."""

from __future__ import annotations

import importlib.metadata
import json
from typing import TYPE_CHECKING, Any

from xharness import RunError
from xharness.environment import describe

from xharness_finetune.data import LANGUAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from xharness import Task

    from xharness_finetune.data import TrainingData
    from xharness_finetune.encoder import Encoder
    from xharness_finetune.settings import HeadSettings

FILE = "provenance.json"
_SCHEMA = 1
_ABSENT = "absent"
_PACKAGES = ("accelerate", "safetensors")  # those that take part in training and that a run's environment leaves out


def made_from(
    task: Task, encoder: Encoder, data: TrainingData, settings: HeadSettings, *, stage: str, seed: int
) -> dict[str, object]:
    """Returns all that decides a trained head, JSON-serialisable: equal records are the same head."""
    return {
        "stage": stage,
        "phase": "target",
        "parent": encoder.identity,
        "head": task.head,
        "task": task.name,
        "task_version": task.version,
        "kind": str(task.kind),
        "labels": list(task.labels),
        "language": LANGUAGE,
        "data": data.fingerprint,
        "examples": len(data.examples),
        "settings": settings.record(),
        "seed": seed,
    }


def copied_from(encoder: Encoder, *, stage: str, head: str) -> dict[str, object]:
    """Returns all that decides a copied encoder, JSON-serialisable."""
    return {"stage": stage, "phase": "copy", "parent": encoder.identity, "head": head}


def write(folder: Path, made: Mapping[str, object], encoder: Encoder, facts: Mapping[str, object]) -> None:
    """Writes a head's provenance: what decides it, its parent's name, facts about it, versions of code and libraries."""
    environment = describe()
    versions = {name: importlib.metadata.version(name) for name in _PACKAGES}
    record = {
        "schema": _SCHEMA,
        "made_from": made,
        "parent_name": encoder.name,
        **facts,
        "environment": {**environment, "training_packages": versions},
    }
    text = json.dumps(record, indent=2, ensure_ascii=False)
    (folder / FILE).write_text(text + "\n", encoding="utf-8")


def is_made(folder: Path, made: Mapping[str, object]) -> bool:
    """Returns whether `folder` holds the head that `made` describes; False if there is no such folder.

    Raises RunError, naming the differences, if it holds anything else.
    """
    if not folder.exists():
        return False
    way_out = f"Write to another folder (--out), or move {folder} away to make this head anew."
    try:
        record: Any = json.loads((folder / FILE).read_text(encoding="utf-8"))
        found = record["made_from"]
        differences = list(_differences(found, json.loads(json.dumps(made))))
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as err:
        raise RunError(
            f"{folder} exists but its {FILE} does not say how it was made ({type(err).__name__}: {err}), so it is neither "
            f"kept nor overwritten. {way_out}"
        ) from err
    if differences:
        raise RunError(
            f"{folder} was made by another request and is not overwritten: {'; '.join(differences)}. Repeat the request "
            f"that made it to keep it. {way_out}"
        )
    return True


def _differences(old: Mapping[str, Any], new: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key in sorted(old.keys() | new.keys()):
        then, now = old.get(key, _ABSENT), new.get(key, _ABSENT)
        if isinstance(then, dict) and isinstance(now, dict):
            yield from _differences(then, now, f"{prefix}{key}.")
        elif then != now:
            yield f"{prefix}{key} was {_short(then)}, now {_short(now)}"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:12]}…"
