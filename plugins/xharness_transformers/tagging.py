"""Tagging of words: long sentences are split and joined again, so that every word gets a tag (spec §3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from xharness import CheckpointError, Predictions, Prepared, Variant, Words

from xharness_transformers.chunks import chunk_bounds, chunk_rows, with_unknown_words
from xharness_transformers.forward import Forward, require_finite
from xharness_transformers.inputs import inputs_of, longest_input, naming
from xharness_transformers.rows import flat_ranges, offsets
from xharness_transformers.subwords import Subwords, Template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xharness import Settings, Split, Task
    from xharness.protocols import Advance

    from xharness_transformers.checkpoint import TransformersModel
    from xharness_transformers.rows import Batch, Indices, Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class _Payload:
    """`rows` are chunks; chunk c holds the words bounds[c] to bounds[c + 1] of all words of the split.

    `places` int64 (words,): position of each word's first subword in its chunk's row.
    """

    rows: Rows
    bounds: Indices
    places: Indices
    sentences: Indices
    unknown: int
    split_sentences: int


class TaggingPredictor:
    """Tags a word by the highest logit at its first subword.

    Words are tokenised on their own. A word without subwords (such as one zero-width character), or with more than fit,
    becomes the unknown token. Units of work are subwords, special tokens included.

    Under the variant "paper" checkpoints whose pairs have a double separator (XLM-R) get the official form
    `<s> words </s></s>`, hence one subword less per chunk.
    """

    def __init__(self, model: TransformersModel, task: Task, settings: Settings) -> None:
        self._model = model
        self._task = task
        self._settings = settings
        self._max_length = longest_input(model, task)
        self._forward = Forward(model, task, settings)
        self.signature: Mapping[str, str | int | float | bool] = {
            "max_length": self._max_length,
            "long_sentences": "split between words",
            "extra_separator": settings.variant == Variant.PAPER,
            "dtype": settings.dtype,
        }

    @cached_property
    def _subwords(self) -> Subwords:
        return Subwords(self._model.tokenizer(self._task))

    @cached_property
    def _template(self) -> Template:
        single, pair = self._subwords.single(), self._subwords.pair()
        doubled = len(pair.between) == 2 and len(single.after) == 1
        if self._settings.variant == Variant.PAPER and doubled:
            single = Template(
                before=single.before, between=(), after=(*single.after, pair.between[-1]), types=single.types
            )
        if self._max_length <= single.specials:
            raise CheckpointError(
                f"{self._task.name}: {self._max_length} subwords per input leave no room for a word beside "
                f"{single.specials} special tokens. Use a checkpoint with more positions."
            )
        return single

    def prepare(self, split: Split) -> Prepared:
        """Tokenises every distinct word once and lays the chunks out; thread-safe."""
        sentences = [item.words for item in inputs_of(split, Words)]
        index: dict[str, int] = {}
        words = np.array([index.setdefault(word, len(index)) for words in sentences for word in words], dtype=np.int64)
        capacity = self._max_length - self._template.specials
        pieces, unknown = with_unknown_words(self._subwords.words(list(index)), capacity, self._subwords.unknown)
        starts = offsets(np.array([len(words) for words in sentences], dtype=np.int64))
        bounds = chunk_bounds(pieces.lengths[words], starts, capacity)
        rows, places = chunk_rows(pieces, words, bounds, self._template)
        payload = _Payload(
            rows=rows,
            bounds=bounds,
            places=places,
            sentences=starts,
            unknown=int(unknown[words].sum()),
            split_sentences=len(bounds) - 1 - int((np.diff(starts) > 0).sum()),
        )
        return Prepared(split=split, work=len(rows.tokens), payload=payload)

    def predict(self, prepared: Prepared, advance: Advance) -> Predictions:
        """Returns one tag per word of every sentence, () for a sentence without words.

        Raises PredictionError for logits that are not finite, or an input that does not fit into memory.
        """
        split, payload = prepared.split, prepared.payload
        outputs = self._model.outputs(self._task)
        labels = np.array([label for label in outputs if label is not None], dtype=object)
        columns = [column for column, label in enumerate(outputs) if label is not None]
        tags = np.zeros(len(payload.places), dtype=np.int64)
        sentence = naming(split)

        def name(chunk: int) -> str:
            word = int(payload.bounds[chunk])
            return sentence(int(np.searchsorted(payload.sentences, word, side="right")) - 1)

        def consume(output: Any, batch: Batch) -> None:
            words, row, column = _first_subwords(payload, batch)
            logits = output.logits[row, column].float().cpu().numpy()  # (words, outputs)
            require_finite(logits, batch.rows[row], name, self._settings.dtype)
            tags[words] = logits[:, columns].argmax(axis=1)

        record = self._forward.run(payload.rows, consume, advance, name=name)
        values = labels[tags]
        bounds = payload.sentences.tolist()
        return Predictions(
            ids=[example.id for example in split.examples],
            values=[tuple(values[start:stop]) for start, stop in pairwise(bounds)],
            record={
                "truncated": 0,
                "extra_chunks": payload.split_sentences,
                "unknown_words": payload.unknown,
                **record,
            },
        )


def _first_subwords(payload: _Payload, batch: Batch) -> tuple[Indices, Indices, Indices]:
    """Returns the words of a batch of chunks, the row of each in the batch, and the column of its first subword."""
    counts = payload.bounds[batch.rows + 1] - payload.bounds[batch.rows]
    words = flat_ranges(payload.bounds[batch.rows], counts)
    return words, np.repeat(np.arange(len(batch.rows)), counts), payload.places[words]
