"""Two systems' simulated answers to all 162 cells of XTREME, with the official numbers of test examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri  # noqa: TID253  # for benchmarks
from xharness.bootstrap import Cell
from xharness_xtreme.expected import UDPOS_TEST, UNITS, expected
from xharness_xtreme.tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Score = Callable[[Floats], Floats]

XQUAD_PARAGRAPHS = 240
MLQA_CLUSTERS = 933 / 1148
"""Clusters per English question, counted in the development sets of all seven languages."""
TYDIQA_CLUSTERS = {"ar": 842, "bn": 105, "en": 429, "fi": 634, "id": 514, "ko": 228, "ru": 778, "sw": 357, "te": 601}
"""Different passages of the test questions, counted in TyDiQA-GoldP 1.1."""
UDPOS_TOKENS, UDPOS_CHUNKS = 18.0, 0.93
"""Tokens per sentence where not on record; maximal runs of one tag per token (English test: 15.6 and 0.936)."""
PANX_GEOMETRIC = 0.72
"""Entities per sentence, geometric from 1: mean 1.39, three quarters have one (English and German tests)."""


def accuracy(totals: Floats) -> Floats:
    """Returns correct / n from (..., 2)."""
    return totals[..., 0] / totals[..., 1]


def f1(totals: Floats) -> Floats:
    """Returns F1 from true positive, predicted, gold (..., 3), and 0 where there is nothing."""
    whole = totals[..., 1] + totals[..., 2]
    return np.divide(2 * totals[..., 0], whole, out=np.zeros(np.shape(whole)), where=whole > 0)


def questions(totals: Floats) -> Floats:
    """Returns the mean of exact match and F1 from exact match, F1, n (..., 3)."""
    return (totals[..., 0] + totals[..., 1]) / 2 / totals[..., 2]


def _right(rng: np.random.Generator, shape: tuple[int, ...], rates: tuple[float, float]) -> NDArray[np.bool_]:
    """Returns (2, *shape): answers of two systems that find the same examples difficult."""
    common = rng.standard_normal(shape)
    own = rng.standard_normal((2, *shape))
    cut = -ndtri(rates).reshape(2, *[1] * len(shape))
    return np.sqrt(0.6) * common + np.sqrt(0.4) * own > cut


def _of_answers(right: NDArray[np.bool_]) -> Floats:
    return np.stack([right, np.ones(right.shape)], axis=-1).astype(np.float64)


def _of_questions(rng: np.random.Generator, n: int) -> Floats:
    exact = _right(rng, (n,), (0.55, 0.54))
    words = rng.integers(2, 8, size=(2, n))
    shared = rng.integers(0, words)
    overlap = np.where(exact, 1.0, 2 * shared / (2 * words + 1))
    return np.stack([exact, overlap, np.ones((2, n))], axis=-1).astype(np.float64)


def _of_spans(rng: np.random.Generator, gold: NDArray[np.int64], rates: tuple[float, float]) -> Floats:
    """Returns (2, n, 3): a share of the gold spans is found, most of the others are there in another shape."""
    difficulty = np.clip(rng.normal(0, 0.1, size=len(gold)), -0.3, 0.3)
    systems = []
    for rate in rates:
        found = rng.binomial(gold, np.clip(rate + difficulty, 0.02, 0.98))
        predicted = found + rng.binomial(gold - found, 0.9) + rng.binomial(gold, 0.03)
        systems.append(np.stack([found, predicted, gold], axis=-1))
    return np.array(systems, dtype=np.float64)


def _gold_chunks(rng: np.random.Generator, language: str, n: int) -> NDArray[np.int64]:
    sentences, tokens = UDPOS_TEST[language]
    mean = tokens / sentences if tokens else UDPOS_TOKENS
    lengths = np.maximum(1, rng.lognormal(np.log(mean) - 0.7**2 / 2, 0.7, size=n).astype(np.int64))
    return np.maximum(1, rng.binomial(lengths, UDPOS_CHUNKS))


def _pairs(rng: np.random.Generator, n: int) -> Floats:
    right, other = _right(rng, (n,), (0.66, 0.65)), rng.random((2, n)) < 0.3
    return np.stack([right, right | other, np.ones((2, n))], axis=-1).astype(np.float64)


def _cell(
    rng: np.random.Generator, task: str, language: str, n: int, size: Callable[[int], int]
) -> tuple[NDArray[np.int64], Floats, Score]:
    """Returns the number of each example's cluster, (n,), the rows of both systems, (2, n, k), and their score."""
    numbers, score = np.arange(n), accuracy
    match task:
        case "xnli":
            clusters, rows = numbers // 3, _of_answers(_right(rng, (n,), (0.74, 0.735)))
        case "pawsx" | "tatoeba":
            clusters, rows = numbers, _of_answers(_right(rng, (n,), (0.80, 0.79)))
        case "udpos":
            clusters, rows, score = numbers, _of_spans(rng, _gold_chunks(rng, language, n), (0.74, 0.735)), f1
        case "panx":
            clusters, rows, score = numbers, _of_spans(rng, rng.geometric(PANX_GEOMETRIC, size=n), (0.65, 0.64)), f1
        case "xquad":
            clusters, rows, score = numbers * size(XQUAD_PARAGRAPHS) // n, _of_questions(rng, n), questions
        case "mlqa":
            asked = np.sort(rng.choice(size(11590), n, replace=False))  # others' questions are some of the English ones
            clusters, rows, score = (asked * MLQA_CLUSTERS).astype(np.int64), _of_questions(rng, n), questions
        case "tydiqa":
            clusters = numbers * min(n, size(TYDIQA_CLUSTERS[language])) // n
            rows, score = _of_questions(rng, n), questions
        case _:
            clusters, rows, score = numbers, _pairs(rng, n), f1
    return clusters, rows, score


def suite(scale: float) -> dict[str, Cell]:
    """Returns the 162 cells of two systems, their numbers of examples multiplied by `scale`."""

    def size(n: int) -> int:
        return max(6, round(n * scale))

    cells = {}
    for number, task in enumerate(TASKS):
        for place, language in enumerate(task.languages):
            rng = np.random.default_rng([7, number, place])
            n = size(expected(task.name, language, "test")[UNITS[task.name]][0])
            clusters, rows, score = _cell(rng, task.name, language, n, size)
            name = f"{task.name}/{language}"
            cells[name] = Cell(
                name=name,
                stratum=task.name if task.parallel else name,
                shared=task.parallel,
                clusters=[str(one) for one in clusters.tolist()],
                rows=rows,
                score=score,
            )
    return cells
