"""Retrieval: for every example the most similar document of the pool (in Tatoeba: English queries, foreign pool)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xharness

from xharness_faiss.sentences import example_texts, pool_texts, unit_vectors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xharness.protocols import Advance, SentenceEncoder


class RetrievalPredictor:
    """Finds for every example the document with the highest cosine; of equal ones the first in the pool."""

    signature: Mapping[str, str | int | float | bool]

    def __init__(self, encoder: SentenceEncoder, index: xharness.Index) -> None:
        self.encoder = encoder
        self.index = index
        self.signature = {
            **encoder.signature,
            "index": index.name,
            "similarity": "cosine",
            "direction": "example to pool",
        }

    def prepare(self, split: xharness.Split) -> xharness.Prepared:
        """Tokenises both sides together; a query counts as one unit of work beside the encoder's.

        Raises DataError if texts are missing on either side.
        """
        tokens, work = self.encoder.prepare([*example_texts(split), *pool_texts(split)])
        return xharness.Prepared(split=split, work=work + len(split.examples), payload=tokens)

    def predict(self, prepared: xharness.Prepared, advance: Advance) -> xharness.Predictions:
        """Returns the id of the document found for every example.

        Raises PredictionError naming the sentence whose vector is zero or not finite.
        """
        split = prepared.split
        queries = [example.id for example in split.examples]
        documents = [document.id for document in split.pool]
        ids = [f"{split.name} example {name}" for name in queries] + [f"{split.name} pool {name}" for name in documents]
        vectors = unit_vectors(self.encoder, prepared.payload, ids, split.place, advance)
        found = self.index.search(vectors[: len(queries)], vectors[len(queries) :], 1, advance)
        record = {**self.signature, "pool": len(documents), "index_recall": found.recall}
        values = [documents[row] for row in found.rows[:, 0].tolist()]
        return xharness.Predictions(ids=queries, values=values, record=record)
