"""Which task label each output of a head means: by name, never by position."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from xharness import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xharness import Task

Outputs = tuple[str | None, ...]

COMMON_FORMS: Mapping[str, str] = {
    "entail": "entailment",
    "entails": "entailment",
    "contradict": "contradiction",
    "contradicts": "contradiction",
    "contradictory": "contradiction",
    "false": "0",
    "no": "0",
    "true": "1",
    "yes": "1",
    "person": "per",
    "organization": "org",
    "organisation": "org",
    "location": "loc",
}
"""Names by which public checkpoints know a label, in lower case; used only where the task has the label on the right."""

_UNNAMED = re.compile(r"LABEL_\d+")
_CHUNK = re.compile(r"([bi])[-_ ](.+)")  # a chunk tag in lower case: begin or inside, then the entity type


def are_unnamed(names: Sequence[str]) -> bool:
    """Returns whether the names are the ones that transformers invents: LABEL_0, LABEL_1, …"""
    return any(_UNNAMED.fullmatch(name) for name in names)


def align(names: Sequence[str], task: Task) -> Outputs:
    """Returns for every output the label of `task` that its name means, None if it means none.

    Names match whatever their case, after the task's aliases and `COMMON_FORMS`. Raises CheckpointError if two outputs
    mean the same label.
    """
    known = {_plain(alias): label for alias, label in task.label_aliases.items()}
    known |= {_plain(label): label for label in task.labels}
    outputs = tuple(_label(_plain(name), known) for name in names)
    for label in task.labels:
        twice = [name for name, output in zip(names, outputs, strict=True) if output == label]
        if len(twice) > 1:
            raise CheckpointError(
                f"Outputs {' and '.join(repr(name) for name in twice)} both mean the label {label!r} of the task "
                f"{task.name}; name each output once in id2label of config.json."
            )
    return outputs


def missing_labels(outputs: Outputs, task: Task) -> tuple[str, ...]:
    """Returns the labels of `task` that no output means, in the task's order."""
    return tuple(label for label in task.labels if label not in outputs)


def lacking(names: Sequence[str], absent: Sequence[str], task: Task) -> str:
    """Returns the sentence that says which labels a head lacks, with both label sets in full."""
    return (
        f"the head has no output for {', '.join(absent)}: its outputs are {', '.join(names)}; "
        f"the labels of {task.name} are {', '.join(task.labels)}"
    )


def unnamed(place: str, count: int, key: str, task: Task) -> CheckpointError:
    """Returns the error for a head whose outputs have no names; `key` is what `--label-names` knows it by."""
    return CheckpointError(
        f"{place}: the {count} outputs of the head are not named (LABEL_0 …), so their order is unknown. Say it in the "
        f"head's own order with --label-names {key}={','.join(task.labels)} (this is the order of the task; yours may "
        f"differ), or write the names into id2label of config.json."
    )


def check_count(place: str, given: Sequence[str], count: int, key: str) -> None:
    """Raises CheckpointError unless `--label-names` gives as many names as the head has outputs."""
    if len(given) != count:
        raise CheckpointError(
            f"{place}: --label-names {key}={','.join(given)} gives {len(given)} names, but the head has {count} outputs; "
            f"give one name per output, in the head's order."
        )


def _plain(name: str) -> str:
    return name.strip().casefold()


def _label(name: str, known: Mapping[str, str]) -> str | None:
    chunk = _CHUNK.fullmatch(name)
    forms = [name, COMMON_FORMS.get(name, name)]
    if chunk:
        position, kind = chunk.groups()
        forms += [f"{position}-{kind}", f"{position}-{COMMON_FORMS.get(kind, kind)}"]
    return next((known[form] for form in forms if form in known), None)
