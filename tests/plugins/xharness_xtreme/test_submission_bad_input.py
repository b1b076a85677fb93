"""Bad prediction files: each error names the cell, the file and the place, and says what to do."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from xharness import Answer, DataError, Example, PredictionError, RunError, Split, UsageError
from xharness_xtreme.submission import read, write
from xharness_xtreme.tasks import TASKS

if TYPE_CHECKING:
    from pathlib import Path

    from xharness.records import Gold, Prediction

TASK = {task.name: task for task in TASKS}
GOLD: dict[str, list[Gold]] = {
    "xnli": ["neutral", "entailment"],
    "udpos": [("NOUN", "VERB"), ("X",)],
    "panx": [("O", "B-PER"), ("O",)],
    "tatoeba": [("1",), ("0",)],
    "bucc2018": [("e1",), ("e2",)],
    "tydiqa": [(Answer(text="a"),), (Answer(text="b"),)],
}


def split_of(task: str) -> Split:
    """A test split in Swahili with two examples."""
    examples = [Example(id=f"id-{i}", cluster="0", inputs=None, gold=gold) for i, gold in enumerate(GOLD[task])]
    return Split(task=task, language="sw", name="test", version="1", examples=examples, source="made up")


def refused(folder: Path, task: str, content: bytes) -> str:
    """The message with which a file of this content is refused, after the cell and the file's path."""
    path = folder / task / ("test-sw.json" if task == "tydiqa" else "test-sw.tsv")
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(PredictionError, match=re.escape(f"{task}/sw: {path}")) as caught:
        read(folder, split_of(task), TASK[task])
    return str(caught.value).removeprefix(f"{task}/sw: {path}")


@pytest.mark.parametrize(
    ("task", "content", "expected"),
    [
        ("xnli", b"neutral\n", r"^: 1 lines, but the test split has 2 examples.* one label per line.*without a header"),
        ("xnli", b"neutral\nneutral\n\n", r"^: 3 lines, .* 2 examples.*ends with an empty line: remove it"),
        ("xnli", b"label\nneutral\nneutral\n", r"^: 3 lines, but the test split has 2 examples.*without a header\.$"),
        ("xnli", b"neutral\nNeutral\n", r"^ line 2: 'Neutral' is not a label of xnli; expected .*contradiction, ent"),
        ("xnli", b"\xef\xbb\xbfneutral\nneutral\n", r"^ starts with a byte-order mark.*Save the file as UTF-8 without"),
        ("xnli", b"neutral\nn\xfctral\n", r"^ line 2: byte 9 of the file is not valid UTF-8\. Save the file as UTF-8"),
        ("xnli", "neutral\n".encode("utf-16"), r"^ line 1: byte 0 of the file is not valid UTF-8"),
        (
            "tatoeba",
            b"1\n",
            r"^: 1 lines, but the test split has 2 examples\. Expected is the line number of the docum",
        ),
        ("udpos", b"NOUN\nVERB\n", r"^: 1 sentences, but the test split has 2\..*one empty line between sentences"),
        ("udpos", b"NOUN\nVERB\n\nX\n\n\n", r"^: 3 sentences, .* has 2.*ends with more than one empty line: remove"),
        (
            "udpos",
            b"NOUN\nVERB\n\nX\nX\n",
            r"^ line 4: the sentence .*\(id-1\) has 2 predicted tags, but 1 tokens; expec",
        ),
        (
            "udpos",
            b"NOUN\n\nX\nX\n",
            r"^ line 1: the sentence that starts here \(id-0\) has 1 predicted tags, but 2 tok",
        ),
        ("udpos", b"Kuku\tNOUN\nanakimbia\tVERB\n\n!\tX\n", r"^ line 1: 'Kuku\\tNOUN' has a tab: .* tags only.*Remove"),
        ("udpos", b"NOUN\nVB\n\nX\n", r"^ line 2: 'VB' is not a tag of udpos; expected is one of ADJ"),
        ("panx", b"O\n_\n\nO\n", r"^ line 2: '_' is not a tag of panx; expected is one of "),
        ("bucc2018", b"f1\te1\nf2 e2\n", r"^ line 2: 1 columns; expected are two: foreign id, tab, English id"),
        ("bucc2018", b"1.07\tf1\te1\n", r"^ line 1: 3 columns; expected are two: .* and no score"),
        ("tydiqa", b'{"id-0": "a",\n "id-1" "b"}', r"^ line 2: malformed JSON at column 9: .*question id"),
        ("tydiqa", b"", r"^ line 1: malformed JSON at column 1: Expecting value"),
        ("tydiqa", b'["a", "b"]', r"^: holds a JSON list; expected is one object, question id"),
        ("tydiqa", b'{"id-0": "a", "id-1": null}', r"^: the answer to question 'id-1' is null; a string is expected"),
        ("tydiqa", b'{"id-0": 7, "id-1": "b"}', r"^: the answer to question 'id-0' is int; a string is expected"),
        ("tydiqa", b'{"data": [], "version": "1"}', r"^: none of its 2 ids \(such as 'data'\) is a question of the te"),
    ],
)
def test_a_bad_file_is_refused_by_place(tmp_path: Path, task: str, content: bytes, expected: str) -> None:
    """A malformed or misaligned prediction file is an error that names cell, file and line, and the way out."""
    assert re.search(expected, refused(tmp_path, task, content))


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    """Something at the file's place that is no file is an error, not a missing prediction."""
    (tmp_path / "xnli" / "test-sw.tsv").mkdir(parents=True)
    with pytest.raises(PredictionError, match=r"xnli/sw: .*test-sw\.tsv cannot be read .* a plain file is expected"):
        read(tmp_path, split_of("xnli"), TASK["xnli"])


def test_tags_without_words_or_gold_cannot_be_aligned(tmp_path: Path) -> None:
    """Tags of a split that has neither words nor gold are refused with the flags that give them."""
    split = split_of("udpos")
    bare = replace(split, examples=[replace(example, gold=None) for example in split.examples])
    write(tmp_path, TASK["udpos"], "sw", "test", ["0", "1"], [("X",), ("X",)])
    with pytest.raises(DataError, match=r"udpos/sw: sentence id-0 has neither gold tags nor words.*--data, --labels"):
        read(tmp_path, bare, TASK["udpos"])


def test_a_task_of_an_unknown_kind_has_no_form(tmp_path: Path) -> None:
    """A plugin's own kind of task is refused, naming the kinds that the layout knows."""
    task = replace(TASK["xnli"], kind="summary")
    with pytest.raises(
        UsageError, match=r"xnli: .* no form for tasks of the kind 'summary'; it knows classification, "
    ):
        read(tmp_path, split_of("xnli"), task)


@pytest.mark.parametrize(
    ("task", "value", "expected"),
    [
        ("xnli", None, r"xnli/sw: example id-0 has no prediction; only question tasks may leave examples out"),
        ("xnli", "a\nb", r"xnli/sw: the prediction 'a\\nb' of example id-0 cannot be written as a line"),
        ("tatoeba", " 1", r"tatoeba/sw: the prediction ' 1' of example id-0 cannot be written .* no whitespace at its"),
        ("udpos", None, r"udpos/sw: example id-0 has no prediction; a tuple of strings is expected"),
        ("udpos", "NOUN", r"udpos/sw: example id-0 has the prediction 'NOUN'; a tuple of strings is expected"),
        ("udpos", ("",), r"udpos/sw: the prediction '' of example id-0 cannot be written as a line"),
        ("bucc2018", ("e\t1",), r"bucc2018/sw: the prediction 'e\\t1' of example id-0 cannot be written"),
        ("tydiqa", ("a",), r"tydiqa/sw: question id-0 has a prediction that is no string"),
        ("tydiqa", "\ud800", r"tydiqa/sw: '\\ud800' in the predictions is half of a surrogate pair"),
    ],
)
def test_what_would_not_come_back_is_not_written(
    tmp_path: Path, task: str, value: Prediction | None, expected: str
) -> None:
    """A prediction that a file could not give back is an error that names its example, and no file is left."""
    with pytest.raises(PredictionError, match=expected):
        write(tmp_path, TASK[task], "sw", "test", ["id-0"], [value])
    assert list(tmp_path.rglob("*.*")) == []


def test_ids_and_values_of_unequal_number_are_not_written(tmp_path: Path) -> None:
    """One prediction for two ids is an error that gives both numbers."""
    with pytest.raises(PredictionError, match=r"xnli/sw: 1 predictions for 2 ids; one for each id is expected"):
        write(tmp_path, TASK["xnli"], "sw", "test", ["0", "1"], ["neutral"])


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A folder that cannot be made is an error that names the file and the way out."""
    (tmp_path / "xnli").write_text("in the way", encoding="utf-8")
    with pytest.raises(RunError, match=r"xnli/sw: .*test-sw\.tsv cannot be written .*choose another folder"):
        write(tmp_path, TASK["xnli"], "sw", "test", ["0"], ["neutral"])


def test_no_space_left_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full in the middle of writing, the older file stays and no half file is left beside it."""
    write(tmp_path, TASK["xnli"], "sw", "test", ["0"], ["neutral"])

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RunError, match=r"xnli/sw: .* cannot be written \(No space left on device\); free space or"):
        write(tmp_path, TASK["xnli"], "sw", "test", ["0"], ["entailment"])
    assert [path.read_text(encoding="utf-8") for path in (tmp_path / "xnli").iterdir()] == ["neutral\n"]
