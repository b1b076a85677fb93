"""Splits from the hub's `google/xtreme`, every deviation from the official data handled or declared (spec/xtreme.md §1.10).

Handled: languages that share a table, class numbers, line ends, the order of Tatoeba's English side, answer offsets, UDPOS
tokens with spaces or U+200C inside. Declared, under another task version that never enters the suite's average: BUCC (gold
pairs only) and every UDPOS language whose tokens are not the official ones. Declared in a note: XNLI and PAWS-X, which were
parsed with CSV quoting.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from xharness import DataError, Variant
from xharness.sources import squad

from xharness_xtreme import hub_tables, layout, pairs, questions, sentences, tagging
from xharness_xtreme.assembling import VERSION, assembled, differences
from xharness_xtreme.inventory import LABELS, LANGUAGES, TATOEBA_NAMES, TYDIQA_NAMES, UD_NAMES
from xharness_xtreme.mlqa_clusters import components
from xharness_xtreme.udpos_files import TOKEN_SHA256, token_sha256

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xharness import DataRequest, Split
    from xharness.sources.squad import Asked

UNFUSED = "1-hub-unfused"
POLLUTED = "1-hub-polluted"
GOLD_ONLY = "1-hub-gold-only"
POLLUTED_LANGUAGES: Mapping[str, str] = {
    "de": "Swiss German",
    "el": "Ancient Greek",
    "fr": "Old French, and one-token leftovers of the French Treebank",
    "ru": "Old Russian",
    "zh": "Classical Chinese",
}
"""Language → what the hub's UDPOS mixes in, as it chose treebanks by a substring of the language's name (issue #91)."""


def load_from_hub(task: str, request: DataRequest) -> Split:
    """Returns a split with the hub's gold; `request.labels` is not read. Raises DataError if the hub cannot be read."""
    if task in layout.PAIR_TASKS:
        return _pairs(task, request)
    if task in layout.TAGGING_TASKS:
        return _tagging(task, request)
    if task in layout.QUESTION_TASKS:
        return _questions(task, request)
    return _tatoeba(request) if task == "tatoeba" else _bucc(request)


# ---- pairs -------------------------------------------------------------------------------------------------------


def _pairs(task: str, request: DataRequest) -> Split:
    rows, labels, source, notes = _pair_rows(task, request)
    for row, label in enumerate(labels):
        if label not in LABELS[task]:
            raise DataError(f"{source}, row {row:,}: the label {label!r} is not one of {', '.join(LABELS[task])}.")
    names = pairs.row_names(len(rows), premises=task == "xnli" and request.split != "train")
    if request.split != "train" and differences(task, request.language, request.split, {"rows": len(rows)}):
        # Some row was lost, so row i is no longer the item that it is in the other languages: never pair by row.
        names = [(f"{request.language}-hub-{row}", f"{request.language}-hub-{row}") for row, _ in names]
        notes += ("Rows are missing, so ids and clusters are not shared with the other languages.",)
    return assembled(
        task,
        request,
        pairs.pair_examples(names, rows, labels),
        sizes={"rows": len(rows)},
        source=source,
        notes=notes + pairs.pair_notes(rows),
    )


def _pair_rows(task: str, request: DataRequest) -> tuple[list[tuple[str, str]], list[str], str, tuple[str, ...]]:
    if (task, request.split) == ("xnli", "train"):
        return _multi_nli()
    config = "XNLI" if task == "xnli" else f"PAWS-X.{request.language}"
    table = hub_tables.table(config, hub_tables.HUB_SPLITS[request.split], request.revision)
    labels = table.named("gold_label" if task == "xnli" else "label")
    rows = list(zip(table.column("sentence1"), table.column("sentence2"), labels, strict=True))
    if task == "xnli":
        languages = table.column("language")
        rows = [row for row, language in zip(rows, languages, strict=True) if language == request.language]
    lost = "fields that begin with a quotation mark have lost quotation marks"
    artefact = ", and the official quoting artefact is absent" if request.variant is Variant.PAPER else ""
    note = f"The hub's copy was parsed with CSV quoting on: {lost}{artefact}."
    return [row[:2] for row in rows], [row[2] for row in rows], table.source, (note,)


def _multi_nli() -> tuple[list[tuple[str, str]], list[str], str, tuple[str, ...]]:
    table = hub_tables.multi_nli()
    labels = table.column("label")
    kept = [row for row, label in enumerate(labels) if label != -1]
    first, second = table.column("premise"), table.column("hypothesis")
    named = replace(table, columns={"label": [labels[row] for row in kept]}).named("label")
    dropped = len(labels) - len(kept)
    notes: tuple[str, ...] = ("The training pairs are MultiNLI's own; XTREME takes XNLI-MT's copy of them.",)
    if dropped:
        notes += (f"Pairs without a label, dropped: {dropped:,}.",)
    return [(first[row], second[row]) for row in kept], list(named), table.source, notes


# ---- tagging -----------------------------------------------------------------------------------------------------


def _tagging(task: str, request: DataRequest) -> Split:
    config = f"udpos.{UD_NAMES[request.language]}" if task == "udpos" else f"PAN-X.{request.language}"
    table = hub_tables.table(config, hub_tables.HUB_SPLITS[request.split], request.revision)
    tokens = [tuple(_prepared(task, token) for token in sentence) for sentence in table.column("tokens")]
    tags = list(table.named("pos_tags" if task == "udpos" else "ner_tags"))
    kept = [index for index, sentence in enumerate(tokens) if sentence]
    tokens, tags = [tokens[index] for index in kept], [tags[index] for index in kept]
    tagging.check_aligned(f"{table.source}", tokens, tags)
    unknown = {tag for sentence in tags for tag in sentence} - set(LABELS[task])
    if unknown:
        raise DataError(
            f"{table.source}: tags outside the set ({', '.join(sorted(unknown))}); expected: {LABELS[task]}."
        )
    version, notes = (VERSION, ()) if task == "panx" else _udpos_version(request, tokens)
    empty = sum(token == "" for sentence in tokens for token in sentence)
    notes += (f"Empty tokens, kept: {empty:,}.",) if empty else ()
    return assembled(
        task,
        request,
        tagging.sentence_examples(tokens, tags),
        sizes={"sentences": len(tokens), "tokens": sum(map(len, tokens))},
        source=table.source,
        notes=notes,
        version=version,
        in_average=version == VERSION,
    )


def _prepared(task: str, token: str) -> str:
    """Returns the token as the official preparation writes it: stripped (up 104-120); UDPOS without blanks and U+200C."""
    return token.strip() if task == "panx" else token.replace("\u200c", "").replace(" ", "")


def _udpos_version(request: DataRequest, tokens: Sequence[Sequence[str]]) -> tuple[str, tuple[str, ...]]:
    """Returns the plain version only for tokens whose SHA-256 is that of the official test file."""
    if request.split == "test" and TOKEN_SHA256.get(request.language) == token_sha256(tokens):
        return VERSION, ()
    if request.language in POLLUTED_LANGUAGES:
        mixed = POLLUTED_LANGUAGES[request.language]
        return POLLUTED, (f"The hub's copy mixes in other treebanks ({mixed}): not comparable with the benchmark.",)
    return UNFUSED, (
        "The hub's copy splits multiword tokens and drops tokens `_`; its tokens could not be shown to be the official ones: "
        "not comparable with the benchmark.",
    )


# ---- questions ---------------------------------------------------------------------------------------------------


def _questions(task: str, request: DataRequest) -> Split:
    asked, source = _asked(task, request)
    if request.split == "train":
        examples, notes = questions.training_examples(
            [replace(question, id=str(row)) for row, question in enumerate(asked)]
        )
    else:
        notes = ()
        if task == "mlqa":
            clusters = _mlqa_clusters(hub_tables.REPOSITORY, request.split, request.revision)
        else:
            clusters = questions.clusters_by_passage(asked)
        examples = questions.question_examples(asked, clusters, {question.id: question for question in asked})
    return assembled(task, request, examples, sizes={"questions": len(asked)}, source=source, notes=notes)


def _asked(task: str, request: DataRequest) -> tuple[list[Asked], str]:
    split = hub_tables.HUB_SPLITS[request.split]
    if task == "tydiqa":
        table = hub_tables.table("tydiqa", "train" if split == "train" else "validation", request.revision)
        language = TYDIQA_NAMES[request.language]
        return [one for one in squad.questions_of(table) if one.id.split("-")[0] == language], table.source
    if split == "train":
        table = hub_tables.table("SQuAD", "train", request.revision)
    elif task == "xquad":
        table = hub_tables.table(f"XQuAD.{request.language}", "validation", request.revision)
    else:
        table = hub_tables.table(f"MLQA.{request.language}.{request.language}", split, request.revision)
    return squad.questions_of(table), table.source


@lru_cache(maxsize=4)
def _mlqa_clusters(repository: str, split: str, revision: str | None) -> Mapping[str, str]:  # noqa: ARG001 (part of the key)
    tables = {
        language: hub_tables.table(f"MLQA.{language}.{language}", hub_tables.HUB_SPLITS[split], revision)
        for language in LANGUAGES["mlqa"]
    }
    return components(
        {
            language: list(zip(table.column("id"), table.column("context"), strict=True))
            for language, table in tables.items()
        }
    )


# ---- retrieval and mining ----------------------------------------------------------------------------------------


def _tatoeba(request: DataRequest) -> Split:
    """Row i of the hub's table translates row i; the official English side is sorted, and gold follows from the order."""
    table = hub_tables.table(f"tatoeba.{TATOEBA_NAMES[request.language]}", "validation", request.revision)
    foreign = [line.rstrip("\r\n") for line in table.column("source_sentence")]
    english = [line.strip() for line in table.column("target_sentence")]
    order = sorted(range(len(english)), key=english.__getitem__)
    return assembled(
        "tatoeba",
        request,
        sentences.retrieval_examples([english[row] for row in order], [str(row) for row in order]),
        sizes={"sentences": len(english)},
        source=table.source,
        pool=sentences.retrieval_pool(foreign),
    )


def _bucc(request: DataRequest) -> Split:
    table = hub_tables.table(f"bucc18.{request.language}", hub_tables.HUB_SPLITS[request.split], request.revision)
    foreign = dict(zip(table.column("source_lang"), table.column("source_sentence"), strict=True))
    english = dict(zip(table.column("target_lang"), table.column("target_sentence"), strict=True))
    found: dict[str, tuple[str, ...]] = {}
    for left, right in zip(table.column("source_lang"), table.column("target_lang"), strict=True):
        if right not in found.get(left, ()):
            found[left] = (*found.get(left, ()), right)
    return assembled(
        "bucc2018",
        request,
        sentences.mining_examples(foreign, found),
        sizes={"gold pairs": sentences.count_pairs(found)},
        source=table.source,
        notes=(
            "The hub has BUCC's gold pairs only, without the sentences around them: far easier than the benchmark.",
        ),
        pool=sentences.mining_pool(english),
        tuning=_bucc(replace(request, split="dev")) if request.split == "test" else None,
        version=GOLD_ONLY,
        in_average=False,
    )
