"""A comparison as JSON and CSV. Scores and differences are fractions with full precision."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xharness.comparison.result import Comparison, Row, Side

_FIELDS = (
    "name", "task", "language", "a", "b", "delta", "low", "high", "p", "p_adjusted", "p_bootstrap", "verdict", "n", "clusters",
    "detectable", "variance", "a_low", "a_high", "b_low", "b_high", "units_a", "units_b", "sd_a", "sd_b", "method", "test",
    "cells", "of_cells",
)  # fmt: skip


def as_json(comparison: Comparison) -> str:
    """Returns the comparison as one JSON object; a number that is not finite is null.

    `tasks`, `groups` and `languages` are objects by name, `cells` a list in the suite's order. Every row has all fields of
    `xharness.comparison.result.Row`.
    """
    one = comparison
    content = {
        "schema_version": one.schema_version,
        "suite": one.suite,
        "suite_version": one.suite_version,
        "variant": one.variant,
        "splits": one.splits,
        "aggregator": dict(zip(("name", "version", "description"), one.aggregator, strict=True)),
        "view": one.view,
        "level": one.level,
        "resamples": one.resamples,
        "seed": one.seed,
        "corrections": one.corrections.model_dump(),
        "a": _side(one.a),
        "b": _side(one.b),
        "sentence": one.sentence,
        "overall": _row(one.overall),
        "english": None if one.english is None else _row(one.english),
        "tasks": {row.name: _row(row) for row in one.tasks},
        "groups": {row.name: _row(row) for row in one.groups},
        "cells": [_row(row) for row in one.cells],
        "languages": {each.task: each.model_dump(exclude={"task"}) for each in one.languages},
        "only_a": one.only_a,
        "only_b": one.only_b,
        "notes": one.notes,
    }
    return json.dumps(_finite(content), indent=1, ensure_ascii=False, allow_nan=False)


def as_csv(comparison: Comparison) -> str:
    """Returns one line for every row of every level; `kind` is overall, english, group, task or cell.

    A number that is absent or not finite is empty. `metrics` is a JSON object from score to [a, b]; `correction` says how
    p_adjusted was made, `aggregator` by which rule an average was.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("kind", *_FIELDS, "correction", "aggregator", "metrics", "languages", "notes"))
    name, version, _ = comparison.aggregator
    for kind, correction, row in _levels(comparison):
        fields = (_entry(getattr(row, field)) for field in _FIELDS)
        rule = "" if kind in {"task", "cell"} else f"{name} {version}"
        metrics = json.dumps(_finite(row.metrics), allow_nan=False) if row.metrics else ""
        writer.writerow((kind, *fields, correction, rule, metrics, " ".join(row.languages), " | ".join(row.notes)))
    return stream.getvalue()


def _levels(comparison: Comparison) -> Iterator[tuple[str, str, Row]]:
    """Yields (kind, correction, row) of every row."""
    yield "overall", "", comparison.overall
    if comparison.english is not None:
        yield "english", "", comparison.english
    yield from (("group", comparison.corrections.groups, row) for row in comparison.groups)
    yield from (("task", comparison.corrections.tasks, row) for row in comparison.tasks)
    yield from (("cell", comparison.corrections.cells, row) for row in comparison.cells)


def _side(side: Side) -> dict[str, Any]:
    runs = [run.model_dump(mode="json") for run in side.runs]
    return {"name": side.name, "units": side.units, "runs": runs, "marks": side.marks}


def _row(row: Row) -> dict[str, Any]:
    return row.model_dump()


def _finite(value: Any) -> Any:
    """Returns JSON content with None for every number that is not finite."""
    if isinstance(value, dict):
        return {str(key): _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _entry(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return repr(value) if isinstance(value, float) else str(value)
