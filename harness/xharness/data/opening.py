"""From a source to records, one for each row, with places for messages."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xharness.data.places import Files, Hub
from xharness.errors import DataError
from xharness.sources import rows, squad, text
from xharness.sources.rows import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from xharness.data.places import Filled, Source
    from xharness.offers import DataRequest
    from xharness.sources.hub import Table

SUFFIXES = {
    ".tsv": "tsv",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".json": "squad",
    ".parquet": "parquet",
    ".conllu": "conll",
}
"""In which form a file is read that stands in for a data set on the hub."""

_COMMENT = re.compile(r"#\s*([\w.:-]+)\s*=\s*(.*)")
_RANGE = re.compile(r"\d+[-.]\d+")
_CONLLU_COLUMNS = 10


def opened(source: Source, request: DataRequest, filled: Filled) -> tuple[Iterator[Record], str]:
    """Returns the rows of one cell, and in words where they come from; `request.file` is read where it is named.

    Raises DataError with file and line for what is malformed (while the rows are read, too), MissingDataError for an absent
    file.
    """
    if isinstance(source, Hub) and request.file is None:
        return _hub_records(source, request, filled)
    files = _stand_in(request.file) if isinstance(source, Hub) and request.file is not None else source
    assert isinstance(files, Files)  # noqa: S101 - for the type checker
    if request.file is not None:
        return READERS[files.form](request.file, files), f"{request.file.name}, {files.form}"
    path = files.path(request, filled)
    text.check_readable(path, files.remedy)
    return READERS[files.form](path, files), files.described(path)


def _stand_in(file: Path) -> Files:
    form = SUFFIXES.get(file.suffix)
    if form is None:
        raise DataError(
            f"{file}: the form of a file that stands in for a data set on the hub is told by its name, which ends in "
            f"{file.suffix!r}; expected one of {', '.join(SUFFIXES)}."
        )
    return Files(form=form, pattern=file.as_posix())


# ---- tables ------------------------------------------------------------------------------------------------------


def _tsv(path: Path, source: Files) -> Iterator[Record]:
    return _headed(path, rows.plain_rows(path), source.columns)


def _csv(path: Path, source: Files) -> Iterator[Record]:
    return _headed(path, rows.quoted_rows(path, ","), source.columns)


def _headed(path: Path, read: Iterator[rows.Row], columns: Sequence[str] | None) -> Iterator[Record]:
    """Yields the rows of a table, whose columns are named or stand in the first row; surplus columns get no name."""
    if columns is None:
        place, columns = next(read, (f"{path}", []))
        if len(set(columns)) < len(columns):
            raise DataError(f"{place}: two columns have the same name ({', '.join(columns)}). Name them apart.")
    for place, row in read:
        if len(row) < len(columns):
            raise DataError(
                f"{place}: {len(row)} columns where {len(columns)} were expected ({', '.join(columns)}). {text.FETCH}"
            )
        yield Record(place=place, fields=dict(zip(columns, row, strict=False)))


def _jsonl(path: Path, _: Files) -> Iterator[Record]:
    return rows.json_lines(path)


def _parquet(path: Path, _: Files) -> Iterator[Record]:
    import pyarrow
    import pyarrow.parquet

    number = 0
    try:
        for batch in pyarrow.parquet.ParquetFile(path).iter_batches():
            for fields in batch.to_pylist():
                yield Record(place=f"{path}, row {number:,}", fields=fields)
                number += 1
    except pyarrow.ArrowException as err:
        raise DataError(f"{path} is no whole parquet file ({err}). {text.FETCH}") from err


# ---- sentences and questions -------------------------------------------------------------------------------------


def _conll(path: Path, source: Files) -> Iterator[Record]:
    tokens: list[list[str]] = []
    comments: dict[str, str] = {}
    start = width = 0
    for number, line in text.lines(path):
        if not line.strip():
            if tokens:
                yield _sentence(f"{path}, line {start:,}", tokens, comments, source.columns)
                tokens, comments = [], {}
            continue
        columns = line.split(source.separator)
        if comment := _comment(line, columns):
            comments.update(comment)
            continue
        width = width or len(columns)
        if len(columns) != width or not columns[0]:
            problem = f"{len(columns)} columns where {width} were expected" if columns[0] else "the token is empty"
            text.refuse_line(path, number, f"{problem}.", "Expected is a token with its columns, or an empty line.")
        if not (width == _CONLLU_COLUMNS and _RANGE.fullmatch(columns[0])):
            start = start if tokens else number
            tokens.append(columns)
    if tokens:
        yield _sentence(f"{path}, line {start:,}", tokens, comments, source.columns)


def _comment(line: str, columns: Sequence[str]) -> Mapping[str, str] | None:
    """Returns what a comment line says, None for a line with a token: `#` is a token, too."""
    found = _COMMENT.fullmatch(line)
    if found:
        return {found.group(1): found.group(2)}
    return {} if line.startswith("#") and len(columns) == 1 else None


def _sentence(
    place: str, tokens: Sequence[Sequence[str]], comments: Mapping[str, str], names: Sequence[str] | None
) -> Record:
    if names is not None and len(names) > len(tokens[0]):
        raise DataError(f"{place}: {len(tokens[0])} columns where {len(names)} were expected ({', '.join(names)}).")
    columns = [list(column) for column in zip(*tokens, strict=True)]
    chosen = names if names is not None else [str(number) for number in range(len(columns))]
    return Record(place=place, fields={**dict(zip(chosen, columns, strict=False)), **comments})


def _squad(path: Path, _: Files) -> Iterator[Record]:
    names = ("id", "question", "context", "answers", "impossible", "title")
    for asked in squad.read_questions(path):
        yield Record(place=asked.place, fields={name: getattr(asked, name) for name in names})


READERS: Mapping[str, Callable[[Path, Files], Iterator[Record]]] = {
    "tsv": _tsv,
    "csv": _csv,
    "jsonl": _jsonl,
    "conll": _conll,
    "squad": _squad,
    "parquet": _parquet,
}


# ---- hub ---------------------------------------------------------------------------------------------------------


def _hub_records(source: Hub, request: DataRequest, filled: Filled) -> tuple[Iterator[Record], str]:
    from xharness.sources.hub import table

    found = table(
        source.repository,
        filled(source.config) if source.config is not None else None,
        filled(source.split),
        revision=request.revision or source.revision,
        remedy="The task has no other source.",
    )
    named = {name: _named(found, name) for name in found.classes}
    return (_with_names(record, row, named) for row, record in enumerate(found.records(()))), found.source


def _named(found: Table, name: str) -> Sequence[Any]:
    """Returns a column of class numbers as their names, None for "no label"."""
    if any(isinstance(value, list) for value in found.column(name)):
        return found.named(name)
    return [found.label(record, name) for record in found.records((name,))]


def _with_names(record: Record, row: int, named: Mapping[str, Sequence[Any]]) -> Record:
    return replace(record, fields={**record.fields, **{name: values[row] for name, values in named.items()}})
