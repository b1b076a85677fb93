"""Loading a part's network, and refusing what would run with random or misfitting weights."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

from xharness import CheckpointError, UsageError, unknown_name
from xharness.environment import limit_kernel_cache

from xharness_transformers.adapters import is_head, merge
from xharness_transformers.files import read_object
from xharness_transformers.heads import HeadType, adapter_head_type, auto_class, network_class

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import torch
    from transformers import PreTrainedModel
    from xharness import Settings

    from xharness_transformers.forms import Adapter, Part

DTYPES = ("float32", "bfloat16", "float16")
_DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?")


def check_settings(settings: Settings) -> None:
    """Raises UsageError for a dtype or device whose name is unknown; imports nothing."""
    if settings.dtype not in DTYPES:
        raise unknown_name("dtype", settings.dtype, DTYPES)
    if not _DEVICE.fullmatch(settings.device):
        raise unknown_name("device", settings.device, ("auto", "cpu", "cuda", "cuda:N"))


def resolve_device(name: str) -> torch.device:
    """Returns the device for "auto" (the first GPU, else the processor), "cpu", "cuda" or "cuda:N".

    Raises UsageError for a GPU that is not there.
    """
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto":
        return torch.device("cuda:0" if count else "cpu")
    device = torch.device("cuda:0" if name == "cuda" else name)
    if device.type == "cuda" and (device.index or 0) >= count:
        raise UsageError(
            f"--device {name}: this machine has {count or 'no'} usable GPU{'s' if count != 1 else ''}. Use --device cpu, or "
            f"--device auto to take a GPU only where there is one."
        )
    return device


def load_config(part: Part, settings: Settings) -> Any:
    """Returns the transformers configuration; raises CheckpointError if it cannot be read or its model type is unknown."""
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(
            str(part.config), trust_remote_code=settings.trust_remote_code, local_files_only=True
        )
    except Exception as err:
        raise CheckpointError(
            f"{part.place}: transformers does not understand {part.config / 'config.json'} ({shortened(err)}). Check the file, "
            f"in particular model_type; a newer transformers may know a newer model."
        ) from err


def attention(kind: HeadType, config: Any) -> str | None:
    """Returns "sdpa" where the network supports it, else "eager"; None leaves it to the checkpoint's own code."""
    network = network_class(kind, config)
    if network is None:
        return None
    return "sdpa" if network._supports_sdpa else "eager"


def encoder_parameters(config: Any, settings: Settings) -> int | None:
    """Returns the parameters of the encoder without embeddings and pooler: those that every token meets.

    None where transformers has no class for it. Counted on a network without storage, so that no weights are read.
    """
    import torch

    if network_class(HeadType.NONE, config) is None:
        return None
    with torch.device("meta"), quiet():
        network = auto_class(HeadType.NONE, config).from_config(config, trust_remote_code=settings.trust_remote_code)
    outside = {
        id(parameter)
        for name, module in network.named_modules()
        if isinstance(module, torch.nn.Embedding) or name in {"embeddings", "pooler"}
        for parameter in module.parameters()
    }
    inside = (parameter for parameter in network.parameters() if id(parameter) not in outside)
    return int(sum(parameter.numel() for parameter in inside))


def load_network(part: Part, config: Any, kind: HeadType, settings: Settings) -> PreTrainedModel:
    """Returns the network on its device, in its dtype and in eval mode; for `HeadType.NONE` the bare encoder.

    Raises CheckpointError if a tensor that matters is missing or has another shape than the configuration says, and if
    the network does not fit into memory.
    """
    limit_kernel_cache()
    import torch

    device, dtype = resolve_device(settings.device), getattr(torch, settings.dtype)
    with quiet():
        if part.adapter is None:
            network = _load(part, config, kind, settings, dtype)
        else:
            network = _load_adapted(part, part.adapter, config, kind, settings)
    try:
        return network.to(device=device, dtype=dtype).eval().requires_grad_(False)
    except torch.OutOfMemoryError as err:
        raise CheckpointError(
            f"{part.place} does not fit into the memory of {device} in {settings.dtype}. Use --dtype bfloat16, another "
            f"--device, or free memory there."
        ) from err


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silences transformers' progress bars and reports; what they say is checked here and raised instead."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


def shortened(err: Exception) -> str:
    """Returns type and message of a library's error on one line of at most 300 characters."""
    text = " ".join(str(err).split())
    return f"{type(err).__name__}: {text[:300]}{'…' if len(text) > 300 else ''}"


def _load(part: Part, config: Any, kind: HeadType, settings: Settings, dtype: torch.dtype) -> PreTrainedModel:
    network, missing = _from_pretrained(part, config, kind, settings, dtype)
    _refuse_random(part, kind, missing)
    return network


def _load_adapted(part: Part, adapter: Adapter, config: Any, kind: HeadType, settings: Settings) -> PreTrainedModel:
    import torch

    trained = adapter_head_type(read_object(adapter.folder / "adapter_config.json"))
    network, missing = _from_pretrained(part, config, trained, settings, torch.float32)
    untrained = missing if kind is not HeadType.NONE else {name for name in missing if not is_head(name)}
    merged = merge(network, adapter, part.place, untrained)
    if kind is HeadType.NONE and trained is not HeadType.NONE:
        return merged.base_model
    return merged


def _from_pretrained(
    part: Part, config: Any, kind: HeadType, settings: Settings, dtype: torch.dtype
) -> tuple[PreTrainedModel, set[str]]:
    chosen = attention(kind, config)
    extra = {} if chosen is None else {"attn_implementation": chosen}
    try:
        network, report = auto_class(kind, config).from_pretrained(
            str(part.folder),
            config=config,
            dtype=dtype,
            use_safetensors=None if settings.allow_pickle else True,
            trust_remote_code=settings.trust_remote_code,
            local_files_only=True,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # refused below, with the tensor's name
            **extra,
        )
    except Exception as err:
        raise CheckpointError(
            f"{part.place}: the weights in {part.folder} do not fit its configuration as a network with {kind.value} "
            f"({shortened(err)}). Check that config.json and weights are from the same save."
        ) from err
    mismatched = sorted(report["mismatched_keys"])
    if report["error_msgs"] or (mismatched and part.adapter is None):
        raise CheckpointError(
            f"{part.place}: weights and config.json disagree ({_disagreement(report['error_msgs'], mismatched)}). Copy both "
            f"from the same save."
        )
    return network, set(report["missing_keys"]) | {name for name, *_ in mismatched}


def _disagreement(messages: Sequence[str], mismatched: Sequence[tuple[str, Sequence[int], Sequence[int]]]) -> str:
    if not mismatched:
        return messages[0]
    name, stored, expected = mismatched[0]
    others = f"; {len(mismatched) - 1} more tensors" if len(mismatched) > 1 else ""
    return f"{name} is stored as {list(stored)}, the configuration asks for {list(expected)}{others}"


def _refuse_random(part: Part, kind: HeadType, missing: Collection[str]) -> None:
    random = sorted(missing)
    if kind is HeadType.NONE:
        random = [name for name in random if not is_head(name)]  # hidden states do not pass through the pooler
    if random:
        shown = ", ".join(random[:4]) + (f" and {len(random) - 4} more" if len(random) > 4 else "")
        raise CheckpointError(
            f"{part.place}: the weights lack {shown}, which a network with {kind.value} needs; they would be random, so "
            f"nothing is scored. Give a checkpoint that was fine-tuned with this head, or correct architectures in "
            f"config.json."
        )
