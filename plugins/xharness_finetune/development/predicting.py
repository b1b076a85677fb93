"""What a network in training answers, without a trace of having been asked."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import torch  # noqa: TID253  # work path only: this module is imported when training begins
from xharness import Kind, Predictions

from xharness_finetune.development import decoding
from xharness_finetune.rows.choices import option_rows
from xharness_finetune.rows.collating import collator
from xharness_finetune.rows.sentences import pieces, text_rows
from xharness_finetune.rows.windows import windows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from transformers import PreTrainedModel, PreTrainedTokenizerFast
    from xharness import Example, Prediction, Task

    from xharness_finetune.recipes.settings import TaskSettings
    from xharness_finetune.rows.collating import Collate
    from xharness_finetune.rows.encoding import Row

    Logits: TypeAlias = tuple[NDArray[np.float32], ...]

_ROWS = 32  # per batch
_CHOICE_ROWS = 8  # each of them several options


def predict(
    task: Task,
    examples: Sequence[Example],
    network: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    settings: TaskSettings,
    *,
    device: torch.device,
) -> Predictions:
    """Returns the network's answers to the examples, in their order; their gold is not looked at.

    Draws no random numbers, and leaves the network in the mode in which it was. The answers may depend on which examples
    are asked together by the rounding of differently padded batches, on nothing else.
    """
    collate = collator(task, tokenizer, seed=0)

    def logits_of(rows: Sequence[Row]) -> list[Logits]:
        return outputs(rows, network, collate, device)

    values: Sequence[Prediction | None]
    if task.kind == Kind.SPAN_QA:
        found = list(windows(examples, tokenizer, settings))
        sides = [(starts, ends) for starts, ends in logits_of([dict(window.row) for window in found])]
        values = decoding.decode_answers(examples, found, sides, unanswerable=task.unanswerable)
    elif task.kind == Kind.TAGGING:
        parts = list(pieces(examples, tokenizer, settings.length))
        by_piece = [row for (row,) in logits_of([part.row for part in parts])]
        values = decoding.decode_tags(task.labels, examples, parts, by_piece)
    elif task.kind == Kind.MULTIPLE_CHOICE:
        rows = list(option_rows(examples, tokenizer, settings.length))
        values = decoding.decode_choices(row for (row,) in logits_of(rows))
    else:
        rows = list(text_rows(examples, tokenizer, settings.length))
        values = decoding.decode_labels(task.labels, (row for (row,) in logits_of(rows)))
    return Predictions(ids=[example.id for example in examples], values=values)


def outputs(rows: Sequence[Row], network: Any, collate: Collate, device: torch.device) -> list[Logits]:
    """Returns the logits of every row, in order.

    (classes,), (real options,), (subwords, classes), or start and end, (subwords,) each. Rows of about equal length are
    computed together.
    """
    size = _CHOICE_ROWS if rows and "options" in rows[0] else _ROWS
    order = sorted(range(len(rows)), key=lambda index: len(rows[index]["input_ids"]), reverse=True)
    found: list[Logits] = [()] * len(rows)
    with evaluating(network), torch.inference_mode():
        for start in range(0, len(order), size):
            chosen = order[start : start + size]
            batch = {name: values.to(device) for name, values in collate([rows[index] for index in chosen], 0).items()}
            output = network(**batch)
            logits = [output[name].float() for name in ("logits", "start_logits", "end_logits") if name in output]
            for place, index in enumerate(chosen):
                kept = _real(logits, batch["attention_mask"][place], rows[index])
                found[index] = tuple(values[place][kept].cpu().numpy() for values in logits)
    return found


@contextmanager
def evaluating(network: Any) -> Iterator[None]:
    """Turns all dropout off, and afterwards puts every module back into the mode in which it was."""
    training = [module for module in network.modules() if module.training]
    network.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


def _real(logits: Sequence[torch.Tensor], mask: torch.Tensor, row: Row) -> Any:
    """Returns the index that leaves padding out of one row's logits."""
    if "options" in row:
        return slice(row["options"][-1] + 1)
    by_token = len(logits) > 1 or logits[0].ndim > 2
    return mask.bool() if by_token else slice(None)
