"""LaTeX is one booktabs table that names cannot leave."""

from __future__ import annotations

import re

import pytest
from made_up_boards import HOSTILE, SMALL, board, hostile
from xharness_tables.paper import as_latex, escape


def rows(text: str) -> list[str]:
    """The lines of the table's body."""
    return text.split("\\midrule\n")[1].split("\\bottomrule", maxsplit=1)[0].splitlines()


def unescaped(line: str) -> int:
    """The number of column separators of a line."""
    return len(re.findall(r"(?<!\\)&", line))


@pytest.mark.parametrize(
    "content", [board(), hostile(), board(1, SMALL, baseline=None)], ids=["plain", "hostile", "one"]
)
def test_every_line_has_the_columns_that_are_declared(content):
    """Head and lines have as many columns as the tabular, and there is a line for each ranked system."""
    text = as_latex(content)
    columns = re.search(r"\\begin\{tabular\}\{([lr]+)\}", text)
    assert columns is not None
    head = text.split("\\toprule\n")[1].splitlines()[0]
    assert {unescaped(line) for line in (head, *rows(text))} == {len(columns[1]) - 1}
    assert len(rows(text)) == len(content.complete)
    assert all(line.endswith(" \\\\") for line in rows(text))


def test_ranks_averages_and_differences_are_in_the_table():
    """A line has the rank with its interval, the average, the difference with its interval, p, and task means."""
    assert rows(as_latex(board(2, {"xnli": ("en",)}, baseline=1)))[0].startswith("1 (1--")
    assert re.search(r"& \d+\.\d \$\\pm\$ \d\.\d & [+$].*\[.*\] & ", rows(as_latex(board()))[0])
    assert "$< 0.0001$" in as_latex(board())


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_holds_no_command_but_ours(name):
    """Every special sign of a name is a command that prints it: no group, comment, column or formula is its own."""
    named = r"\\(text(backslash|asciicircum|asciitilde|less|greater|bar|asciigrave)|ldots)\{\}|\{\\char34\}|\{-\}"
    rest = re.sub(rf"{named}|\$-\$|\$\\(pm|cdot)\$|\\[{{}}$&#%_]", "", escape(name))
    assert not set(rest) & set('\\{}$&#%_^~<>|"`\n')


def test_words_are_comments():
    """Everything outside the table begins with a percent sign, on one line each."""
    text = as_latex(hostile())
    outside = text.split("\\begin{tabular}")[0] + text.split("\\end{tabular}\n")[1]
    assert outside
    assert all(line.startswith("%") for line in outside.splitlines() if line)


def test_a_line_never_begins_with_an_argument():
    r"""What LaTeX would read as the optional argument of the line end above is kept apart."""
    assert all(not line.startswith(("[", "*")) for line in rows(as_latex(board(["[x] a", "*b"], SMALL))))
