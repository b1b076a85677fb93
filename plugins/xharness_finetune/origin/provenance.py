"""How a part of a checkpoint set (a head, or the encoder) came to be: what decides it, and what a reader should know of it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from xharness import RunError
from xharness.store import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xharness_finetune.origin.seen import Seen

FILE = "provenance.json"
"""In the folder of every part that is whole."""

MADE = "made.json"
"""In the work folder of a part that is being made."""

SCHEMA = 2
_PACKAGES = ("accelerate", "safetensors")  # those that take part in training and that a run's environment leaves out
_ABSENT = "absent"
_MOST_PARENTS = 16  # a longer chain keeps its newest records
_MOST_BYTES = 32 * 2**20  # far above any record of ours: a larger file is not read
_CURVES = ("curve", "dev_curve")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """What a part was started from.

    Attributes:
        name: folder name, or hub id and commit; never a path.
        identity: SHA-256 (hex) over its files.
        provenance: its own record as `read` gives it, None where it has none (a public encoder).
    """

    name: str
    identity: str
    provenance: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """All that is recorded of a part; everything in it is JSON-serialisable.

    Attributes:
        made_from: all that decides the weights, as `origin.made` builds it: equal records are the same part.
        recipe: name and record of the recipe that asked for it.
        seen: languages and targets trained on, over the whole chain.
        marks: what a reader of its scores must know, one sentence each.
        data: by task: source, stand_in, notes, available, skipped, rows, subwords.
        training: device, seconds, steps, kept_step, resumed_from, loss, curve, dev_curve, facts; empty for a copy.
        dev: as `origin.development.dev_record` builds it, or `{"missing": why}`.
        selection: how it was chosen among others, None where it was not.
        plugins: "distribution version" by plugin name.
    """

    made_from: Mapping[str, Any]
    parent: Parent | None
    recipe: Mapping[str, Any]
    seen: Seen
    marks: tuple[str, ...] = ()
    data: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    dev: Mapping[str, Any] = field(default_factory=lambda: {"missing": "not scored"})
    selection: Mapping[str, Any] | None = None
    plugins: Mapping[str, str] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """Returns the content of the file, with the versions of code and libraries of this process."""
        parent = self.parent
        return {
            "schema": SCHEMA,
            "made_from": self.made_from,
            "parent": None
            if parent is None
            else {
                "name": parent.name,
                "identity": parent.identity,
                "provenance": None if parent.provenance is None else without_curves(parent.provenance),
            },
            "recipe": self.recipe,
            "seen": self.seen.record(),
            "marks": list(self.marks),
            "data": self.data,
            "training": self.training,
            "dev": self.dev,
            **({} if self.selection is None else {"selection": self.selection}),
            "environment": _environment(),
            "plugins": self.plugins,
        }


def write(folder: Path, record: Provenance | Mapping[str, Any]) -> None:
    """Writes `provenance.json` into `folder`, whole or not at all. Raises RunError if it cannot be written."""
    _write(folder / FILE, record.record() if isinstance(record, Provenance) else record)


def read(folder: Path) -> dict[str, Any] | None:
    """Returns the content of `provenance.json` in `folder`, of whatever schema; None if there is none.

    Raises RunError if it cannot be read or is no JSON object.
    """
    return _read(folder / FILE)


def is_made(folder: Path, made: Mapping[str, Any]) -> bool:
    """Returns whether `folder` holds the part that `made` describes; False if there is no such folder.

    Raises RunError, naming the differences, if it holds anything else.
    """
    if not folder.exists():
        return False
    way_out = f"Write to another folder (--out), or move {folder} away to make this part anew."
    kept = f"so it is neither kept nor overwritten. {way_out}"
    try:
        record = read(folder)
    except RunError as err:
        raise RunError(
            f"{folder} exists, but how it was made is not known: {err} It is not overwritten. {way_out}"
        ) from err
    if record is None:
        raise RunError(f"{folder} exists but has no {FILE} that says how it was made, {kept}")
    if record.get("schema") != SCHEMA or not isinstance(record.get("made_from"), dict):
        raise RunError(
            f"{folder} exists, but its {FILE} has the form {_short(record.get('schema', _ABSENT))} and this version of "
            f"xharness writes form {SCHEMA}, {kept}"
        )
    found = list(differences(record["made_from"], made))
    if found:
        raise RunError(
            f"{folder} was made by another request and is not overwritten: {'; '.join(found)}. Repeat the request that made "
            f"it to keep it. {way_out}"
        )
    return True


def begin(work: Path, made: Mapping[str, Any]) -> None:
    """Writes into the folder `work`, made if it is not there, what is being made in it. Raises RunError if it cannot."""
    _write(work / MADE, made)


def continues(work: Path, made: Mapping[str, Any]) -> bool:
    """Returns whether `work` holds the beginning of what `made` describes; False if it says nothing of what it holds.

    Raises RunError, naming the differences, if something else was begun there.
    """
    begun = _read(work / MADE)
    if begun is None:
        return False
    found = list(differences(begun, made))
    if found:
        raise RunError(
            f"A training was begun in {work} with other settings, and resuming with changed settings is refused: "
            f"{'; '.join(found)}. Give the first command again to go on with it, write to another folder (--out), or remove "
            f"{work} to begin anew."
        )
    return True


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Yields "settings.epochs was 2, now 3" for everything that differs between two JSON-serialisable records."""
    yield from _differences(_plain(old), _plain(new), "")


def without_curves(record: Mapping[str, Any], most: int = _MOST_PARENTS) -> dict[str, Any]:
    """Returns a record without the curves of it and its parents, and with at most `most` records, the newest."""
    slim = dict(record)
    if isinstance(slim.get("training"), dict):
        slim["training"] = {key: value for key, value in slim["training"].items() if key not in _CURVES}
    slim.pop("curve", None)  # where schema 1 had it
    parent = slim.get("parent")
    if isinstance(parent, dict) and isinstance(parent.get("provenance"), dict):
        older = without_curves(parent["provenance"], most - 1) if most > 1 else None
        slim["parent"] = {**parent, "provenance": older}
    return slim


def _environment() -> dict[str, object]:
    import importlib.metadata

    from xharness.environment import describe

    return {**describe(), "training_packages": {name: importlib.metadata.version(name) for name in _PACKAGES}}


def _write(path: Path, record: Mapping[str, Any]) -> None:
    text = json.dumps(_plain(record), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def _read(path: Path) -> dict[str, Any] | None:
    remedy = "Move its folder away to make it anew, or take the file from a backup."
    try:
        if not path.exists():
            return None
        size = path.stat().st_size
        if size > _MOST_BYTES:
            raise RunError(f"{path} has {size:,} bytes; expected at most {_MOST_BYTES:,}. {remedy}")
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as err:
        raise RunError(
            f"{path} cannot be read ({type(err).__name__}: {err}); expected a JSON object. {remedy}"
        ) from err
    if not isinstance(record, dict):
        raise RunError(f"{path} holds a JSON {type(record).__name__}; expected an object. {remedy}")
    return record


def _plain(value: object) -> object:
    """Returns a value in JSON's types, so that no training is lost to an odd one: not finite is null, anything else text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):  # numpy's too
        return float(value) if math.isfinite(value) else None
    text = str(value)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")  # lone surrogates of odd file names


def _differences(old: object, new: object, place: str) -> Iterator[str]:
    before, after = _by_name(old), _by_name(new)
    if before is None or after is None:
        if old != new:
            yield f"{place} was {_short(old)}, now {_short(new)}"
        return
    for key in sorted(before.keys() | after.keys()):
        yield from _differences(before.get(key, _ABSENT), after.get(key, _ABSENT), f"{place}.{key}" if place else key)


def _by_name(value: object) -> Mapping[str, object] | None:
    """Returns an object's fields, the parts of a list by their tasks, and None for all that is compared whole."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and value and all(isinstance(item, dict) and "task" in item for item in value):
        named = {str(item["task"]): item for item in value}
        return named if len(named) == len(value) else None
    return None


def _short(value: object) -> str:
    text = str(value)
    shown = text if len(text) <= 60 else f"{text[:12]}…"
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in shown)
