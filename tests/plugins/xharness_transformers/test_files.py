"""Which files count, whether they are whole, and their digests."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from xharness import CheckpointError, identity
from xharness_transformers import files


@pytest.fixture
def copy(bert_nli: Path, tmp_path: Path) -> Path:
    """A checkpoint that a test may damage."""
    return Path(shutil.copytree(bert_nli, tmp_path / "mine"))


def find(folder: Path, *, allow_pickle: bool = False) -> tuple[Path, ...]:
    """Finds a folder's weights."""
    return files.find_weights(folder, adapter=False, allow_pickle=allow_pickle)


def shard(folder: Path) -> Path:
    """Splits the weights of a checkpoint into two files and an index, as transformers names them."""
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = sorted(tensors)
    weight_map = {}
    for number, half in enumerate((names[:10], names[10:]), start=1):
        file = f"model-{number:05}-of-00002.safetensors"
        save_file({name: tensors[name] for name in half}, folder / file, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(half, file)
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": weight_map}), encoding="utf-8")
    return index


def test_shapes_come_from_the_header(bert_nli: Path) -> None:
    """The header of a safetensors file gives the same shapes as the library reads."""
    from safetensors import safe_open

    path = bert_nli / "model.safetensors"
    with safe_open(path, framework="pt") as opened:
        expected = {name: tuple(opened.get_slice(name).get_shape()) for name in opened.keys()}  # noqa: SIM118
    assert files.tensor_shapes(path) == expected


@pytest.mark.parametrize("kept", [0.99, 0.5, 0.001, 0.0])
def test_truncated_weights_name_file_and_bytes(copy: Path, kept: float) -> None:
    """Weights cut anywhere are refused with the file, the bytes there are and the bytes there should be."""
    path = copy / "model.safetensors"
    whole = path.stat().st_size
    path.write_bytes(path.read_bytes()[: int(whole * kept)])
    with pytest.raises(CheckpointError, match="truncated or damaged") as caught:
        find(copy)
    message = str(caught.value)
    assert str(path) in message
    assert f"it has {int(whole * kept):,} bytes" in message
    assert "Copy the file again" in message
    if kept >= 0.5:
        assert f"asks for {whole:,} bytes" in message


def test_appended_bytes_are_damage(copy: Path) -> None:
    """Weights with bytes after the last tensor are refused too."""
    path = copy / "model.safetensors"
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(CheckpointError, match=r"mine/model\.safetensors is truncated or damaged"):
        find(copy)


def test_a_header_that_is_no_header_is_damage(copy: Path) -> None:
    """A file of another kind under the name of the weights is refused."""
    path = copy / "model.safetensors"
    path.write_bytes((20).to_bytes(8, "little") + b"this is not a header and more")
    with pytest.raises(CheckpointError, match=r"model\.safetensors is not a safetensors file: .*Copy the file again"):
        find(copy)


def test_a_git_lfs_pointer_is_damage(copy: Path) -> None:
    """The text file that git leaves in place of large weights is refused."""
    (copy / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\n", encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"model\.safetensors is truncated or damaged"):
        find(copy)


def test_shards_are_found_through_the_index(copy: Path) -> None:
    """Sharded weights are the index and every shard it lists."""
    index = shard(copy)
    assert [path.name for path in find(copy)] == [
        index.name,
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
    ]


def test_a_missing_shard_is_named(copy: Path) -> None:
    """An index whose shard is absent is refused with the shard's name."""
    shard(copy)
    (copy / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"index\.json lists 2 .* 1 are missing: model-00002-of-00002.*Copy them"):
        find(copy)


def test_a_truncated_shard_is_named(copy: Path) -> None:
    """A shard that is cut short is refused like a single file."""
    shard(copy)
    path = copy / "model-00001-of-00002.safetensors"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(CheckpointError, match=r"model-00001-of-00002\.safetensors is truncated"):
        find(copy)


def test_a_shard_of_another_save_is_named(copy: Path) -> None:
    """A shard without the tensors that the index places there is refused."""
    shard(copy)
    shutil.copy(copy / "model-00001-of-00002.safetensors", copy / "model-00002-of-00002.safetensors")
    with pytest.raises(CheckpointError, match=r"model-00002.* lacks \d+ tensors .*different saves"):
        find(copy)


def test_pickled_weights_need_permission(copy: Path) -> None:
    """Pickled weights are refused with the flag that allows them and the safe way out."""
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    with pytest.raises(CheckpointError, match=r"mine has pickled weights only .*save_pretrained\(\).*--allow-pickle"):
        find(copy)
    assert [path.name for path in find(copy, allow_pickle=True)] == ["pytorch_model.bin"]


def test_safe_weights_win_over_pickled_ones(copy: Path) -> None:
    """Where both exist, the safetensors are used, whatever is allowed."""
    (copy / "pytorch_model.bin").write_bytes(b"")
    assert [path.name for path in find(copy, allow_pickle=True)] == ["model.safetensors"]


def test_absent_weights_are_named(copy: Path) -> None:
    """A folder without weights says which file was expected and what writes it."""
    (copy / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"mine has no weights: expected model\.safetensors.*save_pretrained"):
        find(copy)


def test_malformed_json_names_the_file(tmp_path: Path) -> None:
    """JSON that cannot be parsed, is not UTF-8 or is no object is refused with the file's name."""
    path = tmp_path / "config.json"
    for content, reason in (
        (b"{", r"config\.json is not valid JSON in UTF-8"),
        (b'{"a": "\xff"}', "not valid JSON in UTF-8"),
        (b"[]", r"config\.json holds a JSON list, expected an object"),
    ):
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match=reason):
            files.read_object(path)


def test_digests_are_the_core_s(bert_nli: Path) -> None:
    """The cached identity is the one that xharness.identity computes."""
    some = {"a": bert_nli / "config.json", "b": bert_nli / "model.safetensors"}
    assert files.identity_of(some) == identity.of_files(some) == files.identity_of(dict(reversed(some.items())))


def test_a_file_is_read_once_until_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is hashed again only when its size or time differ."""
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    reads: list[Path] = []

    def counted(read: Path) -> str:
        reads.append(read)
        return identity.of_file(read)

    monkeypatch.setattr(files, "of_file", counted)
    first = files.digest(path)
    assert files.digest(path) == first
    assert len(reads) == 1
    path.write_bytes(b"three")
    assert files.digest(path) != first
    assert len(reads) == 2
