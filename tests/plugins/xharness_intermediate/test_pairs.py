"""Sentence pairs from the files in which MNLI, SNLI, ANLI and QQP are distributed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from xharness import DataError, MissingDataError, Split, TextPair

if TYPE_CHECKING:
    from .conftest import Load, Write

NLI = [
    {"gold_label": "entailment", "sentence1": "A dog\u2028runs.", "sentence2": "A dog moves.", "pairID": "1e"},
    {"gold_label": "-", "sentence1": "A dog runs.", "sentence2": "A cat sleeps.", "pairID": "1x"},
    {"gold_label": "neutral", "sentence1": "A dog\u2028runs.", "sentence2": 'It is "old".', "pairID": "1n"},
    {"gold_label": "contradiction", "sentence1": '"No" rain.', "sentence2": "It rains.", "pairID": "2c"},
]
LABELLED = [
    (TextPair(first="A dog\u2028runs.", second="A dog moves."), "entailment", "0", "0"),
    (TextPair(first="A dog\u2028runs.", second='It is "old".'), "neutral", "1", "0"),
    (TextPair(first='"No" rain.', second="It rains."), "contradiction", "2", "2"),
]
DISAGREED = "Pairs on whose label the annotators did not agree, left out: 1."
TABLE = "gold_label\tsentence1_parse\tsentence1\tsentence2\tpairID\n" + "".join(
    f"{row['gold_label']}\t(x)\t{row['sentence1']}\t{row['sentence2']}\t{row['pairID']}\n" for row in NLI
)
GLUE = "index\tpromptID\tsentence1\tsentence2\tlabel1\tgold_label\r\n" + "".join(
    f"{i}\t9\t{row['sentence1']}\t{row['sentence2']}\tneutral\t{row['gold_label']}\r\n" for i, row in enumerate(NLI)
)
QQP_HEADER = "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n"


def seen(split: Split) -> list[tuple[object, object, str, str]]:
    """Inputs, gold, id and cluster of every example."""
    return [(one.inputs, one.gold, one.id, one.cluster) for one in split.examples]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mnli/multinli_1.0_train.jsonl", NLI),
        ("mnli/multinli_1.0_train.txt", TABLE),
        ("multinli_1.0/multinli_1.0_train.txt", "\ufeff" + TABLE),
        ("MNLI/train.tsv", GLUE),
    ],
)
def test_mnli_is_read_in_each_of_its_forms(write: Write, load: Load, name: str, content: str) -> None:
    """JSON lines, the text table and GLUE's table give the same pairs; those without a label are counted, not kept."""
    write(name, content)
    split = load("mnli")
    assert seen(split) == LABELLED
    assert split.notes == ("3 examples where the published set has 392,702.", DISAGREED)
    assert (split.source, split.official, split.version) == (name, False, "1")


def test_mnli_development_data_are_both_halves(write: Write, load: Load) -> None:
    """Matched and mismatched pairs together are MNLI's dev split, their ids and clusters told apart by the half."""
    write("mnli/multinli_1.0_dev_matched.jsonl", NLI)
    write("mnli/dev_mismatched.tsv", GLUE)
    split = load("mnli", "dev")
    assert [one.id for one in split.examples] == [f"{half}-{i}" for half in ("matched", "mismatched") for i in range(3)]
    assert split.examples[4].cluster == "mismatched-0"
    assert split.source == "mnli/multinli_1.0_dev_matched.jsonl; mnli/dev_mismatched.tsv"
    assert f"matched: {DISAGREED}" in split.notes


def test_one_half_of_mnli_is_not_its_development_data(write: Write, load: Load) -> None:
    """Where the mismatched half is absent the error lists the names looked for."""
    write("mnli/dev_matched.tsv", GLUE)
    with pytest.raises(
        MissingDataError, match=r"mnli/en: .*multinli_1\.0_dev_mismatched\.jsonl or .*\.txt or .* mnli/"
    ):
        load("mnli", "dev")


ANLI = [
    {"uid": "a", "context": "It was 1990.", "hypothesis": "It was 1991.", "label": "c", "reason": "r"},
    {"uid": "b", "context": "It was 1990.", "hypothesis": "It was cold.", "label": "n", "reason": "r"},
    {"uid": "c", "context": "It was 1990.", "hypothesis": "Not 1991.", "label": "e", "reason": "r"},
]


@pytest.mark.parametrize(("split", "matched"), [("train", "multinli_1.0_train"), ("dev", "multinli_1.0_dev_matched")])
def test_anli_plus_is_three_sets(write: Write, load: Load, split: str, matched: str) -> None:
    """ANLI+ joins ANLI's three rounds, MNLI (of dev the matched half) and SNLI, and says where each pair is from."""
    for number in ("R1", "R2", "R3"):
        write(f"anli/{number}/{split}.jsonl", ANLI)
    write(f"mnli/{matched}.jsonl", NLI)
    write(f"snli/snli_1.0_{split}.txt", TABLE)
    found = load("anli-plus", split)
    assert [one.id for one in found.examples] == [
        f"{part}-{i}" for part in ("anli-r1", "anli-r2", "anli-r3", "mnli", "snli") for i in range(3)
    ]
    assert [one.gold for one in found.examples[:3]] == ["contradiction", "neutral", "entailment"]
    assert [one.cluster for one in found.examples[:3]] == ["anli-r1-0"] * 3
    assert f"snli: {DISAGREED}" in found.notes


def test_anli_plus_needs_all_three(write: Write, load: Load) -> None:
    """Without SNLI and a round of ANLI there is no ANLI+: the error lists each absent file."""
    for number in ("R1", "R2"):
        write(f"anli/{number}/train.jsonl", ANLI)
    write("mnli/multinli_1.0_train.jsonl", NLI)
    with pytest.raises(MissingDataError, match=r"anli-plus/en: .*R3/train\.jsonl.*; and snli_1\.0_train\.jsonl or"):
        load("anli-plus")


@pytest.mark.parametrize("task", ["mnli", "anli-plus"])
@pytest.mark.parametrize(
    "content",
    [
        '"The ""old"" man"\tHe is old.\tentailment\r\nRain\tSun\tcontradiction\r\n',
        'premise\thypo\tlabel\nThe "old" man\tHe is old.\tentailment\nRain\tSun\tcontradictory\n',
        [
            {"premise": 'The "old" man', "hypothesis": "He is old.", "label": "entailment"},
            {"premise": "Rain", "hypothesis": "Sun", "label": "contradiction"},
        ],
    ],
)
def test_a_file_may_stand_in_for_inference_data(write: Write, load: Load, task: str, content: str) -> None:
    """XTREME's and XNLI's tables and plain JSON lines are read too where a file is named, whatever it is called."""
    split = load(task, file=write("mine.data", content))
    assert [(one.inputs, one.gold) for one in split.examples] == [
        (TextPair(first='The "old" man', second="He is old."), "entailment"),
        (TextPair(first="Rain", second="Sun"), "contradiction"),
    ]
    assert split.source == "file mine.data"
    assert not split.official


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a\tb\n", r"mine\.data, line 1: 2 columns where 3 were expected. Expected is JSON lines"),
        ("a\tb\tneutral\nc\td\tmaybe\n", r"mine\.data, line 2: the label 'maybe' is not one of contradiction, ent"),
        ('a\tb\tneutral\nc\t"d\tneutral\n', r"mine\.data, line 2: the quoting is broken"),
        ("sentence1\tsentence2\n", r"mine\.data, line 1: the header has no column 'gold_label'"),
        (TABLE.replace("\tIt rains.\t2c", ""), r"mine\.data, line 5: 3 columns where at least 4 were expected"),
        ("gold_label\tsentence1\tsentence2\n", r"mine\.data holds a header but no examples"),
        ('{"sentence1": "a"\n', r"mine\.data, line 1, column \d+: malformed JSON"),
        (
            '{"sentence1": "a", "sentence2": 3}\n',
            r"mine\.data, line 1: the field 'sentence2' .* is int, expected a str",
        ),
        ('{"sentence1": "a", "sentence2": "b"}\n', r"mine\.data, line 1: there is no field 'gold_label' or 'label'"),
        ('{"sentence1": "a", "sentence2": "b", "gold_label": "-"}\n', r"hold no examples with a label"),
        ("", r"mine\.data is empty"),
        ("\n\n", r"mine\.data has blank lines only"),
    ],
)
def test_malformed_inference_files_are_refused(write: Write, load: Load, content: str, message: str) -> None:
    """Each kind of damage is an error with file and line."""
    with pytest.raises(DataError, match=rf"mnli/en: .*{message}"):
        load("mnli", file=write("mine.data", content))


def test_glue_question_pairs_are_read_without_quoting(write: Write, load: Load) -> None:
    """GLUE's files hold stray quotation marks, which stay; labels 0 and 1 are not_duplicate and duplicate."""
    rows = '1\t1\t2\t"Why" is it?\tWhy?\t1\n2\t3\t4\tWho?\tHow?\t0\n'
    write("qqp/train.tsv", QQP_HEADER + rows)
    assert seen(load("qqp")) == [
        (TextPair(first='"Why" is it?', second="Why?"), "duplicate", "0", "0"),
        (TextPair(first="Who?", second="How?"), "not_duplicate", "1", "1"),
    ]


def test_few_broken_rows_of_glue_are_dropped_and_counted(write: Write, load: Load) -> None:
    """One broken row in a thousand is dropped, as every reader of GLUE drops them, and a note counts it."""
    rows = [f"{i}\t1\t2\tq{i}\tr\t0\n" for i in range(1001)]
    write("QQP/dev.tsv", QQP_HEADER + "".join([*rows[:500], "7\t1\t2\thalf a question\n", *rows[500:]]))
    split = load("qqp", "dev")
    assert len(split.examples) == 1001
    assert "Rows with another number of columns than the header, dropped: 1." in split.notes


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (QQP_HEADER + "1\t1\t2\tq\tr\t0\n2\t3\t4\n", r"train\.tsv, line 3: 3 columns where 6 \(id, .*; 1 of 2 rows"),
        (QQP_HEADER + "1\t1\t2\tq\tr\tyes\n", r"train\.tsv, line 2: is_duplicate is 'yes', expected 0 or 1"),
        ("id\tquestion1\tquestion2\n1\ta\tb\n", r"train\.tsv, line 1: the header has no column 'is_duplicate'"),
        ("\n", r"train\.tsv has blank lines only"),
    ],
)
def test_malformed_question_pairs_are_refused(write: Write, load: Load, content: str, message: str) -> None:
    """Many broken rows, another label and a missing column are errors with file and line."""
    write("qqp/train.tsv", content)
    with pytest.raises(DataError, match=rf"qqp/en: .*{message}"):
        load("qqp")


def test_quoras_own_file_is_split_by_rule(write: Write, load: Load) -> None:
    """Quora's file is quoted and may have line breaks in a question; every tenth pair is development data, as noted."""
    rows = "".join(f'{i}\t1\t2\t"q{i} ""x""\nand more"\tr\t{i % 2}\n' for i in range(20))
    write("qqp/quora_duplicate_questions.tsv", QQP_HEADER + rows)
    train, dev = load("qqp"), load("qqp", "dev")
    assert [one.id for one in dev.examples] == ["9", "19"]
    assert sorted([one.id for one in train.examples] + ["9", "19"], key=int) == [str(i) for i in range(20)]
    assert train.examples[0].inputs == TextPair(first='q0 "x"\nand more', second="r")
    assert any("not GLUE's split" in note for note in dev.notes)


def test_glues_and_quoras_files_are_never_mixed(write: Write, load: Load) -> None:
    """One half from GLUE and the other from Quora's own file would overlap, and is refused."""
    write("qqp/quora_duplicate_questions.tsv", QQP_HEADER + "1\t1\t2\tq\tr\t0\n")
    write("qqp/train.tsv", QQP_HEADER + "1\t1\t2\tq\tr\t0\n")
    assert len(load("qqp").examples) == 1
    with pytest.raises(MissingDataError, match=r"qqp/en: .*has GLUE's train\.tsv but not its counterpart"):
        load("qqp", "dev")


def test_empty_sides_are_kept_and_counted(write: Write, load: Load) -> None:
    """A pair with an empty side stays in the data, and a note says how many there are."""
    split = load("mnli", file=write("mine.data", "a\t\tneutral\nb\tc\tentailment\n"))
    assert len(split.examples) == 2
    assert "Pairs with an empty side, kept: 1." in split.notes
