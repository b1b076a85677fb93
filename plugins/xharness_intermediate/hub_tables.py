"""Where the hub has the sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness.sources import hub

if TYPE_CHECKING:
    from xharness.sources.hub import Table

REPOSITORIES: dict[str, str] = {
    "mnli": "nyu-mll/multi_nli",
    "snli": "stanfordnlp/snli",
    "anli": "facebook/anli",
    "glue": "nyu-mll/glue",
    "squad-v1.1": "rajpurkar/squad",
    "squad-v2.0": "rajpurkar/squad_v2",
    "hellaswag": "Rowan/hellaswag",
    "cosmosqa": "allenai/cosmos_qa",
    "commonsenseqa": "tau/commonsense_qa",
}
"""Set → where the hub has it. No commit of them is on record, so the one found is recorded in the split's source."""

_REMEDY = "Name a folder with the original files with --train-data DIR."


def table(name: str, config: str | None, split: str, revision: str | None) -> Table:
    """Returns one split of one of `REPOSITORIES`, at `revision` or as it is now. Raises DataError as `hub.table` does."""
    return hub.table(REPOSITORIES[name], config, split, revision=revision, remedy=_REMEDY)
