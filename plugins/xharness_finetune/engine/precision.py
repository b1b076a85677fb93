"""In which precision the matrix products of a training are done."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import torch  # noqa: TID253  # work path only

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager


def choose(wanted: str, device: torch.device) -> str:
    """Returns "float32" or "bfloat16" for a recipe's dtype; "auto" is bfloat16 only on a GPU that computes in it."""
    if wanted != "auto":
        return wanted
    native = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return "bfloat16" if native else "float32"


def products_in(dtype: str, device: torch.device) -> AbstractContextManager[object]:
    """Returns the context in which a loss is computed: weights stay float32, bfloat16 is for the products."""
    return torch.autocast(device.type, torch.bfloat16) if dtype == "bfloat16" else nullcontext()


def round_to(dtype: str, parameters: Iterable[torch.nn.Parameter]) -> None:
    """Rounds float32 parameters in place to numbers that "bfloat16" or "float16" has; "float32" changes nothing."""
    if dtype == "float32":
        return
    with torch.no_grad():
        for parameter in parameters:
            parameter.copy_(parameter.to(getattr(torch, dtype)))
