"""Searches sentence vectors with FAISS: retrieval (Tatoeba), mining of parallel sentences (BUCC), and the indexes both use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xharness

if TYPE_CHECKING:
    from collections.abc import Iterable


@xharness.hookimpl
def xharness_indexes() -> Iterable[xharness.Index]:
    """Offers exact search ("flat") and two approximations of it ("ivf", "hnsw") that measure their recall."""
    from xharness_faiss.indexes import FlatIndex, GraphIndex, InvertedIndex

    return [FlatIndex(), InvertedIndex(), GraphIndex()]


@xharness.hookimpl
def xharness_predict(
    model: xharness.Model, task: xharness.Task, index: xharness.Index, settings: xharness.Settings
) -> xharness.Predictor | None:
    """Answers retrieval and mining tasks for models that encode sentences."""
    if task.kind not in (xharness.Kind.RETRIEVAL, xharness.Kind.MINING):
        return None
    if not isinstance(model, xharness.EncodesSentences):
        return None
    encoder = model.sentence_encoder(task, settings)
    if task.kind == xharness.Kind.RETRIEVAL:
        from xharness_faiss.retrieval import RetrievalPredictor

        return RetrievalPredictor(encoder, index)
    from xharness_faiss.miner import MiningPredictor

    return MiningPredictor(encoder, index)
