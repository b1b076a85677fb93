"""A run's statistics in one file: the rows that its main scores are made of, without ids where all runs share them."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xharness.errors import RunError
from xharness.sealing import HEADER, DamagedError, check_seal, in_words, numbers, sealed_small_file, unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xharness.comparison.alignment import ById
    from xharness.leaderboard.examples import ExampleSet

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRows:
    """One cell of one run.

    Attributes:
        columns: "metric.column" of each of the k columns.
        rows: (m, k), of the smallest type of integers that holds them, else float64. For closed ids in ascending order of the
            ids, one for each example; for open ids (mining) those of the clusters in which there is one that is not 0.
        examples: digest of the cell's example set; None for open ids.
        ids, clusters: (m,) of open ids, the examples' first and then those that only this system has, each in ascending order;
            None for closed ones.
        own: of these rows, those of examples.
        groups: clusters of all n examples.
        n: examples.
    """

    columns: tuple[str, ...]
    rows: Any
    n: int
    examples: str | None = None
    ids: Sequence[str] | None = None
    clusters: Sequence[str] | None = None
    own: int = 0
    groups: int = 0


def closed(rows: ById, columns: tuple[str, ...], examples: ExampleSet) -> StoredRows:
    """Returns the cell whose ids are those of `examples`."""
    return StoredRows(columns=columns, rows=_compact(rows.rows), n=len(rows.ids), examples=examples.digest)


def mined(rows: ById, columns: tuple[str, ...]) -> StoredRows:
    """Returns the cell of a system that may have ids of its own: without the clusters on which all of its rows are 0."""
    import numpy as np

    own = np.isin(rows.ids, rows.examples)
    found = set(rows.clusters[(rows.rows != 0).any(axis=1)].tolist())
    kept = np.array([one in found for one in rows.clusters], dtype=bool)
    order = np.concatenate([np.flatnonzero(kept & own), np.flatnonzero(kept & ~own)])
    return StoredRows(
        columns=columns,
        rows=_compact(rows.rows[order]),
        n=len(rows.examples),
        ids=rows.ids[order].tolist(),
        clusters=rows.clusters[order].tolist(),
        own=int((kept & own).sum()),
        groups=len(set(rows.clusters[own].tolist())),
    )


def content_of(cells: Mapping[str, StoredRows]) -> bytes:
    """Returns the file: cells one below the other, a column for every column of a metric, null where a cell has no such one."""
    import numpy as np
    import pyarrow as pa

    total = sum(len(one.rows) for one in cells.values())
    values = {name: np.full(total, np.nan) for name in sorted({name for one in cells.values() for name in one.columns})}
    ids: list[str | None] = [None] * total
    clusters: list[str | None] = [None] * total
    start = 0
    for one in cells.values():
        part = slice(start, start := start + len(one.rows))
        for position, name in enumerate(one.columns):
            values[name][part] = one.rows[:, position]
        if one.ids is not None and one.clusters is not None:
            ids[part], clusters[part] = one.ids, one.clusters
    columns = {"id": pa.array(ids, pa.string()), "cluster": pa.array(clusters, pa.string())}
    columns |= {name: numbers(column) for name, column in values.items()}
    return sealed_small_file(pa.table(columns), _header(cells))


def _header(cells: Mapping[str, StoredRows]) -> str:
    columns = {place.partition("/")[0]: one.columns for place, one in cells.items()}
    listed = {
        place: {"rows": len(one.rows), "examples": one.examples}
        if one.examples is not None
        else {"rows": len(one.rows), "n": one.n, "own": one.own, "groups": one.groups}
        for place, one in cells.items()
    }
    return json.dumps({"schema_version": SCHEMA_VERSION, "columns": columns, "cells": listed}, separators=(",", ":"))


def read_statistics(content: bytes) -> dict[str, StoredRows]:
    """Returns the cells of a file.

    Raises:
        DamagedError: a byte is not as it was written.
        RunError: it is of another schema version.
    """
    import pyarrow
    from pyarrow.parquet import read_table

    try:
        check_seal(content, required=True)
        return _cells(read_table(pyarrow.BufferReader(content)))
    except unreadable() as error:
        raise DamagedError(in_words(error)) from error


def _cells(table: Any) -> dict[str, StoredRows]:
    import numpy as np

    header = json.loads((table.schema.metadata or {})[HEADER])
    if header["schema_version"] != SCHEMA_VERSION:
        raise RunError(
            f"the statistics have schema version {header['schema_version']}; this xharness reads {SCHEMA_VERSION}. Install the "
            "xharness that wrote them."
        )
    values = {name: table.column(name).to_numpy() for name in table.column_names if "." in name}
    cells, start = {}, 0
    for place, told in header["cells"].items():
        part = slice(start, start := start + told["rows"])
        columns = tuple(header["columns"][place.partition("/")[0]])
        rows = _compact(np.stack([values[name][part] for name in columns], axis=1))
        cells[place] = _cell(told, columns, rows, table.slice(part.start, told["rows"]))
    if start != table.num_rows:
        raise ValueError(f"it has {table.num_rows} rows where its header tells of {start}")
    return cells


def _cell(told: dict[str, Any], columns: tuple[str, ...], rows: Any, table: Any) -> StoredRows:
    if "examples" in told:
        return StoredRows(columns=columns, rows=rows, n=len(rows), examples=told["examples"])
    # Hundreds of runs have the same ids, and most ids are their own cluster: each text is in memory once.
    ids = [sys.intern(one) for one in table.column("id").to_pylist()]
    clusters = [sys.intern(one) for one in table.column("cluster").to_pylist()]
    return StoredRows(
        columns=columns,
        rows=rows,
        n=told["n"],
        ids=ids,
        clusters=ids if clusters == ids else clusters,
        own=told["own"],
        groups=told["groups"],
    )


def _compact(rows: Any) -> Any:
    """Returns whole numbers as the smallest type of integers that holds them, others as float64; same shape."""
    import numpy as np

    if not (np.isfinite(rows).all() and (rows == np.rint(rows)).all()):
        return rows.astype(np.float64)
    largest = int(np.abs(rows).max(initial=0))
    return rows.astype(next(kind for kind in (np.int8, np.int16, np.int32, np.int64) if largest <= np.iinfo(kind).max))
