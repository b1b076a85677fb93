"""Boards with numbers from a seeded generator: they look like results, and are none."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
from xharness.leaderboard.content import (
    AVERAGE,
    BoardContent,
    Difference,
    Estimate,
    Reported,
    RunFacts,
    System,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_UDPOS = tuple(
    "af ar bg de el en es et eu fa fi fr he hi hu id it ja kk ko mr nl pt ru ta te th tl tr ur vi yo zh".split()
)
_PANX = tuple(sorted((*_UDPOS, "bn", "jv", "ka", "ml", "ms", "my", "sw")))
NINE: Mapping[str, tuple[str, ...]] = {
    "xnli": tuple("ar bg de el en es fr hi ru sw th tr ur vi zh".split()),
    "pawsx": tuple("de en es fr ja ko zh".split()),
    "udpos": _UDPOS,
    "panx": _PANX,
    "xquad": tuple("ar de el en es hi ru th tr vi zh".split()),
    "mlqa": tuple("ar de en es hi vi zh".split()),
    "tydiqa": tuple("ar bn en fi id ko ru sw te".split()),
    "bucc2018": tuple("de fr ru zh".split()),
    "tatoeba": tuple(one for one in _PANX if one not in {"en", "ms", "my", "yo"}),
}
"""The benchmark's nine tasks with their languages, 162 cells."""
SMALL: Mapping[str, tuple[str, ...]] = {"xnli": ("de", "en", "sw"), "xquad": ("en", "th")}
TITLES = {
    "xnli": "XNLI",
    "pawsx": "PAWS-X",
    "udpos": "UDPOS",
    "panx": "PAN-X",
    "xquad": "XQuAD",
    "mlqa": "MLQA",
    "tydiqa": "TyDiQA-GoldP",
    "bucc2018": "BUCC2018",
    "tatoeba": "Tatoeba",
}
QUESTIONS = ("xquad", "mlqa", "tydiqa")
MARK = "same data twice: the head saw the intermediate task's examples again"
HOSTILE: tuple[str, ...] = (
    "pipe | pipe \\| two || three",
    "<script>window.xss=1</script><img src=x onerror=window.xss=1>",
    "</script><script>window.xss=1</script><!-- <b> --> &lt;i&gt; &amp;",
    "[click](javascript:window.xss=1) ![p](https://evil.example/p.png) [ref][1] <https://evil.example>",
    "# heading\n\n- list\n\n| a | b |\n|---|---|\n\n```\ncode\n<script>window.xss=1</script>",
    "https://evil.example www.evil.example a@evil.example @everyone #1 :smile: evil/repo#1",
    "\u202egnp.exe\u202c \u2066 \u200f \u200b \ufeff \x1b[31mred\x07 \x00",
    "*a* _b_ __c__ ~~d~~ `e` $x$ $$y$$ \\ ` `` 1. 2) > + = - --- ***",
    "long " * 60,
    '"quoted" \'single\' {"json": 1} a: b %PDF ${PATH} ={1+1} & \\input{x} ^ ~',
    "../../etc/passwd",
    'javascript:alert(1)//" onclick="window.xss=1" x=\'',
    "مرحبا नमस्ते 你好 ไทย 𝔘 👩‍👩‍👧 é",
    "\u2028line\u2029paragraph\x85next\rreturn\ttab",
)
"""Names that try to break out of whatever shows them; all are different, and none is empty."""
HOSTILE_LINKS: tuple[str | None, ...] = (
    "https://example.org/a|b",
    'https://example.org/"><script>window.xss=1</script>',
    "https://example.org/) [x](javascript:alert(1)",
    "javascript:window.xss=1",
    "https://example.org/\n\n# heading",
    "data:text/html,<script>window.xss=1</script>",
    "https://user:secret@example.org/(a)_(b)?q=1&r=<2>#f`c`",
    "https://example.org/(a)_(b)?q=1&copy;=<2>#f`c`é",
    "https://example.org/\u202egnp " + "x" * 300,
    None,
)
_Z = 1.959963984540054  # the normal distribution's 97.5 % point


def board(
    systems: int | Sequence[str] = 12,
    tasks: Mapping[str, Sequence[str]] | None = None,
    *,
    seed: int = 0,
    baseline: int | None = 3,
    seeds: Mapping[int, int] | None = None,
    incomplete: int = 1,
    links: Sequence[str | None] | None = None,
    spread: float = 0.02,
    error: float = 0.004,
    **changes: Any,
) -> BoardContent:
    """A board of so many complete systems (or of these names) on the whole benchmark (or `tasks`), best first.

    Args:
        baseline: place of the baseline among the systems; None for none. Taken modulo the number of systems.
        seeds: place → number of runs; two systems have three runs each if there are enough systems and none is given.
        incomplete: so many more systems, each without the last language of the last task and without the first task.
        links: given to systems in turn; every other system has a link if None.
        spread, error: standard deviation of true averages, and the standard error of an average.
        changes: fields of the content to replace.
    """
    generator = np.random.default_rng(seed)
    tasks = NINE if tasks is None else tasks
    names = [f"system-{place:03d}" for place in range(systems)] if isinstance(systems, int) else list(systems)
    runs = seeds if seeds is not None else {1: 3, 4: 3} if len(names) > 4 else {}
    links = links if links is not None else ("https://example.org/model", None)
    base = None if baseline is None or not names else baseline % len(names)
    cells, averages = _cells(generator, len(names), tasks, spread)
    order = np.argsort(-averages[AVERAGE], kind="stable")
    values = {key: column[order] for key, column in (cells | averages).items()}
    errors = {key: error * (1.0 if key == AVERAGE else 2.0 if key in tasks else 4.0) for key in values}
    ranks = _ranks(values[AVERAGE], np.sqrt(2) * errors[AVERAGE])
    complete = [
        _system(
            generator, name, link=links[place % len(links)], runs=runs.get(place, 1), place=place, base=base,
            values=values, errors=errors, ranks=ranks, tasks=tasks,
        )
        for place, name in enumerate(names)
    ]  # fmt: skip
    known: dict[str, Any] = {
        "id": "made-up",
        "title": "A made-up board",
        "description": "Numbers from a seeded generator, for tests.",
        "board_sha256": "b" * 64,
        "suite": "xtreme",
        "suite_version": "1",
        "suite_title": "XTREME",
        "variant": "fixed",
        "splits": {task: "dev" if task in {"mlqa", "bucc2018"} else "test" for task in tasks},
        "limit": None,
        "tasks": dict(tasks),
        "titles": {task: TITLES.get(task, task) for task in tasks},
        "suite_cells": 162,
        "aggregator": ("xtreme-nine-task-mean", "1", "The unweighted mean of the nine task scores."),
        "level": 0.95,
        "resamples": 2000,
        "seed": 0,
        "corrections": "Holm over systems for the average, and over systems × tasks for the tasks.",
        "baseline": None if base is None else names[base],
        "complete": complete,
        "incomplete": [_incomplete(generator, place, tasks) for place in range(incomplete)],
        "reported": reported(tasks),
        "variances": {key: _variances(errors[key], len(names)) for key in (AVERAGE, *tasks)},
        "notes": ["mlqa and bucc2018 are scored on dev: the gold of their test splits is not public."],
    }
    return BoardContent(**(known | changes))


def hostile(
    systems: int = len(HOSTILE), tasks: Mapping[str, Sequence[str]] | None = None, **changes: Any
) -> BoardContent:
    """A board on which names, links, titles, settings, marks, notes and sources all try to break out of their places."""
    names = [HOSTILE[place % len(HOSTILE)] + (f" {place}" if place >= len(HOSTILE) else "") for place in range(systems)]
    content = board(names, SMALL if tasks is None else tasks, links=HOSTILE_LINKS)

    def evil(place: int, system: System) -> System:
        sign = HOSTILE[place % len(HOSTILE)]
        runs = [
            replace(
                run, name=sign, settings={sign: sign, **run.settings, "encoder": sign}, marks=(f"xnli: {sign}", MARK)
            )
            for run in system.runs
        ]
        return replace(system, runs=runs)

    return replace(
        content,
        title=HOSTILE[4],
        description=" ".join(HOSTILE),
        suite_title=HOSTILE[1],
        titles={task: HOSTILE[place % len(HOSTILE)] for place, task in enumerate(content.tasks)},
        splits=dict.fromkeys(content.tasks, HOSTILE[0]),
        aggregator=(HOSTILE[1], HOSTILE[0], HOSTILE[3]),
        corrections=HOSTILE[5],
        complete=[evil(place, system) for place, system in enumerate(content.complete)],
        incomplete=[replace(one, name=sign) for one, sign in zip(content.incomplete, HOSTILE[1:], strict=False)],
        reported=[Reported(system=sign, values={"xnli": 0.5}, source=sign) for sign in HOSTILE],
        notes=HOSTILE,
        **changes,
    )


def reported(tasks: Mapping[str, Sequence[str]]) -> list[Reported]:
    """Two made-up publications, each without the last task."""
    known = list(tasks)[: max(1, len(tasks) - 1)]
    source = "Someone et al. 2020, https://example.org/paper, table 3"
    return [
        Reported(system=f"published-{name}", values=dict.fromkeys(known, 0.5 + step), source=source)
        for name, step in (("large", 0.25), ("small", 0.05))
    ]


def _cells(
    generator: np.random.Generator, systems: int, tasks: Mapping[str, Sequence[str]], spread: float
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns fractions by cell and by row, float64 (systems,) each; rows are means of cells."""
    ability = generator.normal(0, spread, systems)
    cells = {
        f"{task}/{language}": np.clip(
            generator.uniform(0.35, 0.85) + ability + generator.normal(0, spread, systems), 0, 1
        )
        for task, languages in tasks.items()
        for language in languages
    }
    rows = {task: np.mean([cells[f"{task}/{one}"] for one in languages], axis=0) for task, languages in tasks.items()}
    return cells, {**rows, AVERAGE: np.mean(list(rows.values()), axis=0)}


def _ranks(values: Any, error: float) -> list[tuple[int, int, int]]:
    """Returns rank, lowest and highest rank of each; `values` fall. A group's members are not separable from its best."""
    found, best, rank = [], values[0] if len(values) else 0.0, 1
    for place, value in enumerate(values):
        if best - value > _Z * error:
            best, rank = value, place + 1
        low = 1 + int(np.sum(values - value > _Z * error))
        found.append((rank, low, len(values) - int(np.sum(value - values > _Z * error))))
    return found


def _system(
    generator: np.random.Generator,
    name: str,
    *,
    link: str | None,
    runs: int,
    place: int,
    base: int | None,
    values: Mapping[str, Any],
    errors: Mapping[str, float],
    ranks: Sequence[tuple[int, int, int]],
    tasks: Mapping[str, Sequence[str]],
) -> System:
    """One complete system at its place."""
    estimates = {key: _estimate(float(column[place]), errors[key]) for key, column in values.items()}
    rows = (*tasks, AVERAGE)
    compared = base is not None and base != place
    rank, low, high = ranks[place]
    return System(
        name=name,
        link=link,
        runs=[_run(f"{place:03d}", number, seeds=runs) for number in range(1, runs + 1)],
        is_baseline=base == place,
        rank=rank,
        rank_low=low,
        rank_high=high,
        scores={row: estimates[row] for row in (AVERAGE, *tasks)},
        cells={key: one for key, one in estimates.items() if key not in rows},
        metrics=_metrics(estimates, tasks),
        to_baseline={
            key: _difference(float(column[place] - column[base]), errors[key])
            for key, column in values.items()
            if compared
        },
        sd={row: float(generator.uniform(0.001, 0.01)) for row in rows} if runs > 1 else {},
    )


def _metrics(estimates: Mapping[str, Estimate], tasks: Mapping[str, Sequence[str]]) -> dict[str, dict[str, float]]:
    """Returns the two scores of each cell of question tasks, whose mean is the cell's."""
    places = [f"{task}/{language}" for task in tasks if task in QUESTIONS for language in tasks[task]]
    values = {place: estimates[place].value for place in places}
    return {place: {"exact_match": value - 0.1, "f1": value + 0.1} for place, value in values.items()}


def _estimate(value: float, error: float) -> Estimate:
    return Estimate(value=value, low=max(0.0, value - _Z * error), high=min(1.0, value + _Z * error))


def _difference(delta: float, error: float) -> Difference:
    """A difference whose p-value and verdict fit its interval."""
    wide = np.sqrt(2) * error
    p = float(np.clip(np.exp(-0.717 * abs(delta) / wide - 0.416 * (delta / wide) ** 2), 1e-5, 1.0))
    adjusted = min(1.0, 3 * p)
    verdict = "undecided" if adjusted > 0.05 else "better" if delta > 0 else "worse"
    low, high = float(delta - _Z * wide), float(delta + _Z * wide)
    return Difference(delta=delta, low=low, high=high, p=p, p_adjusted=adjusted, verdict=verdict)


def _run(system: str, number: int, *, seeds: int = 1) -> RunFacts:
    """One run of a system; those of several seeds differ in the seed only."""
    identity = f"{number:x}{system.encode().hex()}".ljust(64, "0")[:64]
    settings = {
        "encoder": "org/encoder-small",
        "training": "direct" if int(system) % 3 else "stilts-mnli",
        "targets seen": "English",
        "languages seen": "en",
        "signature": "variant=fixed, dtype=bfloat16, max_length=128",
        "hardware": "2 processor cores",
        "date": "2026-01-02",
    }
    return RunFacts(
        id=f"{system}-{number}",
        name=f"run {system}" + (f", seed {number}" if seeds > 1 else ""),
        identity=identity,
        seed=number,
        settings=settings,
        marks=() if int(system) % 3 else (f"xnli: {MARK}",),
        sha256=sha256(identity.encode()).hexdigest(),
    )


def _incomplete(generator: np.random.Generator, place: int, tasks: Mapping[str, Sequence[str]]) -> System:
    """A system without the first task and without the last language of the last task."""
    first, last = next(iter(tasks)), list(tasks)[-1]
    missing = [f"{first}/{language}" for language in tasks[first]]
    missing += [one for one in (f"{last}/{tasks[last][-1]}",) if one not in missing]
    present = [f"{task}/{one}" for task, languages in tasks.items() for one in languages]
    cells = {key: _estimate(float(generator.uniform(0.3, 0.6)), 0.02) for key in present if key not in missing}
    whole = [task for task in tasks if not any(one.startswith(f"{task}/") for one in missing)]
    means = {task: float(np.mean([cells[f"{task}/{one}"].value for one in tasks[task]])) for task in whole}
    kept = {task: languages for task, languages in tasks.items() if task in whole}
    return System(
        name=f"unfinished-{place:03d}",
        link=None,
        runs=[_run(f"{900 + place}", 1)],
        is_baseline=False,
        rank=None,
        rank_low=None,
        rank_high=None,
        scores={task: _estimate(value, 0.01) for task, value in means.items()},
        cells=cells,
        metrics=_metrics(cells, kept),
        to_baseline={},
        missing=missing,
    )


def _variances(error: float, systems: int) -> list[list[float]]:
    """Returns variances of differences, equal for all pairs of different systems."""
    matrix = np.full((systems, systems), 2 * error**2)
    np.fill_diagonal(matrix, 0.0)
    rows: list[list[float]] = matrix.tolist()
    return rows
