"""Draws meanings at random, from streams that are the same on every machine and version of Python."""

from __future__ import annotations

import hashlib
import random
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from xharness_mini.writing.phrases import Entry, table
from xharness_mini.writing.sentences import Meaning, Organisation, Person, Thing, said, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xharness_mini.writing.sentences import Filler

Item = TypeVar("Item")

SHARES = {"train": 60, "dev": 12, "test": 28}
"""Of 100 sentences, how many belong to each split: a sentence's own text decides, so that no two splits share one."""

DAYS = 7
"""So many entries at the start of the table of times are days of the week."""

_GENERAL = (
    "event", "event_first", "event_place", "event_time", "because", "when", "says", "and", "with", "gives", "lives",
    "lives_works", "travels", "employed", "deed", "weather", "animal", "likes", "state", "state_first", "states",
    "perhaps", "state_event",
)  # fmt: skip
QUESTIONS = ("ask_who", "ask_what", "ask_where", "ask_when", "ask_lives", "ask_works")
_COUNTRIES = ("lives_only", "works_only")
_NAMED = frozenset({"gives", "gives_first", "likes", "with"})
_RELATED = frozenset({frozenset({"busy", "hurry"}), frozenset({"tired", "ill"}), frozenset({"happy", "fear"})})


class Draw:
    """A stream of random choices, decided by its name alone."""

    def __init__(self, name: str) -> None:
        """Starts the stream of that name."""
        digest = hashlib.sha256(name.encode("utf-8")).digest()
        self._random = random.Random(int.from_bytes(digest[:8], "big"))  # noqa: S311 - texts, not secrets

    def below(self, n: int) -> int:
        """Returns a whole number from 0 to n - 1; `random()` is the one method whose stream Python promises to keep."""
        return int(self._random.random() * n)

    def one(self, items: Sequence[Item]) -> Item:
        """Returns one of the items."""
        return items[self.below(len(items))]

    def some(self, items: Sequence[Item], n: int) -> list[Item]:
        """Returns n different items in random order."""
        rest = list(items)
        return [rest.pop(self.below(len(rest))) for _ in range(n)]

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """Returns all items in random order."""
        return self.some(items, len(items))


def english(meaning: Meaning) -> str:
    """Returns the English sentence, which stands for the meaning."""
    return written(said(meaning, "en"), "en")


@cache
def split_of(sentence: str) -> str:
    """Returns the split to which an English sentence belongs."""
    number = int.from_bytes(hashlib.sha256(f"split/{sentence}".encode()).digest()[:4], "big") % 100
    if number < SHARES["train"]:
        return "train"
    return "dev" if number < SHARES["train"] + SHARES["dev"] else "test"


def belongs(meaning: Meaning, split: str) -> bool:
    """Returns whether the sentence belongs to the split."""
    return split_of(english(meaning)) == split


# ---- what fills the slots ----------------------------------------------------------------------------------------


@cache
def people() -> tuple[Person, ...]:
    """Returns everybody with a name."""
    return tuple(Person(entry=entry) for entry in table("names"))


@cache
def _roles() -> tuple[Person, ...]:
    return tuple(Person(entry=entry) for entry in table("roles"))


@cache
def cities(form: str) -> tuple[Entry, ...]:
    """Returns the cities in the form "in", "from" or "to"; the same order in each."""
    return tuple(entry for entry in table("cities") if entry.features[-1] == form)


@cache
def country_of() -> Mapping[str, Entry]:
    """Returns city → the phrase for its country."""
    countries = {entry.key: entry for entry in table("countries")}
    return {entry.key: countries[entry.features[0]] for entry in cities("in")}


@cache
def objects(verb: Entry) -> tuple[Entry, ...]:
    """Returns the things to which a verb can be done."""
    classes = set(verb.features[:-1])
    everything = [entry for name in ("foods", "drinks", "goods", "texts", "sights") for entry in table(name)]
    return tuple(entry for entry in everything if classes & {entry.table, *entry.features})


def thing(draw: Draw, verb: Entry) -> Thing:
    """Returns an object for a verb; goods have an adjective now and then."""
    entry = draw.one(objects(verb))
    adjective = draw.one(table("adjectives")) if entry.table == "goods" and draw.below(5) < 2 else None
    return Thing(entry=entry, adjective=adjective)


def gift(draw: Draw) -> Thing:
    """Returns something that one can give: clothes or a text."""
    choices = [entry for entry in table("goods") if "clothes" in entry.features] + list(table("texts"))
    entry = draw.one(choices)
    adjective = draw.one(table("adjectives")) if entry.table == "goods" and draw.below(2) else None
    return Thing(entry=entry, adjective=adjective)


def organisation(draw: Draw) -> Organisation:
    """Returns a bank, hotel, clinic, radio station or club with its name."""
    kinds = table("orgkinds")
    number = draw.below(len(kinds) // 2)
    return Organisation(at=kinds[2 * number], name=kinds[2 * number + 1], called=draw.one(table("orgnames")))


@cache
def states() -> Mapping[tuple[str, str, str], Entry]:
    """Returns (attribute, side, wording) → what is said of somebody; the sides of an attribute exclude each other."""
    return {(entry.key, entry.features[0], entry.features[1]): entry for entry in table("states")}


def related(first: str, second: str) -> bool:
    """Returns whether one attribute says something about the other, or is the other."""
    return first == second or frozenset({first, second}) in _RELATED


# ---- whole sentences ---------------------------------------------------------------------------------------------


class Pools:
    """Who and where sentences are about: all people and cities, or a few that many sentences share."""

    def __init__(self, draw: Draw | None = None, names: int = 0, places: int = 0) -> None:
        """Draws `names` people and `places` cities; without a stream all are used."""
        self.people = people() if draw is None else tuple(draw.some(people(), names))
        numbers = range(len(cities("in")))
        self.cities = list(numbers) if draw is None else draw.some(numbers, places)
        self.roles = _roles()

    def apart(self, split: str) -> Pools:
        """Returns the same with the people and cities whose names are of this split (see `names_of`)."""
        self.people = tuple(one for one in self.people if one.entry in names_of(split, "names"))
        self.cities = [number for number in self.cities if (number % 3 == 0) == (split != "train")]
        return self


@cache
def names_of(split: str, name: str) -> tuple[Entry, ...]:
    """Returns the entries of a table of names that stand in tagged names of a split: every third is kept for dev and test."""
    return tuple(entry for number, entry in enumerate(table(name)) if (number % 3 == 0) == (split != "train"))


def meaning_of(draw: Draw, shape: str, pools: Pools) -> Meaning:
    """Returns a meaning of that shape with every slot filled."""
    somebody = pools.people if shape in _NAMED or shape in {"state", "state_first", "states", "perhaps"} else (
        *pools.people, *draw.some(pools.roles, 8)
    )  # fmt: skip
    first, second = draw.some(somebody, 2)
    if shape in _NAMED:
        first, second = draw.some(pools.people, 2)
    verb, other = draw.one(table("verbs")), draw.one(table("verbs"))
    here, there = draw.some(table("places"), 2)
    one, two = draw.some(pools.cities, 2)
    liked, preferred = draw.some(table("likes"), 2)
    state = draw.one(table("states"))
    another = draw.one([entry for entry in table("states") if not related(entry.key, state.key)])
    given = shape.startswith("gives")
    slots: dict[str, Filler] = {
        "S": first, "Q": second, "v": verb, "w": other, "X": gift(draw) if given else thing(draw, verb),
        "Y": thing(draw, other), "L": here, "T": draw.one(table("times")), "F": draw.one(table("facts")),
        "W": draw.one(table("conditions")), "say": draw.one(table("saying")), "G": liked, "H": preferred,
        "C": cities("in")[one], "E": cities("in")[two], "from": cities("from")[one], "to": cities("to")[two],
        "M": draw.one(table("vehicles")), "O": organisation(draw), "D": draw.one(table("orgdeeds")),
        "N": draw.one(table("weather")), "A": draw.one(table("animals")), "d": draw.one(table("doings")),
        "K": draw.one(table("spots")) if shape == "animal" else there, "p": state, "q": another,
    }  # fmt: skip
    if shape in _COUNTRIES:
        slots["C"] = draw.one(table("countries"))
    return Meaning(shape=shape, slots=slots)


def general(draw: Draw, split: str, pools: Pools, shapes: Sequence[str] = _GENERAL) -> Meaning:
    """Returns a sentence of any of the shapes that belongs to the split."""
    while True:
        meaning = meaning_of(draw, draw.one(shapes), pools)
        if belongs(meaning, split):
            return meaning


def texts_of_many(n: int) -> list[Meaning]:
    """Returns n different sentences of the training split, of every shape, questions among them."""
    draw, pools = Draw("parallel"), Pools()
    shapes = (*_GENERAL, *_GENERAL, *_COUNTRIES, *QUESTIONS, *QUESTIONS)
    found: dict[str, Meaning] = {}
    while len(found) < n:
        meaning = general(draw, "train", pools, shapes)
        found.setdefault(english(meaning), meaning)
    return list(found.values())
