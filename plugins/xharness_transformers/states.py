"""One hidden state of a network, without computing the layers above it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn  # noqa: TID253  # work path only

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch
    from transformers import PreTrainedModel


class _ReachedError(Exception):
    """Carries a layer's output out of the network's forward pass."""

    def __init__(self, state: torch.Tensor) -> None:
        super().__init__()
        self.state = state


def default_state(layers: int) -> int:
    """Returns which hidden state is pooled by default, 0 = embeddings.

    XTREME's scripts pool state 8 of 12 (mBERT), 12 of 16 (XLM-100) and 14 of 24 (XLM-R large) for Tatoeba
    (run_tatoeba.sh). For other depths two thirds, rounded, are our own choice: it is what 8 of 12 is.
    """
    return {12: 8, 16: 12, 24: 14}.get(layers, round(2 * layers / 3))


def hidden_state(network: PreTrainedModel, inputs: Mapping[str, torch.Tensor], state: int, layers: int) -> torch.Tensor:
    """Returns hidden state `state`, (b, width of the batch, width of the network).

    The last one is what the network returns (after a final normalisation, where the architecture has one); one below it
    is the output of that layer, at which the forward pass ends. The embeddings, and architectures whose layers are not
    found as one list, take the whole forward pass.
    """
    if state == layers:
        return network(**inputs).last_hidden_state  # type: ignore[no-any-return]
    stack = layer_stack(network, layers)
    if state == 0 or stack is None:
        return network(**inputs, output_hidden_states=True).hidden_states[state]  # type: ignore[no-any-return]
    hook = stack[state - 1].register_forward_hook(_stop)
    try:
        network(**inputs)
    except _ReachedError as reached:
        return reached.state
    finally:
        hook.remove()
    return network(**inputs, output_hidden_states=True).hidden_states[state]  # type: ignore[no-any-return]


def layer_stack(network: PreTrainedModel, layers: int) -> nn.ModuleList | None:
    """Returns the list of the network's layers; None unless exactly one list has as many modules as there are layers."""
    found = [module for module in network.modules() if isinstance(module, nn.ModuleList) and len(module) == layers]
    return found[0] if len(found) == 1 else None


def _stop(_layer: nn.Module, _inputs: Any, output: Any) -> None:
    raise _ReachedError(output if not isinstance(output, tuple) else output[0])
