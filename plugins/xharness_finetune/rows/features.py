"""Rows of subword ids with targets, from examples: sentences, pairs and tagged words.

Span questions are in `windows`. Rows are not padded here; batches are, to their longest row.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from xharness import Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from transformers import PreTrainedTokenizerFast
    from xharness import Example

Row: TypeAlias = "dict[str, Any]"
"""`input_ids` (and `token_type_ids`, per-token `labels`) as lists of equal length; a class or a position as int."""

IGNORED = -100
"""The target that the loss leaves out (torch.nn.CrossEntropyLoss)."""

_AT_ONCE = 1000  # inputs per call of the tokenizer, which spreads them over threads


class Features:
    """Rows kept as packed 32-bit integers (a tenth of what lists would take), read back one by one as a Trainer does."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._tokens: defaultdict[str, array[int]] = defaultdict(lambda: array("i"))
        self._targets: defaultdict[str, array[int]] = defaultdict(lambda: array("i"))
        self._ends = array("q", [0])
        for row in rows:
            for name, value in row.items():
                if isinstance(value, int):
                    self._targets[name].append(value)
                else:
                    self._tokens[name].extend(value)
            self._ends.append(len(self._tokens["input_ids"]))

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, index: int) -> Row:
        start, stop = self._ends[index], self._ends[index + 1]
        row: Row = {name: values[start:stop].tolist() for name, values in self._tokens.items()}
        return row | {name: values[index] for name, values in self._targets.items()}

    @property
    def lengths(self) -> list[int]:
        """Returns the number of subwords of each row, special tokens included."""
        return [stop - start for start, stop in pairwise(self._ends)]

    @property
    def tokens(self) -> int:
        """Returns the number of subwords in all rows, special tokens included."""
        return self._ends[-1]


def classification_rows(
    examples: Sequence[Example], labels: Sequence[str], tokenizer: PreTrainedTokenizerFast, length: int
) -> Iterator[Row]:
    """Yields one row per example: a text or a pair, the longer side cut first, and `labels`, its class."""
    classes = {label: index for index, label in enumerate(labels)}
    for part in _parts(examples):
        texts = [example.inputs.parts() for example in part if example.inputs is not None]
        columns = [list(column) for column in zip(*texts, strict=True)]
        encoded = tokenizer(*columns, truncation=True, max_length=length, return_attention_mask=False)
        for row, example in zip(_rows(encoded), part, strict=True):
            yield {**row, "labels": classes[str(example.gold)]}


def tagging_rows(
    examples: Sequence[Example], labels: Sequence[str], tokenizer: PreTrainedTokenizerFast, length: int
) -> Iterator[Row]:
    """Yields one row per window of a sentence; a word's tag is the target at its first subword, the rest is ignored.

    Sentences are split, never cut (spec/xtreme.md §3.2): words are added until the next would exceed `length`. A word
    without subwords, or with more than a row holds, becomes the unknown token.
    """
    classes = {label: index for index, label in enumerate(labels)}
    capacity = length - tokenizer.num_special_tokens_to_add(pair=False)
    for part in _parts(examples):
        windows = list(_word_windows(part, tokenizer, capacity))
        if not windows:
            continue
        words = [list(window) for window, _ in windows]
        encoded = tokenizer(words, is_split_into_words=True, return_attention_mask=False, verbose=False)
        for index, (row, (_, tags)) in enumerate(zip(_rows(encoded), windows, strict=True)):
            yield {**row, "labels": _first_subword_targets(encoded.word_ids(index), [classes[tag] for tag in tags])}


def _word_windows(
    examples: Sequence[Example], tokenizer: PreTrainedTokenizerFast, capacity: int
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yields (words, tags) of at most `capacity` subwords, at least one word each."""
    sentences = [example.inputs.words for example in examples if isinstance(example.inputs, Words)]
    encoded = tokenizer(
        [list(words) for words in sentences],
        is_split_into_words=True,
        add_special_tokens=False,
        return_attention_mask=False,
        verbose=False,
    )
    for index, (example, words) in enumerate(zip(examples, sentences, strict=True)):
        tags = tuple(str(tag) for tag in example.gold or ())
        counts = [0] * len(words)
        for word in encoded.word_ids(index):
            counts[word] += 1
        known = [0 < count <= capacity for count in counts]
        shown = tuple(word if fits else tokenizer.unk_token for word, fits in zip(words, known, strict=True))
        sizes = [count if fits else 1 for count, fits in zip(counts, known, strict=True)]
        for start, stop in _spans(sizes, capacity):
            yield shown[start:stop], tags[start:stop]


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


def _first_subword_targets(word_ids: Sequence[int | None], classes: Sequence[int]) -> list[int]:
    targets, last = [], None
    for word in word_ids:
        targets.append(classes[word] if word is not None and word != last else IGNORED)
        last = word
    return targets


def _rows(encoded: Mapping[str, list[list[int]]]) -> Iterator[Row]:
    names = [name for name in ("input_ids", "token_type_ids") if name in encoded]
    for values in zip(*(encoded[name] for name in names), strict=True):
        yield dict(zip(names, values, strict=True))


def _parts(examples: Sequence[Example]) -> Iterator[Sequence[Example]]:
    for start in range(0, len(examples), _AT_ONCE):
        yield examples[start : start + _AT_ONCE]
