"""Predictions made from gold, to which a metric's answer is known: all right, none at all, and those of the neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from xharness.records import Answer, Kind, Predictions

if TYPE_CHECKING:
    from collections.abc import Callable

    from xharness.records import Example, Prediction, Split

    Says: TypeAlias = Callable[[Example], Prediction]


def whole(example: Example) -> Prediction:
    """Returns gold as it is (a label, tags, ids of documents); of accepted answers the first, "" if there are none."""
    gold = example.gold
    if gold is None or isinstance(gold, str):
        return gold or ""
    if not gold or isinstance(gold[0], Answer):
        return gold[0].text if gold and isinstance(gold[0], Answer) else ""
    return tuple(item for item in gold if isinstance(item, str))


def first(example: Example) -> Prediction:
    """Returns the first of several right documents; else as `whole`."""
    value = whole(example)
    return value[0] if isinstance(value, tuple) and value else value


def documents(example: Example) -> Prediction:
    """Returns gold as `whole` does, but nothing as the empty tuple: a sentence without a partner."""
    return whole(example) or ()


_FORMS: dict[str, tuple[Says, ...]] = {
    Kind.CLASSIFICATION: (whole,),
    Kind.PAIR_CLASSIFICATION: (whole,),
    Kind.MULTIPLE_CHOICE: (whole,),
    Kind.MASKED_LM: (whole,),
    Kind.TAGGING: (documents,),
    Kind.SPAN_QA: (whole,),
    Kind.RETRIEVAL: (first, documents),
    Kind.MINING: (documents,),
}


def forms(kind: str) -> tuple[Says, ...]:
    """Returns how gold may be said as a prediction for this kind, all ways where the kind is not one of `Kind`."""
    return _FORMS.get(kind, (whole, first, documents))


def right(split: Split, says: Says) -> Predictions:
    """Returns the gold itself as predictions, in the form that `says` gives it."""
    return _predictions(split, [says(example) for example in split.examples])


def absent(split: Split, *, open_ids: bool) -> Predictions:
    """Returns no answer (None) for every example; with `open_ids` no ids at all, which is how nothing is said there."""
    if open_ids:
        return Predictions(ids=[], values=[])
    return _predictions(split, [None] * len(split.examples))


def shifted(split: Split, says: Says) -> Predictions:
    """Returns for every example the gold of the one after it; of tags the same ones, turned by one place."""
    values = [says(example) for example in split.examples]
    turned = [
        value[1:] + value[:1] if isinstance(value, tuple) else values[(place + 1) % len(values)]
        for place, value in enumerate(values)
    ]
    return _predictions(split, turned)


def _predictions(split: Split, values: list[Prediction] | list[None]) -> Predictions:
    return Predictions(ids=[example.id for example in split.examples], values=values)
