"""Computes what a board says from its stored statistics: scores, differences to the baseline, ranks."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from xharness import bootstrap
from xharness.leaderboard import entries, reported
from xharness.leaderboard.content import AVERAGE, BoardContent, System
from xharness.leaderboard.differences import CORRECTIONS, Differences
from xharness.leaderboard.facts import facts_of
from xharness.leaderboard.ranking import by_score, ranks, variances
from xharness.leaderboard.scores import Drawn, draw, estimates
from xharness.samples import main_metrics, stratum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from xharness.bootstrap import Cell
    from xharness.leaderboard.board import Board, BoardConfig
    from xharness.leaderboard.content import Difference, Estimate
    from xharness.leaderboard.entries import Entry
    from xharness.leaderboard.ranking import Floats
    from xharness.offers import Task
    from xharness.plugins import Plugins


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contender:
    """A row to be: its runs, by their places among all runs that are drawn together."""

    name: str
    link: str | None
    entries: tuple[Entry, ...]
    runs: tuple[int, ...]


def content_of(board: Board, plugins: Plugins, advance: Callable[[str], None] | None = None) -> BoardContent:
    """Returns everything that formats show of a board, from its stored statistics alone.

    All complete systems are drawn together, so that every pair is compared on the same resamples. Systems that lack cells of
    the board are scored by themselves on what they have.

    Raises RunError for a stored run that is damaged, UsageError for a suite or metric that is not installed.
    """
    config = board.config
    suite = plugins.suite(config.suite)
    suite_tasks = plugins.suite_tasks(suite)
    tasks = {name: suite_tasks[name] for name in config.cells}
    stored = board.entries()
    with ThreadPoolExecutor() as pool:  # statistics are read once, and kept by their entries until drawn
        list(pool.map(lambda entry: entry.places, stored))
    complete, incomplete = _contenders(stored, config)
    ranked = _ranked(complete, config, tasks, plugins, advance)
    alone = [system for one in incomplete for system in _unranked(one, config, tasks, plugins)]
    notes = [f"The baseline {config.baseline!r} is not among the complete systems."] if _lost(config, complete) else []
    return BoardContent(
        id=board.id,
        title=config.title,
        description=config.description,
        board_sha256=board.config_sha256,
        suite=suite.name,
        suite_version=suite.version,
        suite_title=suite.title or suite.name,
        variant=config.variant,
        splits={name: config.splits[name] for name in tasks},
        limit=config.limit,
        tasks=config.cells,
        titles={name: task.title or name for name, task in tasks.items()},
        suite_cells=sum(len(task.languages) for task in suite_tasks.values()),
        aggregator=(suite.aggregator.name, suite.aggregator.version, suite.aggregator.description),
        level=config.level,
        resamples=config.resamples,
        seed=config.seed,
        corrections=CORRECTIONS,
        baseline=config.baseline,
        complete=ranked[0],
        incomplete=sorted(alone, key=lambda one: one.name),
        reported=reported.read(board.reported_path, tasks, suite_tasks),
        variances=ranked[1],
        notes=notes,
    )


def _lost(config: BoardConfig, complete: Sequence[_Contender]) -> bool:
    return config.baseline is not None and config.baseline not in {one.name for one in complete}


def _contenders(stored: Sequence[Entry], config: BoardConfig) -> tuple[list[_Contender], list[_Contender]]:
    """Returns complete and incomplete systems, by name; a system is complete if each of its runs is."""
    grouped: dict[str, list[Entry]] = {}
    for one in sorted(stored, key=lambda entry: (entry.name, entry.seed_of is not None, entry.id)):
        grouped.setdefault(one.seed_of or one.name, []).append(one)
    whole = {name: all(not _missing(one, config) for one in members) for name, members in grouped.items()}
    complete: list[_Contender] = []
    incomplete: list[_Contender] = []
    place = 0
    for name, members in grouped.items():
        start = place if whole[name] else 0
        runs = tuple(range(start, start + len(members)))
        found = _Contender(name=name, link=members[0].link, entries=tuple(members), runs=runs)
        (complete if whole[name] else incomplete).append(found)
        place += len(members) if whole[name] else 0
    return complete, incomplete


def _places(config: BoardConfig) -> list[str]:
    return [f"{task}/{language}" for task, languages in config.cells.items() for language in languages]


def _missing(entry: Entry, config: BoardConfig) -> list[str]:
    return [place for place in _places(config) if place not in entry.places]


def _strata(
    runs: Sequence[Entry], places: Sequence[str], tasks: Mapping[str, Task], plugins: Plugins
) -> Iterator[Callable[[], Iterator[Cell]]]:
    """Yields for every set of clusters what reads its cells."""
    grouped: dict[str, list[str]] = {}
    for place in places:
        task, _, language = place.partition("/")
        grouped.setdefault(stratum(tasks[task], language)[0], []).append(place)
    for name, members in grouped.items():
        yield partial(_cells, runs, name, members, tasks, plugins)


def _cells(
    runs: Sequence[Entry], name: str, places: Sequence[str], tasks: Mapping[str, Task], plugins: Plugins
) -> Iterator[Cell]:
    """Yields cells, and lets go of each run's own copy of their rows: of hundreds of runs one copy is what fits."""
    for place in places:
        yield _cell(runs, name, place, tasks, plugins)
        for run in runs:
            run.release(place)


def _cell(runs: Sequence[Entry], name: str, place: str, tasks: Mapping[str, Task], plugins: Plugins) -> Cell:
    task = tasks[place.partition("/")[0]]
    clusters, rows, zeros = entries.rows_of(runs, place)
    mining = any(metric.open_ids for metric in main_metrics(task, plugins.metrics).values())
    return bootstrap.Cell(
        name=place,
        stratum=name,
        clusters=clusters,
        rows=rows,
        score=entries.scorer(task, plugins.metrics).score,
        shared=not mining,
        zeros=zeros,
    )


def _weights(places: Sequence[str]) -> dict[str, float]:
    tasks = [place.partition("/")[0] for place in places]
    return {place: 1 / tasks.count(task) for place, task in zip(places, tasks, strict=True)}


def _ranked(
    contenders: Sequence[_Contender],
    config: BoardConfig,
    tasks: Mapping[str, Task],
    plugins: Plugins,
    advance: Callable[[str], None] | None,
) -> tuple[list[System], dict[str, list[list[float]]]]:
    """Returns the complete systems, best first, and the variances of their differences in that order."""
    if not contenders:
        return [], {}
    places = _places(config)
    runs = [entry for one in contenders for entry in one.entries]
    names = [one.name for one in contenders]
    baseline = names.index(config.baseline) if config.baseline in names else None
    differences = Differences([one.runs for one in contenders], baseline, config.level)
    cells: dict[str, list[Estimate]] = {}

    def each(name: str, drawn: Drawn) -> None:
        cells[name] = estimates(drawn, [one.runs for one in contenders], config.level)
        differences.collect(name, drawn)
        if advance is not None:
            advance(name)

    rows = draw(
        _strata(runs, places, tasks, plugins), _weights(places), resamples=config.resamples, seed=config.seed, each=each
    )
    for name, drawn in rows.items():
        differences.collect(name, drawn)
    to_baseline = differences.corrected()
    means = {name: estimates(drawn, [one.runs for one in contenders], config.level) for name, drawn in rows.items()}
    average = rows[AVERAGE]
    resampled = {name: _by_system(one.resampled, contenders) for name, one in rows.items()}
    between = {name: _between(one, contenders) for name, one in rows.items()}
    scores = _by_system(average.point[:, None], contenders)[:, 0]
    standing = ranks(scores, resampled[AVERAGE], between[AVERAGE], config.level)
    order = by_score(list(scores), names)
    systems = [
        _system(
            one,
            config,
            scores={name: scored[place] for name, scored in means.items()},
            cells={name: estimates[place] for name, estimates in cells.items()},
            to_baseline=to_baseline[place],
            sd={
                name: float(drawn.point[list(one.runs)].std(ddof=1))
                for name, drawn in rows.items()
                if len(one.runs) > 1
            },
            rank=(standing.rank[place], standing.low[place], standing.high[place]),
            tasks=tasks,
        )
        for place, one in ((place, contenders[place]) for place in order)
    ]
    matrices = {name: variances(resampled[name], between[name])[order][:, order].tolist() for name in rows}
    return systems, matrices


def _by_system(values: Floats, contenders: Sequence[_Contender]) -> Floats:
    import numpy as np

    return np.stack([values[list(one.runs)].mean(axis=0) for one in contenders])


def _between(drawn: Drawn, contenders: Sequence[_Contender]) -> Floats:
    """Returns what each system's seeds add to the variance of its mean: σ²/S, 0 for a single run."""
    import numpy as np

    return np.array(
        [
            bootstrap.seed_variance(drawn.point[list(one.runs)], drawn.resampled[list(one.runs)]) / len(one.runs)
            if len(one.runs) > 1
            else 0.0
            for one in contenders
        ]
    )


def _unranked(
    contender: _Contender, config: BoardConfig, tasks: Mapping[str, Task], plugins: Plugins
) -> Iterator[System]:
    """Yields an incomplete system with the scores that it has; tasks only where every language of the board is there."""
    has = [place for place in _places(config) if all(place in one.places for one in contender.entries)]
    cells: dict[str, Estimate] = {}

    def each(name: str, drawn: Drawn) -> None:
        cells[name] = estimates(drawn, [contender.runs], config.level)[0]

    weights = _weights(has)
    rows = draw(
        _strata(contender.entries, has, tasks, plugins),
        weights,
        resamples=config.resamples,
        seed=config.seed,
        each=each,
    )
    counted = {name for name, languages in config.cells.items() if all(f"{name}/{one}" in has for one in languages)}
    yield _system(
        contender,
        config,
        scores={
            name: estimates(one, [contender.runs], config.level)[0] for name, one in rows.items() if name in counted
        },
        cells=cells,
        to_baseline={},
        sd={},
        rank=None,
        tasks=tasks,
    )


def _system(
    contender: _Contender,
    config: BoardConfig,
    *,
    scores: dict[str, Estimate],
    cells: dict[str, Estimate],
    to_baseline: dict[str, Difference],
    sd: dict[str, float],
    rank: tuple[int, int, int] | None,
    tasks: Mapping[str, Task],
) -> System:
    missing = [place for place in _places(config) if any(place not in one.places for one in contender.entries)]
    return System(
        name=contender.name,
        link=contender.link,
        runs=tuple(facts_of(one.record, entry=one.id, added=one.added, sha256=one.sha256) for one in contender.entries),
        is_baseline=contender.name == config.baseline,
        rank=rank[0] if rank else None,
        rank_low=rank[1] if rank else None,
        rank_high=rank[2] if rank else None,
        scores=scores,
        cells={place: cells[place] for place in _places(config) if place in cells},
        metrics=_metrics(contender, config, tasks),
        to_baseline=to_baseline,
        sd=sd,
        missing=tuple(missing),
    )


def _metrics(contender: _Contender, config: BoardConfig, tasks: Mapping[str, Task]) -> dict[str, dict[str, float]]:
    """Returns each score that makes up a cell's, where there are several: the mean over the runs."""
    found: dict[str, dict[str, float]] = {}
    for place in _places(config):
        names = tasks[place.partition("/")[0]].main
        scores = [one.scores(place) for one in contender.entries if place in one.places]
        if len(names) > 1 and len(scores) == len(contender.entries):
            found[place] = {name: math.fsum(one[name] for one in scores) / len(scores) for name in names}
    return found
