"""Blocked attention on processors: the numbers of fused attention, for every mask it takes over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch  # noqa: TID253  # the tests need it anyway
from torch import nn  # noqa: TID253
from xharness_transformers import attention
from xharness_transformers.attention import NAME, blocked_attention, use_blocked_attention

if TYPE_CHECKING:
    from pathlib import Path


def _tensors(rows: int, length: int, dtype: torch.dtype = torch.float32) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    shape = (rows, length, 3, 8)
    return [torch.randn(shape, generator=generator).to(dtype).transpose(1, 2) for _ in range(3)]


def _plain_module() -> nn.Module:
    module = nn.Module()
    module.is_causal = False
    return module


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("score_bytes", [1, 1 << 20])
def test_blocks_equal_fused_attention(padded: bool, score_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row by row or all at once, with padding and without."""
    monkeypatch.setattr(attention, "SCORE_BYTES", score_bytes)
    query, key, value = _tensors(4, 11)
    mask = None
    if padded:
        mask = torch.zeros(4, 1, 1, 11)
        mask[1, :, :, 7:] = torch.finfo(torch.float32).min
        mask[3, :, :, 1:] = torch.finfo(torch.float32).min
    found, _ = blocked_attention(_plain_module(), query, key, value, mask, scaling=0.3)
    expected = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=0.3)
    torch.testing.assert_close(found, expected.transpose(1, 2))


@pytest.mark.parametrize("mask", [None, "bool"])
def test_whatever_is_not_plain_goes_to_fused_attention(mask: str | None) -> None:
    """Causal attention and masks over queries give what transformers' own function gives."""
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    query, key, value = _tensors(2, 6)
    module = nn.Module()
    module.is_causal = mask is None
    given = torch.ones(2, 1, 6, 6, dtype=torch.bool).tril() if mask else None
    found, _ = blocked_attention(module, query, key, value, given, scaling=0.3)
    expected, _ = sdpa_attention_forward(module, query, key, value, given, scaling=0.3)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("kind", ["bert", "modernbert"])
def test_a_bfloat16_network_gives_nearly_the_same_outputs(kind: str) -> None:
    """With padding, and for a network with sliding windows, which keep their masks."""
    import transformers

    shape = {"vocab_size": 50, "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 4, "pad_token_id": 0}
    network: Any
    with torch.random.fork_rng():
        torch.manual_seed(0)
        if kind == "bert":
            network = transformers.BertModel(transformers.BertConfig(**shape, **heads))
        else:
            ends = {"cls_token_id": 1, "sep_token_id": 2, "bos_token_id": 1, "eos_token_id": 2, "local_attention": 4}
            network = transformers.ModernBertModel(transformers.ModernBertConfig(**shape, **heads, **ends))
    network = network.to(torch.bfloat16).eval()
    tokens = torch.arange(60).reshape(3, 20) % 47 + 3
    inputs = {"input_ids": tokens, "attention_mask": torch.ones(3, 20, dtype=torch.long)}
    inputs["attention_mask"][1, 12:] = 0
    with torch.inference_mode():
        expected = network(**inputs).last_hidden_state
        use_blocked_attention(network)
        assert network.config._attn_implementation == NAME
        found = network(**inputs).last_hidden_state
    real = inputs["attention_mask"].bool()
    assert (found[real].float() - expected[real].float()).abs().max() < 0.1
    similarity = nn.functional.cosine_similarity(found[real].float(), expected[real].float(), dim=-1)
    assert similarity.min() > 0.999


def test_only_bfloat16_on_a_processor_is_switched(bert_encoder: Path) -> None:
    """float32 keeps torch's fused attention, and so does a network that asked for another implementation."""
    from transformers import AutoModel

    for options in ({"dtype": torch.float32}, {"dtype": torch.bfloat16, "attn_implementation": "eager"}):
        network = AutoModel.from_pretrained(bert_encoder, **options)
        before = network.config._attn_implementation
        use_blocked_attention(network)
        assert network.config._attn_implementation == before
