"""What a plugin's tasks were when their versions were last raised: a small file beside the plugin.

A task's version stands for its labels, languages, metrics and data: results of one version are put side by side. The file holds
what the version stood for, so that a change without a new version is seen.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from xharness import identity
from xharness.errors import PluginError
from xharness.store import write_whole
from xharness.testing.findings import BROKEN, DIFFERS, MISSING, Report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xharness.offers import Finding, Task
    from xharness.records import Split

SCHEMA = 1
FILE = "xharness-fingerprints.json"
_FIELDS = ("kind", "labels", "languages", "metrics", "main", "splits", "parallel", "unanswerable")

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Cell(BaseModel):
    """The data of one language of one split: hashes of all but the gold, and of the gold where it was at hand."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    inputs: Hash
    gold: Hash | None


class Fingerprint(BaseModel):
    """What one version of a task is.

    Attributes:
        contract: hashes of what the task declares, by field.
        data: "split/language version of the data" → hashes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    contract: dict[str, Hash]
    data: dict[str, Cell] = {}


class Stored(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int = SCHEMA
    tasks: dict[str, Fingerprint] = {}


def file_of(module: object) -> Path | None:
    """Returns where the fingerprints of a plugin lie: in its package, or beside its only module, named after that.

    None for a plugin that is no module.
    """
    source = getattr(module, "__file__", None)
    if source is None:
        return None
    path = Path(source)
    return path.with_name(FILE if path.name == "__init__.py" else f"{path.stem}-fingerprints.json")


def read(file: Path) -> Stored:
    """Returns what is stored, nothing where there is no file. Raises PluginError for a file that is none of ours."""
    if not file.is_file():
        return Stored()
    try:
        stored = Stored.model_validate_json(file.read_bytes())
    except (ValidationError, OSError) as error:
        raise PluginError(
            f"{file} cannot be read as fingerprints: {str(error).splitlines()[0]}. Write it anew with `xharness check PLUGIN "
            "--update --force` once the tasks are as they should be."
        ) from error
    if stored.schema_version != SCHEMA:
        raise PluginError(
            f"{file} has the schema {stored.schema_version}; this version reads {SCHEMA}. Update xharness."
        )
    return stored


def of_task(task: Task, data: Mapping[str, Cell]) -> Fingerprint:
    """Returns the fingerprint of a task with these data."""
    contract = {name: identity.of_record(_plain(getattr(task, name))) for name in _FIELDS}
    return Fingerprint(version=task.version, contract=contract, data=dict(sorted(data.items())))


def of_data(split: Split) -> tuple[str, Cell]:
    """Returns the name and the hashes of one language of one split."""
    gold = identity.of_gold(split) if split.has_gold else None
    return f"{split.name}/{split.language} {split.version}", Cell(inputs=identity.of_inputs(split), gold=gold)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else str(value)


def differences(old: Fingerprint, new: Fingerprint) -> list[str]:
    """Returns what differs, in words: declared fields, then data that both have ("test/sw").

    Data that only one of them has tell nothing, nor does gold that one of them lacked.
    """
    fields = [name for name in _FIELDS if old.contract.get(name) != new.contract.get(name)]
    both = sorted(old.data.keys() & new.data.keys())
    return [*fields, *(name.partition(" ")[0] for name in both if _changed(old.data[name], new.data[name]))]


def _changed(old: Cell, new: Cell) -> bool:
    return old.inputs != new.inputs or len({old.gold, new.gold} - {None}) > 1


def compare(stored: Stored, now: Mapping[str, Fingerprint]) -> list[Finding]:
    """Returns for each task how it is against what is stored of it."""
    findings: list[Finding] = []
    for name, new in now.items():
        report = Report(place=f"{name} fingerprint")
        old = stored.tasks.get(name)
        if old is None:
            report.add(MISSING, "none is stored: `xharness check PLUGIN --update` writes it.")
        elif old.version != new.version:
            report.add(DIFFERS, f"stored of version {old.version}, now {new.version}: store it with --update.")
        elif changed := differences(old, new):
            report.add(
                BROKEN,
                f"changed without raising the version ({new.version}): {', '.join(changed[:6])}. Results of one version are "
                "put side by side: raise the task's version, then store it with --update.",
            )
        compared = sum(one in old.data for one in new.data) if old is not None else 0
        findings += report.done(
            f"as stored, version {new.version}; {compared} of {len(new.data)} data sets at hand compared"
        )
    return findings


def update(file: Path, now: Mapping[str, Fingerprint], *, force: bool = False) -> list[str]:
    """Writes what the tasks are now; returns what was done to each, in words. Data that are not at hand are kept as stored.

    Raises PluginError if a task changed without a new version, unless `force`; nothing is written then.
    """
    stored = Stored() if force and not _readable(file) else read(file)
    changed = {
        name: what
        for name, new in now.items()
        if (old := stored.tasks.get(name)) is not None
        and old.version == new.version
        and (what := differences(old, new))
    }
    if changed and not force:
        first, what = next(iter(changed.items()))
        raise PluginError(
            f"{len(changed)} tasks changed without raising their version (first: {first}: {', '.join(what[:6])}); nothing was "
            "written. Raise the version, or use --force if nobody has results of this version yet."
        )
    tasks = dict(stored.tasks)
    done: list[str] = []
    for name, new in now.items():
        old = stored.tasks.get(name)
        same = old is not None and old.version == new.version and name not in changed
        data = {**(old.data if old is not None and same else {}), **_keeping_gold(old if same else None, new)}
        tasks[name] = new.model_copy(update={"data": dict(sorted(data.items()))})
        done.append(f"{name}: {'new' if old is None else 'as before' if tasks[name] == old else 'replaced'}")
    content = Stored(tasks=dict(sorted(tasks.items()))).model_dump(mode="json")
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    write_whole(file, lambda path: path.write_text(text, encoding="utf-8"))
    return done


def _readable(file: Path) -> bool:
    try:
        read(file)
    except PluginError:
        return False
    return True


def _keeping_gold(old: Fingerprint | None, new: Fingerprint) -> dict[str, Cell]:
    """Returns the new data, with the stored gold where there is none at hand now."""
    before = old.data if old is not None else {}
    return {
        name: cell if cell.gold is not None or name not in before else before[name] for name, cell in new.data.items()
    }
