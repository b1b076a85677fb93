"""What depends on the device: memory errors told from others."""

from __future__ import annotations

import pytest
from xharness_transformers import device


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
