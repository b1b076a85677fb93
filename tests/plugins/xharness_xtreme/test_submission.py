"""Reading and writing a submission folder: what comes back, and what the official scorer's edge cases give."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xharness import Answer, Example, Predictions, Split, Words
from xharness_xtreme.inventory import LABELS
from xharness_xtreme.submission import XTREME_FORMAT, read, write
from xharness_xtreme.tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness.records import Gold

untimed = settings(deadline=None, max_examples=40)  # each example syncs a file
TASK = {task.name: task for task in TASKS}


def split_of(task: str, gold: Sequence[Gold | None], ids: Sequence[str] | None = None) -> Split:
    """A test split in Swahili with this gold."""
    names = ids if ids is not None else [str(i) for i in range(len(gold))]
    examples = [Example(id=id_, cluster=id_, inputs=None, gold=value) for id_, value in zip(names, gold, strict=True)]
    return Split(task=task, language="sw", name="test", version="1", examples=examples, source="made up")


def read_text(folder: Path, split: Split, text: str) -> Predictions:
    """What is read from a file with this text."""
    suffix = "json" if split.task in {"xquad", "mlqa", "tydiqa"} else "tsv"
    path = folder / split.task / f"test-sw.{suffix}"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode("utf-8"))
    found = read(folder, split, TASK[split.task])
    assert found is not None
    return found


def test_an_absent_file_is_no_prediction(tmp_path: Path) -> None:
    """A file, or a whole folder, that is not there reads as None, so that it can be listed as missing."""
    assert read(tmp_path / "nothing", split_of("xnli", ["neutral"]), TASK["xnli"]) is None


def test_labels_are_stripped_lines(tmp_path: Path) -> None:
    """CRLF line ends and blanks around a label do not count, and the last line needs no line end."""
    found = read_text(tmp_path, split_of("xnli", ["neutral"] * 2, ["a", "b"]), " neutral\r\nentailment")
    assert found.ids == ["a", "b"]
    assert found.values == ["neutral", "entailment"]
    assert found.record == {"file": "xnli/test-sw.tsv"}


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_tags_may_end_with_one_empty_line(tmp_path: Path, end: str) -> None:
    """The last sentence may end with no line end, with one, or with one empty line (spec/xtreme.md §8)."""
    found = read_text(tmp_path, split_of("udpos", [("X", "X"), ("NOUN",)]), "X\nVERB\n\nNOUN" + end)
    assert found.values == [("X", "VERB"), ("NOUN",)]


def test_repeated_empty_lines_between_sentences_are_dropped_if_only_then_it_fits(tmp_path: Path) -> None:
    """Raw PAN-X files repeat empty lines: their empty sentences stay where the gold has them, else they go with a note."""
    text = "O\n\n\nB-PER\n"
    with_empty = read_text(tmp_path, split_of("panx", [("O",), (), ("O",)]), text)
    assert with_empty.values == [("O",), (), ("B-PER",)]
    without = read_text(tmp_path, split_of("panx", [("O",), ("O",)]), text)
    assert without.values == [("O",), ("B-PER",)]
    assert without.record["empty_sentences_dropped"] == 1


def test_tags_are_aligned_with_the_words_where_gold_is_absent(tmp_path: Path) -> None:
    """Predictions of a split without gold are checked against its words."""
    split = split_of("udpos", [None])
    words = [replace(split.examples[0], inputs=Words(words=("Habari", "yako")))]
    assert read_text(tmp_path, replace(split, examples=words), "NOUN\nPRON\n").values == [("NOUN", "PRON")]


def test_official_extra_tags_are_counted(tmp_path: Path) -> None:
    """The official UDPOS tagger has a class O: it is read, scored as no chunk, and noted; so is a tag that gold has."""
    found = read_text(tmp_path, split_of("udpos", [("X", "_", "X")]), "O\n_\nO\n")
    assert found.values == [("O", "_", "O")]
    assert found.record["tags_outside_set"] == {"O": 2, "_": 1}


def test_documents_found_stay_as_they_are(tmp_path: Path) -> None:
    """Tatoeba lines are taken as they stand; those that are no line number, hence wrong, are noted by line."""
    found = read_text(tmp_path, split_of("tatoeba", [("1",)] * 5), "12\n[12]\n012\n\n0\n")
    assert found.values == ["12", "[12]", "012", "", "0"]
    assert found.record["not_line_numbers"] == {"n": 3, "first": ["2", "3", "4"]}


def test_pairs_are_gathered_by_foreign_sentence(tmp_path: Path) -> None:
    """A duplicate line counts once, a blank line is one pair that is never right (spec/xtreme.md §8)."""
    found = read_text(tmp_path, split_of("bucc2018", [("e1",)], ["f1"]), "f1\te1\n\nf2\te9\nf1\te2\nf1\te1\n\n")
    assert dict(zip(found.ids, found.values, strict=True)) == {"f1": ("e1", "e2"), "": ("",), "f2": ("e9",)}
    assert found.record == {"file": "bucc2018/test-sw.tsv", "blank_lines": 2, "repeated_lines": 2}


def test_an_empty_pairs_file_holds_no_pairs(tmp_path: Path) -> None:
    """A system that extracted nothing is scored, with 0 (spec/xtreme.md §8)."""
    assert read_text(tmp_path, split_of("bucc2018", [("e1",)]), "").ids == []


def test_answers_are_matched_by_id(tmp_path: Path) -> None:
    """Missing questions become None, unknown ones are left out; both, and repeated ids, are counted by name."""
    gold = [(Answer(text="a"),)] * 3
    text = '{"q2": "zwei", "x": null, "q1": "", "q2": "deux"}'
    found = read_text(tmp_path, split_of("tydiqa", gold, ["q1", "q2", "q3"]), text)
    assert found.values == ["", "deux", None]
    assert found.record == {
        "file": "tydiqa/test-sw.json",
        "missing_ids": {"n": 1, "first": ["q3"]},
        "unknown_ids": {"n": 1, "first": ["x"]},
        "repeated_ids": {"n": 1, "first": ["q2"]},
    }


def test_no_answers_at_all_are_missing_answers(tmp_path: Path) -> None:
    """An empty object is a system that answered nothing, which scores 0 officially too."""
    found = read_text(tmp_path, split_of("xquad", [(Answer(text="a"),)], ["q1"]), "{}")
    assert found.values == [None]
    assert found.record["missing_ids"] == {"n": 1, "first": ["q1"]}


# ---- what is written comes back ----------------------------------------------------------------------------------

LINES = (
    st.text(max_size=6).map(str.strip).filter(lambda text: not set(text) & {"\t", "\n", "\r"} and text[:1] != "\ufeff")
)
SENTENCES = {
    name: st.lists(st.sampled_from(LABELS[name]), max_size=4).map(tuple) for name in ("udpos", "panx")
}  # fmt: skip
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "xnli": st.sampled_from(LABELS["xnli"]),
    "pawsx": st.sampled_from(LABELS["pawsx"]),
    "udpos": SENTENCES["udpos"],
    "panx": SENTENCES["panx"],
    "xquad": st.none() | st.text(),
    "mlqa": st.none() | st.text(),
    "tydiqa": st.none() | st.text(),
    "tatoeba": st.integers(0, 99).map(str) | LINES,
    "bucc2018": st.lists(LINES.filter(bool), max_size=3, unique=True).map(tuple),
}
GOLD: dict[str, Any] = {"xquad": (Answer(text="a"),), "mlqa": (Answer(text="a"),), "tydiqa": (Answer(text="a"),)}


@pytest.mark.parametrize("name", VALUES)
@untimed
@given(data=st.data())
def test_what_is_written_comes_back(name: str, data: st.DataObject) -> None:
    """Writing predictions of any task and reading them returns the same ids and values."""
    written = data.draw(st.dictionaries(LINES.filter(bool), VALUES[name], min_size=1, max_size=5))
    ids, values = list(written), list(written.values())
    gold = values if name in SENTENCES else [GOLD.get(name, ("x",))] * len(ids)
    split = split_of(name, gold, ids)
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), TASK[name], "sw", "test", ids, values)
        found = read(Path(folder), split, TASK[name])
        files = [path.name for path in Path(folder, name).iterdir()]
    assert found is not None
    assert files == ["test-sw.json" if name in GOLD else "test-sw.tsv"]
    if name == "bucc2018":
        written = {id_: english for id_, english in written.items() if english}
    assert dict(zip(found.ids, found.values, strict=True)) == written


def test_files_have_the_bytes_that_the_scorer_reads(tmp_path: Path) -> None:
    """Tags have an empty line between sentences, none at the end; answers are one object in UTF-8; pairs are two columns."""
    write(tmp_path, TASK["panx"], "sw", "dev", ["0", "1"], [("B-PER", "O"), ("O",)])
    write(tmp_path, TASK["xquad"], "zh", "test", ["q1", "q2"], ["上海", None])
    write(tmp_path, TASK["bucc2018"], "de", "test", ["f1", "f2", "f3"], [("e2", "e1"), (), ("e3",)])
    assert (tmp_path / "panx" / "dev-sw.tsv").read_bytes() == b"B-PER\nO\n\nO\n"
    assert (tmp_path / "xquad" / "test-zh.json").read_text(encoding="utf-8") == '{"q1": "上海"}\n'
    assert (tmp_path / "bucc2018" / "test-de.tsv").read_bytes() == b"f1\te2\nf1\te1\nf3\te3\n"


def test_a_blank_pair_survives_an_export(tmp_path: Path) -> None:
    """The blank line of a scored submission is a blank line again, so that an export scores the same."""
    write(tmp_path, TASK["bucc2018"], "sw", "test", ["f1", ""], [("e1",), ("",)])
    assert (tmp_path / "bucc2018" / "test-sw.tsv").read_bytes() == b"f1\te1\n\n"


def test_an_older_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    """Writing again leaves the new file alone in its folder."""
    for label in ("neutral", "entailment"):
        write(tmp_path, TASK["xnli"], "sw", "test", ["0"], [label])
    assert {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "xnli").iterdir()} == {
        "test-sw.tsv": "entailment\n"
    }


def test_the_full_suite_survives_reading_and_writing(golden: Path, tmp_path: Path) -> None:
    """Reading every golden prediction file of the question tasks and writing it again gives the same answers."""
    for path in sorted((golden / "full-suite" / "predictions").glob("*qa*/*.json")):
        answers = json.loads(path.read_text(encoding="utf-8"))
        task, language = path.parent.name, path.stem.removeprefix("test-")
        XTREME_FORMAT.write(tmp_path, TASK[task], language, "test", list(answers), list(answers.values()))
        again = json.loads((tmp_path / task / path.name).read_text(encoding="utf-8"))
        assert again == answers
