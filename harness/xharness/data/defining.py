"""What can be known to be wrong with a task when it is defined, before any data are read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

from xharness.errors import PluginError, near_matches
from xharness.records import Kind

if TYPE_CHECKING:
    from xharness.data.plan import Plan

PARTS: Mapping[str, tuple[str, ...]] = {
    Kind.CLASSIFICATION: ("text", "gold"),
    Kind.PAIR_CLASSIFICATION: ("first", "second", "gold"),
    Kind.TAGGING: ("words", "gold"),
    Kind.SPAN_QA: ("question", "context", "answers", "start"),
    Kind.MULTIPLE_CHOICE: ("context", "options", "gold"),
    Kind.RETRIEVAL: ("text", "gold", "target"),
    Kind.MINING: ("text", "gold"),
}
"""Kind → the parts of its examples."""

SHARED = ("id", "cluster", "wider", "language", "split")
"""Parts of every kind; rows of another language or split than the one that is asked for are passed over."""

LABELLED = (Kind.CLASSIFICATION, Kind.PAIR_CLASSIFICATION, Kind.TAGGING, Kind.MULTIPLE_CHOICE)
SEARCHED = (Kind.RETRIEVAL, Kind.MINING)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SPLITS = ("train", "dev", "test")


def refuse(name: str, problem: str) -> NoReturn:
    """Raises the PluginError about the task of that name; `problem` is one or more whole sentences."""
    raise PluginError(f"The task {name!r}: {problem}")


def mapped(name: str, what: str, given: Sequence[str] | Mapping[str, str]) -> Mapping[str, str]:
    """Returns names → the source's own names. Raises PluginError for none at all, and for one string instead of several."""
    if isinstance(given, str) or not given:
        refuse(name, f"{what} is {given!r}, expected at least one name in a tuple, as in ({given or 'en'!r},).")
    return dict(given) if isinstance(given, Mapping) else {one: one for one in given}


def check(plan: Plan, labels: Sequence[str], metrics: Sequence[str]) -> None:
    """Raises PluginError for what can never be read or scored, naming what was expected."""
    if not _NAME.fullmatch(plan.name):
        refuse(
            plan.name,
            "the name becomes that of a folder: use letters, digits, '.', '_' and '-', and begin with a letter or digit.",
        )
    if isinstance(metrics, str) or not metrics:
        refuse(plan.name, f"metrics is {metrics!r}, expected names of metrics in a tuple, as in ('accuracy',).")
    _check_fields(plan)
    _check_cells(plan)
    if plan.reading.kind in LABELLED and not labels:
        refuse(
            plan.name,
            f"labels are missing: tasks of kind {str(plan.reading.kind)!r} have a label set, in a fixed order.",
        )
    if plan.reading.kind in SEARCHED:
        _check_searched(plan)
    elif plan.pool is not None or plan.pairs is not None:
        refuse(plan.name, f"pool and pairs are for retrieval and mining, not for the kind {str(plan.reading.kind)!r}.")


def _check_fields(plan: Plan) -> None:
    kind = plan.reading.kind
    if kind not in PARTS:
        refuse(
            plan.name,
            f"data of kind {kind!r} cannot be read here.{near_matches(kind, PARTS)} Say with like=… which of "
            f"{', '.join(PARTS)} its inputs and gold are like, or give the task a loader of your own (xharness.Task).",
        )
    known = (*PARTS[kind], *SHARED)
    for part in plan.reading.fields:
        if part not in known:
            refuse(
                plan.name,
                f"fields has {part!r}, which is no part of the kind {str(kind)!r}.{near_matches(part, known)} "
                f"Parts are {', '.join(known)}.",
            )


def _check_cells(plan: Plan) -> None:
    """Refuses several languages (or splits) that would all be read from the same rows."""
    for split in plan.splits:
        if split not in _SPLITS:
            refuse(
                plan.name,
                f"there is no split {split!r}; splits are {', '.join(_SPLITS)}. If the source calls one differently, say "
                f'splits={{"dev": {split!r}}}.',
            )
    for what, cells in (("language", plan.languages), ("split", plan.splits)):
        if len(set(cells.values())) > 1 and f"{{{what}}}" not in plan.source.marks and what not in plan.reading.fields:
            refuse(
                plan.name,
                f"all of its {len(cells)} {what}s would be read from the same rows. Put {{{what}}} into the source, or say in "
                f"fields={{{what!r}: …}} which column tells the rows apart.",
            )


def _check_searched(plan: Plan) -> None:
    """Refuses a task that has nothing to search, or whose gold is said twice or not at all."""
    rows = " Where each row holds its own right document, say fields={'target': …}."
    hint = rows if plan.reading.kind == Kind.RETRIEVAL else ""
    pools = [what for what, given in (("pool", plan.pool is not None), ("target", plan.target)) if given]
    if len(pools) != 1:
        refuse(plan.name, f"{_said(pools)} says what is searched. Give pool=data.documents(…).{hint}")
    golds = [("gold", "gold" in plan.reading.fields), ("pairs", plan.pairs is not None), ("target", plan.target)]
    given = [what for what, there in golds if there]
    if len(given) != 1:
        refuse(
            plan.name,
            f"{_said(given)} says which documents are right. Give fields={{'gold': …}} with their ids, or "
            f"pairs=data.pairs(…).{hint}",
        )


def _said(given: Sequence[str]) -> str:
    return f"more than one part ({', '.join(given)})" if given else "nothing"
