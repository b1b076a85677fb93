"""Comparisons with numbers from a seeded generator: they look like results, and are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from xharness.comparison.result import Comparison, Corrections, Languages, Row, RunRef, Side, Verdict
from xharness.comparison.sentence import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# The 40 languages of the largest task; every other takes the first so many.
CODES = (
    "en de fr es ar zh ru tr vi th sw hi ur el bg id ko ja pt it nl he fa ta te ml mr bn eu et fi hu jv ka kk ms my tl yo af"
).split()
NINE = {
    "xnli": 15,
    "pawsx": 7,
    "udpos": 33,
    "panx": 40,
    "xquad": 11,
    "mlqa": 7,
    "tydiqa": 9,
    "bucc2018": 4,
    "tatoeba": 36,
}
QUESTIONS = ("xquad", "mlqa", "tydiqa")
Z = 1.959963984540054  # the normal distribution's 97.5 % point


def row(name: str, generator: np.random.Generator, *, error: float, shift: float = 0.0, **fields: Any) -> Row:
    """A row whose interval is as wide as `error` says, and whose verdict fits its p-value."""
    b = float(generator.uniform(0.3, 0.8))
    error *= float(generator.uniform(0.5, 1.5))
    delta = float(generator.normal(shift, 2 * error))
    p = float(np.clip(np.exp(-0.717 * abs(delta) / error - 0.416 * (delta / error) ** 2), 1e-4, 1.0))
    verdict = Verdict.UNDECIDED if p > 0.05 else Verdict.BETTER if delta > 0 else Verdict.WORSE
    content: dict[str, Any] = {
        "name": name,
        "a": b + delta,
        "b": b,
        "delta": delta,
        "low": delta - Z * error,
        "high": delta + Z * error,
        "a_low": b + delta - 0.01,
        "a_high": b + delta + 0.01,
        "b_low": b - 0.01,
        "b_high": b + 0.01,
        "p": p,
        "p_adjusted": min(1.0, 1.2 * p),
        "p_bootstrap": p,
        "n": int(generator.integers(200, 5000)),
        "clusters": int(generator.integers(100, 2000)),
        "variance": error**2,
        "detectable": 2.8 * error,
        "method": "percentile",
        "test": "approximate randomisation",
        "verdict": verdict,
    }
    return Row(**(content | fields))


def side(name: str, runs: int = 1, marks: Mapping[str, Sequence[str]] | None = None) -> Side:
    """A side of so many runs, seeds 1, 2, …, all with the same marks."""
    told = {head: tuple(sentences) for head, sentences in (marks or {}).items()}
    names = [name] if runs == 1 else [f"{name}-seed{seed}" for seed in range(1, runs + 1)]
    return Side(
        name=name,
        units=runs,
        runs=tuple(
            RunRef(
                name=one, identity=f"{seed:x}{one.encode().hex()}".ljust(64, "0")[:64], model=one, seed=seed, marks=told
            )
            for seed, one in enumerate(names, 1)
        ),
    )


def comparison(
    tasks: Mapping[str, int] | None = None,
    *,
    a: Side | None = None,
    b: Side | None = None,
    seed: int = 0,
    zero_shot: bool = False,
    error: float = 0.006,
    shift: float = 0.0,
    **fields: Any,
) -> Comparison:
    """A comparison of tasks with so many languages each (all nine of the benchmark if none are given)."""
    generator = np.random.default_rng(seed)
    counts = NINE if tasks is None else tasks
    a, b = a or side("b-after-mnli"), b or side("direct")
    units: dict[str, Any] = {"units_a": a.units, "units_b": b.units}
    if a.units > 1 or b.units > 1:
        units |= {"sd_a": 0.011 if a.units > 1 else None, "sd_b": 0.009 if b.units > 1 else None, "method": "t, 3.2 df"}

    def made(name: str, scale: float = 1.0, **more: Any) -> Row:
        return row(name, generator, error=scale * error, shift=shift, **(units | more))

    def scores(task: str) -> dict[str, tuple[float, float]]:
        return {"exact_match": (0.5, 0.4), "f1": (0.7, 0.6)} if task in QUESTIONS else {}

    cells = tuple(
        made(f"{task}/{code}", 2.0, task=task, language=code, metrics=scores(task))
        for task, count in counts.items()
        for code in CODES[:count]
    )
    whole = {task: {"cells": count, "of_cells": count, "languages": CODES[:count]} for task, count in counts.items()}
    total = sum(counts.values())
    content: dict[str, Any] = {
        "suite": "made-up",
        "suite_version": "1",
        "variant": "fixed",
        "splits": dict.fromkeys(counts, "test"),
        "aggregator": ("mean-of-tasks", "1", "The unweighted mean of the tasks."),
        "view": "zero-shot" if zero_shot else "all languages",
        "level": 0.95,
        "resamples": 10_000,
        "seed": 1,
        "corrections": Corrections(family="tasks", tasks="holm", cells="bh"),
        "a": a,
        "b": b,
        "overall": made("average", 0.4, cells=total, of_cells=total),
        "english": made("English", cells=len(counts), of_cells=len(counts)) if zero_shot else None,
        "groups": (made("first group"), made("second group")) if len(counts) > 1 else (),
        "tasks": tuple(made(task, task=task, metrics=scores(task), **whole[task]) for task in counts),
        "cells": cells,
        "languages": tuple(languages(task, cells) for task in counts),
    }
    result = Comparison(**(content | fields))
    return result.model_copy(update={"sentence": sentence(result)})


def languages(task: str, cells: Sequence[Row]) -> Languages:
    """The languages of a task by the verdicts of its cells."""
    by = {
        verdict: tuple(one.language for one in cells if one.task == task and one.verdict is verdict)
        for verdict in Verdict
    }
    better, worse, undecided = by[Verdict.BETTER], by[Verdict.WORSE], by[Verdict.UNDECIDED]
    return Languages(
        task=task,
        better=better,
        worse=worse,
        undecided=undecided,
        better_in_at_least=len(better) // 2,
        worse_in_at_least=len(worse) // 2,
    )


def against_itself() -> Comparison:
    """A run against itself: no difference, and intervals without width."""
    same = comparison({"xnli": 3, "panx": 2}, a=side("direct"), b=side("direct"))

    def null(one: Row) -> Row:
        zero = {"delta": 0.0, "low": 0.0, "high": 0.0, "variance": 0.0, "detectable": 0.0}
        sure = {"a": one.b, "p": 1.0, "p_adjusted": 1.0, "p_bootstrap": 1.0, "verdict": Verdict.UNDECIDED}
        return one.model_copy(update=zero | sure)

    rows = {field: tuple(map(null, getattr(same, field))) for field in ("tasks", "groups", "cells")}
    result = same.model_copy(update={**rows, "overall": null(same.overall)})
    split = tuple(languages(each.task, result.cells) for each in result.languages)
    result = result.model_copy(update={"languages": split})
    return result.model_copy(update={"sentence": sentence(result)})


HOSTILE = "a|b $\\frac{x$ [red]x[/red] <img> `c` _d_ & 50% #e \x1b[31m\n:smile: \u202egnp"


def hostile() -> Comparison:
    """A comparison in which every name, note and mark tries to break out of its place."""
    told = {HOSTILE: (f"mark {HOSTILE}",)}
    first = comparison({"xnli": 3, "xquad": 2}, a=side(HOSTILE, 2, told), b=side(f"{HOSTILE}2", 1, told))

    def evil(one: Row) -> Row:
        names = {"name": HOSTILE + one.name, "task": one.task and HOSTILE + one.task}
        language = HOSTILE + one.language if one.language else ""
        return one.model_copy(update={**names, "language": language, "notes": (HOSTILE,), "method": HOSTILE})

    rows = {field: tuple(map(evil, getattr(first, field))) for field in ("tasks", "groups", "cells")}
    result = first.model_copy(
        update={
            **rows,
            "overall": evil(first.overall),
            "aggregator": (HOSTILE, HOSTILE, HOSTILE),
            "notes": (HOSTILE,),
            "only_a": (f"{HOSTILE}/de",),
        }
    )
    split = tuple(languages(task.task, result.cells) for task in result.tasks)
    result = result.model_copy(update={"languages": split})
    return result.model_copy(update={"sentence": sentence(result)})
