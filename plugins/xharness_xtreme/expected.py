"""The benchmark's own sizes, with which every loaded split is compared.

Sources: spec/xtreme.md §1 (counts of the official preparation run on UD r2.5, the hub's metadata, the data sets' own READMEs).
The English training sets of UDPOS and TyDiQA and the English UDPOS dev set were counted in copies: the dev set was also rebuilt
identically from UD r2.5. The official German UDPOS test has 22,357 (issue #19) or 22,358 sentences (recount). A size that is
nowhere on record is absent here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Counts: TypeAlias = Mapping[str, tuple[int, ...]]
"""Unit → the sizes that the benchmark may have."""

UDPOS_TEST: Mapping[str, tuple[int, int | None]] = {
    "af": (425, 10065), "ar": (1680, None), "bg": (1116, 15724), "de": (22358, None), "el": (456, 10422),
    "en": (5440, 84970), "es": (3147, 86988), "et": (3760, 58579), "eu": (1799, 24374), "fa": (600, 15925),
    "fi": (4422, 53111), "fr": (5009, 79620), "he": (491, 8829), "hi": (2684, None), "hu": (449, 10448),
    "id": (1557, 31680), "it": (3518, 74955), "ja": (2372, 53592), "kk": (1047, 9872), "ko": (4276, 56627),
    "mr": (47, 376), "nl": (1471, 22602), "pt": (2681, 60701), "ru": (8976, None), "ta": (120, 1772), "te": (146, 721),
    "th": (1000, 22322), "tl": (55, 292), "tr": (4785, 42843), "ur": (535, 14806), "vi": (800, 11955), "yo": (100, 2664),
    "zh": (3455, 62569),
}  # fmt: skip
"""Language → sentences and, where on record, tokens of the UDPOS test set."""

_MLQA = {
    "test": {"en": 11590, "de": 4517, "es": 5253, "ar": 5335, "zh": 5137, "vi": 5495, "hi": 4918},
    "dev": {"en": 1148, "de": 512, "es": 500, "ar": 517, "zh": 504, "vi": 511, "hi": 507},
}
_TYDIQA = {"ar": 921, "bn": 113, "en": 440, "fi": 782, "id": 565, "ko": 276, "ru": 812, "sw": 499, "te": 669}
_TATOEBA = {"jv": 205, "ka": 746, "kk": 575, "ml": 687, "sw": 390, "ta": 307, "te": 234, "th": 548}
_BUCC_PAIRS = {
    "test": {"de": 9580, "fr": 9086, "ru": 14435, "zh": 1899},
    "dev": {"de": 1038, "fr": 929, "ru": 2374, "zh": 257},
}
_PANX_TRAIN = {
    **dict.fromkeys(("et", "ta"), 15000),
    **dict.fromkeys(("eu", "ka", "bn", "ml", "tl"), 10000),
    **dict.fromkeys(("af", "hi", "mr"), 5000),
    **dict.fromkeys(("kk", "sw", "te"), 1000),
    **dict.fromkeys(("jv", "my", "yo"), 100),
}
_PANX_SMALL = {
    **dict.fromkeys(("ms", "ur", "ta", "bn", "ml", "tl", "af", "hi", "mr", "kk", "sw", "te"), 1000),
    **dict.fromkeys(("jv", "my", "yo"), 100),
}
_TRAIN = {"pawsx": 49401, "xquad": 87599, "mlqa": 87599, "tydiqa": 3696}


UNITS: Mapping[str, str] = {
    "xnli": "rows",
    "pawsx": "rows",
    "panx": "sentences",
    "udpos": "sentences",
    "xquad": "questions",
    "mlqa": "questions",
    "tydiqa": "questions",
    "bucc2018": "gold pairs",
    "tatoeba": "sentences",
}
"""Task → what is counted first."""


def expected(task: str, language: str, split: str) -> Counts:
    """Returns the benchmark's sizes of a split: rows, sentences and tokens, questions, or gold pairs; {} if unknown."""
    if split == "train":
        return _expected_train(task, language)
    if task == "udpos":
        return _expected_udpos(language, split)
    if task == "bucc2018":
        return {"gold pairs": (_BUCC_PAIRS[split][language],)}
    return _expected_examples(task, language, split)


def _expected_examples(task: str, language: str, split: str) -> Counts:
    sizes: Mapping[str, tuple[Mapping[str, int], int]] = {
        "xnli": ({}, 5010 if split == "test" else 2490),
        "pawsx": ({}, 2000),
        "panx": (_PANX_SMALL, 10000),
        "xquad": ({}, 1190),
        "mlqa": (_MLQA.get(split, {}), 0),
        "tydiqa": (_TYDIQA, 0),
        "tatoeba": (_TATOEBA, 1000),
    }
    by_language, otherwise = sizes[task]
    return {UNITS[task]: (by_language.get(language, otherwise),)}


def _expected_udpos(language: str, split: str) -> Counts:
    if split == "dev":
        return {"sentences": (3974,), "tokens": (62632,)} if language == "en" else {}
    sentences, tokens = UDPOS_TEST[language]
    if language == "de":
        return {"sentences": (sentences, sentences - 1)}
    return {"sentences": (sentences,)} if tokens is None else {"sentences": (sentences,), "tokens": (tokens,)}


def _expected_train(task: str, language: str) -> Counts:
    if task == "panx":
        return {"sentences": (_PANX_TRAIN.get(language, 20000),)}
    if language != "en":
        return {}
    if task == "udpos":
        return {"sentences": (21253,)}
    return {UNITS[task]: (_TRAIN[task],)} if task in _TRAIN else {}
