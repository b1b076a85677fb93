"""Tagging: one tag per word, always."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch  # noqa: TID253  # the tests need it anyway
import xharness_transformers
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from xharness import CheckpointError, Example, PredictionError, Settings, Split, Task, Variant, Words
from xharness_transformers.chunks import chunk_bounds, with_unknown_words
from xharness_transformers.rows import offsets
from xharness_transformers.subwords import Pieces

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

WORD_LIST = "the a man Paris Anna Google eats runs sleeps Hund Katze der dogs manly 你好 世界 คนไทย".split()


def _sentences(count: int) -> list[tuple[str, ...]]:
    return [
        tuple(WORD_LIST[(row * 5 + step * (1 + row % 3)) % len(WORD_LIST)] for step in range((row * 11) % 37))
        for row in range(count)
    ]


def _split(sentences: list[tuple[str, ...]]) -> Split:
    examples = [
        Example(id=str(row), cluster=str(row), inputs=Words(words=words)) for row, words in enumerate(sentences)
    ]
    return Split(task="panx", language="de", name="test", examples=examples, version="1", source="made up")


def _predictor(folder: Path, task: Task, **settings: Any) -> Any:
    chosen = Settings(device="cpu", **settings)
    return xharness_transformers.xharness_predict(
        xharness_transformers.xharness_load(str(folder), chosen),
        task,
        chosen,  # type: ignore[arg-type]
    )


def _run(predictor: Any, split: Split) -> Any:
    return predictor.predict(predictor.prepare(split), lambda _: None)


def _by_transformers(folder: Path, words: tuple[str, ...]) -> tuple[str, ...]:
    """The tags of one sentence by transformers alone, at each word's first subword; it must fit whole."""
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    network = AutoModelForTokenClassification.from_pretrained(folder).eval()
    encoding = AutoTokenizer.from_pretrained(folder)(list(words), is_split_into_words=True, return_tensors="pt")
    with torch.inference_mode():
        chosen = network(**encoding).logits[0].argmax(dim=-1).tolist()
    places = encoding.word_ids()
    return tuple(network.config.id2label[chosen[places.index(word)]] for word in range(len(words)))


@pytest.mark.parametrize("checkpoint", ["bert_tagger", "xlmr_tagger"])
def test_tags_are_those_of_transformers_own_word_alignment(
    checkpoint: str, tasks: Mapping[str, Task], request: pytest.FixtureRequest
) -> None:
    """Words tokenised one by one equal `is_split_into_words`, with the word-start mark on each (XLM-R)."""
    folder, sentences = request.getfixturevalue(checkpoint), _sentences(25)
    found = _run(_predictor(folder, tasks["panx"]), _split(sentences))
    assert found.values == [_by_transformers(folder, words) if words else () for words in sentences]
    assert len({tag for tags in found.values for tag in tags}) > 3


def test_long_sentences_are_split_between_words_not_cut(bert_tagger: Path, tasks: Mapping[str, Task]) -> None:
    """A sentence of 700 words gets 700 tags, those of its chunks as sentences of their own."""
    words = tuple(WORD_LIST[(step * step) % 12] for step in range(700))
    predictor = _predictor(bert_tagger, tasks["panx"])
    prepared = predictor.prepare(_split([("the",), words, ("a", "man")]))
    found = predictor.predict(prepared, lambda _: None)
    assert [len(tags) for tags in found.values] == [1, 700, 2]
    bounds = prepared.payload.bounds.tolist()
    chunks = [words[start - 1 : stop - 1] for start, stop in pairwise(bounds[1:-1])]
    alone = _run(predictor, _split(chunks))
    assert tuple(tag for tags in alone.values for tag in tags) == found.values[1]
    assert found.record["extra_chunks"] == len(chunks) - 1 > 0
    assert found.record["truncated"] == 0


def test_words_without_subwords_are_tagged_as_unknown_tokens(bert_tagger: Path, tasks: Mapping[str, Task]) -> None:
    """Zero-width characters, blanks and the like give no subwords, yet every word has its tag."""
    sentence = ("the", "\u200b", "\u200d", " ", "", "\ufeff", "dog", "a b")
    found = _run(_predictor(bert_tagger, tasks["panx"]), _split([sentence, ("\u200b",), ()]))
    assert [len(tags) for tags in found.values] == [8, 1, 0]
    assert found.record["unknown_words"] >= 2
    same = _run(_predictor(bert_tagger, tasks["panx"]), _split([("the", *["[UNK]"] * 5, "dog", "a b")]))
    assert found.values[0] == same.values[0]


def test_a_word_longer_than_the_network_takes_becomes_one_unknown_token(
    bert_tagger: Path, tasks: Mapping[str, Task]
) -> None:
    """As in the official preparation: more subwords than a chunk holds are replaced, not cut."""
    found = _run(_predictor(bert_tagger, tasks["panx"]), _split([("the", "ab" * 90, "dog")]))
    same = _run(_predictor(bert_tagger, tasks["panx"]), _split([("the", "[UNK]", "dog")]))
    assert found.values == same.values
    assert found.record["unknown_words"] in (
        0,
        1,
    )  # a WordPiece vocabulary calls words over 100 characters unknown itself


def test_the_official_form_has_one_subword_less_for_xlmr(xlmr_tagger: Path, tasks: Mapping[str, Task]) -> None:
    """Variant "paper": `<s> words </s></s>`, hence 125 subwords per chunk; fixed: `<s> words </s>`, hence 126."""
    sentence = ("the",) * 126
    fixed, paper = (
        _predictor(xlmr_tagger, tasks["panx"], variant=variant) for variant in (Variant.FIXED, Variant.PAPER)
    )
    assert fixed.prepare(_split([sentence])).payload.bounds.tolist() == [0, 126]
    rows = paper.prepare(_split([sentence])).payload
    assert rows.bounds.tolist() == [0, 125, 126]
    assert rows.rows.tokens[-3:].tolist()[1:] == [2, 2]
    assert fixed.signature != paper.signature
    assert len(_run(paper, _split([sentence])).values[0]) == 126


def test_bert_keeps_its_form_under_the_paper_variant(bert_tagger: Path, tasks: Mapping[str, Task]) -> None:
    """The extra separator belongs to tokenizers whose pairs have a double one."""
    split = _split([("the",) * 126])
    prepared = [
        _predictor(bert_tagger, tasks["panx"], variant=v).prepare(split) for v in (Variant.FIXED, Variant.PAPER)
    ]
    assert prepared[0].payload.rows.tokens.tolist() == prepared[1].payload.rows.tokens.tolist()


def test_logits_that_are_not_finite_name_the_sentence(bert_tagger: Path, tasks: Mapping[str, Task]) -> None:
    """The message names task, language and example, also where a sentence is in several chunks."""
    settings = Settings(device="cpu")
    model: Any = xharness_transformers.xharness_load(str(bert_tagger), settings)
    network = model.loaded(tasks["panx"]).network
    with torch.no_grad():
        word = model.tokenizer(tasks["panx"]).convert_tokens_to_ids("Google")
        network.base_model.embeddings.word_embeddings.weight[word] = float("inf")
    predictor: Any = xharness_transformers.xharness_predict(model, tasks["panx"], settings)
    with pytest.raises(PredictionError, match=r"panx/de: example 2: .*NaN or infinity"):
        _run(predictor, _split([("the",), (), ("the",) * 300 + ("Google",), ("a",)]))


def test_a_network_without_room_for_a_word_is_refused(write_checkpoint: Any, tasks: Mapping[str, Task]) -> None:
    """Two positions hold two special tokens and nothing else."""
    folder = write_checkpoint(head="token", labels=tasks["panx"].labels, max_position_embeddings=2)
    with pytest.raises(CheckpointError, match="2 subwords per input leave no room"):
        _predictor(folder, tasks["panx"]).prepare(_split([("the",)]))


@limits(deadline=None)
@given(st.lists(st.lists(st.integers(1, 7), max_size=30), max_size=10), st.integers(7, 20))
def test_chunks_are_greedy_and_tile_the_words(sentences: list[list[int]], capacity: int) -> None:
    """A chunk ends only where its sentence ends or the next word would not fit (utils_preprocess.py 38-99)."""
    reference = [0, *_greedy(sentences, capacity)]
    lengths = np.array([size for words in sentences for size in words], dtype=np.int64)
    starts = offsets(np.array([len(words) for words in sentences], dtype=np.int64))
    assert chunk_bounds(lengths, starts, capacity).tolist() == reference


def _greedy(sentences: list[list[int]], capacity: int) -> list[int]:
    """Chunk ends, word by word."""
    ends: list[int] = []
    done = 0
    for words in sentences:
        filled = 0
        for size in words:
            if filled and filled + size > capacity:
                ends.append(done)
                filled = 0
            filled += size
            done += 1
        if words:
            ends.append(done)
    return ends


def test_only_empty_and_overlong_words_become_unknown() -> None:
    """The other words keep their subwords, at their new places."""
    pieces = Pieces(tokens=np.arange(1, 8, dtype=np.int32), starts=np.array([0, 2, 2, 6, 7]))
    fixed, replaced = with_unknown_words(pieces, 3, 99)
    assert replaced.tolist() == [False, True, True, False]
    assert fixed.tokens.tolist() == [1, 2, 99, 99, 7]
    assert fixed.starts.tolist() == [0, 2, 3, 4, 5]
