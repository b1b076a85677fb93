"""What plugins supply as behaviour: metrics, models, predictors, sentence encoders, indexes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from xharness.models import Head, NoHead, Settings
    from xharness.offers import Task
    from xharness.records import Predictions, Split, Statistics

    Float32s: TypeAlias = NDArray[np.float32]
    Float64s: TypeAlias = NDArray[np.float64]
    Rows: TypeAlias = NDArray[np.int64]

Advance: TypeAlias = Callable[[int], None]
"""Called with the units of work done since the last call; the units are those of `Prepared.work`."""


class Metric(Protocol):
    """Turns predictions into rows that add up, and sums of rows into scores.

    Constructing a metric must not import numpy or torch: `xharness plugins` lists metrics without them.

    Attributes:
        name: under which tasks ask for it.
        version: raise it when a row or a score changes.
        columns: names of the statistics.
        scores: names of the scores, such as ("f1", "precision", "recall").
        ranges: optional; score → lowest and highest value, for scores that are no fractions in [0, 1].
        open_ids: predictions may hold ids that the split does not have, and lack ids for which nothing was found
            (mining); else ids must be equal.
    """

    name: str
    version: str
    columns: tuple[str, ...]
    scores: tuple[str, ...]
    open_ids: bool

    def statistics(self, split: Split, predictions: Predictions) -> Statistics:
        """Returns one row per example, float64 (n, k), in the split's order.

        `predictions` are already aligned: same ids as the split's examples, in its order (unless `open_ids`, when
        rows for ids that only the predictions have follow in the predictions' order).
        Raises PredictionError for a value that cannot be scored.
        """
        ...

    def score(self, totals: Float64s) -> Mapping[str, Float64s]:
        """Returns each score, a fraction unless `ranges` says otherwise, shape (...), from sums of rows, float64 (..., k)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A split made ready for the device by `Predictor.prepare`: `work` units are what `advance` counts."""

    split: Split
    work: int
    payload: Any


class Predictor(Protocol):
    """Answers splits of one task. `prepare` runs in a background thread while `predict` of another split runs.

    Attributes:
        signature: what could change the predictions (lengths, decoder, layer, pooling, dtype), JSON scalars; the keys
            are the predictor's own.
    """

    signature: Mapping[str, str | int | float | bool]

    def prepare(self, split: Split) -> Prepared:
        """Does the work that needs no device: tokenisation, windows, sorting. Thread-safe."""
        ...

    def predict(self, prepared: Prepared, advance: Advance) -> Predictions:
        """Returns one prediction for every example. Raises PredictionError if an output is not finite."""
        ...


class Model(Protocol):
    """A loaded checkpoint. Weights may be loaded lazily, when a head is first used.

    Attributes:
        name: short name for folders and tables.
    """

    name: str

    @property
    def identity(self) -> str:
        """SHA-256 (hex) over all heads' identities, never a name or a path; may read every byte when first asked."""
        ...

    @property
    def record(self) -> Mapping[str, object]:
        """What a reader should know (form, classes, parameters, revision, parents), JSON-serialisable."""
        ...

    def head(self, task: Task) -> Head | NoHead:
        """Returns the head that answers the task, or why there is none. Raises CheckpointError if one is unusable."""
        ...

    def close(self) -> None:
        """Frees the memory of whatever is loaded."""
        ...


class SentenceEncoder(Protocol):
    """Turns sentences into vectors.

    Attributes:
        signature: hidden state, pooling, special tokens, length, dtype.
    """

    signature: Mapping[str, str | int | float | bool]

    def prepare(self, texts: Sequence[str]) -> tuple[Any, int]:
        """Returns tokenised texts and the units of work in them. Thread-safe."""
        ...

    def encode(self, prepared: Any, advance: Advance) -> Float32s:
        """Returns float32 (n, width), rows in the order of the texts, not normalised. Raises PredictionError if not finite.

        The array is the caller's from then on, who may alter it: at the size of BUCC a copy would be 4 GB.
        """
        ...


@runtime_checkable
class EncodesSentences(Protocol):
    """A model that can encode sentences; retrieval predictors ask for this."""

    def sentence_encoder(self, task: Task, settings: Settings) -> SentenceEncoder:
        """Returns the encoder with its (state, pooling, special tokens) resolved for this task."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The k nearest rows of a pool for every query, best first; equal similarities in order of the lower row.

    Attributes:
        similarities: float32 (n, k), inner products in descending order.
        rows: int64 (n, k), never -1.
        recall: share of the exact k neighbours found, measured on a sample; None for an exact index.
    """

    similarities: Float32s
    rows: Rows
    recall: float | None = None


class Index(Protocol):
    """Inner-product search over vectors that the caller has normalised. Arguments are never altered."""

    name: str
    exact: bool

    def search(self, queries: Float32s, pool: Float32s, k: int, advance: Advance | None = None) -> Neighbours:
        """Returns min(k, len(pool)) neighbours in `pool`, float32 (m, d), of every query, float32 (n, d)."""
        ...

    def search_both(
        self, left: Float32s, right: Float32s, k: int, advance: Advance | None = None
    ) -> tuple[Neighbours, Neighbours]:
        """Returns the neighbours of `left` in `right` and those of `right` in `left`."""
        ...
