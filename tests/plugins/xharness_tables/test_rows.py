"""CSV has a line for every number, with fractions, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest
from made_up_boards import SMALL, board, hostile
from xharness.leaderboard.content import AVERAGE, Estimate
from xharness_tables.rows import HEAD, as_csv


def read(text: str) -> list[dict[str, str]]:
    """The lines of a CSV file by name of column."""
    return list(csv.DictReader(io.StringIO(text), strict=True))


def test_every_row_and_cell_of_every_system_has_a_line():
    """Average, tasks and cells of ranked and incomplete systems, and reported figures, are there once."""
    content = board(3)
    found = [(one["system"], one["kind"], one["task"], one["language"]) for one in read(as_csv(content))]
    assert len(found) == len(set(found))
    ranked = 3 * (1 + 9 + 162)
    incomplete = 7 + 162 - 16
    assert len(found) == ranked + incomplete + 2 * 8


def test_fractions_come_back_exactly():
    """Numbers are written so that reading them gives the same float; differences stand beside their scores."""
    content = board(2, SMALL, baseline=1)
    lines = {(one["system"], one["kind"], one["task"], one["language"]): one for one in read(as_csv(content))}
    system = content.complete[0]
    one = lines[system.name, "cell", "xquad", "th"]
    assert float(one["value"]) == system.cells["xquad/th"].value
    assert float(one["delta"]) == system.to_baseline["xquad/th"].delta
    assert one["verdict"] == system.to_baseline["xquad/th"].verdict
    assert json.loads(one["metrics"]) == system.metrics["xquad/th"]
    average = lines[system.name, "average", "", ""]
    assert float(average["low"]) == system.scores[AVERAGE].low
    assert (average["rank_low"], average["baseline"], average["status"]) == (str(system.rank_low), "0", "complete")
    assert lines[content.complete[1].name, "average", "", ""]["delta"] == ""


def test_hostile_names_stay_in_their_cells():
    """Every line has all columns, is one line of text, and no name begins a formula."""
    text = as_csv(hostile())
    rows = list(csv.reader(io.StringIO(text), strict=True))
    assert {len(row) for row in rows} == {len(HEAD)}
    assert len(rows) == text.count("\n")
    names = HEAD.index("system")
    assert all(row[names] and row[names][0] not in "=+-@" for row in rows)
    assert not set(text) & {"\u202e", "\x1b", "\x00", "\r"}


@pytest.mark.parametrize("sign", ["=1+1", "+1", "-1", "@a", "\t=1"])
def test_a_formula_is_text(sign):
    """A name that a spreadsheet would compute begins with an apostrophe."""
    content = board([sign], SMALL)
    assert read(as_csv(content))[0]["system"] == f"'{sign.strip()}"


def test_what_is_not_a_number_is_empty():
    """A score that is not finite is no text either."""
    content = board(1, SMALL)
    bad = Estimate(value=float("nan"), low=float("-inf"), high=float("inf"))
    content = replace(content, complete=[replace(content.complete[0], scores={AVERAGE: bad})])
    assert [read(as_csv(content))[0][name] for name in ("value", "low", "high")] == ["", "", ""]
