"""Rows for classification and tagging."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import xharness
from xharness_finetune.encoder import find_encoder, load_tokenizer
from xharness_finetune.features import IGNORED, Features, classification_rows, tagging_rows

from .conftest import TAGS

if TYPE_CHECKING:
    from pathlib import Path


def tagged(words: str, tags: str) -> xharness.Example:
    """Returns a sentence with its tags, both written with blanks between."""
    return xharness.Example(
        id="0", cluster="0", inputs=xharness.Words(words=tuple(words.split(" "))), gold=tuple(tags.split())
    )


@pytest.mark.parametrize("family", ["bert", "xlmr"])
def test_pairs_are_joined_as_the_encoder_expects(family: str, request: pytest.FixtureRequest) -> None:
    """A pair is what the tokenizer makes of it, and its class the label's place in the task's order."""
    tokenizer = load_tokenizer(find_encoder(str(request.getfixturevalue(family))))
    pair = xharness.TextPair(first="the cat runs", second="the dog eats")
    example = xharness.Example(id="0", cluster="0", inputs=pair, gold="neutral")
    (row,) = classification_rows([example], ("contradiction", "neutral"), tokenizer, 128)
    assert row["labels"] == 1
    special = ("[CLS]", "[SEP]", "[SEP]") if family == "bert" else ("<s>", "</s></s>", "</s>")
    written = tokenizer.decode(row["input_ids"]).replace(" ", "")
    assert written == f"{special[0]}thecatruns{special[1]}thedogeats{special[2]}"
    assert row.get("token_type_ids") == ([0] * 5 + [1] * 4 if family == "bert" else None)


def test_long_pairs_lose_words_of_the_longer_side(bert: Path) -> None:
    """Truncation takes from the longer text and keeps the shorter whole."""
    tokenizer = load_tokenizer(find_encoder(str(bert)))
    pair = xharness.TextPair(first="cat " * 50, second="the dog")
    example = xharness.Example(id="0", cluster="0", inputs=pair, gold="a")
    (row,) = classification_rows([example], ("a", "b"), tokenizer, 16)
    assert len(row["input_ids"]) == 16
    assert tokenizer.decode(row["input_ids"]).endswith("[SEP] the dog [SEP]")


@pytest.mark.parametrize("family", ["bert", "xlmr"])
def test_a_tag_is_learnt_at_the_first_subword(family: str, request: pytest.FixtureRequest) -> None:
    """Only the first subword of a word carries its tag; the others and the special tokens are ignored."""
    tokenizer = load_tokenizer(find_encoder(str(request.getfixturevalue(family))))
    (row,) = tagging_rows([tagged("the zoo cat", "O CITY ANIMAL")], TAGS, tokenizer, 128)
    scored = [
        (token, target) for token, target in zip(row["input_ids"], row["labels"], strict=True) if target != IGNORED
    ]
    assert [target for _, target in scored] == [0, 2, 1]
    first = [tokenizer.convert_ids_to_tokens(token) for token, _ in scored]
    assert [token.lstrip("▁") for token in first[::2]] == ["the", "cat"]
    assert len(row["input_ids"]) > 5  # "zoo" has several subwords
    assert row["labels"][0] == row["labels"][-1] == IGNORED


def test_long_sentences_are_split_not_cut(bert: Path) -> None:
    """Every word of a long sentence is learnt exactly once, in order, in windows no longer than asked."""
    tokenizer = load_tokenizer(find_encoder(str(bert)))
    words = [("cat", "ANIMAL"), ("rome", "CITY"), ("the", "O")] * 40
    long = tagged(" ".join(word for word, _ in words), " ".join(tag for _, tag in words))
    rows = list(tagging_rows([long, tagged("dog", "ANIMAL")], TAGS, tokenizer, 32))
    assert [len(row["input_ids"]) for row in rows] == [32, 32, 32, 32, 3]
    targets = [target for row in rows for target in row["labels"] if target != IGNORED]
    assert targets == [TAGS.index(tag) for _, tag in words] + [1]


def test_words_that_fit_nowhere_become_unknown(bert: Path) -> None:
    """A word without subwords, and one longer than a row, keep their places as the unknown token."""
    tokenizer = load_tokenizer(find_encoder(str(bert)))
    (row,) = tagging_rows([tagged(f"cat \u200d {'x1' * 60} dog", "ANIMAL CITY O ANIMAL")], TAGS, tokenizer, 16)
    assert tokenizer.convert_ids_to_tokens(row["input_ids"]) == ["[CLS]", "cat", "[UNK]", "[UNK]", "dog", "[SEP]"]
    assert row["labels"] == [IGNORED, 1, 2, 0, 1, IGNORED]


def test_packed_rows_come_back_as_they_went_in() -> None:
    """Features give back every row, whatever its length, with its targets."""
    rows = [
        {"input_ids": [1, 2, 3], "token_type_ids": [0, 0, 1], "labels": 4},
        {"input_ids": [9], "token_type_ids": [0], "labels": 0},
    ]
    features = Features(rows)
    assert [features[index] for index in range(len(features))] == rows
    assert features.lengths == [3, 1]
    assert features.tokens == 4
