"""Questions answered by a span of their context (spec §3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from xharness import CheckpointError, Predictions, Prepared, Question, Variant, unknown_name

from xharness_transformers.answers import NO_CANDIDATE, Alignment, joined, split_words
from xharness_transformers.forward import Forward, require_finite
from xharness_transformers.inputs import inputs_of, longest_input, naming
from xharness_transformers.rows import flat_ranges, offsets
from xharness_transformers.spans import ANSWER_LENGTH, CANDIDATES, Spans, best_in_windows, best_of_questions
from xharness_transformers.subwords import Pieces, Subwords
from xharness_transformers.windows import QUESTION_LENGTH, STRIDE, Windows, lay_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xharness import Settings, Split, Task
    from xharness.protocols import Advance

    from xharness_transformers.checkpoint import TransformersModel
    from xharness_transformers.rows import Batch, Indices, Tokens

DECODERS = ("offsets", "official")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contexts:
    """The distinct contexts.

    Attributes:
        texts: as given.
        pieces: their subwords; with characters under the decoder "offsets".
        words: under "official": words of each context.
        word_of: under "official": int64 (subwords,), word of every subword, counted within its context.
    """

    texts: Sequence[str]
    pieces: Pieces
    words: Sequence[Sequence[str]] = ()
    word_of: Indices | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Payload:
    contexts: _Contexts
    context_of: Tokens
    windows: Windows
    cut: int


class QuestionPredictor:
    """Answers with the span whose start and end logits have the highest sum over all windows.

    Decoder "offsets" (default) copies the context from the first to the last character of the span; without a candidate
    the answer is "". Decoder "official" (default under the variant "paper") splits the context at whitespace before
    tokenisation and aligns whole words as the official script does; without a candidate the answer is "empty".
    Units of work are subwords, questions and special tokens included.
    """

    def __init__(self, model: TransformersModel, task: Task, settings: Settings) -> None:
        """Raises UsageError for an unknown decoder."""
        self._model = model
        self._task = task
        self._settings = settings
        self._decoder = settings.qa_decoder or ("official" if settings.variant == Variant.PAPER else "offsets")
        if self._decoder not in DECODERS:
            raise unknown_name("decoder of answers", self._decoder, DECODERS)
        self._max_length = longest_input(model, task)
        self._forward = Forward(model, task, settings)
        self.signature: Mapping[str, str | int | float | bool] = {
            "max_length": self._max_length,
            "stride": STRIDE,
            "question_length": QUESTION_LENGTH,
            "answer_length": ANSWER_LENGTH,
            "candidates": CANDIDATES,
            "decoder": self._decoder,
            "dtype": settings.dtype,
        }

    @cached_property
    def _subwords(self) -> Subwords:
        return Subwords(self._model.tokenizer(self._task))

    @cached_property
    def _alignment(self) -> Alignment:
        return Alignment(self._subwords.lower_cases)

    def prepare(self, split: Split) -> Prepared:
        """Tokenises every distinct question and context once and lays the windows out; thread-safe."""
        inputs = inputs_of(split, Question)
        template = self._subwords.pair()
        if self._max_length - template.specials < 2:
            raise CheckpointError(
                f"{split.place}: {self._max_length} subwords per input leave no room for a question and a context beside "
                f"{template.specials} special tokens. Use a checkpoint with more positions."
            )
        asked: dict[str, int] = {}
        read: dict[str, int] = {}
        pairs = np.array(
            [
                (asked.setdefault(item.question, len(asked)), read.setdefault(item.context, len(read)))
                for item in inputs
            ],
            dtype=np.int32,
        ).reshape(-1, 2)
        contexts = self._contexts(list(read))
        questions = self._subwords.texts(list(asked))
        windows, cut = lay_out(questions, contexts.pieces, pairs, template, self._max_length)
        payload = _Payload(contexts=contexts, context_of=pairs[:, 1], windows=windows, cut=cut)
        return Prepared(split=split, work=len(windows.rows.tokens), payload=payload)

    def predict(self, prepared: Prepared, advance: Advance) -> Predictions:
        """Returns one answer per question.

        Raises PredictionError for logits that are not finite, or an input that does not fit into memory.
        """
        split, payload = prepared.split, prepared.payload
        windows: Windows = payload.windows
        found = Spans.empty(len(windows.examples))
        example = naming(split)

        def name(window: int) -> str:
            return example(int(windows.examples[window]))

        def consume(output: Any, batch: Batch) -> None:
            import torch

            logits = torch.stack((output.start_logits, output.end_logits)).float().cpu().numpy()  # (2, b, width)
            real = np.where(batch.mask == 1, logits, 0).transpose(1, 0, 2)
            require_finite(real, batch.rows, name, self._settings.dtype)
            spans = best_in_windows(logits[0], logits[1], batch.lengths, windows, batch.rows)
            found.scores[batch.rows] = spans.scores
            found.first[batch.rows] = spans.first
            found.last[batch.rows] = spans.last

        record = self._forward.run(windows.rows, consume, advance, name=name)
        best = best_of_questions(found, windows.examples, len(split.examples))
        missing = ~np.isfinite(best.scores)
        text = self._official if self._decoder == "official" else _by_offsets
        nothing = NO_CANDIDATE if self._decoder == "official" else ""
        answers = [
            nothing if absent else text(payload.contexts, context, first, last)
            for absent, context, first, last in zip(
                missing.tolist(), payload.context_of.tolist(), best.first.tolist(), best.last.tolist(), strict=True
            )
        ]
        return Predictions(
            ids=[example.id for example in split.examples],
            values=answers,
            record={
                "truncated": payload.cut,
                "windows": len(windows.examples),
                "without_candidate": int(missing.sum()),
                **record,
            },
        )

    def _contexts(self, texts: Sequence[str]) -> _Contexts:
        if self._decoder == "offsets":
            return _Contexts(texts=texts, pieces=self._subwords.texts(texts, characters=True))
        words = [split_words(text) for text in texts]
        index: dict[str, int] = {}
        flat = np.array([index.setdefault(word, len(index)) for row in words for word in row], dtype=np.int64)
        pieces = self._subwords.words(list(index))
        counts = pieces.lengths[flat]
        tokens = pieces.tokens[flat_ranges(pieces.starts[:-1][flat], counts)]
        of_context = offsets(np.array([len(row) for row in words], dtype=np.int64))
        numbers = np.concatenate([np.empty(0, dtype=np.int64), *(np.arange(len(row)) for row in words)])
        return _Contexts(
            texts=texts,
            pieces=Pieces(tokens=tokens, starts=offsets(counts)[of_context]),
            words=words,
            word_of=np.repeat(numbers, counts),
        )

    def _official(self, contexts: _Contexts, context: int, first: int, last: int) -> str:
        if contexts.word_of is None:
            return ""
        start = int(contexts.pieces.starts[context])
        span = slice(start + first, start + last + 1)
        words = contexts.word_of[span]
        original = " ".join(contexts.words[context][int(words[0]) : int(words[-1]) + 1])
        return self._alignment.cut(joined(self._subwords.strings(contexts.pieces.tokens[span])), original)


def _by_offsets(contexts: _Contexts, context: int, first: int, last: int) -> str:
    """Returns the context's characters of the span, without the blank that may belong to its first subword."""
    characters = contexts.pieces.characters
    if characters is None:
        return ""
    start = int(contexts.pieces.starts[context])
    return contexts.texts[context][int(characters[start + first, 0]) : int(characters[start + last, 1])].strip()
