"""The laws on statistics of real metrics: the made-up suite in golden/, and simulated answers to real gold in shared/data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from xharness import DataRequest, Predictions
from xharness.bootstrap import (
    Cell,
    combine,
    of_difference,
    of_score,
    percentile,
    randomisation_p,
    resample,
    shifted_bootstrap_p,
)
from xharness_xtreme.metrics import METRICS
from xharness_xtreme.submission import XTREME_FORMAT
from xharness_xtreme.tasks import TASKS

from .made_up import digest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TASK = {task.name: task for task in TASKS}
METRIC = {metric.name: metric for metric in METRICS}
CELLS = {
    "xnli": ("de", "sw", "zh"), "pawsx": ("de", "ja"), "udpos": ("hi", "ja"), "panx": ("de", "he"), "xquad": ("ar", "de"),
    "mlqa": ("de", "zh"), "tydiqa": ("en",), "bucc2018": ("de",), "tatoeba": ("bg", "de"),
}  # fmt: skip


def right(gold: Any, wanted: str) -> Any:
    """The answer that is right in the eyes of a metric."""
    return {"answers": lambda: gold[0].text, "document": lambda: gold[0]}.get(wanted, lambda: gold)()


def answer_kind(task: str) -> str:
    """In which form a task is answered."""
    if task in {"xquad", "mlqa", "tydiqa"}:
        return "answers"
    return "document" if task == "tatoeba" else "as gold"


def mended(task: str, split: Any, values: Sequence[Any], share: float, seed: int) -> Predictions:
    """Predictions of which a share is replaced by the right answer."""
    chosen = np.random.default_rng(seed).random(len(values)) < share
    made = [
        right(example.gold, answer_kind(task)) if good and example.gold else value
        for example, value, good in zip(split.examples, values, chosen, strict=True)
    ]
    return Predictions(ids=[example.id for example in split.examples], values=made)


def spoilt(task: str, split: Any, share: float, seed: int) -> Predictions:
    """The right answers, of which a share is replaced by that to another example, cut to its length."""
    numbers = np.random.default_rng(seed)
    values = [right(example.gold, answer_kind(task)) for example in split.examples]
    others = numbers.permutation(len(values))
    bad = numbers.random(len(values)) < share
    made = [fitted(values[other], value) if wrong else value
            for value, other, wrong in zip(values, others, bad, strict=True)]  # fmt: skip
    return Predictions(ids=[example.id for example in split.examples], values=made)


def fitted(other: Any, value: Any) -> Any:
    """Tags of another sentence in this one's length; anything else as it is."""
    return tuple((other * len(value))[: len(value)]) if isinstance(value, tuple) and other else other


def cell_of(task: str, language: str, split: Any, systems: Sequence[Predictions]) -> Cell:
    """Statistics of the task's first metric on every system's answers."""
    metric = METRIC[TASK[task].metrics[0]]
    found = [metric.statistics(split, predictions) for predictions in systems]
    parallel = TASK[task].parallel
    return Cell(
        name=f"{task}/{language}",
        stratum=task if parallel else f"{task}/{language}",
        shared=parallel,
        clusters=list(found[0].clusters),
        rows=np.stack([one.rows for one in found]),
        score=lambda totals: metric.score(totals)[TASK[task].main[-1]],
    )


@pytest.fixture(scope="module")
def made_suite(golden: Path) -> list[Cell]:
    """Cells of all nine tasks of the golden suite: its predictions, and the same of which a sixth is mended."""
    cells = []
    for task, languages in CELLS.items():
        for language in languages:
            request = DataRequest(
                language=language, split="test", labels=golden / "full-suite" / "labels", gold_only=True
            )
            split = TASK[task].load(request)
            predictions = XTREME_FORMAT.read(golden / "full-suite" / "predictions", split, TASK[task])
            assert predictions is not None
            by_id = dict(zip(predictions.ids, predictions.values, strict=True))
            absent = () if task == "bucc2018" else None
            values = [by_id.get(example.id, absent) for example in split.examples]
            first = Predictions(ids=[example.id for example in split.examples], values=values)
            cells.append(cell_of(task, language, split, [first, mended(task, split, values, 1 / 6, seed=1)]))
    return cells


def real(shared: Path, task: str, language: str, shares: Sequence[float]) -> Cell:
    """A cell of real gold to which systems answer wrongly in these shares of cases."""
    folder = shared / "data"
    split = TASK[task].load(
        DataRequest(language=language, split="test", data=folder / "xtreme", labels=folder / "xtreme-labels")
    )
    return cell_of(task, language, split, [spoilt(task, split, share, seed) for seed, share in enumerate(shares)])


def test_points_are_the_scores_of_the_metric(made_suite):
    """The score that is resampled is the metric's score of all examples, in each of nine tasks."""
    found = resample(made_suite, resamples=10)
    better = 0
    for cell in made_suite:
        wanted = [float(cell.score(rows.sum(axis=0))) for rows in cell.rows]
        assert found[cell.name].point.tolist() == pytest.approx(wanted, abs=1e-9)
        assert wanted[1] >= wanted[0]
        better += wanted[1] > wanted[0]
    assert better > 0.7 * len(made_suite)  # mending mends: the second system is another one


def test_a_system_against_itself_is_nothing_in_every_task(made_suite):
    """Each of nine tasks, and their mean: a system against itself has difference 0, interval [0, 0] and p = 1 exactly."""
    cells = [
        Cell(name=one.name, stratum=one.stratum, shared=one.shared, clusters=one.clusters, score=one.score,
             rows=np.concatenate([one.rows[:1], one.rows[:1]]))
        for one in made_suite
    ]  # fmt: skip
    found = resample(cells, resamples=300, exchange=True)
    mean = combine("mean", [(1 / len(cells), found[one.name]) for one in cells])
    for draws in [*found.values(), mean]:
        interval = of_difference(draws)
        assert draws.point[0] == draws.point[1]
        assert (interval.low, interval.high) == (0, 0)
        assert randomisation_p(0.0, draws.exchanged) == 1
        assert shifted_bootstrap_p(0.0, draws.resampled[0] - draws.resampled[1]) == 1


def test_swapping_the_sides_flips_every_task(made_suite):
    """In each of nine tasks, and in their mean, b against a is a against b with every sign flipped and p kept, exactly."""
    swapped = [
        Cell(
            name=one.name,
            stratum=one.stratum,
            shared=one.shared,
            clusters=one.clusters,
            score=one.score,
            rows=one.rows[::-1],
        )
        for one in made_suite
    ]
    both = [resample(cells, resamples=300, exchange=True) for cells in (made_suite, swapped)]
    for found in both:
        found["mean"] = combine("mean", [(1 / len(made_suite), found[one.name]) for one in made_suite])
    for name, one in both[0].items():
        other = both[1][name]
        assert one.resampled.tobytes() == other.resampled[::-1].tobytes()
        assert one.exchanged.tolist() == (-other.exchanged).tolist()
        observed = float(one.point[0] - one.point[1])
        assert randomisation_p(observed, one.exchanged) == randomisation_p(-observed, other.exchanged)


def test_subsets_and_threads_change_no_byte_in_any_task(made_suite):
    """Each task alone, on four threads, has the bytes that it has within the whole suite on one."""
    whole = resample(made_suite, resamples=100, exchange=True, threads=1)
    for task in CELLS:
        chosen = [one for one in made_suite if one.name.startswith(f"{task}/")]
        found = resample(chosen[::-1], resamples=100, exchange=True, threads=4)
        assert {name: digest([draws]) for name, draws in found.items()} == {
            one.name: digest([whole[one.name]]) for one in chosen
        }


def linear_spread(cell: Cell, system: int) -> float:
    """Spread of a score by the delta method, by cluster, from the rows alone: derivatives by finite differences."""
    names = sorted(set(cell.clusters))
    place = {name: number for number, name in enumerate(names)}
    sums = np.zeros((len(names), cell.rows.shape[2]))
    np.add.at(sums, [place[one] for one in cell.clusters], cell.rows[system])
    total = sums.sum(axis=0)
    step = 1e-6 * max(total.max(), 1)
    slopes = np.array(
        [
            float(cell.score(total + step * unit) - cell.score(total - step * unit)) / (2 * step)
            for unit in np.eye(len(total))
        ]
    )
    apart = (sums - sums.mean(axis=0)) @ slopes
    return float((apart**2).sum() ** 0.5)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("task", "language", "clusters"),
    [("xnli", "sw", 1_670), ("xquad", "de", 240), ("panx", "af", 1_000), ("udpos", "hi", 2_684), ("tatoeba", "de", 1_000),
     ("tydiqa", "en", 429)],
)  # fmt: skip
def test_spreads_on_real_gold_are_the_closed_forms(shared, task, language, clusters):
    """On real gold with simulated answers, each metric's spread is the delta method's by cluster, within 5 %."""
    cell = real(shared, task, language, [0.3, 0.35])
    found = resample([cell], resamples=10_000)[cell.name]
    assert sum(found.clusters.values()) == clusters
    for system in (0, 1):
        assert found.resampled[system].std() == pytest.approx(linear_spread(cell, system), rel=0.05)


@pytest.mark.shared
def test_examples_of_one_premise_are_not_independent(shared):
    """Answers to XNLI that fail premise by premise: clusters see the true spread, examples would see 1/√3 of it."""
    cell = real(shared, "xnli", "de", [0.0, 0.0])
    names = sorted(set(cell.clusters))
    hard = dict(zip(names, np.random.default_rng(3).random(len(names)) < 0.3, strict=True))
    rows = cell.rows.copy()
    rows[0, :, 0] = [not hard[one] for one in cell.clusters]
    spreads = []
    for clusters in (cell.clusters, [str(one) for one in range(rows.shape[1])]):
        one = Cell(name="xnli/de", stratum="xnli", clusters=clusters, rows=rows, score=cell.score, shared=True)
        spreads.append(resample([one], resamples=4_000)["xnli/de"].resampled[0].std())
    assert spreads[0] / spreads[1] == pytest.approx(3**0.5, rel=0.06)


@pytest.mark.shared
@pytest.mark.parametrize(("task", "languages"), [("xnli", ("de", "fr", "sw", "th")), ("xquad", ("de", "ar"))])
def test_parallel_languages_of_real_gold_share_their_clusters(shared, task, languages):
    """Systems that err on the same examples in all languages: the mean over languages varies as one, not less."""
    cells = [real(shared, task, language, [0.3, 0.3]) for language in languages]
    for cell in cells[1:]:
        assert list(cell.clusters) == list(cells[0].clusters)
    same = [
        Cell(name=one.name, stratum=task, shared=True, clusters=one.clusters, score=one.score, rows=cells[0].rows)
        for one in cells
    ]
    found = resample(same, resamples=2_000)
    mean = combine("mean", [(1 / len(same), found[one.name]) for one in same])
    assert mean.resampled.std() == pytest.approx(found[same[0].name].resampled.std(), rel=1e-9)
    widths = [percentile(one.resampled[0]) for one in (mean, found[same[0].name])]
    assert widths[0].high - widths[0].low == pytest.approx(widths[1].high - widths[1].low, rel=1e-9)


@pytest.mark.shared
@pytest.mark.parametrize(("task", "language"), [("xnli", "sw"), ("panx", "de"), ("xquad", "de")])
def test_both_tests_agree_on_real_gold(shared, task, language):
    """Randomisation and shifted bootstrap tell nearly the same p of two systems' answers to real gold."""
    cell = real(shared, task, language, [0.300, 0.312])
    found = resample([cell], resamples=10_000, exchange=True)[cell.name]
    observed = float(found.point[0] - found.point[1])
    exchanged = randomisation_p(observed, found.exchanged)
    shifted = shifted_bootstrap_p(observed, found.resampled[0] - found.resampled[1])
    assert shifted == pytest.approx(exchanged, abs=0.03)
    interval = of_difference(found)
    assert interval.low < observed < interval.high
    assert (exchanged < 0.03) <= (not interval.low <= 0 <= interval.high)
    assert (exchanged > 0.08) <= (interval.low <= 0 <= interval.high)
    assert of_score(found).low < found.point[0] < of_score(found).high
