"""The official decoder: whitespace words, cut down by alignment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import xharness_transformers
from xharness import Example, Question, Settings, Split, Task
from xharness_transformers.answers import Alignment, joined, split_words

if TYPE_CHECKING:
    from collections.abc import Mapping


def test_words_are_split_at_five_characters_only() -> None:
    """Blank, tab, CR, LF and U+202F split; the no-break and the ideographic space do not."""
    assert split_words(" a\tb\r\nc\u202fd  e\u00a0f g\u3000h ") == ["a", "b", "c", "d", "e\u00a0f", "g\u3000h"]
    assert split_words(" \n") == []


@pytest.mark.parametrize(
    ("subwords", "text"),
    [
        (["Den", "##ver", "Bron", "##cos", "'"], "Denver Broncos '"),
        (["##ver", "won"], "ver won"),
        (["▁Den", "ver", "▁Bron", "cos"], "Denver Broncos"),
        (["ver", "▁won"], "ver won"),
        (["▁", "世", "界"], "世界"),
    ],
)
def test_subwords_are_joined_as_their_vocabulary_spells_them(subwords: list[str], text: str) -> None:
    """WordPiece's continuation marks and SentencePiece's word marks vanish."""
    assert joined(subwords) == text


@pytest.mark.parametrize(
    ("subwords", "words", "answer"),
    [
        ("steve smith", "Steve Smith's", "Steve Smith"),
        ("1995", "(1995),", "1995"),
        ("( 1995", "(1995),", "(1995"),
        ("cafe", "Café,", "Café"),
        ("denver broncos", "The Denver  Broncos.", "Denver  Broncos"),
        ("世 界", "你好世界。", "世界"),
    ],
)
def test_words_are_cut_down_to_the_subwords(subwords: str, words: str, answer: str) -> None:
    """Punctuation that hangs on a word, case and accents of a lower-casing model, CJK characters set apart."""
    assert Alignment(lower_case=True).cut(subwords, words) == answer


@pytest.mark.parametrize(
    ("subwords", "words"),
    [
        ("世界", "你好世界。"),  # SentencePiece does not set CJK characters apart: the known defect in zh, ja, th
        ("nowhere", "The Denver Broncos"),
        ("", "The Denver Broncos"),
        ("of", "The [UNK] ﬁnd\u200b of it"),  # a zero-width character goes, so that lengths differ
    ],
)
def test_where_the_alignment_fails_all_words_are_the_answer(subwords: str, words: str) -> None:
    """Not found, nothing to find, or another number of characters after normalisation."""
    assert Alignment(lower_case=True).cut(subwords, words) == words


def test_a_cased_model_is_aligned_in_its_own_case() -> None:
    """Without lower-casing, another case is another word."""
    assert Alignment(lower_case=False).cut("Paris", "Paris,") == "Paris"
    assert Alignment(lower_case=False).cut("paris", "Paris,") == "Paris,"


@pytest.mark.parametrize("checkpoint", ["bert_qa", "xlmr_qa"])
def test_official_answers_are_whole_words_or_cut_at_punctuation(
    checkpoint: str, tasks: Mapping[str, Task], request: pytest.FixtureRequest
) -> None:
    """Every answer is part of the words joined by single blanks, and some differ from those by offsets."""
    context = "Anna eats\tin Paris,\n(not in London) where\u202fthe dogs\u00a0sleeping was big. 你好世界我的 " * 3
    asked = ["who eats", "where", "what was big?", "the dog?", "is Anna in Paris", "when", "wer isst", "la man"]
    examples = [
        Example(id=str(row), cluster="0", inputs=Question(question=question, context=context))
        for row, question in enumerate(asked)
    ]
    split = Split(task="xquad", language="en", name="test", examples=examples, version="1", source="made up")
    answers = {}
    for decoder in ("official", "offsets"):
        chosen = Settings(device="cpu", qa_decoder=decoder)
        model: Any = xharness_transformers.xharness_load(str(request.getfixturevalue(checkpoint)), chosen)
        predictor: Any = xharness_transformers.xharness_predict(model, tasks["xquad"], chosen)
        answers[decoder] = predictor.predict(predictor.prepare(split), lambda _: None).values
    text = " ".join(split_words(context))
    assert all(answer in text for answer in answers["official"])
    assert all(len(answer) > 0 for answer in answers["official"])
