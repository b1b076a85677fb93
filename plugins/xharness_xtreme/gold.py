"""Gold in the scorer's layout: one file per task and language, read as the scorer reads it (spec/xtreme.md §2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness import DataError
from xharness.sources.text import lines_of, read_json, refuse_line

from xharness_xtreme import layout, reading
from xharness_xtreme.inventory import LABELS, LANGUAGES
from xharness_xtreme.mlqa_clusters import clusters_of_files
from xharness_xtreme.questions import clusters_by_passage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from xharness import DataRequest
    from xharness.sources.squad import Asked


def gold_path(task: str, request: DataRequest) -> Path | None:
    """Returns the gold file of a dev or test split, None where it is not at hand."""
    if request.labels is None or request.split == "train":
        return None
    path = layout.gold_file(request.labels, task, request.language, request.split)
    return path if path.is_file() else None


def label_lines(task: str, path: Path) -> tuple[list[str], tuple[str, ...]]:
    """Returns one label per line, stripped, and notes. Raises DataError for a label outside the set, with its line."""
    text, notes = reading.read_text(path)
    labels = [line.strip() for line in lines_of(text)]
    known = LABELS[task]
    for number, label in enumerate(labels, start=1):
        if label not in known:
            what = "an empty line" if not label else f"the label {label!r}"
            refuse_line(
                path,
                number,
                f"{what} is not one of {', '.join(known)}.",
                "Expected is one label per line, without a header, a second column or an empty line at the end.",
            )
    return labels, notes


def gold_tags(task: str) -> tuple[str, ...]:
    """Returns the tags that gold may hold: UDPOS gold can have `_`, the tag of a token without one (spec §2.3)."""
    return (*LABELS[task], "_") if task == "udpos" else LABELS[task]


def guessed_labels(task: str, request: DataRequest) -> tuple[str, ...]:
    """Returns a note if the copy of PAWS-X's test gold says that some of its labels are guesses."""
    if task != "pawsx" or request.split != "test" or request.labels is None:
        return ()
    path = layout.unresolved_file(request.labels)
    if not path.is_file():
        return ()
    content = read_json(path)
    rows = content.get("rows") if isinstance(content, dict) else None
    guessed = rows.get(request.language, []) if isinstance(rows, dict) else []
    if not guessed:
        return ()
    return (
        f"Gold labels that are guesses: {len(guessed):,} (rows {reading.shown([str(row) for row in guessed], 6)}).",
    )


def check_rows(path: Path, gold: Path, rows: int, lines: int) -> None:
    """Raises DataError unless there is one gold line per row."""
    if rows != lines:
        raise DataError(
            f"{both(path, gold)}: {rows:,} rows but {lines:,} lines of gold; the first without its counterpart is row "
            f"{min(rows, lines):,} (0-based). Expected is one gold line per row, in the same order, without a header or an "
            "empty line at the end."
        )


def both(path: Path, gold: Path) -> str:
    """Returns how messages name a data file together with its gold."""
    return f"{path} and its gold {gold}"


def question_clusters(task: str, request: DataRequest, asked: Sequence[Asked]) -> Mapping[str, str]:
    """Returns question id → the unit that is resampled: the passage, in MLQA joined across languages."""
    if task != "mlqa" or request.file is not None:
        return clusters_by_passage(asked)
    if request.gold_only and request.labels is not None:
        labels = request.labels
        files = {language: layout.gold_file(labels, task, language, request.split) for language in LANGUAGES[task]}
    elif request.data is not None:
        data = request.data
        files = {language: layout.data_file(data, task, language, request.split) for language in LANGUAGES[task]}
    else:
        return clusters_by_passage(asked)
    return clusters_of_files(files)
