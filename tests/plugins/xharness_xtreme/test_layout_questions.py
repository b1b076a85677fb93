"""XQuAD, MLQA, TyDiQA and SQuAD from the official layout."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from xharness import Answer, DataError, DataRequest, Question
from xharness.sources.squad import Asked
from xharness_xtreme.loading import load
from xharness_xtreme.mlqa_clusters import components
from xharness_xtreme.questions import clusters_by_passage, located, question_examples

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from xharness import Split

DEV = "tydiqa/tydiqa-goldp-v1.1-dev/tydiqa.goldp.{}.dev.json"
TRAIN = "tydiqa/tydiqa-goldp-v1.1-train/tydiqa.goldp.en.train.json"


def _squad(path: Path, passages: Sequence[tuple[str, Sequence[tuple[str, Sequence[tuple[str, int]]]]]]) -> Path:
    """Writes passages, each with questions (id, answers), in SQuAD's form."""
    data = [
        {
            "paragraphs": [
                {
                    "context": context,
                    "qas": [
                        {
                            "id": name,
                            "question": f"{name}?",
                            "answers": [{"text": text, "answer_start": at} for text, at in answers],
                        }
                        for name, answers in asked
                    ],
                }
            ]
        }
        for context, asked in passages
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"version": "1", "data": data}), encoding="utf-8")
    return path


BLANK = [("", 0)]


def _loaded(folder: Path, task: str, language: str = "en", split: str = "test") -> Split:
    return load(task, DataRequest(language=language, split=split, data=folder, labels=folder / "labels"))


def test_questions_of_a_passage_share_a_cluster(tmp_path: Path) -> None:
    """A cluster is named by the first question on the passage, although the prepared files give each question its own copy."""
    _squad(tmp_path / "xquad/xquad.en.json", [("p", [("a", BLANK)]), ("r", [("c", BLANK)]), ("p", [("b", BLANK)])])
    split = _loaded(tmp_path, "xquad")
    assert [(example.id, example.cluster) for example in split.examples] == [("a", "a"), ("c", "c"), ("b", "a")]
    assert split.examples[0].inputs == Question(question="a?", context="p")


def test_blanked_answers_are_no_gold(tmp_path: Path) -> None:
    """The single empty answer that the preparation leaves is not gold."""
    _squad(tmp_path / "xquad/xquad.en.json", [("p", [("a", BLANK)])])
    assert not _loaded(tmp_path, "xquad").has_gold


def test_gold_is_found_by_question_id(tmp_path: Path) -> None:
    """Gold is matched by id, not by position, and keeps several answers."""
    _squad(tmp_path / DEV.format("ko"), [("xy", [("a", BLANK)]), ("zz", [("b", BLANK)])])
    _squad(
        tmp_path / "labels/tydiqa/test-ko.json", [("zz", [("b", [("z", 1)])]), ("xy", [("a", [("x", 0), ("xy", 0)])])]
    )
    split = _loaded(tmp_path, "tydiqa", "ko")
    assert [example.gold for example in split.examples] == [
        (Answer(text="x", start=0), Answer(text="xy", start=0)),
        (Answer(text="z", start=1),),
    ]


def test_unstripped_answers_serve_as_gold_with_a_note(tmp_path: Path) -> None:
    """A user's original file, with its answers still in it, can be scored without a label folder."""
    _squad(tmp_path / "mlqa/MLQA_V1/test/test-context-de-question-de.json", [("xy", [("a", [("y", 1)])])])
    split = _loaded(tmp_path, "mlqa", "de")
    assert split.has_gold
    assert any("from the data file itself" in note for note in split.notes)


def test_mlqa_files_may_lie_flat(tmp_path: Path) -> None:
    """MLQA's test files are found beside the task folder's other files too."""
    _squad(tmp_path / "mlqa/test-context-de-question-de.json", [("xy", [("a", BLANK)])])
    assert _loaded(tmp_path, "mlqa", "de").examples[0].id == "a"


def test_ids_missing_on_either_side_are_named(tmp_path: Path) -> None:
    """Questions without gold and gold without questions are counted and named."""
    _squad(tmp_path / "xquad/xquad.en.json", [("p", [("a", BLANK), ("b", BLANK)])])
    _squad(tmp_path / "labels/xquad/test-en.json", [("p", [("a", [("p", 0)]), ("z", [("p", 0)])])])
    with pytest.raises(
        DataError, match=r"xquad/en: .*1 questions have no gold \(b\) and 1 questions of the gold .*\(z\)"
    ):
        _loaded(tmp_path, "xquad")


def test_stripped_files_as_gold_are_refused(tmp_path: Path) -> None:
    """A test file whose answers were stripped is not gold, and the message says what it is."""
    _squad(tmp_path / "xquad/xquad.en.json", [("p", [("a", BLANK)])])
    _squad(tmp_path / "labels/xquad/test-en.json", [("p", [("a", BLANK)])])
    with pytest.raises(DataError, match=r"answers are empty: this is a test file with its answers stripped"):
        _loaded(tmp_path, "xquad")


def test_a_gold_question_without_answers_is_refused(tmp_path: Path) -> None:
    """The official scorer crashes on a question without a gold answer; here it is named."""
    _squad(tmp_path / "xquad/xquad.en.json", [("p", [("a", BLANK), ("b", BLANK)])])
    _squad(tmp_path / "labels/xquad/test-en.json", [("p", [("a", [("p", 0)]), ("b", [])])])
    with pytest.raises(DataError, match=r"question 'b' has no gold answer"):
        _loaded(tmp_path, "xquad")


def test_duplicate_ids_are_refused_outside_training(tmp_path: Path) -> None:
    """An id that stands twice in a test file is named with both places."""
    _squad(tmp_path / DEV.format("en"), [("p", [("7", BLANK)]), ("q", [("8", BLANK)]), ("r", [("7", BLANK)])])
    with pytest.raises(DataError, match=r"tydiqa/en: .*id '7' stands twice \(questions 0 and 2, 0-based; 1 repeated"):
        _loaded(tmp_path, "tydiqa")


def test_duplicate_training_ids_become_rows(tmp_path: Path) -> None:
    """TyDiQA's training ids collide, so training questions are named by their row."""
    _squad(tmp_path / TRAIN, [("xy", [("7", [("y", 1)])]), ("xy", [("7", [("x", 0)])])])
    split = _loaded(tmp_path, "tydiqa", split="train")
    assert [(example.id, example.cluster) for example in split.examples] == [("0", "0"), ("1", "0")]


def test_training_answers_have_verified_starts(tmp_path: Path) -> None:
    """A wrong start is corrected by search, an answer that is nowhere drops the question, and a note counts it."""
    answers = [[("cat", 0)], [("cat", 9)], [("dog", 0)]]
    _squad(
        tmp_path / "squad/train-v1.1.json", [("the cat", [(str(row), answer) for row, answer in enumerate(answers)])]
    )
    split = _loaded(tmp_path, "xquad", split="train")
    assert [example.gold for example in split.examples] == [(Answer(text="cat", start=4),)] * 2
    assert "Training questions whose answer does not stand in the passage, dropped: 1 of 3." in split.notes


def test_the_nearest_occurrence_is_taken() -> None:
    """Of several places where the answer stands, the one nearest to the given start is taken."""
    assert located(Answer(text="a", start=5), "a b a b a").start == 4
    assert located(Answer(text="a", start=None), "b a a").start == 2
    assert located(Answer(text="z", start=1), "b a a").start is None
    assert located(Answer(text="", start=0), "b").start is None


def test_a_file_in_another_form_is_refused(tmp_path: Path) -> None:
    """JSON that is not in SQuAD's form is an error of the cell, with the place inside the file."""
    path = _squad(tmp_path / "xquad/xquad.en.json", [])
    path.write_text(json.dumps({"data": [{}]}), encoding="utf-8")
    with pytest.raises(DataError, match=r"xquad/en: .*xquad\.en\.json: data\[0\] has no 'paragraphs'"):
        _loaded(tmp_path, "xquad")


def test_mlqa_joins_passages_across_languages(tmp_path: Path) -> None:
    """Questions shared between languages join their passages into one cluster, named by its smallest question id."""
    _squad(
        tmp_path / "mlqa/MLQA_V1/dev/dev-context-en-question-en.json",
        [("one", [("q3", [("o", 0)]), ("q5", [("o", 0)])]), ("two", [("q7", [("t", 0)])])],
    )
    _squad(
        tmp_path / "mlqa/MLQA_V1/dev/dev-context-de-question-de.json",
        [("eins", [("q5", [("e", 0)]), ("q2", [("e", 0)])]), ("zwei", [("q9", [("z", 0)])])],
    )
    clusters = {
        (language, example.id): example.cluster
        for language in ("en", "de")
        for example in _loaded(tmp_path, "mlqa", language, "dev").examples
    }
    assert clusters == {
        ("en", "q3"): "q2",
        ("en", "q5"): "q2",
        ("en", "q7"): "q7",
        ("de", "q5"): "q2",
        ("de", "q2"): "q2",
        ("de", "q9"): "q9",
    }


def test_a_passage_of_two_articles_lies_in_the_first() -> None:
    """A passage that stands in two articles is one cluster, and so has one wider unit."""
    asked = [
        Asked(place="made up", id=name, question="q", context=context, answers=(), impossible=None, title=title)
        for name, context, title in (("1", "list", "A"), ("2", "list", "B"), ("3", "text", "B"))
    ]
    examples = question_examples(asked, clusters_by_passage(asked), None)
    assert [(one.cluster, one.wider) for one in examples] == [("1", "A"), ("1", "A"), ("3", "B")]


def test_components_do_not_depend_on_order() -> None:
    """Clusters are the same whatever the order of languages and questions."""
    passages = {
        "en": [("b", "1"), ("d", "1"), ("c", "2")],
        "de": [("a", "x"), ("c", "x"), ("d", "y")],
        "hi": [("e", "1")],
    }
    backwards = {language: list(reversed(pairs)) for language, pairs in reversed(passages.items())}
    assert components(passages) == components(backwards) == {"a": "a", "b": "b", "c": "a", "d": "b", "e": "e"}


def test_a_changed_file_changes_the_clusters(tmp_path: Path) -> None:
    """What is remembered about files is forgotten when one of them changes."""
    path = tmp_path / "mlqa/MLQA_V1/dev/dev-context-en-question-en.json"
    _squad(path, [("one", [("b", [("o", 0)])]), ("two", [("c", [("t", 0)])])])
    assert [example.cluster for example in _loaded(tmp_path, "mlqa", split="dev").examples] == ["b", "c"]
    _squad(path, [("one", [("b", [("o", 0)]), ("a-new", [("o", 0)])])])
    assert [example.cluster for example in _loaded(tmp_path, "mlqa", split="dev").examples] == ["a-new", "a-new"]
