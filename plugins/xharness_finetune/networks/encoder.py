"""Where an encoder is, which files make it up, and whether it can be trained."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import CheckpointError
from xharness.identity import of_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from transformers import PreTrainedTokenizerFast

_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
_VOCABULARIES = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "sentencepiece.bpe.model",
    "spiece.model",
    "spm.model",
    "tokenizer.model",
)
_TOKENIZER = (
    *_VOCABULARIES,
    "merges.txt",
    "bpe.codes",
    "added_tokens.json",
    "special_tokens_map.json",
    "tokenizer_config.json",
)
_SENTENCE_TRANSFORMERS = ("modules.json", "sentence_bert_config.json", "config_sentence_transformers.json")
_PICKLED = ("pytorch_model.bin", "pytorch_model.bin.index.json", "model.pt")
_OF_A_FOLDER = ("config.json", *_TOKENIZER, "sentence_bert_config.json")
# No more than `xharness prefetch` has fetched for an evaluation: the hub's library refuses a copy that lacks any of them.
_FETCHED = [
    *_OF_A_FOLDER,
    *(f"*/{name}" for name in _OF_A_FOLDER),
    *_SENTENCE_TRANSFORMERS,
    "*.safetensors.index.json",
    "*.safetensors",
]
_NOT_FETCHED = ["onnx/*", "openvino/*", "checkpoint-*/*", "*optimizer*"]  # other formats, states of training


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoder:
    """An encoder on this machine.

    Attributes:
        name: folder name, or hub id and commit; never a path.
        folder: what the reference names.
        transformer: where configuration, weights and tokenizer are: `folder`, or a sub-folder of a
            sentence-transformers directory.
        files: path relative to `folder` → file, everything that a prediction depends on.
        identity: SHA-256 (hex) over the bytes of `files`.
        max_length: subwords that it takes at most, special tokens included; None where the configuration does not say.
    """

    name: str
    folder: Path
    transformer: Path
    files: Mapping[str, Path]
    identity: str
    max_length: int | None

    @property
    def size_bytes(self) -> int:
        """Returns the size of all files together."""
        return sum(path.stat().st_size for path in self.files.values())

    def copy_to(self, target: Path) -> None:
        """Copies every file to the same relative place under `target`, an existing folder."""
        for role, path in self.files.items():
            place = target / role
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)


def find_encoder(reference: str) -> Encoder:
    """Returns the encoder that a folder or a hub id (`owner/name`, `owner/name@revision`) names.

    Reads no weights but to hash them; fetches from the hub what is not in its cache. Raises CheckpointError if there is
    none, or if it lacks a configuration, safetensors or a tokenizer.
    """
    folder, name = _folder_of(reference)
    transformer, modules = _modules(folder)
    if not (transformer / "config.json").is_file():
        raise CheckpointError(_no_configuration(folder, transformer))
    weights = _weight_files(transformer)
    if not any((transformer / name).is_file() for name in _VOCABULARIES):
        raise CheckpointError(
            f"The encoder {transformer} has no tokenizer: expected one of {', '.join(_VOCABULARIES)}. Save the tokenizer "
            f"that it was pretrained with into the folder (tokenizer.save_pretrained)."
        )
    named = [transformer / name for name in ("config.json", *_TOKENIZER, *_SENTENCE_TRANSFORMERS)]
    named += [folder / name for name in _SENTENCE_TRANSFORMERS]
    named += [module / name for module in modules for name in ("config.json", "model.safetensors")]
    files = {path.relative_to(folder).as_posix(): path for path in (*named, *weights) if path.is_file()}
    return Encoder(
        name=name,
        folder=folder,
        transformer=transformer,
        files=files,
        identity=of_files(files),
        max_length=_max_length(transformer / "config.json"),
    )


def load_tokenizer(encoder: Encoder, *, split_words: bool = False) -> PreTrainedTokenizerFast:
    """Returns the encoder's fast tokenizer, without the truncation and padding that sentence-transformers saves in it.

    `split_words`: byte-level tokenizers are told that words come one by one (RoBERTa's `add_prefix_space`).
    Raises CheckpointError if it cannot be loaded, is not a fast one or knows more subwords than the encoder.
    """
    from transformers import AutoConfig, AutoTokenizer

    try:
        config = AutoConfig.from_pretrained(encoder.transformer, trust_remote_code=False)
        tokenizer = AutoTokenizer.from_pretrained(encoder.transformer, trust_remote_code=False)
        if split_words and getattr(tokenizer, "add_prefix_space", None) is False:
            tokenizer = AutoTokenizer.from_pretrained(
                encoder.transformer, trust_remote_code=False, add_prefix_space=True
            )
    except Exception as err:  # the library raises whatever its parsers raise
        raise CheckpointError(
            f"The configuration or the tokenizer of the encoder {encoder.folder} cannot be loaded ({_first_line(err)}). "
            f"Encoders that need code of their own are not run; others: copy the files again from where they were saved."
        ) from err
    if not tokenizer.is_fast:
        raise CheckpointError(
            f"The tokenizer of the encoder {encoder.folder} ({type(tokenizer).__name__}) gives no character offsets; save "
            f"it as a fast one (tokenizer.json) first."
        )
    size = getattr(config, "vocab_size", None)
    if size is not None and len(tokenizer) > size:
        raise CheckpointError(
            f"The tokenizer of the encoder {encoder.folder} knows {len(tokenizer):,} subwords, the encoder {size:,}: they do "
            f"not belong together. Put the tokenizer that the encoder was pretrained with into the folder."
        )
    reset_tokenizer(tokenizer)
    return tokenizer


def reset_tokenizer(tokenizer: Any) -> None:
    """Takes truncation and padding, which a call leaves behind, out of a fast tokenizer: they would be saved with it."""
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()


def _folder_of(reference: str) -> tuple[Path, str]:
    folder = Path(reference).expanduser()
    if folder.is_dir():
        return folder, folder.resolve().name
    if folder.exists() or reference.startswith((".", "/", "~")) or reference.count("/") > 1:
        raise CheckpointError(
            f"The encoder {reference} is not a folder; expected a transformers or sentence-transformers directory, or a hub "
            f"id such as xlm-roberta-base or owner/name@revision."
        )
    return _fetched(reference)


def _fetched(reference: str) -> tuple[Path, str]:
    from huggingface_hub import snapshot_download

    repository, _, revision = reference.partition("@")
    try:
        folder = Path(
            snapshot_download(
                repository, revision=revision or None, allow_patterns=_FETCHED, ignore_patterns=_NOT_FETCHED
            )
        )
    except Exception as err:  # network, cache, permission and naming errors have no common root
        raise CheckpointError(
            f"The encoder {reference!r} is neither a folder here nor could it be fetched from the hub "
            f"({_first_line(err)}). Check the name and the connection, give the folder of a local copy, or run "
            f"`xharness prefetch {repository}` where there is a connection and take its HF_HOME folder here."
        ) from err
    return folder, f"{repository}@{folder.name}"


def _modules(folder: Path) -> tuple[Path, list[Path]]:
    """Returns where the transformer is and the folders of the other sentence-transformers modules, if any."""
    listing = folder / "modules.json"
    if not listing.is_file():
        return folder, []
    try:
        modules = json.loads(listing.read_text(encoding="utf-8"))
        paths = [module["path"] for module in modules]
        types = [module["type"] for module in modules]
    except (ValueError, TypeError, KeyError) as err:
        raise CheckpointError(
            f"{listing} is not a list of sentence-transformers modules ({_first_line(err)}); copy the file again."
        ) from err
    if not types or not types[0].endswith("Transformer"):
        raise CheckpointError(
            f"{listing} does not begin with a Transformer module (first: {types[0] if types else 'none'}), so there is no "
            f"encoder to fine-tune; give a sentence-transformers directory that wraps a transformers encoder."
        )
    inside = [folder / path for path in paths]
    if any(folder.resolve() not in (path.resolve(), *path.resolve().parents) for path in inside):
        raise CheckpointError(
            f"{listing} names a module outside its folder; give a directory that is complete in itself."
        )
    return inside[0], inside[1:]


def _max_length(configuration: Path) -> int | None:
    try:
        positions = json.loads(configuration.read_text(encoding="utf-8")).get("max_position_embeddings")
    except (ValueError, AttributeError) as err:
        raise CheckpointError(f"{configuration} is not a JSON object ({_first_line(err)}); copy it again.") from err
    # RoBERTa's kin count positions from 2 on, so that two of them are never used; two fewer elsewhere do no harm.
    return positions - 2 if isinstance(positions, int) else None


def _weight_files(transformer: Path) -> list[Path]:
    found = [transformer / name for name in _WEIGHTS if (transformer / name).is_file()]
    if not found:
        pickled = [name for name in _PICKLED if (transformer / name).is_file()]
        has = f"pickled weights only ({pickled[0]}), and unpickling can run any code" if pickled else "no weights"
        raise CheckpointError(
            f"The encoder {transformer} has {has}; expected {_WEIGHTS[0]}. Convert it once where you trust it: "
            f"AutoModel.from_pretrained(...).save_pretrained(FOLDER) writes safetensors."
        )
    if found[0].suffix != ".json":
        return found[:1]
    try:
        names = sorted(set(json.loads(found[0].read_text(encoding="utf-8"))["weight_map"].values()))
    except (ValueError, TypeError, KeyError, AttributeError) as err:
        raise CheckpointError(f"{found[0]} is not an index of weights ({_first_line(err)}); copy it again.") from err
    absent = [name for name in names if not (transformer / name).is_file()]
    if absent:
        raise CheckpointError(f"{found[0]} lists weight files that are missing: {', '.join(absent)}. Copy them too.")
    return [found[0], *(transformer / name for name in names)]


def _no_configuration(folder: Path, transformer: Path) -> str:
    message = f"The encoder {transformer} has no config.json, so it is not a transformers directory"
    if (folder / "adapter_config.json").is_file():
        return f"{message} but an adapter; merge it into its base (merge_and_unload) and give the merged folder."
    if (folder / "encoder" / "config.json").is_file():
        return f"{message} but a checkpoint set; give {folder / 'encoder'}, or one of its other sub-folders."
    return f"{message}; expected config.json, model.safetensors and a tokenizer as save_pretrained writes them."


def _first_line(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return text[0] if text else type(error).__name__
