"""What depends on the device: kernel caches that stay small, and memory errors told from others."""

from __future__ import annotations

import pytest
from xharness_transformers import device


def test_kernel_caches_are_small_unless_the_user_says_otherwise(monkeypatch):
    """Both caches get a small default; a value that is set stands."""
    monkeypatch.delenv("LRU_CACHE_CAPACITY", raising=False)
    monkeypatch.setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "7")
    device.limit_kernel_cache()
    import os

    assert os.environ["LRU_CACHE_CAPACITY"] == "64"
    assert os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] == "7"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (
            RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
            True,
        ),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("out of memory"), False),
    ],
    ids=["python", "allocator", "other", "not-runtime"],
)
def test_running_out_of_memory_is_recognised(error, expected):
    """Only errors that say that memory ran out make a batch smaller."""
    assert device.is_out_of_memory(error) is expected
