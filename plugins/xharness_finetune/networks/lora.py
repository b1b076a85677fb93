"""Low-rank adapters in an encoder (LoRA, Hu et al. 2021), by PEFT, and back to an ordinary network."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from xharness import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    import torch
    from transformers import PreTrainedModel

    from xharness_finetune.recipes.settings import Lora


_TASK_TYPES: Mapping[str, str] = {
    "ForSequenceClassification": "SEQ_CLS",
    "ForTokenClassification": "TOKEN_CLS",
    "ForQuestionAnswering": "QUESTION_ANS",
}
"""PEFT's names of heads; it has none for multiple choice, where the class is named alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """What a training with adapters changed, apart from the encoder that it left as it was.

    Attributes:
        modules: names, in the network with its head, of the layers that have adapters.
        whole: names of modules that were trained without: the head, and a pooler that was drawn.
        tensors: by PEFT's names.
    """

    lora: Lora
    modules: tuple[str, ...]
    whole: tuple[str, ...]
    tensors: Mapping[str, torch.Tensor]

    def to(self, dtype: str) -> Apart:
        """Returns the same in another dtype, such as "float16"."""
        import torch

        return replace(self, tensors={name: value.to(getattr(torch, dtype)) for name, value in self.tensors.items()})


class Adapters:
    """The adapters of one body.

    Attributes:
        parameters: how many numbers they are.
    """

    def __init__(self, tuner: Any, lora: Lora, *, parameters: int) -> None:
        self._tuner = tuner
        self._lora = lora
        self.parameters = parameters

    def apart(self, network: PreTrainedModel) -> Apart:
        """Returns a copy of the adapters, and of all else that is trained in `network`, the body with its head.

        Parameters that the network does not save, since it does not use them (a pooler), are left out.
        """
        spare = {name.rpartition(".")[0] for name in network._keys_to_ignore_on_save or ()}
        trained = {
            name: value
            for name, value in network.named_parameters()
            if value.requires_grad and name.partition(".lora_")[0] not in spare and name.rpartition(".")[0] not in spare
        }
        adapted = {name.partition(".lora_")[0] for name in trained if ".lora_" in name}
        saved = {_whole_module(name, network.base_model_prefix) for name in trained if ".lora_" not in name}
        tensors = {
            f"base_model.model.{name.replace('.default.', '.')}": value.detach().clone()
            for name, value in trained.items()
        }
        return Apart(lora=self._lora, modules=tuple(sorted(adapted)), whole=tuple(sorted(saved)), tensors=tensors)

    def merge(self) -> None:
        """Adds the adapters to the weights in place: the body is an ordinary network again, all of it trainable."""
        body = self._tuner.merge_and_unload()
        for parameter in body.parameters():
            parameter.requires_grad_(requires_grad=True)


def adapt(body: PreTrainedModel, lora: Lora, *, drawn: Collection[str] = ()) -> Adapters:
    """Puts adapters into a body, in place, and freezes all else of it; heads on it stay trainable.

    `drawn` names parameters of the body that were drawn at random (a pooler): they are trained as a head is, without
    adapters. Adapters start from torch's global generator (seed it before) and change no output before they are trained.
    Raises UsageError if the body has none of the modules that the settings name.
    """
    from peft import LoraConfig
    from peft.tuners.lora import LoraModel

    modules = lora.modules if isinstance(lora.modules, str) else list(lora.modules)
    config = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=modules,
        exclude_modules=sorted({name.rpartition(".")[0] for name in drawn}) or None,
    )
    try:
        tuner = LoraModel(body, {"default": config}, "default")
    except ValueError as err:
        known = sorted({name.rpartition(".")[2] for name, module in body.named_modules() if _is_linear(module)})
        raise UsageError(
            f"lora.modules names no module of the encoder that can be adapted ({', '.join(modules)}); expected some of "
            f"{', '.join(known)}, or all-linear."
        ) from err
    by_name = dict(body.named_parameters())
    for name in drawn:
        by_name[name].requires_grad_(requires_grad=True)
    count = sum(parameter.numel() for name, parameter in by_name.items() if ".lora_" in name)
    return Adapters(tuner, lora, parameters=count)


def save_adapter(apart: Apart, network: PreTrainedModel, folder: Path, *, base: str) -> None:
    """Writes a PEFT adapter directory and the network's configuration; `base` is the encoder's folder, relative to `folder`.

    Raises OSError if that fails.
    """
    from peft import LoraConfig
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    name = type(network).__name__
    config = LoraConfig(
        task_type=next((kind for ending, kind in _TASK_TYPES.items() if name.endswith(ending)), None),
        auto_mapping={"base_model_class": name, "parent_library": type(network).__module__},
        base_model_name_or_path=base,
        r=apart.lora.rank,
        lora_alpha=apart.lora.alpha,
        lora_dropout=apart.lora.dropout,
        target_modules=list(apart.modules),
        modules_to_save=list(apart.whole),
        inference_mode=True,
    )
    try:
        save_file(
            {name: value.contiguous() for name, value in apart.tensors.items()}, folder / "adapter_model.safetensors"
        )
    except SafetensorError as err:  # how a full disk shows
        raise OSError(str(err)) from err
    config.save_pretrained(str(folder))
    path = folder / "adapter_config.json"  # lists in it are sets, whose order is another one in each process
    text = json.dumps(_ordered(json.loads(path.read_text(encoding="utf-8"))), indent=2, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")
    network.config.architectures = [name]
    network.config.save_pretrained(str(folder))


def _ordered(record: dict[str, Any]) -> dict[str, Any]:
    return {name: sorted(value) if isinstance(value, list) else value for name, value in record.items()}


def _whole_module(name: str, prefix: str) -> str:
    """Returns the module that a parameter outside the adapters is saved with: a head as a whole, a pooler's layer alone."""
    return name.rpartition(".")[0] if name.startswith(f"{prefix}.") else name.partition(".")[0]


def _is_linear(module: object) -> bool:
    return type(module).__name__ == "Linear"
