"""The hub's `google/xtreme`, read through the real `datasets` from small local copies in the hub's own form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import datasets  # noqa: TID253 (these tests are about it)
import pytest
from datasets import ClassLabel, Dataset, Features, Sequence, Value  # noqa: TID253
from tiny_hub import write_repository
from xharness import Answer, DataError, DataRequest, Split, Text, TextPair, Variant, Words
from xharness_xtreme import hub, hub_tables, udpos_files
from xharness_xtreme.inventory import LABELS, LANGUAGES, TATOEBA_NAMES, TYDIQA_NAMES, UD_NAMES
from xharness_xtreme.loading import load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Repository = Callable[[Mapping[tuple[str, str], Dataset]], None]

ANSWERS = Sequence({"answer_start": Value("int32"), "text": Value("string")})


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Makes `google/xtreme` a local folder with the tables that a test names, and the library's cache a temporary one."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(hub_tables, "REPOSITORY", str(tmp_path / "hub"))
    datasets.disable_progress_bars()
    return lambda tables: write_repository(tmp_path / "hub", tables)


def _load(task: str, language: str, split: str = "test", **more: Any) -> Split:
    return load(task, DataRequest(language=language, split=split, **more))


def _xnli(languages: list[str], rows: int) -> Dataset:
    return Dataset.from_dict(
        {
            "language": [language for language in languages for _ in range(rows)],
            "sentence1": [f"{language} {row}" for language in languages for row in range(rows)],
            "sentence2": ["b"] * rows * len(languages),
            "gold_label": ["neutral", *["entailment"] * (rows - 1)] * len(languages),
        }
    )


def _tagged(column: str, sentences: list[list[str]], tags: list[list[str]], names: tuple[str, ...]) -> Dataset:
    classes = ClassLabel(names=list(names))
    return Dataset.from_dict(
        {"tokens": sentences, column: [[names.index(tag) for tag in sentence] for sentence in tags]},
        features=Features({"tokens": Sequence(Value("string")), column: Sequence(classes)}),
    )


def _questions(rows: list[tuple[str, str, list[tuple[str, int]]]]) -> Dataset:
    return Dataset.from_dict(
        {
            "id": [name for name, _, _ in rows],
            "context": [context for _, context, _ in rows],
            "question": [f"{name}?" for name, _, _ in rows],
            "answers": [
                {"answer_start": [start for _, start in answers], "text": [text for text, _ in answers]}
                for _, _, answers in rows
            ],
        },
        features=Features(
            {"id": Value("string"), "context": Value("string"), "question": Value("string"), "answers": ANSWERS}
        ),
    )


def _sides(columns: tuple[list[str], list[str], list[str], list[str]]) -> Dataset:
    names = ("source_sentence", "target_sentence", "source_lang", "target_lang")
    return Dataset.from_dict(dict(zip(names, columns, strict=True)))


def test_xnli_rows_are_those_of_the_language(repository: Repository) -> None:
    """One table holds all languages; each gets its own rows in order, with row ids and premise clusters."""
    repository({("XNLI", "test"): _xnli(["ar", "de"], 5010), ("XNLI", "validation"): _xnli(["de"], 2490)})
    split = _load("xnli", "de")
    assert split.official
    assert len(split.examples) == 5010
    assert split.examples[4].inputs == TextPair(first="de 4", second="b")
    assert (split.examples[4].id, split.examples[4].cluster, split.examples[0].gold) == ("4", "1", "neutral")
    assert _load("xnli", "de", "dev").official
    assert any("parsed with CSV quoting" in note for note in split.notes)


def test_the_source_names_repository_and_commit(repository: Repository) -> None:
    """The record says which commit was read: the pinned one, or the one asked for."""
    repository({("XNLI", "test"): _xnli(["de"], 5010)})
    assert f"@{hub_tables.REVISION}, XNLI, test" in _load("xnli", "de").source
    assert "@" + "a" * 40 in _load("xnli", "de", revision="a" * 40).source


def test_the_paper_variant_says_that_the_artefact_is_absent(repository: Repository) -> None:
    """The official quoting artefact cannot be had from the hub, which the paper variant declares."""
    repository({("XNLI", "test"): _xnli(["de"], 5010)})
    assert any("artefact is absent" in note for note in _load("xnli", "de", variant=Variant.PAPER).notes)


def test_lost_pawsx_rows_are_never_paired_with_other_languages(repository: Repository) -> None:
    """A language that lost rows is unofficial, and its ids and clusters are its own."""
    table = Dataset.from_dict({"sentence1": ["a"] * 1999, "sentence2": ["b"] * 1999, "label": ["0", "1"] * 999 + ["0"]})
    repository({("PAWS-X.ko", "test"): table})
    split = _load("pawsx", "ko")
    assert not split.official
    assert split.notes[0] == "1,999 rows where the benchmark has 2,000."
    assert (split.examples[3].id, split.examples[3].cluster, split.examples[3].gold) == ("ko-hub-3", "ko-hub-3", "1")


def test_an_unknown_label_is_refused(repository: Repository) -> None:
    """A label outside the set is named with its row."""
    repository({("PAWS-X.ko", "test"): Dataset.from_dict({"sentence1": ["a"], "sentence2": ["b"], "label": ["x"]})})
    with pytest.raises(DataError, match=r"pawsx/ko: .*PAWS-X\.ko, test, row 0: the label 'x' is not one of 0, 1"):
        _load("pawsx", "ko")


def test_xnli_trains_on_multi_nli(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub's XTREME has no XNLI training data: MultiNLI is read, its class names used, unlabelled pairs dropped."""
    repository({("XNLI", "test"): _xnli(["en"], 3)})
    names = ClassLabel(names=["entailment", "neutral", "contradiction"])
    features = Features({"premise": Value("string"), "hypothesis": Value("string"), "label": names})
    columns = {"premise": ["a", "b", "c"], "hypothesis": ["d", "e", "f"], "label": [2, -1, 0]}
    table = Dataset.from_dict(columns, features=features)
    write_repository(tmp_path / "mnli", {("default", "train"): table})
    monkeypatch.setattr(hub_tables, "MULTI_NLI", str(tmp_path / "mnli"))
    split = _load("xnli", "en", "train")
    assert [(example.inputs, example.gold) for example in split.examples] == [
        (TextPair(first="a", second="d"), "contradiction"),
        (TextPair(first="c", second="f"), "entailment"),
    ]
    assert "Pairs without a label, dropped: 1." in split.notes


def test_panx_tags_come_from_class_names(repository: Repository) -> None:
    """Class numbers are read through the copy's own names, tokens stripped as the official preparation strips them."""
    table = _tagged("ner_tags", [["Ada ", "war"], ["da"]], [["B-PER", "O"], ["O"]], LABELS["panx"][::-1])
    repository({("PAN-X.de", "test"): table})
    split = _load("panx", "de")
    assert [(example.inputs, example.gold) for example in split.examples] == [
        (Words(words=("Ada", "war")), ("B-PER", "O")),
        (Words(words=("da",)), ("O",)),
    ]
    assert (split.version, split.in_average) == ("1", True)


def test_official_udpos_tokens_are_recognised(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the hub's tokens, prepared as the benchmark's, hash to the official file, the plain task version holds."""
    official = udpos_files.token_sha256([("HàNội", "là"), ("x",)])
    monkeypatch.setattr(hub, "TOKEN_SHA256", {"vi": official})
    table = _tagged("pos_tags", [["Hà Nội", "l\u200cà"], ["x"]], [["PROPN", "AUX"], ["X"]], LABELS["udpos"])
    repository({("udpos.Vietnamese", "test"): table})
    split = _load("udpos", "vi")
    assert (split.version, split.in_average) == ("1", True)
    assert split.examples[0].gold == ("PROPN", "AUX")


@pytest.mark.parametrize(
    ("language", "version", "note"),
    [
        ("es", "1-hub-unfused", "splits multiword tokens"),
        ("el", "1-hub-polluted", r"mixes in other treebanks (Ancient Greek)"),
    ],
)
def test_other_udpos_tokens_are_another_version(repository: Repository, language: str, version: str, note: str) -> None:
    """Unfused or polluted UDPOS languages appear under another version, out of the average, with the reason."""
    table = _tagged("pos_tags", [["a"]], [["X"]], LABELS["udpos"])
    repository({(f"udpos.{UD_NAMES[language]}", "test"): table})
    split = _load("udpos", language)
    assert (split.version, split.in_average) == (version, False)
    assert any(note in line for line in split.notes)


def test_xquad_test_is_the_hubs_validation(repository: Repository) -> None:
    """The hub calls XQuAD's only split validation; its questions are the test set, clustered by passage."""
    rows = [("a", "xy z", [("y", 0)]), ("b", "xy z", [("z", 3)])]
    repository({("XQuAD.de", "validation"): _questions(rows), ("SQuAD", "train"): _questions(rows)})
    split = _load("xquad", "de")
    assert [(example.id, example.cluster, example.gold) for example in split.examples] == [
        ("a", "a", (Answer(text="y", start=1),)),
        ("b", "a", (Answer(text="z", start=3),)),
    ]
    assert [example.id for example in _load("xquad", "en", "train").examples] == ["0", "1"]


def test_tydiqa_is_filtered_by_id_and_relocated(repository: Repository) -> None:
    """A language's questions are those whose id begins with its name, and answers stand where their start says."""
    rows = [
        ("korean-1-0", "k", [("k", 0)]),
        ("english-2-0", "stripped text", [("text", 2)]),
        ("english-3-0", "q", [("z", 0)]),
    ]
    repository({("tydiqa", "validation"): _questions(rows), ("tydiqa", "train"): _questions(rows)})
    split = _load("tydiqa", "en")
    assert [(example.id, example.gold) for example in split.examples] == [
        ("english-2-0", (Answer(text="text", start=9),)),
        ("english-3-0", (Answer(text="z"),)),
    ]
    train = _load("tydiqa", "en", "train")
    assert [example.gold for example in train.examples] == [(Answer(text="text", start=9),)]
    assert "Training questions whose answer does not stand in the passage, dropped: 1 of 2." in train.notes


def test_mlqa_clusters_join_the_hubs_languages(repository: Repository) -> None:
    """Clusters are made from the same-language tables of all seven languages."""
    tables = {
        (f"MLQA.{one}.{one}", "validation"): _questions([("c", f"{one} c", [("c", 3)])]) for one in LANGUAGES["mlqa"]
    }
    tables["MLQA.de.de", "validation"] = _questions([("c", "de", [("d", 0)]), ("b", "de", [("d", 0)])])
    repository(tables)
    assert [example.cluster for example in _load("mlqa", "vi", "dev").examples] == ["b"]
    assert [(example.id, example.cluster) for example in _load("mlqa", "de", "dev").examples] == [
        ("c", "b"),
        ("b", "b"),
    ]


def test_tatoeba_is_sorted_and_its_gold_follows(repository: Repository) -> None:
    """The English side is sorted by code point, line ends are cut, and the answer is the line of its translation."""
    table = _sides((["Z\n", "A\n", "é\n"], ["b\n", "a \n", "B\n"], ["jav"] * 3, ["eng"] * 3))
    repository({("tatoeba.jav", "validation"): table})
    split = _load("tatoeba", "jv")
    assert [(example.inputs, example.gold) for example in split.examples] == [
        (Text(text="B"), ("2",)),
        (Text(text="a"), ("1",)),
        (Text(text="b"), ("0",)),
    ]
    assert [(document.id, document.text) for document in split.pool] == [("0", "Z"), ("1", "A"), ("2", "é")]


def test_bucc_is_gold_only_and_never_averaged(repository: Repository) -> None:
    """The hub's BUCC has no distractors: another version, out of the average, with its dev split for the threshold."""
    test = _sides((["eins", "eins", "zwei"], ["one", "uno", "two"], ["de-1", "de-1", "de-2"], ["en-1", "en-9", "en-2"]))
    repository({("bucc18.de", "test"): test, ("bucc18.de", "validation"): test})
    split = _load("bucc2018", "de")
    assert (split.version, split.in_average) == ("1-hub-gold-only", False)
    assert [(example.id, example.inputs, example.gold) for example in split.examples] == [
        ("de-1", Text(text="eins"), ("en-1", "en-9")),
        ("de-2", Text(text="zwei"), ("en-2",)),
    ]
    assert [document.id for document in split.pool] == ["en-1", "en-9", "en-2"]
    assert split.tuning is not None
    assert (split.tuning.name, split.tuning.version) == ("dev", "1-hub-gold-only")


def test_a_label_folder_is_not_read_beside_the_hub(repository: Repository, tmp_path: Path) -> None:
    """The hub's own gold is used, and a label folder that was named too is said to be unread."""
    repository({("PAWS-X.de", "test"): Dataset.from_dict({"sentence1": ["a"], "sentence2": ["b"], "label": ["1"]})})
    split = _load("pawsx", "de", labels=tmp_path)
    assert split.examples[0].gold == "1"
    assert "The label folder was not read: the hub has gold of its own." in split.notes


def test_every_language_has_a_name_on_the_hub() -> None:
    """Where the hub names languages otherwise, each of the task's languages has its name."""
    assert set(UD_NAMES) == set(LANGUAGES["udpos"])
    assert set(TYDIQA_NAMES) == set(LANGUAGES["tydiqa"])
    assert set(TATOEBA_NAMES) == set(LANGUAGES["tatoeba"])


def test_an_unknown_configuration_is_refused(repository: Repository) -> None:
    """A copy without the configuration is refused with the library's reason."""
    repository({("XQuAD.de", "validation"): _questions([("a", "x", [("x", 0)])])})
    with pytest.raises(
        DataError, match=r"xquad/el: .*XQuAD\.el, split validation could not be read .*not found.*--data DIR"
    ):
        _load("xquad", "el")


def test_another_form_names_the_missing_column(repository: Repository) -> None:
    """A revision with other columns is refused with the column that is not there."""
    repository({("PAWS-X.de", "test"): Dataset.from_dict({"sentence1": ["a"], "sentence2": ["b"]})})
    with pytest.raises(DataError, match=r"pawsx/de: .*there is no column 'label', only sentence1, sentence2"):
        _load("pawsx", "de")
