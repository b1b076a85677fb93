"""Runs a tour: its commands, one after the other, each explained before it starts."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from xharness.errors import HarnessError, RunError, UsageError, named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from xharness.offers import Tour

_INTERRUPTED = 130  # the shell's convention for a process ended by SIGINT


def find_tour(tours: Mapping[str, Tour], name: str | None) -> Tour:
    """Returns the tour of that name, the only one for None. Raises UsageError where that is not one tour."""
    if name is not None:
        return named("tour", name, tours)
    if len(tours) == 1:
        return next(iter(tours.values()))
    if not tours:
        raise UsageError("No plugin offers a tour; `xharness plugins` lists what is installed.")
    listed = "; ".join(f"{tour.name}: {tour.description}" for tour in tours.values())
    raise UsageError(f"There are {len(tours)} tours, name one of them: xharness tour NAME. {listed}")


def run_tour(tour: Tour, folder: Path, say: Callable[[str], None], *, extra: Sequence[str] = ()) -> None:
    """Runs a tour's commands as processes of their own in `folder`, which is made; what they print goes to the terminal.

    `extra`: arguments that every command gets at its end. Raises UsageError for a folder that holds something, RunError for
    one that cannot be made, HarnessError for a command that fails, KeyboardInterrupt for one that is interrupted.
    """
    _make(folder)
    started = time.perf_counter()
    say(f"Tour {tour.name}: {tour.description}\nEverything it writes goes to {folder}.")
    for number, step in enumerate(tour.steps, start=1):
        command = [*step.command, *extra]
        shown = f"xharness {' '.join(word if _is_pattern(word) else shlex.quote(word) for word in command)}"
        say(f"\n[{number}/{len(tour.steps)}] {step.says}\n$ {shown}\n")
        clock = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", "xharness", *_expanded(command, folder)], cwd=folder, check=False)
        if done.returncode == _INTERRUPTED:
            raise KeyboardInterrupt
        if done.returncode:
            raise HarnessError(
                f"Step {number} of the tour {tour.name} failed (exit code {done.returncode}); what it said is above. To try it "
                f"alone: cd {shlex.quote(str(folder))} && {shown}"
            )
        say(f"({time.perf_counter() - clock:.0f} s)")
    say(f"\nThe tour took {time.perf_counter() - started:.0f} s. Its files are in {folder}.")
    if tour.next:
        say(tour.next)


def _is_pattern(word: str) -> bool:
    return re.fullmatch(r"[\w./-]*\*[\w./*-]*", word) is not None


def _expanded(command: Sequence[str], folder: Path) -> list[str]:
    """Returns the arguments with file name patterns replaced, as a shell does, by what is there; others as they are."""
    words: list[str] = []
    for word in command:
        found = sorted(path.relative_to(folder).as_posix() for path in folder.glob(word)) if _is_pattern(word) else []
        words += found or [word]
    return words


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        full = any(folder.iterdir())
    except OSError as err:
        raise RunError(f"The folder {folder} cannot be made ({err.strerror}); write elsewhere with --out.") from err
    if full:
        raise UsageError(
            f"The folder {folder} is not empty, and a tour starts from nothing: remove it, or name another one with --out."
        )
