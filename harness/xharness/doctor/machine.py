"""What the machine has: processors, accelerators, memory, disks, the hub, caches."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import hub_cache, offline
from xharness.doctor.diagnosis import broken, fine, warning
from xharness.planning import SPARE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xharness.doctor.diagnosis import Diagnosis

BASE_MODEL_BYTES = 270_000_000 * 4
"""XLM-R base, to download and to hold: 270 M parameters (Conneau et al., 2020, table 1) of four bytes."""

HUB_SECONDS = 5.0
_KIB = 1 << 10
_MIB = 1 << 20


def examine_devices() -> Iterator[Diagnosis]:
    """Yields processors and accelerators; imports torch."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        import torch
    except Exception:  # said where the packages are examined
        yield fine("cpu", f"{processors} processors")
        return
    yield fine("cpu", f"{processors} processors, {torch.get_num_threads()} threads")
    if torch.cuda.is_available():
        for number in range(torch.cuda.device_count()):
            yield _gpu(torch, number)
    elif torch.backends.mps.is_available():
        yield fine("mps", "Apple's GPU is there; evaluations run on the cpu unless --device names it")
    else:
        yield fine("gpu", "none that torch can use: everything runs on the cpu")


def examine_memory() -> Iterator[Diagnosis]:
    """Yields how much memory is free, or nothing where the system does not say."""
    free = _free_memory()
    if free is None:
        return
    message = f"{free // _MIB:,} MiB free"
    if free < BASE_MODEL_BYTES:
        yield warning(
            "memory",
            message,
            f"A base-size model takes {BASE_MODEL_BYTES // _MIB:,} MiB in float32: end other programs, or use bfloat16.",
        )
    else:
        yield fine("memory", message)


def examine_folders(folders: Mapping[str, Path]) -> Iterator[Diagnosis]:
    """Yields for folders by their purpose whether they can be written, how much is free there, and what they hold."""
    for purpose, folder in folders.items():
        existing = next(one for one in (folder, *folder.absolute().parents) if one.exists())
        free = shutil.disk_usage(existing).free
        count, size = hub_cache.size_of(folder)
        message = f"{folder}: {free // _MIB:,} MiB free, holds {count:,} files with {size // _MIB:,} MiB"
        if not _writable(existing):
            yield broken(
                purpose, f"{folder} cannot be written", f"Change its permissions, or choose another: {_OTHER[purpose]}."
            )
        elif free < SPARE_BYTES:
            yield broken(purpose, message, f"Free some space, or choose another folder: {_OTHER[purpose]}.")
        elif free < BASE_MODEL_BYTES and purpose != "runs":
            yield warning(
                purpose, message, f"A base-size model takes {BASE_MODEL_BYTES // _MIB:,} MiB: free some space."
            )
        else:
            yield fine(purpose, message)


def folders_used(runs: Path) -> dict[str, Path]:
    """Returns the folders in which xharness and the hub's libraries write, by purpose."""
    return {"hub cache": hub_cache.cache_folder(), "tables cache": hub_cache.tables_folder(), "runs": runs}


def examine_hub(timeout_seconds: float = HUB_SECONDS) -> Iterator[Diagnosis]:
    """Yields whether the hub answers, asked as the hub's library asks; nothing is asked where the network is forbidden."""
    if offline.is_offline():
        yield fine("hub", "offline by choice: only its caches are read")
        return
    from huggingface_hub import constants, get_session

    try:
        get_session().head(constants.ENDPOINT, timeout=timeout_seconds)
    except Exception as error:  # whatever the network raises
        yield warning(
            "hub",
            f"{constants.ENDPOINT} does not answer ({type(error).__name__})",
            "Read data from a folder with --data DIR and checkpoints from folders; or fetch them with `xharness prefetch` on "
            "another machine and set XHARNESS_OFFLINE=1 here, so that nothing waits for the network.",
        )
    else:
        yield fine("hub", f"{constants.ENDPOINT} answers")


_OTHER = {
    "hub cache": "set HF_HOME",
    "tables cache": "set HF_HOME or HF_DATASETS_CACHE",
    "runs": "--out DIR",
}


def _gpu(torch: Any, number: int) -> Diagnosis:
    place, name = f"cuda:{number}", torch.cuda.get_device_name(number)
    try:
        free, total = torch.cuda.mem_get_info(number)
        torch.ones(1, device=place).sum().item()
    except Exception as error:  # driver and library can disagree in any way
        return broken(
            place,
            f"{name} fails: {type(error).__name__}: {error}",
            "Use --device cpu, or install a torch for this driver.",
        )
    message = f"{name}, {free // _MIB:,} of {total // _MIB:,} MiB free"
    if free < BASE_MODEL_BYTES:
        return warning(
            place, message, "End other programs on it, or choose another with --device cuda:N or --device cpu."
        )
    return fine(place, message)


def _free_memory() -> int | None:
    """Returns bytes: the lesser of what Linux calls available and what is left of the container's limit."""
    found = [_meminfo(Path("/proc/meminfo")), _control_group(Path("/sys/fs/cgroup"))]
    known = [one for one in found if one is not None]
    return min(known) if known else None


def _meminfo(path: Path) -> int | None:
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * _KIB for line in lines if line.startswith("MemAvailable:")), None)


def _control_group(folder: Path) -> int | None:
    """Returns what version 2 control groups leave, None where there are none or no limit."""
    try:
        limit = (folder / "memory.max").read_text(encoding="ascii").strip()
        used = int((folder / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return int(limit) - used if limit.isdigit() else None


def _writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
