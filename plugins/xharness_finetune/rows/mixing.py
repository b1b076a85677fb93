"""How often each task, or each language, is drawn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, TypeAlias

from xharness import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

Sampler: TypeAlias = Literal["uniform", "proportional", "capped", "temperature", "weights"]

CAP = 131_072
"""The size from which on a task counts as no larger: K = 2^17 (spec/training.md §3; no source is on record for the number)."""


def probabilities(
    sizes: Mapping[str, int],
    sampler: Sampler,
    *,
    cap: int = CAP,
    temperature: float = 1.0,
    weights: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """Returns the probability of each name; they sum to 1, and the order of `sizes` changes none.

    With n the size of one and T how many there are: uniform 1/T; proportional n / Σn; capped min(n, cap) / Σ min(n, cap)
    (spec/training.md §3); temperature n^(1/t) / Σ n^(1/t), which is proportional at t = 1 and uniform as t grows; weights are
    the given ones over their sum.

    Raises UsageError for a size below 1, for no size at all, and for weights that do not name exactly what `sizes` does.
    """
    if not sizes:
        raise UsageError("There is nothing to mix: no task was given.")
    for name, size in sizes.items():
        if size < 1:
            raise UsageError(f"{name} has {size} rows and cannot be drawn from; expected at least 1. Leave it out.")
    if sampler == "uniform":
        return _shares(dict.fromkeys(sizes, 0.0))
    if sampler == "capped":
        return _shares({name: math.log(min(size, cap)) for name, size in sizes.items()})
    if sampler == "weights":
        return _shares(_given(weights or {}, sizes))
    power = 1.0 if sampler == "proportional" else 1.0 / temperature
    return _shares({name: power * math.log(size) for name, size in sizes.items()})


def smoothed(sizes: Mapping[str, int], alpha: float) -> dict[str, float]:
    """Returns q ∝ n^alpha (Conneau & Lample 2019): 1 is proportional to size, 0 is uniform, between lifts the small."""
    if alpha == 0:
        return probabilities(sizes, "uniform")
    return probabilities(sizes, "temperature", temperature=1.0 / alpha)


def _given(weights: Mapping[str, float], sizes: Mapping[str, int]) -> dict[str, float]:
    if weights.keys() != sizes.keys():
        raise UsageError(
            f"The weights name {', '.join(sorted(weights)) or 'nothing'}, the tasks are {', '.join(sorted(sizes))}; give "
            "one weight for each task and none besides."
        )
    for name, weight in weights.items():
        if not 0 < weight < math.inf:
            raise UsageError(f"The weight of {name} is {weight}; expected a number above 0.")
    return {name: math.log(weight) for name, weight in weights.items()}


def _shares(logarithms: Mapping[str, float]) -> dict[str, float]:
    """Returns exp(l) / Σ exp(l), in an order of summation that does not depend on the order of the names."""
    highest = max(logarithms.values())
    parts = {name: math.exp(value - highest) for name, value in logarithms.items()}
    total = math.fsum(parts.values())
    return {name: part / total for name, part in parts.items()}
