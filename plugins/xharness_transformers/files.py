"""Which files of a checkpoint folder count, whether they are whole, and their digests."""

from __future__ import annotations

import functools
import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from xharness import CheckpointError
from xharness.identity import of_file, of_record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SAFE_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
PICKLED_WEIGHTS = ("pytorch_model.bin", "pytorch_model.bin.index.json")
SAFE_ADAPTER = ("adapter_model.safetensors",)
PICKLED_ADAPTER = ("adapter_model.bin",)

VOCABULARIES = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "sentencepiece.bpe.model",
    "spiece.model",
    "spm.model",
    "tokenizer.model",
)
"""Files that hold a tokenizer's entries; one of them makes a folder a tokenizer's."""

TOKENIZER_FILES = (
    *VOCABULARIES,
    "merges.txt",
    "bpe.codes",
    "added_tokens.json",
    "special_tokens_map.json",
    "tokenizer_config.json",
)

_LENGTH_BYTES = 8  # a safetensors file opens with the length of its header, an unsigned 64-bit integer


def read_json(path: Path) -> Any:
    """Returns the content of a JSON file; raises CheckpointError if it is absent, not UTF-8 or not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as err:
        raise CheckpointError(f"{path} cannot be read ({err.strerror}); it belongs to the checkpoint.") from err
    except (UnicodeDecodeError, json.JSONDecodeError) as err:
        raise CheckpointError(
            f"{path} is not valid JSON in UTF-8 ({err}); copy the file again from where the checkpoint was saved."
        ) from err


def read_object(path: Path) -> dict[str, Any]:
    """Returns a JSON file's object; raises CheckpointError as `read_json` does, and for anything but an object."""
    content = read_json(path)
    if not isinstance(content, dict):
        raise CheckpointError(f"{path} holds a JSON {type(content).__name__}, expected an object.")
    return content


def find_weights(folder: Path, *, adapter: bool, allow_pickle: bool) -> tuple[Path, ...]:
    """Returns the weight files of `folder`, an index before its shards, in the order in which transformers prefers them.

    Only reads headers and indexes: safetensors are checked for truncation, shards for presence. Raises CheckpointError
    for absent or damaged weights, and for pickled ones unless `allow_pickle`.
    """
    safe, pickled = (SAFE_ADAPTER, PICKLED_ADAPTER) if adapter else (SAFE_WEIGHTS, PICKLED_WEIGHTS)
    found = _first(folder, safe) or _first(folder, pickled)
    if found is None:
        raise CheckpointError(
            f"{folder} has no weights: expected {safe[0]}. Save the checkpoint with save_pretrained(), which writes it."
        )
    if found.name in pickled and not allow_pickle:
        raise CheckpointError(
            f"{folder} has pickled weights only ({found.name}), and unpickling can run any code. Convert them once where "
            f"you trust them: load with from_pretrained(..., weights_only=True) and save_pretrained(), which writes "
            f"{safe[0]}; or pass --allow-pickle to load them as they are."
        )
    files = (found, *_shards(found)) if found.suffix == ".json" else (found,)
    for path in files:
        if path.suffix == ".safetensors":
            tensor_shapes(path)
    return files


def tensor_shapes(path: Path) -> Mapping[str, tuple[int, ...]]:
    """Returns tensor name → shape from a safetensors header, without reading tensors.

    Raises CheckpointError if the header is damaged or the file has another size than the header says.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(_LENGTH_BYTES), "little")
        if size < _LENGTH_BYTES or length > size - _LENGTH_BYTES:
            _raise_truncated(path, size, f"{_LENGTH_BYTES + length:,} bytes of header alone")
        header = stream.read(length)
    try:
        tensors = json.loads(header)
        tensors.pop("__metadata__", None)
        spans = sorted(tuple(tensor["data_offsets"]) for tensor in tensors.values())
        shapes = {name: tuple(tensor["shape"]) for name, tensor in tensors.items()}
    except (ValueError, TypeError, KeyError, AttributeError) as err:
        raise CheckpointError(
            f"{path} is not a safetensors file: its header cannot be read ({err}). Copy the file again."
        ) from err
    if any(end != start for (_, end), (start, _) in pairwise([(0, 0), *spans])):
        raise CheckpointError(f"{path} has a damaged header: tensors overlap or leave gaps. Copy the file again.")
    expected = _LENGTH_BYTES + length + (spans[-1][1] if spans else 0)
    if size != expected:
        _raise_truncated(path, size, f"{expected:,} bytes")
    return shapes


def identity_files(folder: Path, names: Sequence[str]) -> dict[str, Path]:
    """Returns file name → path for those of `names` that exist in `folder`."""
    return {name: folder / name for name in names if (folder / name).is_file()}


def digest(path: Path) -> str:
    """Returns the SHA-256 (hex) of a file's bytes; a file of the same path, size and time is read once per process."""
    status = path.stat()
    return _digest(path, status.st_size, status.st_mtime_ns)


def identity_of(files: Mapping[str, Path]) -> str:
    """Returns the same as `xharness.identity.of_files`, reading each file once per process."""
    return of_record({role: digest(path) for role, path in files.items()})


@functools.cache
def _digest(path: Path, size: int, mtime_ns: int) -> str:
    del size, mtime_ns  # they only tell one version of the file from another
    return of_file(path)


def _first(folder: Path, names: Sequence[str]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _shards(index: Path) -> tuple[Path, ...]:
    weight_map = read_object(index).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise CheckpointError(f"{index} names no shards (no weight_map); copy the file again.")
    shards = tuple(index.parent / name for name in sorted(set(weight_map.values())))
    absent = [shard.name for shard in shards if not shard.is_file()]
    if absent:
        raise CheckpointError(
            f"{index} lists {len(shards)} weight files, of which {len(absent)} are missing: {', '.join(absent)}. "
            f"Copy them into {index.parent}."
        )
    for shard in shards:
        if shard.suffix == ".safetensors":
            _check_shard(index, shard, [name for name, file in weight_map.items() if file == shard.name])
    return shards


def _check_shard(index: Path, shard: Path, names: Sequence[str]) -> None:
    absent = sorted(set(names) - set(tensor_shapes(shard)))
    if absent:
        raise CheckpointError(
            f"{shard} lacks {len(absent)} tensors that {index.name} places there (first: {absent[0]}); the files are from "
            f"different saves. Copy all of them again."
        )


def _raise_truncated(path: Path, size: int, expected: str) -> None:
    raise CheckpointError(
        f"{path} is truncated or damaged: it has {size:,} bytes, its header asks for {expected}. Copy the file again."
    )
