"""What a reader of one file or table returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness import Example


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a reader got out of one file or table.

    Attributes:
        examples: with ids and clusters that are unique within the file.
        notes: what a reader of the record must know, one sentence each.
    """

    examples: Sequence[Example]
    notes: tuple[str, ...] = ()
