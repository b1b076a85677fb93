"""Rows for texts and pairs with one label, and for sentences with one tag per word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness import Words

from xharness_finetune.rows.encoding import AT_ONCE, IGNORED, in_parts, rows_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from transformers import PreTrainedTokenizerFast
    from xharness import Example

    from xharness_finetune.rows.encoding import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A sentence, or as much of it as a row holds.

    Attributes:
        example: index of the example.
        first_word: index of its first word in the sentence.
        row: `input_ids`, and `token_type_ids` where the encoder has segments.
        firsts: index in the row of the first subword of each word.
    """

    example: int
    first_word: int
    row: Row
    firsts: tuple[int, ...]


def text_rows(examples: Sequence[Example], tokenizer: PreTrainedTokenizerFast, length: int) -> Iterator[Row]:
    """Yields one row per example, without a target: a text or a pair, the longer side cut first."""
    for part in in_parts(examples):
        texts = [example.inputs.parts() for example in part if example.inputs is not None]
        columns = [list(column) for column in zip(*texts, strict=True)]
        yield from rows_in(tokenizer(*columns, truncation=True, max_length=length, return_attention_mask=False))


def classification_rows(
    examples: Sequence[Example], labels: Sequence[str], tokenizer: PreTrainedTokenizerFast, length: int
) -> Iterator[Row]:
    """Yields one row per example: a text or a pair, the longer side cut first, and `labels`, its class."""
    classes = {label: index for index, label in enumerate(labels)}
    for row, example in zip(text_rows(examples, tokenizer, length), examples, strict=True):
        yield {**row, "labels": classes[str(example.gold)]}


def tagging_rows(
    examples: Sequence[Example], labels: Sequence[str], tokenizer: PreTrainedTokenizerFast, length: int
) -> Iterator[Row]:
    """Yields one row per piece of a sentence; a word's tag is the target at its first subword, the rest is ignored."""
    classes = {label: index for index, label in enumerate(labels)}
    for piece in pieces(examples, tokenizer, length):
        tags = (examples[piece.example].gold or ())[piece.first_word : piece.first_word + len(piece.firsts)]
        targets = [IGNORED] * len(piece.row["input_ids"])
        for place, tag in zip(piece.firsts, tags, strict=True):
            targets[place] = classes[str(tag)]
        yield {**piece.row, "labels": targets}


def pieces(examples: Sequence[Example], tokenizer: PreTrainedTokenizerFast, length: int) -> Iterator[Piece]:
    """Yields the pieces of every sentence in order; together they hold each of its words once.

    Sentences are split, never cut (spec/xtreme.md §3.2): words are added until the next would exceed `length`. A word
    without subwords, or with more than a row holds, becomes the unknown token.
    """
    capacity = length - tokenizer.num_special_tokens_to_add(pair=False)
    for number, part in enumerate(in_parts(examples)):
        found = list(_word_windows(part, tokenizer, capacity))
        if not found:
            continue
        words = [list(shown) for _, _, shown in found]
        encoded = tokenizer(words, is_split_into_words=True, return_attention_mask=False, verbose=False)
        for index, (row, (example, first_word, _)) in enumerate(zip(rows_in(encoded), found, strict=True)):
            yield Piece(
                example=number * AT_ONCE + example,
                first_word=first_word,
                row=row,
                firsts=_first_subwords(encoded.word_ids(index)),
            )


def _word_windows(
    examples: Sequence[Example], tokenizer: PreTrainedTokenizerFast, capacity: int
) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Yields (example, its first word's index, words) of at most `capacity` subwords, at least one word each."""
    sentences = [example.inputs.words if isinstance(example.inputs, Words) else () for example in examples]
    encoded = tokenizer(
        [list(words) for words in sentences],
        is_split_into_words=True,
        add_special_tokens=False,
        return_attention_mask=False,
        verbose=False,
    )
    for index, words in enumerate(sentences):
        counts = [0] * len(words)
        for word in encoded.word_ids(index):
            counts[word] += 1
        known = [0 < count <= capacity for count in counts]
        shown = tuple(word if fits else tokenizer.unk_token for word, fits in zip(words, known, strict=True))
        sizes = [count if fits else 1 for count, fits in zip(counts, known, strict=True)]
        for start, stop in _spans(sizes, capacity):
            yield index, start, shown[start:stop]


def _spans(sizes: Sequence[int], capacity: int) -> Iterator[tuple[int, int]]:
    """Yields consecutive [start, stop) whose sizes sum to at most `capacity`, each as long as possible."""
    start = total = 0
    for index, size in enumerate(sizes):
        if total + size > capacity:
            yield start, index
            start, total = index, 0
        total += size
    if start < len(sizes):
        yield start, len(sizes)


def _first_subwords(word_ids: Sequence[int | None]) -> tuple[int, ...]:
    return tuple(
        place for place, word in enumerate(word_ids) if word is not None and (place == 0 or word != word_ids[place - 1])
    )
