"""Says, file by file, whether a data folder is what the benchmark has: presence, form, sizes, hashes, gold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness import DataError, DataRequest, Finding, Words

from xharness_xtreme import layout
from xharness_xtreme.expected import UNITS, expected
from xharness_xtreme.inventory import LANGUAGES, SPLITS
from xharness_xtreme.loading import load
from xharness_xtreme.udpos_files import TOKEN_SHA256, token_sha256

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xharness import Split


def verify(data: Path, labels: Path | None) -> list[Finding]:
    """Returns findings for every test split, every dev split, and the English training data, in report order.

    Per split one finding on the data and, unless they are missing or broken, one on the gold. UDPOS dev splits beyond English
    and training data beyond English are looked at only where they exist.
    """
    return [
        finding for task in LANGUAGES for cell in _cells(data, task) for finding in _findings(task, cell, data, labels)
    ]


def _cells(data: Path, task: str) -> Iterator[tuple[str, str]]:
    """Yields language and split."""
    for split in ("test", "dev", "train"):
        if split in SPLITS[task]:
            languages = ("en",) if split == "train" else LANGUAGES[task]
            for language in languages:
                wanted = task != "udpos" or split == "test" or language == "en"
                if wanted or layout.data_file(data, task, language, split).is_file():
                    yield language, split


def _findings(task: str, cell: tuple[str, str], data: Path, labels: Path | None) -> Iterator[Finding]:
    language, split = cell
    place = f"{task}/{language} {split}"
    files = [layout.data_file(data, task, language, split)]
    if task in {"tatoeba", "bucc2018"}:
        files.append(layout.side_file(data, task, language, split, "en"))
    if absent := [layout.inside(path, data) for path in files if not path.is_file()]:
        yield Finding(place=place, status="missing", message=f"{' and '.join(absent)}: not there.")
        return
    request = DataRequest(language=language, split=split, data=data)
    try:
        bare = load(task, request)
    except DataError as err:
        yield Finding(place=place, status="broken", message=_without_place(str(err), task, language))
        return
    yield _of_data(place, bare)
    if split != "train":
        yield _of_gold(place, task, request, labels, bare)


def _of_data(place: str, split: Split) -> Finding:
    notes = " ".join(split.notes)
    if not split.official:
        return Finding(place=place, status="differs", message=notes)
    message = _compared(split)
    if split.task == "udpos" and split.name == "test":
        status, words = _of_tokens(split)
        return Finding(place=place, status=status, message=" ".join((message, words, notes)).strip())
    return Finding(place=place, status="ok", message=f"{message} {notes}".strip())


def _compared(split: Split) -> str:
    """Returns the sizes that equal the benchmark's, and the others as not on record."""
    task, known = split.task, expected(split.task, split.language, split.name)
    sizes = {"foreign sentences" if task == "bucc2018" else UNITS[task]: len(split.examples)}
    if task == "udpos":
        sizes["tokens"] = sum(map(len, _sentences(split)))
    if task == "bucc2018":
        sizes["English sentences"] = len(split.pool)
    same = [f"{size:,} {unit}" for unit, size in sizes.items() if unit in known]
    other = [f"{size:,} {unit}" for unit, size in sizes.items() if unit not in known]
    parts = [f"{' and '.join(same)}, as in the benchmark."] if same else []
    parts += [f"{' and '.join(other)}; the benchmark's number is not on record."] if other else []
    return " ".join(parts)


def _sentences(split: Split) -> list[tuple[str, ...]]:
    return [example.inputs.words for example in split.examples if isinstance(example.inputs, Words)]


def _of_tokens(split: Split) -> tuple[str, str]:
    known = TOKEN_SHA256.get(split.language)
    if known is None:
        return "ok", "The official file's SHA-256 is not on record, so the tokens themselves were not compared."
    found = token_sha256(_sentences(split))
    if found == known:
        return "ok", "Every token is the official one (SHA-256)."
    return (
        "differs",
        f"The tokens are not the official ones: SHA-256 {found[:12]}… where the official file has {known[:12]}….",
    )


def _of_gold(place: str, task: str, request: DataRequest, labels: Path | None, bare: Split) -> Finding:
    place = f"{place} gold"
    path = None if labels is None else layout.gold_file(labels, task, request.language, request.split)
    if path is None or not path.is_file():
        if bare.has_gold:
            return Finding(place=place, status="ok", message=f"{_sized(task, bare)}, in the data folder itself.")
        where = "no label folder was named" if path is None else f"{layout.inside(path, labels)} is not there"
        return Finding(place=place, status="missing", message=f"{where}: this cell can be predicted, not scored.")
    try:
        split = load(
            task, DataRequest(language=request.language, split=request.split, data=request.data, labels=labels)
        )
    except DataError as err:
        return Finding(place=place, status="broken", message=_without_place(str(err), task, request.language))
    notes = [note for note in split.notes if note not in bare.notes]
    status = "ok" if split.official or not bare.official else "differs"
    return Finding(place=place, status=status, message=" ".join((f"{_sized(task, split)}.", *notes)))


def _sized(task: str, split: Split) -> str:
    if task != "bucc2018":
        return f"gold for all {len(split.examples):,} {UNITS[task]}"
    return f"{sum(len(example.gold or ()) for example in split.examples):,} gold pairs"


def _without_place(message: str, task: str, language: str) -> str:
    return message.removeprefix(f"{task}/{language}: ")
