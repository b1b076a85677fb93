"""A board in markdown says everything in tables that hold, and only its own links."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from made_up_boards import MARK, NINE, SMALL, board, hostile
from xharness.leaderboard.content import AVERAGE, Difference, Estimate
from xharness_markdown.document import render

from .reading import pipes, seen

EXAMPLES = {
    "whole": board(),
    "hostile": hostile(),
    "one": board(1),
    "none": board(0),
    "small": board(3, SMALL, baseline=None, seeds={}, incomplete=0, reported=[], notes=[], description=""),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_row_has_as_many_cells_as_its_head(name):
    """Tables hold, as a renderer sees them and counted by pipes, and both find the same tables."""
    text = render(EXAMPLES[name])
    tables = seen(text).tables
    assert tables
    assert all({len(row) for row in one} == {len(one[0])} for one in tables)
    assert [{len(one[0])} for one in tables] == pipes(text)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_same_content_gives_the_same_text(name):
    """Rendering twice gives the same bytes, valid UTF-8 that ends in one line end."""
    text = render(EXAMPLES[name])
    assert text == render(EXAMPLES[name])
    assert text.encode().decode() == text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_overview_shows_ranks_difference_and_seeds():
    """The first table has rank, its interval, average, difference with interval, verdict and p, and seeds, best first."""
    head, *rows = seen(render(EXAMPLES["whole"])).tables[0]
    assert head == ["rank", "ranks", "system", "average", "less baseline", "verdict", "adj. p", "seeds"]
    assert [row[2] for row in rows] == [system.name for system in EXAMPLES["whole"].complete]
    first = rows[1]
    system = EXAMPLES["whole"].complete[1]
    assert first[0] == str(system.rank)
    assert first[1] == f"{system.rank_low}–{system.rank_high}"
    assert first[3].replace("\u00a0", " ") == "61.1 ± 0.8"
    assert first[4].replace("\u00a0", " ") == "+1.4 [+0.3, +2.5]"
    assert first[5].replace("\u00a0", " ") == "+ better"
    assert first[7].startswith("3\u00a0(SD\u00a0")
    assert rows[3][4:7] == ["baseline", "", ""]


def test_every_cell_of_the_suite_is_in_a_table():
    """All 162 cells are columns of some table of their task, none of which is wider than a page."""
    page = seen(render(EXAMPLES["whole"]))
    heads = [one[0][1:] for one in page.tables[2:] if all(len(name) == 2 or name == "mean" for name in one[0][1:])]
    assert sorted(name for head in heads for name in head if name != "mean") == sorted(itertools.chain(*NINE.values()))
    assert sum("mean" in head for head in heads) == len(NINE)
    assert max(map(len, heads)) <= 13


def test_verdicts_of_cells_are_marked():
    """A triangle stands behind scores that are better or worse than the baseline's, and behind no other."""
    content = board(2, {"xnli": ("en", "sw")}, baseline=1, seeds={}, incomplete=0)
    sure = Difference(delta=0.1, low=0.05, high=0.15, p=0.001, p_adjusted=0.001, verdict="better")
    to = {"xnli": replace(sure, verdict="worse"), "xnli/en": sure, "xnli/sw": replace(sure, verdict="undecided")}
    content = replace(content, complete=[replace(content.complete[0], to_baseline=to), content.complete[1]])
    tables = seen(render(content)).tables
    assert tables[1][1][1].endswith("▾")
    assert tables[2][1][2].endswith("▴")
    assert tables[2][1][3][-1].isdigit()
    assert tables[2][2][2][-1].isdigit()


def test_limits_splits_and_missing_cells_are_said_plainly():
    """The line below the title says which split a task has, that examples were cut, and that the suite is not whole."""
    text = render(board(2, SMALL, limit=100))
    assert "**Only the first 100 examples of every cell.**" in text
    assert "**Not the whole suite" in text
    assert "5 of 162 cells in 2 tasks" in text
    assert "dev (MLQA, BUCC2018)" in render(EXAMPLES["whole"])
    assert "Not the whole suite" not in render(EXAMPLES["whole"])


def test_question_answering_says_what_its_score_is():
    """Tasks whose cells are the mean of two scores are named with the rule; others are not."""
    assert "XQuAD, MLQA, TyDiQA-GoldP: (EM + F1)/2" in render(EXAMPLES["whole"])
    assert "(EM + F1)" not in render(board(2, {"xnli": ("en",)}))


def test_a_mark_stands_once_after_all_who_bear_it():
    """A sentence that several systems share is printed once."""
    text = render(EXAMPLES["whole"])
    assert text.count(MARK) == 1
    assert "**system-000**, **system-003**, **system-006**, **system-009**, **unfinished-000**: xnli" in text


def test_settings_that_all_runs_share_stand_above_the_table():
    """What is the same everywhere is said once; what differs has a column, with a row for each run."""
    text = render(EXAMPLES["whole"])
    assert text.count("2 processor cores") == 1
    table = next(one for one in seen(text).tables if "training" in one[0])
    assert table[0] == ["system", "run", "seed", "training"]
    assert len(table) == 1 + 12 + 2 * 2 + 1


def test_reported_figures_stand_apart_with_their_source():
    """Published numbers are under a heading that says so, with a dash where there is none, and never in the ranking."""
    text = render(EXAMPLES["whole"])
    before, _, after = text.partition("## Reported, not comparable by test")
    assert "published-large" not in before
    assert "Someone et al. 2020" in after
    table = next(one for one in seen(text).tables if one[1][0] == "published-large")
    assert table[1][1:] == ["75.0"] * 8 + ["–"]
    assert "Reported" not in render(EXAMPLES["small"])


def test_incomplete_systems_say_what_they_lack():
    """A system without all cells has no rank; what is missing is counted by task."""
    text = render(EXAMPLES["whole"])
    assert "**unfinished-000** lacks XNLI 15 of 15, Tatoeba 1 of 36" in text
    assert "unfinished-000" not in {cell for row in seen(text).tables[0] for cell in row}


def test_footer_has_the_digits_of_every_record():
    """Twelve digits of the board's settings and of each run's record, and a link to it, end the file."""
    last = render(EXAMPLES["whole"]).rstrip().split("\n")[-1]
    assert f"board.toml {'b' * 12} ·" in last
    for system in (*EXAMPLES["whole"].complete, *EXAMPLES["whole"].incomplete):
        for run in system.runs:
            assert f"[{run.id}](made-up/runs/{run.id}/run.json) {run.sha256[:12]}" in last


def test_how_to_read_names_rule_level_resamples_and_seed():
    """The reader finds the aggregator, the level, the resamples, the seed, the corrections, and the command to check it."""
    text = render(board(2, level=0.9, resamples=1234, seed=0))
    for said in (
        "xtreme-nine-task-mean 1",
        "90 %",
        "1,234",
        "(seed 0)",
        "Holm",
        "at 0.1",
        "xharness leaderboard verify made-up",
    ):
        assert said in text


def test_numbers_that_are_not_finite_are_dashes():
    """A score that is not a number never reaches the page."""
    content = board(2, SMALL)
    bad = Estimate(value=float("nan"), low=float("nan"), high=float("nan"))
    scores = dict.fromkeys((AVERAGE, *SMALL), bad)
    content = replace(content, complete=[replace(one, scores=scores, cells={}) for one in content.complete])
    text = render(content)
    assert "nan" not in text
    assert seen(text).tables[1][1][1:] == ["–", "–"]
