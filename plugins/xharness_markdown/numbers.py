"""Scores, differences and p-values as cells of a table; what belongs together is not broken over lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness.comparison.formats import words
from xharness.reports import ABSENT

if TYPE_CHECKING:
    from xharness.leaderboard.content import Difference, Estimate, System

SIGNS = {"better": "+", "worse": "−", "undecided": "·"}
POINTING = {"better": "▴", "worse": "▾"}
_SPACE = "\u00a0"  # does not break


def solid(cell: str) -> str:
    """Returns a cell that is not broken over lines."""
    return cell.replace(" ", _SPACE)


def estimate(one: Estimate | None) -> str:
    """Returns "64.3 ± 0.8", percent and half of the interval in points; a dash for None."""
    if one is None:
        return ABSENT
    return solid(f"{words.score(one.value)} ± {words.score((one.high - one.low) / 2)}")


def marked(system: System, key: str, one: Estimate | None) -> str:
    """Returns a score in percent, a triangle behind it where it is better or worse than the baseline's; a dash for None."""
    if one is None:
        return ABSENT
    found = system.to_baseline.get(key)
    return words.score(one.value) + ("" if found is None else POINTING.get(found.verdict, ""))


def difference(one: Difference) -> str:
    """Returns "+1.2 [+0.3, +2.1]" in points; may break before the bracket."""
    return f"{words.points(one.delta)} {solid(words.interval(one.low, one.high))}"


def verdict(one: Difference) -> str:
    """Returns "+ better", "− worse" or "· undecided"; another word of another version stands as undecided."""
    known = one.verdict if one.verdict in SIGNS else "undecided"
    return solid(f"{SIGNS[known]} {known}")


def ranks(system: System) -> str:
    """Returns the interval of the rank, "1–3", or "2" where it is one rank."""
    if system.rank_low is None or system.rank_high is None:
        return ABSENT
    return str(system.rank_low) if system.rank_low == system.rank_high else f"{system.rank_low}–{system.rank_high}"


def seeds(system: System, row: str) -> str:
    """Returns the number of runs, and the standard deviation of their scores in points: "3 (SD 0.4)"."""
    sd = system.sd.get(row)
    return str(len(system.runs)) if sd is None else solid(f"{len(system.runs)} (SD {words.score(sd)})")
