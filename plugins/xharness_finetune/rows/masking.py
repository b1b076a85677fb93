"""Masked language modelling: rows of running text, and which of their subwords are to be guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xharness import CheckpointError

from xharness_finetune.rows.encoding import IGNORED, in_parts, rows_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import torch
    from transformers import PreTrainedTokenizerFast
    from xharness import Example

    from xharness_finetune.rows.encoding import Row

CHOSEN, MASKED, RANDOM = 0.15, 0.8, 0.1
"""Share of the subwords that are guessed; of these, the shares shown as [MASK] and as a random subword, the rest as they are
(Devlin et al. 2019, section 3.1)."""


def plain_rows(examples: Sequence[Example], tokenizer: PreTrainedTokenizerFast, length: int) -> Iterator[Row]:
    """Yields the text of every example in rows of at most `length` subwords, without targets; empty texts have none."""
    special = tokenizer.num_special_tokens_to_add(pair=False)
    for part in in_parts(examples):
        encoded = tokenizer(
            [" ".join(example.inputs.parts()) for example in part if example.inputs is not None],
            truncation=True,
            max_length=length,
            return_overflowing_tokens=True,
            return_attention_mask=False,
        )
        for row in rows_in(encoded):
            if len(row["input_ids"]) > special:
                yield row


def masking_collator(
    tokenizer: PreTrainedTokenizerFast, *, seed: int, chosen: float = CHOSEN
) -> Callable[[Sequence[Row], int], dict[str, torch.Tensor]]:
    """Returns what pads rows of text and masks them: batch `number` is masked by (seed, number) and nothing else.

    `chosen` is the share of the subwords that are guessed. Special tokens (the unknown one too) and padding never are.
    `labels` are the ids as they were at the chosen positions and ignored elsewhere. The number of chosen positions varies.
    Where it would be 0, as in a batch of a few subwords, one is masked: without a target the loss is not a number. Raises
    CheckpointError for a tokenizer without a mask token.
    """
    import numpy as np
    import torch
    from transformers import DataCollatorForLanguageModeling

    if tokenizer.mask_token is None:
        raise CheckpointError(
            f"The tokenizer ({type(tokenizer).__name__}) has no mask token, so no masked language model can be trained with "
            f"it; leave the task out or take another encoder."
        )
    made: Any = DataCollatorForLanguageModeling(
        tokenizer, mlm_probability=chosen, mask_replace_prob=MASKED, random_replace_prob=RANDOM
    )

    def collate(rows: Sequence[Row], number: int) -> dict[str, torch.Tensor]:
        state = int(np.random.SeedSequence([seed, number]).generate_state(1, np.uint64)[0] >> np.uint64(1))
        made.generator = torch.Generator().manual_seed(state)
        batch: dict[str, torch.Tensor] = dict(made([dict(row) for row in rows]))
        if not bool((batch["labels"] != IGNORED).any()):
            _mask_one(batch, tokenizer, made.generator)
        return batch

    return collate


def _mask_one(batch: dict[str, torch.Tensor], tokenizer: PreTrainedTokenizerFast, generator: torch.Generator) -> None:
    """Masks one subword of a batch without targets: no special token, if there is any other."""
    import torch

    ids = batch["input_ids"]
    special = torch.isin(ids, torch.tensor(tokenizer.all_special_ids))
    free = torch.nonzero(~special if bool((~special).any()) else batch["attention_mask"].bool())
    row, column = free[int(torch.randint(len(free), (1,), generator=generator))].tolist()
    batch["labels"][row, column] = ids[row, column]
    ids[row, column] = tokenizer.mask_token_id
