"""Chunks of tag sequences, counted for a whole corpus at once.

Both rules of XTREME fit one form: every tag has a type (or is outside), and may or may not continue a chunk. A token
then continues the chunk before it if its tag may, and the token before it, in the same sentence, is of the same type;
every other token that is not outside starts a chunk. So neighbours alone tell where chunks start and end.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Codes: TypeAlias = NDArray[np.int32]
    Flags: TypeAlias = NDArray[np.bool_]
    Counts: TypeAlias = NDArray[np.int64]

OUTSIDE = "O"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunking:
    """How a tag takes part in chunks.

    Attributes:
        type: type of the chunk that a token with this tag belongs to, None if to none.
        continues: the token belongs to the chunk of the token before it if the types are equal.
    """

    type: str | None
    continues: bool


def entity_chunking(tag: str) -> Chunking:
    """Returns the rule for IOB2 tags: B-T starts a chunk of type T, I-T continues one of type T or else starts one."""
    if tag == OUTSIDE:
        return Chunking(type=None, continues=False)
    prefix, _, type_ = tag.partition("-")
    return Chunking(type=type_, continues=prefix == "I")


def upos_chunking(tag: str) -> Chunking:
    """Returns the rule for bare UPOS tags: runs of one tag; tags with S (SCONJ, SYM) never merge.

    O is no UPOS tag, but the official tagger has it as an 18th class (spec/xtreme.md §3.2), and seqeval takes it as
    outside.
    """
    return Chunking(type=None if tag == OUTSIDE else tag, continues=not tag.startswith("S"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Gold and predicted tags of t tokens in n sentences, as numbers.

    Attributes:
        names: tag → its code.
        gold: int32 (t,), codes.
        predicted: int32 (t,), codes.
        lengths: int64 (n,), tokens of each sentence.
        sentences: int64 (t,), the sentence of each token.
    """

    names: Mapping[str, int]
    gold: Codes
    predicted: Codes
    lengths: Counts
    sentences: Counts

    @classmethod
    def of(cls, gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> Corpus:
        """Returns the corpus of these sentences, which must be equally long pair by pair."""
        import numpy as np

        names: dict[str, int] = {}
        for tag in set(chain.from_iterable(gold)) | set(chain.from_iterable(predicted)):
            names[tag] = len(names)
        lengths = np.fromiter(map(len, gold), dtype=np.int64, count=len(gold))
        tokens = int(lengths.sum())
        code = names.__getitem__
        return cls(
            names=names,
            gold=np.fromiter(map(code, chain.from_iterable(gold)), dtype=np.int32, count=tokens),
            predicted=np.fromiter(map(code, chain.from_iterable(predicted)), dtype=np.int32, count=tokens),
            lengths=lengths,
            sentences=np.repeat(np.arange(len(gold)), lengths),
        )

    def per_sentence(self, flags: Flags) -> Counts:
        """Returns how many of the flagged tokens, bool (t,), each sentence has: int64 (n,)."""
        import numpy as np

        return np.bincount(self.sentences[flags], minlength=len(self.lengths))

    def chunk_counts(self, chunking: Callable[[str], Chunking]) -> tuple[Counts, Counts, Counts]:
        """Returns the chunks of each sentence that are right, predicted and gold: int64 (n,) each.

        A predicted chunk is right if gold has one of the same type with the same first and last token.
        """
        gold_types, gold_ends = self._chunks(self.gold, chunking)
        types, ends = self._chunks(self.predicted, chunking)
        right = (ends >= 0) & (ends == gold_ends) & (types == gold_types)
        return self.per_sentence(right), self.per_sentence(ends >= 0), self.per_sentence(gold_ends >= 0)

    def _chunks(self, codes: Codes, chunking: Callable[[str], Chunking]) -> tuple[Codes, Counts]:
        """Returns each token's type (-1 outside) and, where a chunk starts, its last token, elsewhere -1."""
        import numpy as np

        rules = [chunking(tag) for tag in self.names]  # names are in the order of their codes
        known = {rule.type for rule in rules if rule.type is not None}
        numbers: dict[str | None, int] = {None: -1, **{name: number for number, name in enumerate(sorted(known))}}
        types = np.array([numbers[rule.type] for rule in rules], dtype=np.int32)[codes]
        may_continue = np.array([rule.continues for rule in rules], dtype=np.bool_)[codes]

        continues = np.zeros(len(codes) + 1, dtype=np.bool_)  # one more: nothing continues the last token
        same_sentence = self.sentences[1:] == self.sentences[:-1]
        continues[1:-1] = may_continue[1:] & same_sentence & (types[1:] == types[:-1]) & (types[1:] >= 0)
        inside = types >= 0
        ends = np.full(len(codes), -1, dtype=np.int64)
        ends[inside & ~continues[:-1]] = np.flatnonzero(inside & ~continues[1:])
        return types, ends
