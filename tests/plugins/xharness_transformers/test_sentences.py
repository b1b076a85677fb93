"""Sentence vectors: hidden state, pooling, special tokens, order."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch  # noqa: TID253  # the tests need it anyway
import xharness_transformers
from xharness import PredictionError, Settings, Task, UsageError, Variant
from xharness_transformers.states import default_state, hidden_state, layer_stack

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TEXTS = ["the dog sleeps", "a man eats in the big park and a woman runs", "", "wo", "the dog sleeps", "世界", "la"]


def _encoder(folder: Path, task: Task, **more: Any) -> Any:
    chosen = Settings(device="cpu", **more)
    model: Any = xharness_transformers.xharness_load(str(folder), chosen)
    return model.sentence_encoder(task, chosen)


def _encode(encoder: Any, texts: list[str]) -> Any:
    done: list[int] = []
    prepared, work = encoder.prepare(texts)
    vectors = encoder.encode(prepared, done.append)
    assert sum(done) == work
    return vectors


def _states(folder: Path, text: str) -> list[torch.Tensor]:
    """Hidden states of one text, each (tokens, width), by transformers alone."""
    from transformers import AutoModel, AutoTokenizer

    network = AutoModel.from_pretrained(folder).eval()
    with torch.inference_mode():
        inputs = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt")
        return [state[0] for state in network(**inputs, output_hidden_states=True).hidden_states]


@pytest.mark.parametrize("checkpoint", ["bert_encoder", "xlmr_encoder"])
@pytest.mark.parametrize("state", [0, 1, 2])
@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("specials", [True, False])
def test_vectors_equal_the_definition(  # pytest passes parameters by name
    checkpoint: str,
    state: int,
    pooling: str,
    specials: bool,
    tasks: Mapping[str, Task],
    request: pytest.FixtureRequest,
) -> None:
    """Each (state, pooling, special tokens) gives the mean or the first vector of that state, text by text."""
    folder = request.getfixturevalue(checkpoint)
    encoder = _encoder(folder, tasks["tatoeba"], state=state, pooling=pooling, special_tokens=specials)
    vectors = _encode(encoder, TEXTS)
    assert vectors.dtype == np.float32
    for text, vector in zip(TEXTS, vectors, strict=True):
        tokens = _states(folder, text)[state]
        pooled = tokens if specials or len(tokens) == 2 else tokens[1:-1]
        expected = tokens[0] if pooling == "cls" else pooled.mean(dim=0)
        np.testing.assert_allclose(vector, expected.numpy(), rtol=1e-4, atol=1e-5)


def test_layers_above_the_state_are_not_computed(bert_encoder: Path, tasks: Mapping[str, Task]) -> None:
    """Weights of the second layer that would poison everything do not matter for state 1, and nothing stays hooked."""
    chosen = Settings(device="cpu", state=1)
    model: Any = xharness_transformers.xharness_load(str(bert_encoder), chosen)
    expected = _encode(model.sentence_encoder(tasks["tatoeba"], chosen), TEXTS)
    network = model.loaded(tasks["tatoeba"]).network
    with torch.no_grad():
        network.encoder.layer[1].attention.self.query.weight.fill_(float("nan"))
    found = _encode(model.sentence_encoder(tasks["tatoeba"], chosen), TEXTS)
    np.testing.assert_array_equal(found, expected)
    assert not any(module._forward_hooks for module in network.encoder.layer)


def test_a_network_without_one_list_of_layers_is_run_whole() -> None:
    """ALBERT shares one layer: its states come from the whole forward pass and are the same."""
    from transformers import AlbertConfig, AlbertModel

    config = AlbertConfig(
        vocab_size=50,
        hidden_size=16,
        embedding_size=8,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=16,
    )
    network = AlbertModel(config).eval()
    assert layer_stack(network, 3) is None
    inputs = {"input_ids": torch.tensor([[1, 2, 3]]), "attention_mask": torch.ones(1, 3, dtype=torch.long)}
    with torch.inference_mode():
        expected = network(**inputs, output_hidden_states=True).hidden_states[2]
        torch.testing.assert_close(hidden_state(network, inputs, 2, 3), expected)


def test_a_final_normalisation_belongs_to_the_last_state_only() -> None:
    """ModernBERT normalises after its last layer: lower states are the layers' own outputs, as transformers numbers them."""
    from transformers import ModernBertConfig, ModernBertModel

    config = ModernBertConfig(
        vocab_size=60,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=3,
        num_attention_heads=2,
        pad_token_id=0,
        cls_token_id=1,
        sep_token_id=2,
        bos_token_id=1,
        eos_token_id=2,
    )
    network = ModernBertModel(config).eval()
    inputs = {"input_ids": torch.tensor([[1, 7, 8, 2]]), "attention_mask": torch.ones(1, 4, dtype=torch.long)}
    with torch.inference_mode():
        states = network(**inputs, output_hidden_states=True).hidden_states
        for state in (1, 2, 3):
            torch.testing.assert_close(hidden_state(network, inputs, state, 3), states[state])


@pytest.mark.parametrize(("layers", "state"), [(12, 8), (24, 14), (16, 12), (6, 4), (2, 1), (1, 1), (48, 32)])
def test_default_states_are_those_of_the_scripts(layers: int, state: int) -> None:
    """mBERT 8 of 12, XLM-R large 14 of 24, XLM-100 12 of 16 (spec §3.4); two thirds otherwise."""
    assert default_state(layers) == state


def test_the_paper_variant_mines_with_state_20_of_24(write_checkpoint: Any, tasks: Mapping[str, Task]) -> None:
    """run_bucc2018.sh keeps 12 states of XLM-R large; retrieval and the fixed variant take state 14."""
    folder = write_checkpoint(family="xlmr", num_hidden_layers=24)
    found = {
        (name, variant): _encoder(folder, tasks[name], variant=variant).signature["state"]
        for name in ("bucc2018", "tatoeba")
        for variant in Variant
    }
    assert found[("bucc2018", Variant.PAPER)] == 20
    assert {state for key, state in found.items() if key != ("bucc2018", Variant.PAPER)} == {14}


def test_a_sentence_transformers_directory_pools_as_it_says(sentence_folder: Path, tasks: Mapping[str, Task]) -> None:
    """[CLS] of the last state and 64 subwords at most; settings override each part."""
    encoder = _encoder(sentence_folder, tasks["tatoeba"])
    assert encoder.signature == {
        "state": 2,
        "pooling": "cls",
        "special_tokens": True,
        "max_length": 64,
        "dtype": "float32",
    }
    np.testing.assert_allclose(
        _encode(encoder, TEXTS[:1])[0], _states(sentence_folder, TEXTS[0])[2][0].numpy(), rtol=1e-4, atol=1e-5
    )
    other = _encoder(sentence_folder, tasks["tatoeba"], pooling="mean", state=1, special_tokens=False)
    assert other.signature["pooling"] == "mean"
    assert other.signature["state"] == 1
    assert other.signature["special_tokens"] is False


def test_max_pooling_takes_the_greatest_value_of_each_column(bert_encoder: Path, tasks: Mapping[str, Task]) -> None:
    """Padding never counts, whatever its values."""
    vectors = _encode(_encoder(bert_encoder, tasks["tatoeba"], pooling="max", state=2), TEXTS)
    for text, vector in zip(TEXTS, vectors, strict=True):
        np.testing.assert_allclose(vector, _states(bert_encoder, text)[2].amax(dim=0).numpy(), rtol=1e-4, atol=1e-5)


def test_equal_texts_are_encoded_once(bert_encoder: Path, tasks: Mapping[str, Task]) -> None:
    """The work is that of the distinct texts; every copy has the same vector, in its place."""
    encoder = _encoder(bert_encoder, tasks["tatoeba"])
    assert encoder.prepare(TEXTS * 50)[1] == encoder.prepare(TEXTS)[1]
    vectors = _encode(encoder, TEXTS * 2 + TEXTS[:1])
    np.testing.assert_array_equal(vectors[:7], vectors[7:14])
    np.testing.assert_array_equal(vectors[0], vectors[14])
    np.testing.assert_array_equal(vectors[0], vectors[4])
    assert _encode(encoder, []).shape == (0, 32)


def test_long_texts_are_cut_and_counted(bert_encoder: Path, tasks: Mapping[str, Task]) -> None:
    """512 subwords at most."""
    encoder = _encoder(bert_encoder, tasks["tatoeba"])
    prepared, work = encoder.prepare(["the " * 600, "dog"])
    assert prepared.truncated == 1
    assert work == 512 + 3
    assert dataclasses.is_dataclass(prepared)


def test_a_state_or_pooling_that_does_not_exist_is_refused(bert_encoder: Path, tasks: Mapping[str, Task]) -> None:
    """The message says what there is."""
    with pytest.raises(UsageError, match=r"--state 3: the encoder has 2 layers; expected 0 \(embeddings\) to 2"):
        _encoder(bert_encoder, tasks["tatoeba"], state=3)
    with pytest.raises(UsageError, match="--pooling median: expected one of mean, cls, max"):
        _encoder(bert_encoder, tasks["tatoeba"], pooling="median")


def test_vectors_that_are_not_finite_are_an_error(bert_encoder: Path, tasks: Mapping[str, Task]) -> None:
    """The message names the task, the sentence and the remedy."""
    chosen = Settings(device="cpu", dtype="float16")
    model: Any = xharness_transformers.xharness_load(str(bert_encoder), chosen)
    word = model.tokenizer(tasks["tatoeba"]).convert_tokens_to_ids("wo")
    with torch.no_grad():
        model.loaded(tasks["tatoeba"]).network.embeddings.word_embeddings.weight[word] = float("inf")
    encoder = model.sentence_encoder(tasks["tatoeba"], chosen)
    with pytest.raises(PredictionError, match=r"tatoeba: sentence 3 .*float16.*--dtype float32"):
        _encode(encoder, TEXTS)
