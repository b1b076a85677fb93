"""What depends on the device: how much fits into a batch, and how running out of memory looks."""

from __future__ import annotations

import ctypes
import gc
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

CPU_BATCH_TOKENS = 2048
"""Intermediate results of one layer then stay in the processor's cache.

Measured on two cores with 32 MiB of shared cache, networks of width 384, 768 and 1,024, float32 and bfloat16: rates are
flat from 1,024 to 3,072 tokens, 5 to 10 % lower at 512 and at 4,096, 10 to 25 % lower at 8,192 and above.
"""

CUDA_BATCH_TOKENS = 32768
"""The first batch holds the longest rows and therefore probes: where it does not fit, the budget halves at once."""

_MESSAGES = ("can't allocate memory", "not enough memory", "out of memory", "CUBLAS_STATUS_ALLOC_FAILED")


def default_batch_tokens(device: torch.device) -> int:
    """Returns the tokens per batch, padding included, when the user names none."""
    return CPU_BATCH_TOKENS if device.type == "cpu" else CUDA_BATCH_TOKENS


def width_multiple(device: torch.device, dtype: torch.dtype) -> int:
    """Returns what row widths are rounded up to: 8 where tensor cores want it (16-bit numbers on a GPU), else 1."""
    return 8 if device.type == "cuda" and dtype.itemsize == 2 else 1


def is_out_of_memory(error: BaseException) -> bool:
    """Returns whether `error` says that memory ran out, on a GPU or on the processor."""
    import torch

    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(message in str(error) for message in _MESSAGES)


def trim_heap() -> None:
    """Gives freed heap back to the system where the C library can (glibc); batches of many sizes fragment it."""
    if not sys.platform.startswith("linux"):
        return
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except (OSError, AttributeError):
        return  # another C library: nothing to trim


def release_memory(device: torch.device) -> None:
    """Gives cached memory back to the device after a failed batch."""
    import torch

    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
