"""Ids and clusters of a board's examples, once for all runs, since all must have the same."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xharness.errors import RunError
from xharness.sealing import HEADER, check_seal, in_words, sealed_small_file, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleSet:
    """The examples of a cell.

    Attributes:
        ids, clusters: (n,) in ascending order of the ids.
        digest: the first 16 hex digits of the SHA-256 over both.
    """

    ids: Sequence[str]
    clusters: Sequence[str]
    digest: str


Examples = dict[str, ExampleSet]
"""By "task/language"; cells with the same ids and clusters share one set."""


def example_set(ids: Sequence[str], clusters: Sequence[str]) -> ExampleSet:
    """Returns the set of these examples, which are in ascending order of their ids."""
    digest = hashlib.sha256()
    for pair in zip(ids, clusters, strict=True):
        digest.update(json.dumps(pair, separators=(",", ":")).encode("ascii") + b"\n")
    return ExampleSet(ids=ids, clusters=clusters, digest=digest.hexdigest()[:16])


def content_of(examples: Mapping[str, ExampleSet]) -> bytes:
    """Returns the file: every different set once, one after the other, and in its header which cell has which."""
    import pyarrow as pa

    cells = sorted(examples)
    sets = {examples[place].digest: examples[place] for place in cells}
    header = {
        "schema_version": SCHEMA_VERSION,
        "sets": {digest: len(one.ids) for digest, one in sets.items()},
        "cells": {place: examples[place].digest for place in cells},
    }
    columns = {
        "id": pa.array(_chained(one.ids for one in sets.values()), pa.string()),
        "cluster": pa.array(_chained(one.clusters for one in sets.values()), pa.string()),
    }
    return sealed_small_file(pa.table(columns), json.dumps(header))


def read_examples(path: Path) -> Examples:
    """Returns the sets in a file, none where there is no file.

    Raises RunError if any of its bytes is not as it was written, or for another schema version.
    """
    if not path.exists():
        return {}
    try:
        content = path.read_bytes()
        check_seal(content, required=True)
        return _examples(content, path)
    except unreadable() as error:
        raise RunError(
            f"{path} is damaged ({in_words(error)}). Restore it from version control; it belongs to all runs of the board."
        ) from error


def _examples(content: bytes, path: Path) -> Examples:
    import pyarrow
    from pyarrow.parquet import read_table

    table = read_table(pyarrow.BufferReader(content))
    header: dict[str, Any] = json.loads((table.schema.metadata or {})[HEADER])
    if header["schema_version"] != SCHEMA_VERSION:
        raise RunError(
            f"{path} has schema version {header['schema_version']}; this xharness reads {SCHEMA_VERSION}. Install the xharness "
            "that wrote it."
        )
    ids, clusters = table.column("id").to_pylist(), table.column("cluster").to_pylist()
    sets, start = {}, 0
    for digest, count in header["sets"].items():
        part = slice(start, start := start + count)
        sets[digest] = ExampleSet(ids=ids[part], clusters=clusters[part], digest=digest)
    return {place: sets[digest] for place, digest in header["cells"].items()}


def _chained(parts: Iterable[Sequence[str]]) -> list[str]:
    return [one for part in parts for one in part]
