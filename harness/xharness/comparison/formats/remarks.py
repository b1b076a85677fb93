"""What stands above and below the tables of a comparison, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness.comparison.formats import words
from xharness.selection import split_label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xharness.comparison.result import Comparison, Languages, RunRef, Side

_SHOWN = 8


def title(comparison: Comparison) -> str:
    """Returns what is compared with what, on which suite, splits and variant, in one line."""
    one = comparison
    splits = split_label(one.splits) if one.splits else "no split"
    where = f"{one.suite} {one.suite_version}, {splits}, {one.variant}, {one.view}"
    return words.plain(f"{one.a.name} (a) against {one.b.name} (b, the baseline) on {where}")


def legend(comparison: Comparison) -> str:
    """Returns what the numbers of the tables are."""
    seeds = len(comparison.a.runs) > 1 or len(comparison.b.runs) > 1
    deviation = " SD: standard deviation over independent runs of a / of b, in points." if seeds else ""
    return (
        f"Scores in percent, differences in points. Intervals of {words.level(comparison.level)} are not adjusted; verdicts "
        "are, by the correction named above each table. smallest: the difference that 80 % of such comparisons would find. n: "
        f"examples. G: units that are resampled.{deviation}"
    )


def remarks(comparison: Comparison, *, brief: bool = False) -> list[str]:
    """Returns languages by verdict, rules, runs, marks, what was left out, and notes, one sentence or so each.

    `brief` counts the languages without naming them, for where they stand in a table above.
    """
    lines = [legend(comparison)]
    lines += [languages_line(comparison, each, brief=brief) for each in comparison.languages]
    lines += _metrics(comparison)
    lines += _rules(comparison)
    lines += [_runs("a", comparison.a), _runs("b", comparison.b)]
    lines += marks(comparison)
    lines += _left_out(comparison.a, comparison.only_a)
    lines += _left_out(comparison.b, comparison.only_b)
    lines += [words.plain(note) for note in comparison.notes]
    lines += _row_notes(comparison)
    return lines


def languages_line(comparison: Comparison, each: Languages, *, brief: bool = False) -> str:
    """Returns how many and which languages of a task were won, lost and left undecided, by effect; `brief` omits which."""
    effects = {row.language: row.delta for row in comparison.cells if row.task == each.task}
    parts = []
    for word, names in (("better", each.better), ("worse", each.worse), ("undecided", each.undecided)):
        ordered = sorted(names, key=lambda name: (-effects.get(name, 0.0), name))
        parts += [f"{word} in {len(names)}{'' if brief else f' ({words.listed(ordered)})'}"] if names else []
    total = len(each.better) + len(each.worse) + len(each.undecided)
    line = f"{words.plain(each.task)}, {words.counted(total, 'language')}: {', '.join(parts)}"
    return line + (f"; {_conjunction(each)}." if total > 1 else ".")


def _conjunction(each: Languages) -> str:
    """Returns the partial-conjunction counts in words."""
    counts = (("better", each.better_in_at_least), ("worse", each.worse_in_at_least))
    claims = [f"{word} in at least {count}" for word, count in counts if count] or ["decided in none for certain"]
    return f"{' and '.join(claims)}, taken together (partial conjunction)"


def _metrics(comparison: Comparison) -> Iterator[str]:
    """Yields the scores that make up a task's, where there are several."""
    for row in words.by_effect(comparison.tasks):
        if len(row.metrics) > 1:
            pairs = (
                f"{words.plain(name).replace('_', ' ')} {words.score(a)} against {words.score(b)}"
                for name, (a, b) in row.metrics.items()
            )
            yield f"{words.plain(row.name)} is the mean of {words.joined(list(pairs))}."


def _rules(comparison: Comparison) -> Iterator[str]:
    """Yields the rule of the averages, what they lack, and how p was made."""
    overall, chosen = comparison.overall, comparison.corrections
    if len(comparison.tasks) > 1:
        name, version, description = comparison.aggregator
        yield words.plain(f"Averages: {name} {version}: {description}")
    if overall.cells < overall.of_cells:
        partial = [f"{row.name} {row.cells} of {row.of_cells}" for row in comparison.tasks if row.cells < row.of_cells]
        what = f"Compared: {overall.cells} of the suite's {words.counted(overall.of_cells, 'cell')}"
        yield f"{what}, so no average here is the suite's{f': {words.listed(partial)}' if partial else ''}."
    tests = dict.fromkeys(row.test for row in (overall, *comparison.tasks, *comparison.cells))
    yield (
        f"p: {words.joined(list(tests))}, two-sided; {comparison.resamples:,} resamples, seed {comparison.seed}. Adjusted: "
        f"{words.correction(chosen.tasks)} for tasks, {words.correction(chosen.cells)} for cells; the {chosen.family} are "
        f"confirmatory, the {'cells' if chosen.family == 'tasks' else 'tasks'} exploratory."
    )


def _runs(letter: str, side: Side) -> str:
    name = words.plain(side.name)
    if len(side.runs) == 1:
        run = side.runs[0]
        seed = "" if run.seed is None else f", seed {run.seed}"
        return f"{letter}: {name} ({words.plain(run.identity)[:8]}{seed})."
    independent = f"{words.counted(side.units, 'independent unit')}"
    runs = words.listed([f"{run.name}{'' if run.seed is None else f' (seed {run.seed})'}" for run in side.runs])
    return f"{letter}: {name}: {len(side.runs)} runs, {independent}: {runs}."


def marks(comparison: Comparison) -> list[str]:
    """Returns every mark once, after the sides and heads that bear it; runs are named where not all of a side do."""
    bearers: dict[str, dict[str, list[str]]] = {}
    for letter, side in (("a", comparison.a), ("b", comparison.b)):
        for sentence, heads in side.marks.items():
            places = ", ".join(_place(side, head, sentence) for head in heads)
            bearers.setdefault(words.plain(sentence), {}).setdefault(places, []).append(letter)
    return [
        f"{'; '.join(f'{places} of {words.joined(letters)}' for places, letters in where.items())}: {sentence}"
        for sentence, where in bearers.items()
    ]


def _place(side: Side, head: str, sentence: str) -> str:
    bearing = [run for run in side.runs if sentence in run.marks.get(head, ())]
    if len(bearing) == len(side.runs):
        return words.plain(head)
    return f"{words.plain(head)} in {words.joined([_run_label(side, run) for run in bearing])}"


def _run_label(side: Side, run: RunRef) -> str:
    seeds = [one.seed for one in side.runs]
    return run.name if run.seed is None or seeds.count(run.seed) > 1 else f"seed {run.seed}"


def _left_out(side: Side, cells: tuple[str, ...]) -> Iterator[str]:
    """Yields in one line the cells that this side alone has, by task."""
    tasks: dict[str, list[str]] = {}
    for cell in cells:
        task, _, language = cell.partition("/")
        tasks.setdefault(task, []).append(language)
    if tasks:
        places = (f"{words.plain(task)} ({words.listed(names, _SHOWN)})" for task, names in tasks.items())
        yield f"Scored in {words.plain(side.name)} alone, so not compared: {', '.join(places)}."


def _row_notes(comparison: Comparison) -> Iterator[str]:
    """Yields every note of a row once, after the rows that bear it."""
    means = [comparison.overall, *([comparison.english] if comparison.english else []), *comparison.groups]
    places: dict[str, list[str]] = {}
    for row in (*comparison.tasks, *means, *comparison.cells):
        for note in row.notes:
            places.setdefault(words.plain(note), []).append(row.name)
    for note, names in places.items():
        yield f"{words.listed(names, _SHOWN)}: {note}"
