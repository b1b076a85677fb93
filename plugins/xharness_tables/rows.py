"""A board as lines for programs: system × row × cell. Scores and differences are fractions."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import TYPE_CHECKING

from xharness.leaderboard.content import AVERAGE
from xharness.leaderboard.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xharness.leaderboard.content import BoardContent, System

HEAD = (
    "board", "system", "status", "rank", "rank_low", "rank_high", "baseline", "runs", "kind", "task", "language", "split",
    "value", "low", "high", "sd", "delta", "delta_low", "delta_high", "p", "p_adjusted", "verdict", "metrics", "source",
)  # fmt: skip
"""`status` is complete, incomplete or reported; `kind` average, task or cell; `metrics` JSON: what makes up a cell."""
_LONGEST = 1000
_FORMULA = ("=", "+", "-", "@")

Field = str | int | float | None


def as_csv(content: BoardContent) -> str:
    """Returns one line for every average, task and cell of every system, ranked ones first, then one per reported figure.

    What is absent or not finite is empty. Names are on one line without control characters; one that a spreadsheet would take
    for a formula begins with an apostrophe.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(HEAD)
    for line in lines(content):
        writer.writerow([_written(line.get(field)) for field in HEAD])
    return stream.getvalue()


def lines(content: BoardContent) -> Iterator[dict[str, Field]]:
    """Yields the fields of each line by name; absent ones are not there."""
    for system in content.complete:
        yield from _system(content, system, "complete")
    for system in content.incomplete:
        yield from _system(content, system, "incomplete")
    for one in content.reported:
        known: dict[str, Field] = {"board": content.id, "system": one.system, "status": "reported", "kind": "task"}
        known["source"] = one.source
        yield from ({**known, "task": task, "value": value} for task, value in one.values.items())


def _system(content: BoardContent, system: System, status: str) -> Iterator[dict[str, Field]]:
    known = {
        "board": content.id,
        "system": system.name,
        "status": status,
        "rank": system.rank,
        "rank_low": system.rank_low,
        "rank_high": system.rank_high,
        "baseline": int(system.is_baseline),
        "runs": len(system.runs),
    }
    for row in system.scores:
        place = (
            {"kind": "average"} if row == AVERAGE else {"kind": "task", "task": row, "split": content.splits.get(row)}
        )
        yield {**known, **place, **_numbers(system, row)}
    for cell in system.cells:
        task, _, language = cell.partition("/")
        place = {"kind": "cell", "task": task, "language": language, "split": content.splits.get(task)}
        yield {**known, **place, **_numbers(system, cell)}


def _numbers(system: System, key: str) -> dict[str, Field]:
    """Returns estimate, seeds, difference to the baseline and metrics of a row or cell."""
    one = system.scores[key] if key in system.scores else system.cells[key]
    found: dict[str, Field] = {"value": one.value, "low": one.low, "high": one.high, "sd": system.sd.get(key)}
    if (to := system.to_baseline.get(key)) is not None:
        found |= {"delta": to.delta, "delta_low": to.low, "delta_high": to.high}
        found |= {"p": to.p, "p_adjusted": to.p_adjusted, "verdict": to.verdict}
    if key in system.metrics:
        finite = {name: value if math.isfinite(value) else None for name, value in system.metrics[key].items()}
        found["metrics"] = json.dumps(finite)
    return found


def _written(value: Field) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, int) or not value:
        return str(value)
    line = one_line(value, _LONGEST)
    return f"'{line}" if line.startswith(_FORMULA) else line
