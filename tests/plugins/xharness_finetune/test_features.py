"""Rows for classification and tagging."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import xharness
from xharness_finetune.networks.encoder import find_encoder, load_tokenizer
from xharness_finetune.recipes.settings import TaskSettings
from xharness_finetune.rows.collating import collator
from xharness_finetune.rows.features import IGNORED, Features, rows_of
from xharness_finetune.rows.sentences import classification_rows, pieces, tagging_rows

from .conftest import TAGS, examples_of, make_task

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


def test_pieces_say_where_their_words_are(bert: Path) -> None:
    """The pieces of several sentences name each word of each once, in order, at its first subword."""
    tokenizer = load_tokenizer(find_encoder(str(bert)))
    sentences = [tagged("zoo cat " * 20, "O ANIMAL " * 20), tagged("dog", "ANIMAL"), tagged("the zoo " * 9, "O O " * 9)]
    sentences = [
        xharness.Example(
            id=e.id, cluster="", inputs=xharness.Words(words=e.inputs.parts()[: len(e.gold or ())]), gold=e.gold
        )
        for e in sentences
        if e.inputs is not None
    ]
    places = []
    for piece in pieces(sentences, tokenizer, 16):
        assert len(piece.row["input_ids"]) <= 16
        for offset, first in enumerate(piece.firsts):
            word = piece.first_word + offset
            places.append((piece.example, word))
            shown = tokenizer.convert_ids_to_tokens(piece.row["input_ids"][first])
            inputs = sentences[piece.example].inputs
            assert inputs is not None
            assert inputs.parts()[word].startswith(shown)
    assert places == [(index, word) for index, size in ((0, 40), (1, 1), (2, 18)) for word in range(size)]


def test_many_sentences_keep_their_numbers(bert: Path) -> None:
    """Sentences beyond those that are tokenised at once still have their own numbers and tags."""
    tokenizer = load_tokenizer(find_encoder(str(bert)))
    sentences = [tagged("cat", "ANIMAL")] * 1001 + [tagged("rome the", "CITY O")]
    assert [piece.example for piece in pieces(sentences, tokenizer, 16)] == list(range(1002))
    *_, last = tagging_rows(sentences, TAGS, tokenizer, 16)
    assert last["labels"] == [IGNORED, 2, 0, IGNORED]


@pytest.mark.parametrize("kind", ["classification", "pair_classification", "tagging", "span_qa"])
def test_batches_are_padded_to_their_longest_row(bert: Path, kind: str) -> None:
    """A batch is as wide as its longest row; padding is masked, and where targets are per subword, without any."""
    tokenizer = load_tokenizer(find_encoder(str(bert)))
    task = make_task(kind, head="any")
    features = Features(rows_of(task, examples_of(kind, 6, seed=3), tokenizer, TaskSettings(length=64)))
    rows = [features[index] for index in range(len(features))]
    batch = collator(task, tokenizer, seed=1)(rows, 0)
    assert batch["input_ids"].shape == (len(rows), max(features.lengths))
    assert len(set(features.lengths)) > 1
    assert batch["attention_mask"].sum(dim=-1).tolist() == features.lengths
    assert (batch["input_ids"][batch["attention_mask"] == 0] == tokenizer.pad_token_id).all()
    if kind == "tagging":
        assert (batch["labels"][batch["attention_mask"] == 0] == IGNORED).all()
    for name in ("labels", "start_positions") if kind != "tagging" else ():
        assert name not in rows[0] or batch[name].tolist() == [row[name] for row in rows]


def test_kinds_without_a_head_are_refused(bert: Path, retrieval_task: xharness.Task) -> None:
    """Rows of a task that no head answers are refused by name."""
    tokenizer = load_tokenizer(find_encoder(str(bert)))
    with pytest.raises(xharness.UsageError, match="no head to train for tasks of kind 'retrieval'"):
        rows_of(retrieval_task, [], tokenizer, TaskSettings())
