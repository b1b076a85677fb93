"""Writes a made-up data set in XTREME's official layout: nine tasks, all 162 cells, a handful of examples each.

The words mean nothing; the files have the form of the real ones (quoting, line ends, blanked answers, sorted English).
"""

from __future__ import annotations

import csv
import json
import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PANX = "af ar bg bn de el en es et eu fa fi fr he hi hu id it ja jv ka kk ko ml mr ms my nl pt ru sw ta te th tl tr ur vi yo zh"
LANGUAGES = {
    "xnli": "ar bg de el en es fr hi ru sw th tr ur vi zh".split(),
    "pawsx": "de en es fr ja ko zh".split(),
    "udpos": [one for one in PANX.split() if one not in "bn jv ka ml ms my sw".split()],
    "panx": PANX.split(),
    "xquad": "ar de el en es hi ru th tr vi zh".split(),
    "mlqa": "ar de en es hi vi zh".split(),
    "tydiqa": "ar bn en fi id ko ru sw te".split(),
    "bucc2018": "de fr ru zh".split(),
    "tatoeba": [one for one in PANX.split() if one not in "en ms my yo".split()],
}
WORDS = (
    "the a man woman dog cat eats runs sleeps in on at park house big small red green Paris London Anna Peter".split()
)
NLI = ("contradiction", "entailment", "neutral")
UPOS = ("DET", "NOUN", "VERB", "ADP", "ADJ", "PROPN")
NER = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG")


def sentence(rng: random.Random, least: int = 3, most: int = 8) -> str:
    """Some words and a full stop."""
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(least, most))) + " ."


def write_xtreme(root: Path, n: int = 6, seed: int = 7) -> tuple[Path, Path]:
    """Writes data below `root/xtreme` and gold below `root/xtreme-labels`, and returns both folders."""
    data, labels = root / "xtreme", root / "xtreme-labels"
    for task, languages in LANGUAGES.items():
        for language in languages:
            rng = random.Random(f"{seed}/{task}/{language}")
            WRITERS[task](data / task, labels / task, language, rng, n)
    _write_training(data, random.Random(seed), 8 * n)
    return data, labels


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")


def _rows(path: Path, rows: Sequence[Sequence[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter="\t").writerows(rows)  # as the official preparation writes them: CRLF, quotes


def _pairs(names: Sequence[str]) -> Any:
    def write(data: Path, labels: Path, language: str, rng: random.Random, n: int) -> None:
        rows = [[f'"{sentence(rng)}" said Anna' if i == 1 else sentence(rng), sentence(rng)] for i in range(n)]
        gold = [rng.choice(names) for _ in rows]
        _rows(data / f"test-{language}.tsv", rows)
        _rows(data / f"dev-{language}.tsv", [[*row, label] for row, label in zip(rows, gold, strict=True)])
        _write(labels / f"test-{language}.tsv", "".join(f"{label}\n" for label in gold))

    return write


def _tags(names: Sequence[str]) -> Any:
    def write(data: Path, labels: Path, language: str, rng: random.Random, n: int) -> None:
        sentences = [sentence(rng).split() for _ in range(n)]
        gold = [[rng.choice(names) for _ in words] for words in sentences]
        _write(data / f"test-{language}.tsv", "\n".join("".join(f"{word}\n" for word in words) for words in sentences))
        _write(labels / f"test-{language}.tsv", "\n".join("".join(f"{tag}\n" for tag in tags) for tags in gold) + "\n")

    return write


def _squad(rng: random.Random, n: int, prefix: str) -> dict[str, Any]:
    paragraphs = []
    for number in range(n // 2):
        context = " ".join(sentence(rng) for _ in range(4))
        questions = []
        for ask in range(2):
            answer = rng.choice(context.replace(".", "").split())
            answers = [{"text": answer, "answer_start": context.index(answer)}]
            questions.append({"id": f"{prefix}{number}-{ask}", "question": sentence(rng), "answers": answers})
        paragraphs.append({"context": context, "qas": questions})
    return {"version": "1.1", "data": [{"title": "made up", "paragraphs": paragraphs}]}


def _blanked(content: dict[str, Any]) -> dict[str, Any]:
    """One document per question, an empty answer, no titles: what the official preparation leaves."""
    documents = [
        {"paragraphs": [{"context": one["context"], "qas": [{**ask, "answers": [{"text": "", "answer_start": 0}]}]}]}
        for article in content["data"]
        for one in article["paragraphs"]
        for ask in one["qas"]
    ]
    return {"version": "1.1", "data": documents}


def _questions(place: str, *, parallel: bool) -> Any:
    def write(data: Path, labels: Path, language: str, rng: random.Random, n: int) -> None:
        content = _squad(rng, n, "q" if parallel else f"{language}-")
        _write(data / place.format(language=language), json.dumps(_blanked(content)))
        _write(labels / f"test-{language}.json", json.dumps(content))

    return write


def _bucc(data: Path, labels: Path, language: str, rng: random.Random, n: int) -> None:
    for split in ("dev", "test"):
        texts = [f"{sentence(rng)} {number}" for number in range(3 * n)]
        gold = [(f"{language}-{number:06d}", f"en-{number + 1:06d}") for number in range(n)]
        foreign = "".join(f"{language}-{number:06d}\t{text}\n" for number, text in enumerate(texts))
        english = "".join(f"en-{number + 1:06d}\t{text} in\n" for number, text in enumerate(texts[:n]))
        english += "".join(f"en-9{number:05d}\t{sentence(rng)} 9{number}\n" for number in range(n))
        _write(data / f"{language}-en.{split}.{language}", foreign)
        _write(data / f"{language}-en.{split}.en", english)
        lines = "".join(f"{left}\t{right}\n" for left, right in gold)
        _write(data / f"{language}-en.dev.gold" if split == "dev" else labels / f"test-{language}.tsv", lines)


def _tatoeba(data: Path, labels: Path, language: str, rng: random.Random, n: int) -> None:
    english = [f"{sentence(rng)} {number}" for number in range(n)]
    order = sorted(range(n), key=lambda number: english[number])
    _write(data / f"{language}-en.en", "".join(f"{english[number]}\n" for number in order))
    _write(data / f"{language}-en.{language}", "".join(f"{text} on\n" for text in english))
    _write(labels / f"test-{language}.tsv", "".join(f"{number}\n" for number in order))


def _write_training(data: Path, rng: random.Random, n: int) -> None:
    for task, names in (("xnli", NLI), ("pawsx", ("0", "1"))):
        _rows(data / task / "train-en.tsv", [[sentence(rng), sentence(rng), rng.choice(names)] for _ in range(n)])
    for task, names in (("udpos", UPOS), ("panx", NER)):
        for split in ("train", "dev"):
            sentences = [sentence(rng).split() for _ in range(n)]
            text = "\n".join("".join(f"{word}\t{rng.choice(names)}\n" for word in words) for words in sentences)
            _write(data / task / f"{split}-en.tsv", text)
    _write(data / "squad" / "train-v1.1.json", json.dumps(_squad(rng, n, "s")))
    place = data / "tydiqa" / "tydiqa-goldp-v1.1-train" / "tydiqa.goldp.en.train.json"
    _write(place, json.dumps(_squad(rng, n, "t")))


WRITERS = {
    "xnli": _pairs(NLI),
    "pawsx": _pairs(("0", "1")),
    "udpos": _tags(UPOS),
    "panx": _tags(NER),
    "xquad": _questions("xquad.{language}.json", parallel=True),
    "mlqa": _questions("MLQA_V1/test/test-context-{language}-question-{language}.json", parallel=True),
    "tydiqa": _questions("tydiqa-goldp-v1.1-dev/tydiqa.goldp.{language}.dev.json", parallel=False),
    "bucc2018": _bucc,
    "tatoeba": _tatoeba,
}
