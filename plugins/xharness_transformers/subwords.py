"""Texts to token rows: one batch call of the tokenizer, no padding, no tensors."""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from xharness import CheckpointError

from xharness_transformers.rows import Rows, offsets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tokenizers import Encoding, Tokenizer
    from transformers import PreTrainedTokenizerFast

    from xharness_transformers.rows import Indices, Tokens, Types

TEXTS_PER_CALL = 2048
"""The tokenizer's own records take about 100 bytes per subword: they are turned into arrays after this many texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """The special tokens around one sequence or two, as the tokenizer itself puts them.

    Attributes:
        before, between, after: ids of the special tokens; `between` is empty for one sequence.
        types: segments of before, first sequence, between, second sequence, after.
        separator: id of the last special token before the second sequence, None without one.
    """

    before: tuple[int, ...]
    between: tuple[int, ...]
    after: tuple[int, ...]
    types: tuple[int, int, int, int, int]

    @property
    def specials(self) -> int:
        """How many special tokens there are."""
        return len(self.before) + len(self.between) + len(self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Subwords of many texts or words, without special tokens.

    Attributes:
        tokens: int32 (t,), text after text.
        starts: int64 (n + 1,), where each text begins.
        characters: int32 (t, 2), first character and the one after the last of every subword in its text; None where
            they were not asked for.
    """

    tokens: Tokens
    starts: Indices
    characters: Tokens | None = None

    @property
    def lengths(self) -> Indices:
        """Subwords of every text, int64 (n,)."""
        return np.diff(self.starts)


class Subwords:
    """A tokenizer of one's own: truncation is a state of the tokenizer, so that sharing one between threads is unsafe.

    Thread-safe itself.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        """Copies the tokenizer's backend and removes truncation and padding that its file may hold."""
        self._backend: Tokenizer = copy.deepcopy(tokenizer.backend_tokenizer)
        self._backend.no_padding()
        self._backend.no_truncation()
        self._types = "token_type_ids" in tokenizer.model_input_names
        self._lock = threading.Lock()
        self.unknown = _unknown(tokenizer)

    def rows(self, inputs: Sequence[Any], max_length: int) -> tuple[Rows, int]:
        """Returns a row per text or pair of texts, and how many were cut to `max_length` subwords.

        Pairs are cut from the longer side, by the tokenizer's own "longest_first": where both sides end up cut they
        share the room evenly. (The official script hands the odd subword to the first side; the tokenizer to the side
        that was longer.)
        """
        with self._lock:
            self._backend.enable_truncation(max_length=max_length, strategy="longest_first")
            try:
                parts = [self._part(part, max_length) for part in _portions(inputs)]
            finally:
                self._backend.no_truncation()
        tokens, lengths, types, cut = zip(*parts, strict=True) if parts else ((), (), (), ())
        kinds = np.concatenate([_empty(np.uint8), *types]) if self._types else None
        rows = Rows.of(np.concatenate([_empty(np.int32), *tokens]), np.concatenate([_empty(np.int64), *lengths]), kinds)
        return rows, sum(cut)

    def texts(self, texts: Sequence[str], *, characters: bool = False) -> Pieces:
        """Returns the subwords of whole texts."""
        with self._lock:
            return _pieces(self._encodings(texts, characters=characters), characters)

    def words(self, words: Sequence[str]) -> Pieces:
        """Returns the subwords of words, each on its own, so that every one gets its word-start mark."""
        with self._lock:
            return _pieces(self._encodings([[word] for word in words], words=True), characters=False)

    def single(self) -> Template:
        """Returns the special tokens around one sequence."""
        with self._lock:
            return _template(self._backend.encode("a"), self._types)

    def pair(self) -> Template:
        """Returns the special tokens around two sequences."""
        with self._lock:
            return _template(self._backend.encode("a", "a"), self._types)

    def strings(self, tokens: Iterable[int]) -> list[str]:
        """Returns the subwords as the vocabulary spells them."""
        return [self._backend.id_to_token(int(token)) or "" for token in tokens]

    @property
    def lower_cases(self) -> bool:
        """Whether the tokenizer lower-cases its input."""
        normalizer = self._backend.normalizer
        return normalizer is not None and "A" not in normalizer.normalize_str("A")

    def _part(self, inputs: Sequence[Any], max_length: int) -> tuple[Tokens, Indices, Types, int]:
        encodings = self._backend.encode_batch_fast(inputs)
        rows = [encoding.ids or [self.unknown] for encoding in encodings]
        tokens, lengths = _flat(rows)
        cut = sum(1 for row, item in zip(rows, encodings, strict=True) if len(row) >= max_length and item.overflowing)
        types = _empty(np.uint8)
        if self._types:
            types = _flat([item.type_ids or [0] for item in encodings])[0].astype(np.uint8)
        return tokens, lengths, types, cut

    def _encodings(self, inputs: Sequence[Any], *, words: bool = False, characters: bool = False) -> Iterable[Encoding]:
        encode = self._backend.encode_batch if characters else self._backend.encode_batch_fast
        for part in _portions(inputs):
            yield from encode(part, is_pretokenized=words, add_special_tokens=False)


def _portions(inputs: Sequence[Any]) -> Iterable[Sequence[Any]]:
    for start in range(0, len(inputs), TEXTS_PER_CALL):
        yield inputs[start : start + TEXTS_PER_CALL]


def _pieces(encodings: Iterable[Encoding], characters: bool) -> Pieces:
    rows: list[Tokens] = []
    places: list[Tokens] = [np.empty((0, 2), dtype=np.int32)]
    for encoding in encodings:
        rows.append(np.array(encoding.ids, dtype=np.int32))
        if characters:
            places.append(np.array(encoding.offsets, dtype=np.int32).reshape(-1, 2))
    return Pieces(
        tokens=np.concatenate([_empty(np.int32), *rows]),
        starts=offsets(np.array([len(row) for row in rows], dtype=np.int64)),
        characters=np.concatenate(places) if characters else None,
    )


def _flat(rows: Sequence[Sequence[int]]) -> tuple[Tokens, Indices]:
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    return np.fromiter(chain.from_iterable(rows), dtype=np.int32, count=int(lengths.sum())), lengths


def _empty(dtype: Any) -> Any:
    return np.empty(0, dtype=dtype)


def _template(encoding: Encoding, types: bool) -> Template:
    """Reads off which special tokens surround the probe; raises CheckpointError if the probe has no subwords."""
    sides = encoding.sequence_ids
    if 0 not in sides:
        raise CheckpointError(
            "the tokenizer gives no subword for the letter 'a'; expected a vocabulary for text. Check the checkpoint's "
            "tokenizer files."
        )
    first, last = sides.index(0), len(sides) - 1 - sides[::-1].index(0)
    second = sides.index(1) if 1 in sides else len(sides)
    end = len(sides) - 1 - sides[::-1].index(1) if 1 in sides else last
    ids, kinds = encoding.ids, encoding.type_ids if types else [0] * len(sides)
    between = slice(last + 1, second) if 1 in sides else slice(0, 0)
    return Template(
        before=tuple(ids[:first]),
        between=tuple(ids[between]),
        after=tuple(ids[end + 1 :]),
        types=(
            kinds[0],
            kinds[first],
            kinds[last + 1] if 1 in sides and second > last + 1 else 0,
            kinds[second] if 1 in sides else 0,
            kinds[-1],
        ),
    )


def _unknown(tokenizer: PreTrainedTokenizerFast) -> int:
    """Returns the id that stands for a word without subwords; byte-level vocabularies have no unknown token."""
    candidates = (tokenizer.unk_token_id, tokenizer.mask_token_id, tokenizer.pad_token_id, 0)
    return next(int(candidate) for candidate in candidates if candidate is not None)
