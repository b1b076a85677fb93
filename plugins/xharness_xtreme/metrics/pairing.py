"""Gold and predictions of a split side by side, typed by kind; what cannot be scored is refused here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness import Answer, DataError, PredictionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xharness import Example, Prediction, Predictions, Split

    Pairs = Iterable[tuple[Example, Prediction | None]]


def paired(split: Split, predictions: Predictions) -> Pairs:
    """Returns (example, prediction) in the split's order.

    Raises:
        DataError: the split is empty.
        PredictionError: there are more or fewer predictions than examples.
    """
    if not split.examples:
        raise DataError(f"{split.place}: the {split.name} split has no examples, so there is nothing to score.")
    if len(split.examples) != len(predictions.values):
        raise PredictionError(
            f"{split.place}: {len(predictions.values):,} predictions for {len(split.examples):,} examples; "
            "one per example is expected, in the split's order."
        )
    return zip(split.examples, predictions.values, strict=True)


def strings(split: Split, predictions: Predictions) -> list[str]:
    """Returns one string per example. Raises PredictionError if any is missing or is no string."""
    found = [(example, value) for example, value in paired(split, predictions)]
    missing = [example.id for example, value in found if value is None]
    if missing:
        raise PredictionError(
            f"{split.place}: {len(missing):,} of {len(found):,} examples have no prediction "
            f"(first: {', '.join(missing[:3])}); the split was not scored. Predict every example."
        )
    return [_string(split, example, value) for example, value in found]


def labels(split: Split) -> list[str]:
    """Returns the gold label of every example. Raises DataError if one is absent or is no label."""
    return [_label(split, example) for example in split.examples]


def tags(split: Split, predictions: Predictions) -> tuple[list[Sequence[str]], list[Sequence[str]]]:
    """Returns gold and predicted tags, one sequence per sentence, equally long sentence by sentence.

    Raises:
        PredictionError: a sentence has no tags, or not one for each of its tokens. (The official scorer shifts all that
            follows instead, spec/xtreme.md §2.3.)
    """
    gold: list[Sequence[str]] = []
    predicted: list[Sequence[str]] = []
    for example, value in paired(split, predictions):
        right = ids(split, example)
        if not isinstance(value, tuple):
            raise PredictionError(
                f"{split.place}: sentence {example.id} has {_named(value)} where a tuple of {len(right):,} tags is "
                "expected; predict exactly one tag for each token."
            )
        if len(right) != len(value):
            raise PredictionError(
                f"{split.place}: sentence {example.id} has {len(right):,} gold tags but {len(value):,} predicted ones; "
                "predict exactly one tag for each token."
            )
        gold.append(right)
        predicted.append(value)
    return gold, predicted


def ids(split: Split, example: Example) -> tuple[str, ...]:
    """Returns gold that is a tuple of strings: tags, or ids of documents. Raises DataError if it is something else."""
    gold = example.gold
    if not isinstance(gold, tuple):
        raise _wrong_gold(split, example, "a tuple of strings")
    found = tuple(item for item in gold if isinstance(item, str))
    if len(found) != len(gold):
        raise _wrong_gold(split, example, "a tuple of strings")
    return found


def answers(split: Split, example: Example) -> list[str]:
    """Returns the texts of the accepted answers. Raises DataError if there are none."""
    gold = example.gold
    found = [item.text for item in gold if isinstance(item, Answer)] if isinstance(gold, tuple) else []
    if not found:
        raise _wrong_gold(split, example, "at least one accepted answer")
    return found


def answer(split: Split, example: Example, value: Prediction | None) -> str | None:
    """Returns the predicted answer, None where none was given. Raises PredictionError if it is no string."""
    return None if value is None else _string(split, example, value)


def _string(split: Split, example: Example, value: Prediction | None) -> str:
    if not isinstance(value, str):
        raise PredictionError(f"{split.place}: example {example.id} has {_named(value)} where a string is expected.")
    return value


def _label(split: Split, example: Example) -> str:
    if not isinstance(example.gold, str):
        raise _wrong_gold(split, example, "a label")
    return example.gold


def _named(value: object) -> str:
    return "no prediction" if value is None else f"a prediction of type {type(value).__name__}"


def _wrong_gold(split: Split, example: Example, expected: str) -> DataError:
    found = "no gold" if example.gold is None else f"gold of another form ({example.gold!r:.60})"
    return DataError(
        f"{split.place}: example {example.id} of the {split.name} split has {found} where {expected} is expected; "
        "check the label file, and that the task asks for a metric of its own kind."
    )
