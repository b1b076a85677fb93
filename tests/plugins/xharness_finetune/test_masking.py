"""Masked language modelling: what is hidden, what is guessed."""

from __future__ import annotations

import math
from typing import Any

import pytest
import xharness
from xharness_finetune.networks.encoder import find_encoder, load_tokenizer
from xharness_finetune.recipes.settings import TaskSettings
from xharness_finetune.rows.collating import collator
from xharness_finetune.rows.features import IGNORED, Features, rows_of

from .conftest import FILLERS, make_task


def text(words: str) -> xharness.Example:
    """Returns a text to learn from."""
    return xharness.Example(id="0", cluster="0", inputs=xharness.Text(text=words), gold="")


def batch_of(tokenizer: Any, rows: list[Any], *, seed: int = 1, number: int = 0) -> Any:
    """Returns the rows as the collator masks them for a batch."""
    return collator(make_task("masked_lm", head="mlm"), tokenizer, seed=seed)(rows, number)


@pytest.fixture(params=["bert", "xlmr"])
def tokenizer(request: pytest.FixtureRequest) -> Any:
    """The tokenizer of each family."""
    return load_tokenizer(find_encoder(str(request.getfixturevalue(request.param))))


@pytest.fixture
def rows(tokenizer: Any, masked_task: xharness.Task) -> list[Any]:
    """400 rows of about 60 subwords; the shorter ones are padded."""
    words = (FILLERS * 8)[:60]
    examples = [text(" ".join(words[: 40 + index % 20])) for index in range(400)]
    return list(rows_of(masked_task, examples, tokenizer, TaskSettings(length=128)))


def padded(tokenizer: Any, rows: list[Any]) -> Any:
    """Returns the rows' ids as they were before masking."""
    return tokenizer.pad([{"input_ids": row["input_ids"]} for row in rows], return_tensors="pt")["input_ids"]


def test_masked_positions_are_masked_and_their_words_the_targets(tokenizer: Any, rows: list[Any]) -> None:
    """Where there is a target it is the subword that stood there; everywhere else the subword is shown and not scored."""
    batch, before = batch_of(tokenizer, rows), padded(tokenizer, rows)
    chosen = batch["labels"] != IGNORED
    assert (batch["labels"][chosen] == before[chosen]).all()
    assert (batch["input_ids"][~chosen] == before[~chosen]).all()
    hidden = batch["input_ids"] == tokenizer.mask_token_id
    assert hidden.any()
    assert (chosen | ~hidden).all()  # nothing is hidden that is not asked for
    assert (before[hidden] != tokenizer.mask_token_id).all()


def test_special_tokens_and_padding_are_never_chosen(tokenizer: Any, rows: list[Any]) -> None:
    """Neither padding nor a special token is ever a target or hidden, the unknown token included."""
    odd = [{**rows[0], "input_ids": [tokenizer.unk_token_id] * len(rows[0]["input_ids"])}] * 20
    batch, before = batch_of(tokenizer, [*rows, *odd]), padded(tokenizer, [*rows, *odd])
    special = sum((before == token) for token in tokenizer.all_special_ids).bool()
    assert special[:-20].any()
    assert (batch["labels"][special] == IGNORED).all()
    assert (batch["input_ids"][special] == before[special]).all()
    assert (batch["attention_mask"] == 0).any()


def test_shares_are_those_of_bert(tokenizer: Any, rows: list[Any]) -> None:
    """15 % are asked for; of these 80 % are hidden, 10 % replaced and 10 % left, within four standard errors."""
    batch, before = batch_of(tokenizer, rows), padded(tokenizer, rows)
    special = sum((before == token) for token in tokenizer.all_special_ids).bool()
    chosen = batch["labels"] != IGNORED
    hidden = batch["input_ids"] == tokenizer.mask_token_id
    replaced = chosen & ~hidden & (batch["input_ids"] != before)
    asked, n = int(chosen.sum()), int((~special).sum())
    size = len(tokenizer)
    expected_replaced = 0.1 * (size - 2) / size  # a random subword is now and then the same, or the mask
    for count, of, share in (
        (asked, n, 0.15),
        (int(hidden.sum()), asked, 0.8 + 0.1 / size),
        (int(replaced.sum()), asked, expected_replaced),
    ):
        assert abs(count / of - share) < 4 * math.sqrt(share * (1 - share) / of)
    assert len(batch["input_ids"][replaced].unique()) > size / 2


def test_masks_depend_on_seed_and_number_alone(tokenizer: Any, rows: list[Any]) -> None:
    """A batch is masked alike whenever it is made, whatever was drawn before; another number or seed masks otherwise."""
    import torch

    rows = rows[:8]
    first = batch_of(tokenizer, rows, seed=1, number=3)
    state = torch.get_rng_state()
    collate = collator(make_task("masked_lm", head="mlm"), tokenizer, seed=1)
    collate(rows, 9)
    again = collate(rows, 3)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(first[name], again[name]) for name in first)
    others = [batch_of(tokenizer, rows, seed=1, number=4), batch_of(tokenizer, rows, seed=2, number=3)]
    others.append(batch_of(tokenizer, rows, seed=3, number=1))
    assert not any(torch.equal(first["labels"], other["labels"]) for other in others)


def test_long_texts_make_several_rows(tokenizer: Any, masked_task: xharness.Task) -> None:
    """A long text is cut into rows that together hold all of it in order; an empty one has none."""
    long = " ".join((FILLERS * 10)[:70])
    features = Features(rows_of(masked_task, [text(long), text("  "), text("a")], tokenizer, TaskSettings(length=20)))
    assert max(features.lengths) == 20
    assert min(features.lengths) > 2  # more than special tokens
    assert len(features) > 3
    inside = [features[index]["input_ids"][1:-1] for index in range(len(features))]
    whole = [*tokenizer(long, add_special_tokens=False)["input_ids"], *tokenizer("a")["input_ids"][1:-1]]
    assert [token for row in inside for token in row] == whole


def test_tokenizers_without_a_mask_are_refused(tokenizer: Any, masked_task: xharness.Task) -> None:
    """A tokenizer that cannot hide anything is refused before training."""
    tokenizer.mask_token = None
    with pytest.raises(xharness.CheckpointError, match=r"has no mask token.*leave the task out"):
        collator(masked_task, tokenizer, seed=1)


def test_a_tiny_batch_always_has_a_target(tokenizer: Any, masked_task: xharness.Task) -> None:
    """However few subwords a batch has, one is to be guessed, and never a special token where there is another."""
    row = next(iter(rows_of(masked_task, [text(FILLERS[0])], tokenizer, TaskSettings(length=16))))
    for number in range(40):
        batch = batch_of(tokenizer, [row], number=number)
        chosen = batch["labels"] != IGNORED
        assert chosen.sum() == 1
        assert int(batch["labels"][chosen]) not in tokenizer.all_special_ids
