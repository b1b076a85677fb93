"""Windows over contexts, and the answers in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import xharness
from xharness_finetune.networks.encoder import find_encoder, load_tokenizer
from xharness_finetune.recipes.settings import TaskSettings
from xharness_finetune.rows.windows import locate, span_rows, windows

if TYPE_CHECKING:
    from pathlib import Path


def asked(context: str, answer: str, start: int | None, question: str = "where") -> xharness.Example:
    """Returns a question about a context."""
    return xharness.Example(
        id="0",
        cluster="0",
        inputs=xharness.Question(question=question, context=context),
        gold=(xharness.Answer(text=answer, start=start),),
    )


def settings(length: int, step: int = 128, question_length: int = 64) -> TaskSettings:
    """Returns settings for rows of `length` subwords."""
    return TaskSettings(length=length, window_step=step, question_length=question_length)


@pytest.mark.parametrize("family", ["bert", "xlmr"])
def test_positions_cover_the_answer(family: str, request: pytest.FixtureRequest) -> None:
    """The subwords from start to end position are the answer's, in the middle, at the front and at the back."""
    tokenizer = load_tokenizer(find_encoder(str(request.getfixturevalue(family))))
    context = "paris zoo then 42 london the very end"
    for answer in ("paris", "zoo then 42", "end", context):
        (row,) = span_rows([asked(context, answer, context.index(answer))], tokenizer, settings(384))
        answer_ids = row["input_ids"][row["start_positions"] : row["end_positions"] + 1]
        assert tokenizer.decode(answer_ids).strip().replace(" ", "") == answer.replace(" ", "")


@pytest.mark.parametrize("family", ["bert", "xlmr"])
def test_windows_start_one_step_apart_and_cover_the_context(family: str, request: pytest.FixtureRequest) -> None:
    """Windows begin `window_step` subwords apart, fill `length`, and together hold every character of the context."""
    tokenizer = load_tokenizer(find_encoder(str(request.getfixturevalue(family))))
    context = "the cat runs in rome then " * 20
    found = list(windows([asked(context, "cat", 4)], tokenizer, settings(60, step=16)))
    specials = tokenizer.num_special_tokens_to_add(pair=True)
    assert len(found) > 3
    assert {len(window.row["input_ids"]) for window in found[:-1]} == {60}
    assert {len(window.offsets) for window in found[:-1]} == {60 - specials - 1}
    starts = [window.offsets[0][0] for window in found]
    every = [
        offset[0]
        for offset in tokenizer(context, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
    ]
    assert starts == [every[16 * index] for index in range(len(found))]
    assert found[-1].offsets[-1][1] == len(context.rstrip())


def test_windows_without_the_whole_answer_point_at_cls(bert: Path) -> None:
    """Only windows that hold the whole answer have a span; all others point at [CLS]."""
    tokenizer = load_tokenizer(find_encoder(str(bert)))
    context = "the " * 50 + "paris london " + "the " * 50
    example = asked(context, "paris london", context.index("paris"))
    rows = list(span_rows([example], tokenizer, settings(40, step=8)))
    kept = [row for row in rows if (row["start_positions"], row["end_positions"]) != (0, 0)]
    assert 0 < len(kept) < len(rows)
    for row in rows:
        text = tokenizer.decode(row["input_ids"])
        assert ("paris london" in text) == (row in kept)


def test_long_questions_are_cut(bert: Path) -> None:
    """A question keeps its first `question_length` subwords; the rest of the window is context."""
    tokenizer = load_tokenizer(find_encoder(str(bert)))
    example = asked("the cat is in rome", "rome", 14, question="who " * 100)
    (row,) = span_rows([example], tokenizer, settings(384, question_length=64))
    assert row["token_type_ids"].count(0) == 64 + 2  # with [CLS] and the first [SEP]


@pytest.mark.parametrize(
    ("answer", "start", "expected"),
    [
        ("rome", 11, (11, 15)),  # as given
        ("rome", 3, (11, 15)),  # a wrong offset (bytes taken for characters) is mended by the text
        ("rome", None, (11, 15)),
        (" rome", 10, (11, 15)),  # white space is no part of an answer
        ("paris", 11, None),
        ("  ", 0, None),
    ],
)
def test_answers_are_located_by_their_text(answer: str, start: int | None, expected: Any) -> None:
    """An answer is where its text is; one whose text is nowhere in the context has no place."""
    assert locate(asked("the cat in rome", answer, start)) == expected


def test_windows_keep_the_order_of_the_examples(bert: Path) -> None:
    """Questions of different lengths, tokenised in groups, come out in the order of the examples."""
    tokenizer = load_tokenizer(find_encoder(str(bert)))
    examples = [asked("the cat " * 30, "cat", 4, question="who " * (1 + index % 3)) for index in range(7)]
    found = [window.example for window in windows(examples, tokenizer, settings(40, step=16))]
    assert found == sorted(found)
    assert set(found) == set(range(7))


def unanswered(question: str = "where") -> xharness.Example:
    """Returns a question whose context holds no answer."""
    inputs = xharness.Question(question=question, context="the cat runs " * 20)
    return xharness.Example(id="1", cluster="1", inputs=inputs, gold=())


def test_questions_without_answer_point_at_cls(bert: Path) -> None:
    """Every window of a question without answer is a row that points at [CLS], if the task has such questions."""
    tokenizer = load_tokenizer(find_encoder(str(bert)))
    rows = list(span_rows([unanswered()], tokenizer, settings(40, step=16), unanswerable=True))
    assert len(rows) == len(list(windows([unanswered()], tokenizer, settings(40, step=16)))) > 1
    assert {(row["start_positions"], row["end_positions"]) for row in rows} == {(0, 0)}
    assert list(span_rows([unanswered()], tokenizer, settings(40))) == []


def test_answers_that_are_not_found_have_no_rows(bert: Path) -> None:
    """A question whose answer is not in the context is not mistaken for one that has none."""
    tokenizer = load_tokenizer(find_encoder(str(bert)))
    lost = asked("the cat in rome", "paris", 11)
    assert list(span_rows([lost], tokenizer, settings(40), unanswerable=True)) == []
