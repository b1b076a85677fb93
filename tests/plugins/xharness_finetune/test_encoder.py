"""Finding an encoder, and refusing what is none."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import xharness
from xharness_finetune.networks.encoder import find_encoder, load_tokenizer

from .conftest import write_encoder

Change = Callable[[Path], object]


@pytest.fixture
def copy(bert: Path, tmp_path: Path) -> Path:
    """A copy of the bare BERT to break."""
    return Path(shutil.copytree(bert, tmp_path / "copy"))


def test_identity_is_of_bytes(bert: Path, copy: Path) -> None:
    """A copy under another name has the same identity, a changed byte another, a file that does not matter the same."""
    identity = find_encoder(str(bert)).identity
    (copy / "README.md").write_text("words", encoding="utf-8")
    assert find_encoder(str(copy)).identity == identity
    with (copy / "model.safetensors").open("r+b") as stream:
        stream.seek(-1, 2)
        stream.write(b"\x7f")
    assert find_encoder(str(copy)).identity != identity


def test_transformer_in_a_sub_folder(tmp_path: Path) -> None:
    """Older sentence-transformers directories keep the transformer in `0_Transformer`; all their files belong to it."""
    folder = tmp_path / "older"
    write_encoder(folder / "0_Transformer")
    module = {"idx": 0, "name": "0", "path": "0_Transformer", "type": "sentence_transformers.models.Transformer"}
    (folder / "modules.json").write_text(json.dumps([module]), encoding="utf-8")
    found = find_encoder(str(folder))
    assert found.transformer == folder / "0_Transformer"
    assert {"modules.json", "0_Transformer/config.json", "0_Transformer/model.safetensors"} <= set(found.files)


def test_positions_limit_the_rows(tmp_path: Path) -> None:
    """An encoder with few positions says so."""
    assert find_encoder(str(write_encoder(tmp_path / "short", max_position_embeddings=66))).max_length == 64


def _pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def _no_tokenizer(folder: Path) -> None:
    for name in ("tokenizer.json", "vocab.txt"):
        (folder / name).unlink(missing_ok=True)


def _adapter(folder: Path) -> None:
    (folder / "config.json").rename(folder / "adapter_config.json")


def _set(folder: Path) -> None:
    (folder / "encoder").mkdir()
    (folder / "config.json").rename(folder / "encoder" / "config.json")


def _shards(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")


def _modules(folder: Path) -> None:
    (folder / "modules.json").write_text('[{"path": "../..", "type": "x.Transformer"}]', encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_pickled, r"pickled weights only \(pytorch_model\.bin\).*save_pretrained\(FOLDER\) writes safetensors"),
        (lambda folder: (folder / "model.safetensors").unlink(), r"has no weights; expected model\.safetensors"),
        (_no_tokenizer, r"has no tokenizer: expected one of tokenizer\.json.*Save the tokenizer"),
        (_adapter, "no config.json.*but an adapter; merge it"),
        (_set, r"no config.json.*but a checkpoint set; give .*encoder"),
        (lambda folder: (folder / "config.json").unlink(), r"no config\.json.*save_pretrained"),
        (
            lambda folder: (folder / "config.json").write_text("[", encoding="utf-8"),
            r"config\.json is not a JSON object",
        ),
        (_shards, r"missing: model-00001-of-00002\.safetensors"),
        (_modules, "names a module outside its folder"),
    ],
)
def test_broken_folders_are_refused(copy: Path, change: Change, message: str) -> None:
    """What is wrong with an encoder's folder is said with the way to mend it, before weights are read."""
    change(copy)
    with pytest.raises(xharness.CheckpointError, match=message):
        find_encoder(str(copy))


def test_unknown_encoder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that is no folder, and a hub id that cannot be fetched, are refused by name."""
    with pytest.raises(xharness.CheckpointError, match=r"nowhere is not a folder; expected a transformers"):
        find_encoder(str(tmp_path / "nowhere"))

    def unreachable(*_: object, **__: object) -> str:
        raise ConnectionError("no route")

    monkeypatch.setattr("huggingface_hub.snapshot_download", unreachable)
    with pytest.raises(xharness.CheckpointError, match=r"'owner/name@main' is neither a folder here.*\(no route\)"):
        find_encoder("owner/name@main")


def test_hub_encoder_is_named_by_its_commit(bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An encoder from the hub is asked for by id and revision and recorded with the commit that came."""
    asked: list[tuple[str, str | None]] = []
    snapshot = Path(shutil.copytree(bert, tmp_path / "0123abc"))

    def download(repository: str, *, revision: str | None, **_: object) -> str:
        asked.append((repository, revision))
        return str(snapshot)

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    assert find_encoder("owner/name@v1").name == "owner/name@0123abc"
    find_encoder("owner/name")
    assert asked == [("owner/name", "v1"), ("owner/name", None)]


def test_tokenizer_must_fit(tmp_path: Path) -> None:
    """A tokenizer with more subwords than the encoder has embeddings is refused."""
    folder = write_encoder(tmp_path / "small", vocab_size=20)
    with pytest.raises(
        xharness.CheckpointError, match=r"knows \d+ subwords, the encoder 20: they do not belong together"
    ):
        load_tokenizer(find_encoder(str(folder)))


def test_code_of_its_own_is_not_run(copy: Path) -> None:
    """An encoder that brings its own code is refused, and the code is not run."""
    configuration = json.loads((copy / "config.json").read_text(encoding="utf-8"))
    configuration |= {"model_type": "strange", "auto_map": {"AutoConfig": "code.Strange"}}
    (copy / "config.json").write_text(json.dumps(configuration), encoding="utf-8")
    (copy / "code.py").write_text("raise SystemExit('ran')", encoding="utf-8")
    with pytest.raises(xharness.CheckpointError, match="Encoders that need code of their own are not run"):
        load_tokenizer(find_encoder(str(copy)))


def test_saved_truncation_is_taken_out(sentence_encoder: Path) -> None:
    """A tokenizer that was saved with truncation gives all subwords of a long text."""
    tokenizer = load_tokenizer(find_encoder(str(sentence_encoder)))
    assert len(tokenizer("cat " * 30)["input_ids"]) == 32
    assert find_encoder(str(sentence_encoder)).max_length == 512
