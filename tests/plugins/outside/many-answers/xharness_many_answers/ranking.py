"""A predictor that gives ranked lists: the documents of the pool nearest to each query, best first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xharness

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xharness.protocols import Advance

DEPTH = 20


class RankingPredictor:
    """Answers each query with the ids of the `DEPTH` documents of highest cosine, of equal ones the earlier in the pool.

    A document with the query's own id is left out: a query may stand in the pool.
    """

    def __init__(self, encoder: xharness.SentenceEncoder, index: xharness.Index) -> None:
        self.encoder = encoder
        self.index = index
        self.signature: Mapping[str, str | int | float | bool] = {
            **encoder.signature,
            "index": index.name,
            "similarity": "cosine",
            "depth": DEPTH,
        }

    def prepare(self, split: xharness.Split) -> xharness.Prepared:
        """Tokenises queries and pool together."""
        queries = [example.inputs.text for example in split.examples if isinstance(example.inputs, xharness.Text)]
        tokens, work = self.encoder.prepare([*queries, *(document.text for document in split.pool)])
        return xharness.Prepared(split=split, work=work, payload=tokens)

    def predict(self, prepared: xharness.Prepared, advance: Advance) -> xharness.Predictions:
        """Returns a tuple of document ids for every query. Raises PredictionError for a vector without a direction."""
        split = prepared.split
        vectors = self.encoder.encode(prepared.payload, advance)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(lengths).all() and lengths.all()):
            raise xharness.PredictionError("a sentence's vector is zero or not finite; nothing was ranked.")
        unit = (vectors / lengths).astype(np.float32)
        count = len(split.examples)
        rows = self.index.search(unit[:count], unit[count:], DEPTH + 1).rows
        names = [document.id for document in split.pool]
        ranked = [
            tuple(names[row] for row in nearest if names[row] != example.id)[:DEPTH]
            for example, nearest in zip(split.examples, rows.tolist(), strict=True)
        ]
        return xharness.Predictions(ids=[example.id for example in split.examples], values=ranked)
