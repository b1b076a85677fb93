"""Low-rank adapters in an encoder (LoRA, Hu et al. 2021), by PEFT, and back to an ordinary network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xharness import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection

    from transformers import PreTrainedModel

    from xharness_finetune.recipes.settings import Lora


class Adapters:
    """The adapters of one body.

    Attributes:
        parameters: how many numbers they are.
    """

    def __init__(self, tuner: Any, *, parameters: int) -> None:
        self._tuner = tuner
        self.parameters = parameters

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
    return Adapters(tuner, parameters=count)


def _is_linear(module: object) -> bool:
    return type(module).__name__ == "Linear"
