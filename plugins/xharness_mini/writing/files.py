"""Writes every data file of the suite, in the forms of XTREME's own files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from xharness_mini.tasks import MIXED
from xharness_mini.writing import corpora, drawing, pairs, passages
from xharness_mini.writing.phrases import LANGUAGES
from xharness_mini.writing.sentences import said, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from xharness_mini.writing.pairs import Pair

PREMISES = {"train": 500, "dev": 34, "test": 34}
PAIRS = {"train": 1500, "dev": 100, "test": 100}
SENTENCES = {"train": 600, "dev": 100, "test": 100}
PASSAGES = {"train": 150, "dev": 25, "test": 25}
SHARED_PASSAGES = {"dev": 34, "test": 44}
CORPORA = {"dev": (60, 30), "test": (75, 35)}
QUERIES = 100
PARALLEL = 3000


def files() -> dict[str, str]:
    """Returns path → content of every file; the same on every machine."""
    return {**_pairs(), **_tagged(), **_questions(), **_corpora(), **_parallel()}


def write(folder: Path) -> None:
    """Writes every file below a folder."""
    for name, content in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8"))


def _languages(split: str) -> tuple[str, ...]:
    return LANGUAGES if split == "test" else ("en",)


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _pairs() -> dict[str, str]:
    result = {}
    for split, n in PAIRS.items():
        made: dict[str, Sequence[Pair]] = {
            "mini-nli": pairs.inferences(split, PREMISES[split]),
            "mini-paraphrase": pairs.paraphrases(split, n),
        }
        for task, items in made.items():
            rows = [pair.rows() for pair in items]
            for language in _languages(split):
                result[f"{task}/{split}-{language}.tsv"] = _lines("\t".join(row[language]) for row in rows)
    return result


def _tagged() -> dict[str, str]:
    result = {}
    for task, make in (("mini-pos", corpora.tagged), ("mini-ner", corpora.entities)):
        for split, n in SENTENCES.items():
            for language in _languages(split):
                blocks = ["".join(f"{word}\t{tag}\n" for word, tag in one) for one in make(language, split, n)]
                result[f"{task}/{split}-{language}.tsv"] = "\n".join(blocks)
    return result


def _questions() -> dict[str, str]:
    result = {}
    for split, n in PASSAGES.items():
        shared = passages.passages("shared", split, n, 4)
        for language in _languages(split):
            own = passages.passages(f"own-{language}", split, n, 4)
            result[f"mini-qa/{split}-{language}.json"] = _squad([one.record(language) for one in shared], "mini-qa")
            result[f"mini-qa-own/{split}-{language}.json"] = _squad(
                [one.record(language) for one in own], "mini-qa-own"
            )
    for split, n in SHARED_PASSAGES.items():
        mixed = passages.sharing(split, n)
        for language in MIXED if split == "test" else ("en",):
            records = [one.record(language) for one, languages in mixed if language in languages]
            result[f"mini-qa-mixed/{split}-{language}.json"] = _squad(records, "mini-qa-mixed")
    return result


def _squad(records: Sequence[dict[str, object]], title: str) -> str:
    content = passages.document(records, title)
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n"


def _corpora() -> dict[str, str]:
    result = {}
    for language in LANGUAGES[1:]:
        for split, (shared, alone) in CORPORA.items():
            made = corpora.comparable(language, split, shared=shared, alone=alone)
            start = f"mini-mining/{language}-en.{split}"
            result[f"{start}.{language}"] = _lines("\t".join(row) for row in made.foreign)
            result[f"{start}.en"] = _lines("\t".join(row) for row in made.english)
            result[f"{start}.gold"] = _lines("\t".join(row) for row in made.pairs)
        foreign, english, lines = corpora.translations(language, QUERIES)
        start = f"mini-retrieval/{language}-en"
        result |= {f"{start}.{language}": _lines(foreign), f"{start}.en": _lines(english)}
        result[f"{start}.gold"] = _lines(map(str, lines))
    return result


def _parallel() -> dict[str, str]:
    meanings = drawing.texts_of_many(PARALLEL)
    return {
        f"parallel/{language}.txt": _lines(written(said(one, language), language) for one in meanings)
        for language in LANGUAGES
    }
