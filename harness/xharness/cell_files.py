"""A cell as a file: Parquet with the cell's record in its header, sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xharness.errors import RunError
from xharness.records import Predictions, Statistics
from xharness.runs import CellRecord
from xharness.sealing import HEADER, DamagedError, check_seal, in_words, numbers, sealed_file, unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ANSWERS = "prediction"
_WIDER = "wider"


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
    return sealed_file(_table(cell), cell.record.model_dump_json())


def record_in(content: bytes) -> CellRecord:
    """Returns the record in a file's header. Raises DamagedError if any byte is not as it was written."""
    import pyarrow
    from pyarrow.parquet import read_schema

    try:
        check_seal(content)
        return _record(read_schema(pyarrow.BufferReader(content)))
    except unreadable() as error:
        raise DamagedError(in_words(error)) from error


def cell_in(content: bytes, *, answers: bool = True) -> StoredCell:
    """Returns the cell of a file; without `answers` its predictions have ids but no values, which saves most of the time.

    Raises DamagedError if any byte is not as it was written.
    """
    import pyarrow
    from pyarrow.parquet import ParquetFile

    try:
        check_seal(content)
        file = ParquetFile(pyarrow.BufferReader(content), page_checksum_verification=True)
        table = file.read([name for name in file.schema_arrow.names if answers or name != _ANSWERS])
        return _cell(_record(table.schema), table, answers=answers)
    except unreadable() as error:
        raise DamagedError(in_words(error)) from error


def _record(schema: Any) -> CellRecord:
    return CellRecord.model_validate_json((schema.metadata or {}).get(HEADER, b""))


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
            columns[f"{name}.{column}"] = numbers(table.rows[:, position])
    if any(cell.wider):
        columns[_WIDER] = pa.array(cell.wider, pa.string())
    return pa.table(columns)


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
