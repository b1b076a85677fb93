"""What decides a part: two parts made from equal records have the same weights on the same device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xharness.identity import of_record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xharness import Task

    from xharness_finetune.recipes.settings import RunSettings, TaskSettings

_MOST_LABELS = 50  # CCG has 1,363: its hash stands in for them
_NO_WEIGHTS = {"checkpoint_every", "gradient_checkpointing"}  # how a training goes, not where it arrives
_BY_CONTENT = {"file", "dev_file"}  # what is in them counts, by fingerprint, not what they are called


def part_made(
    task: Task, settings: TaskSettings, *, data: str, examples: int, dev: str | None = None
) -> dict[str, Any]:
    """Returns one task's share of what decides a part, JSON-serialisable.

    `data`: fingerprint of its training data; `dev`: that of its development data where they decide (early stopping, the best
    weights kept), else None.
    """
    labels = list(task.labels)
    return {
        "task": task.name,
        "version": task.version,
        "kind": str(task.kind),
        "labels": labels if len(labels) <= _MOST_LABELS else {"n": len(labels), "sha256": of_record(labels)},
        "languages": list(settings.languages),
        "data": data,
        "dev": dev,
        "examples": examples,
        "settings": settings.model_dump(mode="json", exclude=_BY_CONTENT),
    }


def intermediate_made(
    parent: str,
    parts: Sequence[Mapping[str, Any]],
    *,
    mixing: Mapping[str, Any],
    text: Mapping[str, Any] | None,
    run: RunSettings,
    seed: int,
    translation: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Returns all that decides an intermediate phase's encoder.

    `parent`: identity of the encoder that it starts from; `mixing`: how the tasks share its steps; `text`: what decides the
    unlabelled text that is mixed in (languages, fingerprint, settings; no paths), None without it; `translation`: the same
    of translations.
    """
    return {
        "phase": "intermediate",
        "parent": parent,
        "parts": [dict(part) for part in parts],
        "mixing": dict(mixing),
        "text": None if text is None else dict(text),
        **({} if translation is None else {"translation": dict(translation)}),
        "run": _run_made(run),
        "seed": seed,
        "head": None,
    }


def target_made(parent: str, head: str, part: Mapping[str, Any], *, run: RunSettings, seed: int) -> dict[str, Any]:
    """Returns all that decides a target head."""
    return {
        "phase": "target",
        "parent": parent,
        "parts": [dict(part)],
        "run": _run_made(run),
        "seed": seed,
        "head": head,
    }


def scratch_made(table: Mapping[str, Any], texts: Mapping[str, str], *, seed: int) -> dict[str, Any]:
    """Returns all that decides an encoder that is made from nothing.

    `table`: the recipe's, without its paths; `texts`: fingerprint of the texts by language.
    """
    return {"phase": "scratch", "settings": dict(table), "texts": dict(texts), "seed": seed, "head": None}


def _run_made(run: RunSettings) -> dict[str, Any]:
    """Returns a run's settings; later ones only where they are not as they were before there was a choice."""
    made = run.model_dump(mode="json", exclude=_NO_WEIGHTS)
    if run.stored == "float32":
        del made["stored"]
    if run.lora is not None and run.lora.merge:
        del made["lora"]["merge"]
    return made


def copied_made(parent: str, head: str) -> dict[str, Any]:
    """Returns all that decides a copy of an encoder, which answers `head` as it is."""
    return {"phase": "copy", "parent": parent, "head": head}
