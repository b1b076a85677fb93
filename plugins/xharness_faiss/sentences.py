"""The two sides of a retrieval or mining split, as texts, and as unit vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import xharness

from xharness_faiss.vectors import normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness.protocols import Advance, Float32s, SentenceEncoder


def example_texts(split: xharness.Split) -> list[str]:
    """Returns the examples' texts in order. Raises DataError naming the first example that has none."""
    texts = []
    for example in split.examples:
        if not isinstance(example.inputs, xharness.Text):
            raise xharness.DataError(
                f"{split.place}: example {example.id!r} of {split.name} has no text to search with; expected the "
                f"sentences beside the gold. Give the folder with the texts with --data."
            )
        texts.append(example.inputs.text)
    return texts


def pool_texts(split: xharness.Split) -> list[str]:
    """Returns the texts of the pool in order. Raises DataError if there are none."""
    if not split.pool or not split.examples:
        raise xharness.DataError(
            f"{split.place}: {split.name} has {len(split.examples)} sentences to search for and {len(split.pool)} to "
            f"search in; expected some of both. Check both sides' files in the folder given with --data."
        )
    return [document.text for document in split.pool]


def unit_vectors(encoder: SentenceEncoder, tokens: Any, ids: Sequence[str], place: str, advance: Advance) -> Float32s:
    """Returns float32 (n, width) of length one, for the n texts behind `tokens`, whose ids are `ids`.

    Raises PredictionError if the number of vectors is another, or a vector is zero or not finite.
    """
    vectors = encoder.encode(tokens, advance)
    if len(vectors) != len(ids):
        raise xharness.PredictionError(
            f"{place}: the encoder gave {len(vectors)} vectors for {len(ids)} sentences; nothing was searched. This is "
            f"an error of the plugin that loaded the checkpoint."
        )
    return normalise(vectors, ids, place)
