"""What a recipe need not say: batch, epochs and length of a head that it leaves out.

Plain values, so that listing recipes loads no validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness import Kind, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xharness import Task

COPIED_KINDS = frozenset({Kind.RETRIEVAL, Kind.MINING})
"""Kinds that are answered by the encoder as it is: there is nothing to fine-tune (spec/training.md §1)."""

# jiant's target settings as spec/training.md §3 gives them: batch and epochs as below, length 256 and 384 for questions.
# What they have in common is in the defaults of RunSettings and TaskSettings: learning rate 1e-5, 10 % warm-up (same
# place); weight decay 0.01, epsilon 1e-8 (jiant/shared/model_setup.py, create_optimizer_from_params); windows and question
# length (spec/xtreme.md §3.3); gradient clip 1.0 (spec/xtreme.md §4).
TARGET: Mapping[str, Mapping[str, float]] = {
    "xnli": {"batch_size": 32, "epochs": 2.0, "length": 256},
    "pawsx": {"batch_size": 32, "epochs": 5.0, "length": 256},
    "udpos": {"batch_size": 32, "epochs": 10.0, "length": 256},
    "panx": {"batch_size": 32, "epochs": 10.0, "length": 256},
    "squad": {"batch_size": 16, "epochs": 2.0, "length": 384},
    "tydiqa": {"batch_size": 16, "epochs": 2.0, "length": 384},
}

# For heads that the table does not name (tasks of other plugins): the settings of the like head above. XTREME has no
# multiple choice: it takes the settings of XNLI, which are the commonest.
LIKE: Mapping[str, str] = {
    Kind.CLASSIFICATION: "pawsx",
    Kind.PAIR_CLASSIFICATION: "pawsx",
    Kind.TAGGING: "udpos",
    Kind.SPAN_QA: "squad",
    Kind.MULTIPLE_CHOICE: "xnli",
}

TRAINED_KINDS = frozenset(LIKE)
"""Kinds for which a head can be trained."""

# An intermediate task of which no recipe says more: 2 epochs, batch 32, length 256; questions as SQuAD's head above. No
# source is on record for epochs and batch sizes of the intermediate tasks other than SQuAD and MNLI, which are target
# tasks' training data too (spec/training.md §2).
INTERMEDIATE: Mapping[str, Mapping[str, float]] = {
    Kind.CLASSIFICATION: TARGET["xnli"],
    Kind.PAIR_CLASSIFICATION: TARGET["xnli"],
    Kind.TAGGING: TARGET["xnli"],
    Kind.MULTIPLE_CHOICE: TARGET["xnli"],
    Kind.SPAN_QA: TARGET["squad"],
    Kind.MASKED_LM: TARGET["xnli"],
}


def like(task: Task) -> str:
    """Returns the head of `TARGET` whose settings a task's head takes. Raises UsageError for a kind that has no head."""
    if task.head in TARGET:
        return task.head
    if task.kind not in LIKE:
        raise UsageError(
            f"{task.name}: no head can be trained for tasks of kind {task.kind!r}; leave the task out (--tasks) or use a "
            f"stage that trains it. Kinds that recipes train: {', '.join(sorted(TRAINED_KINDS))}."
        )
    return LIKE[task.kind]
