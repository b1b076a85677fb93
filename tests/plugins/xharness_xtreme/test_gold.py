"""Splits made from gold alone, which scoring somebody's predictions needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from xharness import Answer, DataError, DataRequest
from xharness_xtreme.loading import load
from xharness_xtreme.tasks import TASKS

if TYPE_CHECKING:
    from pathlib import Path

    from xharness import Split

SQUAD = {
    "data": [
        {
            "paragraphs": [
                {
                    "context": "xy",
                    "qas": [
                        {"id": name, "question": "?", "answers": [{"text": "y", "answer_start": 1}]} for name in "ab"
                    ],
                }
            ]
        }
    ]
}


def _gold(folder: Path, task: str, text: str, language: str = "de") -> Split:
    path = folder / task / f"test-{language}.{'json' if text.startswith('{') else 'tsv'}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return load(task, DataRequest(language=language, split="test", labels=folder, gold_only=True))


@pytest.mark.parametrize(
    ("task", "text", "expected"),
    [
        ("xnli", "neutral\nentailment\n", [("0", "0", "neutral"), ("1", "1", "entailment")]),
        ("pawsx", "1\n0", [("0", "0", "1"), ("1", "1", "0")]),
        ("udpos", "DET\nNOUN\n\nX\n\n", [("0", "0", ("DET", "NOUN")), ("1", "1", ("X",))]),
        ("panx", "O\n\nB-PER\nI-PER\n", [("0", "0", ("O",)), ("1", "1", ("B-PER", "I-PER"))]),
        ("xquad", json.dumps(SQUAD), [(name, "a", (Answer(text="y", start=1),)) for name in "ab"]),
        ("mlqa", json.dumps(SQUAD), [(name, "a", (Answer(text="y", start=1),)) for name in "ab"]),
        ("tatoeba", "1\n0\n", [("0", "0", ("1",)), ("1", "1", ("0",))]),
        ("bucc2018", "f1\te1\nf1\te2\nf2\te3\n", [("f1", "f1", ("e1", "e2")), ("f2", "f2", ("e3",))]),
    ],
)
def test_every_task_is_built_from_gold_alone(tmp_path: Path, task: str, text: str, expected: list[object]) -> None:
    """Ids, clusters and gold come from the scorer's file alone; there are no inputs."""
    split = _gold(tmp_path, task, text)
    assert [(example.id, example.cluster, example.gold) for example in split.examples] == expected
    assert {example.inputs for example in split.examples} == {None}
    assert split.has_gold
    assert not split.official


def test_absent_gold_is_an_empty_split_that_says_so(tmp_path: Path) -> None:
    """A cell without a gold file has no examples and no gold, so that it is listed and never scored."""
    split = load("panx", DataRequest(language="th", split="test", labels=tmp_path, gold_only=True))
    assert not split.has_gold
    assert split.notes == ("There is no gold: panx/test-th.tsv does not exist.",)


def test_gold_without_a_label_folder_is_refused() -> None:
    """Scoring needs to be told where the gold is."""
    with pytest.raises(DataError, match=r"xnli/de: no gold was named.*--labels"):
        load("xnli", DataRequest(language="de", split="test", gold_only=True))


def test_malformed_gold_is_refused(tmp_path: Path) -> None:
    """A label outside the set is refused with its line also when only gold is read."""
    with pytest.raises(DataError, match=r"pawsx/de: .*test-de\.tsv, line 2: the label '2' is not one of 0, 1"):
        _gold(tmp_path, "pawsx", "1\n2\n")


@pytest.mark.shared
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_the_made_up_labels_of_all_cells_are_read(shared: Path, task: object) -> None:
    """All 162 made-up label files of the golden suite are read, and none of them passes for the benchmark's."""
    labels = shared / "golden" / "full-suite" / "labels"
    known = next(one for one in TASKS if one is task)
    for language in known.languages:
        split = known.load(DataRequest(language=language, split="test", labels=labels, gold_only=True))
        assert split.has_gold
        assert not split.official
