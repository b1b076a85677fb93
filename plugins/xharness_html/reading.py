"""What the board is, notes, how to read its figures, and how to rebuild it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness.comparison.formats import words
from xharness.reports import ABSENT

from xharness_html.markup import Markup, element, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness.leaderboard.content import BoardContent


def facts(content: BoardContent) -> Markup:
    """Returns suite, splits, cells and what else decides which runs may stand on the board."""
    systems = words.counted(len(content.complete), "system")
    systems += f", {len(content.incomplete)} incomplete" if content.incomplete else ""
    pairs = {
        "Suite": f"{content.suite_title or content.suite} {content.suite_version}, {content.variant}",
        "Cells": f"{content.cells} of the suite's {content.suite_cells}",
        "Splits": _splits(content),
        "Examples": "all" if content.limit is None else f"the first {content.limit:,} of each cell only",
        "Systems": systems,
        "Baseline": content.baseline or "none",
    }
    parts = [element("div", element("dt", key), element("dd", element("bdi", value))) for key, value in pairs.items()]
    return element("dl", *parts, class_="facts")


def reading(content: BoardContent, mixed: Sequence[str]) -> Markup:
    """Returns notes, how to read, how to rebuild."""
    aggregator, version, rule = content.aggregator
    sentences = [
        *content.notes,
        f"Average: {aggregator} {version}. {rule}",
        *mixed,
        (
            "Rank: systems that cannot be told from the best of their group, after correction, share a rank; the small figures "
            f"are the interval in which the rank lies, with {words.level(content.level)} confidence for all systems at once."
        ),
        (
            f"Intervals hold at {words.level(content.level)}, from {content.resamples:,} resamples with seed {content.seed}; "
            "± is half their width. Intervals of two systems may overlap although their difference is real: both ran on the "
            "same examples."
        ),
        f"Corrections: {content.corrections}",
        "+ better and − worse are decided after correction; · undecided is not equal.",
    ]
    items = [element("li", sentence) for sentence in sentences if sentence]
    command = f"xharness leaderboard verify {content.id}"
    rebuild = element(
        "p", "Every figure is computed from stored statistics, without a model: ", element("code", command)
    )
    digests = "Checkpoints and records are named by the first 12 digits of their SHA-256. Of board.toml it is "
    mark = element("p", digests, element("code", content.board_sha256[:12]), ".")
    return joined([element("ul", *items), rebuild, mark])


def _splits(content: BoardContent) -> str:
    found: dict[str, list[str]] = {}
    for task in content.tasks:
        found.setdefault(content.splits.get(task, ABSENT), []).append(task)
    if len(found) == 1:
        return next(iter(found))
    return "; ".join(f"{split}: {', '.join(tasks)}" for split, tasks in found.items())
