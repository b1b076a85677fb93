"""Identities follow content: what matters changes them, what does not leaves them alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
import xharness
from xharness import identity


def split_with(gold: xharness.Gold | None) -> xharness.Split:
    """A split of one question."""
    inputs = xharness.Question(question="who", context="Ann and Ann")
    example = xharness.Example(id="1", cluster="1", inputs=inputs, gold=gold)
    return xharness.Split(task="qa", language="en", name="train", examples=[example], version="1", source="made up")


def answer(start: int | None, text: str = "Ann") -> tuple[xharness.Answer, ...]:
    """A gold answer."""
    return (xharness.Answer(text=text, start=start),)


def test_training_depends_on_where_answers_start():
    """The same answer at another place is the same gold to score against, and other data to train on."""
    first, second = split_with(answer(0)), split_with(answer(8))
    assert identity.of_split(first) == identity.of_split(second)
    assert identity.of_training(first) != identity.of_training(second)
    assert identity.of_training(first) != identity.of_training(split_with(answer(None)))
    assert identity.of_training(first) == identity.of_training(split_with(answer(0)))


@pytest.mark.parametrize("gold", [None, (), "label", ("B-PER", "O"), answer(0, "Bob")])
def test_training_depends_on_all_that_a_split_holds(gold):
    """Other gold or other inputs are other training data; names and source are not content."""
    split = split_with(gold)
    assert identity.of_training(split) != identity.of_training(split_with(answer(0)))
    assert identity.of_training(replace(split, source="elsewhere")) == identity.of_training(split)
    other = replace(split.examples[0], cluster="2")
    assert identity.of_training(replace(split, examples=[other])) != identity.of_training(split)
