"""Splits from the hub's copies of the public data sets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from xharness import MissingDataError
from xharness.sources import squad

from xharness_intermediate.choices import COSMOS_OPTIONS, ITEMS, choice_examples
from xharness_intermediate.hub_tables import table
from xharness_intermediate.pairs import NLI_NAMES, pair_examples
from xharness_intermediate.questions import question_examples
from xharness_intermediate.tasks import QQP_LABELS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xharness.sources.hub import Table
    from xharness.sources.rows import Record

    from xharness_intermediate.pairs import Pair
    from xharness_intermediate.reading import Read

CHOICE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "hellaswag": ("ctx", "endings", "source_id", "label"),
    "cosmosqa": ("context", "question", *COSMOS_OPTIONS, "label"),
    "commonsenseqa": ("question", "choices", "answerKey"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One table that a split is made of; `part` prefixes ids and clusters where there are several."""

    part: str = ""
    set: str
    config: str | None = None
    split: str
    read: Callable[[Table], Read]


def tables_of(task: str, split: str) -> tuple[Wanted, ...]:
    """Returns the tables that a split is made of. Raises MissingDataError for CCG, of which the hub has no copy."""
    if task == "ccg":
        raise MissingDataError(
            "CCGbank is licensed by the Linguistic Data Consortium (LDC2005T13), and the hub has no copy. Put your files at "
            "DIR/ccg/ccg.train and DIR/ccg/ccg.dev and name DIR with --train-data, or give a file for the task in the recipe."
        )
    held_out = "train" if split == "train" else "validation"
    matched = "train" if split == "train" else "validation_matched"
    if task == "mnli" and split == "dev":
        return tuple(
            Wanted(part=part, set="mnli", split=f"validation_{part}", read=_nli) for part in ("matched", "mismatched")
        )
    if task == "mnli":
        return (Wanted(set="mnli", split="train", read=_nli),)
    if task == "anli-plus":
        rounds = (Wanted(part=f"anli-r{one}", set="anli", split=f"{split}_r{one}", read=_nli) for one in (1, 2, 3))
        mnli = Wanted(part="mnli", set="mnli", split=matched, read=_nli)
        return (*rounds, mnli, Wanted(part="snli", set="snli", split=held_out, read=_nli))
    if task == "qqp":
        return (Wanted(set="glue", config="qqp", split=held_out, read=_qqp),)
    if task in CHOICE_COLUMNS:
        return (Wanted(set=task, split=held_out, read=partial(_choices, task)),)
    return (Wanted(set=task, split=held_out, read=partial(_squad, task == "squad-v2.0")),)


def read_table(wanted: Wanted, revision: str | None) -> tuple[Read, str]:
    """Returns what a table holds, and its source with the commit that was found. Raises DataError."""
    found = table(wanted.set, wanted.config, wanted.split, revision)
    return wanted.read(found), found.source


def _nli(found: Table) -> Read:
    def pair(record: Record) -> Pair:
        label = found.label(record, "label")
        if label is not None and label not in NLI_NAMES:
            record.refuse(f"the label {label!r} is not one of {', '.join(NLI_NAMES)}.")
        return record.text("premise"), record.text("hypothesis"), None if label is None else NLI_NAMES[label]

    return pair_examples(map(pair, found.records(("premise", "hypothesis", "label"))), by_first=True)


def _qqp(found: Table) -> Read:
    def pair(record: Record) -> Pair:
        label = found.label(record, "label")
        if label is not None and label not in QQP_LABELS:
            record.refuse(f"the label {label!r} is not one of {', '.join(QQP_LABELS)}.")
        return record.text("question1"), record.text("question2"), label

    return pair_examples(map(pair, found.records(("question1", "question2", "label"))), by_first=False)


def _choices(task: str, found: Table) -> Read:
    return choice_examples(map(ITEMS[task], found.records(CHOICE_COLUMNS[task])))


def _squad(unanswerable: bool, found: Table) -> Read:
    return question_examples(squad.questions_of(found), unanswerable=unanswerable)
