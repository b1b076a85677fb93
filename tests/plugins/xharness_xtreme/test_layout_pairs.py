"""XNLI and PAWS-X from the official layout."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from xharness import DataError, DataRequest, Split, TextPair, Variant
from xharness_xtreme.loading import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

QUOTED = '"Er sagte ""nein""."\tSie sagte ja.\r\nZwei.\tDrei.\r\n'


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def _request(folder: Path, language: str = "de", split: str = "test", **more: object) -> DataRequest:
    return DataRequest(language=language, split=split, data=folder, labels=folder / "labels", **more)  # type: ignore[arg-type]


def _first_pair(split: Split) -> TextPair:
    inputs = split.examples[0].inputs
    assert isinstance(inputs, TextPair)
    return inputs


def test_quoting_is_undone_by_default(tmp_path: Path) -> None:
    """The fixed variant gives the model the sentence that the data set's authors wrote."""
    _written(tmp_path / "xnli/test-de.tsv", QUOTED)
    pair = _first_pair(load("xnli", _request(tmp_path)))
    assert pair == TextPair(first='Er sagte "nein".', second="Sie sagte ja.")


def test_the_paper_variant_keeps_the_quoting_artefact(tmp_path: Path) -> None:
    """The paper variant gives the model what the official reader gave it: enclosing and doubled quotation marks."""
    _written(tmp_path / "xnli/test-de.tsv", QUOTED)
    pair = _first_pair(load("xnli", _request(tmp_path, variant=Variant.PAPER)))
    assert pair.first == '"Er sagte ""nein""."'


def test_reading_equals_the_csv_module_on_what_it_writes(tmp_path: Path) -> None:
    """Whatever fields Python's csv writer wrote come back, tabs and quotation marks included, with LF as with CRLF."""
    fields: Sequence[Sequence[str]] = [("a", "b"), ('"', '""x'), ("t\tt", 'y"\t"z'), ("", " "), ("\u2028 ä", "'")]
    for end in ("\r\n", "\n"):
        with (tmp_path / "pairs.tsv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter="\t", lineterminator=end).writerows(fields)
        _written(tmp_path / "xnli/test-de.tsv", (tmp_path / "pairs.tsv").read_bytes().decode("utf-8"))
        split = load("xnli", _request(tmp_path))
        assert [example.inputs.parts() for example in split.examples if example.inputs] == [
            tuple(row) for row in fields
        ]


@pytest.mark.parametrize("line", ['Er sagte "nein".\tb', '"offen\tb', '"zu" und mehr\tb'])
def test_broken_quoting_names_file_line_and_remedy(tmp_path: Path, line: str) -> None:
    """A file that was not written with CSV quoting is refused with its line, never read wrongly."""
    _written(tmp_path / "xnli/test-de.tsv", f"gut\tgut\n{line}\nx\ty\n")
    with pytest.raises(DataError, match=r"xnli/de: .*test-de.tsv, line 2: the quoting is broken.*csv\.writer"):
        load("xnli", _request(tmp_path))


def test_dev_rows_carry_their_own_labels(tmp_path: Path) -> None:
    """A dev file has gold in its third column; the label folder is not needed."""
    _written(tmp_path / "pawsx/dev-ko.tsv", "a\tb\t1\nc\td\t0\n")
    split = load("pawsx", _request(tmp_path, language="ko", split="dev"))
    assert [(example.id, example.cluster, example.gold) for example in split.examples] == [
        ("0", "0", "1"),
        ("1", "1", "0"),
    ]


def test_test_rows_without_a_gold_file_have_no_gold(tmp_path: Path) -> None:
    """Without gold every example lacks it, so that the cell is predicted and reported as such."""
    _written(tmp_path / "xnli/test-de.tsv", "a\tb\nc\td\n")
    split = load("xnli", _request(tmp_path))
    assert not split.has_gold
    assert {example.gold for example in split.examples} == {None}


def test_gold_comes_from_the_label_folder(tmp_path: Path) -> None:
    """Gold lines are stripped and paired with rows by position; the source names both files without local paths."""
    _written(tmp_path / "xnli/test-de.tsv", "a\tb\nc\td\n")
    _written(tmp_path / "labels/xnli/test-de.tsv", "neutral \r\nentailment\n")
    split = load("xnli", _request(tmp_path))
    assert [example.gold for example in split.examples] == ["neutral", "entailment"]
    assert split.source == "official layout, xnli/test-de.tsv; gold xnli/test-de.tsv"


def test_unequal_row_counts_name_both(tmp_path: Path) -> None:
    """Rows and gold of unequal number are refused with both files, both numbers and the first row concerned."""
    _written(tmp_path / "xnli/test-de.tsv", "a\tb\nc\td\n")
    _written(tmp_path / "labels/xnli/test-de.tsv", "neutral\n")
    with pytest.raises(
        DataError, match=r"xnli/de: .*2 rows but 1 lines of gold.*row 1 \(0-based\).*one gold line per row"
    ):
        load("xnli", _request(tmp_path))


def test_a_label_outside_the_set_names_line_and_set(tmp_path: Path) -> None:
    """A label that the task does not have is refused with file, line, label and the set."""
    _written(tmp_path / "xnli/dev-de.tsv", "a\tb\tneutral\nc\td\tcontradictory\n")
    with pytest.raises(
        DataError, match=r"dev-de.tsv, line 2: the label 'contradictory' is not one of contradiction, ent"
    ):
        load("xnli", _request(tmp_path, split="dev"))


def test_an_empty_line_at_the_end_of_gold_is_refused(tmp_path: Path) -> None:
    """The official scorer counts an extra empty line; here it is an error that says so."""
    _written(tmp_path / "xnli/test-de.tsv", "a\tb\n")
    _written(tmp_path / "labels/xnli/test-de.tsv", "neutral\n\n")
    with pytest.raises(
        DataError, match=r"line 2: an empty line is not one of .*without a header, a second column or an empty"
    ):
        load("xnli", _request(tmp_path))


@pytest.mark.parametrize(
    ("split", "text", "problem"),
    [
        ("test", "a\tb\nc\n", r"line 2: 1 column where 2 "),
        ("test", "a\tb\nc\td\tneutral\n", r"line 2: 3 columns where 2 .*dummies: put gold into the label folder"),
        ("dev", "a\tb\tneutral\nc\td\n", r"line 2: 2 columns where 3 \(sentence 1, sentence 2, label\)"),
        ("test", "a\tb\n\nc\td\n", r"line 2: 1 column where 2 "),
    ],
)
def test_another_number_of_columns_is_refused(tmp_path: Path, split: str, text: str, problem: str) -> None:
    """A row with a column missing or too many is refused with its line and what was expected."""
    _written(tmp_path / f"xnli/{split}-de.tsv", text)
    with pytest.raises(DataError, match=problem):
        load("xnli", _request(tmp_path, split=split))


def test_an_empty_side_is_kept_with_a_note(tmp_path: Path) -> None:
    """The real data have empty sentences: they are kept, counted, and pointed out."""
    _written(tmp_path / "xnli/test-de.tsv", "a\tb\n\td\n")
    split = load("xnli", _request(tmp_path))
    assert len(split.examples) == 2
    assert "Pairs with an empty side, kept: 1 (rows 1)." in split.notes


def test_other_counts_make_the_split_unofficial(tmp_path: Path) -> None:
    """A subset can be scored, but says that it is not the benchmark's."""
    _written(tmp_path / "xnli/test-de.tsv", "a\tb\n" * 4999)
    split = load("xnli", _request(tmp_path))
    assert not split.official
    assert split.notes[0] == "4,999 rows where the benchmark has 5,010."


@pytest.mark.parametrize(("split", "rows", "columns"), [("test", 5010, "a\tb"), ("dev", 2490, "a\tb\tneutral")])
def test_official_sizes_cluster_by_premise(tmp_path: Path, split: str, rows: int, columns: str) -> None:
    """In XNLI's official sizes three rows share a premise, and a cluster; in other sizes a row stands alone."""
    path = _written(tmp_path / f"xnli/{split}-de.tsv", f"{columns}\n" * rows)
    whole = load("xnli", _request(tmp_path, split=split))
    assert whole.official
    assert [example.cluster for example in whole.examples[:7]] == ["0", "0", "0", "1", "1", "1", "2"]
    path.write_text(f"{columns}\n" * 6, encoding="utf-8")
    assert [example.cluster for example in load("xnli", _request(tmp_path, split=split)).examples] == list("012345")


def test_guessed_gold_is_pointed_out(tmp_path: Path) -> None:
    """Where the copy of PAWS-X's gold lists labels that are guesses, the split says how many and which."""
    _written(tmp_path / "pawsx/test-en.tsv", "a\tb\n" * 3)
    _written(tmp_path / "labels/pawsx/test-en.tsv", "0\n1\n1\n")
    _written(tmp_path / "labels/pawsx/UNRESOLVED_ROWS.json", '{"rows": {"en": [1, 2], "de": []}}')
    assert "Gold labels that are guesses: 2 (rows 1, 2)." in load("pawsx", _request(tmp_path, language="en")).notes


def test_a_training_file_may_stand_in(tmp_path: Path) -> None:
    """`file` is read instead of the layout's training file, in the same form, and the split says so."""
    file = _written(tmp_path / "elsewhere.tsv", 'a\t"b ""c"""\tneutral\n')
    split = load("xnli", _request(tmp_path, language="en", split="train", file=file))
    assert split.examples[0].inputs == TextPair(first="a", second='b "c"')
    assert split.examples[0].gold == "neutral"
    assert (split.official, split.source) == (False, "file elsewhere.tsv")


def test_a_missing_file_names_what_was_expected(tmp_path: Path) -> None:
    """A file that is not there is named with the remedy."""
    _written(tmp_path / "xnli/test-en.tsv", "a\tb\n")
    with pytest.raises(DataError, match=r"xnli/de: the file .*test-de\.tsv does not exist.*--data"):
        load("xnli", _request(tmp_path))


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    """A file without any row is an error, not an empty cell."""
    _written(tmp_path / "xnli/test-de.tsv", "\n")
    with pytest.raises(DataError, match=r"xnli/de: .*test-de\.tsv has blank lines only"):
        load("xnli", _request(tmp_path))


def test_a_byte_order_mark_is_left_out_and_noted(tmp_path: Path) -> None:
    """A byte-order mark is not part of the first sentence."""
    _written(tmp_path / "xnli/test-de.tsv", "\ufeffa\tb\n")
    split = load("xnli", _request(tmp_path))
    assert _first_pair(split).first == "a"
    assert any("byte-order mark" in note for note in split.notes)
