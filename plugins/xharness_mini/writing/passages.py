"""Passages of a few sentences, and questions whose answers are words of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness_mini.tasks import MIXED
from xharness_mini.writing.drawing import Draw, Pools, belongs, english, general, objects
from xharness_mini.writing.phrases import table
from xharness_mini.writing.sentences import Meaning, Thing, placed, said, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xharness_mini.writing.sentences import Filler

EVENTS = ("event", "event_first")
_ASKED = {"ask_who": "S", "ask_what": "X", "ask_where": "L", "ask_when": "T", "ask_lives": "C", "ask_works": "E"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question, and where its answer stands: the slot of one of the passage's sentences."""

    id: str
    question: Meaning
    sentence: int
    slot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Sentences, and questions about them."""

    sentences: tuple[Meaning, ...]
    asked: tuple[Asked, ...]

    def record(self, language: str) -> dict[str, object]:
        """Returns the passage as SQuAD's form has it."""
        context, places = "", []
        for meaning in self.sentences:
            tokens = said(meaning, language)
            text, offsets = placed(tokens, language)
            context += "" if not context or language == "zh" else " "
            places.append((tokens, [len(context) + offset for offset in offsets]))
            context += text
        questions = []
        for one in self.asked:
            tokens, offsets = places[one.sentence]
            inside = [index for index, token in enumerate(tokens) if token.slot == one.slot]
            start, end = offsets[inside[0]], offsets[inside[-1]] + len(tokens[inside[-1]].form)
            answers = [{"text": context[start:end], "answer_start": start}]
            question = written(said(one.question, language), language)
            questions.append({"id": one.id, "question": question, "answers": answers})
        return {"context": context, "qas": questions}


def passages(name: str, split: str, n: int, each: int) -> list[Passage]:
    """Returns n passages with `each` questions; the ids of the questions begin with `name`."""
    draw, pools = Draw(f"passages/{name}/{split}"), Pools()
    return [_passage(draw, split, pools, f"{name}-{split}-{number}", each) for number in range(n)]


def document(records: Sequence[Mapping[str, object]], title: str) -> dict[str, object]:
    """Returns a file's content in SQuAD's form."""
    return {"version": "1.1", "data": [{"title": title, "paragraphs": list(records)}]}


def _passage(draw: Draw, split: str, pools: Pools, name: str, each: int) -> Passage:
    while True:
        events = _events(draw, split, pools)
        if events is None:
            continue
        home = general(draw, split, pools, ("lives",))
        rest = general(draw, split, pools, ("weather", "animal", "says", "deed"))
        sentences = draw.shuffled([*events, home, rest])
        asked = _questions(draw, split, sentences, name, each)
        if asked is not None and _clear(sentences):
            return Passage(sentences=tuple(sentences), asked=asked)


def _events(draw: Draw, split: str, pools: Pools) -> list[Meaning] | None:
    """Returns three events of three people who do the same to two things in two places, or None if there are no such.

    The third has the first one's thing and the second one's place: no question can be answered from one word of it.
    """
    verb = draw.one(table("verbs"))
    things = [Thing(entry=entry) for entry in draw.some(objects(verb), 2)]
    places, times = draw.some(table("places"), 2), draw.shuffled(table("times"))
    events: list[Meaning] = []
    for who, what, where in zip(draw.some(pools.people, 3), (0, 1, 0), (0, 1, 1), strict=True):
        slots: dict[str, Filler] = {"S": who, "v": verb, "X": things[what], "L": places[where]}
        shape = draw.one(EVENTS)
        choices = (Meaning(shape=shape, slots={**slots, "T": time}) for time in times)
        event = next((one for one in choices if belongs(one, split)), None)
        if event is None:
            return None
        times = [time for time in times if time is not event.slots["T"]]
        events.append(event)
    return events


def _clear(sentences: Sequence[Meaning]) -> bool:
    """Returns whether those who live somewhere and say something are not those who do something, so that nothing is doubled."""
    named = [english(Meaning(shape="ask_lives", slots={"S": one.slots["S"]})) for one in sentences if _personal(one)]
    return len(named) == len(set(named))


def _personal(meaning: Meaning) -> bool:
    return meaning.shape in {*EVENTS, "lives", "says"}


def _questions(draw: Draw, split: str, sentences: Sequence[Meaning], name: str, each: int) -> tuple[Asked, ...] | None:
    choices = [
        (shape, index)
        for index, sentence in enumerate(sentences)
        for shape in _ASKED
        if sentence.shape in (("lives",) if shape in {"ask_lives", "ask_works"} else EVENTS)
    ]
    asked: list[Asked] = []
    for shape, index in draw.shuffled(choices):
        question = Meaning(shape=shape, slots=sentences[index].slots)
        if len(asked) < each and belongs(question, split) and sum(one.slot == _ASKED[shape] for one in asked) < 2:
            asked.append(Asked(id=f"{name}-{len(asked)}", question=question, sentence=index, slot=_ASKED[shape]))
    return tuple(asked) if len(asked) == each else None


def sharing(split: str, n: int) -> list[tuple[Passage, tuple[str, ...]]]:
    """Returns passages and the languages that have each: English and all but one of the others, each left out in turn."""
    others = MIXED[1:]
    return [
        (passage, tuple(one for one in MIXED if one != others[number % len(others)]))
        for number, passage in enumerate(passages("mixed", split, n, 3))
    ]
