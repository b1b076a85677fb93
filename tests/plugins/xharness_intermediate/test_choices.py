"""Multiple choice from the files in which HellaSwag, Cosmos QA and CommonsenseQA are distributed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from xharness import Choices, DataError

if TYPE_CHECKING:
    from .conftest import Load, Write

SWAG: dict[str, Any] = {
    "ind": 4,
    "activity_label": "Baking",
    "ctx_a": "A man bakes.",
    "ctx_b": "he",
    "ctx": "A man bakes. he",
    "split": "train",
    "split_type": "indomain",
    "label": 3,
    "endings": ["swims.", "sings.", "sleeps.", "eats."],
    "source_id": "wikihow~1",
}
NESTED: dict[str, Any] = {
    "answerKey": "B",
    "id": "x",
    "question": {
        "question_concept": "bread",
        "stem": "Where is bread?",
        "choices": [{"label": label, "text": f"in {label}"} for label in "ABCDE"],
    },
}
FLAT: dict[str, Any] = {
    "id": "x",
    "question": "Where is bread?",
    "question_concept": "bread",
    "choices": {"label": list("ABCDE"), "text": [f"in {label}" for label in "ABCDE"]},
    "answerKey": "B",
}
COSMOS_HEADER = "id,context,question,answer0,answer1,answer2,answer3,label\n"


def test_hellaswag_continues_its_context(write: Write, load: Load) -> None:
    """The context is `ctx`, options are the endings, gold is the label's digits, and one source is one cluster."""
    write("hellaswag/hellaswag_train.jsonl", [SWAG, {**SWAG, "label": "0"}, {**SWAG, "source_id": "wikihow~2"}])
    examples = load("hellaswag").examples
    assert examples[0].inputs == Choices(context="A man bakes. he", options=("swims.", "sings.", "sleeps.", "eats."))
    assert [(one.id, one.cluster, one.gold) for one in examples] == [("0", "0", "3"), ("1", "0", "0"), ("2", "2", "3")]


def test_hellaswag_validation_is_its_dev_split(write: Write, load: Load) -> None:
    """The development data are those of `hellaswag_val.jsonl`."""
    write("hellaswag/hellaswag_val.jsonl", [SWAG])
    assert load("hellaswag", "dev").source == "hellaswag/hellaswag_val.jsonl"


def test_cosmosqa_options_are_question_and_answer(write: Write, load: Load) -> None:
    """The text is the context, each option is the question followed by an answer; questions on one text are one cluster."""
    rows = 'a,"It rained, a ""lot"".\nReally.",Why ?,w0,w1,"w, 2",w3,2\nb,"It rained, a ""lot"".\nReally.",So ?,a,b,c,d,0\n'
    write("cosmosqa/valid.csv", COSMOS_HEADER + rows)
    examples = load("cosmosqa", "dev").examples
    options = ("Why ? w0", "Why ? w1", "Why ? w, 2", "Why ? w3")
    assert examples[0].inputs == Choices(context='It rained, a "lot".\nReally.', options=options)
    assert [(one.id, one.cluster, one.gold) for one in examples] == [("0", "0", "2"), ("1", "0", "0")]


@pytest.mark.parametrize("record", [NESTED, FLAT])
def test_commonsenseqa_is_read_in_both_public_forms(write: Write, load: Load, record: dict[str, Any]) -> None:
    """The distributed form and the flat one give the same question: the stem, then each choice's text."""
    write("commonsenseqa/train_rand_split.jsonl", [record])
    example = load("commonsenseqa").examples[0]
    assert example.inputs == Choices(context="Where is bread?", options=tuple(f"in {label}" for label in "ABCDE"))
    assert example.gold == "1"


def without(record: dict[str, Any], name: str) -> dict[str, Any]:
    """A record that lacks a field."""
    return {key: value for key, value in record.items() if key != name}


@pytest.mark.parametrize(
    ("task", "record", "message"),
    [
        ("hellaswag", without(SWAG, "label"), r"line 2: there is no field 'label', only ind, "),
        ("hellaswag", {**SWAG, "endings": ["a", "b"]}, r"line 2: 2 options where 4 were expected"),
        ("hellaswag", {**SWAG, "endings": "a"}, r"line 2: the field 'endings' is str, expected a list of strings"),
        ("hellaswag", {**SWAG, "label": 4}, r"line 2: the right option is number 4, and there are 4, counted from 0"),
        (
            "hellaswag",
            {**SWAG, "label": ""},
            r"line 2: the field 'label' is '', expected the number of the right option",
        ),
        (
            "commonsenseqa",
            {**FLAT, "answerKey": ""},
            r"line 2: answerKey is empty, as in the test file; expected one of A",
        ),
        ("commonsenseqa", {**FLAT, "answerKey": "F"}, r"line 2: answerKey is 'F'; expected one of A, B, C, D, E"),
        ("commonsenseqa", {**FLAT, "choices": ["a"]}, r"line 2: choices is no object with the lists label and text"),
        (
            "commonsenseqa",
            {**FLAT, "choices": {"label": ["A"], "text": ["a", "b"]}},
            r"line 2: 1 labels for 2 options",
        ),
        (
            "commonsenseqa",
            {**NESTED, "question": {"stem": "?", "choices": {"label": []}}},
            r"line 2: choices is no list of objects with label and text",
        ),
    ],
)
def test_malformed_questions_are_refused(
    write: Write, load: Load, task: str, record: dict[str, Any], message: str
) -> None:
    """A missing field, another number of options and a right option that is none of them are errors with the line."""
    good = SWAG if task == "hellaswag" else FLAT
    with pytest.raises(DataError, match=rf"{task}/en: .*mine\.jsonl, {message}"):
        load(task, file=write("mine.jsonl", [good, record]))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (COSMOS_HEADER + "a,b,c\n", r"line 2: 3 columns where at least 8 were expected"),
        (COSMOS_HEADER + "a,t,q,w,x,y,z,4\n", r"line 2: the right option is number 4"),
        (COSMOS_HEADER + 'a,"t,q,w,x,y,z,4\n', r"line 2: the quoting is broken"),
        ("context,question\n1,2\n", r"line 1: the header has no column 'answer0' and 'answer1' and"),
        (COSMOS_HEADER, r"mine\.csv holds a header but no examples"),
    ],
)
def test_malformed_cosmosqa_files_are_refused(write: Write, load: Load, content: str, message: str) -> None:
    """Short rows, broken quoting and missing columns are errors with file and line."""
    with pytest.raises(DataError, match=rf"cosmosqa/en: .*{message}"):
        load("cosmosqa", file=write("mine.csv", content))
