"""Checkpoints to continue from: written whole or not at all, found again after a kill.

A checkpoint is a folder `checkpoint-STEP`: `weights.safetensors` (the parameters that are trained; shared ones once),
`optimizer.pt`, `scheduler.pt` and `rng_state*.pth` (as transformers' Trainer keeps them, read with weights_only),
`progress.json` and `trainer_state.json`. It is put together under another name and renamed when it is whole.
"""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

import safetensors.torch
import torch  # noqa: TID253  # work path only
from safetensors import SafetensorError, safe_open
from xharness import CheckpointError, RunError

from xharness_finetune.engine.progress import Notes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WEIGHTS = "weights.safetensors"
PROGRESS = "progress.json"
_ZIPS = ("optimizer.pt", "scheduler.pt")
_STATE = "trainer_state.json"
_NAME = re.compile(r"checkpoint-(\d+)")


def folder_of(work: Path, step: int) -> Path:
    """Returns where the checkpoint of a step is."""
    return work / f"checkpoint-{step}"


def partial_of(work: Path, step: int) -> Path:
    """Returns where the checkpoint of a step is put together."""
    return work / f"partial-{step}"


def newest(work: Path, *, with_best: bool) -> tuple[Path, Notes] | None:
    """Returns the whole checkpoint with the most steps and its notes, or None; what is not whole is passed over.

    So is, where the best weights are wanted as well, a checkpoint without them beside it.
    """
    found = [(int(match[1]), path) for path in work.iterdir() if (match := _NAME.fullmatch(path.name))]
    for _, path in sorted(found, reverse=True):
        notes = _notes(path)
        if notes is not None and (not with_best or notes.best_step is None or _is_there(work, notes.best_step)):
            return path, notes
    return None


def _is_there(work: Path, step: int) -> bool:
    return (folder_of(work, step) / WEIGHTS).is_file()


def _notes(folder: Path) -> Notes | None:
    """Returns the notes of a whole checkpoint, None for any other folder."""
    try:
        json.loads((folder / _STATE).read_text(encoding="utf-8"))
        notes = Notes.from_json(json.loads((folder / PROGRESS).read_text(encoding="utf-8")))
        with safe_open(folder / WEIGHTS, framework="pt"):  # refuses a file that is too short
            pass
    except (OSError, ValueError, TypeError, KeyError, SafetensorError):
        return None
    return notes if all(zipfile.is_zipfile(folder / name) for name in _ZIPS) else None


def save_weights(network: torch.nn.Module, path: Path) -> None:
    """Writes every parameter that is trained once, under the first of its names."""
    safetensors.torch.save_file({name: value.detach().contiguous() for name, value in trained(network).items()}, path)


def load_weights(network: torch.nn.Module, path: Path) -> None:
    """Puts what `save_weights` wrote into the same network. Raises CheckpointError if it is another one's."""
    stored = safetensors.torch.load_file(path)
    wanted = trained(network)
    shapes = {name: value.shape for name, value in stored.items()}
    if shapes != {name: value.shape for name, value in wanted.items()}:
        raise CheckpointError(
            f"The weights in {path} are not those of this training (other names or shapes), so that it cannot continue "
            f"from there; remove {path.parent.parent} to start anew."
        )
    with torch.no_grad():
        for name, value in wanted.items():
            value.copy_(stored[name])


def trained(network: torch.nn.Module) -> dict[str, torch.nn.Parameter]:
    """Returns the parameters that are trained, each once."""
    return {name: value for name, value in network.named_parameters() if value.requires_grad}


def tidy(work: Path, keep: set[int]) -> None:
    """Removes half-written checkpoints and those of other steps than `keep`."""
    wanted = {folder_of(work, step).name for step in keep}
    for path in work.iterdir():
        if path.name.startswith("partial-") or (_NAME.fullmatch(path.name) and path.name not in wanted):
            shutil.rmtree(path)


@contextmanager
def writing(name: str, work: Path, partial: Path) -> Iterator[None]:
    """Turns a failure to write into a RunError, with the half-written checkpoint removed."""
    try:
        yield
    except (OSError, SafetensorError, RuntimeError) as err:  # torch.save's is a RuntimeError
        shutil.rmtree(partial, ignore_errors=True)
        raise RunError(
            f"{name}: a checkpoint could not be written to {work} ({err}); the one before it is kept. Make room there and "
            f"start the same command again: it continues from that checkpoint."
        ) from err
