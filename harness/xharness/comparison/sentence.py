"""What follows from a comparison, in one sentence. What is not significant is never called equal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from xharness.comparison.formats import words
from xharness.comparison.result import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness.comparison.result import Comparison, Row

_NAMED = 4  # rows of one verdict; of more the number is given


def sentence(comparison: Comparison) -> str:
    """Returns what follows from the confirmatory family and the average.

    The family are the tasks, or the cells where these were asked for. The average comes with its interval and its rule, if
    more than one task was compared.
    """
    family = comparison.tasks if comparison.corrections.family == "tasks" else comparison.cells
    if _without_difference(comparison):
        text = _nothing(comparison)
    elif len(family) == 1:
        text = _single(comparison, family[0])
    else:
        text = _several(comparison, family) + _undecided(family)
    if len(comparison.tasks) > 1 and not _without_difference(comparison):
        text += f"; {_average(comparison)}"
    return f"{text}."


def _without_difference(comparison: Comparison) -> bool:
    """Returns whether no resample of any cell could differ, as in a run against itself."""
    return all(row.delta == row.low == row.high == 0 for row in (*comparison.cells, *comparison.tasks))


def _nothing(comparison: Comparison) -> str:
    a, b = words.plain(comparison.a.name), words.plain(comparison.b.name)
    what = f"{a} against itself" if _same_runs(comparison) else f"{a} against {b}"
    return f"{what}: no difference at all in {words.counted(len(comparison.cells), 'cell')}"


def _same_runs(comparison: Comparison) -> bool:
    return {run.identity for run in comparison.a.runs} == {run.identity for run in comparison.b.runs}


def _single(comparison: Comparison, row: Row) -> str:
    """Returns what follows for the only member of a family, in which there is nothing to correct."""
    a, b, name = words.plain(comparison.a.name), words.plain(comparison.b.name), words.plain(row.name)
    evidence = f"{words.level(comparison.level)} interval {words.interval(row.low, row.high)}, p {_equals(row.p)}"
    if row.verdict is Verdict.UNDECIDED:
        return (
            f"Between {a} and {b} {name} is undecided: the difference is {words.points(row.delta)} points ({evidence}), and "
            f"{_unseen([row])}"
        )
    return f"{a} is {row.verdict} than {b} on {name} by {words.size(row.delta)} points ({evidence})"


def _equals(p: float) -> str:
    text = words.probability(p)
    return text if text.startswith("<") else f"= {text}"


def _several(comparison: Comparison, family: Sequence[Row]) -> str:
    a, b = words.plain(comparison.a.name), words.plain(comparison.b.name)
    what, chosen = ("task", comparison.corrections.tasks)
    if comparison.corrections.family == "cells":
        what, chosen = "cell", comparison.corrections.cells
    after = f"after {words.correction(chosen)}"
    better, worse = _of(family, Verdict.BETTER), _of(family, Verdict.WORSE)
    total = words.counted(len(family), what)
    if not better and not worse:
        return f"Between {a} and {b} none of {total} is decided {after}"
    if not better:
        return f"{a} is worse than {b} on {_share(worse, family, what)} {after}{_names(worse, family)}, better on none"
    rest = f", worse on {len(worse) or 'none'}{_names(worse, family)}"
    return f"{a} is better than {b} on {_share(better, family, what)} {after}{_names(better, family)}{rest}"


def _of(family: Sequence[Row], verdict: Verdict) -> list[Row]:
    return words.by_effect(row for row in family if row.verdict is verdict)


def _share(rows: Sequence[Row], family: Sequence[Row], what: str) -> str:
    if len(rows) == len(family):
        return f"both {what}s" if len(rows) == 2 else f"all {len(rows)} {what}s"
    return f"{len(rows)} of {words.counted(len(family), what)}"


def _names(rows: Sequence[Row], family: Sequence[Row]) -> str:
    """Returns the names in brackets, where they are few and not all."""
    few = 0 < len(rows) <= _NAMED and len(rows) < len(family)
    return f" ({', '.join(words.plain(row.name) for row in rows)})" if few else ""


def _undecided(family: Sequence[Row]) -> str:
    """Returns which are undecided and what could not have been seen there."""
    rows = _of(family, Verdict.UNDECIDED)
    if not rows:
        return ""
    if len(rows) == len(family) and all(row.variance > 0 for row in rows):
        return f": {_unseen(rows)}"
    alike = [row for row in rows if row.delta == row.variance == 0]
    if alike:
        rest = [row for row in rows if row not in alike]
        same = f"; no difference at all on {_named(alike)}"
        return same + (f"; {_named(rest)} undecided: {_unseen(rest)}" if rest else "")
    return f"; {_named(rows)} undecided: {_unseen(rows)}"


def _named(rows: Sequence[Row]) -> str:
    return words.joined([row.name for row in rows]) if len(rows) <= _NAMED else f"{len(rows)}"


def _unseen(rows: Sequence[Row]) -> str:
    """Returns which differences were too small to be found: one, one each, or from the smallest to the largest."""
    sizes = [row.detectable for row in rows if math.isfinite(row.detectable)]
    if not sizes:
        return "what could have been seen is not known"
    smallest, largest = words.size(min(sizes)), words.size(max(sizes))
    if smallest == largest:
        return f"a difference under {smallest.removeprefix('< ')} points could not have been seen"
    if len(sizes) == len(rows) <= _NAMED:
        each = words.joined([words.size(size).removeprefix("< ") for size in sizes])
        return f"differences under {each} points could not have been seen"
    return f"differences under {smallest.removeprefix('< ')} to {largest} points could not have been seen"


def _average(comparison: Comparison) -> str:
    """Returns the difference of the averages with its interval and the rule that made them."""
    row = comparison.overall
    name, version, _ = map(words.plain, comparison.aggregator)
    view = "" if comparison.view == "all languages" else f" ({words.plain(comparison.view)})"
    part = "" if row.cells == row.of_cells else f" over {row.cells} of {words.counted(row.of_cells, 'cell')}"
    return (
        f"on average{view}{part}, by {name} {version}, {words.points(row.delta)} points "
        f"{words.interval(row.low, row.high)}, {row.verdict}"
    )
