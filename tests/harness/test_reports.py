"""Reports show what is there, say what is missing, and cannot be broken by names."""

from __future__ import annotations

import csv
import io
import json

import pytest
from rich.console import Console
from xharness import reports
from xharness.evaluation import evaluate
from xharness.runs import IntervalRecord, IntervalsRecord
from xharness.selection import Request, Selection


def run_of(plugins, observer, tmp_path, **selection):
    """A finished made-up run's record."""
    return evaluate(plugins, Request(selection=Selection(**selection), out=tmp_path), "steady", observer).record


def test_json_has_the_documented_keys(plugins, observer, tmp_path):
    """Other people script against these keys."""
    shown = json.loads(reports.as_json(run_of(plugins, observer, tmp_path)))
    assert {"suite", "split", "variant", "complete", "average", "groups", "tasks", "cells", "missing"} <= set(shown)
    assert shown["complete"] is True
    assert shown["average"] == 0.5
    cell = shown["cells"][0]
    assert {"task", "language", "metric", "value", "n", "main"} <= set(cell)
    assert (cell["task"], cell["language"], cell["metric"], cell["n"], cell["main"]) == (
        "moods",
        "en",
        "accuracy",
        6,
        True,
    )


def test_partial_run_lists_what_is_missing(plugins, observer, world, tmp_path):
    """The reasons of absent cells are printed; cells that nobody asked for are not."""
    world.absent = {"moods/sw"}
    record = run_of(plugins, observer, tmp_path, tasks=("moods",))
    lines = "\n".join(reports.remarks(record))
    assert "No average: 2 of 6 cells are scored." in lines
    assert "No data: moods (sw): there is no file for it" in lines
    assert "tones" not in lines.replace("feeling", "")


def provenance(*marks: object) -> dict[str, object]:
    """A head's record as a training leaves it."""
    return {"provenance": {"made_from": {"seed": 1}, "marks": list(marks)}}


def test_marks_of_the_training_are_shown_once(plugins, observer, world, tmp_path):
    """What a training says that a reader must know is in the run's record, and in every form of the report."""
    twice, far = "same data twice: A is B.", "not zero-shot in sw: trained on it."
    world.record = {"form": "set", "heads": {"moods": provenance(twice), "tones": provenance(twice, far)}}
    record = run_of(plugins, observer, tmp_path)
    assert record.model.record == world.record
    assert reports.marks(record) == {"moods": [twice], "tones": [twice, far]}
    assert [line for line in reports.remarks(record) if "twice" in line or "zero" in line] == [
        f"moods, tones: {twice}",
        f"tones: {far}",
    ]
    assert json.loads(reports.as_json(record))["marks"] == {"moods": [twice], "tones": [twice, far]}
    assert f"- moods, tones: {twice}" in reports.as_markdown(record)


@pytest.mark.parametrize(
    "record",
    [
        {"provenance": "text", "heads": ["moods"]},
        {"provenance": {"marks": "text"}, "heads": {"moods": None, "tones": {"provenance": {"marks": {"a": 1}}}}},
        {"provenance": {"marks": [1, None, ["x"], "  "]}, "heads": "moods"},
        {},
    ],
)
def test_strange_provenance_breaks_no_report(plugins, observer, world, tmp_path, record):
    """A record that others wrote has no marks if it is not of the form that is read."""
    world.record = record
    found = run_of(plugins, observer, tmp_path)
    assert reports.marks(found) == {}
    assert reports.remarks(found)


def test_marks_cannot_steer_the_terminal(plugins, observer, world, tmp_path):
    """Control characters in a mark are spaces in the report."""
    world.record = provenance("a\x1b[31mb\nc")
    assert reports.marks(run_of(plugins, observer, tmp_path)) == {"model": ["a [31mb c"]}


def test_markdown_survives_hostile_names(plugins, observer, tmp_path):
    """A model's name cannot add columns, markup or links."""
    record = run_of(plugins, observer, tmp_path)
    evil = record.model_copy(update={"model": record.model.model_copy(update={"name": "a|b <img src=x> [c](d) `e`"})})
    text = reports.as_markdown(evil)
    title = text.splitlines()[0]
    assert "<img" not in text
    assert "\\|" in title
    assert "\\[c\\]" in title
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {4}


def test_csv_has_a_line_for_every_score(plugins, observer, world, tmp_path):
    """Scores keep full precision; cells without score have a line with their status."""
    world.heads = {"moods"}
    rows = list(csv.DictReader(io.StringIO(reports.as_csv(run_of(plugins, observer, tmp_path)))))
    assert len(rows) == 6
    assert [row["value"] for row in rows if row["task"] == "moods"] == ["0.5"] * 3
    assert {row["status"] for row in rows if row["task"] == "tones"} == {"no head"}


# ---- intervals -----------------------------------------------------------------------------------------------------


def test_json_has_an_interval_beside_every_main_score(plugins, observer, tmp_path):
    """Each cell has low, high and method as fractions; those of the means stand together."""
    record = run_of(plugins, observer, tmp_path)
    shown = json.loads(reports.as_json(record))
    found = record.intervals
    for cell in shown["cells"]:
        one = found.cells[f"{cell['task']}/{cell['language']}"]["accuracy"]
        assert (cell["low"], cell["high"], cell["method"]) == (one.low, one.high, one.method)
        assert 0 <= cell["low"] <= cell["value"] <= cell["high"] <= 1
    assert "cells" not in shown["intervals"]
    assert shown["intervals"]["average"] == found.average.model_dump()
    assert set(shown["intervals"]["tasks"]) == {"moods", "tones"}
    assert (shown["intervals"]["level"], shown["intervals"]["resamples"]) == (0.95, 10_000)


def test_csv_has_both_ends_of_every_interval(plugins, observer, tmp_path):
    """Low and high keep full precision; lines without a score have none."""
    record = run_of(plugins, observer, tmp_path, tasks=("moods",))
    rows = list(csv.DictReader(io.StringIO(reports.as_csv(record))))
    assert len(rows) == 6
    for row in rows:
        one = record.intervals.cells.get(f"{row['task']}/{row['language']}", {}).get("accuracy")
        assert (row["low"], row["high"]) == ((repr(one.low), repr(one.high)) if one else ("", ""))
        assert (one is not None) == (row["status"] == "scored")


def interval(low, high):
    """An interval by a made-up method."""
    return IntervalRecord(low=low, high=high, method="made up")


def with_made_up_intervals(record):
    """The record with intervals whose halves are easy to know."""
    found = IntervalsRecord(
        level=0.9,
        resamples=1234,
        seed=0,
        cells={"moods/sw": {"accuracy": interval(0.2, 0.9), "main": interval(0.4, 0.65)}},
        tasks={"moods": interval(0.45, 0.57)},
        groups={"feeling": interval(0.41, 0.59)},
        average=interval(0.42, 0.58),
    )
    return record.model_copy(update={"intervals": found})


def table_text(table):
    """A table as it is printed."""
    console = Console(width=200, file=io.StringIO())
    console.print(table)
    return console.file.getvalue()


def test_tables_show_half_of_the_interval(plugins, observer, tmp_path):
    """After a score stands ± half of the interval of the cell's main score, in points; without one nothing does."""
    record = with_made_up_intervals(run_of(plugins, observer, tmp_path))
    text = table_text(reports.as_table(record))
    assert text.count("±") == 2
    lines = {line.split()[0]: line for line in text.splitlines() if line.strip()}
    assert "50.0±12.5" in lines["sw"]
    assert "50.0±6.0" in lines["mean"]
    assert "±" not in lines["th"]
    assert "±" not in table_text(reports.as_table(record, intervals=False))
    assert "50.0±12.5" in reports.as_markdown(record)


def test_remarks_show_the_intervals_of_means(plugins, observer, tmp_path):
    """Groups and the average come with both ends, in percent, and a line says what ± and brackets are."""
    record = with_made_up_intervals(run_of(plugins, observer, tmp_path))
    lines = "\n".join(reports.remarks(record))
    assert "Groups: feeling 50.0 [41.0, 59.0]." in lines
    assert "Average (mean 1): 50.0 [42.0, 58.0]" in lines
    assert "± is half of the 90 % interval" in lines
    assert "1,234 bootstrap resamples" in lines


def test_reports_without_intervals_do_not_speak_of_them(plugins, observer, tmp_path):
    """A run that has none is reported as before: no sign, no bracket, no explanation, null in JSON."""
    record = run_of(plugins, observer, tmp_path).model_copy(update={"intervals": None})
    text = "\n".join([table_text(reports.as_table(record)), *reports.remarks(record), reports.as_markdown(record)])
    for sign in ("±", "interval", "[4"):
        assert sign not in text
    shown = json.loads(reports.as_json(record))
    assert shown["intervals"] is None
    assert {(cell["low"], cell["high"], cell["method"]) for cell in shown["cells"]} == {(None, None, None)}
    assert {row["low"] for row in csv.DictReader(io.StringIO(reports.as_csv(record)))} == {""}
