"""The nine tasks as they are offered."""

from __future__ import annotations

import pytest
from xharness import DataError, DataRequest, Task, UsageError
from xharness_xtreme.metrics import METRICS
from xharness_xtreme.tasks import TASKS

BY_NAME = {task.name: task for task in TASKS}


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_metrics_are_offered_and_yield_the_main_scores(task: Task) -> None:
    """Every metric that a task asks for is offered by the plugin and yields the scores that make up the task's mean."""
    metrics = {metric.name: metric for metric in METRICS}
    yielded = [score for name in task.metrics for score in metrics[name].scores]
    assert set(task.main) <= set(yielded)


def test_heads_and_lengths_are_those_of_the_benchmark() -> None:
    """SQuAD's head answers XQuAD and MLQA, the encoder answers retrieval and mining, lengths are 128, 384 and 512."""
    assert {name: (task.head, task.max_length) for name, task in BY_NAME.items()} == {
        "xnli": ("xnli", 128),
        "pawsx": ("pawsx", 128),
        "udpos": ("udpos", 128),
        "panx": ("panx", 128),
        "xquad": ("squad", 384),
        "mlqa": ("squad", 384),
        "tydiqa": ("tydiqa", 384),
        "bucc2018": ("encoder", 512),
        "tatoeba": ("encoder", 512),
    }


def test_label_aliases_are_lower_case_and_lead_to_labels() -> None:
    """An alias is looked up in lower case and names a label of its task."""
    for task in TASKS:
        assert all(alias == alias.lower() and label in task.labels for alias, label in task.label_aliases.items())


def test_parallel_tasks_are_marked() -> None:
    """Tasks whose languages share items say so, since their clusters must be resampled together."""
    assert {task.name for task in TASKS if task.parallel} == {"xnli", "pawsx", "xquad", "mlqa"}


def test_an_unknown_language_lists_near_matches() -> None:
    """A language that the task does not have is a usage error that lists those it has."""
    with pytest.raises(UsageError, match=r"pawsx/sw: .*Known: de, en, es, fr, ja, ko, zh"):
        BY_NAME["pawsx"].load(DataRequest(language="sw", split="test"))


@pytest.mark.parametrize(
    ("task", "split"), [("xquad", "dev"), ("tydiqa", "dev"), ("tatoeba", "dev"), ("bucc2018", "train")]
)
def test_a_split_that_xtreme_lacks_names_those_there_are(task: str, split: str) -> None:
    """Asking for a split that the benchmark does not have names the remedy instead of looking for a file."""
    language = BY_NAME[task].languages[0]
    with pytest.raises(DataError, match=rf"{task}/{language}: {task} has no {split} split.*--split {task}=test"):
        BY_NAME[task].load(DataRequest(language=language, split=split))


def test_training_data_of_other_languages_are_refused_where_there_are_none() -> None:
    """XNLI, PAWS-X and SQuAD train in English only, and say so."""
    with pytest.raises(DataError, match=r"xnli/de: xnli has training data in English only"):
        BY_NAME["xnli"].load(DataRequest(language="de", split="train"))
