"""From examples to a Split: unique ids, and the sizes compared with the benchmark's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness import DataError, Split

from xharness_xtreme.expected import expected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xharness import DataRequest, Document, Example

VERSION = "1"
"""Version of every task as loaded from data whose form is the official one."""


def assembled(
    task: str,
    request: DataRequest,
    examples: Sequence[Example],
    *,
    sizes: Mapping[str, int],
    source: str,
    notes: Sequence[str] = (),
    pool: Sequence[Document] = (),
    tuning: Split | None = None,
    version: str = VERSION,
    in_average: bool = True,
) -> Split:
    """Returns the split. `sizes` (unit → number) other than the benchmark's make it unofficial, and say so in a note.

    Raises DataError for a duplicate id.
    """
    _check_unique(examples)
    differing = differences(task, request.language, request.split, sizes)
    stands_in = request.file is not None
    if stands_in:
        differing = ("Another file stands in for the benchmark's.",)
    return Split(
        task=task,
        language=request.language,
        name=request.split,
        examples=examples,
        version=version,
        source=source,
        pool=pool,
        tuning=tuning,
        official=not differing,
        in_average=in_average,
        notes=(*differing, *notes),
    )


def _check_unique(examples: Sequence[Example]) -> None:
    if len({example.id for example in examples}) == len(examples):
        return
    seen: set[str] = set()
    for example in examples:
        if example.id in seen:
            raise DataError(
                f"the id {example.id!r} stands twice; ids must be unique in a split. Remove the repeated example."
            )
        seen.add(example.id)


def differences(task: str, language: str, split: str, sizes: Mapping[str, int]) -> tuple[str, ...]:
    """Returns one sentence for each size that differs from the benchmark's: "4,999 rows where the benchmark has 5,010."."""
    return tuple(
        f"{sizes[unit]:,} {unit} where the benchmark has {' or '.join(f'{size:,}' for size in allowed)}."
        for unit, allowed in expected(task, language, split).items()
        if unit in sizes and sizes[unit] not in allowed
    )
