"""Span questions: windows, maximal context, candidates, offsets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch  # noqa: TID253  # the tests need it anyway
import xharness_transformers
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from xharness import CheckpointError, Example, PredictionError, Question, Settings, Split, Task, UsageError
from xharness_transformers.rows import Rows
from xharness_transformers.spans import Spans, best_in_windows, best_of_questions
from xharness_transformers.windows import Windows, maximal_context, window_starts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CONTEXT = "Anna eats in Paris. The big dog (a man's dog) sleeps, not the cat! Google was small and 世界 is big. "


def _split(questions: list[tuple[str, str]], task: str = "xquad") -> Split:
    examples = [
        Example(id=f"q{row}", cluster="p", inputs=Question(question=question, context=context))
        for row, (question, context) in enumerate(questions)
    ]
    return Split(task=task, language="zh", name="test", examples=examples, version="1", source="made up")


def _predictor(folder: Path, task: Task, **more: Any) -> Any:
    chosen = Settings(device="cpu", **more)
    return xharness_transformers.xharness_predict(
        xharness_transformers.xharness_load(str(folder), chosen),
        task,
        chosen,  # type: ignore[arg-type]
    )


def _run(predictor: Any, split: Split) -> Any:
    return predictor.predict(predictor.prepare(split), lambda _: None)


# ---- windows ----------------------------------------------------------------------------------------------------


@limits(deadline=None)
@given(st.integers(0, 2000), st.integers(1, 380))
def test_windows_start_every_128_subwords_until_the_end_is_reached(tokens: int, capacity: int) -> None:
    """The official loop, written out: a window is the last one as soon as it holds the context's end."""
    expected, start = [], 0
    while True:
        expected.append(start)
        size = min(capacity, tokens - start)
        if start + size >= tokens:
            break
        start += min(size, 128)
    assert window_starts(tokens, capacity) == expected


@limits(deadline=None)
@given(st.integers(1, 1500), st.integers(1, 380))
def test_maximal_context_equals_its_definition(tokens: int, capacity: int) -> None:
    """For every subword, the first window with the greatest min(left, right) + 0.01 × size."""
    starts = window_starts(tokens, capacity)
    stretches = maximal_context(starts, tokens, capacity)
    for subword in range(0, tokens, 7):
        scores = []
        for start in starts:
            end = min(start + capacity, tokens)
            inside = start <= subword < end
            scores.append(min(subword - start, end - 1 - subword) + 0.01 * (end - start) if inside else -1.0)
        window = scores.index(max(scores))
        assert [low <= subword < high for low, high in stretches] == [number == window for number in range(len(starts))]


# ---- candidates -------------------------------------------------------------------------------------------------


def _slow_best(starts: list[float], ends: list[float], head: int, size: int, low: int, high: int) -> Any:
    """The official loops over the 20 best start and end logits of one window."""
    count = len(starts)
    best_starts = sorted(range(count), key=lambda place: -starts[place])[:20]
    best_ends = sorted(range(count), key=lambda place: -ends[place])[:20]
    best = None
    for start in best_starts:
        for end in best_ends:
            in_context = head <= start < head + size and head <= end < head + size
            if not in_context or not low <= start - head < high or end < start or end - start + 1 > 30:
                continue
            score = starts[start] + ends[end]
            if best is None or score > best[0]:
                best = (score, start - head, end - head)
    return best


LOGITS = st.lists(st.integers(-4, 4).map(float), min_size=60, max_size=60)


@limits(deadline=None)
@given(LOGITS, LOGITS, st.integers(30, 60), st.integers(0, 20), st.integers(0, 5), st.integers(0, 40))
def test_the_best_span_of_a_window_equals_the_official_loops(
    starts: list[float], ends: list[float], length: int, head: int, low: int, high: int
) -> None:
    """Same score, start and end, ties included; padding is never looked at."""
    size = length - head - 1
    windows = Windows(
        rows=Rows.of(np.zeros(length, dtype=np.int32), np.array([length])),
        examples=np.array([0]),
        heads=np.array([head]),
        starts=np.array([0]),
        sizes=np.array([size]),
        best=np.array([[low, high]]),
    )
    logits = [np.array([side], dtype=np.float32) for side in (starts, ends)]
    found = best_in_windows(logits[0], logits[1], np.array([length]), windows, np.array([0]))
    expected = _slow_best(starts[:length], ends[:length], head, size, low, high)
    if expected is None:
        assert found.scores[0] == -np.inf
    else:
        assert (found.scores[0], found.first[0], found.last[0]) == expected


def test_the_best_of_all_windows_wins_and_the_leftmost_of_equal_ones() -> None:
    """Windows of other questions do not matter; a question without candidates keeps -inf."""
    spans = Spans(
        scores=np.array([1.0, 3.0, 3.0, -np.inf, -np.inf, 0.5]),
        first=np.array([0, 1, 2, 3, 4, 5]),
        last=np.array([0, 1, 2, 3, 4, 5]),
    )
    best = best_of_questions(spans, np.array([0, 0, 0, 1, 1, 2]), 3)
    assert best.first.tolist() == [1, 3, 5]
    assert best.scores.tolist() == [3.0, -np.inf, 0.5]


# ---- answers ----------------------------------------------------------------------------------------------------


def _plain_answer(folder: Path, question: str, context: str) -> str:
    """One question by transformers alone, window by window, in plain loops; answers by character offsets."""
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    network = AutoModelForQuestionAnswering.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    asked = tokenizer(question, add_special_tokens=False)["input_ids"][:64]
    read = tokenizer(context, add_special_tokens=False, return_offsets_mapping=True)
    pieces, places = read["input_ids"], read["offset_mapping"]
    double = tokenizer.cls_token == "<s>"  # noqa: S105
    cls, sep = [tokenizer.cls_token_id], [tokenizer.sep_token_id]
    ahead = [*cls, *asked, *sep, *(sep if double else [])]
    capacity = 384 - len(ahead) - 1
    starts = window_starts(len(pieces), capacity)
    stretches = maximal_context(starts, len(pieces), capacity)
    best = None
    for start, (low, high) in zip(starts, stretches, strict=True):
        part = pieces[start : start + capacity]
        inputs = {"input_ids": torch.tensor([ahead + part + sep])}
        if not double:
            inputs["token_type_ids"] = torch.tensor([[0] * len(ahead) + [1] * (len(part) + 1)])
        with torch.inference_mode():
            output = network(**inputs)
        found = _slow_best(
            output.start_logits[0].tolist(),
            output.end_logits[0].tolist(),
            len(ahead),
            len(part),
            low - start,
            high - start,
        )
        if found is not None and (best is None or found[0] > best[0]):
            best = (found[0], found[1] + start, found[2] + start)
    return "" if best is None else context[places[best[1]][0] : places[best[2]][1]].strip()


@pytest.mark.parametrize("checkpoint", ["bert_qa", "xlmr_qa"])
def test_answers_are_those_of_plain_loops(
    checkpoint: str, tasks: Mapping[str, Task], request: pytest.FixtureRequest
) -> None:
    """Short and long contexts, long questions, shared contexts: the same text for every question."""
    folder = request.getfixturevalue(checkpoint)
    asked = ["who eats?", "where is the dog", "what " * 80, "", "was the cat small?", "when"]
    questions = [(question, CONTEXT * repeat) for repeat in (1, 4, 13) for question in asked]
    found = _run(_predictor(folder, tasks["xquad"]), _split(questions))
    expected = [_plain_answer(folder, *pair) for pair in questions]
    assert found.values == expected
    assert found.record["windows"] > len(questions)
    assert found.record["truncated"] == 3
    assert sum(bool(answer) for answer in expected) > 9


def test_answers_are_substrings_without_blanks_around(xlmr_qa: Path, tasks: Mapping[str, Task]) -> None:
    """A piece's own blank does not reach the answer, in front of words (▁) and behind them."""
    context = "  Anna\u3000eats \u202f in\nParis .  "
    predictor = _predictor(xlmr_qa, tasks["xquad"])
    found = _run(predictor, _split([(question, context) for question in ("who", "where", "what is", "a a a")]))
    for answer in found.values:
        assert answer in context
        assert answer == answer.strip()


@pytest.mark.parametrize(("decoder", "answer"), [("offsets", ""), ("official", "empty")])
def test_without_a_candidate_the_answer_says_so(
    bert_qa: Path, tasks: Mapping[str, Task], decoder: str, answer: str
) -> None:
    """An empty context has no span: the official word is "empty", ours the empty string."""
    found = _run(_predictor(bert_qa, tasks["xquad"], qa_decoder=decoder), _split([("who?", ""), ("who?", " \t")]))
    assert found.values == [answer, answer]
    assert found.record["without_candidate"] == 2


def test_an_unknown_decoder_is_refused(bert_qa: Path, tasks: Mapping[str, Task]) -> None:
    """The message lists what there is."""
    with pytest.raises(UsageError, match=r"no decoder of answers called 'offset'.*official, offsets"):
        _predictor(bert_qa, tasks["xquad"], qa_decoder="offset")


def test_a_network_with_fewer_positions_gets_smaller_windows(write_checkpoint: Any, tasks: Mapping[str, Task]) -> None:
    """64 positions: windows of 64 subwords and questions cut to leave half of the room for the context."""
    folder = write_checkpoint(head="qa", max_position_embeddings=64)
    predictor = _predictor(folder, tasks["xquad"])
    prepared = predictor.prepare(_split([("what " * 80, CONTEXT * 3)]))
    assert prepared.payload.windows.rows.lengths.max() == 64
    assert predictor.signature["max_length"] == 64
    assert predictor.predict(prepared, lambda _: None).values[0] in CONTEXT * 3
    tiny = write_checkpoint(head="qa", max_position_embeddings=4)
    with pytest.raises(CheckpointError, match="4 subwords per input leave no room"):
        _predictor(tiny, tasks["xquad"]).prepare(_split([("who", CONTEXT)]))


def test_logits_that_are_not_finite_name_the_question(bert_qa: Path, tasks: Mapping[str, Task]) -> None:
    """The message names task, language, example and remedy."""
    chosen = Settings(device="cpu", dtype="bfloat16")
    model: Any = xharness_transformers.xharness_load(str(bert_qa), chosen)
    with torch.no_grad():
        model.loaded(tasks["xquad"]).network.qa_outputs.bias[1] = float("inf")
    predictor: Any = xharness_transformers.xharness_predict(model, tasks["xquad"], chosen)
    with pytest.raises(PredictionError, match=r"xquad/zh: example q0: .*bfloat16.*--dtype float32"):
        _run(predictor, _split([("who", CONTEXT)]))


def test_the_signature_holds_what_changes_answers(bert_qa: Path, tasks: Mapping[str, Task]) -> None:
    """Lengths, stride, candidates, decoder and dtype; the paper variant decodes officially unless told otherwise."""
    fixed = _predictor(bert_qa, tasks["xquad"])
    assert fixed.signature == {
        "max_length": 384,
        "stride": 128,
        "question_length": 64,
        "answer_length": 30,
        "candidates": 20,
        "decoder": "offsets",
        "dtype": "float32",
    }
    assert _predictor(bert_qa, tasks["xquad"], variant="paper").signature["decoder"] == "official"
    both = _predictor(bert_qa, tasks["xquad"], variant="paper", qa_decoder="offsets")
    assert both.signature["decoder"] == "offsets"
