"""Where XTREME's prepared files and the scorer's label files lie (download_data.sh; evaluate.py 239-245)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness import DataError

from xharness_xtreme.inventory import SPLITS

if TYPE_CHECKING:
    from pathlib import Path

PAIR_TASKS = frozenset({"xnli", "pawsx"})
TAGGING_TASKS = frozenset({"udpos", "panx"})
QUESTION_TASKS = frozenset({"xquad", "mlqa", "tydiqa"})


def check_split(task: str, language: str, split: str) -> None:
    """Raises DataError if XTREME has no such split in any language, saying which there are."""
    if split not in SPLITS[task]:
        only = {"tydiqa": " (its test set is TyDiQA's public development set)"}.get(task, "")
        raise DataError(
            f"{task} has no {split} split{only}; it has {' and '.join(SPLITS[task])}. Choose one with "
            f"--split {task}={SPLITS[task][-1]}, or leave the task out with --tasks."
        )
    if split == "train" and task in {"xnli", "pawsx", "xquad", "mlqa"} and language != "en":
        raise DataError(f"{task} has training data in English only, not in {language!r}: ask for language 'en'.")


def data_file(data: Path, task: str, language: str, split: str) -> Path:
    """Returns the file with a split's inputs; for retrieval and mining, that of the foreign side."""
    if task == "xquad":
        return data / "squad" / "train-v1.1.json" if split == "train" else data / "xquad" / f"xquad.{language}.json"
    if task == "mlqa":
        return data / "squad" / "train-v1.1.json" if split == "train" else _mlqa_file(data / "mlqa", language, split)
    if task == "tydiqa":
        part = "train" if split == "train" else "dev"
        return data / "tydiqa" / f"tydiqa-goldp-v1.1-{part}" / f"tydiqa.goldp.{language}.{part}.json"
    if task in {"bucc2018", "tatoeba"}:
        return side_file(data, task, language, split, language)
    return data / task / f"{split}-{language}.tsv"


def side_file(data: Path, task: str, language: str, split: str, side: str) -> Path:
    """Returns one side (a language code) of a retrieval or mining task."""
    infix = f".{split}" if task == "bucc2018" else ""
    return data / task / f"{language}-en{infix}.{side}"


def _mlqa_file(folder: Path, language: str, split: str) -> Path:
    name = f"{split}-context-{language}-question-{language}.json"
    official = folder / "MLQA_V1" / split / name
    flat = folder / name
    return flat if flat.is_file() and not official.is_file() else official


def gold_file(labels: Path, task: str, language: str, split: str) -> Path:
    """Returns the file with a split's gold in the scorer's layout."""
    return labels / task / f"{split}-{language}.{'json' if task in QUESTION_TASKS else 'tsv'}"


def unresolved_file(labels: Path) -> Path:
    """Returns the list of PAWS-X test rows whose label somebody had to guess, where a copy of the gold has such a list."""
    return labels / "pawsx" / "UNRESOLVED_ROWS.json"


def inside(path: Path, root: Path | None) -> str:
    """Returns the path as a reader of a record may see it: relative to the data or label folder, else the bare name."""
    return path.relative_to(root).as_posix() if root is not None and path.is_relative_to(root) else path.name
