"""What the page's script reads: scores and differences as whole numbers, in the order of cells and rows."""

from __future__ import annotations

import json
import math
from statistics import NormalDist
from typing import TYPE_CHECKING

from xharness.comparison.formats import words
from xharness.leaderboard.content import AVERAGE

from xharness_html import scales
from xharness_html.figures import SIGNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xharness.leaderboard.content import BoardContent, Difference, Estimate, System

UNIT = 100_000
"""Numbers are fractions times this: thousandths of a point."""
_VERDICTS = tuple(SIGNS)
_TENTH = UNIT // 1000  # of a point, the last digit that is shown


def as_json(content: BoardContent) -> str:
    r"""Returns the data as JSON in ASCII without "<", ">" and "&", which are written \u003c and so on."""
    rows = (AVERAGE, *content.tasks)
    cells = places(content)
    systems = (*content.complete, *content.incomplete)
    several = _several(systems, cells)
    data = {
        "unit": UNIT,
        "z": NormalDist().inv_cdf(0.5 + content.level / 2),
        "level": words.level(content.level),
        "rows": [words.plain(row) for row in rows],
        "cells": [[words.plain(part) for part in place.split("/", 1)] for place in cells],
        "verdicts": _VERDICTS,
        "metrics": {place: [words.plain(name) for name in names] for place, names in several.items()},
        "baseline": next((place for place, system in enumerate(content.complete) if system.is_baseline), None),
        "complete": len(content.complete),
        "scales": {
            "score": _scale(scales.of_scores(content)),
            "difference": _scale(scales.of_differences(content)),
        },
        "systems": [_system(system, rows, cells, several) for system in systems],
        "errors": [_errors(content.variances.get(row, ()), len(content.complete)) for row in rows],
    }
    written = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return written.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def places(content: BoardContent) -> list[str]:
    """Returns the board's cells, "task/language", in order."""
    return [f"{task}/{language}" for task, languages in content.tasks.items() for language in languages]


def _whole(value: float | None) -> int | None:
    """Returns the nearest whole number, or the one beside it where the nearest would be shown as another tenth of a point."""
    if value is None or not math.isfinite(value):
        return None
    nearest = round(value * UNIT)
    if nearest % _TENTH != _TENTH // 2:
        return nearest
    beside = (nearest, nearest - 1, nearest + 1)
    return next((one for one in beside if words.score(one / UNIT) == words.score(value)), nearest)


def _several(systems: Sequence[System], cells: Sequence[str]) -> dict[str, list[str]]:
    """Returns the names of a cell's scores by its place among the cells, where there are several."""
    found: dict[str, list[str]] = {}
    for number, place in enumerate(cells):
        names = dict.fromkeys(name for system in systems for name in system.metrics.get(place, {}))
        if len(names) > 1:
            found[str(number)] = list(names)
    return found


def _system(
    system: System, rows: Sequence[str], cells: Sequence[str], several: Mapping[str, Sequence[str]]
) -> dict[str, object]:
    """Returns a system's numbers: value, low and high for each row and cell, differences likewise, all in one list each."""
    return {
        "name": words.plain(system.name),
        "rows": [number for row in rows for number in _estimate(system.scores.get(row))],
        "cells": [number for place in cells for number in _estimate(system.cells.get(place))],
        "rowDifferences": [number for row in rows for number in _difference(system.to_baseline.get(row))]
        if system.to_baseline
        else [],
        "cellDifferences": [number for place in cells for number in _difference(system.to_baseline.get(place))]
        if system.to_baseline
        else [],
        "metrics": {
            number: [_whole(system.metrics.get(cells[int(number)], {}).get(name)) for name in names]
            for number, names in several.items()
        },
    }


def _estimate(found: Estimate | None) -> tuple[int | None, ...]:
    return (_whole(found.value), _whole(found.low), _whole(found.high)) if found else (None, None, None)


def _difference(found: Difference | None) -> tuple[int | None, ...]:
    """Returns difference, low, high, adjusted p-value and the number of the verdict."""
    if found is None:
        return (None,) * 5
    verdict = _VERDICTS.index(found.verdict) if found.verdict in _VERDICTS else None
    return (_whole(found.delta), _whole(found.low), _whole(found.high), _whole(found.p_adjusted), verdict)


def _errors(variances: Sequence[Sequence[float]], systems: int) -> list[int | None]:
    """Returns standard errors of the differences of all pairs i < j of complete systems, one after the other."""
    if not len(variances):
        return []
    return [
        _whole(math.sqrt(variances[i][j])) if variances[i][j] >= 0 else None
        for i in range(systems)
        for j in range(i + 1, systems)
    ]


def _scale(scale: scales.Scale) -> dict[str, object]:
    return {
        "prefix": scale.prefix,
        "low": _whole(scale.low),
        "high": _whole(scale.high),
        "labels": scales.labels(scale),
    }
