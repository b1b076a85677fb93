"""Pairs of sentences: inference with three hypotheses to a premise, and paraphrases beside sentences that only look so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness_mini.writing.drawing import Draw, Pools, belongs, cities, country_of, english, meaning_of, related, states
from xharness_mini.writing.phrases import LANGUAGES
from xharness_mini.writing.sentences import Meaning, said, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xharness_mini.writing.phrases import Entry
    from xharness_mini.writing.sentences import Filler

OTHER = {"a": "b", "b": "a", "1": "2", "2": "1"}
LABELS = ("entailment", "neutral", "contradiction")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two sentences and what is between them."""

    first: Meaning
    second: Meaning
    label: str

    def rows(self) -> dict[str, tuple[str, str, str]]:
        """Returns language → first text, second text, label."""
        return {
            language: (_text(self.first, language), _text(self.second, language), self.label) for language in LANGUAGES
        }


def _text(meaning: Meaning, language: str) -> str:
    return written(said(meaning, language), language)


def _same(first: Meaning, second: Meaning) -> bool:
    return any(_text(first, language) == _text(second, language) for language in LANGUAGES)


# ---- inference ---------------------------------------------------------------------------------------------------


def inferences(split: str, n: int) -> list[Pair]:
    """Returns 3 n pairs: three hypotheses to each of n premises, one of each label, in random order.

    Of five premises three say how somebody is (a hypothesis says it in other words, denies it, or says something else), one
    says that two people are the opposite of each other, the second perhaps only, and one says who lives and who works where.
    """
    draw, pools = Draw(f"inference/{split}"), Pools()
    ways = (_reworded, _uncertain, _reworded, _located, _reworded)
    premises: dict[str, list[Pair]] = {}
    while len(premises) < n:
        triple = ways[len(premises) % len(ways)](draw, split, pools)
        if triple is not None and belongs(triple[0].first, split):
            premises.setdefault(english(triple[0].first), draw.shuffled(triple))
    return [pair for triple in premises.values() for pair in triple]


def _triple(draw: Draw, split: str, premise: Meaning, hypotheses: Mapping[str, Sequence[Meaning]]) -> list[Pair] | None:
    """Returns a pair of each label with one of its hypotheses, or None if the split has none of a label."""
    pairs = []
    for label in LABELS:
        choices = [one for one in hypotheses[label] if belongs(one, split)]
        if not choices:
            return None
        pairs.append(Pair(first=premise, second=draw.one(choices), label=label))
    return pairs


def _reworded(draw: Draw, split: str, pools: Pools) -> list[Pair] | None:
    known = states()
    attribute, side, wording = draw.one(tuple(known))
    unrelated = [key for key in known if not related(key[0], attribute)]
    premise = meaning_of(draw, draw.one(("states", "state_event")), pools)
    about = {**premise.slots, "S": draw.one([one for one in pools.people if one is not premise.slots["Q"]])}
    mentioned = draw.one(unrelated)
    premise = Meaning(shape=premise.shape, slots={**about, "p": known[attribute, side, wording], "q": known[mentioned]})
    shape = draw.one(("state", "state_first"))
    free = [key for key in unrelated if not related(key[0], mentioned[0])]
    return _triple(
        draw,
        split,
        premise,
        {
            "entailment": [_state(shape, premise, "S", known[attribute, side, OTHER[wording]])],
            "contradiction": [_state(shape, premise, "S", known[attribute, OTHER[side], one]) for one in ("1", "2")],
            "neutral": [_state(shape, premise, "S", known[key]) for key in draw.some(free, 10)],
        },
    )


def _uncertain(draw: Draw, split: str, pools: Pools) -> list[Pair] | None:
    known = states()
    attribute, side, wording = draw.one(tuple(known))
    here, there = known[attribute, side, wording], known[attribute, OTHER[side], draw.one(("1", "2"))]
    premise = meaning_of(draw, "perhaps", pools)
    premise = Meaning(shape="perhaps", slots={**premise.slots, "p": here, "q": there})
    shape = draw.one(("state", "state_first"))
    return _triple(
        draw,
        split,
        premise,
        {
            "entailment": [_state(shape, premise, "S", here)],
            "contradiction": [_state(shape, premise, "S", there)],
            "neutral": [_state(shape, premise, "Q", one) for one in (here, there)],
        },
    )


def _located(draw: Draw, split: str, pools: Pools) -> list[Pair] | None:
    premise = meaning_of(draw, "lives_works", pools)
    first, second = draw.some(pools.people, 2)
    one, two = draw.some(cities("in"), 2)
    home, work = country_of()[one.key], country_of()[two.key]
    if home is work:
        return None
    slots: dict[str, Filler] = {**premise.slots, "S": first, "Q": second, "C": one, "E": two}
    premise = Meaning(shape="lives_works", slots=slots)
    # Of two people, S lives at home and Q works at work; what S works at and where Q lives is not said.
    about_first = draw.below(2) == 0
    who, verb, other = (first, "lives_only", "works_only") if about_first else (second, "works_only", "lives_only")
    true, false = (home, work) if about_first else (work, home)
    return _triple(
        draw,
        split,
        premise,
        {
            "entailment": [Meaning(shape=verb, slots={"S": who, "C": true})],
            "contradiction": [Meaning(shape=verb, slots={"S": who, "C": false})],
            "neutral": [Meaning(shape=other, slots={"S": who, "C": one}) for one in (true, false)],
        },
    )


def _state(shape: str, premise: Meaning, who: str, state: Entry) -> Meaning:
    return Meaning(shape=shape, slots={"S": premise.slots[who], "T": premise.slots["T"], "p": state})


# ---- paraphrases -------------------------------------------------------------------------------------------------


def paraphrases(split: str, n: int) -> list[Pair]:
    """Returns n pairs of sentences, half of them with the same meaning ("1").

    Of five pairs three differ in the wording of a state (the same side of an attribute or the other), one in the order of two
    clauses, one in who gives to whom. The second sentence of each pair has another order of words than the first.
    """
    draw, pools = Draw(f"paraphrase/{split}"), Pools()
    ways = (_wording, _clauses, _wording, _giving, _wording)
    pairs: dict[tuple[str, str], Pair] = {}
    while len(pairs) < n:
        label = str((len(pairs) // len(ways)) % 2)
        pair = ways[len(pairs) % len(ways)](draw, label, pools)
        if belongs(pair.first, split) and belongs(pair.second, split) and not _same(pair.first, pair.second):
            pairs.setdefault((english(pair.first), english(pair.second)), pair)
    return draw.shuffled(list(pairs.values()))


def _wording(draw: Draw, label: str, pools: Pools) -> Pair:
    known = states()
    attribute, side, wording = draw.one(tuple(known))
    shapes = draw.some(("state", "state_first"), 2)
    first = meaning_of(draw, shapes[0], pools)
    first = Meaning(shape=shapes[0], slots={**first.slots, "p": known[attribute, side, wording]})
    key = (attribute, side, OTHER[wording]) if label == "1" else (attribute, OTHER[side], draw.one(("1", "2")))
    return Pair(first=first, second=_state(shapes[1], first, "S", known[key]), label=label)


def _clauses(draw: Draw, label: str, pools: Pools) -> Pair:
    first = meaning_of(draw, "and", pools)
    while first.slots["v"] is first.slots["w"]:
        first = meaning_of(draw, "and", pools)
    turned = {"S": "Q", "v": "w", "X": "Y", "L": "K"}
    turned |= {new: old for old, new in turned.items()}
    if label == "0":  # who does what is exchanged, with the clauses in either order
        turned = {"S": "Q", "Q": "S"} if draw.below(2) else {old: new for old, new in turned.items() if old not in "SQ"}
    slots = {slot: first.slots[turned.get(slot, slot)] for slot in first.slots}
    return Pair(first=first, second=Meaning(shape="and", slots=slots), label=label)


def _giving(draw: Draw, label: str, pools: Pools) -> Pair:
    shapes = draw.some(("gives", "gives_first"), 2)
    first = meaning_of(draw, shapes[0], pools)
    who, whom = first.slots["S"], first.slots["Q"]
    people = {"S": who, "Q": whom} if label == "1" else {"S": whom, "Q": who}
    return Pair(first=first, second=Meaning(shape=shapes[1], slots={**first.slots, **people}), label=label)
