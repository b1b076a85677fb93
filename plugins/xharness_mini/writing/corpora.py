"""Tagged sentences, and corpora of sentences in two languages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xharness_mini.writing.drawing import Draw, Pools, belongs, english, general, meaning_of, names_of
from xharness_mini.writing.phrases import LANGUAGES, Entry
from xharness_mini.writing.sentences import Meaning, Organisation, Person, said, shapes, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness_mini.writing.sentences import Token

_NAMED_SHAPES = (
    "lives", "lives_works", "travels", "employed", "deed", "weather", "lives_only", "works_only", "with", "likes",
    "event", "state_first",
)  # fmt: skip
_CLOSE = (
    "event", "event_place", "event_time", "event_first", "because", "when", "says", "and", "with", "gives", "likes",
    "animal", "state", "states", "state_event",
)  # fmt: skip

_TRIES = 60
"""So often a variant of a sentence is drawn; of some sentences the split holds none."""


def tagged(language: str, split: str, n: int) -> list[list[tuple[str, str]]]:
    """Returns n sentences of any shape as words with their parts of speech."""
    draw, pools = Draw(f"pos/{split}/{language}"), Pools()
    found = {english(one): one for one in (general(draw, split, pools) for _ in range(2 * n))}
    return [[(token.form, token.tag) for token in said(one, language)] for one in list(found.values())[:n]]


def entities(language: str, split: str, n: int) -> list[list[tuple[str, str]]]:
    """Returns n sentences as words with the names of people, places and organisations in IOB2.

    One name in three is of the dev and test sentences only, and they have no others: names cannot be learnt by heart.
    """
    draw, pools = Draw(f"ner/{split}/{language}"), Pools().apart(split)
    found: dict[str, Meaning] = {}
    while len(found) < n:
        meaning = _with_surnames(draw, split, general(draw, split, pools, _NAMED_SHAPES))
        if belongs(meaning, split) and _new_names(meaning, split):
            found.setdefault(english(meaning), meaning)
    return [_spans(said(one, language)) for one in found.values()]


def _new_names(meaning: Meaning, split: str) -> bool:
    """Returns whether the organisation and the country, where the shape has them, are names of this split."""
    used, organisation, place = _slots(meaning.shape), meaning.slots["O"], meaning.slots["C"]
    country_fits = not isinstance(place, Entry) or place.table != "countries" or place in names_of(split, "countries")
    organisation_fits = "O" not in used or (
        isinstance(organisation, Organisation) and organisation.called in names_of(split, "orgnames")
    )
    return country_fits and organisation_fits


def _with_surnames(draw: Draw, split: str, meaning: Meaning) -> Meaning:
    if meaning.shape == "with":  # the second name may be inflected
        return meaning
    slots = {
        slot: replace(filler, surname=draw.one(names_of(split, "surnames")))
        if isinstance(filler, Person) and filler.entry.table == "names" and draw.below(3) == 0
        else filler
        for slot, filler in meaning.slots.items()
    }
    return Meaning(shape=meaning.shape, slots=slots)


def _spans(tokens: Sequence[Token]) -> list[tuple[str, str]]:
    """Returns words with tags: from the first to the last proper noun of a slot that names somebody or something."""
    kinds = {"S": "PER", "Q": "PER", "C": "LOC", "E": "LOC", "from": "LOC", "to": "LOC", "O": "ORG"}
    result = [(token.form, "O") for token in tokens]
    for slot, kind in kinds.items():
        inside = [index for index, token in enumerate(tokens) if token.slot == slot and token.tag == "PROPN"]
        if inside:
            for index in range(inside[0], inside[-1] + 1):
                result[index] = (tokens[index].form, f"{'B' if index == inside[0] else 'I'}-{kind}")
    return result


# ---- two languages -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpora:
    """Two sides of sentences with ids; `pairs` are foreign id and English id of translations."""

    foreign: tuple[tuple[str, str], ...]
    english: tuple[tuple[str, str], ...]
    pairs: tuple[tuple[str, str], ...]


def close_sentences(name: str, split: str, n: int) -> list[Meaning]:
    """Returns n sentences about few people and places, no two the same in any language.

    They come in threes that differ in one word or phrase, so that sentences with the same names and other words that are
    spelt alike in two languages are not yet translations of each other.
    """
    draw = Draw(name)
    pools = Pools(draw, names=3, places=3)
    found: list[Meaning] = []
    seen: set[tuple[str, str]] = set()
    while len(found) < n:
        first = general(draw, split, pools, _CLOSE)
        for meaning in (first, *(_varied(draw, first, split, pools) for _ in range(2))):
            if meaning is None:
                continue
            texts = {(language, _text(meaning, language)) for language in LANGUAGES}
            if not texts & seen and len(found) < n:
                found.append(meaning)
                seen |= texts
    return found


def _varied(draw: Draw, meaning: Meaning, split: str, pools: Pools) -> Meaning | None:
    """Returns a sentence of the split that differs from another in one slot (a verb and its object go together), or None."""
    for _ in range(_TRIES):
        other = meaning_of(draw, meaning.shape, pools)
        slot = draw.one(sorted(_slots(meaning.shape)))
        changed = {"v": ("v", "X"), "w": ("w", "Y"), "Y": ("w", "Y"), "X": ("v", "X"), "from": ("from", "C")}.get(
            slot, (slot,)
        )
        varied = Meaning(shape=meaning.shape, slots={**meaning.slots, **{one: other.slots[one] for one in changed}})
        if (
            english(varied) != english(meaning)
            and varied.slots["S"] is not varied.slots["Q"]
            and belongs(varied, split)
        ):
            return varied
    return None


def _slots(shape: str) -> set[str]:
    parts = shapes()[shape].columns["en"].split()
    named = {part[1:-1].partition(":")[0] for part in parts if part.startswith("{")}
    return {"O" if slot == "On" else slot for slot in named}


def comparable(language: str, split: str, *, shared: int, alone: int) -> Corpora:
    """Returns two corpora of which `shared` sentences stand in both, and `alone` others in each."""
    meanings = close_sentences(f"mining/{split}/{language}", split, shared + 2 * alone)
    draw = Draw(f"mining/{split}/{language}/order")
    numbers = range(shared + 2 * alone)
    left = draw.shuffled([*numbers[:shared], *numbers[shared : shared + alone]])
    right = draw.shuffled([*numbers[:shared], *numbers[shared + alone :]])
    foreign_ids = {number: f"{language}-{place:06d}" for place, number in enumerate(left, start=1)}
    english_ids = {number: f"en-{place:06d}" for place, number in enumerate(right, start=1)}
    return Corpora(
        foreign=tuple((foreign_ids[number], _text(meanings[number], language)) for number in left),
        english=tuple((english_ids[number], _text(meanings[number], "en")) for number in right),
        pairs=tuple((foreign_ids[number], english_ids[number]) for number in left if number in english_ids),
    )


def translations(language: str, n: int) -> tuple[list[str], list[str], list[int]]:
    """Returns n sentences of the test split, their English in another order, and for each the English line (0-based)."""
    meanings = close_sentences(f"retrieval/{language}", "test", n)
    order = Draw(f"retrieval/{language}/order").shuffled(range(n))
    line = {number: place for place, number in enumerate(order)}
    return (
        [_text(one, language) for one in meanings],
        [_text(meanings[number], "en") for number in order],
        [line[number] for number in range(n)],
    )


def _text(meaning: Meaning, language: str) -> str:
    return written(said(meaning, language), language)
