"""A task in a few lines: every kind from every form, defaults, and what is refused when it is defined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from xharness import (
    Answer,
    Choices,
    DataError,
    DataRequest,
    MissingDataError,
    PluginError,
    Question,
    Text,
    TextPair,
    UsageError,
    Words,
    data,
)
from xharness.identity import of_split

from .made_up import load, task_of, write

if TYPE_CHECKING:
    from pathlib import Path

ASKS = {"cause": "What was the cause?", "effect": "What happened then?"}


def xcopa(folder: Path | str) -> Any:
    """The contract's own example: premise, question and two options."""
    return data.task(
        name="xcopa",
        version="1",
        kind="multiple_choice",
        labels=("0", "1"),
        languages=("et", "sw"),
        metrics=("accuracy",),
        license="CC BY 4.0",
        citation="Ponti et al. 2020",
        parallel=True,
        splits={"dev": "val", "test": "test"},
        source=data.jsonl(f"{folder}/{{language}}/{{split}}.{{language}}.jsonl"),
        fields={
            "id": "idx",
            "context": lambda row: f"{row['premise']} {ASKS[row['question']]}",
            "options": ["choice1", "choice2"],
            "gold": "label",
        },
    )


ROW = {"premise": "It rained.", "choice1": "a", "choice2": "b", "question": "effect", "label": 1, "idx": 7}


def test_a_task_in_a_few_lines(tmp_path: Path) -> None:
    """Fields by name, by list and by function, splits and languages in the file's name, gold as a number."""
    write(tmp_path / "et" / "val.et.jsonl", ROW, {**ROW, "idx": 8, "label": 0, "question": "cause"})
    task = xcopa(tmp_path)
    split = load(task, "et", "dev")
    assert [(one.id, one.cluster, one.gold) for one in split.examples] == [("7", "7", "1"), ("8", "8", "0")]
    assert split.examples[0].inputs == Choices(context="It rained. What happened then?", options=("a", "b"))
    assert (split.place, split.name, split.version, split.source) == ("xcopa/et", "dev", "1", "et/val.et.jsonl, jsonl")
    assert (task.splits, task.main, task.head, task.title, task.parallel) == (
        ("dev", "test"), ("accuracy",), "xcopa", "xcopa", True,
    )  # fmt: skip


def test_data_below_the_folder_of_a_user(tmp_path: Path) -> None:
    """`{data}` is the folder named with --data, or with --labels where only gold is asked for; the source names no folder."""
    write(tmp_path / "et" / "test.et.jsonl", ROW)
    task = xcopa("{data}")
    assert load(task, "et", data=tmp_path).source == "et/test.et.jsonl, jsonl"
    assert load(task, "et", labels=tmp_path, gold_only=True).has_gold
    with pytest.raises(MissingDataError, match=r"xcopa/et: .*files \(et/test\.et\.jsonl\) below .*Name it with --data"):
        load(task, "et")
    with pytest.raises(
        MissingDataError, match=r"xcopa/sw: the folder .*sw.*does not exist.*below the folder named with"
    ):
        load(task, "sw", data=tmp_path)


def test_languages_and_splits_that_there_are_not(tmp_path: Path) -> None:
    """An unknown language lists near matches, an absent split what there is; training data may be of another language."""
    write(tmp_path / "en" / "train.en.jsonl", ROW)
    task = xcopa(tmp_path)
    with pytest.raises(UsageError, match=r"no language of xcopa called 'ett'\. Did you mean et"):
        load(task, "ett")
    with pytest.raises(MissingDataError, match=r"xcopa/et: there is no split 'train', only dev, test"):
        load(task, "et", "train")
    trained = task_of("multiple_choice", data.jsonl(tmp_path / "{language}" / "{split}.{language}.jsonl"), labels=("0", "1"),
                      fields={"options": ["choice1", "choice2"]}, splits=("train",), languages=("et",))  # fmt: skip
    assert load(trained, "en", "train").examples[0].inputs == Choices(context="", options=("a", "b"))


def test_codes_that_the_source_calls_differently(tmp_path: Path) -> None:
    """A mapping of languages gives the source's names; the split keeps the code."""
    write(tmp_path / "swh_Latn.tsv", "text\tlabel", "jambo\tx")
    task = task_of(
        "classification", data.tsv(tmp_path / "{language}.tsv"), languages={"sw": "swh_Latn", "en": "eng_Latn"}
    )
    assert (task.languages, load(task, "sw").language) == (("sw", "en"), "sw")


def test_one_file_for_all_languages_and_splits(tmp_path: Path) -> None:
    """Rows are told apart by columns; ids may repeat in another language."""
    rows = ["id\ttext\tlabel\tlang\tpart", "1\thello\tx\teng\ttest", "1\tjambo\ty\tswh\ttest", "1\tbye\tx\teng\tval"]
    write(tmp_path / "all.tsv", *rows)
    task = task_of(
        "classification", data.tsv(tmp_path / "all.tsv"), languages={"en": "eng", "sw": "swh"},
        splits={"dev": "val", "test": "test"}, fields={"language": "lang", "split": "part"},
    )  # fmt: skip
    assert [one.inputs for one in load(task, "sw").examples] == [Text(text="jambo")]
    assert [one.inputs for one in load(task, "en", "dev").examples] == [Text(text="bye")]
    with pytest.raises(DataError, match=r"mine/sw: there are no examples in all\.tsv"):
        load(task, "sw", "dev")


PAIRS = ["first\tsecond\tlabel", "a\tb\tx", "c\td\ty"]
FORMS = [
    ("classification", "tsv", ["text\tlabel", "a\tx"], {}, Text(text="a"), "x"),
    ("classification", "csv", ["t1,t2,label", '"a, ""b""",c,x'], {"text": ["t1", "t2"]}, Text(text='a, "b" c'), "x"),
    ("pair_classification", "tsv", PAIRS, {}, TextPair(first="a", second="b"), "x"),
    ("pair_classification", "tsv", PAIRS, {"first": 1, "second": 0}, TextPair(first="b", second="a"), "x"),
    ("tagging", "conll", ["a\tN", "b\tV", "", "c\tN"], {"words": 0, "gold": 1}, Words(words=("a", "b")), ("N", "V")),
    ("tagging", "jsonl", [{"words": ["a"], "tags": ["N"]}], {}, Words(words=("a",)), ("N",)),
    (
        "multiple_choice",
        "jsonl",
        [{"options": ["p", "q"], "label": "B"}],
        {},
        Choices(context="", options=("p", "q")),
        "1",
    ),
]


@pytest.mark.parametrize("form", FORMS, ids=[f"{kind}-{form}" for kind, form, *_ in FORMS])
def test_every_kind_is_read(
    form: tuple[str, str, list[object], dict[str, Any], object, object], tmp_path: Path
) -> None:
    """The first row of each form gives the inputs and gold of its kind, with default columns where none are named."""
    kind, name, lines, fields, inputs, gold = form
    source = getattr(data, name)(write(tmp_path / f"some.{name}", *lines))
    extra = {"labels": ("0", "1")} if kind == "multiple_choice" else {}
    example = load(task_of(kind, source, fields=fields, **extra)).examples[0]
    assert (example.id, example.inputs, example.gold) == ("0", inputs, gold)


def test_a_single_answer_with_its_start(tmp_path: Path) -> None:
    """A question's answer as a text with its start in another column, as a list of texts, and in SQuAD's form."""
    base = {"question": "where", "context": "in rome", "start": 3}
    starts = {"text": ["rome", "in"], "answer_start": [3, 5]}
    lines = [
        {**base, "answers": one} for one in ("rome", ["rome", "Rome"], starts, [{"text": "rome", "answer_start": 3}])
    ]
    split = load(task_of("span_qa", data.jsonl(write(tmp_path / "a.jsonl", *lines)), main=("f1",)))
    assert [example.gold for example in split.examples] == [
        (Answer(text="rome", start=3),),
        (Answer(text="rome"), Answer(text="Rome")),
        (Answer(text="rome", start=3), Answer(text="in")),  # a start at which the context has another text is left out
        (Answer(text="rome", start=3),),
    ]
    assert {example.cluster for example in split.examples} == {"0"}  # questions on one context stay together


def test_squad_needs_no_fields(tmp_path: Path) -> None:
    """SQuAD's JSON gives id, question, context, answers; the cluster is the passage, the wider unit the article."""
    asked = [{"id": one, "question": "who?", "answers": [{"text": "cat", "answer_start": 4}]} for one in ("q1", "q2")]
    content = {"data": [{"title": "Cats", "paragraphs": [{"context": "The cat sat.", "qas": asked}]}]}
    split = load(task_of("span_qa", data.squad(write(tmp_path / "a.json", content))))
    assert [(one.id, one.cluster, one.wider) for one in split.examples] == [("q1", "q1", "Cats"), ("q2", "q1", "Cats")]
    assert split.examples[0].inputs == Question(question="who?", context="The cat sat.")


def test_a_question_without_an_answer(tmp_path: Path) -> None:
    """No answer is refused with the way to allow it, and is () where the task allows it."""
    source = data.jsonl(write(tmp_path / "a.jsonl", {"question": "q", "context": "c", "answers": []}))
    with pytest.raises(
        DataError, match=r"a\.jsonl, line 1: field 'answers' \(answers\) is empty.*set unanswerable=True"
    ):
        load(task_of("span_qa", source))
    assert load(task_of("span_qa", source, unanswerable=True)).examples[0].gold == ()


def test_gold_that_is_not_public(tmp_path: Path) -> None:
    """None as gold leaves the whole split without gold; where only some rows have gold the split is refused."""
    hidden = {"text": "a", "label": None}
    source = data.jsonl(write(tmp_path / "a.jsonl", hidden, hidden))
    assert [one.gold for one in load(task_of("classification", source)).examples] == [None, None]
    source = data.jsonl(write(tmp_path / "b.jsonl", hidden, {"text": "b", "label": "x"}))
    with pytest.raises(DataError, match=r"1 of 2 examples in b\.jsonl, jsonl have no gold \(first: 0\)"):
        load(task_of("classification", source))


def test_clusters_and_wider_units_by_field(tmp_path: Path) -> None:
    """The cluster is the id unless a field says more; a number becomes a string."""
    source = data.jsonl(
        write(tmp_path / "a.jsonl", *({"id": i, "text": "t", "label": "x", "doc": i // 2} for i in range(3)))
    )
    plain = load(task_of("classification", source)).examples
    assert [one.cluster for one in plain] == ["0", "1", "2"]
    grouped = load(task_of("classification", source, fields={"cluster": "doc", "wider": "doc"})).examples
    assert [(one.cluster, one.wider) for one in grouped] == [("0", "0"), ("0", "0"), ("1", "1")]


def test_another_file_can_stand_in(tmp_path: Path) -> None:
    """A request's file is read in the source's form, also for a split and language that the task does not have."""
    task = task_of("classification", data.tsv(write(tmp_path / "a.tsv", "text\tlabel", "a\tx")))
    other = write(tmp_path / "other.tsv", "text\tlabel", "b\ty")
    split = task.load(DataRequest(language="de", split="train", file=other))
    assert (split.examples[0].inputs, split.language, split.source) == (Text(text="b"), "de", "other.tsv, tsv")


def test_loading_twice_gives_the_same(tmp_path: Path) -> None:
    """The same file gives the same fingerprint; another text another."""
    file = write(tmp_path / "a.tsv", "text\tlabel", "a\tx")
    task = task_of("classification", data.tsv(file))
    first = of_split(load(task))
    assert of_split(load(task)) == first
    write(file, "text\tlabel", "b\tx")
    assert of_split(load(task)) != first


def test_a_kind_of_the_plugins_own(tmp_path: Path) -> None:
    """`like` says whose inputs and gold a kind has that the harness does not know; without it the kind is refused."""
    source = data.tsv(write(tmp_path / "a.tsv", "text\tlabel", "a\tx"))
    task = task_of("mood", source, like="classification", labels=("x",))
    assert (task.kind, load(task).examples[0].inputs) == ("mood", Text(text="a"))
    with pytest.raises(PluginError, match=r"data of kind 'mood' cannot be read here.*like=…"):
        task_of("mood", source)
    with pytest.raises(PluginError, match=r"kind 'classificaton' .*Did you mean classification"):
        task_of("classificaton", source)


SOURCE = data.tsv("/nowhere/{language}/{split}.tsv")
POOL = data.documents(SOURCE)


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"fields": {"txt": "a"}}, r"The task 'mine': fields has 'txt', .*Did you mean text\?.*Parts are text"),
        ({"labels": ()}, "labels are missing"),
        ({"languages": "en"}, r"languages is 'en', expected at least one name in a tuple, as in \('en',\)"),
        ({"languages": ()}, r"languages is \(\)"),
        ({"splits": ("val",)}, r"no split 'val'.*splits=\{\"dev\": 'val'\}"),
        ({"source": data.tsv("/nowhere/{split}.tsv"), "languages": ("en", "sw")}, r"all of its 2 languages .*\{language\}"),
        ({"source": data.tsv("/nowhere/{language}.tsv"), "splits": ("dev", "test")}, r"all of its 2 splits .*\{split\}"),
        ({"pool": POOL}, "pool and pairs are for retrieval and mining"),
        ({"kind": "retrieval", "labels": ()}, r"nothing says what is searched.*data\.documents.*fields=\{'target'"),
        ({"kind": "mining", "labels": (), "pool": POOL}, "nothing says which documents are right"),
        (
            {"kind": "mining", "labels": (), "pool": POOL, "fields": {"gold": "g"}, "pairs": data.pairs(SOURCE)},
            r"more than one part \(gold, pairs\) says which documents are right",
        ),
    ],
)  # fmt: skip
def test_what_can_never_work_is_refused_when_the_task_is_defined(others: dict[str, Any], message: str) -> None:
    """Wrong parts, absent labels, cells that would be read from the same rows: named with the task and what to do."""
    with pytest.raises(PluginError, match=message):
        task_of(**{"kind": "classification", "source": SOURCE, **others})


@pytest.mark.parametrize("name", ["", "../up", "a b", ".hidden", "a/b"])
def test_names_that_are_no_folder_names(name: str) -> None:
    """A task's name becomes that of a folder, so a path is refused."""
    with pytest.raises(PluginError, match="the name becomes that of a folder"):
        data.task(name=name, version="1", kind="classification", languages=("en",), labels=("x",), metrics=("accuracy",),
                  license="", citation="", source=SOURCE)  # fmt: skip
    with pytest.raises(PluginError, match=r"metrics is 'accuracy', expected names of metrics in a tuple"):
        data.task(name="a", version="1", kind="classification", languages=("en",), labels=("x",), metrics="accuracy",
                  license="", citation="", source=SOURCE)  # fmt: skip


@pytest.mark.shared
def test_the_original_files_of_xcopa(shared: Path) -> None:
    """The real files of two languages are read by the same lines, 100 and 500 examples with the same ids."""
    task = xcopa("{data}")
    folder = shared / "data" / "xtreme-r" / "xcopa" / "data"
    both = {(one, split): load(task, one, split, data=folder) for one in ("et", "sw") for split in ("dev", "test")}
    assert {key: len(split.examples) for key, split in both.items()} == {
        ("et", "dev"): 100, ("et", "test"): 500, ("sw", "dev"): 100, ("sw", "test"): 500,
    }  # fmt: skip
    ids = {one: [example.id for example in both[one, "test"].examples] for one in ("et", "sw")}
    assert ids["et"] == ids["sw"]
