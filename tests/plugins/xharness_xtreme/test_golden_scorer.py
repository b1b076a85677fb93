"""Whole folders of predictions against the official scorer's output: made-up ones, and spoilt real gold.

Gold is read twice: by our readers, and by a few lines that follow spec/xtreme.md §2.1 alone, so that neither hides the
other's mistakes.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from functools import cache
from statistics import fmean
from typing import TYPE_CHECKING

import pytest
from xharness import Answer, DataRequest, Example, Split, Task
from xharness_xtreme.metrics import METRICS
from xharness_xtreme.submission import XTREME_FORMAT
from xharness_xtreme.tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from xharness.records import Gold

TASK = {task.name: task for task in TASKS}
METRIC = {metric.name: metric for metric in METRICS}
GROUPS = {
    "classification": ["pawsx", "xnli"],
    "tagging": ["udpos", "panx"],
    "qa": ["xquad", "mlqa", "tydiqa"],
    "retrieval": ["bucc2018", "tatoeba"],
}


def read_gold(path: Path, task: str) -> dict[str, Gold]:
    """Gold by example id, from a file in the scorer's layout."""
    text = path.read_text(encoding="utf-8")
    if task in GROUPS["qa"]:
        questions = [
            question
            for article in json.loads(text)["data"]
            for paragraph in article["paragraphs"]
            for question in paragraph["qas"]
        ]
        return {q["id"]: tuple(Answer(text=answer["text"]) for answer in q["answers"]) for q in questions}
    if task in GROUPS["tagging"]:
        return {str(i): tuple(block.split("\n")) for i, block in enumerate(text.strip().split("\n\n"))}
    lines = text.strip().split("\n")
    if task == "bucc2018":
        pairs: dict[str, tuple[str, ...]] = {}
        for foreign, english in (line.split("\t") for line in lines):
            pairs[foreign] = (*pairs.get(foreign, ()), english)
        return dict(pairs)
    return {str(i): (line.strip(),) if task == "tatoeba" else line.strip() for i, line in enumerate(lines)}


def plainly_read(labels: Path, task: Task, language: str, split_name: str) -> Split:
    """Gold of one cell, without the plugin's readers."""
    suffix = "json" if task.name in GROUPS["qa"] else "tsv"
    gold = read_gold(labels / task.name / f"{split_name}-{language}.{suffix}", task.name)
    examples = [Example(id=id_, cluster=id_, inputs=None, gold=value) for id_, value in gold.items()]
    return Split(task=task.name, language=language, name=split_name, version="1", examples=examples, source="golden")


def loaded(labels: Path, task: Task, language: str, split_name: str) -> Split:
    """Gold of one cell, as `xharness score` loads it."""
    return task.load(DataRequest(language=language, split=split_name, labels=labels, gold_only=True))


both_readers = pytest.mark.parametrize("gold_of", [plainly_read, loaded])


def percent(split: Split, predictions: Path) -> dict[str, float]:
    """Every score of one cell as the official scorer prints it."""
    task = TASK[split.task]
    found = XTREME_FORMAT.read(predictions, split, task)
    assert found is not None
    scores: dict[str, float] = {}
    for metric in (METRIC[name] for name in task.metrics):
        totals = metric.statistics(split, found).rows.sum(axis=0)
        scores |= {name: 100 * float(value) for name, value in metric.score(totals).items()}
    return scores


def differences(
    expected: Mapping[str, Mapping[str, object]], score: Callable[[Task, str], Mapping[str, float]]
) -> tuple[int, list[str]]:
    """How many numbers of the official scorer were compared, and those from which ours differ."""
    compared, differing = 0, []
    for task, metrics in expected.items():
        for name, by_language in metrics.items():
            for language, value in by_language.items() if isinstance(by_language, dict) else ():
                found = score(TASK[task], language)[name]
                compared += 1
                if found != pytest.approx(value, rel=1e-6, abs=1e-9):
                    differing.append(f"{task}/{language} {name}: {found} instead of {value}")
    return compared, differing


@both_readers
def test_full_suite_scores_as_officially(gold_of: Callable[..., Split], golden: Path) -> None:
    """Every score of the 162 cells, the task means, the groups and the nine-task mean are the official ones."""
    folder = golden / "full-suite"
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))

    @cache
    def score(task_name: str, language: str) -> dict[str, float]:
        split = gold_of(folder / "labels", TASK[task_name], language, "test")
        return percent(split, folder / "predictions")

    by_task = {name: expected[name] for name in TASK}
    compared, differing = differences(by_task, lambda task, language: score(task.name, language))
    assert differing == []
    # accuracy in 58 cells; f1, precision, recall in 77; exact match and f1 in 27
    assert compared == 58 + 3 * 77 + 2 * 27

    means = {
        name: fmean(score(name, language)[main] for main in task.main for language in task.languages)
        for name, task in TASK.items()
    }
    assert means == pytest.approx({name: expected[name]["avg_metric"] for name in means}, rel=1e-6)
    groups = {group: fmean(means[name] for name in names) for group, names in GROUPS.items()}
    assert groups == pytest.approx({group: expected[group] for group in groups}, rel=1e-6)
    assert math.fsum(means.values()) / 9 == pytest.approx(expected["all_task"], rel=1e-6)


@pytest.mark.shared
@pytest.mark.slow
@both_readers
def test_spoilt_real_gold_scores_as_officially(gold_of: Callable[..., Split], shared: Path, tmp_path: Path) -> None:
    """Predictions made by spoiling the real gold with seed 11 get the official scorer's numbers in every cell."""
    golden, labels = shared / "golden", shared / "data" / "xtreme-labels"
    made = [sys.executable, str(golden / "make_predictions.py"), str(labels), str(tmp_path), "11"]
    subprocess.run(made, check=True)
    expected = json.loads((golden / "expected-seed11.json").read_text(encoding="utf-8"))
    splits = expected["split"]

    @cache
    def score(task_name: str, language: str) -> dict[str, float]:
        split = gold_of(labels, TASK[task_name], language, splits.get(task_name, splits["*"]))
        return percent(split, tmp_path)

    compared, differing = differences(expected["scores"], lambda task, language: score(task.name, language))
    assert differing == []
    # accuracy in 58 cells; f1, precision, recall in 7 of PAN-X, 32 of UDPOS, 1 of BUCC; exact match and f1 in 27
    assert compared == 58 + 3 * (7 + 32 + 1) + 2 * 27
