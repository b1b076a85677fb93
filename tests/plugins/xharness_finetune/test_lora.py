"""Adapters in an encoder, and out again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import xharness
from safetensors.numpy import load_file
from xharness_finetune.networks.encoder import find_encoder, load_tokenizer
from xharness_finetune.networks.heads import add_head, load_body, save_head
from xharness_finetune.networks.lora import adapt
from xharness_finetune.recipes.settings import Lora, TaskSettings
from xharness_finetune.rows.collating import collator
from xharness_finetune.rows.features import rows_of

from .conftest import examples_of, make_task

if TYPE_CHECKING:
    from pathlib import Path

    from xharness_finetune.networks.encoder import Encoder


@pytest.fixture(autouse=True)
def seeded() -> Any:
    """Draws heads and adapters from a known state and restores the generator."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def batch_for(task: xharness.Task, encoder: Encoder) -> dict[str, Any]:
    """Returns a batch of made-up examples."""
    tokenizer = load_tokenizer(encoder)
    rows = list(rows_of(task, examples_of(task.kind, 8, seed=5), tokenizer, TaskSettings(length=64)))
    return collator(task, tokenizer, seed=1)(rows, 0)


def train(network: Any, batch: dict[str, Any], steps: int = 3) -> None:
    """Takes a few steps on what is trainable."""
    import torch

    optimiser = torch.optim.AdamW([value for value in network.parameters() if value.requires_grad], lr=0.02)
    network.train()
    for _ in range(steps):
        optimiser.zero_grad()
        network(**batch).loss.backward()
        optimiser.step()
    network.eval()


def logits(network: Any, batch: dict[str, Any]) -> Any:
    """Returns the logits of a batch, without dropout."""
    import torch

    network.eval()
    with torch.no_grad():
        return network(**batch).logits


def test_only_adapters_and_heads_learn(bert: Path, pair_task: xharness.Task) -> None:
    """Adapters change nothing at first; training moves them and the head, and no weight of the encoder."""
    import torch

    encoder = find_encoder(str(bert))
    body = load_body(encoder)
    network = add_head(body, encoder, pair_task).network
    batch = batch_for(pair_task, encoder)
    outputs = logits(network, batch)
    adapters = adapt(body.network, Lora(rank=2, dropout=0.0))
    assert torch.equal(logits(network, batch), outputs)
    before = {name: value.clone() for name, value in network.named_parameters()}
    train(network, batch)
    changed = {name for name, value in network.named_parameters() if not torch.equal(value, before[name])}
    assert {"classifier.weight", "classifier.bias"} < changed
    assert all(name.startswith("classifier.") or ".lora_" in name for name in changed)
    assert {name for name in before if ".lora_B." in name} < changed
    width, wide, layers, rank = 32, 64, 2, 2
    per_layer = 4 * 2 * width * rank + 2 * (width + wide) * rank
    assert adapters.parameters == layers * per_layer + 2 * width * rank  # and the pooler


def test_merged_is_an_ordinary_network(bert: Path, tmp_path: Path, pair_task: xharness.Task) -> None:
    """Merging keeps the answers, leaves no trace of adapters, and what is saved is an ordinary checkpoint."""
    import torch
    import transformers

    encoder = find_encoder(str(bert))
    body = load_body(encoder)
    network = add_head(body, encoder, pair_task).network
    names = [name for name, _ in network.named_parameters()]
    batch = batch_for(pair_task, encoder)
    untrained = logits(network, batch)
    adapters = adapt(body.network, Lora(rank=4))
    train(network, batch)
    trained = logits(network, batch)
    adapters.merge()
    merged = logits(network, batch)
    torch.testing.assert_close(merged, trained, rtol=1e-4, atol=1e-5)
    assert (merged - untrained).abs().max() > 0.01
    assert network.base_model is body.network
    assert [name for name, _ in network.named_parameters()] == names
    assert all(value.requires_grad for value in network.parameters())
    save_head(network, load_tokenizer(encoder), tmp_path)
    assert not (tmp_path / "adapter_config.json").exists()
    assert load_file(tmp_path / "model.safetensors").keys() == network.state_dict().keys()
    again = transformers.AutoModelForSequenceClassification.from_pretrained(tmp_path)
    torch.testing.assert_close(logits(again, batch), merged)


def test_chosen_modules_get_adapters(bert: Path) -> None:
    """Only the named modules are adapted."""
    body = load_body(find_encoder(str(bert))).network
    adapt(body, Lora(rank=2, modules=("query", "value")))
    adapted = {name.split(".lora_")[0].rpartition(".")[2] for name, _ in body.named_parameters() if ".lora_" in name}
    assert adapted == {"query", "value"}


def test_unknown_modules_are_refused(bert: Path) -> None:
    """A module that the encoder lacks is refused with those that it has."""
    body = load_body(find_encoder(str(bert))).network
    with pytest.raises(xharness.UsageError, match=r"no module.*\(q_proj\); expected some of dense, key, query, value"):
        adapt(body, Lora(modules=("q_proj",)))


@pytest.mark.parametrize("modules", ["all-linear", ("query",)])
def test_a_drawn_pooler_learns_as_a_head_does(masked_lm: Path, pair_task: xharness.Task, modules: Any) -> None:
    """A pooler that was not in the files is trained itself: frozen, it would stay random."""
    import torch

    encoder = find_encoder(str(masked_lm))
    body = load_body(encoder)
    network = add_head(body, encoder, pair_task).network
    adapt(body.network, Lora(rank=2, modules=modules), drawn=body.drawn)
    before = body.network.pooler.dense.weight.clone()
    train(network, batch_for(pair_task, encoder))
    assert not torch.equal(body.network.pooler.dense.weight, before)
    assert not any("pooler" in name and ".lora_" in name for name, _ in network.named_parameters())


def test_tied_embeddings_stay_frozen_and_tied(masked_lm: Path) -> None:
    """With adapters a language model's output weights stay those of the embeddings, before and after merging."""
    import torch

    encoder = find_encoder(str(masked_lm))
    body = load_body(encoder)
    task = make_task("masked_lm", head="mlm")
    network = add_head(body, encoder, task).network
    before = body.network.get_input_embeddings().weight.clone()
    adapters = adapt(body.network, Lora(rank=2), drawn=body.drawn)
    train(network, batch_for(task, encoder))
    assert torch.equal(body.network.get_input_embeddings().weight, before)
    adapters.merge()
    assert network.get_output_embeddings().weight is body.network.get_input_embeddings().weight
