"""A small made-up board, with harmless names or with names that try to become markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness.leaderboard.content import AVERAGE, BoardContent, Difference, Estimate, Reported, RunFacts, System

if TYPE_CHECKING:
    from collections.abc import Mapping

TASKS: Mapping[str, tuple[str, ...]] = {"topics": ("de", "en", "sw"), "questions": ("en", "th")}
HARMLESS = ("steady", "quick", "large", "small", "older")
HOSTILE = (
    "pipe | pipe \\| two || & three \\\\ % four, \"five\"; six\t'7'",
    "<script>window.evil=1</script><img src=x onerror=window.evil=1>",
    '</script></title><script>window.evil=1</script><!-- <b> -->" onclick="window.evil=1',
    "# heading\n\n- list\n\n| a | b |\n|---|---|\n\r[click](javascript:evil) ![p](https://evil.example/p.png)",
    "\u202egnp.exe\u202c \x1b[31mred\x07 \\input{evil} \\end{tabular} ${PATH} a: b\u2028- c, \"d\",e;'f'",
)
"""Names that try to break out of tables, pages, quotes and lines; all are different."""
_LINKS = {False: "https://example.org/model", True: 'https://example.org/"><script>window.evil=1</script>|[x](y)\n# z'}


def made_up_board(*, hostile: bool = False) -> BoardContent:
    """Returns a board of four ranked systems (the second is the baseline) and an incomplete one, over five cells.

    With `hostile` every text that comes from strangers is one of `HOSTILE`; nothing else is different.
    """
    names = HOSTILE if hostile else HARMLESS
    complete = [_system(names, place, hostile=hostile) for place in range(len(names) - 1)]
    rows = (AVERAGE, *TASKS)
    return BoardContent(
        id="made-up",
        title=names[0],
        description=names[3],
        board_sha256="b" * 64,
        suite="made-up",
        suite_version="1",
        suite_title="Made up",
        variant="fixed",
        splits=dict.fromkeys(TASKS, "test"),
        limit=None,
        tasks=TASKS,
        titles={"topics": "Topics", "questions": "Questions"},
        suite_cells=6,
        aggregator=("made-up-mean", "1", "The unweighted mean of the two task scores."),
        level=0.95,
        resamples=1000,
        seed=0,
        corrections="Holm over systems.",
        baseline=names[1],
        complete=complete,
        incomplete=[_incomplete(names[4])],
        reported=[Reported(system=names[2], values={"topics": 0.7}, source=names[1])],
        variances={row: [[0.0 if a == b else 1e-4 for b in range(4)] for a in range(4)] for row in rows},
        notes=(names[0],),
    )


def _estimate(value: float) -> Estimate:
    return Estimate(value=value, low=value - 0.02, high=value + 0.02)


def _scores(place: int) -> tuple[dict[str, Estimate], dict[str, Estimate]]:
    """Returns rows and cells of the system at this place; the first is the best."""
    cells = {
        f"{task}/{language}": 0.75 - 0.03125 * place - 0.0625 * number
        for task, languages in TASKS.items()
        for number, language in enumerate(languages)
    }
    means = {
        task: sum(cells[f"{task}/{one}"] for one in languages) / len(languages) for task, languages in TASKS.items()
    }
    rows = {AVERAGE: sum(means.values()) / len(means), **means}
    return {row: _estimate(value) for row, value in rows.items()}, {
        one: _estimate(value) for one, value in cells.items()
    }


def _system(names: tuple[str, ...], place: int, *, hostile: bool) -> System:
    scores, cells = _scores(place)
    delta = 0.03125 * (1 - place)
    change = Difference(delta=delta, low=delta - 0.02, high=delta + 0.02, p=0.01, p_adjusted=0.03, verdict="better")
    return System(
        name=names[place],
        link=_LINKS[hostile] if place == 0 else None,
        runs=[_run(names, place)],
        is_baseline=place == 1,
        rank=place + 1,
        rank_low=place + 1,
        rank_high=place + 1,
        scores=scores,
        cells=cells,
        metrics={key: {"exact_match": 0.5, "f1": 0.6} for key in cells if key.startswith("questions/")},
        to_baseline={} if place == 1 else dict.fromkeys((*scores, *cells), change),
    )


def _run(names: tuple[str, ...], place: int) -> RunFacts:
    return RunFacts(
        id=f"run-{place}",
        name=names[place],
        identity=f"{place}" * 64,
        seed=place,
        settings={"encoder": names[(place + 1) % len(names)], "seed": str(place)},
        marks=(f"topics: {names[(place + 2) % len(names)]}",),
        sha256=f"{place}" * 64,
    )


def _incomplete(name: str) -> System:
    return System(
        name=name,
        link=None,
        runs=[],
        is_baseline=False,
        rank=None,
        rank_low=None,
        rank_high=None,
        scores={"questions": _estimate(0.4)},
        cells={f"questions/{language}": _estimate(0.4) for language in TASKS["questions"]},
        metrics={},
        to_baseline={},
        missing=[f"topics/{language}" for language in TASKS["topics"]],
    )
