"""Which runs stand on a side: seeds of one method, and what is independent among them, from the training's own record."""

from __future__ import annotations

import re
from itertools import combinations, takewhile
from typing import TYPE_CHECKING, Any

from xharness.comparison.result import RunRef, Side
from xharness.errors import UsageError
from xharness.reports import marks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from xharness.runs import RunRecord

_HOW = ("device", "batch_tokens")  # settings that cannot change a score
_SEED = re.compile(r"[-_. ]*seed[-_. =]*\d+$", re.IGNORECASE)
_LAST_WORD = re.compile(r"[-_. ]*seed$", re.IGNORECASE)
_BETWEEN = re.compile(r"[-_. ]+")
_MOST_PARENTS = 64  # others may have written the record


def side(runs: Sequence[RunRecord]) -> Side:
    """Returns the side that these runs are, in their order.

    A run's unit is the intermediate run under which its heads were made (several, joined by "+", if its heads came from
    several), else its model: runs of the direct baseline are independent of each other, target seeds under one intermediate
    run are not (spec/statistics.md §5).

    Raises UsageError if there is no run, or if two of them are the same model with the same settings.
    """
    if not runs:
        raise UsageError("There is no run to compare: name at least one on each side.")
    for one, other in combinations(runs, 2):
        _must_be_another(one, other)
    refs = tuple(_ref(run) for run in runs)
    return Side(name=_name(runs), runs=refs, units=len({ref.unit for ref in refs}))


def apart(a: Side, b: Side) -> tuple[Side, Side]:
    """Returns both sides with names that differ: equal ones are told apart by the identity of the first run.

    The same runs on both sides are "NAME" and "NAME (itself)".
    """
    if a.name != b.name:
        return a, b
    if {run.identity for run in a.runs} == {run.identity for run in b.runs}:
        return a, b.model_copy(update={"name": f"{b.name} (itself)"})
    first, second = a.runs[0].identity[:8], b.runs[0].identity[:8]
    if first == second:
        first, second = "a", "b"
    return (
        a.model_copy(update={"name": f"{a.name} ({first})"}),
        b.model_copy(update={"name": f"{b.name} ({second})"}),
    )


def same_system(one: RunRecord, other: RunRecord) -> bool:
    """Returns whether two runs are of the same model with the same settings, as far as these can change a score."""
    return one.model.identity == other.model.identity and _settings(one) == _settings(other)


def _must_be_another(one: RunRecord, other: RunRecord) -> None:
    if not same_system(one, other):
        return
    if one.identity == other.identity:
        raise UsageError(
            f"The run {one.name} ({one.identity[:8]}) is given twice on one side: it would be its own seed twice. Give every "
            "run of a side once."
        )
    raise UsageError(
        f"The runs {one.name} ({one.identity[:8]}) and {other.name} ({other.identity[:8]}) of one side are of the same model "
        f"({one.model.identity[:8]}) with the same settings: a model is not its own seed twice. Give runs of models that were "
        "trained with different seeds."
    )


def _settings(run: RunRecord) -> dict[str, Any]:
    return {key: value for key, value in run.settings.items() if key not in _HOW}


# ---- what the training recorded ------------------------------------------------------------------------------------


def _ref(run: RunRecord) -> RunRef:
    lines = [list(_line(part)) for part in _parts(run)]
    seeds = {_seed(line[0]) for line in lines} or {None}
    if seeds == {None}:  # an encoder that is only copied has the seed of what it is a copy of
        seeds = {next((seed for made in line if (seed := _seed(made)) is not None), None) for line in lines} or {None}
    known = seeds - {None}
    units = sorted({unit for line in lines if (unit := _unit(line))})
    return RunRef(
        name=run.name,
        identity=run.identity,
        model=run.model.identity,
        seed=known.pop() if len(known) == 1 else None,
        unit="+".join(units) or run.model.identity,
        marks={head: tuple(sentences) for head, sentences in marks(run).items()},
    )


def _parts(run: RunRecord) -> Iterator[Mapping[str, Any]]:
    """Yields the provenance of every part that the record knows: of a checkpoint, or of each head of a set."""
    record = run.model.record
    heads = record.get("heads")
    for part in (record, *(heads.values() if isinstance(heads, dict) else ())):
        provenance = part.get("provenance") if isinstance(part, dict) else None
        if isinstance(provenance, dict):
            yield provenance


def _line(provenance: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yields "made_from" of a part and of its ancestors, newest first, each with the "identity" of its files if it is known."""
    identity = None
    for _ in range(_MOST_PARENTS):
        made = provenance.get("made_from")
        yield {**(made if isinstance(made, dict) else {}), "identity": identity}
        parent = provenance.get("parent")
        if not isinstance(parent, dict) or not isinstance(parent.get("provenance"), dict):
            return
        identity, provenance = parent.get("identity"), parent["provenance"]


def _seed(made: Mapping[str, Any]) -> int | None:
    seed = made.get("seed")
    return seed if isinstance(seed, int) and not isinstance(seed, bool) else None


def _unit(line: Sequence[Mapping[str, Any]]) -> str | None:
    """Returns the identity of the nearest ancestor that an intermediate run made."""
    for made in line:
        identity = made["identity"]
        if made.get("phase") == "intermediate" and isinstance(identity, str) and identity:
            return identity
    return None


# ---- names ---------------------------------------------------------------------------------------------------------


def _name(runs: Sequence[RunRecord]) -> str:
    """Returns what the runs' names have in common, without the seed at the end; never empty."""
    names = [run.name or run.identity[:8] for run in runs]
    if len(names) == 1:
        return names[0]
    stems = {_SEED.sub("", name) for name in names}
    if len(stems) == 1 and "" not in stems:
        return stems.pop()
    words = zip(*(_BETWEEN.split(name) for name in names), strict=False)
    same = [group[0] for group in takewhile(lambda group: len(set(group)) == 1, words)]
    end = 0
    for word in same:
        end = names[0].index(word, end) + len(word)
    return _LAST_WORD.sub("", names[0][:end]).strip("-_. ") or f"{names[0]} and {len(names) - 1} more"
