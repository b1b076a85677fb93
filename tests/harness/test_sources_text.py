"""Text files, lines and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from xharness import DataError, MissingDataError
from xharness.sources import text

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a test puts its file."""
    return tmp_path / "data.tsv"


def test_only_newlines_end_lines(file: Path) -> None:
    """Carriage returns before a newline belong to its end; U+2028, form feeds and lone carriage returns are text."""
    file.write_bytes("a\u2028b\r\nc\x0cd\re\n\nf".encode())
    assert list(text.lines(file)) == [(1, "a\u2028b"), (2, "c\x0cd\re"), (3, ""), (4, "f")]
    whole, notes = text.read(file)
    assert text.lines_of(whole) == [line for _, line in text.lines(file)]
    assert notes == ()


def test_the_newline_at_the_end_adds_no_line(file: Path) -> None:
    """A file that ends with a newline has as many lines as newlines; an empty line before it counts."""
    file.write_bytes(b"a\n\n")
    assert text.lines_of(text.read(file)[0]) == ["a", ""]
    assert [line for _, line in text.lines(file)] == ["a", ""]


def test_a_byte_order_mark_is_left_out_and_noted(file: Path) -> None:
    """A byte-order mark is no part of the first line; later ones are text."""
    file.write_bytes("\ufeffa\n\ufeffb\n".encode())
    assert [line for _, line in text.lines(file)] == ["a", "\ufeffb"]
    assert text.read(file) == ("a\n\ufeffb\n", ("data.tsv begins with a byte-order mark, which was left out.",))


@pytest.mark.parametrize("read", [text.read, lambda path: list(text.lines(path))])
def test_invalid_utf8_names_line_and_byte(file: Path, read) -> None:
    """Bytes that are not UTF-8 are refused with their line and their offset in it, streamed or not."""
    file.write_bytes("a\tb\nü\t".encode() + b"\xff\n")
    with pytest.raises(DataError, match=r"data\.tsv, line 2: byte 3 of the line is not valid UTF-8.*iconv"):
        read(file)
    file.write_bytes(b"\xff\n")
    with pytest.raises(DataError, match=r"data\.tsv, line 1: byte 0 of the line"):
        read(file)


@pytest.mark.parametrize("read", [text.read, text.first_line])
@pytest.mark.parametrize(("content", "message"), [("", "is empty"), ("\n \n", "has blank lines only")])
def test_files_without_content_are_refused(file: Path, read, content: str, message: str) -> None:
    """A file without any line, and one of blank lines, are errors and no empty data."""
    file.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=rf"data\.tsv {message}\. A file that broke off"):
        read(file)


@pytest.mark.parametrize("read", [text.read, text.first_line, text.is_json, text.read_json])
def test_an_absent_file_is_missing_data(tmp_path: Path, read) -> None:
    """A file that is not there is named with the caller's remedy, and so is the first folder above it that is missing."""
    with pytest.raises(MissingDataError, match=r"^the file .*x\.tsv does not exist\. Do this\.$"):
        read(tmp_path / "x.tsv", "Do this.")
    (tmp_path / "plain").write_text("a", encoding="utf-8")
    with pytest.raises(MissingDataError, match=r"^the file .*plain.x\.tsv does not exist\. Name the file"):
        read(tmp_path / "plain" / "x.tsv")
    with pytest.raises(MissingDataError, match=r"^the folder .*nowhere, where .*x\.tsv was expected, does not exist"):
        read(tmp_path / "nowhere" / "deep" / "x.tsv")


@pytest.mark.parametrize("read", [text.read, text.first_line])
def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path, read) -> None:
    """A folder cannot be read; the error says why, and is no missing file."""
    with pytest.raises(DataError, match=r"cannot be read: Is a directory\. Name the file") as caught:
        read(tmp_path)
    assert not isinstance(caught.value, MissingDataError)


def test_json_is_told_by_its_first_character(file: Path) -> None:
    """Objects and lists begin JSON, blank lines before them do not matter; a number or a word is a table's first cell."""
    for content, expected in (("\n {}", True), ("[1]", True), ("1\t2", False), ("word", False)):
        file.write_text(content, encoding="utf-8")
        assert text.is_json(file) is expected


def test_malformed_json_names_line_and_column(file: Path) -> None:
    """A file that broke off is refused with the place where it does."""
    file.write_text('{"a": [\n  1,\n  x]}', encoding="utf-8")
    with pytest.raises(DataError, match=r"data\.tsv, line 3, column 3: malformed JSON.*fetch"):
        text.read_json(file)
    file.write_text('\ufeff{"a": [1]}', encoding="utf-8")
    assert text.read_json(file) == {"a": [1]}
