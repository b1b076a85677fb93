"""Rows of several runs side by side, by example id: another order is fine, other examples are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness.records import Floats
    from xharness.samples import Sample

_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ById:
    """A sample in the order of its ids.

    Attributes:
        given: the ids as they came.
        order: int64 (m,), which sorts them.
        ids, clusters: object (m,), sorted by id.
        examples: object (n,), the sorted ids of the examples, without those that only this system has.
        rows: float64 (m, k).
    """

    given: Sequence[str]
    order: Any
    ids: Any
    clusters: Any
    examples: Any
    rows: Floats


def by_id(sample: Sample, like: ById | None = None) -> ById:
    """Returns the sample sorted by id; with the same ids in the same order as `like` it is not sorted again."""
    import numpy as np

    ids = np.array(sample.ids, dtype=object)
    known = like is not None and list(sample.ids) == list(like.given)
    order = like.order if like is not None and known else np.argsort(ids, kind="stable")
    return ById(
        given=sample.ids,
        order=order,
        ids=ids[order],
        clusters=np.array(sample.clusters, dtype=object)[order],
        examples=np.sort(ids[: sample.n]) if sample.open_ids else ids[order],
        rows=sample.rows[order],
    )


def mismatch(own: ById, other: ById, runs: tuple[str, str]) -> tuple[str, str] | None:
    """Returns what is wrong ("ids" or "clusters") between two samples, and a paragraph about it; None if nothing is."""
    for one, run in zip((own, other), runs, strict=True):
        twice = one.ids[1:][one.ids[1:] == one.ids[:-1]]
        if len(twice):
            return (
                "ids",
                f"{run} has the id {twice[0]!r} more than once, so that its rows cannot be paired. Score it again.",
            )
    if not _equal(own.examples, other.examples):
        return "ids", _other_ids(set(own.examples.tolist()), set(other.examples.tolist()), runs)
    return _other_clusters(own, other, runs)


def stacked(samples: Sequence[ById]) -> tuple[list[str], Floats]:
    """Returns clusters (m,) and rows, float64 (s, m, k), by ascending id, of samples among which there is no mismatch.

    An id that only some of the systems have (mining) gets rows of zeros for the others: they found nothing there.
    """
    import numpy as np

    first = samples[0]
    if all(_equal(one.ids, first.ids) for one in samples[1:]):
        return first.clusters.tolist(), np.stack([one.rows for one in samples])
    ids = np.unique(np.concatenate([one.ids for one in samples]))
    rows = np.zeros((len(samples), len(ids), first.rows.shape[1]), dtype=np.float64)
    clusters = np.empty(len(ids), dtype=object)
    for position, one in enumerate(samples):
        places = np.searchsorted(ids, one.ids)
        rows[position, places] = one.rows
        clusters[places] = one.clusters
    return clusters.tolist(), rows


def _equal(left: Any, right: Any) -> bool:
    return len(left) == len(right) and bool((left == right).all())


def _other_ids(own: set[str], other: set[str], runs: tuple[str, str]) -> str:
    parts = [
        f"{run} has {len(ids):,} examples{_first(ids - others)}"
        for run, ids, others in zip(runs, (own, other), (other, own), strict=True)
    ]
    return (
        f"the runs have other examples: {', '.join(parts)}; {len(own & other):,} are common. A paired test needs the same "
        "examples on both sides: evaluate or score both on the same data."
    )


def _first(ids: set[str]) -> str:
    if not ids:
        return ""
    shown = ", ".join(repr(one) for one in sorted(ids)[:_SHOWN])
    return f" ({len(ids):,} of its own, first: {shown})"


def _other_clusters(own: ById, other: ById, runs: tuple[str, str]) -> tuple[str, str] | None:
    import numpy as np

    if _equal(own.ids, other.ids):
        here = there = np.arange(len(own.ids))
    else:
        _, here, there = np.intersect1d(own.ids, other.ids, assume_unique=True, return_indices=True)
    differing = np.flatnonzero(own.clusters[here] != other.clusters[there])
    if not len(differing):
        return None
    first = differing[0]
    return "clusters", (
        f"{len(differing):,} of {len(here):,} examples belong to other clusters (first: {own.ids[here[first]]!r} is in "
        f"{own.clusters[here[first]]!r} in {runs[0]} and in {other.clusters[there[first]]!r} in {runs[1]}): the runs were made "
        "with other data, or with another version of the task. Evaluate or score both again."
    )
