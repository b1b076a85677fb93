"""Tables and JSON lines as records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from xharness import DataError
from xharness.sources import rows
from xharness.sources.rows import Record

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a test puts its file."""
    return tmp_path / "data"


def test_json_lines_are_records_with_their_place(file: Path) -> None:
    """Every line of JSON is one record; blank lines count as lines only."""
    file.write_text('{"a": 1}\n\n{"a": "x"}\n', encoding="utf-8")
    assert list(rows.json_lines(file)) == [
        Record(place=f"{file}, line 1", fields={"a": 1}),
        Record(place=f"{file}, line 3", fields={"a": "x"}),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [('{"a": 1', r"line 2, column \d+: malformed JSON"), ("[1]", r"line 2: list where an object in braces was")],
)
def test_malformed_json_lines_are_refused(file: Path, line: str, message: str) -> None:
    """A line that is no JSON, and one that is no object, are errors with the line."""
    file.write_text(f"{{}}\n{line}\n", encoding="utf-8")
    with pytest.raises(DataError, match=rf"data, {message}"):
        list(rows.json_lines(file))


def test_quotation_marks_are_text_in_plain_rows(file: Path) -> None:
    """Plain rows are split at TABs and nothing else; places are lines."""
    file.write_text('a\t"b\n\nc"\td\n', encoding="utf-8")
    assert list(rows.plain_rows(file)) == [(f"{file}, line 1", ["a", '"b']), (f"{file}, line 3", ['c"', "d"])]


def test_quoted_fields_may_span_lines(file: Path) -> None:
    """Quoted rows are the csv module's; a record is placed at its first line, blank ones are left out."""
    file.write_text('a,"b ""x""\nc"\n,\nd,e\n', encoding="utf-8")
    assert list(rows.quoted_rows(file, ",")) == [
        (f"{file}, line 1", ["a", 'b "x"\nc']),
        (f"{file}, line 4", ["d", "e"]),
    ]
    file.write_text('a,b\nc,"d\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"data, line 2: the quoting is broken"):
        list(rows.quoted_rows(file, ","))


def test_a_header_names_the_columns() -> None:
    """Rows become records by the header; surplus columns get no name, short rows and headers are refused."""
    table = [("f, line 1", ["a", "b"]), ("f, line 2", ["1", "2", "3"])]
    assert list(rows.headed(table, ("a", "b"))) == [Record(place="f, line 2", fields={"a": "1", "b": "2"})]
    with pytest.raises(DataError, match=r"f, line 1: the header has no column 'c' and 'd', only a, b"):
        list(rows.headed(table, ("a", "c", "d")))
    with pytest.raises(DataError, match=r"f, line 2: 1 columns where at least 2 were expected"):
        list(rows.headed([table[0], ("f, line 2", ["1"])], ("b",)))


def test_a_header_alone_is_refused(file: Path) -> None:
    """A table without rows is an error at once; else no record is lost by looking."""
    records = [Record(place="p", fields={}), Record(place="q", fields={})]
    assert list(rows.peeked(records, file)) == records
    with pytest.raises(DataError, match=r"data holds a header but no examples"):
        rows.peeked([], file)


def test_fields_are_found_by_any_of_their_names() -> None:
    """Public copies name the same field differently: the first name that is there counts."""
    record = Record(place="p", fields={"b": "x", "c": "y", "d": ["u", "v"]})
    assert record.text("a", "b", "c") == "x"
    assert record.texts("d") == ("u", "v")


def test_fields_of_another_type_are_refused() -> None:
    """An absent field and one of another type are errors that begin with the record's place."""
    record = Record(place="p", fields={"a": 1, "b": ["x", 2]})
    with pytest.raises(DataError, match=r"^p: there is no field 'x' or 'y', only a, b\."):
        record.value("x", "y")
    with pytest.raises(DataError, match=r"^p: the field 'a' is int, expected a string\."):
        record.text("a")
    with pytest.raises(DataError, match=r"^p: the field 'b' is list, expected a list of strings\."):
        record.texts("b")
