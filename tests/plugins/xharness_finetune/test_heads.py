"""Heads on a shared encoder, and saving both."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import xharness
from safetensors.numpy import load_file, save_file
from xharness_finetune.networks.encoder import find_encoder, load_tokenizer
from xharness_finetune.networks.heads import add_head, load_body, quiet_loading, save_encoder, save_head
from xharness_finetune.recipes.settings import TaskSettings
from xharness_finetune.rows.collating import collator
from xharness_finetune.rows.features import rows_of

from .conftest import CHOICES, TAGS, examples_of, make_task, write_encoder

if TYPE_CHECKING:
    from xharness_finetune.networks.encoder import Encoder

KINDS = ("pair_classification", "tagging", "span_qa", "multiple_choice", "masked_lm")


@pytest.fixture(autouse=True)
def seeded() -> Any:
    """Draws heads from a known state and restores the generator."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def batch_for(task: xharness.Task, encoder: Encoder, n: int = 6) -> dict[str, Any]:
    """Returns a batch of made-up examples."""
    tokenizer = load_tokenizer(encoder)
    rows = list(rows_of(task, examples_of(task.kind, n, seed=5), tokenizer, TaskSettings(length=64)))
    return collator(task, tokenizer, seed=1)(rows, 0)


def logits(network: Any, batch: dict[str, Any]) -> list[Any]:
    """Returns all logits of a batch, without dropout."""
    import torch

    network.eval()
    with torch.no_grad():
        output = network(**batch)
    return [output[name] for name in ("logits", "start_logits", "end_logits") if name in output]


def test_encoder_weights_are_taken_and_a_former_head_dropped(tmp_path: Path, pair_task: xharness.Task) -> None:
    """The encoder's weights are those of the files; a head that the checkpoint had is not reused."""
    import torch

    folder = write_encoder(tmp_path / "tuned", head="ForSequenceClassification")
    stored = load_file(folder / "model.safetensors")
    encoder = find_encoder(str(folder))
    made = add_head(load_body(encoder), encoder, pair_task)
    weights = {name: value.numpy() for name, value in made.network.state_dict().items()}
    name = "bert.encoder.layer.1.output.dense.weight"
    assert (weights[name] == stored[name]).all()
    assert (weights["bert.pooler.dense.weight"] == stored["bert.pooler.dense.weight"]).all()
    assert not (weights["classifier.weight"] == stored["classifier.weight"]).any()
    assert made.initialised == ("classifier.weight", "classifier.bias")
    assert made.network.dtype == torch.float32


def test_weights_that_do_not_fill_the_encoder_are_refused(bert: Path, tmp_path: Path) -> None:
    """A missing tensor would be random: the encoder is refused, and the tensor named."""
    folder = Path(shutil.copytree(bert, tmp_path / "holes"))
    weights = load_file(folder / "model.safetensors")
    del weights["encoder.layer.1.output.dense.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(xharness.CheckpointError, match=r"lack 1 tensors.*encoder\.layer\.1\.output\.dense\.weight"):
        load_body(find_encoder(str(folder)))


def test_truncated_weights_are_refused(bert: Path, tmp_path: Path) -> None:
    """A weights file that was cut off is refused with its folder."""
    folder = Path(shutil.copytree(bert, tmp_path / "cut"))
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(xharness.CheckpointError, match=r"weights of the encoder .*cut cannot be loaded.*Copy"):
        load_body(find_encoder(str(folder)))


def test_architectures_without_a_head_are_refused(tmp_path: Path) -> None:
    """An encoder whose family has no head for the task is refused by its type."""
    import transformers

    config = transformers.ViTConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=4, intermediate_size=64, image_size=32
    )
    transformers.AutoModel.from_config(config).save_pretrained(tmp_path / "images")
    (tmp_path / "images" / "vocab.txt").write_text("[PAD]", encoding="utf-8")
    encoder = find_encoder(str(tmp_path / "images"))
    body = load_body(encoder)
    for kind in KINDS:
        with pytest.raises(
            xharness.CheckpointError, match=rf"type 'vit' has no head for {kind} tasks.*another encoder"
        ):
            add_head(body, encoder, make_task(kind, head="any"))


@pytest.mark.parametrize("family", ["bert", "xlmr"])
def test_heads_share_one_encoder(family: str, request: pytest.FixtureRequest) -> None:
    """A step on one head's loss moves the encoder under every other head; each head has outputs of its own."""
    import torch

    encoder = find_encoder(str(request.getfixturevalue(family)))
    body = load_body(encoder)
    tasks = {kind: make_task(kind, head=kind) for kind in KINDS}
    heads = {kind: add_head(body, encoder, task).network for kind, task in tasks.items()}
    assert all(network.base_model is body.network for network in heads.values())
    batches = {kind: batch_for(task, encoder) for kind, task in tasks.items()}
    before = {kind: logits(network, batches[kind]) for kind, network in heads.items()}
    assert [before[kind][0].shape[-1] for kind in KINDS[:2]] == [2, len(TAGS)]
    assert before["multiple_choice"][0].shape == (6, len(CHOICES))
    shared = {id(value) for value in body.network.parameters()}
    assert not any(
        {id(value) for value in heads[one].parameters()} & {id(value) for value in heads[other].parameters()} - shared
        for one in KINDS
        for other in KINDS
        if one != other
    )
    for kind, network in heads.items():
        network.zero_grad()
        network(**batches[kind]).loss.backward()
        with torch.no_grad():
            for value in body.network.parameters():
                if value.grad is not None:
                    value.sub_(0.1 * value.grad)
        after = {other: logits(heads[other], batches[other]) for other in KINDS}
        assert not any(torch.equal(before[other][0], after[other][0]) for other in KINDS)
        before = after


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("family", ["bert", "xlmr"])
def test_a_saved_head_is_an_ordinary_checkpoint(
    family: str, kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """transformers loads it with nothing missing and nothing left over, and it answers alike; twice saved, same bytes."""
    import torch
    import transformers

    encoder = find_encoder(str(request.getfixturevalue(family)))
    task = make_task(kind, head=kind)
    body = load_body(encoder)
    network = add_head(body, encoder, task).network
    batch = batch_for(task, encoder)
    tokenizer = load_tokenizer(encoder)
    save_head(network, tokenizer, tmp_path / "one")
    tokenizer("cat " * 90, truncation=True, max_length=8)
    save_head(network, tokenizer, tmp_path / "two")
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in names)
    made = {
        "pair_classification": "SequenceClassification",
        "tagging": "TokenClassification",
        "span_qa": "QuestionAnswering",
        "multiple_choice": "MultipleChoice",
        "masked_lm": "MaskedLM",
    }
    with quiet_loading():
        again, loading = getattr(transformers, f"AutoModelFor{made[kind]}").from_pretrained(
            tmp_path / "one", output_loading_info=True
        )
    assert not loading["missing_keys"]
    assert not loading["unexpected_keys"]
    weights = network.state_dict()
    assert all(torch.equal(weights[name], value) for name, value in again.state_dict().items())
    for mine, theirs in zip(logits(network, batch), logits(again, batch), strict=True):
        torch.testing.assert_close(mine, theirs)


def test_weights_do_not_depend_on_how_a_file_is_laid_out(bert: Path, tmp_path: Path) -> None:
    """Weights are moved to aligned memory: mapped ones would round as the length of the file's header has it."""
    folder = Path(shutil.copytree(bert, tmp_path / "longer"))
    weights = load_file(folder / "model.safetensors")
    for pad in range(1, 9):
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt", "pad": "x" * pad * 8})
        body = load_body(find_encoder(str(folder)))
        assert {value.data_ptr() % 64 for value in body.network.parameters()} == {0}


def test_each_head_has_its_own_labels(bert: Path) -> None:
    """The configuration of a head names its own labels, whatever other heads are on the encoder or were in its files."""
    encoder = find_encoder(str(bert))
    body = load_body(encoder)
    pair, tags, span = (add_head(body, encoder, make_task(kind, head=kind)).network for kind in KINDS[:3])
    assert pair.config.id2label == {0: "bad", 1: "good"}
    assert tags.config.label2id == {tag: index for index, tag in enumerate(TAGS)}
    assert (pair.config.num_labels, tags.config.num_labels, span.config.num_labels) == (2, 3, 2)
    assert body.network.config.id2label == {0: "LABEL_0", 1: "LABEL_1"}


def test_a_former_heads_configuration_does_not_shape_the_new_one(tmp_path: Path) -> None:
    """An encoder whose files were a regression or a many-label classifier gives ordinary span and classification heads."""
    folder = write_encoder(
        tmp_path / "tuned", head="ForSequenceClassification", num_labels=5, problem_type="multi_label_classification"
    )
    encoder = find_encoder(str(folder))
    body = load_body(encoder)
    for kind in ("span_qa", "pair_classification"):
        task = make_task(kind, head=kind)
        network = add_head(body, encoder, task).network
        output = network(**batch_for(task, encoder))
        assert network.config.num_labels == 2
        assert network.config.problem_type in (None, "single_label_classification")
        assert output.loss.isfinite()


def test_language_models_keep_their_head_and_tie_it(masked_lm: Path, bert: Path, masked_task: xharness.Task) -> None:
    """A language model's head is the one in the files, its output weights the shared embeddings; a bare encoder's is new."""
    import torch
    import transformers

    encoder = find_encoder(str(masked_lm))
    body = load_body(encoder)
    assert body.drawn == {"pooler.dense.weight", "pooler.dense.bias"}
    made = add_head(body, encoder, masked_task)
    assert made.initialised == ()
    batch = batch_for(masked_task, encoder)
    with quiet_loading():
        original = transformers.AutoModelForMaskedLM.from_pretrained(masked_lm)
    torch.testing.assert_close(logits(made.network, batch)[0], logits(original, batch)[0])
    decoder = made.network.get_output_embeddings()
    assert decoder.weight is body.network.get_input_embeddings().weight
    assert decoder.bias is made.network.cls.predictions.bias

    bare = find_encoder(str(bert))
    other = add_head(load_body(bare), bare, masked_task)
    assert other.initialised
    assert all(name.startswith("cls.predictions.") for name in other.initialised)
    decoder = other.network.get_output_embeddings()
    assert decoder.weight is other.network.base_model.get_input_embeddings().weight
    assert decoder.bias is other.network.cls.predictions.bias


def test_a_drawn_pooler_counts_as_new_where_it_is_used(masked_lm: Path, pair_task: xharness.Task) -> None:
    """A pooler that was not in the files is named among the new parameters of heads that use it, and of no other."""
    encoder = find_encoder(str(masked_lm))
    body = load_body(encoder)
    pair = add_head(body, encoder, pair_task)
    assert pair.initialised == (
        "bert.pooler.dense.weight",
        "bert.pooler.dense.bias",
        "classifier.weight",
        "classifier.bias",
    )
    tags = add_head(body, encoder, make_task("tagging", head="panx"))
    assert tags.initialised == ("classifier.weight", "classifier.bias")


def test_a_saved_encoder_is_the_shared_one(sentence_encoder: Path, tmp_path: Path, pair_task: xharness.Task) -> None:
    """The folder holds the trained weights without a head and all other files of the parent; twice saved, same bytes."""
    import torch
    import transformers

    encoder = find_encoder(str(sentence_encoder))
    body = load_body(encoder)
    network = add_head(body, encoder, pair_task).network
    batch = batch_for(pair_task, encoder)
    with torch.no_grad():
        for value in network.parameters():
            value.add_(0.01)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        save_encoder(body, encoder, tmp_path / name)
    with quiet_loading():
        again, loading = transformers.AutoModel.from_pretrained(tmp_path / "one", output_loading_info=True)
    assert not loading["missing_keys"]
    assert not loading["unexpected_keys"]
    inputs = {name: batch[name] for name in ("input_ids", "attention_mask", "token_type_ids")}
    body.network.eval()
    with torch.no_grad():
        mine, theirs = body.network(**inputs), again(**inputs)
    torch.testing.assert_close(mine.last_hidden_state, theirs.last_hidden_state)
    torch.testing.assert_close(mine.pooler_output, theirs.pooler_output)
    weights = body.network.state_dict()
    assert all(torch.equal(weights[name], value) for name, value in again.state_dict().items())
    saved = find_encoder(str(tmp_path / "one"))
    assert saved.files.keys() == encoder.files.keys()
    assert saved.identity == find_encoder(str(tmp_path / "two")).identity != encoder.identity
    for name, path in encoder.files.items():
        if name not in ("config.json", "model.safetensors"):
            assert saved.files[name].read_bytes() == path.read_bytes()


def test_a_saved_encoder_has_one_set_of_weights(tmp_path: Path) -> None:
    """An encoder in shards in a sub-folder is saved there as it should be, with no shard of its parent's left behind."""
    import torch
    import transformers

    parent = tmp_path / "parent"
    write_encoder(parent / "0_Transformer")
    module = {"idx": 0, "name": "0", "path": "0_Transformer", "type": "sentence_transformers.models.Transformer"}
    (parent / "modules.json").write_text(json.dumps([module]), encoding="utf-8")
    with quiet_loading():
        network = transformers.AutoModel.from_pretrained(parent / "0_Transformer")
        (parent / "0_Transformer" / "model.safetensors").unlink()
        network.save_pretrained(parent / "0_Transformer", max_shard_size="20KB")
    assert len(list((parent / "0_Transformer").glob("*.safetensors"))) > 1
    encoder = find_encoder(str(parent))
    body = load_body(encoder)
    with torch.no_grad():
        for value in body.network.parameters():
            value.add_(1)
    (tmp_path / "child").mkdir()
    save_encoder(body, encoder, tmp_path / "child")
    child = find_encoder(str(tmp_path / "child"))
    weights = load_file(child.transformer / "model.safetensors")
    assert [path.name for path in child.transformer.glob("*.safetensors*")] == ["model.safetensors"]
    assert weights.keys() == body.network.state_dict().keys()


def test_a_full_disk_is_an_os_error(bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What safetensors raises when there is no space becomes an OSError, which the caller explains."""
    from safetensors import SafetensorError

    encoder = find_encoder(str(bert))
    body = load_body(encoder)

    def full(*_: object, **__: object) -> None:
        raise SafetensorError("No space left on device")

    monkeypatch.setattr(body.network, "save_pretrained", full)
    with pytest.raises(OSError, match="No space left"):
        save_head(body.network, load_tokenizer(encoder), tmp_path)
