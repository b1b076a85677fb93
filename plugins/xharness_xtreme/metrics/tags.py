"""Chunk F1 and token accuracy of tag sequences (PAN-X, UDPOS)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness_xtreme.metrics import pairing, rows
from xharness_xtreme.metrics.chunks import Chunking, Corpus, entity_chunking, upos_chunking
from xharness_xtreme.metrics.rates import f1_scores, rate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xharness import Predictions, Split, Statistics
    from xharness.protocols import Float64s


class ChunkF1:
    """Micro-averaged F1 of entity chunks by the rule of PAN-X (spec/xtreme.md §2.3, evaluate.py 74-78).

    At a tag other than O with type T a chunk starts, and it goes on while the next tag is exactly I-T, so an I- tag
    after O or after another type starts one. Equal to seqeval 0.0.12 and, on such tags, to 1.2.2 in its default mode.
    """

    name = "chunk_f1"
    version = "1"
    columns: tuple[str, ...] = ("true_positive", "predicted", "gold")
    scores: tuple[str, ...] = ("f1", "precision", "recall")
    open_ids = False

    def chunking(self, tag: str) -> Chunking:
        """Returns how `tag` takes part in chunks."""
        return entity_chunking(tag)

    def statistics(self, split: Split, predictions: Predictions) -> Statistics:
        """Returns one row per sentence, float64 (n, 3): numbers of chunks that are right, predicted, gold.

        Raises PredictionError where a sentence has not exactly one predicted tag per token.
        """
        corpus = Corpus.of(*pairing.tags(split, predictions))
        return rows.of_examples(split, self.columns, corpus.chunk_counts(self.chunking))

    def score(self, totals: Float64s) -> Mapping[str, Float64s]:
        """Returns f1, precision, recall, fractions of shape (...), from float64 (..., 3); 0 where undefined."""
        return f1_scores(totals)


class UposChunkF1(ChunkF1):
    """Chunk F1 as XTREME computes it for UDPOS: a chunk is a maximal run of one tag (spec/xtreme.md §2.3).

    A tag that begins with S (SCONJ, SYM) makes a chunk of its own for each token. This is what seqeval 0.0.5 to 0.0.13
    makes of bare UPOS tags, with which the published scores were computed; it is not token accuracy.
    """

    name = "upos_chunk_f1"

    def chunking(self, tag: str) -> Chunking:
        """Returns how `tag` takes part in chunks."""
        return upos_chunking(tag)


class TokenAccuracy:
    """Share of tokens whose tag is right, over all sentences together."""

    name = "token_accuracy"
    version = "1"
    columns: tuple[str, ...] = ("correct", "tokens")
    scores: tuple[str, ...] = ("token_accuracy",)
    open_ids = False

    def statistics(self, split: Split, predictions: Predictions) -> Statistics:
        """Returns one row per sentence, float64 (n, 2): numbers of tokens that are right, and of all tokens.

        Raises PredictionError where a sentence has not exactly one predicted tag per token.
        """
        corpus = Corpus.of(*pairing.tags(split, predictions))
        return rows.of_examples(
            split, self.columns, [corpus.per_sentence(corpus.gold == corpus.predicted), corpus.lengths]
        )

    def score(self, totals: Float64s) -> Mapping[str, Float64s]:
        """Returns token accuracy, a fraction of shape (...), from float64 (..., 2)."""
        return {"token_accuracy": rate(totals[..., 0], totals[..., 1])}
