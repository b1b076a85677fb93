"""How numbers, verdicts and names of a comparison are written. Percent and points exist only here."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from xharness.comparison.result import Verdict
from xharness.reports import ABSENT, percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xharness.comparison.result import Row

SIGNS = {Verdict.BETTER: "+", Verdict.WORSE: "−", Verdict.UNDECIDED: "·"}
_CORRECTIONS = {"holm": "Holm", "bh": "Benjamini–Hochberg", "maxt": "step-down max-T"}
_FINEST_P = 1e-4
_FINEST_POINTS = 0.0005  # half of what one decimal of a point shows


def plain(text: str) -> str:
    """Returns `text` on one line without control characters, which could steer a terminal; never changed otherwise."""
    return "".join(sign if sign.isprintable() else " " for sign in text).strip()


def score(value: float) -> str:
    """Returns a fraction as percent with one decimal, a dash if it is not finite."""
    return percent(value if math.isfinite(value) else None)


def points(value: float) -> str:
    """Returns a difference of fractions in points with one decimal and its sign, which a rounded zero keeps."""
    if not math.isfinite(value):
        return ABSENT
    if value == 0:
        return "0.0"
    return f"{'+' if value > 0 else '−'}{abs(100 * value):.1f}"


def size(value: float) -> str:
    """Returns the size of a difference of fractions in points, without sign; "< 0.1" where it would round to nothing."""
    if not math.isfinite(value):
        return ABSENT
    return "< 0.1" if 0 < abs(value) < _FINEST_POINTS else f"{abs(100 * value):.1f}"


def interval(low: float, high: float) -> str:
    """Returns both ends in points: "[−0.3, +1.2]"."""
    return f"[{points(low)}, {points(high)}]"


def probability(value: float) -> str:
    """Returns a p-value with four decimals, "< 0.0001" below that, a dash if it is not finite."""
    if not math.isfinite(value):
        return ABSENT
    return "< 0.0001" if value < _FINEST_P else f"{value:.4f}"


def verdict(row: Row) -> str:
    """Returns sign and word: "+ better"."""
    return f"{SIGNS[row.verdict]} {row.verdict}"


def level(value: float) -> str:
    """Returns "95 %" of 0.95."""
    return f"{100 * value:g} %"


def correction(name: str) -> str:
    """Returns how a correction is called in print; other names as they are."""
    return _CORRECTIONS.get(name, plain(name))


def by_effect(rows: Iterable[Row]) -> list[Row]:
    """Returns rows by difference, largest first, those without one last, equal ones by name."""
    return sorted(rows, key=lambda row: (not math.isfinite(row.delta), -row.delta, row.name))


def listed(names: Sequence[str], shown: int | None = None) -> str:
    """Returns names with commas, after the first `shown` how many more there are."""
    if shown is None or len(names) <= shown:
        return ", ".join(map(plain, names))
    return f"{', '.join(map(plain, names[:shown]))} and {len(names) - shown} more"


def joined(names: Sequence[str]) -> str:
    """Returns "a", "a and b", "a, b and c"."""
    texts = [plain(name) for name in names]
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def counted(number: int, what: str) -> str:
    """Returns "1 cell", "162 cells"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
