"""Windows over the contexts of span questions, and where in them the answers are (spec/xtreme.md §3.3)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness import Answer, Question

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from transformers import PreTrainedTokenizerFast
    from xharness import Example

    from xharness_finetune.recipes.settings import TaskSettings
    from xharness_finetune.rows.encoding import Row

_AT_ONCE = 256  # examples per call of the tokenizer


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A question with a piece of its context.

    Attributes:
        example: index of the example.
        row: `input_ids`, and `token_type_ids` where the encoder has segments.
        first: index of the first context subword in the row.
        offsets: [start, end) in characters of the context, for each context subword from `first` on.
        cls: index of the [CLS] token, the target where the answer is elsewhere.
    """

    example: int
    row: Mapping[str, list[int]]
    first: int
    offsets: tuple[tuple[int, int], ...]
    cls: int


def windows(
    examples: Sequence[Example], tokenizer: PreTrainedTokenizerFast, settings: TaskSettings
) -> Iterator[Window]:
    """Yields the windows of every example in order; every example has at least one.

    A question is cut after `question_length` subwords; a window holds as much context as `length` leaves, and the next
    one starts `window_step` subwords later.
    """
    for start in range(0, len(examples), _AT_ONCE):
        inputs = [example.inputs for example in examples[start : start + _AT_ONCE]]
        questions = [item for item in inputs if isinstance(item, Question)]
        shown, sizes = _cut_questions([item.question for item in questions], tokenizer, settings.question_length)
        groups: defaultdict[int, list[int]] = defaultdict(list)
        for index, size in enumerate(sizes):
            groups[size].append(index)
        found = [
            window
            for size, members in groups.items()
            for window in _windows_of(members, shown, questions, tokenizer, settings, question_size=size)
        ]
        for window in sorted(found, key=lambda window: window.example):  # stable: windows of an example stay in order
            yield Window(
                example=start + window.example,
                row=window.row,
                first=window.first,
                offsets=window.offsets,
                cls=window.cls,
            )


def span_rows(
    examples: Sequence[Example],
    tokenizer: PreTrainedTokenizerFast,
    settings: TaskSettings,
    *,
    unanswerable: bool = False,
) -> Iterator[Row]:
    """Yields one row per window with `start_positions` and `end_positions` of the first gold answer.

    Windows that do not hold the whole answer point at [CLS]; `unanswerable`: so do those of questions with gold (). Examples
    whose answer is not in the context (`locate` says which) and those without any in a task that has none such have no rows.
    """
    spans = [locate(example) for example in examples]
    for window in windows(examples, tokenizer, settings):
        span = spans[window.example]
        if span is not None:
            start, end = _positions(window, *span)
            yield {**window.row, "start_positions": start, "end_positions": end}
        elif unanswerable and examples[window.example].gold == ():
            yield {**window.row, "start_positions": window.cls, "end_positions": window.cls}


def locate(example: Example) -> tuple[int, int] | None:
    """Returns [start, end) of the first gold answer in characters of the context; None if its text is not there.

    A wrong offset is mended by the answer's first occurrence, as the texts count, not the offsets.
    """
    answer = example.gold[0] if example.gold else None
    if not isinstance(answer, Answer) or not isinstance(example.inputs, Question):
        return None
    text, context = answer.text.strip(), example.inputs.context
    if not text:
        return None
    start = answer.start
    if start is not None:
        start += len(answer.text) - len(answer.text.lstrip())
    if start is None or not context.startswith(text, start):
        start = context.find(text)
    return (start, start + len(text)) if start >= 0 else None


def _cut_questions(
    questions: Sequence[str], tokenizer: PreTrainedTokenizerFast, most: int
) -> tuple[list[str], list[int]]:
    """Returns the questions, cut where they exceed `most` subwords, and their sizes in subwords."""
    options = {"add_special_tokens": False, "return_attention_mask": False, "verbose": False}
    whole = tokenizer(list(questions), return_offsets_mapping=True, **options)
    shown = [
        question[: offsets[most - 1][1]] if len(offsets) > most else question
        for question, offsets in zip(questions, whole["offset_mapping"], strict=True)
    ]
    return shown, [len(ids) for ids in tokenizer(shown, **options)["input_ids"]]


def _windows_of(
    members: Sequence[int],
    shown: Sequence[str],
    questions: Sequence[Question],
    tokenizer: PreTrainedTokenizerFast,
    settings: TaskSettings,
    *,
    question_size: int,
) -> Iterator[Window]:
    """Yields the windows of the questions with `question_size` subwords, whose windows overlap equally."""
    capacity = settings.length - tokenizer.num_special_tokens_to_add(pair=True) - question_size
    step = max(1, min(settings.window_step, capacity // 2))  # neighbours overlap even where rows are short
    encoded = tokenizer(
        [shown[index] for index in members],
        [questions[index].context for index in members],
        truncation="only_second",
        max_length=settings.length,
        stride=capacity - step,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        return_attention_mask=False,
    )
    names = [name for name in ("input_ids", "token_type_ids") if name in encoded]
    for number, source in enumerate(encoded["overflow_to_sample_mapping"]):
        sides = encoded.sequence_ids(number)
        inside = [index for index, side in enumerate(sides) if side == 1]
        ids = encoded["input_ids"][number]
        yield Window(
            example=members[source],
            row={name: encoded[name][number] for name in names},
            first=inside[0] if inside else len(ids),
            offsets=tuple(tuple(encoded["offset_mapping"][number][index]) for index in inside),
            cls=ids.index(tokenizer.cls_token_id) if tokenizer.cls_token_id in ids else 0,
        )


def _positions(window: Window, start: int, end: int) -> tuple[int, int]:
    """Returns first and last subword of characters [start, end) in the row; [CLS] twice if they are not all there."""
    offsets = window.offsets
    if not offsets or start < offsets[0][0] or end > offsets[-1][1]:
        return window.cls, window.cls
    first = next(index for index, (_, stop) in enumerate(offsets) if stop > start)
    last = max(index for index, (begin, _) in enumerate(offsets) if begin < end)
    return window.first + first, window.first + last
