"""A cell as a file: Parquet with the cell's record in its header.

The file holds the SHA-256 of its own bytes, so that a damaged one is never read: Parquet's page checksums, which are written
too, leave names, offsets and the header unguarded.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from xharness.errors import RunError
from xharness.records import Predictions, Statistics
from xharness.runs import CellRecord

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_HEADER = b"xharness"
_ANSWERS = "prediction"
_WIDER = "wider"
_SEAL = b"xharness-sha256"
_UNSEALED = b"0" * 64
_SEALED = re.compile(re.escape(_SEAL) + rb".{1,4}?([0-9a-f]{64})", re.DOTALL)  # between them Parquet's field header


class DamagedError(Exception):
    """The bytes are not those of a whole cell; the message says in a few words why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCell:
    """A cell as it lies on disk.

    Attributes:
        predictions: the answers by id.
        statistics: the rows by metric, for the same ids in the same order.
        wider: by id the larger unit in which its cluster lies ("" for none); empty where the task knows none.
    """

    record: CellRecord
    predictions: Predictions
    statistics: Mapping[str, Statistics]
    wider: Sequence[str] = ()


def content_of(cell: StoredCell) -> bytes:
    """Returns the file of a cell. It depends on nothing but the cell. Raises RunError if rows and answers have other ids."""
    return _sealed(_bytes(_table(cell)))


def record_in(content: bytes) -> CellRecord:
    """Returns the record in a file's header. Raises DamagedError if any byte is not as it was written."""
    import pyarrow
    from pyarrow.parquet import read_schema

    try:
        _check(content)
        return _record(read_schema(pyarrow.BufferReader(content)))
    except _unreadable() as error:
        raise DamagedError(_in_words(error)) from error


def cell_in(content: bytes, *, answers: bool = True) -> StoredCell:
    """Returns the cell of a file; without `answers` its predictions have ids but no values, which saves most of the time.

    Raises DamagedError if any byte is not as it was written.
    """
    import pyarrow
    from pyarrow.parquet import ParquetFile

    try:
        _check(content)
        file = ParquetFile(pyarrow.BufferReader(content), page_checksum_verification=True)
        table = file.read([name for name in file.schema_arrow.names if answers or name != _ANSWERS])
        return _cell(_record(table.schema), table, answers=answers)
    except _unreadable() as error:
        raise DamagedError(_in_words(error)) from error


def _sealed(content: bytes) -> bytes:
    """Returns a cell file's bytes with the SHA-256 of all of them, this place itself still zeros, in its header."""
    start, end = _seal(content)
    return b"".join((content[:start], _digest(content, start, end), content[end:]))


def _check(content: bytes) -> None:
    """Raises ValueError if a byte has changed. A file without a seal, as versions before the seal wrote it, passes."""
    if _SEAL in content:
        start, end = _seal(content)
        if content[start:end] != _digest(content, start, end):
            raise ValueError("its checksum is another")


def _seal(content: bytes) -> tuple[int, int]:
    """Returns from where to where the seal stands: after the last occurrence of its name. Raises ValueError if not there."""
    found = _SEALED.match(content, content.rindex(_SEAL))
    if found is None:
        raise ValueError("its checksum cannot be read")
    return found.span(1)


def _digest(content: bytes, start: int, end: int) -> bytes:
    digest = hashlib.sha256(content[:start])
    digest.update(_UNSEALED)
    digest.update(content[end:])
    return digest.hexdigest().encode("ascii")


def _unreadable() -> tuple[type[Exception], ...]:
    """Returns what reading a damaged file raises: arrow's errors, and those of the texts and names in it."""
    from pyarrow.lib import ArrowException

    return (ArrowException, OSError, ValueError, KeyError)  # pydantic's and Unicode's are ValueErrors


def _in_words(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "its header is no cell's record"
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[0][:120].rstrip(".")


def _record(schema: Any) -> CellRecord:
    return CellRecord.model_validate_json((schema.metadata or {}).get(_HEADER, b""))


def _bytes(table: Any) -> bytes:
    import pyarrow
    from pyarrow.parquet import write_table

    stream = pyarrow.BufferOutputStream()
    write_table(table, stream, compression="zstd", write_page_checksum=True)
    content: bytes = stream.getvalue().to_pybytes()
    return content


def _table(cell: StoredCell) -> Any:
    import pyarrow as pa

    predictions = cell.predictions
    lists = any(isinstance(value, tuple) for value in predictions.values)
    kind = pa.list_(pa.string()) if lists else pa.string()
    values = [list(value) if isinstance(value, tuple) else value for value in predictions.values]
    columns: dict[str, Any] = {"id": pa.array(predictions.ids, pa.string()), _ANSWERS: pa.array(values, kind)}
    for name, table in cell.statistics.items():
        if list(table.ids) != list(predictions.ids):
            raise RunError(f"{cell.record.place}: the metric {name!r} has rows for other ids than the predictions.")
        columns["cluster"] = pa.array(table.clusters, pa.string())
        for position, column in enumerate(table.columns):
            columns[f"{name}.{column}"] = _numbers(table.rows[:, position])
    if any(cell.wider):
        columns[_WIDER] = pa.array(cell.wider, pa.string())
    header = {_HEADER: cell.record.model_dump_json().encode("utf-8"), _SEAL: _UNSEALED}
    return pa.table(columns).replace_schema_metadata(header)


def _numbers(values: Any) -> Any:
    """Returns whole numbers as int32 (small files, exact), others as float64."""
    import numpy as np
    import pyarrow as pa

    whole = values.astype(np.int32)
    return pa.array(whole) if bool((whole == values).all()) else pa.array(values.astype(np.float64))


def _cell(record: CellRecord, table: Any, *, answers: bool) -> StoredCell:
    import numpy as np

    ids = table.column("id").to_pylist()
    given = table.column(_ANSWERS).to_pylist() if answers else []
    values = [tuple(value) if isinstance(value, list) else value for value in given]
    statistics: dict[str, Statistics] = {}
    names = [name for name in table.column_names if "." in name]
    for metric in dict.fromkeys(name.split(".", 1)[0] for name in names):
        columns = tuple(name.split(".", 1)[1] for name in names if name.startswith(f"{metric}."))
        rows = np.column_stack([table.column(f"{metric}.{column}").to_numpy().astype(np.float64) for column in columns])
        clusters = table.column("cluster").to_pylist()
        statistics[metric] = Statistics(ids=ids, clusters=clusters, columns=columns, rows=rows)
    return StoredCell(
        record=record,
        predictions=Predictions(ids=ids, values=values, record=record.record),
        statistics=statistics,
        wider=table.column(_WIDER).to_pylist() if _WIDER in table.column_names else (),
    )
