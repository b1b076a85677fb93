"""Static word vectors (word2vec's text form, `*.vec`) as checkpoints that encode sentences."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from xharness import hookimpl

if TYPE_CHECKING:
    from xharness import Model

XHARNESS_CONTRACT = 1


@hookimpl
def xharness_load(checkpoint: str) -> Model | None:
    """Loads a file that ends in `.vec`; None for everything else. Raises CheckpointError where its form is broken."""
    if not checkpoint.endswith(".vec"):
        return None
    from xharness_word_vectors.model import WordVectors

    return WordVectors(Path(checkpoint))
