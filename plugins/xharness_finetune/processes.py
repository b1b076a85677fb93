"""Several processes that train together, as `accelerate launch` starts them: the first one writes, the others wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from xharness.environment import is_main_process, processes

if TYPE_CHECKING:
    from collections.abc import Callable

_Found = TypeVar("_Found")


def first_only(action: Callable[[], object]) -> None:
    """Calls `action` in the first process, and returns when it is done in every process.

    An error of the first process is raised there; the launcher then ends the others.
    """
    if is_main_process():
        action()
    _wait()


def all_look(look: Callable[[], _Found]) -> _Found:
    """Returns what `look` finds, when every process has looked: none of them changes anything before, so all find the same."""
    found = look()
    _wait()
    return found


def _wait() -> None:
    if processes() > 1:
        from accelerate import PartialState

        PartialState().wait_for_everyone()
