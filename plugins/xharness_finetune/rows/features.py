"""Rows of subword ids with targets, from the examples of any task that can be trained.

Rows are not padded here; batches are, to their longest row (`collating`).
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from xharness import Kind, UsageError

from xharness_finetune.rows.choices import choice_rows
from xharness_finetune.rows.encoding import IGNORED, Row
from xharness_finetune.rows.masking import plain_rows
from xharness_finetune.rows.sentences import classification_rows, tagging_rows
from xharness_finetune.rows.windows import span_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from transformers import PreTrainedTokenizerFast
    from xharness import Example, Task

    from xharness_finetune.recipes.settings import TaskSettings

__all__ = ["IGNORED", "Features", "Row", "rows_of"]


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
        """Returns the number of subwords of each row, special tokens included; of a choice, all its options together."""
        return [stop - start for start, stop in pairwise(self._ends)]

    @property
    def tokens(self) -> int:
        """Returns the number of subwords in all rows, special tokens included."""
        return self._ends[-1]


def rows_of(
    task: Task, examples: Sequence[Example], tokenizer: PreTrainedTokenizerFast, settings: TaskSettings
) -> Iterator[Row]:
    """Returns the rows that a head for the task is trained on, in the order of the examples.

    One row per example, but several for a sentence, a context or a text that is longer than a row, and none for a question
    whose answer is not in its context. Targets are added but for masked language models, whose `collating.collator` draws
    them. Raises UsageError for a kind that has no head.
    """
    if task.kind in (Kind.CLASSIFICATION, Kind.PAIR_CLASSIFICATION):
        return classification_rows(examples, task.labels, tokenizer, settings.length)
    if task.kind == Kind.TAGGING:
        return tagging_rows(examples, task.labels, tokenizer, settings.length)
    if task.kind == Kind.SPAN_QA:
        return span_rows(examples, tokenizer, settings, unanswerable=task.unanswerable)
    if task.kind == Kind.MULTIPLE_CHOICE:
        return choice_rows(examples, tokenizer, settings.length)
    if task.kind == Kind.MASKED_LM:
        return plain_rows(examples, tokenizer, settings.length)
    raise UsageError(
        f"{task.name}: there is no head to train for tasks of kind {str(task.kind)!r}; leave the task out."
    )
