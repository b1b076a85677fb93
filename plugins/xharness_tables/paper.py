r"""The overview as a LaTeX `tabular` for the package booktabs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness.comparison.formats import words
from xharness.leaderboard.content import AVERAGE
from xharness.leaderboard.text import one_line
from xharness.reports import ABSENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness.leaderboard.content import BoardContent, Estimate, System

_NAME = 80
_COMMENT = 2000
_SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"{\char34}",
    "`": r"\textasciigrave{}",
    "-": "{-}",
    "−": "$-$",
    "–": "--",
    "±": r"$\pm$",
    "·": r"$\cdot$",
    "…": r"\ldots{}",
}  # what LaTeX would read, what would become another sign beside its like, and signs that pdflatex has no glyph for
_STARRED = ("[", "*", "(")  # an argument of the end of the line above, if it begins a line


def as_latex(content: BoardContent) -> str:
    r"""Returns the table of complete systems, best first; words are comments before and after it.

    Ranks with their interval, average with half of its interval, difference to the baseline in points, adjusted p, and a column
    per task, in percent. It stands alone, for any `table` or `resizebox` around it. Names in scripts other than Latin need
    LuaLaTeX or XeLaTeX with a font that has them.
    """
    compared = any(AVERAGE in system.to_baseline for system in content.complete)
    differences = ("$\\Delta$", "$p$") if compared else ()
    head = (
        "Rank",
        "System",
        "Average",
        *differences,
        *(escape(content.titles.get(task, task)) for task in content.tasks),
    )
    rows = [_row(content, system, compared=compared) for system in content.complete]
    return "\n".join((*_before(content), *_tabular(head, rows), *_after(content, compared=compared))) + "\n"


def escape(text: str) -> str:
    """Returns a name on one line as LaTeX text that prints it."""
    return "".join(_SIGNS.get(sign, sign) for sign in one_line(text, _NAME))


def _number(text: str) -> str:
    """Returns our own number as LaTeX; the minus is one already."""
    return "".join(_SIGNS.get(sign, sign) for sign in text)


def _row(content: BoardContent, system: System, *, compared: bool) -> tuple[str, ...]:
    scores = (_score(system.scores.get(task)) for task in content.tasks)
    return (
        _ranks(system),
        escape(system.name),
        _estimate(system.scores.get(AVERAGE)),
        *(_difference(system) if compared else ()),
        *scores,
    )


def _ranks(system: System) -> str:
    if system.rank is None:
        return _number(ABSENT)
    return _number(f"{system.rank} ({system.rank_low}–{system.rank_high})")


def _score(one: Estimate | None) -> str:
    return _number(ABSENT if one is None else words.score(one.value))


def _estimate(one: Estimate | None) -> str:
    return _number(ABSENT if one is None else f"{words.score(one.value)} ± {words.score((one.high - one.low) / 2)}")


def _difference(system: System) -> tuple[str, str]:
    found = system.to_baseline.get(AVERAGE)
    if found is None:
        return _number(ABSENT), _number(ABSENT)
    return _number(f"{words.points(found.delta)} {words.interval(found.low, found.high)}"), _p(found.p_adjusted)


def _p(value: float) -> str:
    return f"${found}$" if (found := words.probability(value)).startswith("<") else _number(found)


def _tabular(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    columns = "".join("l" if place == 1 else "r" for place in range(len(head)))
    body = [f"{_protected(' & '.join(row))} \\\\" for row in rows]
    return [f"\\begin{{tabular}}{{{columns}}}", "\\toprule", f"{' & '.join(head)} \\\\", "\\midrule", *body,
            "\\bottomrule", "\\end{tabular}"]  # fmt: skip


def _protected(line: str) -> str:
    return f"{{}}{line}" if line.startswith(_STARRED) else line


def _before(content: BoardContent) -> list[str]:
    cells = f"{content.cells} of {content.suite_cells} cells"
    suite = f"{content.suite_title} {content.suite_version}, variant {content.variant}, {cells}"
    limit = f", the first {content.limit} examples of every cell" if content.limit is not None else ""
    return [_comment(content.title), _comment(suite + limit), "% Needs \\usepackage{booktabs}."]


def _after(content: BoardContent, *, compared: bool) -> list[str]:
    name, version, description = content.aggregator
    said = [
        f"Percent. Rank with its {words.level(content.level)} interval; those of one rank cannot be told from its best.",
        f"Average: {name} {version}. {description}",
        *([f"Difference to {content.baseline} in points; p adjusted. {content.corrections}"] if compared else []),
        f"{content.resamples} bootstrap resamples, seed {content.seed}. board.toml {content.board_sha256[:12]}.",
        *content.notes,
    ]
    return [_comment(line) for line in said]


def _comment(text: str) -> str:
    return f"% {one_line(text, _COMMENT)}"
