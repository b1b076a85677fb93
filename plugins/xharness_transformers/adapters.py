"""PEFT adapters: their head, and merging them into their base."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from xharness import CheckpointError

from xharness_transformers.files import tensor_shapes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from transformers import PreTrainedModel

    from xharness_transformers.forms import Adapter

_PREFIX = "base_model.model."  # before every name that peft saves
_OUTPUT_LAYERS = ("out_proj.weight", "classifier.weight", "score.weight")  # last layers of transformers' heads
_HEADS = frozenset({"classifier", "score", "qa_outputs", "cls", "lm_head", "pooler"})
_SHOWN = 4


def own_outputs(adapter: Adapter) -> int | None:
    """Returns how many outputs the head has that the adapter brings along (modules_to_save), None if it brings none."""
    shapes = _shapes(adapter)
    heads = [shape for ending in _OUTPUT_LAYERS for name, shape in shapes.items() if name.endswith("." + ending)]
    return heads[0][0] if heads else None


def is_head(name: str) -> bool:
    """Returns whether a tensor of a network with a head belongs to the head or the pooler, so not to hidden states."""
    return bool(_HEADS & set(name.split(".")[:2]))


def merge(network: PreTrainedModel, adapter: Adapter, place: str, untrained: Collection[str]) -> PreTrainedModel:
    """Returns `network` (float32) with the adapter merged into its weights and the adapter's own head put in.

    `untrained` are the tensors that matter and that the base does not have: the adapter must bring them. Raises
    CheckpointError if it does not, if it does not fit the base, and for kinds of adapters that cannot be merged (prompts,
    prefixes).
    """
    _refuse_prompts(adapter, place)
    _refuse_random(adapter, place, untrained)
    adapted = _attach(network, adapter, place)
    _refuse_unused(adapted, adapter, place)
    if not hasattr(adapted.base_model, "merge_and_unload"):
        raise _cannot_merge(adapted.active_peft_config.peft_type, place)
    merged: PreTrainedModel = adapted.merge_and_unload()
    return merged


def _attach(network: PreTrainedModel, adapter: Adapter, place: str) -> Any:
    from peft import PeftModel

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            adapted = PeftModel.from_pretrained(network, str(adapter.folder))
        except Exception as err:
            raise _misfit(adapter, place, f"{type(err).__name__}: {' '.join(str(err).split())[:300]}") from err
    absent = [str(item.message) for item in caught if "missing adapter keys" in str(item.message)]
    if absent:
        raise CheckpointError(
            f"{place}: {adapter.weights[0].name} does not have all the tensors that adapter_config.json promises. {absent[0]} "
            f"Save the adapter again."
        )
    return adapted


def _refuse_prompts(adapter: Adapter, place: str) -> None:
    from peft import PeftConfig

    try:
        configuration = PeftConfig.from_pretrained(str(adapter.folder))
    except Exception as err:
        raise CheckpointError(
            f"{place}: peft does not understand adapter_config.json ({type(err).__name__}: {err}). A newer peft may know a "
            f"newer kind of adapter; or merge it where it was trained, and save the whole network."
        ) from err
    if configuration.is_prompt_learning:
        raise _cannot_merge(configuration.peft_type, place)


def _refuse_random(adapter: Adapter, place: str, untrained: Collection[str]) -> None:
    brought = {name.removeprefix(_PREFIX) for name in _shapes(adapter)}
    random = sorted(name for name in untrained if name not in brought)
    encoder = [name for name in random if not is_head(name)]
    if encoder:
        raise _misfit(adapter, place, f"the base lacks fitting weights for {_first(encoder)}")
    if random:
        raise CheckpointError(
            f"{place}: neither the base {adapter.base} nor the adapter has trained weights for {_first(random)}; they would "
            f"be random. Save the adapter with its head (modules_to_save in its configuration)."
        )


def _refuse_unused(adapted: Any, adapter: Adapter, place: str) -> None:
    from peft import get_peft_model_state_dict

    # Embeddings aside: peft saves them along whenever a vocabulary was resized.
    used = set(get_peft_model_state_dict(adapted, save_embedding_layers=False))
    unused = sorted(name for name in _shapes(adapter) if name not in used and "embed" not in name)
    if unused:
        raise _misfit(adapter, place, f"the base has no place for {_first(unused)}")


def _shapes(adapter: Adapter) -> Mapping[str, tuple[int, ...]]:
    path = adapter.weights[0]
    if path.suffix == ".safetensors":
        return tensor_shapes(path)
    import torch

    tensors = torch.load(path, map_location="cpu", weights_only=True)
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def _first(names: Collection[str]) -> str:
    shown = sorted(names)[:_SHOWN]
    return ", ".join(shown) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _misfit(adapter: Adapter, place: str, detail: str) -> CheckpointError:
    return CheckpointError(
        f"{place}: the adapter does not fit its base {adapter.base} ({detail}). Set base_model_name_or_path in "
        f"adapter_config.json to the checkpoint that it was trained on."
    )


def _cannot_merge(peft_type: object, place: str) -> CheckpointError:
    return CheckpointError(
        f"{place}: adapters of type {getattr(peft_type, 'value', peft_type)} cannot be merged into their base; supported are "
        f"those that change weights, such as LoRA. Merge it where it was trained, and save the whole network."
    )
