"""How well a network does on development data, by the evaluation's own metrics, and what doing nothing would give."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xharness import Choices, Kind, Predictions, Words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerFast
    from xharness import Example, Prediction, Score, Split, Task

    from xharness_finetune.recipes.settings import TaskSettings

_MASKED_ROWS = 4  # per batch: the logits of a large vocabulary fill the memory


@dataclass(frozen=True, slots=True, kw_only=True)
class DevScore:
    """A development score.

    Attributes:
        metric: names of the task's main scores, joined by "/".
        value: their mean, a fraction.
        scores: every score of the task by name, fractions.
        n: examples scored.
        halves: the value over the examples at even and at odd places, for selections that must not be judged by what they
            were made with; both are `value` where there is one example.
    """

    metric: str
    value: float
    scores: Mapping[str, float]
    n: int
    halves: tuple[float, float]


def score_part(
    task: Task,
    split: Split,
    network: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    settings: TaskSettings,
    score: Callable[[Task, Split, Predictions], Sequence[Score]],
    *,
    device: torch.device,
) -> DevScore:
    """Returns the network's score on a split with gold, at least one example.

    Draws no random numbers and leaves the network in the mode in which it was. A masked language model has
    "masked_accuracy": the share of the masked subwords that it guesses, masked alike in every call (`score` is not asked).
    `score` may raise PredictionError.
    """
    if task.kind == Kind.MASKED_LM:
        return _masked_accuracy(task, split, network, tokenizer, settings, device)
    from xharness_finetune.development.predicting import predict

    predictions = predict(task, split.examples, network, tokenizer, settings, device=device)
    return _scored(task, split, predictions.values, score)


def majority(
    task: Task,
    training: Sequence[Example],
    split: Split,
    score: Callable[[Task, Split, Predictions], Sequence[Score]],
) -> DevScore:
    """Returns the score of the best answer that looks at no input: what is commonest in the training data.

    The commonest label for every example, the commonest tag for every word, the commonest number of an option; of equals
    the first in the task's order. For span questions "", which scores 0 where every question has an answer. A masked
    language model has no such answer: 0.
    """
    if task.kind == Kind.MASKED_LM:
        return DevScore(metric="masked_accuracy", value=0.0, scores={}, n=len(split.examples), halves=(0.0, 0.0))
    commonest = _commonest(task, training)
    values = [_constant(example, commonest) for example in split.examples]
    return _scored(task, split, values, score)


def _commonest(task: Task, training: Sequence[Example]) -> str:
    if task.kind == Kind.SPAN_QA:
        return ""
    counts: Counter[str] = Counter()
    for example in training:
        gold: Sequence[Any] = (example.gold,) if isinstance(example.gold, str) else example.gold or ()
        counts.update(str(label) for label in gold)
    return max(task.labels or sorted(counts), key=lambda label: counts[label])  # max takes the first of equals


def _constant(example: Example, label: str) -> Prediction:
    if isinstance(example.inputs, Words):
        return (label,) * len(example.inputs.words)
    if isinstance(example.inputs, Choices):  # a question may have fewer options than the commonest number asks for
        return str(min(int(label), len(example.inputs.options) - 1))
    return label


def _scored(
    task: Task,
    split: Split,
    values: Sequence[Prediction | None],
    score: Callable[[Task, Split, Predictions], Sequence[Score]],
) -> DevScore:
    def over(places: Sequence[int]) -> Sequence[Score]:
        examples = [split.examples[place] for place in places]
        part = dataclasses.replace(split, examples=examples)
        answers = Predictions(ids=[example.id for example in examples], values=[values[place] for place in places])
        return score(task, part, answers)

    places = range(len(split.examples))
    whole = over(places)
    even, odd = (over(places[start::2] or places) for start in (0, 1))
    return DevScore(
        metric="/".join(item.metric for item in whole if item.main),
        value=_mean(whole),
        scores={item.metric: item.value for item in whole},
        n=len(split.examples),
        halves=(_mean(even), _mean(odd)),
    )


def _mean(scores: Sequence[Score]) -> float:
    main = [item.value for item in scores if item.main]
    return sum(main) / len(main)


def _masked_accuracy(
    task: Task,
    split: Split,
    network: Any,
    tokenizer: PreTrainedTokenizerFast,
    settings: TaskSettings,
    device: torch.device,
) -> DevScore:
    import torch

    from xharness_finetune.development.predicting import evaluating
    from xharness_finetune.rows.collating import collator
    from xharness_finetune.rows.features import Features, rows_of

    rows = Features(rows_of(task, split.examples, tokenizer, settings))
    collate = collator(task, tokenizer, seed=0)
    right, total = [0, 0], [0, 0]  # of the batches at even and at odd places
    with evaluating(network), torch.inference_mode():
        for number, start in enumerate(range(0, len(rows), _MASKED_ROWS)):
            chosen = range(start, min(start + _MASKED_ROWS, len(rows)))
            batch = {name: item.to(device) for name, item in collate([rows[i] for i in chosen], number).items()}
            labels = batch.pop("labels")
            guesses = network(**batch).logits.argmax(dim=-1)
            masked = labels >= 0
            right[number % 2] += int(((guesses == labels) & masked).sum())
            total[number % 2] += int(masked.sum())
    value = sum(right) / max(1, sum(total))
    halves = tuple(r / t if t else value for r, t in zip(right, total, strict=True))
    return DevScore(
        metric="masked_accuracy",
        value=value,
        scores={"masked_accuracy": value},
        n=len(split.examples),
        halves=(halves[0], halves[1]),
    )
