"""Which data sets of the hub are read: `google/xtreme` at a pinned commit, and MultiNLI."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from xharness.sources import hub

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xharness.sources.hub import Table

REPOSITORY = "google/xtreme"
REVISION = "ec5f1f46e9af79639a90684a7a70a956c4998f04"
"""The commit that public projects load (spec/xtreme.md §1.10)."""

MULTI_NLI = "nyu-mll/multi_nli"
"""Where XNLI's training pairs are: `google/xtreme` has none. No commit of it is on record, so the one found is recorded."""

HUB_SPLITS: Mapping[str, str] = {"train": "train", "dev": "validation", "test": "test"}

_REMEDY = "Name a folder with XTREME's prepared files with --data DIR."


def table(config: str, split: str, revision: str | None) -> Table:
    """Returns one split of a configuration of `google/xtreme`, at `revision` or at the pinned commit.

    Raises DataError if the hub cannot be reached and its cache has no copy, or if there is no such configuration or split.
    """
    return _table(REPOSITORY, config, split, revision or REVISION)


def multi_nli() -> Table:
    """Returns MultiNLI's training split. Raises DataError as `table` does."""
    return _table(MULTI_NLI, None, "train", None)


@lru_cache(maxsize=2)  # XNLI and TyDiQA hold all languages in one table, which is asked for once per language
def _table(repository: str, config: str | None, split: str, revision: str | None) -> Table:
    return hub.table(repository, config, split, revision=revision, remedy=_REMEDY)
