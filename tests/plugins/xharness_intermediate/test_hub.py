"""The hub's copies, read through the real `datasets` from small local ones in the hub's own form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import datasets  # noqa: TID253 (these tests are about it)
import pytest
from datasets import ClassLabel, Dataset, Features, Sequence, Value  # noqa: TID253
from tiny_hub import write_repository
from xharness import Answer, Choices, DataError, DataRequest, MissingDataError, Question, Split, TextPair
from xharness_intermediate import hub_tables
from xharness_intermediate.tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Repository = Callable[[str, Mapping[tuple[str, str], Dataset]], None]

BY_NAME = {task.name: task for task in TASKS}
NLI = ClassLabel(names=["entailment", "neutral", "contradiction"])


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Makes a set a local folder of parquet files with the card that names them, and the library's cache a temporary one."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    datasets.disable_progress_bars()

    def written(name: str, tables: Mapping[tuple[str, str], Dataset]) -> None:
        folder = tmp_path / "hub" / name
        write_repository(folder, tables)
        monkeypatch.setitem(hub_tables.REPOSITORIES, name, str(folder))

    return written


def load(task: str, split: str = "train", **more: Any) -> Split:
    """A split from the hub."""
    return BY_NAME[task].load(DataRequest(language="en", split=split, **more))


def pairs(rows: list[tuple[str, str, int]], **more: list[str]) -> Dataset:
    """A table of inference pairs with the order of classes that the hub has."""
    columns = {
        "premise": [row[0] for row in rows],
        "hypothesis": [row[1] for row in rows],
        "label": [row[2] for row in rows],
    }
    features = {"premise": Value("string"), "hypothesis": Value("string"), "label": NLI}
    return Dataset.from_dict(
        {**columns, **more}, features=Features({**features, **dict.fromkeys(more, Value("string"))})
    )


def squad(rows: list[tuple[str, list[tuple[str, int]]]]) -> Dataset:
    """A table of questions on one passage."""
    return Dataset.from_dict(
        {
            "id": [name for name, _ in rows],
            "title": ["t"] * len(rows),
            "context": ["Nairobi is in Kenya."] * len(rows),
            "question": [f"{name}?" for name, _ in rows],
            "answers": [{"text": [text for text, _ in a], "answer_start": [at for _, at in a]} for _, a in rows],
        },
        features=Features(
            {
                **{name: Value("string") for name in ("id", "title", "context", "question")},
                "answers": Sequence({"text": Value("string"), "answer_start": Value("int32")}),
            }
        ),
    )


def test_mnli_joins_both_halves_of_dev(repository: Repository) -> None:
    """Class numbers become names, matched and mismatched pairs follow each other, and the source names both tables."""
    table = pairs([("a", "b", 2), ("a", "c", 0)], genre=["x", "y"])
    repository("mnli", {("default", name): table for name in ("train", "validation_matched", "validation_mismatched")})
    train = load("mnli")
    assert [(one.id, one.cluster, one.inputs, one.gold) for one in train.examples] == [
        ("0", "0", TextPair(first="a", second="b"), "contradiction"),
        ("1", "0", TextPair(first="a", second="c"), "entailment"),
    ]
    assert [one.id for one in load("mnli", "dev").examples] == [
        "matched-0",
        "matched-1",
        "mismatched-0",
        "mismatched-1",
    ]
    assert "validation_matched; hub " in load("mnli", "dev").source


@pytest.mark.parametrize("split", ["train", "dev"])
def test_anli_plus_joins_three_sets(repository: Repository, split: str) -> None:
    """ANLI's rounds, MNLI (of dev the matched half) and SNLI follow each other; pairs without a label are left out."""
    table = pairs([("a", "b", 2), ("a", "c", -1)])
    repository("anli", {("plain_text", f"{split}_r{number}"): table for number in (1, 2, 3)})
    repository("mnli", {("default", "train" if split == "train" else "validation_matched"): table})
    repository("snli", {("plain_text", "train" if split == "train" else "validation"): table})
    found = load("anli-plus", split)
    assert [one.id for one in found.examples] == ["anli-r1-0", "anli-r2-0", "anli-r3-0", "mnli-0", "snli-0"]
    assert "snli: Pairs on whose label the annotators did not agree, left out: 1." in found.notes


def test_qqp_is_glues(repository: Repository) -> None:
    """The configuration `qqp` of GLUE has class names, which are the labels."""
    features = Features(
        {
            "question1": Value("string"),
            "question2": Value("string"),
            "label": ClassLabel(names=["not_duplicate", "duplicate"]),
            "idx": Value("int32"),
        }
    )
    table = Dataset.from_dict(
        {"question1": ["a", "b"], "question2": ["c", "d"], "label": [1, 0], "idx": [7, 8]}, features=features
    )
    repository("glue", {("qqp", "validation"): table, ("cola", "validation"): table})
    split = load("qqp", "dev")
    assert [(one.inputs, one.gold) for one in split.examples] == [
        (TextPair(first="a", second="c"), "duplicate"),
        (TextPair(first="b", second="d"), "not_duplicate"),
    ]
    assert split.source.endswith(", qqp, validation")


def test_squad_in_both_versions(repository: Repository) -> None:
    """Empty answer lists of the second version are gold (); offsets stay as given."""
    repository("squad-v1.1", {("plain_text", "train"): squad([("q1", [("Nairobi", 0)])])})
    repository("squad-v2.0", {("squad_v2", "validation"): squad([("q1", [("Kenya", 3), ("Kenya", 14)]), ("q2", [])])})
    example = load("squad-v1.1").examples[0]
    assert (example.id, example.gold) == ("q1", (Answer(text="Nairobi", start=0),))
    assert example.inputs == Question(question="q1?", context="Nairobi is in Kenya.")
    assert [(one.id, one.cluster, one.gold) for one in load("squad-v2.0", "dev").examples] == [
        ("q1", "q1", (Answer(text="Kenya", start=3), Answer(text="Kenya", start=14))),
        ("q2", "q1", ()),
    ]


def test_multiple_choice_sets(repository: Repository) -> None:
    """HellaSwag's labels are strings, Cosmos QA's numbers, CommonsenseQA's letters: gold is the option's number."""
    swag = {"ind": [1], "ctx": ["He"], "endings": [["a", "b", "c", "d"]], "source_id": ["s"], "label": ["2"]}
    repository("hellaswag", {("default", "validation"): Dataset.from_dict(swag)})
    cosmos = {
        "id": ["i"],
        "context": ["t"],
        "question": ["q ?"],
        **{f"answer{i}": [f"w{i}"] for i in range(4)},
        "label": [3],
    }
    repository("cosmosqa", {("default", "validation"): Dataset.from_dict(cosmos)})
    features = Features(
        {
            **{name: Value("string") for name in ("id", "question", "answerKey")},
            "choices": Sequence({"label": Value("string"), "text": Value("string")}),
        }
    )
    common = {
        "id": ["i"],
        "question": ["Where?"],
        "answerKey": ["C"],
        "choices": [{"label": list("ABCDE"), "text": list("vwxyz")}],
    }
    repository("commonsenseqa", {("default", "validation"): Dataset.from_dict(common, features=features)})
    found = {name: load(name, "dev").examples[0] for name in ("hellaswag", "cosmosqa", "commonsenseqa")}
    assert {name: (one.inputs, one.gold) for name, one in found.items()} == {
        "hellaswag": (Choices(context="He", options=tuple("abcd")), "2"),
        "cosmosqa": (Choices(context="t", options=("q ? w0", "q ? w1", "q ? w2", "q ? w3")), "3"),
        "commonsenseqa": (Choices(context="Where?", options=tuple("vwxyz")), "2"),
    }


def test_the_commit_that_was_asked_for_is_in_the_source(repository: Repository) -> None:
    """A copy is read as it is now, and the record says which commit where one is known."""
    repository("squad-v1.1", {("plain_text", "train"): squad([("q1", [("Nairobi", 0)])])})
    assert "@unknown, train" in load("squad-v1.1").source
    assert f"@{'a' * 40}, train" in load("squad-v1.1", revision="a" * 40).source


def test_ccg_has_no_hub_copy() -> None:
    """CCGbank is licensed: the error says where one's own files go."""
    with pytest.raises(MissingDataError, match=r"ccg/en: .*LDC2005T13.*DIR/ccg/ccg\.train and DIR/ccg/ccg\.dev"):
        load("ccg")


def test_another_form_names_the_missing_column(repository: Repository) -> None:
    """A copy with other columns is refused with the column that is not there."""
    repository("mnli", {("default", "train"): Dataset.from_dict({"premise": ["a"], "label": [0]})})
    with pytest.raises(DataError, match=r"mnli/en: .*train: there is no column 'hypothesis', only premise, label"):
        load("mnli")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["neutral", "odd"], r"train, row 1: the label 'odd' is not one of contradiction"),
        ([0, 5], r"train, row 0: 0 is no label, and no number of the 0 classes that the copy names"),
    ],
)
def test_an_unknown_label_names_the_row(repository: Repository, labels: list[object], message: str) -> None:
    """A label outside the set, and a number without a name, are refused with the row."""
    table = {"premise": ["a", "b"], "hypothesis": ["c", "d"], "label": labels}
    repository("mnli", {("default", "train"): Dataset.from_dict(table)})
    with pytest.raises(DataError, match=rf"mnli/en: .*{message}"):
        load("mnli")


def test_an_absent_table_names_the_remedy(repository: Repository) -> None:
    """Where a table cannot be had the message says which, and how one's own files are named."""
    repository("hellaswag", {("default", "train"): Dataset.from_dict({"ctx": ["a"]})})
    with pytest.raises(
        DataError, match=r"hellaswag/en: .*hellaswag split validation could not.*--train-data DIR.*HF_H"
    ):
        load("hellaswag", "dev")
