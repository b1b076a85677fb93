"""A run for people and programs: table, markdown, CSV, JSON. Percent exists only here; JSON and CSV keep fractions."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from typing import TYPE_CHECKING

from xharness.runs import CellRecord, CellStatus, IntervalRecord, IntervalsRecord, RunRecord
from xharness.summary import NOT_ASKED

if TYPE_CHECKING:
    from rich.table import Table

ABSENT = "–"
_NONE = IntervalsRecord(level=0.95, resamples=0, seed=0)
_SHORT = {
    CellStatus.NO_GOLD: "no gold",
    CellStatus.NO_HEAD: "no head",
    CellStatus.NO_DATA: "no data",
    CellStatus.NO_PREDICTIONS: "none",
    CellStatus.FAILED: "failed",
    CellStatus.PENDING: ABSENT,
}


def as_json(run: RunRecord) -> str:
    """Returns the run as one JSON object; scores are fractions, absent ones null."""
    content = {
        "suite": run.suite,
        "split": run.split,
        "variant": run.variant,
        "complete": run.complete,
        "official_data": run.official_data,
        "average": run.averages.average,
        "groups": run.averages.groups,
        "tasks": run.averages.tasks,
        "intervals": _intervals(run),
        "aggregator": run.aggregator.model_dump(),
        "cells": [
            {
                "task": cell.task,
                "language": cell.language,
                "metric": score.metric,
                "value": score.value,
                "n": score.n,
                "main": score.main,
                "split": cell.split,
                "in_average": cell.in_average,
                **_bounds(run, cell, score.metric),
            }
            for cell in run.cells
            for score in cell.scores
        ],
        "missing": [
            {"task": cell.task, "language": cell.language, "status": str(cell.status), "reason": cell.reason}
            for cell in run.missing
        ],
        "model": {"name": run.model.name, "identity": run.model.identity},
        "marks": marks(run),
        "identity": run.identity,
        "status": str(run.status),
        "notes": list(run.notes),
    }
    return json.dumps(content, indent=1, ensure_ascii=False)


def _bounds(run: RunRecord, cell: CellRecord, metric: str) -> dict[str, float | str | None]:
    """Returns low, high and method of a score's interval; None where it has none."""
    found = run.intervals.cells.get(cell.place, {}).get(metric) if run.intervals else None
    return found.model_dump() if found else {"low": None, "high": None, "method": None}


def _intervals(run: RunRecord) -> dict[str, object] | None:
    """Returns the intervals of all means; those of the cells stand beside their scores."""
    return run.intervals.model_dump(exclude={"cells"}) if run.intervals else None


def as_csv(run: RunRecord) -> str:
    """Returns one line for every score; scores are fractions."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("task", "language", "split", "metric", "value", "n", "main", "status", "low", "high"))
    for cell in run.cells:
        for score in cell.scores:
            row = (cell.task, cell.language, cell.split, score.metric, repr(score.value), score.n, score.main)
            bounds = _bounds(run, cell, score.metric)
            ends = ("" if bounds[end] is None else repr(bounds[end]) for end in ("low", "high"))
            writer.writerow((*row, cell.status, *ends))
        if not cell.scores:
            writer.writerow((cell.task, cell.language, cell.split, "", "", cell.n, "", cell.status, "", ""))
    return stream.getvalue()


def as_markdown(run: RunRecord) -> str:
    """Returns title, table and remarks as GitHub markdown; names cannot break the table."""
    from tabulate import tabulate

    head, rows = _grid(run)
    table = tabulate(
        [[escape(cell) for cell in row] for row in rows],
        headers=[escape(cell) for cell in head],
        tablefmt="github",
        disable_numparse=True,
        colalign=("left", *("right" for _ in head[1:])),
    )
    below = "\n".join(f"- {escape(line)}" for line in remarks(run))
    return f"# {escape(title(run))}\n\n{table}\n\n{below}"


def as_table(run: RunRecord, *, intervals: bool = True) -> Table:
    """Returns a table with a row for each language and a column for each task, in percent.

    With `intervals` every score is followed by ± half of its interval; the table is then some 110 columns wide.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    head, rows = _grid(run, intervals=intervals)
    table = Table(box=box.SIMPLE_HEAD, padding=0, pad_edge=False)
    for position, name in enumerate(head):
        table.add_column(Text(name), justify="right" if position else "left", no_wrap=True)
    for row in rows:
        if row[0] == "mean":
            table.add_section()
        table.add_row(*(Text(cell) for cell in row))
    return table


def remarks(run: RunRecord) -> list[str]:
    """Returns averages, notes and what is missing, one sentence each."""
    found = run.intervals or _NONE
    groups = [
        f"{name} {percent(value)}{_bracket(found.groups.get(name))}" for name, value in run.averages.groups.items()
    ]
    lines = [f"Groups: {', '.join(groups)}."] if groups else []
    if run.averages.average is not None:
        kind = "" if run.official_data else " (not the official average)"
        average = f"{percent(run.averages.average)}{_bracket(found.average)}"
        lines.append(
            f"Average ({run.aggregator.name} {run.aggregator.version}): {average}{kind}. {run.aggregator.description}"
        )
    else:
        done = sum(1 for cell in run.cells if cell.status is CellStatus.SCORED and cell.in_average)
        lines.append(f"No average: {done} of {len(run.cells)} cells are scored.")
    if found.cells:
        lines.append(
            f"± is half of the {100 * found.level:g} % interval, brackets are the whole of it: {found.resamples:,} bootstrap "
            "resamples of clusters of examples, the same in all languages of a parallel task. `--format csv` has every bound."
        )
    lines += run.notes
    lines += _marked(run)
    lines += _missing(run)
    if any("exact_match" in {score.metric for score in cell.scores} for cell in run.cells):
        lines.append("Question answering: F1/EM; their mean enters the average.")
    return lines


def _bracket(interval: IntervalRecord | None) -> str:
    return f" [{percent(interval.low)}, {percent(interval.high)}]" if interval else ""


def marks(run: RunRecord) -> dict[str, list[str]]:
    """Returns by head what the training's own record says that a reader must know ("same data twice: …").

    A checkpoint without heads of different names stands under "model". Others may have written the record: whatever is not
    a sentence is passed over.
    """
    record = run.model.record
    heads = record.get("heads")
    found = {"model": _sentences(record)}
    if isinstance(heads, dict):
        found |= {str(name): _sentences(head) for name, head in heads.items()}
    return {name: sentences for name, sentences in found.items() if sentences}


def _sentences(record: object) -> list[str]:
    provenance = record.get("provenance") if isinstance(record, dict) else None
    listed = provenance.get("marks") if isinstance(provenance, dict) else None
    if not isinstance(listed, list):
        return []
    texts = ("".join(sign if sign.isprintable() else " " for sign in one) for one in listed if isinstance(one, str))
    return list(dict.fromkeys(text.strip() for text in texts if text.strip()))


def _marked(run: RunRecord) -> list[str]:
    """Returns every mark once, after the heads that bear it."""
    heads: dict[str, list[str]] = {}
    for name, sentences in marks(run).items():
        for sentence in sentences:
            heads.setdefault(sentence, []).append(name)
    return [f"{', '.join(names)}: {sentence}" for sentence, names in heads.items()]


def _missing(run: RunRecord) -> list[str]:
    lines = []
    reasons: Counter[tuple[str, str]] = Counter()
    places: dict[tuple[str, str], list[str]] = {}
    for cell in run.cells:
        if cell.status in {CellStatus.SCORED, CellStatus.PENDING} and cell.reason in {"", NOT_ASKED}:
            continue
        key = (cell.task, str(cell.status))
        reasons[key] += 1
        places.setdefault(key, []).append(cell.language)
    first = {(cell.task, str(cell.status)): cell.reason for cell in reversed(run.cells)}
    for (task, status), count in reasons.items():
        languages = places[task, status]
        shown = ", ".join(languages[:8]) + (f" and {count - 8} more" if count > 8 else "")
        reason = first[task, status].removeprefix(f"{task}/{languages[0]}: ")
        lines.append(f"{status.capitalize()}: {task} ({shown}): {reason}")
    return lines


def title(run: RunRecord) -> str:
    """Returns which system on which suite, split and variant, in one line."""
    return f"{run.model.name} ({run.model.identity[:8]}) on {run.suite} {run.suite_version}, {run.split}, {run.variant}"


def _grid(run: RunRecord, *, intervals: bool = True) -> tuple[list[str], list[list[str]]]:
    shown = [cell for cell in run.cells if cell.reason != NOT_ASKED]
    tasks = list(dict.fromkeys(cell.task for cell in shown))
    languages = sorted({cell.language for cell in shown})
    cells = {(cell.task, cell.language): cell for cell in shown}
    found = (run.intervals if intervals else None) or _NONE
    rows = [[language, *(_entry(cells.get((task, language)), found) for task in tasks)] for language in languages]
    means = run.averages.tasks
    rows.append(["mean", *(percent(means.get(task)) + _half(found.tasks.get(task)) for task in tasks)])
    return ["", *tasks], rows


def _half(interval: IntervalRecord | None) -> str:
    """Returns "±" and half of an interval, in points; nothing where there is none."""
    return f"±{50 * (interval.high - interval.low):.1f}" if interval else ""


def _entry(cell: CellRecord | None, intervals: IntervalsRecord) -> str:
    if cell is None:
        return ""
    if cell.status is not CellStatus.SCORED:
        return _SHORT[cell.status]
    main = [score for score in cell.scores if score.main]
    ordered = sorted(main, key=lambda score: score.metric != "f1")  # the field writes F1/EM
    mark = "" if cell.in_average else "*"
    half = _half(intervals.cells.get(cell.place, {}).get("main"))
    return "/".join(percent(score.value) for score in ordered) + half + mark


def percent(value: float | None) -> str:
    """Returns a fraction as percent with one decimal, a dash where there is none."""
    return ABSENT if value is None else f"{100 * value:.1f}"


def escape(text: str) -> str:
    """Returns `text` so that GitHub markdown shows it as it is: no column, markup, link or HTML comes from it."""
    for sign in ("\\", "|", "<", ">", "`", "*", "_", "[", "]"):
        text = text.replace(sign, f"\\{sign}" if sign not in "<>" else {"<": "&lt;", ">": "&gt;"}[sign])
    return text.replace("\n", " ")
