"""Loads a split of an intermediate task: from one file, from a folder with the original files, or from the hub."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xharness import DataError, MissingDataError, Split, located, unknown_name
from xharness.sources.text import FETCH

from xharness_intermediate import files, hub
from xharness_intermediate.reading import Read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from xharness import DataRequest, Example

VERSION = "1"
LANGUAGE = "en"

SIZES: Mapping[tuple[str, str], tuple[int, ...]] = {
    ("anli-plus", "train"): (1_104_934,),
    ("anli-plus", "dev"): (22_857,),
    ("mnli", "train"): (392_702,),
    ("mnli", "dev"): (19_647,),
    ("qqp", "train"): (363_846,),
    ("qqp", "dev"): (40_430,),
    ("squad-v1.1", "train"): (87_599,),
    ("squad-v1.1", "dev"): (10_570,),
    ("squad-v2.0", "train"): (130_319,),
    ("squad-v2.0", "dev"): (11_873,),
    ("hellaswag", "train"): (39_905,),
    ("hellaswag", "dev"): (10_042,),
    ("ccg", "train"): (38_015,),
    ("ccg", "dev"): (5_484,),
    ("cosmosqa", "train"): (25_262, 25_588),
    ("cosmosqa", "dev"): (2_985, 3_000),
    ("commonsenseqa", "train"): (9_741,),
    ("commonsenseqa", "dev"): (1_221,),
}
"""(Task, split) → examples of the published set (spec/training.md §2). MNLI's development set is 9,815 matched and 9,832
mismatched pairs. Cosmos QA's distributed files have fewer questions than its paper's table, from which the specification is."""

HELD_OUT = 10
"""Quora's own file has no split: every tenth pair is development data, as many as GLUE holds out (40,430 of 404,276)."""


def load(task: str, request: DataRequest) -> Split:
    """Returns "train" or "dev" of an intermediate task; every example has gold.

    From `request.file` alone if there is one; from the original files below `request.data`; else from the hub, at
    `request.revision` if that is given. A split of another size than the published one is not official, and a note says so.

    Raises:
        MissingDataError: a file is absent; the message lists the names looked for.
        DataError: a file is malformed; the message names file and line.
        UsageError: the language is not English.
    """
    with located(f"{task}/{request.language}"):
        if request.language != LANGUAGE:
            raise unknown_name(f"{task} language", request.language, [LANGUAGE])
        if (task, request.split) not in SIZES:
            raise DataError(f"{task} has no {request.split} split: it is trained on, and has train and dev only.")
        if request.file is not None:
            return _split(task, request, files.READERS[task](request.file), f"file {request.file.name}")
        if request.data is not None:
            return _from_folder(task, request, request.data)
        parts = [(one.part, *hub.read_table(one, request.revision)) for one in hub.tables_of(task, request.split)]
        read = _together((part, read) for part, read, _ in parts)
        return _split(task, request, read, "; ".join(source for _, _, source in parts))


def _from_folder(task: str, request: DataRequest, data: Path) -> Split:
    found = files.find_files(data, task, request.split)
    parts: list[tuple[str, Read]] = []
    for wanted, path in found:
        if path.name == files.QUORA:
            _check_unmixed(path)
        read = files.READERS[task](path)
        parts.append((wanted.part, _half_of_quora(read, request.split) if path.name == files.QUORA else read))
    source = "; ".join(path.relative_to(data).as_posix() for _, path in found)
    return _split(task, request, _together(parts), source)


def _check_unmixed(quora: Path) -> None:
    """Raises MissingDataError where one of GLUE's two files lies beside Quora's own, which holds the pairs of both."""
    there = [name for name in ("train.tsv", "dev.tsv") if (quora.parent / name).is_file()]
    if there:
        raise MissingDataError(
            f"{quora.parent} has GLUE's {there[0]} but not its counterpart, and {quora.name} beside it holds the pairs of "
            "both, so that training and development data would overlap. Add GLUE's other file, or take its one away."
        )


def _half_of_quora(read: Read, split: str) -> Read:
    kept = [
        example for row, example in enumerate(read.examples) if (row % HELD_OUT == HELD_OUT - 1) == (split == "dev")
    ]
    note = f"Quora's own file has no split: every {HELD_OUT}th pair is development data, which is not GLUE's split."
    return Read(examples=kept, notes=(*read.notes, note))


def _together(parts: Iterable[tuple[str, Read]]) -> Read:
    """Returns several reads as one; the ids and clusters of each are prefixed with its part's name."""
    examples: list[Example] = []
    notes: list[str] = []
    for part, read in parts:
        prefix = f"{part}-" if part else ""
        examples += (
            [replace(one, id=prefix + one.id, cluster=prefix + one.cluster) for one in read.examples]
            if prefix
            else read.examples
        )
        notes += [f"{part}: {note}" if part else note for note in read.notes]
    return Read(examples=examples, notes=tuple(notes))


def _split(task: str, request: DataRequest, read: Read, source: str) -> Split:
    if not read.examples:
        raise DataError(f"the {request.split} data ({source}) hold no examples with a label. {FETCH}")
    differing = _differing(task, request, read.examples)
    return Split(
        task=task,
        language=request.language,
        name=request.split,
        examples=read.examples,
        version=VERSION,
        source=source,
        official=not differing,
        notes=(*differing, *read.notes),
    )


def _differing(task: str, request: DataRequest, examples: Sequence[Example]) -> tuple[str, ...]:
    if request.file is not None:
        return ("Another file stands in for the published data.",)
    sizes = SIZES[task, request.split]
    if len(examples) in sizes:
        return ()
    published = " or ".join(f"{size:,}" for size in sizes)
    return (f"{len(examples):,} examples where the published set has {published}.",)
