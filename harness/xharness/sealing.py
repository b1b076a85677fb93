"""Parquet files that hold the SHA-256 of their own bytes, so that a damaged one is never read.

Parquet's page checksums, which are written too, leave names, offsets and the header unguarded.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from pydantic import ValidationError

HEADER = b"xharness"
_SEAL = b"xharness-sha256"
_UNSEALED = b"0" * 64
_LEVEL = 9  # of zstd; 19 takes twice the time for 1 % (measured)
_PAGE_BYTES = 2**24
_SEALED = re.compile(re.escape(_SEAL) + rb".{1,4}?([0-9a-f]{64})", re.DOTALL)  # between them Parquet's field header


class DamagedError(Exception):
    """The bytes are not those of a whole file; the message says in a few words why."""


def sealed_file(table: Any, header: str) -> bytes:
    """Returns the Parquet file of an arrow table with `header` under HEADER, sealed: it depends on nothing but these."""
    import pyarrow
    from pyarrow.parquet import write_table

    stream = pyarrow.BufferOutputStream()
    named = table.replace_schema_metadata({HEADER: header.encode("utf-8"), _SEAL: _UNSEALED})
    write_table(named, stream, compression="zstd", write_page_checksum=True)
    return _sealed(stream.getvalue().to_pybytes())


def sealed_small_file(table: Any, header: str) -> bytes:
    """Returns what `sealed_file` does, a tenth smaller for many rows: plain types, one page for each column.

    Without arrow's own schema the header stands in the file once, and not a second time in Base64.
    """
    import pyarrow
    from pyarrow.parquet import ParquetWriter

    stream = pyarrow.BufferOutputStream()
    with ParquetWriter(
        stream,
        table.schema,
        compression="zstd",
        compression_level=_LEVEL,
        write_page_checksum=True,
        store_schema=False,
        data_page_size=_PAGE_BYTES,
    ) as writer:
        writer.write_table(table, row_group_size=max(1, table.num_rows))
        writer.add_key_value_metadata({HEADER: header.encode("utf-8"), _SEAL: _UNSEALED})
    return _sealed(stream.getvalue().to_pybytes())


def _sealed(content: bytes) -> bytes:
    start, end = _seal(content)
    return b"".join((content[:start], _digest(content, start, end), content[end:]))


def check_seal(content: bytes, *, required: bool = False) -> None:
    """Raises ValueError if a byte has changed. Unless `required`, a file from before there were seals passes."""
    if _SEAL in content:
        start, end = _seal(content)
        if content[start:end] != _digest(content, start, end):
            raise ValueError("its checksum is another")
    elif required:
        raise ValueError("it has no checksum")


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


def unreadable() -> tuple[type[Exception], ...]:
    """Returns what reading a damaged file raises: arrow's errors, and those of the texts and names in it."""
    from pyarrow.lib import ArrowException

    return (ArrowException, OSError, ValueError, KeyError)  # pydantic's, JSON's and Unicode's are ValueErrors


def in_words(error: Exception) -> str:
    """Returns the first line of what `unreadable` lists, without a full stop, at most 120 characters."""
    if isinstance(error, ValidationError):
        return "its header is no cell's record"
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[0][:120].rstrip(".")


def numbers(values: Any) -> Any:
    """Returns whole numbers as int32 (small files, exact), others as float64; NaN are absent ones (null)."""
    import numpy as np
    import pyarrow as pa

    absent = np.isnan(values)
    known = np.where(absent, 0, values)
    whole = known.astype(np.int32)
    kept = whole if bool((whole == known).all()) else known.astype(np.float64)
    return pa.array(kept, mask=absent if absent.any() else None)
