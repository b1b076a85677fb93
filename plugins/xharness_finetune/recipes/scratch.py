"""The table `[scratch]` of a recipe: an encoder made from nothing, in place of a pretrained one."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # pydantic reads annotations at run time
from typing import Annotated

from pydantic import Field, model_validator

from xharness_finetune.recipes.settings import Count, Share  # noqa: TC001
from xharness_finetune.recipes.tables import Table

SCRATCH = "scratch"
"""What stands for the encoder of such a recipe where a checkpoint reference is expected."""


class Scratch(Table):
    """A new encoder, of BERT's architecture, with a tokenizer trained on texts and weights drawn at random.

    Attributes:
        texts: folder with <language>.txt, one text per line, for the tokenizer.
        languages: which of them; without it, all.
        vocabulary: most entries of the tokenizer (cased WordPiece; each Chinese character is a word).
        layers, width, heads: of the network; `width` is a multiple of `heads`.
        inner: width of the feed-forward layers; without it four times `width`.
        positions: subwords that it takes at most, special tokens included.
        dropout: of hidden states and of attention.
    """

    texts: Path
    languages: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    vocabulary: Annotated[int, Field(ge=100)] = 8000
    layers: Count = 4
    width: Count = 128
    heads: Count = 4
    inner: Count | None = None
    positions: Annotated[int, Field(ge=16)] = 512
    dropout: Share = 0.1

    @model_validator(mode="after")
    def _divides(self) -> Scratch:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is no multiple of heads {self.heads}; change one of them")
        return self
