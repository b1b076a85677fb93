"""Rows and batches for multiple choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import xharness
from xharness_finetune.networks.encoder import find_encoder, load_tokenizer
from xharness_finetune.networks.heads import add_head, load_body
from xharness_finetune.recipes.settings import TaskSettings
from xharness_finetune.rows.choices import split_options
from xharness_finetune.rows.collating import collator
from xharness_finetune.rows.features import Features, rows_of

if TYPE_CHECKING:
    from pathlib import Path


def chosen(context: str, *options: str, right: int = 0) -> xharness.Example:
    """Returns a question with its options."""
    return xharness.Example(
        id="0", cluster="0", inputs=xharness.Choices(context=context, options=options), gold=str(right)
    )


@pytest.mark.parametrize("family", ["bert", "xlmr"])
def test_options_are_read_after_the_context(
    family: str, choice_task: xharness.Task, request: pytest.FixtureRequest
) -> None:
    """Each option is a pair with the context, or alone without one; packed and back they are as the tokenizer has them."""
    tokenizer = load_tokenizer(find_encoder(str(request.getfixturevalue(family))))
    examples = [chosen("the cat", "runs", "so small ."), chosen(" ", "rome", "dog", "the owl", right=2)]
    features = Features(rows_of(choice_task, examples, tokenizer, TaskSettings(length=64)))
    first, second = (features[index] for index in range(2))
    assert [option["input_ids"] for option in split_options(first)] == [
        tokenizer("the cat", "runs")["input_ids"],
        tokenizer("the cat", "so small .")["input_ids"],
    ]
    assert [option["input_ids"] for option in split_options(second)] == [
        tokenizer(option)["input_ids"] for option in ("rome", "dog", "the owl")
    ]
    assert (first["labels"], second["labels"]) == (0, 2)
    assert features.lengths == [len(first["input_ids"]), len(second["input_ids"])]


def test_long_contexts_are_cut(bert: Path, choice_task: xharness.Task) -> None:
    """Every option has at most `length` subwords and is kept whole where the context is the longer side."""
    tokenizer = load_tokenizer(find_encoder(str(bert)))
    examples = [chosen("the " * 60, "cat runs", "dog"), chosen("the cat", "dog " * 60, "owl")]
    row, other = rows_of(choice_task, examples, tokenizer, TaskSettings(length=16))
    written = [tokenizer.decode(option["input_ids"]) for option in split_options(row)]
    assert [len(option["input_ids"]) for option in split_options(row)] == [16, 16]
    assert written[0].endswith("[SEP] cat runs [SEP]")
    assert written[1].endswith("[SEP] dog [SEP]")
    long = split_options(other)[0]["input_ids"]
    assert len(long) == 16
    assert tokenizer.decode(long).startswith("[CLS] the cat [SEP] dog dog")


def test_batches_have_options_and_subwords(bert: Path, choice_task: xharness.Task) -> None:
    """A batch is (questions, options, subwords), wide enough for the longest option, with the numbers of the right ones."""
    tokenizer = load_tokenizer(find_encoder(str(bert)))
    examples = [chosen("the cat", "runs", "eats"), chosen("a dog", "so", "the very small fox", right=1)]
    rows = list(rows_of(choice_task, examples, tokenizer, TaskSettings(length=64)))
    batch = collator(choice_task, tokenizer, seed=1)(rows, 0)
    longest = len(tokenizer("a dog", "the very small fox")["input_ids"])
    assert {name: tuple(values.shape) for name, values in batch.items()} == {
        "input_ids": (2, 2, longest),
        "token_type_ids": (2, 2, longest),
        "attention_mask": (2, 2, longest),
        "labels": (2,),
    }
    assert batch["labels"].tolist() == [0, 1]
    mask = batch["attention_mask"][1, 0].bool()
    assert batch["input_ids"][1, 0][mask].tolist() == tokenizer("a dog", "so")["input_ids"]
    assert not batch["token_type_ids"][1, 0][~mask].any()


def test_missing_options_do_not_compete(bert: Path, choice_task: xharness.Task) -> None:
    """A question with fewer options than its neighbours has the loss and the logits that it has alone."""
    import torch

    encoder = find_encoder(str(bert))
    tokenizer = load_tokenizer(encoder)
    torch.manual_seed(0)
    network = add_head(load_body(encoder), encoder, choice_task).network.eval()
    examples = [chosen("the cat", "runs", "eats", right=1), chosen("a dog", "so", "rome", "fox", right=2)]
    rows = list(rows_of(choice_task, examples, tokenizer, TaskSettings(length=64)))
    collate = collator(choice_task, tokenizer, seed=1)
    with torch.no_grad():
        alone = [network(**collate([row], 0)) for row in rows]
        together = network(**collate(rows, 0))
    torch.testing.assert_close(together.loss, (alone[0].loss + alone[1].loss) / 2)
    torch.testing.assert_close(together.logits[0, :2], alone[0].logits[0])
    torch.testing.assert_close(together.logits[1], alone[1].logits[0])
    assert together.logits[0].softmax(dim=-1)[2] == 0
    network.train()
    network(**collate(rows, 0)).loss.backward()
    assert all(bool(value.grad.isfinite().all()) for value in network.parameters() if value.grad is not None)
