"""A row, and what every kind of row is made with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from xharness import Example

Row: TypeAlias = "dict[str, Any]"
"""`input_ids` (and `token_type_ids`, `options`, per-subword `labels`) as lists of equal length; a class or a place as int."""

IGNORED = -100
"""The target that the loss leaves out (torch.nn.CrossEntropyLoss)."""

AT_ONCE = 1000
"""Examples per call of the tokenizer, which spreads them over threads."""


def in_parts(examples: Sequence[Example], size: int = AT_ONCE) -> Iterator[Sequence[Example]]:
    """Yields the examples, in order, at most `size` at once."""
    for start in range(0, len(examples), size):
        yield examples[start : start + size]


def rows_in(encoded: Mapping[str, list[list[int]]]) -> Iterator[Row]:
    """Yields what the tokenizer returned for several inputs, one by one: `input_ids`, and `token_type_ids` if it has them."""
    names = [name for name in ("input_ids", "token_type_ids") if name in encoded]
    for values in zip(*(encoded[name] for name in names), strict=True):
        yield dict(zip(names, values, strict=True))
