"""Rows for multiple choice: a question with all its options is one row."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xharness import Choices, TextPair

from xharness_finetune.rows.encoding import in_parts, rows_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from transformers import PreTrainedTokenizerFast
    from xharness import Example

    from xharness_finetune.rows.encoding import Row


def choice_rows(examples: Sequence[Example], tokenizer: PreTrainedTokenizerFast, length: int) -> Iterator[Row]:
    """Yields `option_rows` with `labels`, the number of the right option."""
    for row, example in zip(option_rows(examples, tokenizer, length), examples, strict=True):
        yield {**row, "labels": int(str(example.gold))}


def option_rows(examples: Sequence[Example], tokenizer: PreTrainedTokenizerFast, length: int) -> Iterator[Row]:
    """Yields one row per question, without a target: its options one after the other, `options` their numbers.

    An option is encoded as the pair (context, option), alone where the context is empty, each in at most `length` subwords,
    the longer side cut first. `options` has, for every subword, the number of the option that it belongs to.
    """
    for part in in_parts(examples, size=250):
        questions = [example.inputs for example in part if isinstance(example.inputs, Choices)]
        pairs = [(item.context, option) for item in questions for option in item.options]
        encoded = _encoded(pairs, tokenizer, length)
        for item in questions:
            yield _joined([next(encoded) for _ in item.options])


def ranking_rows(examples: Sequence[Example], tokenizer: PreTrainedTokenizerFast, length: int) -> Iterator[Row]:
    """Yields one row per pair of texts, its sides in the place of options; `labels` is the example's gold, a number."""
    sides = [
        replace(example, inputs=Choices(context="", options=tuple(example.inputs.parts())))
        for example in examples
        if isinstance(example.inputs, TextPair)
    ]
    return choice_rows(sides, tokenizer, length)


def split_options(row: Row) -> list[Row]:
    """Returns the options of a row as rows of their own, in order; the target is left out."""
    numbers = row["options"]
    starts = [place for place, number in enumerate(numbers) if place == 0 or number != numbers[place - 1]]
    names = [name for name in ("input_ids", "token_type_ids") if name in row]
    return [
        {name: row[name][start:stop] for name in names}
        for start, stop in zip(starts, [*starts[1:], len(numbers)], strict=True)
    ]


def _encoded(pairs: Sequence[tuple[str, str]], tokenizer: PreTrainedTokenizerFast, length: int) -> Iterator[Row]:
    """Yields the rows of (context, option) in order."""
    rows: list[Row | None] = [None] * len(pairs)
    for alone in (False, True):
        chosen = [index for index, (context, _) in enumerate(pairs) if (not context.strip()) is alone]
        if not chosen:
            continue
        columns = [[pairs[index][1] for index in chosen]]
        if not alone:
            columns.insert(0, [pairs[index][0] for index in chosen])
        encoded: Mapping[str, list[list[int]]] = tokenizer(
            *columns, truncation="longest_first", max_length=length, return_attention_mask=False
        )
        for index, row in zip(chosen, rows_in(encoded), strict=True):
            rows[index] = row
    return (row for row in rows if row is not None)


def _joined(options: Sequence[Row]) -> Row:
    row: Row = {name: [token for option in options for token in option[name]] for name in options[0]}
    row["options"] = [number for number, option in enumerate(options) for _ in option["input_ids"]]
    return row
