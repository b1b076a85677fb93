"""From logits to answers: rules without a network, one for each kind of task."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from xharness import Question

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from xharness import Example

    from xharness_finetune.rows.sentences import Piece
    from xharness_finetune.rows.windows import Window

    Logits: TypeAlias = NDArray[np.float32]

LONGEST_ANSWER = 30
"""Subwords (spec/xtreme.md §3.3; run_squad.py: max_answer_length)."""

NULL_THRESHOLD = 0.0
"""How far "no answer" must be above the best span to be given (run_squad.py: null_score_diff_threshold)."""

NO_ANSWER = ""


def decode_labels(labels: Sequence[str], logits: Iterable[Logits]) -> list[str]:
    """Returns the label of the highest logit of every row, (classes,) each; the first of equals."""
    return [labels[int(row.argmax())] for row in logits]


def decode_choices(logits: Iterable[Logits]) -> list[str]:
    """Returns the number of the option with the highest logit; one logit per real option, the first of equals."""
    return [str(int(row.argmax())) for row in logits]


def decode_tags(
    labels: Sequence[str], examples: Sequence[Example], found: Sequence[Piece], logits: Iterable[Logits]
) -> list[tuple[str, ...]]:
    """Returns one tag per word of every sentence: that of the highest logit at the word's first subword.

    Args:
        found: all pieces of the sentences, in order.
        logits: (subwords, classes) for each piece.
    """
    tags: list[list[str]] = [[] for _ in examples]
    for piece, row in zip(found, logits, strict=True):
        tags[piece.example] += [labels[index] for index in row[list(piece.firsts)].argmax(axis=-1)]
    return [tuple(words) for words in tags]


def decode_answers(
    examples: Sequence[Example],
    found: Iterable[Window],
    logits: Iterable[tuple[Logits, Logits]],
    *,
    unanswerable: bool = False,
) -> list[str]:
    """Returns the text of the best span over all windows of every question, as it stands in the context.

    The best span has the highest sum of start and end logit, is inside the context and has at most 30 subwords; of equals
    the leftmost. `unanswerable`: the answer is "" where the null score exceeds the best span's by more than
    `NULL_THRESHOLD`. The null score is the sum of start and end logit at [CLS], the lowest over the question's windows, as
    in BERT's run_squad.py (`version_2_with_negative`). A question without a span (an empty context) is answered "".

    Args:
        found: windows of the questions.
        logits: start and end, (subwords,) each, for each window.
    """
    best: dict[int, tuple[float, str]] = {}
    null = dict.fromkeys(range(len(examples)), np.inf)
    for window, (starts, ends) in zip(found, logits, strict=True):
        null[window.example] = min(null[window.example], float(starts[window.cls]) + float(ends[window.cls]))
        inputs = examples[window.example].inputs
        if not window.offsets or not isinstance(inputs, Question):
            continue
        inside = slice(window.first, window.first + len(window.offsets))
        first, last, value = best_span(starts[inside], ends[inside])
        if value > best.get(window.example, (-np.inf, ""))[0]:
            best[window.example] = value, inputs.context[window.offsets[first][0] : window.offsets[last][1]]
    answers = []
    for index in range(len(examples)):
        value, text = best.get(index, (-np.inf, NO_ANSWER))
        answers.append(NO_ANSWER if unanswerable and null[index] - value > NULL_THRESHOLD else text)
    return answers


def best_span(starts: Logits, ends: Logits) -> tuple[int, int, float]:
    """Returns first and last subword and the sum of their logits, for the best span of at most `LONGEST_ANSWER`.

    Args:
        starts, ends: (n,), n at least 1.
    """
    sums = starts.astype(np.float64)[:, None] + ends[None, :]  # (n, n)
    allowed = np.triu(np.ones(sums.shape, dtype=bool)) & ~np.triu(np.ones(sums.shape, dtype=bool), k=LONGEST_ANSWER)
    first, last = np.unravel_index(int(np.where(allowed, sums, -np.inf).argmax()), sums.shape)
    return int(first), int(last), float(sums[first, last])
