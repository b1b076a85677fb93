"""The pipeline that a sentence-transformers directory describes in modules.json."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xharness import CheckpointError

from xharness_transformers.files import read_json, read_object

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SUPPORTED = ("Transformer", "Pooling", "Normalize")
MODES = ("mean", "cls", "max")
_LEGACY_MODES = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
"""Source: sentence_transformers 6.2, sentence_transformer/modules/pooling.py."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceModules:
    """What modules.json says.

    Attributes:
        transformer: folder of the network.
        mode: "mean", "cls" or "max".
        normalize: vectors are scaled to length 1.
        max_length: subwords per sentence, special tokens included, or None.
        lower_case: sentences are lower-cased before the tokenizer sees them.
        files: role → configuration file, for the identity.
    """

    transformer: Path
    mode: str
    normalize: bool
    max_length: int | None
    lower_case: bool
    files: Mapping[str, Path]


def read_modules(folder: Path) -> SentenceModules | None:
    """Returns the pipeline of `folder`, None if it has none (no modules.json, or one that lists a Transformer only).

    Raises CheckpointError for modules and poolings that are not supported: their vectors would be others.
    """
    path = folder / "modules.json"
    if not path.is_file():
        return None
    modules = _modules(path)
    names = [name for name, _ in modules]
    if names == ["Transformer"]:
        return None
    if names not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        raise CheckpointError(
            f"{path} lists the modules {', '.join(names)}; supported are Transformer, Pooling and optionally Normalize, in "
            f"this order. Evaluate the Transformer's own folder instead, with --pooling, if its vectors are what you want."
        )
    _refuse_prompt(folder / "config_sentence_transformers.json")
    transformer, pooling = modules[0][1], modules[1][1] / "config.json"
    limits = transformer / "sentence_bert_config.json"
    settings = read_object(limits) if limits.is_file() else {}
    return SentenceModules(
        transformer=transformer,
        mode=_mode(pooling),
        normalize=names[-1] == "Normalize",
        max_length=settings.get("max_seq_length"),
        lower_case=bool(settings.get("do_lower_case", False)),
        files={"modules": path, "pooling": pooling} | ({"limits": limits} if limits.is_file() else {}),
    )


def _modules(path: Path) -> list[tuple[str, Path]]:
    try:
        entries = sorted(read_json(path), key=lambda entry: int(entry["idx"]))
        return [(_short(entry["type"]), path.parent / entry["path"]) for entry in entries]
    except (TypeError, KeyError, ValueError) as err:
        raise CheckpointError(
            f"{path} is malformed ({type(err).__name__}: {err}); expected a list of objects with idx, path and type, as "
            f"sentence-transformers writes it."
        ) from err


def _short(module: str) -> str:
    name = module.rpartition(".")[2]
    return name if module.startswith("sentence_transformers.") and name in SUPPORTED else module


def _mode(path: Path) -> str:
    settings = read_object(path)
    modes: Any = settings.get("pooling_mode")
    if modes is None:
        modes = [mode for key, mode in _LEGACY_MODES.items() if settings.get(key)] or ["mean"]
    modes = [modes] if isinstance(modes, str) else list(modes)
    if len(modes) != 1 or modes[0] not in MODES:
        raise CheckpointError(
            f"{path} pools by {' and '.join(map(str, modes)) or 'nothing'}; supported is exactly one of {', '.join(MODES)}. "
            f"Evaluate the Transformer's own folder with --pooling mean or cls instead."
        )
    return str(modes[0])


def _refuse_prompt(path: Path) -> None:
    settings = read_object(path) if path.is_file() else {}
    name = settings.get("default_prompt_name")
    prompt = (settings.get("prompts") or {}).get(name) if name is not None else None
    if prompt:
        raise CheckpointError(
            f"{path} puts the prompt {prompt!r} before every sentence, which is not supported. Set default_prompt_name to "
            f"null in a copy of the folder to evaluate it without."
        )
