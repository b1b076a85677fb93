"""Rows of every form, and errors that name file, line and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from xharness import DataError, MissingDataError, PluginError, Text, Words, data

from .made_up import load, task_of, write

if TYPE_CHECKING:
    from pathlib import Path

CONLLU = """# sent_id = s-1
# text = zum Haus
1-2	zum	_	_	_	_	_	_	_	_
1	zu	zu	N	_	_	2	case	_	_
2	dem	der	V	_	_	0	root	_	_

# sent_id = s-2
1	#	#	N	_	_	0	root	_	_
1.1	x	x	V	_	_	_	_	_	_
"""


def test_conllu_sentences_have_ids_and_no_ranges(tmp_path: Path) -> None:
    """Comments give ids, ranges and empty nodes are passed over, and `#` as a token is a token."""
    (tmp_path / "a.conllu").write_text(CONLLU, encoding="utf-8")
    fields = {"id": "sent_id", "words": 1, "gold": 3}
    split = load(task_of("tagging", data.conll(tmp_path / "a.conllu"), fields=fields))
    assert [(one.id, one.inputs, one.gold) for one in split.examples] == [
        ("s-1", Words(words=("zu", "dem")), ("N", "V")),
        ("s-2", Words(words=("#",)), ("N",)),
    ]


def test_conll_columns_by_name_and_by_white_space(tmp_path: Path) -> None:
    """Columns can be named, and be separated by any white space; `#` with a tag is a token."""
    file = write(tmp_path / "a.conll", "# \t N", "b  V", "", "", "c V")
    source = data.conll(file, columns=("form", "tag"), separator=None)
    split = load(task_of("tagging", source, fields={"words": "form", "gold": "tag"}))
    assert [one.gold for one in split.examples] == [("N", "V"), ("V",)]


def test_tables_without_a_header(tmp_path: Path) -> None:
    """Named columns make the first row an example; what stands after them gets no name."""
    file = write(tmp_path / "a.tsv", '"a\tx\tmore', "b\ty")
    split = load(task_of("classification", data.tsv(file, columns=("text", "label"))))
    assert [one.inputs for one in split.examples] == [Text(text='"a'), Text(text="b")]


def test_parquet(tmp_path: Path) -> None:
    """Rows of a parquet file are read with lists and numbers; a file of another form is refused by name."""
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.table({"words": [["a", "b"], ["c"]], "tags": [["N", "V"], ["N"]], "id": [5, 6]})
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    split = load(task_of("tagging", data.parquet(tmp_path / "a.parquet")))
    assert [(one.id, one.gold) for one in split.examples] == [("5", ("N", "V")), ("6", ("N",))]
    broken = write(tmp_path / "b.parquet", "no parquet")
    with pytest.raises(DataError, match=r"b\.parquet is no whole parquet file"):
        load(task_of("tagging", data.parquet(broken)))
    with pytest.raises(DataError, match=r"a\.parquet, row 0: the label 'V' is none of N"):
        load(task_of("tagging", data.parquet(tmp_path / "a.parquet"), labels=("N",)))


GOOD = {"id": 1, "text": "a", "label": "x"}
NEXT = {**GOOD, "id": 2}


@pytest.mark.parametrize(
    ("fields", "line", "message"),
    [
        ({}, {**GOOD, "id": 1}, r"line 2: the id '1' stands twice, first in .*a\.jsonl, line 1\. Answers are matched by id"),
        ({}, {**GOOD, "id": " "}, "line 2: field 'id' .*expected an id"),
        ({}, {**GOOD, "id": True}, "line 2: field 'id' .*is true; expected an id"),
        ({}, {**NEXT, "label": "z"}, r"line 2: the label 'z' is none of x, y\."),
        ({}, {**NEXT, "label": ""}, 'line 2: field \'label\' .*has ""; expected a label'),
        ({}, {**NEXT, "text": 5}, r"line 2: field 'text' \(text\) is 5; expected a text"),
        ({"text": "txet"}, NEXT, r"line 1: there is no field 'txet'.*did you mean text\?.*fields=\{'text': …\}"),
        ({"text": 9}, NEXT, "line 1: there is no column 9, expected to hold the text"),
        ({"gold": ["label", "text"]}, NEXT, "line 1: the gold cannot stand in several columns"),
        ({"text": lambda row: row["no"]}, NEXT, "line 1: the function for the text failed with KeyError: 'no'"),
        ({"text": lambda row: None}, NEXT, "line 1: what the function for the text gave is null; expected a text"),
    ],
)  # fmt: skip
def test_errors_name_file_line_and_field(fields: dict[str, Any], line: object, message: str, tmp_path: Path) -> None:
    """What is wrong in a row is refused with the task, the file, the line, the field, and what was expected."""
    source = data.jsonl(write(tmp_path / "a.jsonl", GOOD, line))
    with pytest.raises(DataError, match=rf"mine/en: .*a\.jsonl, {message}"):
        load(task_of("classification", source, fields=fields))


@pytest.mark.parametrize(
    ("form", "lines", "message"),
    [
        ("tsv", ["text\tlabel", "a"], r"line 2: 1 columns where 2 were expected \(text, label\)"),
        ("tsv", ["text\ttext", "a\tb"], r"line 1: two columns have the same name"),
        ("tsv", ["text\tlabel"], r"there are no examples in a\.tsv, tsv"),
        ("csv", ["text,label", '"a,x'], r"line 2: the quoting is broken"),
        ("jsonl", ["[1]"], r"line 1: list where an object in braces was expected"),
        ("conll", ["a\tN", "b"], r"line 2: 1 columns where 2 were expected"),
        ("conll", ["a\tN", "\tN"], r"line 2: the token is empty"),
    ],
)
def test_malformed_files_are_refused_with_the_line(
    form: str, lines: list[object], message: str, tmp_path: Path
) -> None:
    """A file that is not of its form is refused with its line, one without rows by name."""
    source = getattr(data, form)(write(tmp_path / f"a.{form}", *lines))
    kind, fields = ("tagging", {"words": 0, "gold": 1}) if form == "conll" else ("classification", {})
    with pytest.raises(DataError, match=message):
        load(task_of(kind, source, fields=fields))


def test_absent_and_empty_files(tmp_path: Path) -> None:
    """A file of the plugin that is absent tells to install it again; an empty one is refused."""
    with pytest.raises(MissingDataError, match=r"a\.tsv does not exist\. The file comes with the task's plugin"):
        load(task_of("classification", data.tsv(tmp_path / "a.tsv")))
    (tmp_path / "a.tsv").touch()
    with pytest.raises(DataError, match=r"a\.tsv is empty"):
        load(task_of("classification", data.tsv(tmp_path / "a.tsv")))


def test_paths_that_depend_on_the_working_directory(tmp_path: Path) -> None:
    """A relative path and a mark that means nothing are refused when the source is made; other braces are not marks."""
    with pytest.raises(
        PluginError, match=r"tsv\('a\.tsv'\): the path depends on the folder .*Path\(__file__\).*\{data\}/"
    ):
        data.tsv("a.tsv")
    with pytest.raises(PluginError, match=r"the mark \{lang\} means nothing here\. Known: \{language\}, \{split\}"):
        data.jsonl(tmp_path / "{lang}.jsonl")
    write(tmp_path / "{a-b}" / "a.tsv", "text\tlabel", "a\tx")
    assert load(task_of("classification", data.tsv(tmp_path / "{a-b}" / "a.tsv"))).has_gold
