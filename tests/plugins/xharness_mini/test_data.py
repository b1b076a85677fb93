"""The suite's data: written again byte for byte, sound, of the stated sizes, and without a text in two splits."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
import xharness_mini
from xharness import DataRequest, Question, Split, Text, TextPair, Words
from xharness_mini.tasks import LANGUAGES, MIXED, TASKS
from xharness_mini.writing.files import files

BY_NAME = {task.name: task for task in TASKS}
DATA = Path(xharness_mini.__file__).parent / "data"
SCRIPTS = {"zh": r"[\u4e00-\u9fff]", "ar": r"[\u0621-\u064a]", "ru": r"[а-яё]"}


def split(task: str, language: str = "en", name: str = "test") -> Split:
    """One language of one split."""
    return BY_NAME[task].load(DataRequest(language=language, split=name))


def texts(one: Split) -> list[str]:
    """Every sentence of a split: sentences of passages one by one, words without the spaces between them."""
    found = [document.text for document in one.pool]
    for example in one.examples:
        inputs = example.inputs
        assert isinstance(inputs, Text | TextPair | Question | Words)
        if isinstance(inputs, Question):
            found += [inputs.question, *re.split(r"(?<=\.) |(?<=。)", inputs.context)]
        else:
            found += ["".join(inputs.parts())] if isinstance(inputs, Words) else inputs.parts()
    return [re.sub(r"\s", "", text) for text in found if text]


@pytest.mark.slow
def test_every_file_is_written_again() -> None:
    """The committed generator writes the committed files, byte for byte and no others."""
    there = {path.relative_to(DATA).as_posix(): path.read_text("utf-8") for path in DATA.rglob("*") if path.is_file()}
    made = files()
    assert sorted(made) == sorted(there)
    assert [name for name in made if made[name] != there[name]] == []


def test_the_data_are_small() -> None:
    """All files together stay within 3 MiB."""
    assert sum(path.stat().st_size for path in DATA.rglob("*") if path.is_file()) <= 3 * 2**20


@pytest.mark.parametrize("name", BY_NAME)
def test_ids_are_unique_and_there_are_about_a_hundred(name: str) -> None:
    """Every language of a test split has 75 to 140 examples with ids of their own."""
    for language in BY_NAME[name].languages:
        ids = [example.id for example in split(name, language).examples]
        assert len(ids) == len(set(ids))
        assert 75 <= len(ids) <= 140


@pytest.mark.parametrize("name", [task.name for task in TASKS if task.parallel])
def test_parallel_tasks_share_ids_clusters_and_labels(name: str) -> None:
    """An item has the same id, cluster and, if it is a label, gold in every language that has it."""
    known = {one.id: one for one in split(name).examples}
    for language in BY_NAME[name].languages[1:]:
        items = split(name, language).examples
        assert {one.id for one in items} == set(known) or name == "mini-qa-mixed"
        assert all(one.cluster == known[one.id].cluster for one in items)
        if name in {"mini-nli", "mini-paraphrase"}:
            assert [one.gold for one in items] == [known[one.id].gold for one in items]


def test_mixed_questions_are_in_some_languages_only() -> None:
    """Every question of mini-qa-mixed is in English and in three of the four other languages."""
    counts = Counter(one.id for language in MIXED for one in split("mini-qa-mixed", language).examples)
    assert set(counts.values()) == {4}


def test_three_hypotheses_to_a_premise() -> None:
    """A premise has one hypothesis of each label, and all three are one cluster."""
    clusters: dict[str, list[tuple[str, object]]] = {}
    for one in split("mini-nli").examples:
        assert isinstance(one.inputs, TextPair)
        clusters.setdefault(one.cluster, []).append((one.inputs.first, one.gold))
    assert all(len({first for first, _ in rows}) == 1 for rows in clusters.values())
    assert all(len({gold for _, gold in rows}) == 3 for rows in clusters.values())


@pytest.mark.parametrize("name", ["mini-qa", "mini-qa-mixed", "mini-qa-own"])
def test_answers_stand_where_they_are_said_to(name: str) -> None:
    """The text of every gold answer is found at its offset in the passage."""
    for language in BY_NAME[name].languages:
        for one in split(name, language).examples:
            assert isinstance(one.inputs, Question)
            assert isinstance(one.gold, tuple)
            for answer in one.gold:
                assert one.inputs.context.startswith(answer.text, answer.start)  # type: ignore[union-attr]


def test_names_are_marked_in_iob2() -> None:
    """Every I- tag continues a name of its kind, and no name of the test sentences was seen in training."""
    trained = {
        word
        for one in split("mini-ner", "en", "train").examples
        for word, tag in zip(one.inputs.parts(), one.gold, strict=True)
        if tag == "B-PER"
    }
    for language in LANGUAGES:
        for one in split("mini-ner", language).examples:
            tags = ("O", *one.gold)
            assert all(tag[0] != "I" or before[1:] == tag[1:] for before, tag in pairwise(tags))
    tested = split("mini-ner").examples
    names = {word for one in tested for word, tag in zip(one.inputs.parts(), one.gold, strict=True) if tag == "B-PER"}
    assert names
    assert not names & trained


@pytest.mark.parametrize("name", BY_NAME)
def test_texts_are_in_their_script(name: str) -> None:
    """Every Chinese, Arabic and Russian sentence is written in its script."""
    for language, letters in SCRIPTS.items():
        if language in BY_NAME[name].languages:
            found = [example.inputs.parts() for example in split(name, language).examples]
            assert all(re.search(letters, "".join(parts)) for parts in found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_test_sentence_is_trained_on(language: str) -> None:
    """No sentence of any test split stands in the parallel texts, in the training data or in the development data."""
    tested = {text for task in TASKS if language in task.languages for text in texts(split(task.name, language))}
    lines = (DATA / "parallel" / f"{language}.txt").read_text("utf-8").splitlines()
    seen = {re.sub(r"\s", "", line) for line in lines}
    if language == "en":
        for task in TASKS:
            for name in set(task.splits) & {"train", "dev"} if "train" in task.splits else ():
                seen |= set(texts(split(task.name, "en", name)))
    elif language != "en":
        seen |= set(texts(split("mini-mining", language, "dev")))
    assert tested & seen == set()


def test_parallel_texts_have_the_same_lines() -> None:
    """The parallel texts have 3,000 different lines in every language."""
    counts = {
        language: len(set((DATA / "parallel" / f"{language}.txt").read_text("utf-8").splitlines()))
        for language in LANGUAGES
    }
    assert counts == dict.fromkeys(LANGUAGES, 3000)
