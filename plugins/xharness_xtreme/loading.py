"""Loads one language of one split of any task: from the official layout, from gold alone, or from the hub."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xharness import located, unknown_name

from xharness_xtreme.inventory import LANGUAGES
from xharness_xtreme.layout import check_split

if TYPE_CHECKING:
    from xharness import DataRequest, Split


def load(task: str, request: DataRequest) -> Split:
    """Returns one language of one split.

    From `request.data` (or `request.file`) in the official layout with gold from `request.labels`; from the labels alone if
    `gold_only`; else from the hub, whose own gold is used. Without gold at hand every example's gold is None; with `gold_only`
    and no gold file there are no examples, and a note says which file was looked for.

    Raises:
        DataError: a file is missing, malformed, or does not fit its gold; the message names the cell, the file and the line.
        UsageError: the language is not one of the task's.
    """
    with located(f"{task}/{request.language}"):
        known = {*LANGUAGES[task], "en"} if request.split == "train" else LANGUAGES[task]
        if request.language not in known and request.file is None:
            raise unknown_name(f"{task} language", request.language, known)
        check_split(task, request.language if request.file is None else "en", request.split)
        if request.gold_only:
            from xharness_xtreme.from_labels import load_gold

            return load_gold(task, request)
        if request.data is None and request.file is None:
            from xharness_xtreme.hub import load_from_hub

            split = load_from_hub(task, request)
            ignored = ("The label folder was not read: the hub has gold of its own.",) if request.labels else ()
            return replace(split, notes=(*split.notes, *ignored))
        from xharness_xtreme.from_layout import load_from_layout

        return load_from_layout(task, request)
