"""The contract of leaderboard formats: the same text each time, and names from strangers stay text.

Two boards that differ in names only are rendered, one with harmless names, one with hostile ones. Whatever a reader's program
makes of the two documents must have the same shape: the same elements, rows, lines and commands.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from xharness.testing.boards import made_up_board
from xharness.testing.findings import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xharness.offers import Finding, LeaderboardFormat

_RAW = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_COMMANDS = ("input", "end{tabular}")


def check_leaderboard_format(form: LeaderboardFormat) -> list[Finding]:
    """Returns what is wrong with a leaderboard format, or one good line.

    The same content gives the same text, an empty board too; hostile names, links, settings and notes change nothing but texts:
    elements and attributes of .html, rows and cells of .csv and .tsv, the tree of .json, tables, headings, links and tags of
    .md, commands and cells of .tex, and lines with their indentation of anything else; no control characters are left.
    """
    report = Report(place=f"leaderboard format {form.name}")
    report.expect(
        bool(re.fullmatch(r"\.[a-z0-9.]+", form.suffix)), f"its suffix is {form.suffix!r}; expected one as .md."
    )
    texts: dict[bool, str] = {}
    for hostile in (False, True):
        with report.survives(f"rendering a board with {'hostile' if hostile else 'harmless'} names"):
            texts[hostile] = form.render(made_up_board(hostile=hostile))
            again = form.render(made_up_board(hostile=hostile))
            report.expect(texts[hostile] == again, "the same content gives another text the second time.")
            report.expect(isinstance(texts[hostile], str) and bool(texts[hostile].strip()), "it renders no text.")
    with report.survives("rendering a board without systems"):
        form.render(_without_systems())
    if not report.failed:
        _check_shape(form, texts[False], texts[True], report)
    return report.done(f"{form.suffix}, {len(texts.get(False, '')):,} characters, hostile names stay text")


def _without_systems() -> Any:
    variances: Mapping[str, list[list[float]]] = {row: [] for row in made_up_board().variances}
    return replace(made_up_board(), complete=[], incomplete=[], reported=[], baseline=None, variances=variances)


def _check_shape(form: LeaderboardFormat, harmless: str, hostile: str, report: Report) -> None:
    shape = _SHAPES.get(form.suffix, _lines)
    with report.survives("reading what it rendered"):
        expected, found = shape(harmless), shape(hostile)
        more = {what: found[what] for what in found if found[what] != expected.get(what)}
        lost = {what: expected[what] for what in expected if what not in found}
        shown = "; ".join(f"{what}: {expected.get(what)} → {found.get(what)}" for what in [*more, *lost][:3])
        report.expect(
            not more and not lost,
            f"names of strangers change more than text: {shown:.300} (harmless → hostile names). Escape what is inserted.",
        )
    raw = [f"U+{ord(one):04X}" for one in sorted(set(_RAW.findall(hostile)) - set(_RAW.findall(harmless)))]
    report.none_of(raw, "control characters of names in the text", "They hide what a reader or a terminal sees.")


# ---- shapes ------------------------------------------------------------------------------------------------------


class _Elements(HTMLParser):
    """Counts elements, attributes, and schemes of addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Counts an element with its attributes; links are counted by scheme alone, since a format may drop strange ones."""
        for name, value in attrs:
            if name in {"href", "src", "action"} and value and not value.lower().startswith(("http:", "https:", "#")):
                self.seen[f"<{tag} {name}={value[:12]}>"] += 1
        if tag != "a":
            self.seen[f"<{tag} {' '.join(sorted(name for name, _ in attrs))}>"] += 1


def _html(text: str) -> Mapping[str, object]:
    parser = _Elements()
    parser.feed(text)
    return parser.seen


def _csv(delimiter: str) -> Callable[[str], Mapping[str, object]]:
    def shape(text: str) -> Mapping[str, object]:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        return {"rows": len(rows), **{f"columns of row {place}": len(row) for place, row in enumerate(rows)}}

    return shape


def _json(text: str) -> Mapping[str, object]:
    return {"tree": json.dumps(_tree(json.loads(text)))}


def _tree(value: object) -> object:
    """Returns the value with its texts left out, also those that are keys."""
    if isinstance(value, dict):
        return sorted((_tree(one) for one in value.values()), key=json.dumps)
    return [_tree(one) for one in value] if isinstance(value, list) else type(value).__name__


def _markdown(text: str) -> Mapping[str, object]:
    lines = text.splitlines()
    bars = {f"bars in line {place}": len(re.findall(r"(?<!\\)\|", line)) for place, line in enumerate(lines, 1)}
    tags = Counter(f"<{name.lower()}>" for name in re.findall(r"(?<!\\)<(/?[a-zA-Z!][a-zA-Z]*)", text))
    images = len(re.findall(r"(?<!\\)!\[", text))
    headings = sum(line.startswith("#") for line in lines)
    targets = {one for one in re.findall(r"(?<!\\)\]\(\s*([a-zA-Z]+:)", text) if one not in {"http:", "https:"}}
    return {"lines": len(lines), **bars, **tags, "images": images, "headings": headings, "schemes": sorted(targets)}


def _latex(text: str) -> Mapping[str, object]:
    comments = sum(bool(re.search(r"(?<!\\)%", line)) for line in text.split("\n"))
    lines = [re.split(r"(?<!\\)%", line)[0] for line in text.split("\n")]  # without them
    text = "\n".join(lines)
    cells = {f"cells in line {place}": len(re.findall(r"(?<!\\)&", line)) for place, line in enumerate(lines, 1)}
    commands = {f"\\{name}": len(re.findall(rf"\\{re.escape(name)}", text)) for name in _COMMANDS}
    open_braces = len(re.findall(r"(?<!\\)\{", text)) - len(re.findall(r"(?<!\\)\}", text))
    return {"comments": comments, "lines": len(lines), **commands, **cells, "open braces": open_braces}


def _lines(text: str) -> Mapping[str, object]:
    lines = text.splitlines()
    indents = {f"indentation of line {place}": len(line) - len(line.lstrip()) for place, line in enumerate(lines, 1)}
    return {"lines": len(lines), **indents}


_SHAPES: dict[str, Callable[[str], Mapping[str, object]]] = {
    ".html": _html,
    ".htm": _html,
    ".csv": _csv(","),
    ".tsv": _csv("\t"),
    ".json": _json,
    ".md": _markdown,
    ".tex": _latex,
}
