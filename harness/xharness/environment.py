"""What a run records of the machine and the code that made it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import resource
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

_PACKAGES = ("xharness", "torch", "transformers", "tokenizers", "datasets", "faiss-cpu", "numpy", "pyarrow", "peft")

_KERNEL_CACHES = ("LRU_CACHE_CAPACITY", "ONEDNN_PRIMITIVE_CACHE_CAPACITY")
_KERNELS = 64


def describe() -> dict[str, object]:
    """Returns Python, operating system, processor count, package versions, and the code's git commit and dirty flag."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "packages": {name: package_version(name) for name in _PACKAGES},
        "code": _code(),
    }


def now() -> str:
    """Returns the time in UTC, ISO 8601, to the second."""
    return datetime.now(tz=UTC).isoformat(timespec="seconds")


def peak_memory_bytes() -> int:
    """Returns the largest resident size of this process so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # Linux counts KiB (getrusage(2))


def limit_kernel_cache() -> None:
    """Makes torch and oneDNN keep few prepared kernels; call it before the first network runs. A user's setting stands.

    Each keeps one for every shape, 1,024 of them by default, and batches come in hundreds of shapes: in bfloat16 every 150
    new examples of XNLI added 12 MiB without end (measured), and nothing with a small cache. One batch uses about a dozen
    kernels again and again.
    """
    for name in _KERNEL_CACHES:
        os.environ.setdefault(name, str(_KERNELS))


def processes() -> int:
    """Returns how many processes run this command together, as `accelerate launch` and `torchrun` say (WORLD_SIZE)."""
    size = os.environ.get("WORLD_SIZE", "1")
    return int(size) if size.isdigit() else 1


def is_main_process() -> bool:
    """Returns whether this is the only process of the command, or the first of several: the one that prints and writes."""
    return os.environ.get("RANK", os.environ.get("LOCAL_RANK", "0")) == "0"


def package_version(name: str) -> str | None:
    """Returns the version of an installed distribution, None if it is not installed; the package is not imported."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _code() -> dict[str, object] | None:
    """Returns commit and dirty flag where the package runs from a git checkout, else None."""
    here = Path(__file__).resolve().parent
    try:
        top = _git(here, "rev-parse", "--show-toplevel")
        if not (Path(top) / "harness" / "xharness").is_dir():
            return None  # installed inside somebody else's repository
        return {"commit": _git(here, "rev-parse", "HEAD"), "dirty": bool(_git(here, "status", "--porcelain"))}
    except (OSError, subprocess.SubprocessError):
        return None


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    return done.stdout.strip()
