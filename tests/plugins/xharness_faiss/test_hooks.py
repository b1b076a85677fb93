"""What the plugin offers and when it declines."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
import xharness
import xharness_faiss


class Encodes:
    """A model that encodes sentences."""

    name, identity, record = "made up", "0", {}

    def __init__(self, encoder):
        self.encoder = encoder

    def head(self, task):
        return xharness.Head(name="encoder", identity="0", architecture="none")

    def close(self):
        pass

    def sentence_encoder(self, task, settings):
        return self.encoder


class Declines:
    """A model without sentence vectors."""

    name, identity, record = "made up", "0", {}

    def head(self, task):
        return xharness.NoHead(reason="none")

    def close(self):
        pass


def _task(kind):
    return xharness.Task(
        name="t",
        version="1",
        kind=kind,
        languages=("de",),
        metrics=(),
        main=(),
        head="encoder",
        load=lambda request: None,
    )


def test_offers_three_indexes_of_which_one_is_exact():
    """`--index` has flat (exact), ivf and hnsw to choose from."""
    offered = {index.name: index.exact for index in xharness_faiss.xharness_indexes()}
    assert offered == {"flat": True, "ivf": False, "hnsw": False}


@pytest.mark.parametrize(("kind", "name"), [("retrieval", "RetrievalPredictor"), ("mining", "MiningPredictor")])
def test_answers_retrieval_and_mining_for_models_that_encode(kind, name, look_up):
    """A model that encodes sentences gets a predictor, whose signature holds the encoder's and the index."""
    index = next(iter(xharness_faiss.xharness_indexes()))
    predictor = xharness_faiss.xharness_predict(Encodes(look_up({})), _task(kind), index, xharness.Settings())
    assert type(predictor).__name__ == name
    assert predictor.signature.items() >= {"state": 8, "pooling": "mean", "index": "flat"}.items()


def test_declines_other_tasks_and_other_models(look_up):
    """None says that some other plugin may answer."""
    index, settings = next(iter(xharness_faiss.xharness_indexes())), xharness.Settings()
    assert xharness_faiss.xharness_predict(Encodes(look_up({})), _task("tagging"), index, settings) is None
    assert xharness_faiss.xharness_predict(Declines(), _task("mining"), index, replace(settings)) is None


def test_listing_the_indexes_loads_neither_numpy_nor_faiss():
    """`xharness plugins` lists the indexes at once."""
    code = (
        "import sys, xharness_faiss; list(xharness_faiss.xharness_indexes());"
        "print([name for name in ('numpy', 'faiss', 'torch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8")
    assert done.stdout.strip() == "[]"
