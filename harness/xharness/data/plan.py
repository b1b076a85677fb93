"""What a task in a few lines says about its data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xharness.data.places import Source
    from xharness.data.rows import Reading
    from xharness.data.searched import Documents, Pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a task's data are read.

    Attributes:
        languages, splits: those that there are → the source's own name for each.
        pool: what retrieval and mining search; None where the part `target` of the rows is searched.
        pairs: where their gold stands, if not in the rows.
    """

    name: str
    version: str
    source: Source
    reading: Reading
    languages: Mapping[str, str]
    splits: Mapping[str, str]
    pool: Documents | None = None
    pairs: Pairs | None = None

    @property
    def target(self) -> bool:
        """Returns whether every row holds its right document, and all of them together are the pool."""
        return "target" in self.reading.fields
