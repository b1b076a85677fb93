"""The suite: its tasks in report order, and how their scores become one average."""

from __future__ import annotations

import xharness

from xharness_mini.tasks import TASKS

SUITE = xharness.Suite(
    name="mini",
    version="1",
    tasks=tuple(task.name for task in TASKS),
    aggregator=xharness.Aggregator(
        name="mini-nine-task-mean",
        version="1",
        description=(
            "The unweighted mean of the nine task scores, each the mean over the task's languages, English included "
            "(exact match and F1 averaged for the three question tasks)."
        ),
        groups={
            "classification": ("mini-paraphrase", "mini-nli"),
            "tagging": ("mini-pos", "mini-ner"),
            "qa": ("mini-qa", "mini-qa-mixed", "mini-qa-own"),
            "retrieval": ("mini-mining", "mini-retrieval"),
        },
    ),
    submission="xtreme",
    title="Mini",
)
"""Averaged as XTREME is. Predictions are exchanged in XTREME's layout, which goes by a task's kind, not by its name."""
