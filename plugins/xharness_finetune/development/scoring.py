"""How well a new head does on English development data: a number to see that it learnt, not a published score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch  # noqa: TID253  # work path only: this module is imported when training begins
from xharness import Answer, DataRequest, HarnessError, Kind, Question

from xharness_finetune.data import LANGUAGE, check
from xharness_finetune.features import IGNORED, Features, classification_rows, tagging_rows
from xharness_finetune.windows import windows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray
    from transformers import PreTrainedModel, PreTrainedTokenizerFast
    from xharness import Example, Split, Task, TrainRequest

    from xharness_finetune.features import Row
    from xharness_finetune.settings import HeadSettings

MOST_EXAMPLES = 500
"""The first examples of the dev split that are scored, as jiant does while it trains (spec/training.md §3)."""

_ROWS = 32  # per batch
_LONGEST_ANSWER = 30  # subwords (spec/xtreme.md §3.3)


def development_record(
    task: Task,
    request: TrainRequest,
    training: Sequence[Example],
    score: Callable[[Sequence[Example]], tuple[str, float]],
) -> dict[str, object]:
    """Returns the English dev score with what it is worth, JSON-serialisable; `{"missing": why}` where there is none.

    `score` gives name and value (a fraction) for examples. `seen_in_training` counts the scored examples whose inputs were
    trained on: above 0 the value says little.
    """
    found = _load(task, request)
    if isinstance(found, str):
        return {"missing": found}
    examples = found.examples[:MOST_EXAMPLES]
    name, value = score(examples)
    known = {example.inputs for example in training}
    return {
        "metric": name,
        "value": value,
        "n": len(examples),
        "of": len(found.examples),
        "source": found.source,
        "seen_in_training": sum(example.inputs in known for example in examples),
    }


def score_head(
    task: Task,
    examples: Sequence[Example],
    network: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    settings: HeadSettings,
    collate: Callable[[Sequence[Row]], dict[str, torch.Tensor]],
) -> tuple[str, float]:
    """Returns name and value (a fraction) of a simple score.

    "accuracy" of labels; "token_accuracy" of words; "span_accuracy": the share of questions whose best span is one of the
    gold answers letter by letter, no normalisation.
    """
    if task.kind == Kind.SPAN_QA:
        return "span_accuracy", _span_accuracy(examples, network, tokenizer, settings, collate)
    tagging = task.kind == Kind.TAGGING
    make = tagging_rows if tagging else classification_rows
    features = Features(make(examples, task.labels, tokenizer, settings.length))
    right = total = 0
    for index, (logits,) in enumerate(_outputs(network, [features[row] for row in range(len(features))], collate)):
        gold = np.asarray(features[index]["labels"])
        scored = gold != IGNORED
        right += int(((logits.argmax(axis=-1) == gold) & scored).sum())
        total += int(scored.sum())
    return "token_accuracy" if tagging else "accuracy", right / total


def _load(task: Task, request: TrainRequest) -> Split | str:
    if "dev" not in task.splits:
        return "the task has no dev split"
    try:
        wanted = DataRequest(language=LANGUAGE, split="dev", data=request.data, revision=request.revision)
        split = task.load(wanted)
        check(task, split)
    except HarnessError as err:
        return str(err)
    return split


def _outputs(
    network: Any, rows: Sequence[Row], collate: Callable[[Sequence[Row]], dict[str, torch.Tensor]]
) -> Iterator[tuple[NDArray[np.float32], ...]]:
    """Yields the logits of every row, in order: (classes,), (subwords, classes), or start and end, (subwords,) each."""
    network.eval()
    bare: list[Row] = [{name: row[name] for name in ("input_ids", "token_type_ids") if name in row} for row in rows]
    for start in range(0, len(bare), _ROWS):
        batch = {name: values.to(network.device) for name, values in collate(bare[start : start + _ROWS]).items()}
        with torch.inference_mode():
            output = network(**batch)
        logits = [output[name].float() for name in ("logits", "start_logits", "end_logits") if name in output]
        by_token = len(logits) > 1 or logits[0].ndim > 2
        for index, mask in enumerate(batch["attention_mask"].bool()):
            yield tuple((values[index][mask] if by_token else values[index]).cpu().numpy() for values in logits)


def _span_accuracy(
    examples: Sequence[Example],
    network: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    settings: HeadSettings,
    collate: Callable[[Sequence[Row]], dict[str, torch.Tensor]],
) -> float:
    found = list(windows(examples, tokenizer, settings))
    best: dict[int, tuple[float, str]] = {}
    for window, (starts, ends) in zip(
        found, _outputs(network, [dict(item.row) for item in found], collate), strict=True
    ):
        inputs = examples[window.example].inputs
        if not window.offsets or not isinstance(inputs, Question):
            continue
        stop = window.first + len(window.offsets)
        first, last, value = _best_span(starts[window.first : stop], ends[window.first : stop])
        if value > best.get(window.example, (-np.inf, ""))[0]:
            best[window.example] = value, inputs.context[window.offsets[first][0] : window.offsets[last][1]]
    right = sum(
        any(
            isinstance(answer, Answer) and answer.text == best.get(index, (0.0, None))[1]
            for answer in example.gold or ()
        )
        for index, example in enumerate(examples)
    )
    return right / len(examples)


def _best_span(starts: NDArray[np.float32], ends: NDArray[np.float32]) -> tuple[int, int, float]:
    """Returns first and last subword and the sum of their logits, for the best span of at most `_LONGEST_ANSWER`."""
    sums = starts[:, None] + ends[None, :]  # (subwords, subwords)
    allowed = np.triu(np.ones_like(sums, dtype=bool)) & ~np.triu(np.ones_like(sums, dtype=bool), k=_LONGEST_ANSWER)
    first, last = np.unravel_index(int(np.where(allowed, sums, -np.inf).argmax()), sums.shape)
    return int(first), int(last), float(sums[first, last])
