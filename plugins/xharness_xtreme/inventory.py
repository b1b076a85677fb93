"""What XTREME consists of: languages per task (evaluate.py 141-154), label sets, and the hub's names for languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_UDPOS = _words("af ar bg de el en es et eu fa fi fr he hi hu id it ja kk ko mr nl pt ru ta te th tl tr ur vi yo zh")
_PANX = tuple(sorted((*_UDPOS, "bn", "jv", "ka", "ml", "ms", "my", "sw")))

LANGUAGES: Mapping[str, tuple[str, ...]] = {
    "xnli": _words("ar bg de el en es fr hi ru sw th tr ur vi zh"),
    "pawsx": _words("de en es fr ja ko zh"),
    "udpos": _UDPOS,
    "panx": _PANX,
    "xquad": _words("ar de el en es hi ru th tr vi zh"),
    "mlqa": _words("ar de en es hi vi zh"),
    "tydiqa": _words("ar bn en fi id ko ru sw te"),
    "bucc2018": _words("de fr ru zh"),
    "tatoeba": tuple(language for language in _PANX if language not in {"en", "ms", "my", "yo"}),
}
"""Task → its languages as two-letter codes, in report order; 162 cells in all."""

LABELS: Mapping[str, tuple[str, ...]] = {
    # The order of the official model's classes (processors/xnli.py 103-105).
    "xnli": ("contradiction", "entailment", "neutral"),
    "pawsx": ("0", "1"),
    "udpos": _words("ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X"),
    "panx": ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"),
}
"""Label sets of the classification and tagging tasks."""

SPLITS: Mapping[str, tuple[str, ...]] = {
    "xnli": ("train", "dev", "test"),
    "pawsx": ("train", "dev", "test"),
    "udpos": ("train", "dev", "test"),
    "panx": ("train", "dev", "test"),
    "xquad": ("train", "test"),
    "mlqa": ("train", "dev", "test"),
    "tydiqa": ("train", "test"),
    "bucc2018": ("dev", "test"),
    "tatoeba": ("test",),
}
"""Task → the splits that exist for some language; "train" of xquad and mlqa is SQuAD v1.1."""

UD_NAMES: Mapping[str, str] = {
    "af": "Afrikaans", "ar": "Arabic", "bg": "Bulgarian", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "et": "Estonian", "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi",
    "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese", "kk": "Kazakh", "ko": "Korean",
    "mr": "Marathi", "nl": "Dutch", "pt": "Portuguese", "ru": "Russian", "ta": "Tamil", "te": "Telugu", "th": "Thai",
    "tl": "Tagalog", "tr": "Turkish", "ur": "Urdu", "vi": "Vietnamese", "yo": "Yoruba", "zh": "Chinese",
}  # fmt: skip
"""Language → the hub's configuration `udpos.<Language>`."""

TYDIQA_NAMES: Mapping[str, str] = {
    "ar": "arabic", "bn": "bengali", "en": "english", "fi": "finnish", "id": "indonesian", "ko": "korean",
    "ru": "russian", "sw": "swahili", "te": "telugu",
}  # fmt: skip
"""Language → the first part of a TyDiQA question id."""

TATOEBA_NAMES: Mapping[str, str] = {
    "af": "afr", "ar": "ara", "bg": "bul", "bn": "ben", "de": "deu", "el": "ell", "es": "spa", "et": "est", "eu": "eus",
    "fa": "pes", "fi": "fin", "fr": "fra", "he": "heb", "hi": "hin", "hu": "hun", "id": "ind", "it": "ita", "ja": "jpn",
    "jv": "jav", "ka": "kat", "kk": "kaz", "ko": "kor", "ml": "mal", "mr": "mar", "nl": "nld", "pt": "por", "ru": "rus",
    "sw": "swh", "ta": "tam", "te": "tel", "th": "tha", "tl": "tgl", "tr": "tur", "ur": "urd", "vi": "vie", "zh": "cmn",
}  # fmt: skip
"""Language → the hub's configuration `tatoeba.<code>` (up 376-404)."""
