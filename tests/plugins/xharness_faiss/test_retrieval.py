"""The retrieval predictor: nearest documents, ties, errors that name the sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xharness
from xharness_faiss.indexes import FlatIndex, GraphIndex
from xharness_faiss.retrieval import RetrievalPredictor


@pytest.fixture
def split(make_split):
    """Three queries and four documents."""
    queries = [("0", "a"), ("1", "b"), ("2", "c")]
    documents = [("0", "B"), ("1", "A"), ("2", "A again"), ("3", "C")]
    return make_split(queries, documents, task="tatoeba", language="af", name="test")


VECTORS = {
    "a": [2, 0, 0.1],
    "b": [0, 3, 0.1],
    "c": [0.1, 0, 9],
    "B": [0, 1, 0],
    "A": [5, 0, 0],
    "A again": [1, 0, 0],
    "C": [0, 0, 1],
}


def test_finds_the_most_similar_document_and_the_first_of_equals(split, look_up):
    """Cosine decides, not length; of two documents in the same direction the earlier one is found."""
    encoder, done = look_up(VECTORS), []
    predictor = RetrievalPredictor(encoder, FlatIndex())
    prepared = predictor.prepare(split)
    predictions = predictor.predict(prepared, done.append)
    assert predictions.ids == ["0", "1", "2"]
    assert predictions.values == ["1", "0", "3"]
    assert sum(done) == prepared.work
    assert len(encoder.prepared) == 1


def test_the_record_says_how_it_was_found(split, look_up):
    """State and pooling of the encoder, index, its recall and the direction are in the record."""
    for index, recall in ((FlatIndex(), None), (GraphIndex(), 1.0)):
        predictor = RetrievalPredictor(look_up(VECTORS), index)
        record = predictor.predict(predictor.prepare(split), lambda units: None).record
        expected = {"state": 8, "pooling": "mean", "index": index.name, "index_recall": recall, "pool": 4}
        assert record.items() >= expected.items()


def test_a_zero_vector_is_an_error_that_names_the_sentence(split, look_up):
    """A document without direction would be found by nobody, silently; its id is named instead."""
    predictor = RetrievalPredictor(look_up({**VECTORS, "C": [0, 0, 0]}), FlatIndex())
    with pytest.raises(xharness.PredictionError, match=r"^tatoeba/af: .*'test pool 3' is zero"):
        predictor.predict(predictor.prepare(split), lambda units: None)


def test_missing_texts_are_an_error(split, look_up):
    """Gold without texts, or an empty pool, cannot be searched; the message says which folder is needed."""
    predictor = RetrievalPredictor(look_up(VECTORS), FlatIndex())
    bare = replace(split, examples=[replace(example, inputs=None) for example in split.examples])
    with pytest.raises(xharness.DataError, match=r"^tatoeba/af: example '0' of test has no text.*--data"):
        predictor.prepare(bare)
    with pytest.raises(xharness.DataError, match=r"^tatoeba/af: test has 3 sentences .* and 0 to search in"):
        predictor.prepare(replace(split, pool=()))


def test_an_encoder_that_loses_sentences_is_caught(split, look_up):
    """One vector too few would shift every answer; nothing is searched."""
    encoder = look_up(VECTORS)
    encoder.encode = lambda prepared, advance: np.ones((6, 3), dtype=np.float32)
    predictor = RetrievalPredictor(encoder, FlatIndex())
    with pytest.raises(xharness.PredictionError, match=r"^tatoeba/af: the encoder gave 6 vectors for 7 sentences"):
        predictor.predict(predictor.prepare(split), lambda units: None)
