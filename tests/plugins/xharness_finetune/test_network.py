"""A new head on an encoder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import xharness
from safetensors.numpy import load_file, save_file
from xharness_finetune.encoder import find_encoder
from xharness_finetune.network import new_head

from .conftest import make_task, write_encoder


def test_encoder_weights_are_taken_and_a_former_head_dropped(tmp_path: Path, pair_task: xharness.Task) -> None:
    """The encoder's weights are those of the files; a head that the checkpoint had is not reused."""
    import torch

    folder = write_encoder(tmp_path / "tuned", head="ForSequenceClassification")
    stored = load_file(folder / "model.safetensors")
    torch.manual_seed(0)
    made = new_head(find_encoder(str(folder)), pair_task)
    weights = {name: value.numpy() for name, value in made.network.state_dict().items()}
    name = "bert.encoder.layer.1.output.dense.weight"
    assert (weights[name] == stored[name]).all()
    assert (weights["bert.pooler.dense.weight"] == stored["bert.pooler.dense.weight"]).all()
    assert not (weights["classifier.weight"] == stored["classifier.weight"]).any()
    assert made.initialised == ("classifier.weight", "classifier.bias")
    assert made.network.dtype == torch.float32


def test_weights_that_do_not_fill_the_encoder_are_refused(bert: Path, tmp_path: Path, pair_task: xharness.Task) -> None:
    """A missing tensor would be random: the encoder is refused, and the tensor named."""
    folder = Path(shutil.copytree(bert, tmp_path / "holes"))
    weights = load_file(folder / "model.safetensors")
    del weights["encoder.layer.1.output.dense.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(xharness.CheckpointError, match=r"lack 1 tensors.*encoder\.layer\.1\.output\.dense\.weight"):
        new_head(find_encoder(str(folder)), pair_task)


def test_truncated_weights_are_refused(bert: Path, tmp_path: Path) -> None:
    """A weights file that was cut off is refused with head and folder."""
    folder = Path(shutil.copytree(bert, tmp_path / "cut"))
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    task = make_task(xharness.Kind.TAGGING, head="panx")
    with pytest.raises(
        xharness.CheckpointError, match=r"panx: the weights of the encoder .*cut cannot be loaded.*Copy"
    ):
        new_head(find_encoder(str(folder)), task)
