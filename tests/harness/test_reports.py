"""Reports show what is there, say what is missing, and cannot be broken by names."""

from __future__ import annotations

import csv
import io
import json

import pytest
from xharness import reports
from xharness.evaluation import evaluate
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
