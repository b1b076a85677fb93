"""Where the original distribution files of each task lie below the folder with the training data.

Every set may lie in any of several folders, under the names with which it is distributed or with which GLUE and jiant copies
have it; the first that exists is read. The form of a file is told by its content, not by its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from xharness import MissingDataError

from xharness_intermediate.choices import read_commonsenseqa, read_cosmosqa, read_hellaswag
from xharness_intermediate.pairs import read_nli, read_qqp
from xharness_intermediate.questions import read_squad
from xharness_intermediate.tagging import read_ccg

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from xharness_intermediate.reading import Read

READERS: Mapping[str, Callable[[Path], Read]] = {
    "anli-plus": read_nli,
    "mnli": read_nli,
    "qqp": read_qqp,
    "squad-v1.1": partial(read_squad, unanswerable=False),
    "squad-v2.0": partial(read_squad, unanswerable=True),
    "hellaswag": read_hellaswag,
    "ccg": read_ccg,
    "cosmosqa": read_cosmosqa,
    "commonsenseqa": read_commonsenseqa,
}
"""Task → what reads one of its files, in any of the public forms."""

QUORA = "quora_duplicate_questions.tsv"
"""Quora's own file of all pairs, which has no split."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One file that a split is made of.

    Attributes:
        part: prefix of ids and clusters where a split has several files, else "".
        folders: below the data folder, any of which may hold it.
        names: of which the first that exists is read.
    """

    part: str = ""
    folders: tuple[str, ...]
    names: tuple[str, ...]

    def find(self, data: Path) -> Path | None:
        """Returns the file, None if there is none."""
        paths = (data / folder / name for folder in self.folders for name in self.names)
        return next((path for path in paths if path.is_file()), None)

    def __str__(self) -> str:
        return f"{' or '.join(self.names)} in {' or '.join(f'{folder}/' for folder in self.folders)}"


_ANLI = ("anli", "anli_v1.0", "ANLI")
_MNLI = ("mnli", "multinli_1.0", "multinli", "MNLI")
_SNLI = ("snli", "snli_1.0", "SNLI")
_QQP = ("qqp", "QQP")
_SQUAD_1 = ("squad-v1.1", "squad")
_SQUAD_2 = ("squad-v2.0", "squad")
_COSMOS = ("cosmosqa", "cosmos_qa")
_CSQA = ("commonsenseqa", "commonsense_qa", "csqa")


def _both(stem: str) -> tuple[str, ...]:
    return (f"{stem}.jsonl", f"{stem}.txt")


def _anli(split: str) -> tuple[Wanted, ...]:
    return tuple(
        Wanted(
            part=f"anli-{number.lower()}",
            folders=_ANLI,
            names=(f"{number}/{split}.jsonl", f"anli_v1.0/{number}/{split}.jsonl"),
        )
        for number in ("R1", "R2", "R3")
    )


_MNLI_TRAIN = (*_both("multinli_1.0_train"), "train.tsv")
_MATCHED = (*_both("multinli_1.0_dev_matched"), "dev_matched.tsv")
_MISMATCHED = (*_both("multinli_1.0_dev_mismatched"), "dev_mismatched.tsv")

WANTED: Mapping[tuple[str, str], tuple[Wanted, ...]] = {
    ("mnli", "train"): (Wanted(folders=_MNLI, names=_MNLI_TRAIN),),
    ("mnli", "dev"): (
        Wanted(part="matched", folders=_MNLI, names=_MATCHED),
        Wanted(part="mismatched", folders=_MNLI, names=_MISMATCHED),
    ),
    ("anli-plus", "train"): (
        *_anli("train"),
        Wanted(part="mnli", folders=_MNLI, names=_MNLI_TRAIN),
        Wanted(part="snli", folders=_SNLI, names=(*_both("snli_1.0_train"), "train.tsv")),
    ),
    # 3,200 + 9,815 + 9,842 = 22,857 (spec/training.md §2): of MNLI the matched half only.
    ("anli-plus", "dev"): (
        *_anli("dev"),
        Wanted(part="mnli", folders=_MNLI, names=_MATCHED),
        Wanted(part="snli", folders=_SNLI, names=(*_both("snli_1.0_dev"), "dev.tsv")),
    ),
    ("qqp", "train"): (Wanted(folders=_QQP, names=("train.tsv", QUORA)),),
    ("qqp", "dev"): (Wanted(folders=_QQP, names=("dev.tsv", QUORA)),),
    ("squad-v1.1", "train"): (Wanted(folders=_SQUAD_1, names=("train-v1.1.json",)),),
    ("squad-v1.1", "dev"): (Wanted(folders=_SQUAD_1, names=("dev-v1.1.json",)),),
    ("squad-v2.0", "train"): (Wanted(folders=_SQUAD_2, names=("train-v2.0.json",)),),
    ("squad-v2.0", "dev"): (Wanted(folders=_SQUAD_2, names=("dev-v2.0.json",)),),
    ("hellaswag", "train"): (Wanted(folders=("hellaswag",), names=("hellaswag_train.jsonl", "train.jsonl")),),
    ("hellaswag", "dev"): (Wanted(folders=("hellaswag",), names=("hellaswag_val.jsonl", "val.jsonl")),),
    ("ccg", "train"): (Wanted(folders=("ccg", "CCG"), names=("ccg.train", "train.tsv", "train.stagged")),),
    ("ccg", "dev"): (Wanted(folders=("ccg", "CCG"), names=("ccg.dev", "dev.tsv", "dev.stagged")),),
    ("cosmosqa", "train"): (Wanted(folders=_COSMOS, names=("train.csv", "train.jsonl")),),
    ("cosmosqa", "dev"): (Wanted(folders=_COSMOS, names=("valid.csv", "valid.jsonl")),),
    ("commonsenseqa", "train"): (Wanted(folders=_CSQA, names=("train_rand_split.jsonl",)),),
    ("commonsenseqa", "dev"): (Wanted(folders=_CSQA, names=("dev_rand_split.jsonl",)),),
}
"""(Task, split) → the files that it is made of; all of them are needed."""


def find_files(data: Path, task: str, split: str) -> Sequence[tuple[Wanted, Path]]:
    """Returns the files of a split. Raises MissingDataError that lists every file that is absent and where it may lie."""
    found = [(wanted, wanted.find(data)) for wanted in WANTED[task, split]]
    absent = [str(wanted) for wanted, path in found if path is None]
    if absent:
        raise MissingDataError(
            f"{data} lacks {'; and '.join(absent)}. Put the files there under the names with which they are distributed, "
            "give one file for the task in the recipe or with --set, or leave the task out."
        )
    return [(wanted, path) for wanted, path in found if path is not None]
