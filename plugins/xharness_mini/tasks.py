"""The nine tasks as the harness sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xharness import Kind, Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from xharness import DataRequest, Split

LANGUAGES = ("en", "de", "es", "fr", "ru", "zh", "ar", "sw")
MIXED = ("en", "de", "es", "zh", "ar")
"""Languages of `mini-qa-mixed`: those that MLQA, and its metric, know."""

VERSION = "1"
UPOS = (
    "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ", "VERB",
)  # fmt: skip
IOB2 = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")


def _loader(task: str) -> Callable[[DataRequest], Split]:
    def load_task(request: DataRequest) -> Split:
        from xharness_mini.loading import load

        return load(task, request)

    return load_task


def _task(name: str, title: str, after: str, **features: Any) -> Task:
    return Task(
        name=name,
        version=VERSION,
        load=_loader(name),
        title=title,
        license="Apache-2.0",
        citation=f"Written for xharness; in the form of {after}",
        **{"languages": LANGUAGES, "splits": ("train", "dev", "test"), "head": name, **features},
    )


_PAIRS: dict[str, Any] = {
    "kind": Kind.PAIR_CLASSIFICATION,
    "metrics": ("accuracy",),
    "main": ("accuracy",),
    "parallel": True,
}
_QUESTIONS: dict[str, Any] = {"kind": Kind.SPAN_QA, "main": ("exact_match", "f1"), "max_length": 384}
_SENTENCES: dict[str, Any] = {"head": "encoder", "languages": LANGUAGES[1:], "max_length": 512}

TASKS: tuple[Task, ...] = (
    _task(
        "mini-nli",
        "Mini NLI",
        "XNLI",
        labels=("contradiction", "entailment", "neutral"),
        label_aliases={"contradictory": "contradiction", "contradict": "contradiction", "entail": "entailment"},
        **_PAIRS,
    ),
    _task(
        "mini-paraphrase",
        "Mini paraphrase",
        "PAWS-X",
        labels=("0", "1"),
        label_aliases={"paraphrase": "1", "not_paraphrase": "0", "equivalent": "1", "not_equivalent": "0"},
        **_PAIRS,
    ),
    _task(
        "mini-pos",
        "Mini POS",
        "UDPOS",
        kind=Kind.TAGGING,
        metrics=("upos_chunk_f1", "token_accuracy"),
        main=("f1",),
        labels=UPOS,
    ),
    _task("mini-ner", "Mini NER", "PAN-X", kind=Kind.TAGGING, metrics=("chunk_f1",), main=("f1",), labels=IOB2),
    _task("mini-qa", "Mini QA", "XQuAD", metrics=("squad",), parallel=True, **_QUESTIONS),
    _task(
        "mini-qa-mixed",
        "Mini QA mixed",
        "MLQA",
        languages=MIXED,
        head="mini-qa",
        metrics=("mlqa",),
        parallel=True,
        **_QUESTIONS,
    ),
    _task("mini-qa-own", "Mini QA own", "TyDiQA-GoldP", metrics=("squad",), **_QUESTIONS),
    _task(
        "mini-mining",
        "Mini mining",
        "BUCC 2018",
        kind=Kind.MINING,
        metrics=("pairs_f1",),
        main=("f1",),
        splits=("dev", "test"),
        **_SENTENCES,
    ),
    _task(
        "mini-retrieval",
        "Mini retrieval",
        "Tatoeba",
        kind=Kind.RETRIEVAL,
        metrics=("retrieval_accuracy",),
        main=("accuracy",),
        splits=("test",),
        **_SENTENCES,
    ),
)
"""In the suite's report order. `mini-qa-mixed` is trained on the questions of `mini-qa`, as MLQA is on SQuAD."""
