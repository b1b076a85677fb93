"""The metrics of XTREME, each equal to the official scorer's (google-research/xtreme at 838c13b, seqeval 0.0.12).

And SQuAD v2.0's, whose questions may have no answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness_xtreme.metrics.accuracy import Accuracy, RetrievalAccuracy
from xharness_xtreme.metrics.answers import Mlqa, Squad, SquadV2
from xharness_xtreme.metrics.pairs import PairsF1
from xharness_xtreme.metrics.tags import ChunkF1, TokenAccuracy, UposChunkF1

if TYPE_CHECKING:
    from xharness import Metric

METRICS: tuple[Metric, ...] = (
    Accuracy(),
    ChunkF1(),
    UposChunkF1(),
    TokenAccuracy(),
    Squad(),
    SquadV2(),
    Mlqa(),
    RetrievalAccuracy(),
    PairsF1(),
)
"""All metrics of this plugin, in no particular order; tasks ask for them by name."""
