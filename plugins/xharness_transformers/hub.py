"""Checkpoints on the hub: which strings name one, and how its files are fetched."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from xharness import CheckpointError

from xharness_transformers.files import TOKENIZER_FILES

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_CONFIGURATION = (
    "config.json",
    "adapter_config.json",
    "modules.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "*.safetensors.index.json",
    "provenance.json",
)
_ELSEWHERE = ("onnx/*", "openvino/*", "checkpoint-*/*", "*optimizer*")  # other formats, states of training


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded:
    """Files of a hub repository at one commit (40 hex digits)."""

    folder: Path
    reference: str
    commit: str


def split_reference(checkpoint: str) -> tuple[str, str | None] | None:
    """Returns (hub id, revision or None) of "org/name@revision" or "name", None for what cannot be a hub id."""
    name, _, revision = checkpoint.partition("@")
    return (name, revision or None) if _HUB_ID.fullmatch(name) else None


def download(name: str, revision: str | None, *, allow_pickle: bool, trust_remote_code: bool) -> Downloaded:
    """Fetches weights, tokenizer and configuration of a hub repository, or finds them in the local cache.

    HF_HUB_OFFLINE, HF_HOME and HF_TOKEN act as everywhere. Raises CheckpointError if it is neither reachable nor cached.
    """
    from huggingface_hub import snapshot_download

    wanted = [*TOKENIZER_FILES, *_CONFIGURATION, "*.safetensors", "*_Pooling/config.json", "*/config.json"]
    wanted += [f"*/{name}" for name in (*TOKENIZER_FILES, "adapter_config.json", "sentence_bert_config.json")]
    wanted += ["*.bin", "*.bin.index.json"] if allow_pickle else []
    wanted += ["*.py"] if trust_remote_code else []
    try:
        folder = snapshot_download(
            name, revision=revision, allow_patterns=wanted, ignore_patterns=list(_ELSEWHERE), tqdm_class=None
        )
    except Exception as err:
        raise CheckpointError(_unreachable(name, revision, err)) from err
    return Downloaded(folder=Path(folder), reference=name, commit=Path(folder).name)


def _unreachable(name: str, revision: str | None, err: Exception) -> str:
    first_line = next(iter(str(err).strip().splitlines()), "no message")
    return (
        f"{name!r} is not a folder here, and the hub repository {name} at {revision or 'its main revision'} could not be "
        f"fetched ({type(err).__name__}: {first_line}). For a folder, check the path{_near(name)}; for the hub, check name, "
        f"revision, connection, HF_TOKEN (private and gated repositories) and whether HF_HUB_OFFLINE or --offline is set; for "
        f"a machine without a connection, run `xharness prefetch {name}` where there is one and take its HF_HOME folder along."
    )


def _near(name: str) -> str:
    near = near_folders(Path(name))
    return f" (near: {', '.join(near)})" if near else ""


def near_folders(path: Path) -> list[str]:
    """Returns up to three folders beside `path` whose names resemble its own."""
    import difflib

    parent = path.parent
    if not parent.is_dir():
        return []
    folders = [entry.name for entry in parent.iterdir() if entry.is_dir()]
    return [str(parent / name) for name in difflib.get_close_matches(path.name, folders, n=3, cutoff=0.5)]
