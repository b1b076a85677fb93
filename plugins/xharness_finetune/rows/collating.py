"""From rows to a batch: padded to the longest row, as tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from xharness import Kind

from xharness_finetune.rows.choices import split_options
from xharness_finetune.rows.masking import masking_collator

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch
    from transformers import PreTrainedTokenizerFast
    from xharness import Task

    from xharness_finetune.rows.encoding import Row

Collate: TypeAlias = "Callable[[Sequence[Row], int], dict[str, torch.Tensor]]"
"""Rows and the running number of their batch → int64 tensors (rows, subwords), or (rows, options, subwords) for choices."""


def collator(task: Task, tokenizer: PreTrainedTokenizerFast, *, seed: int) -> Collate:
    """Returns what pads the rows of a task to the longest of their batch and stacks them, targets included.

    The batch's number and the seed matter to masked language models only (`masking`). Rows without targets give a batch
    without `labels`, but for masked language models, whose targets are drawn here.
    """
    if task.kind == Kind.MASKED_LM:
        return masking_collator(tokenizer, seed=seed)
    if task.kind == Kind.MULTIPLE_CHOICE:
        return choice_collator(tokenizer)
    from transformers import DataCollatorForTokenClassification, DataCollatorWithPadding

    made: Any = (DataCollatorForTokenClassification if task.kind == Kind.TAGGING else DataCollatorWithPadding)(
        tokenizer
    )
    return lambda rows, _: dict(made([dict(row) for row in rows]))


def choice_collator(tokenizer: PreTrainedTokenizerFast) -> Collate:
    """Returns what pads rows of several texts each; batches are (rows, texts, subwords), `labels` (rows,)."""
    return lambda rows, _: _choices(rows, tokenizer)


def _choices(rows: Sequence[Row], tokenizer: PreTrainedTokenizerFast) -> dict[str, torch.Tensor]:
    """Returns (rows, options, subwords) tensors; a question with fewer options than others gets empty ones.

    An empty option is one visible padding token, where a real one has at least its special tokens: `heads` takes such
    options out of the choice, since the network itself would have them compete.
    """
    import torch
    from transformers import DataCollatorWithPadding

    questions = [split_options(row) for row in rows]
    most = max(len(options) for options in questions)
    flat = [
        {**option, "attention_mask": [1] * len(option["input_ids"])}
        for options in questions
        for option in [*options, *([_empty(options[0], tokenizer)] * (most - len(options)))]
    ]
    padded: dict[str, torch.Tensor] = dict(DataCollatorWithPadding(tokenizer)(flat))
    batch = {name: values.view(len(rows), most, -1) for name, values in padded.items()}
    if "labels" in rows[0]:
        batch["labels"] = torch.tensor([row["labels"] for row in rows])
    return batch


def _empty(like: Row, tokenizer: PreTrainedTokenizerFast) -> Row:
    return {name: [tokenizer.pad_token_id if name == "input_ids" else 0] for name in like}
