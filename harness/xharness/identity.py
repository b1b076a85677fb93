"""Identities made from bytes and content, never from names, paths or times."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from xharness.records import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from xharness.records import Example, Gold, Split


def of_file(path: Path) -> str:
    """Returns the SHA-256 (hex) of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def of_files(files: Mapping[str, Path]) -> str:
    """Returns the SHA-256 (hex) over role names and file bytes, whatever the order or the place of the files."""
    return of_record({role: of_file(path) for role, path in files.items()})


def of_record(record: object) -> str:
    """Returns the SHA-256 (hex) of a JSON-serialisable record, whatever the order of its keys."""
    text = json.dumps(record, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def of_gold(split: Split) -> str:
    """Returns the SHA-256 (hex) over ids and gold: what must be equal before two systems' scores are compared."""
    return _digest([example.id, _plain(example.gold)] for example in split.examples)


def of_split(split: Split) -> str:
    """Returns the SHA-256 (hex) over everything in a split: inputs, clusters, gold, pool, tuning split."""
    return of_record([of_inputs(split), of_gold(split)])


def of_training(split: Split) -> str:
    """Returns the SHA-256 (hex) over everything that training reads: `of_split`, and where each answer starts.

    A score depends on the texts of the accepted answers alone; a span head is trained on their places in the context.
    """
    return of_record([of_split(split), _digest([example.id, _starts(example.gold)] for example in split.examples)])


def of_inputs(split: Split) -> str:
    """Returns the SHA-256 (hex) over what predictions and resampling depend on: all but the split's own gold."""
    tuning = split.tuning
    whole = hashlib.sha256()
    for part in (
        _digest(_row(example) for example in split.examples),
        _digest([document.id, document.text] for document in split.pool),
        of_split(tuning) if tuning is not None and tuning is not split else "",
    ):
        whole.update(part.encode("ascii") + b"\n")
    return whole.hexdigest()


def _digest(rows: Iterable[object]) -> str:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps(row, separators=(",", ":")).encode("ascii") + b"\n")
    return digest.hexdigest()


def _row(example: Example) -> list[object]:
    inputs = list(example.inputs.parts()) if example.inputs is not None else None
    return [example.id, example.cluster, inputs]


def _plain(gold: Gold | None) -> object:
    if gold is None or isinstance(gold, str):
        return gold
    return [item.text if isinstance(item, Answer) else item for item in gold]


def _starts(gold: Gold | None) -> list[int | None]:
    if gold is None or isinstance(gold, str):
        return []
    return [item.start for item in gold if isinstance(item, Answer)]
