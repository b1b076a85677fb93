"""How often tasks and languages are drawn."""

from __future__ import annotations

import pytest
import xharness
from hypothesis import given
from hypothesis import strategies as st
from xharness_finetune.rows.mixing import Sampler, probabilities, smoothed

SIZES = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(1, 10**7), min_size=1, max_size=9)
SAMPLERS = st.sampled_from(["uniform", "proportional", "capped", "temperature"])


@given(SIZES, SAMPLERS, st.integers(1, 10**7), st.floats(0.05, 1e6))
def test_probabilities_sum_to_one(sizes: dict[str, int], sampler: Sampler, cap: int, temperature: float) -> None:
    """Whatever is mixed how, every name has a probability from 0 to 1, and they sum to 1."""
    found = probabilities(sizes, sampler, cap=cap, temperature=temperature)
    assert found.keys() == sizes.keys()
    assert all(0 <= share <= 1 for share in found.values())
    assert sum(found.values()) == pytest.approx(1, abs=1e-12)


@given(SIZES, SAMPLERS, st.randoms())
def test_the_order_of_the_names_changes_nothing(sizes: dict[str, int], sampler: Sampler, random: object) -> None:
    """Names in another order have the same probabilities, to the last bit."""
    items = list(sizes.items())
    random.shuffle(items)  # type: ignore[attr-defined]
    assert probabilities(dict(items), sampler, cap=1000) == probabilities(sizes, sampler, cap=1000)


@given(SIZES)
def test_limits_of_the_cap(sizes: dict[str, int]) -> None:
    """A cap above every size is no cap, a cap of 1 makes all equal."""
    assert probabilities(sizes, "capped", cap=10**7) == probabilities(sizes, "proportional")
    assert probabilities(sizes, "capped", cap=1) == probabilities(sizes, "uniform")


@given(SIZES)
def test_limits_of_the_temperature(sizes: dict[str, int]) -> None:
    """Temperature 1 is proportional, a high one comes to uniform."""
    assert probabilities(sizes, "temperature", temperature=1) == probabilities(sizes, "proportional")
    assert probabilities(sizes, "temperature", temperature=1e12) == pytest.approx(probabilities(sizes, "uniform"))


@given(SIZES)
def test_limits_of_smoothing(sizes: dict[str, int]) -> None:
    """Alpha 1 is proportional, alpha 0 uniform, and between them the smallest gains."""
    assert smoothed(sizes, 1) == pytest.approx(probabilities(sizes, "proportional"))
    assert smoothed(sizes, 0) == probabilities(sizes, "uniform")
    smallest = min(sizes, key=lambda name: sizes[name])
    assert smoothed(sizes, 0.3)[smallest] >= probabilities(sizes, "proportional")[smallest] - 1e-12


def test_values_by_hand() -> None:
    """Each sampler gives what its formula gives by hand."""
    sizes = {"a": 100, "b": 300, "c": 1600}
    assert probabilities(sizes, "proportional") == pytest.approx({"a": 0.05, "b": 0.15, "c": 0.8})
    assert probabilities(sizes, "capped", cap=400) == pytest.approx({"a": 1 / 8, "b": 3 / 8, "c": 4 / 8})
    two = probabilities({"a": 100, "c": 1600}, "temperature", temperature=2)
    assert two == pytest.approx({"a": 10 / 50, "c": 40 / 50})
    given_ones = probabilities(sizes, "weights", weights={"a": 2, "b": 1, "c": 1})
    assert given_ones == pytest.approx({"a": 0.5, "b": 0.25, "c": 0.25})
    assert smoothed({"de": 10_000, "sw": 100}, 0.5) == pytest.approx({"de": 100 / 110, "sw": 10 / 110})


def test_what_cannot_be_mixed_is_refused() -> None:
    """Weights that do not name the tasks, an empty task and no task at all are errors that say so."""
    with pytest.raises(xharness.UsageError, match=r"weights name a, the tasks are a, b"):
        probabilities({"a": 1, "b": 1}, "weights", weights={"a": 1})
    with pytest.raises(xharness.UsageError, match="weight of b is 0"):
        probabilities({"a": 1, "b": 1}, "weights", weights={"a": 1, "b": 0})
    with pytest.raises(xharness.UsageError, match="b has 0 rows"):
        probabilities({"a": 1, "b": 0}, "uniform")
    with pytest.raises(xharness.UsageError, match="nothing to mix"):
        probabilities({}, "uniform")
