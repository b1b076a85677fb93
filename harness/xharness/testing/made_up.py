"""Small splits of every known kind, made up, with gold: what a metric or a submission format is tried on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xharness.offers import Task
from xharness.records import Answer, Choices, Document, Example, Kind, Question, Split, Text, TextPair, Words

if TYPE_CHECKING:
    from xharness.offers import DataRequest
    from xharness.records import Gold, Inputs

EXAMPLES = 12
LABELS = ("no", "yes", "maybe")
TAGS = ("O", "B-PER", "I-PER", "B-LOC")
_WORDS = ("Anna", "Paris", "Peter", "Berlin", "today", "Maria")
_TAG_OF = {"Paris": "B-LOC", "Berlin": "B-LOC", "today": "O"}


def made_up_task(kind: str) -> Task:
    """Returns a task of this kind whose English test split is `made_up_split(kind)`.

    It asks for no metric. Raises KeyError for a kind that is not one of `Kind`.
    """
    labels = {Kind.TAGGING: TAGS, Kind.MULTIPLE_CHOICE: ("0", "1")}.get(Kind(kind), LABELS)

    def load(request: DataRequest) -> Split:  # noqa: ARG001  # there is one split only
        return made_up_split(kind)

    return Task(
        name=f"made-up-{kind}",
        version="1",
        kind=kind,
        languages=("en",),
        metrics=(),
        main=(),
        head=f"made-up-{kind}",
        load=load,
        labels=labels,
    )


def made_up_split(kind: str) -> Split:
    """Returns 12 examples with gold in 6 clusters, and a pool of 15 documents for retrieval and mining.

    Raises KeyError for a kind that is not one of `Kind`.
    """
    examples = [
        Example(id=f"{place}", cluster=f"c{place // 2}", inputs=inputs, gold=gold)
        for place, (inputs, gold) in enumerate(_content(Kind(kind), place) for place in range(EXAMPLES))
    ]
    searched = kind in {Kind.RETRIEVAL, Kind.MINING}
    pool = [Document(id=f"en-{place}", text=f"sentence {place}") for place in range(EXAMPLES + 3)] if searched else []
    split = Split(
        task=f"made-up-{kind}", language="en", name="test", examples=examples, version="1", source="made up", pool=pool
    )
    return replace(split, tuning=replace(split, name="dev")) if kind == Kind.MINING else split


def _content(kind: Kind, place: int) -> tuple[Inputs, Gold]:
    word, other = _WORDS[place % 6], _WORDS[(place + place // 6 + 1) % 6]
    text = f"number {place} {word} {other}"
    tags = tuple(_TAG_OF.get(one, "B-PER") for one in (word, other))
    contents: dict[Kind, tuple[Inputs, Gold]] = {
        Kind.CLASSIFICATION: (Text(text=text), LABELS[place % 3]),
        Kind.PAIR_CLASSIFICATION: (TextPair(first=text, second=other), LABELS[place % 3]),
        Kind.TAGGING: (Words(words=(word, other, str(place))), (*tags, "O")),
        Kind.SPAN_QA: (Question(question="Who?", context=text), (Answer(text=f"{place} {word}", start=7),)),
        Kind.MULTIPLE_CHOICE: (Choices(context=text, options=(word, other)), str(place % 2)),
        Kind.RETRIEVAL: (Text(text=text), (f"en-{place}",)),
        Kind.MINING: (Text(text=text), (f"en-{place}",) if place % 3 else ()),
        Kind.MASKED_LM: (Text(text=text), ""),
    }
    return contents[kind]
