"""An independent check: transformers' own pipelines, or a plain script where there is none, answer alike.

transformers 5 has no question-answering pipeline; the script below uses the tokenizer's own windows (`stride`,
`return_overflowing_tokens`) and the official rules in plain loops.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
import torch  # noqa: TID253  # the tests need it anyway
import xharness_transformers
from xharness import Example, Question, Settings, Split, Task, TextPair, Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

LEXICONS = {
    "de": "der die das Hund Katze isst nicht wo wer Anna Berlin, groß. (klein) Häuser-Reihe Straße! 12,5".split(),
    "zh": "你好 世界 我的 你好世界 好, 世。 我我 的 Paris 的的 你 界世".split(),
    "th": "คน ไทย คนไทย กา ทก ยคน dog2 ก".split(),
}
LANGUAGES = sorted(LEXICONS)


def _sentence(rng: random.Random, language: str, words: int) -> str:
    return " ".join(rng.choice(LEXICONS[language]) for _ in range(words))


def _split(task: str, language: str, inputs: Sequence[Any]) -> Split:
    examples = [Example(id=str(row), cluster=str(row), inputs=item) for row, item in enumerate(inputs)]
    return Split(task=task, language=language, name="test", examples=examples, version="1", source="made up")


def _ours(folder: Path, task: Task, split: Split) -> Any:
    settings = Settings(device="cpu")
    model: Any = xharness_transformers.xharness_load(str(folder), settings)
    predictor: Any = xharness_transformers.xharness_predict(model, task, settings)
    return predictor.predict(predictor.prepare(split), lambda _: None).values


def _share_equal(left: Sequence[Any], right: Sequence[Any]) -> float:
    return sum(a == b for a, b in zip(left, right, strict=True)) / len(left)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("checkpoint", ["bert_nli", "xlmr_nli"])
def test_labels_equal_the_text_classification_pipeline(
    checkpoint: str, language: str, tasks: Mapping[str, Task], request: pytest.FixtureRequest
) -> None:
    """At least 99.9 % of the labels of 120 pairs, from one word to more than fit, are the pipeline's."""
    from transformers import pipeline

    rng, folder = random.Random(f"nli/{language}"), request.getfixturevalue(checkpoint)
    pairs = [(_sentence(rng, language, 1 + row), _sentence(rng, language, 1 + row % 50)) for row in range(120)]
    classify = pipeline("text-classification", model=str(folder), device="cpu")
    inputs = [{"text": first, "text_pair": second} for first, second in pairs]
    answers = classify(inputs, truncation=True, max_length=128, batch_size=1)
    expected = [str(answer["label"]).lower() for answer in answers]
    split = _split("xnli", language, [TextPair(first=first, second=second) for first, second in pairs])
    assert _share_equal(_ours(folder, tasks["xnli"], split), expected) >= 0.999
    assert len(set(expected)) > 1


def _chunks(words: Sequence[str], tokenizer: Any, capacity: int) -> Iterator[list[str]]:
    chunk: list[str] = []
    filled = 0
    for word in words:
        size = len(tokenizer([word], is_split_into_words=True, add_special_tokens=False)["input_ids"])
        if chunk and filled + size > capacity:
            yield chunk
            chunk, filled = [], 0
        chunk.append(word)
        filled += size
    yield chunk


def _pipeline_tags(tagger: Any, words: list[str]) -> list[str]:
    """The tag at each word's first subword, found by its first character in the words joined by blanks."""
    [answers] = tagger(words, is_split_into_words=True)
    at = {answer["start"]: answer["entity"] for answer in reversed(answers)}
    starts, place = [], 0
    for word in words:
        starts.append(place)
        place += len(word) + 1
    return [at[start] for start in starts]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("checkpoint", ["bert_tagger", "xlmr_tagger"])
def test_tags_equal_the_token_classification_pipeline(
    checkpoint: str, language: str, tasks: Mapping[str, Task], request: pytest.FixtureRequest
) -> None:
    """At least 99.9 % of the words have the pipeline's tag; what is longer than 128 subwords is given to it in chunks."""
    from transformers import pipeline

    rng, folder = random.Random(f"tags/{language}"), request.getfixturevalue(checkpoint)
    sentences = [_sentence(rng, language, 1 + (row * 9) % 140).split() for row in range(30)]
    tagger = pipeline("token-classification", model=str(folder), device="cpu", ignore_labels=[])
    expected = [
        tag
        for words in sentences
        for chunk in _chunks(words, tagger.tokenizer, 126)
        for tag in _pipeline_tags(tagger, chunk)
    ]
    split = _split("panx", language, [Words(words=tuple(words)) for words in sentences])
    found = _ours(folder, tasks["panx"], split)
    assert [len(tags) for tags in found] == [len(words) for words in sentences]
    assert _share_equal([tag for tags in found for tag in tags], expected) >= 0.999
    assert len(set(expected)) > 3


def _script_answer(network: Any, tokenizer: Any, question: str, context: str) -> str:
    """One question: the tokenizer's overlapping windows, padded to 384, and the official rules in plain loops."""
    asked = len(tokenizer(question, add_special_tokens=False)["input_ids"])
    room = 384 - asked - tokenizer.num_special_tokens_to_add(pair=True)
    windows = tokenizer(
        question,
        context,
        truncation="only_second",
        max_length=384,
        stride=room - 128,  # the tokenizer counts what windows share, the official script what is new
        padding="max_length",
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        return_tensors="pt",
    )
    windows.pop("overflow_to_sample_mapping")
    places = windows.pop("offset_mapping").tolist()
    with torch.inference_mode():
        output = network(**windows)
    sides = [windows.sequence_ids(window) for window in range(len(places))]
    shared = [[place for place, side in enumerate(row) if side == 1] for row in sides]
    best: tuple[float, str] = (-float("inf"), "")
    for window, inside in enumerate(shared):
        real = int(windows["attention_mask"][window].sum())
        starts, ends = (logits[window, :real].tolist() for logits in (output.start_logits, output.end_logits))
        top = [sorted(range(real), key=lambda place, side=side: -side[place])[:20] for side in (starts, ends)]
        for start in top[0]:
            for end in top[1]:
                allowed = start in inside and end in inside and 0 <= end - start < 30
                if not allowed or not _has_maximal_context(shared, window, start, 128):
                    continue
                score = starts[start] + ends[end]
                if score > best[0]:
                    best = (score, context[places[window][start][0] : places[window][end][1]].strip())
    return best[1]


def _has_maximal_context(shared: list[list[int]], window: int, place: int, step: int) -> bool:
    """Whether no other window sees this subword with more context on its poorer side (the leftmost of equal ones)."""
    subword = place - shared[window][0] + window * step
    scores = []
    for number, inside in enumerate(shared):
        left, right = subword - number * step, number * step + len(inside) - 1 - subword
        scores.append(min(left, right) + 0.01 * len(inside) if min(left, right) >= 0 else -1.0)
    return scores.index(max(scores)) == window


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("checkpoint", ["bert_qa", "xlmr_qa"])
def test_answers_equal_a_plain_script(
    checkpoint: str, language: str, tasks: Mapping[str, Task], request: pytest.FixtureRequest
) -> None:
    """Every answer to 12 questions about contexts of one to several windows is the script's."""
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    rng, folder = random.Random(f"qa/{language}"), request.getfixturevalue(checkpoint)
    pairs = [(_sentence(rng, language, 3 + row % 4), _sentence(rng, language, 10 + 30 * row)) for row in range(12)]
    network = AutoModelForQuestionAnswering.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    expected = [_script_answer(network, tokenizer, question, context) for question, context in pairs]
    split = _split("xquad", language, [Question(question=question, context=context) for question, context in pairs])
    assert _ours(folder, tasks["xquad"], split) == expected
    assert sum(bool(answer) for answer in expected) >= 6
