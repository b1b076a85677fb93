"""How to read the board, how to build it again, and from which bytes it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness.comparison.formats import words

from xharness_markdown.escaping import NAME, SENTENCE, text
from xharness_markdown.settings import record, runs_of

if TYPE_CHECKING:
    from xharness.leaderboard.content import BoardContent

_SHORT = 12  # digits of a SHA-256


def how_to_read(content: BoardContent) -> list[str]:
    """Returns one list: the average's rule, ranks, differences, resampling, seeds, and the board's own notes."""
    level = words.level(content.level)
    name, version, description = content.aggregator
    lines = [
        f"**Average**: {text(name, NAME)} {text(version, NAME)}. {text(description, SENTENCE)}",
        "**Rank**: the best system begins a group; every system that the data cannot separate from it shares its rank, and the "
        "next one begins the next group. Systems of one group are not a ranking among themselves.",
        f"**Ranks**: the interval of a rank, 1 is best. All of them together hold the true ranks with {level} confidence.",
        *_baseline(content, level),
        f"**Corrections**: {text(content.corrections, SENTENCE)}",
        f"**Intervals** come from {content.resamples:,} bootstrap resamples of clusters of examples (seed {content.seed}), the "
        f"same for all systems; level {level}. They say how scores vary with the examples, and with seeds where a system has "
        "several.",
        "**Seeds**: runs that differ in nothing but the seed are one system, scored by their mean; SD is their standard "
        "deviation. One run says nothing about other seeds.",
        *(text(note, SENTENCE) for note in content.notes),
    ]
    return ["\n".join(f"- {line}" for line in lines)]


def _baseline(content: BoardContent, level: str) -> list[str]:
    if content.baseline is None:
        return []
    return [
        f"**Less baseline**: the difference to {text(content.baseline, NAME)}, paired by example, with the {level} interval of "
        "this one difference. *verdict*: + better, − worse, · undecided, by the adjusted p "
        f"at {1 - content.level:.3g}. Undecided is not equal: the interval says what is still possible."
    ]


def how_to_rebuild(content: BoardContent) -> list[str]:
    """Returns the commands that check and make the board from its stored statistics, without a model or data."""
    return [
        "This file is generated from the stored statistics beside it. No model and no data are needed:",
        f"```sh\nxharness leaderboard verify {content.id}   # recompute every number and compare these files byte for byte\n"
        f"xharness leaderboard build {content.id}    # write them again\n```",
    ]


def footer(content: BoardContent) -> list[str]:
    """Returns the first digits of the SHA-256 of the board's settings and of every run's record."""
    records = (f"{record(content, run)} {text(run.sha256[:_SHORT])}" for _, run in runs_of(content))
    return [f"SHA-256: {' · '.join((f'board.toml {text(content.board_sha256[:_SHORT])}', *records))}"]


def opening(content: BoardContent) -> list[str]:
    """Returns the keeper's description as one paragraph, if there is one."""
    return [text(content.description, 5 * SENTENCE)] if content.description.strip() else []
