"""A meaning (a shape with its slots filled) and how it is said in each language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from xharness_mini.writing.phrases import Entry, Word, table, word, words

if TYPE_CHECKING:
    from collections.abc import Mapping

_VOWELS = "aeiouyàâéèêëîïôœûAEIOUÀÂÉÈÊËÎÏÔŒÛ"
_FOLLOWS = {"w": "Q", "q": "Q", "d": "A", "D": "On"}
"""Slot → the slot with which it agrees; the others agree with S."""
_SPACED = frozenset(".,?،؟。，？")
_NO_CAPITALS = frozenset({"zh", "ar"})
_GENDERS = ("de", "es", "fr", "ru", "ar")


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """An object: an entry, with an adjective or without."""

    entry: Entry
    adjective: Entry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a first name and, where it is said, a surname."""

    entry: Entry
    surname: Entry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A bank, a hotel …, with its name; `at` is the kind's phrase for working there, `name` its name as a subject."""

    at: Entry
    name: Entry
    called: Entry


Filler = Entry | Thing | Person | Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A shape and what fills its slots."""

    shape: str
    slots: Mapping[str, Filler]


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One word of a sentence; `slot` is the slot that it belongs to, "" for words of the shape."""

    form: str
    tag: str
    slot: str
    glued: bool = False


@cache
def shapes() -> Mapping[str, Entry]:
    """Returns the sentence shapes by name."""
    return {entry.key: entry for entry in table("shapes")}


def said(meaning: Meaning, language: str) -> list[Token]:
    """Returns the sentence in a language, with its first letter a capital where the script has them."""
    tokens: list[Token] = []
    for part in shapes()[meaning.shape].columns[language].split():
        if part.startswith("{"):
            slot, _, form = part[1:-1].partition(":")
            tokens += _filled(meaning, language, slot, form)
        else:
            tokens.append(_token(word(language, part, "X"), meaning, "", "S"))
    tokens = _elided(tokens, language)
    return tokens if language in _NO_CAPITALS else _capitalised(tokens)


def written(tokens: list[Token], language: str) -> str:
    """Returns the text of a sentence."""
    return placed(tokens, language)[0]


def placed(tokens: list[Token], language: str) -> tuple[str, list[int]]:
    """Returns the text of a sentence, and the offset of every token in it (characters)."""
    text, offsets = "", []
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else None
        joined = before is None or before.glued or language == "zh" or _close(token.form, language)
        text += "" if joined else " "
        offsets.append(len(text))
        text += token.form
    return text, offsets


def _close(form: str, language: str) -> bool:
    return form in _SPACED and not (language == "fr" and form == "?")


def _filled(meaning: Meaning, language: str, slot: str, form: str) -> list[Token]:
    place = {"On": "O", "Cn": "C"}.get(slot, slot)
    filler = meaning.slots[place]
    agrees = _FOLLOWS.get(slot, "S")
    if form == "base" and isinstance(filler, Entry):
        return [Token(form=filler.features[-1], tag="VERB", slot=slot)]
    if form == "m" and isinstance(filler, Entry):
        return [Token(form=one.male, tag=one.tag, slot=slot) for one in filler.phrases[language]]
    phrase = _phrase(filler, language, slot)
    if form in {"dat", "ins"}:
        phrase = (_declined(phrase[0], form), *phrase[1:])
    if slot == "Cn":
        phrase = tuple(one for one in phrase if one.tag == "PROPN")
    tokens = [_token(one, meaning, place, agrees) for one in phrase]
    return tokens[:1] if form == "1" else tokens[1:] if form == "2" else tokens


def _token(one: Word, meaning: Meaning, slot: str, agrees: str) -> Token:
    agrees = "Q" if one.second else agrees
    filler = meaning.slots.get("O" if agrees == "On" else agrees)
    female = filler is not None and _female(filler)
    return Token(form=one.female if female else one.male, tag=one.tag, slot=slot, glued=one.glued)


def _female(filler: Filler) -> bool:
    if isinstance(filler, Organisation):
        return filler.name.key in {"clinic", "radio"}  # عيادة and إذاعة
    return (filler if isinstance(filler, Entry) else filler.entry).female


def _phrase(filler: Filler, language: str, slot: str) -> tuple[Word, ...]:
    if isinstance(filler, Entry):
        return filler.phrases[language]
    if isinstance(filler, Thing):
        return _thing(filler, language)
    if isinstance(filler, Person):
        first = filler.entry.phrases[language]
        if filler.surname is None:
            return first
        dot = words(language, "·") if language == "zh" else ()
        return (*first, *dot, *filler.surname.phrases[language])
    kind = (filler.name if slot == "On" else filler.at).columns[language]
    return words(language, kind.replace("{N}", f"{filler.called.columns[language]}_PROPN"))


# ---- objects -----------------------------------------------------------------------------------------------------


def _thing(thing: Thing, language: str) -> tuple[Word, ...]:
    if thing.entry.table != "goods":
        return thing.entry.phrases[language]
    genders, swahili = thing.entry.features[0][:5], thing.entry.features[0][5]
    gender = dict(zip(_GENDERS, genders, strict=True)).get(language, swahili)
    noun = thing.entry.phrases[language]
    adjective = () if thing.adjective is None else _adjective(thing.adjective, language, gender)
    first = thing.adjective is not None and thing.adjective.columns["fr"].startswith("before")
    if language == "zh":
        return (*words(language, "一"), noun[0], *adjective, *noun[1:])
    article = words(language, _article(language, gender, (adjective or noun)[0].male))
    if language in {"en", "de", "ru"} or (language == "fr" and first):
        return (*article, *adjective, *noun)
    return (*article, *noun, *adjective)


def _article(language: str, gender: str, following: str) -> str:
    if language == "en":
        return "an" if following[0] in "aeiou" else "a"
    forms = {
        "de": {"m": "einen", "f": "eine", "n": "ein"},
        "es": {"m": "un", "f": "una"},
        "fr": {"m": "un", "f": "une"},
    }.get(language, {})
    return forms.get(gender, "")


def _adjective(adjective: Entry, language: str, gender: str) -> tuple[Word, ...]:
    """Returns the words of an adjective in the case of an object after an indefinite article."""
    written = adjective.columns[language]
    if language == "de":
        return words(language, written + {"m": "en", "f": "e", "n": "es"}[gender], "ADJ")
    if language == "ru":
        return words(language, written.split()["mfn".index(gender)], "ADJ")
    if language == "sw":
        return words(language, written.split()["3579".index(gender)], "ADJ")
    if language in {"es", "fr", "ar"}:
        found = words(language, written.removeprefix("before ").removeprefix("after "), "ADJ")
        forms = [one.female if gender == "f" else one.male for one in found]
        return words(language, " ".join(forms), "ADJ")
    return adjective.phrases[language]


# ---- spelling ----------------------------------------------------------------------------------------------------


def _declined(name: Word, case: str) -> Word:
    """Returns a Russian first name in the dative or instrumental; all names of the lexicon are regular."""
    stem, ending = (name.male[:-1], {"dat": "е", "ins": "ой"}) if name.male.endswith("а") else (
        name.male, {"dat": "у", "ins": "ом"}
    )  # fmt: skip
    form = stem + ending[case]
    return Word(male=form, female=form, tag=name.tag)


def _elided(tokens: list[Token], language: str) -> list[Token]:
    """Returns the tokens with `que`, `de` shortened before vowels (French), `y` as `e` before i (Spanish)."""
    result = list(tokens)
    for index, token in enumerate(tokens[:-1]):
        following = tokens[index + 1].form
        if language == "fr" and token.form in {"que", "de"} and following[0] in _VOWELS and following != "Yusuf":
            result[index] = Token(form=f"{token.form[:-1]}'", tag=token.tag, slot=token.slot, glued=True)
        if language == "es" and token.form == "y" and following.lower().startswith("i"):
            result[index] = Token(form="e", tag=token.tag, slot=token.slot)
    return result


def _capitalised(tokens: list[Token]) -> list[Token]:
    index = 1 if tokens[0].form == "¿" else 0
    first = tokens[index]
    changed = Token(form=first.form[0].upper() + first.form[1:], tag=first.tag, slot=first.slot, glued=first.glued)
    return [*tokens[:index], changed, *tokens[index + 1 :]]
