"""A comparison's tables and files say all of it, keep fractions apart from percent, and cannot be broken by names."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from xharness.cli.compare_display import print_comparison
from xharness.comparison import formats
from xharness.comparison.formats import words
from xharness.comparison.result import Row

from .made_up import HOSTILE, against_itself, comparison, hostile, side

if TYPE_CHECKING:
    from xharness.comparison.result import Comparison

SMALL = {"xnli": 3, "xquad": 2}


def printed(one: Comparison, width: int | None) -> str:
    """What a terminal of that width shows, without colour."""
    console = Console(file=io.StringIO(), width=width or 100_000, force_terminal=True, color_system=None)
    console.print(formats.as_table(one, width))
    file = console.file
    assert isinstance(file, io.StringIO)
    return re.sub(r"\x1b\[\d*m", "", file.getvalue())


def with_rows(one: Comparison, **fields: object) -> Comparison:
    """The same fields in every row of tasks and cells."""
    rows = {
        name: tuple(row.model_copy(update=fields) for row in getattr(one, name))
        for name in ("tasks", "groups", "cells")
    }
    return one.model_copy(update=rows)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.01234, "0.0123"), (1.0, "1.0000"), (0.0001, "0.0001"), (0.00009999, "< 0.0001"), (float("nan"), "–")],
)
def test_p_values_have_four_decimals(value: float, text: str) -> None:
    """A p-value is written with four decimals, and as a bound below the last of them."""
    assert words.probability(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0123, "+1.2"), (-0.0123, "−1.2"), (0.0, "0.0"), (0.0001, "+0.0"), (-0.0001, "−0.0"), (float("inf"), "–")],
)
def test_differences_are_signed_points(value: float, text: str) -> None:
    """A difference shows its sign even where it rounds to nothing; none at all has none."""
    assert words.points(value) == text


def test_json_has_the_documented_keys_and_keeps_fractions() -> None:
    """Other people script against these keys; every number is the one in the record, to its last digit."""
    one = comparison(SMALL, a=side("after", 3, {"xnli": ["told"]}), zero_shot=True, only_a=("panx/de",))
    shown = json.loads(formats.as_json(one))
    assert set(shown) == {
        "schema_version", "suite", "suite_version", "variant", "splits", "aggregator", "view", "level", "resamples", "seed",
        "corrections", "a", "b", "sentence", "overall", "english", "tasks", "groups", "cells", "languages", "only_a", "only_b",
        "notes",
    }  # fmt: skip
    assert set(shown["overall"]) == set(shown["english"]) == set(shown["cells"][0]) == set(Row.model_fields)
    assert shown["aggregator"] == {"name": "mean-of-tasks", "version": "1", "description": one.aggregator[2]}
    assert [row["delta"] for row in shown["cells"]] == [row.delta for row in one.cells]
    assert shown["tasks"]["xnli"]["a"] == one.tasks[0].a
    assert shown["groups"]["first group"]["p"] == one.groups[0].p
    assert shown["a"]["marks"] == {"told": ["xnli"]}
    assert [run["seed"] for run in shown["a"]["runs"]] == [1, 2, 3]
    assert shown["languages"]["xnli"]["better_in_at_least"] == one.languages[0].better_in_at_least
    assert shown["only_a"] == ["panx/de"]
    assert json.loads(formats.as_json(comparison(SMALL)))["english"] is None


def test_json_and_csv_never_hold_nan() -> None:
    """A number that is not finite is null in JSON and empty in CSV: neither form has a word for it."""
    one = with_rows(
        comparison(SMALL), detectable=float("nan"), p_bootstrap=float("inf"), metrics={"f1": (float("nan"), 0.5)}
    )
    text = formats.as_json(one)
    assert json.loads(text)["cells"][0]["detectable"] is None
    assert json.loads(text)["cells"][0]["metrics"] == {"f1": [None, 0.5]}
    assert not re.search(r"\b(NaN|Infinity|nan|inf)\b", text + formats.as_csv(one))


def test_csv_has_a_line_for_every_row_of_every_level() -> None:
    """Each row can be read alone: which kind it is, its numbers as fractions, and by which rule p and averages were made."""
    one = comparison(SMALL, zero_shot=True)
    lines = list(csv.DictReader(io.StringIO(formats.as_csv(one))))
    kinds = [line["kind"] for line in lines]
    assert kinds == ["overall", "english", "group", "group", "task", "task", *["cell"] * 5]
    assert [float(line["delta"]) for line in lines if line["kind"] == "cell"] == [row.delta for row in one.cells]
    assert {line["kind"]: line["correction"] for line in lines} == {
        "overall": "", "english": "", "group": "holm", "task": "holm", "cell": "bh",
    }  # fmt: skip
    assert {line["kind"] for line in lines if line["aggregator"] == "mean-of-tasks 1"} == {
        "overall",
        "english",
        "group",
    }
    assert json.loads(lines[5]["metrics"]) == {"exact_match": [0.5, 0.4], "f1": [0.7, 0.6]}
    assert lines[4]["sd_a"] == ""


@pytest.mark.parametrize("made", [hostile(), comparison(), comparison({"xnli": 1}), against_itself()])
def test_markdown_tables_keep_their_columns(made: Comparison) -> None:
    """Every row of a markdown table has as many columns as its head, whatever the names."""
    text = formats.as_markdown(made)
    tables = re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE)
    assert len(tables) == (2 if len(made.tasks) == 1 else 3)
    for table in tables:
        columns = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(columns) == 1, table
    assert sum(table.count("\n") for table in tables) >= len(made.tasks) + len(made.cells)


def test_hostile_names_stay_text_in_markdown_and_latex() -> None:
    """No name becomes markup, a command, a comment or a line of its own."""
    markdown, latex = formats.as_markdown(hostile()), formats.as_latex(hostile())
    assert "<img" not in markdown
    assert not re.search(r"(?<!\\)[`\[]", markdown.replace("[−", "").replace("[+", ""))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", markdown + latex)
    rows = [line for line in latex.splitlines() if line.endswith("\\\\")]
    assert len(rows) == 3 + 2 + 3 + 5  # heads, tasks, averages, cells
    for row in rows:
        own = (
            row.replace("$-$", "").replace("$\\cdot$", "").replace("\\ensuremath{", "").replace("\\textbackslash{}", "")
        )
        assert not re.search(r"(?<!\\)[%#_${]|\\frac", own), row
        assert len(re.findall(r"(?<!\\)&", own)) in {13, 14}, row


def test_a_name_cannot_be_an_argument_of_latex() -> None:
    """A row whose name begins with a bracket or star is not read as an option of the end of the line above it."""
    one = comparison(SMALL)
    evil = one.model_copy(update={"tasks": (one.tasks[0].model_copy(update={"name": "[x]"}), one.tasks[1])})
    latex = formats.as_latex(evil)
    assert re.search(r"^ *\{\}\[x\]", latex, re.MULTILINE)
    assert not re.search(r"^\s*[\[*]", latex, re.MULTILINE)


def test_a_name_cannot_begin_a_markdown_list() -> None:
    """A sentence that begins like a heading, a list or a number stays a sentence."""
    for name in ("# a", "- a", "1. a", "+ a"):
        one = comparison({"xnli": 2}, a=side(name), error=1e-5, shift=1.0)
        line = formats.as_markdown(one).splitlines()[2]
        assert re.match(r"\d*\\[-#.+]", line), line


def test_latex_is_booktabs_with_signs_that_every_engine_has() -> None:
    """The tables use booktabs, and neither the minus nor the dot needs a font with them."""
    latex = formats.as_latex(comparison(SMALL))
    tables = "\n".join(line for line in latex.splitlines() if not line.startswith("%"))
    assert tables.count("\\toprule") == tables.count("\\bottomrule") == 3
    assert "$-$" in tables
    assert tables.isascii()


@pytest.mark.parametrize("width", [80, 100, 130, 200])
@pytest.mark.parametrize("tasks", [{"xnli": 15}, None, {"xnli": 15, "panx": 40}])
def test_a_terminal_of_any_width_cuts_nothing(width: int, tasks: dict[str, int] | None) -> None:
    """No line is wider than the terminal, none is cut, and every language, effect and verdict is there."""
    one = comparison(tasks, a=side("after", 3), b=side("direct", 3), zero_shot=True)
    text = printed(one, width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    for row in (*one.tasks, *one.cells):
        assert f"{words.points(row.delta)} " in text
        assert words.interval(row.low, row.high) in text
    for row in one.tasks:
        line = next(line for line in text.splitlines() if line.startswith(f"{row.name} "))
        assert words.verdict(row) in line
        assert words.probability(row.p_adjusted) in line
    for row in (*one.tasks, one.overall) if len(one.tasks) > 1 else one.tasks:
        assert re.search(rf"^{row.name} .* {words.size(row.detectable)} .*{row.n:,}", text, re.MULTILINE), row.name


def test_rows_are_sorted_by_effect() -> None:
    """Tasks and cells stand with the largest difference first, in tables with a line each and in compact ones."""
    one = comparison()
    for width in (None, 80):
        lines = printed(one, width).splitlines()
        order = [line.split()[0] for line in lines if line and line.split()[0] in {row.name for row in one.tasks}]
        assert order[:9] == [row.name for row in sorted(one.tasks, key=lambda row: -row.delta)]
    cells = [line.split()[0] for line in printed(one, None).splitlines() if re.match(r"\w+/\w+ ", line)]
    assert cells == [row.name for row in sorted(one.cells, key=lambda row: -row.delta)]
    compact = printed(comparison({"panx": 40, "xnli": 15}, error=0.01), 26)  # one to a line
    effects = re.findall(r"^[+−·] \w+ +([+−][\d.]+)", compact.split("\npanx\n")[1].split("\nxnli\n")[0], re.MULTILINE)
    values = [float(effect.replace("−", "-")) for effect in effects]
    assert len(values) == 40
    assert values == sorted(values, reverse=True)


def test_a_wide_place_shows_every_column() -> None:
    """Where there is room every row has counts, seeds with their deviation, the smallest effect and the method."""
    one = comparison(SMALL, a=side("after", 3), b=side("direct"))
    head = next(line for line in printed(one, None).splitlines() if "verdict" in line)
    assert head.split() == ("a b a − b 95 % interval p adj. p verdict smallest n G cells seeds SD method".split())
    row = one.tasks[0]
    line = next(line for line in printed(one, None).splitlines() if line.startswith(f"{row.name} "))
    for text in (f"{row.n:,}", f"{row.clusters:,}", "3 / 1", "1.1 / –", words.size(row.detectable), "t, 3.2 df"):
        assert text in line
    assert "seeds" not in printed(comparison(SMALL), None)


def test_families_and_rules_are_named() -> None:
    """Each table says how p was adjusted, which family is exploratory, and the averages by which rule they are."""
    text = printed(comparison(SMALL), 80)
    assert "Tasks (p adjusted by Holm over 2)" in text
    assert "Averages by mean-of-tasks 1 (groups: p adjusted by Holm over 2)" in text
    assert re.search(r"^average .* – +[+−·] \w+ *$", text, re.MULTILINE)
    assert "Cells, exploratory (p adjusted by Benjamini–Hochberg over 5)" in text
    cells = comparison(SMALL).corrections.model_copy(update={"family": "cells", "cells": "maxt"})
    text = printed(comparison(SMALL, corrections=cells), 80)
    assert "Tasks, exploratory (p adjusted by Holm over 2)" in text
    assert "Cells (p adjusted by step-down max-T over 5)" in text


def test_one_task_has_no_average() -> None:
    """The mean of one task is that task: no average is shown beside it."""
    for text in (printed(comparison({"xnli": 3}), 80), *formats.remarks(comparison({"xnli": 3}))):
        assert "verage" not in text


def test_languages_are_told_by_verdict_with_the_conjunction() -> None:
    """Every language stands under its verdict, and the partial-conjunction counts are said in words."""
    one = comparison({"xnli": 15}, error=0.01)
    each = one.languages[0]
    line = next(line for line in formats.remarks(one) if line.startswith("xnli, 15 languages:"))
    for word, names in (("better", each.better), ("worse", each.worse), ("undecided", each.undecided)):
        found = re.search(rf"{word} in {len(names)} \(([^)]*)\)", line)
        assert found
        assert sorted(found[1].split(", ")) == sorted(names)
    assert f"better in at least {each.better_in_at_least}" in line
    assert "partial conjunction" in line
    assert (
        "(" not in next(line for line in formats.remarks(one, brief=True) if line.startswith("xnli, 15")).split(";")[0]
    )


def test_marks_stand_once_after_their_heads() -> None:
    """A mark of both sides has one line; where only some runs of a side bear it, they are named."""
    told = "same data twice: A is B"
    a = side("after", 3, {"xnli": [told], "pawsx": [told]})
    collapsed = a.runs[1].model_copy(update={"marks": {**a.runs[1].marks, "squad": ("collapsed",)}})
    a = a.model_copy(update={"runs": (a.runs[0], collapsed, a.runs[2])})
    lines = formats.remarks(comparison(SMALL, a=a, b=side("direct", 1, {"xnli": [told]})))
    assert [line for line in lines if told in line] == [f"xnli, pawsx of a; xnli of b: {told}"]
    assert "squad in seed 2 of a: collapsed" in lines


def test_what_was_not_compared_is_listed_by_task() -> None:
    """Cells of one side alone are grouped by task, and a comparison of a part is never called the suite's."""
    one = comparison(SMALL, only_a=("panx/de", "panx/fr"), only_b=("mlqa/en",))
    part = one.model_copy(update={"overall": one.overall.model_copy(update={"cells": 5, "of_cells": 162})})
    lines = formats.remarks(part)
    assert "Scored in b-after-mnli alone, so not compared: panx (de, fr)." in lines
    assert "Scored in direct alone, so not compared: mlqa (en)." in lines
    assert any(
        line.startswith("Compared: 5 of the suite's 162 cells, so no average here is the suite's") for line in lines
    )


def test_row_notes_are_told_once() -> None:
    """The same note of many rows is one line, after the rows that bear it."""
    lines = formats.remarks(with_rows(comparison(SMALL), notes=("BCa fell back",)))
    assert [line for line in lines if "BCa fell back" in line] == [
        "xnli, xquad, first group, second group, xnli/en, xnli/de, xnli/fr, xquad/en and 1 more: BCa fell back"
    ]


def test_printing_to_a_pipe_wraps_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal every sentence and row is one line, and the last one says what follows."""
    one = comparison()
    print_comparison(one)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == formats.title(one)
    assert lines[-1] == one.sentence
    assert set(formats.remarks(one)) <= set(lines)
    assert sum(bool(re.match(r"\w+/\w+ ", line)) for line in lines) == 162


def test_names_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters, markup and emoji codes in a name are printed as text, or as spaces."""
    print_comparison(hostile())
    text = capsys.readouterr().out + printed(hostile(), 80)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[red]x[/red]" in text
    assert ":smile:" in text
    assert HOSTILE not in text
