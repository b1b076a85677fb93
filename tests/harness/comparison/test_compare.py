"""Comparisons of runs on disk: every number is what its definition says, and what cannot be said is refused."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest
import xharness
from made_up_runs import PLUGINS, SUITE, TASKS, stored, write_run
from xharness import bootstrap
from xharness.comparison import formats
from xharness.comparison.compare import Options, compare
from xharness.comparison.pairing import pair
from xharness.comparison.result import Comparison, Verdict
from xharness.samples import stratum

PLACES = tuple(f"{name}/{language}" for name in TASKS for language in ("en", "sw", "th"))
EVERY = 500  # resamples, where the number does not matter
OWN = [f"{number:03d}" for number in range(400)]


def draws_of(place, seed):
    """A generator of one run's rows."""
    return np.random.default_rng([seed, 7, *place.encode()])


def made(place, seed, rate=0.6):
    """A cell that answers `rate` of the examples right, some of them the same for every seed."""
    generator = draws_of(place, seed)
    hard = np.random.default_rng([*place.encode()]).random(400)
    right = (0.7 * hard + 0.3 * generator.random(400) < rate).astype(float)
    one = np.ones(400)
    if place.startswith("moods"):
        return stored(place, rows={"accuracy": np.stack([right, one], axis=1)})
    if place.startswith("answers"):
        partly = np.where(right > 0, 1.0, generator.random(400) / 2)
        return stored(place, rows={"overlap": np.stack([right, partly, one], axis=1)})
    extra = [f"own {seed} {number}" for number in range(30)]  # extracted, but not gold
    found = np.stack([right, np.maximum(right, generator.random(400) < 0.1), one], axis=1)
    rows = np.concatenate([found, np.tile([0.0, 1.0, 0.0], (30, 1))])
    return stored(place, ids=[*OWN, *extra], n=400, rows={"mined": rows})


def run_at(folder, name, seed, rate=0.6, places=PLACES, **changes):
    """A run on disk with these cells."""
    return write_run(folder, [made(place, seed, rate) for place in places], name, **changes)


def compared(a, b, **options):
    """The comparison of one run or several on each side."""
    sides = [one if isinstance(one, list) else [one] for one in (a, b)]
    return compare(PLUGINS, *sides, Options(**{"resamples": EVERY, **options}))


def rows(found):
    """Every row of a comparison, by kind and name."""
    english = {("english", "English"): found.english} if found.english else {}
    kinds = {"cell": found.cells, "task": found.tasks, "group": found.groups}
    return {
        **{(kind, row.name): row for kind, several in kinds.items() for row in several},
        **english,
        ("overall", "average"): found.overall,
    }


def draws(a, b, *, exchange=False, **options):
    """The draws of every cell, made from the pairing alone."""
    pairing = pair(PLUGINS, a, b, None, None)
    cells = []
    for cell in pairing.cells:
        name, shared = stratum(TASKS[cell.task], cell.language)
        one = bootstrap.Cell(
            name=cell.place, stratum=name, shared=shared, clusters=cell.clusters, rows=cell.rows, score=cell.score
        )
        cells.append(one)
    return bootstrap.resample(cells, resamples=EVERY, exchange=exchange, **options)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Two runs of the whole suite, the first a little better."""
    folder = tmp_path_factory.mktemp("two")
    return run_at(folder, "one", 1, 0.64), run_at(folder, "other", 2, 0.6)


@pytest.fixture(scope="module")
def whole(two):
    """Their comparison."""
    return compared(*two)


@pytest.fixture(scope="module")
def close(tmp_path_factory):
    """Two runs so close that some cells are decided and some are not."""
    folder = tmp_path_factory.mktemp("close")
    cells = [made(place, 2, 0.6) for place in PLACES]
    better = [
        made(place, 1, 0.6 + step / 100) for place, step in zip(PLACES, (1, 2, 3, 4, 1, -6, 0, -2, 2), strict=True)
    ]
    return write_run(folder, better, "one"), write_run(folder, cells, "other")


# ---- laws ----------------------------------------------------------------------------------------------------------


def test_a_run_against_itself(two):
    """No row of a run against itself has a difference, an interval, a small p or a verdict."""
    found = compared(two[0], two[0])
    for name, row in rows(found).items():
        assert (row.delta, row.low, row.high, row.p, row.p_adjusted, row.p_bootstrap) == (0, 0, 0, 1, 1, 1), name
        assert (row.verdict, row.a) == (Verdict.UNDECIDED, row.b), name
        assert (row.variance, row.detectable) == (0, 0), name
    assert len(rows(found)) == 9 + 3 + 1 + 1
    assert "no difference at all" in found.sentence


def test_swapped_sides_mirror_every_row(two, whole):
    """The other way round, differences and intervals change their sign and every p stays as it is."""
    swapped = rows(compared(two[1], two[0]))
    opposite = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER, Verdict.UNDECIDED: Verdict.UNDECIDED}
    for name, row in rows(whole).items():
        other = swapped[name]
        assert (other.a, other.b, other.delta) == (row.b, row.a, -row.delta), name
        assert (other.low, other.high) == pytest.approx((-row.high, -row.low), rel=1e-12), name  # interpolated
        assert (other.p, other.p_bootstrap, other.p_adjusted) == (row.p, row.p_bootstrap, row.p_adjusted), name
        assert (other.method, other.test, other.n, other.clusters) == (row.method, row.test, row.n, row.clusters)
        assert (other.a_low, other.a_high) == (row.b_low, row.b_high)
        assert other.verdict is opposite[row.verdict]
        assert other.variance == pytest.approx(row.variance, rel=1e-12)


def test_scores_are_those_on_record(two, whole):
    """Cells have the scores that the runs recorded; tasks, the group and the average are means of them, of both scores too."""
    recorded = []
    for run in two:
        cells = json.loads((run / "run.json").read_text(encoding="utf-8"))["cells"]
        recorded.append(
            {f"{c['task']}/{c['language']}": {s["metric"]: s["value"] for s in c["scores"] if s["main"]} for c in cells}
        )
    a, b = ({place: np.mean(list(scores.values())) for place, scores in side.items()} for side in recorded)
    for row in whole.cells:
        assert (row.a, row.b) == pytest.approx((a[row.name], b[row.name]), rel=1e-9)
    for task in whole.tasks:
        members = [place for place in PLACES if place.startswith(task.name)]
        assert task.a == pytest.approx(np.mean([a[place] for place in members]), rel=1e-9)
        assert task.delta == pytest.approx(np.mean([a[place] - b[place] for place in members]), rel=1e-9)
    for row in (whole.overall, *whole.groups):
        assert row.b == pytest.approx(np.mean(list(b.values())), rel=1e-9)
        assert row.delta == pytest.approx(row.a - row.b, rel=1e-12)
        assert (row.cells, row.of_cells, row.n) == (9, 9, 9 * 400)
    answers = [row for row in (*whole.cells, *whole.tasks) if row.task == "answers"]
    assert len(answers) == 4
    for row in answers:
        members = [place for place in PLACES if place.startswith(row.name)]
        for name in ("exact_match", "f1"):
            expected = tuple(np.mean([side[place][name] for place in members]) for side in recorded)
            assert row.metrics[name] == pytest.approx(expected, rel=1e-9)
        assert row.a == pytest.approx((row.metrics["exact_match"][0] + row.metrics["f1"][0]) / 2, rel=1e-9)
    assert not any(row.metrics for row in whole.cells if row.task != "answers")


def test_clusters_that_languages_share_count_once(two, whole):
    """Parallel languages have the clusters of one; others each their own, and ids of one system's own are clusters too."""
    tasks = {row.name: row.clusters for row in whole.tasks}
    assert tasks == {"moods": 200, "answers": 600, "pairs": 3 * (200 + 60)}
    assert {row.n for row in whole.cells} == {400}
    assert whole.overall.clusters == sum(tasks.values())


@pytest.mark.parametrize(
    "asked",
    [
        {"tasks": ("moods",)},
        {"languages": ("sw",)},
        {"tasks": ("pairs", "answers"), "languages": ("en", "th")},
        {"tasks": ("moods",), "languages": ("th",), "family": "cells"},
    ],
    ids=str,
)
def test_a_cell_does_not_depend_on_what_else_is_asked_for(two, whole, asked):
    """Any subset of tasks and languages gives the very rows of the whole, but for the correction."""
    of_whole = {row.name: row for row in whole.cells}
    found = compared(*two, **asked)
    for row in found.cells:
        other = of_whole[row.name]
        same = {"p_adjusted": other.p_adjusted, "verdict": other.verdict}
        assert row.model_copy(update=same) == other
    names = [
        place
        for place in PLACES
        if place.split("/")[0] in asked.get("tasks", TASKS)
        and place.split("/")[1] in asked.get("languages", ("en", "sw", "th"))
    ]
    assert [row.name for row in found.cells] == names
    assert found.overall.cells == len(names)


def test_threads_change_nothing_and_the_seed_does(two, whole):
    """One thread and two give the same comparison; another seed gives other draws of the same scores."""
    assert compared(*two, threads=1) == compared(*two, threads=2) == whole
    other = compared(*two, seed=1)
    assert [row.delta for row in other.cells] == [row.delta for row in whole.cells]
    assert all(one.low != row.low for one, row in zip(other.cells, whole.cells, strict=True))


def test_unequal_runs_are_found_unequal(tmp_path):
    """A large difference is found in every row, by the interval, the exchange and the cross-check; its sign is the verdict."""
    found = compared(run_at(tmp_path, "good", 1, 0.8), run_at(tmp_path, "bad", 2, 0.4))
    for name, row in rows(found).items():
        assert row.verdict is Verdict.BETTER, name
        assert row.low > 0, name
        assert row.p == row.p_bootstrap == 1 / (EVERY + 1), name
        assert row.detectable < row.delta, name
        assert row.test == "approximate randomisation", name
    for languages in found.languages:
        assert (languages.better, languages.worse, languages.undecided) == (("en", "sw", "th"), (), ())
        assert (languages.better_in_at_least, languages.worse_in_at_least) == (3, 0)
    assert found.sentence.startswith("good is better than bad on all 3 tasks after Holm")


# ---- zero-shot -----------------------------------------------------------------------------------------------------


def test_zero_shot_means_are_without_english(two, whole):
    """In the zero-shot view every mean leaves English out, English has a row, and cells stay what they were."""
    found = compared(*two, zero_shot=True)
    cells = {row.name: row for row in whole.cells}
    assert found.cells == whole.cells
    for task in found.tasks:
        assert task.delta == pytest.approx(np.mean([cells[f"{task.name}/{one}"].delta for one in ("sw", "th")]))
        assert task.languages == ("sw", "th")
        assert (task.cells, task.of_cells) == (2, 3)
    assert found.overall.delta == pytest.approx(np.mean([task.delta for task in found.tasks]))
    assert found.english.delta == pytest.approx(np.mean([cells[f"{name}/en"].delta for name in TASKS]))
    assert (found.view, whole.view, whole.english) == ("zero-shot", "all languages", None)
    assert all("en" not in (*one.better, *one.worse, *one.undecided) for one in found.languages)


def test_zero_shot_of_english_alone_is_refused(two):
    """There is nothing to average without English."""
    with pytest.raises(xharness.UsageError, match="No language but English is left"):
        compared(*two, zero_shot=True, languages=("en",))


# ---- many comparisons ----------------------------------------------------------------------------------------------


def p_of(several):
    """(p, adjusted p) of rows."""
    return [row.p for row in several], [row.p_adjusted for row in several]


@pytest.mark.parametrize(
    ("options", "of_tasks", "of_cells"),
    [
        ({}, bootstrap.holm, bootstrap.benjamini_hochberg),
        ({"correction": "bh"}, bootstrap.benjamini_hochberg, bootstrap.benjamini_hochberg),
        ({"family": "cells"}, bootstrap.holm, bootstrap.benjamini_hochberg),
        ({"family": "cells", "correction": "holm"}, bootstrap.holm, bootstrap.holm),
    ],
)
def test_every_family_is_corrected_within_itself(two, options, of_tasks, of_cells):
    """Tasks, cells and groups are each adjusted over their own members; the average is not adjusted at all."""
    found = compared(*two, **options)
    for several, correct in ((found.tasks, of_tasks), (found.cells, of_cells), (found.groups, bootstrap.holm)):
        p, adjusted = p_of(several)
        assert adjusted == correct(p).tolist()
        assert [row.verdict is Verdict.UNDECIDED for row in several] == [value > 0.05 for value in adjusted]
    assert found.overall.p_adjusted == found.overall.p
    assert found.corrections.family == options.get("family", "tasks")


@pytest.mark.parametrize("family", ["tasks", "cells"])
def test_maxt_takes_the_exchanges_of_its_family(two, whole, family):
    """Max-T is over the joint exchanges of the family's own rows; the other family keeps its correction."""
    found = compared(*two, family=family, correction="maxt")
    drawn = draws(two[:1], two[1:], exchange=True)
    members = found.tasks if family == "tasks" else found.cells
    exchanged = [
        np.mean([drawn[place].exchanged for place in PLACES if place.startswith(row.name)], axis=0) for row in members
    ]
    expected = bootstrap.step_down_maxt([row.delta for row in members], np.stack(exchanged))
    assert [row.p_adjusted for row in members] == pytest.approx(expected.tolist(), abs=1 / (EVERY + 1))
    other, as_before = (found.cells, whole.cells) if family == "tasks" else (found.tasks, whole.tasks)
    assert other == as_before
    assert getattr(found.corrections, family) == "maxt"


def test_groups_are_a_family_of_their_own(close, monkeypatch):
    """Groups are corrected by Holm over the groups, whatever is asked of tasks and cells."""
    groups = {"all": tuple(TASKS), "first": ("moods",), "last": ("answers", "pairs")}
    suite = replace(SUITE, aggregator=replace(SUITE.aggregator, groups=groups))
    monkeypatch.setitem(PLUGINS.suites, "trial", suite)
    for correction in ("maxt", "bh"):
        p, adjusted = p_of(compared(*close, correction=correction).groups)
        assert adjusted == bootstrap.holm(p).tolist()
        assert adjusted != bootstrap.benjamini_hochberg(p).tolist()


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.99])
def test_the_level_is_that_of_intervals_and_of_tests(close, level):
    """A row is decided where its adjusted p is at most 1 − level; intervals and what can be detected grow with the level."""
    found, usual = compared(*close, level=level, resamples=1000), compared(*close, resamples=1000)
    assert found.level == level
    assert [row.p for row in found.cells] == [row.p for row in usual.cells]
    for row, other in zip(found.cells, usual.cells, strict=True):
        decided = row.p_adjusted <= 1 - level + 1e-9
        assert row.verdict is ((Verdict.BETTER if row.delta > 0 else Verdict.WORSE) if decided else Verdict.UNDECIDED)
        assert row.detectable == pytest.approx(bootstrap.detectable(row.variance, level))
        assert row.variance == other.variance
        assert np.sign(row.high - row.low - (other.high - other.low)) == np.sign(level - 0.95)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_languages_are_counted_by_partial_conjunction(close, level):
    """How many languages a difference surely holds in comes from the one-sided p-values of the task's cells."""
    found = compared(*close, level=level)
    assert {row.verdict for row in found.cells} == set(Verdict)
    for one in found.languages:
        cells = [row for row in found.cells if row.task == one.task]
        assert sorted((*one.better, *one.worse, *one.undecided)) == ["en", "sw", "th"]
        assert one.better == tuple(row.language for row in cells if row.verdict is Verdict.BETTER)
        assert one.worse == tuple(row.language for row in cells if row.verdict is Verdict.WORSE)
        up = [row.p / 2 if row.delta > 0 else 1 - row.p / 2 for row in cells]
        down = [row.p / 2 if row.delta < 0 else 1 - row.p / 2 for row in cells]
        assert one.better_in_at_least == bootstrap.holds_in_at_least(up, (1 + level) / 2)
        assert one.worse_in_at_least == bootstrap.holds_in_at_least(down, (1 + level) / 2)
    assert compared(*close, languages=("sw",)).languages == ()


@pytest.mark.parametrize(
    "options",
    [{}, {"family": "cells"}, {"family": "cells", "correction": "holm", "level": 0.99}, {"correction": "maxt"}],
    ids=str,
)
def test_too_few_resamples_name_the_number_that_works(tmp_path, options):
    """The message has the least number of resamples; with it a clear difference can be found, with one less nothing is run."""
    two = run_at(tmp_path, "good", 1, 0.9), run_at(tmp_path, "bad", 2, 0.3)
    with pytest.raises(xharness.UsageError, match="too few") as caught:
        compared(*two, resamples=5, **options)
    needed = int(re.search(r"at least --resamples (\d+)", str(caught.value))[1])
    with pytest.raises(xharness.UsageError, match=f"{needed - 1} resamples are too few"):
        compared(*two, resamples=needed - 1, **options)
    found = compared(*two, resamples=needed, **options)
    members = found.tasks if found.corrections.family == "tasks" else found.cells
    assert {row.verdict for row in members} == {Verdict.BETTER}


def test_a_family_that_is_only_exploratory_is_not_refused_but_noted(two):
    """Where resamples suffice for the tasks and not for the cells, a note says so."""
    found = compared(*two, resamples=100)
    assert any(note.startswith("100 resamples are few for 9 cells") for note in found.notes)
    assert not any("resamples are few" in note for note in compared(*two).notes)


def test_only_what_is_asked_for_counts_among_the_comparisons(two):
    """Languages of a parallel task that are only resampled along enlarge no family, and need no resamples."""
    found = compared(*two, languages=("sw",), family="cells", resamples=59)
    assert len(found.cells) == 3
    with pytest.raises(xharness.UsageError, match="bh over 3 comparisons"):
        compared(*two, languages=("sw",), family="cells", resamples=58)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"level": 1.0}, "--level 1: expected a number from 0.5"),
        ({"level": 0.05}, "--level 0.05"),
        ({"level": float("nan")}, "--level nan"),
        ({"family": "langs"}, "--family langs: expected one of tasks, cells"),
        ({"correction": "bonferroni"}, "--correction bonferroni: expected one of holm, bh, maxt"),
        ({"resamples": 0}, "--resamples 0"),
        ({"seed": -1}, "seed"),
        ({"tasks": ("mods",)}, "Did you mean moods"),
        ({"languages": ("xx",)}, "xx"),
        ({"wider": ("anwsers",)}, "Did you mean answers"),
        ({"paired_seeds": True}, "at least two runs on each side.*side a has no seed, side b no seed"),
    ],
    ids=str,
)
def test_options_that_do_not_fit_are_refused(two, options, words):
    """Every option that does not fit is a usage error that says what does."""
    with pytest.raises(xharness.UsageError, match=words):
        compared(*two, **options)


# ---- several seeds -------------------------------------------------------------------------------------------------


def trained(seed, under=None):
    """What the model's record says: the seed, and the intermediate run it was made under."""
    made_from = {"phase": "target", "seed": seed}
    if under is None:
        return {"provenance": {"made_from": made_from}}
    above = {"made_from": {"phase": "intermediate", "seed": 1}}
    return {"provenance": {"made_from": made_from, "parent": {"name": "p", "identity": under, "provenance": above}}}


def seeds_of(folder, name, numbers, rate, places=("moods/en", "moods/sw", "answers/en")):
    """Runs of one method by seed."""
    return [
        run_at(folder, f"{name}-seed{one}", 100 * one + len(name), rate + one / 100, places, model=trained(one))
        for one in numbers
    ]


@pytest.fixture(scope="module")
def methods(tmp_path_factory):
    """Three runs of each of two methods."""
    folder = tmp_path_factory.mktemp("methods")
    return seeds_of(folder, "new", (1, 2, 3), 0.66), seeds_of(folder, "direct", (3, 1, 2), 0.6)


def test_methods_are_compared_by_t(methods):
    """Three seeds a side: every row is what `between_methods` makes of the same draws."""
    found = compared(*methods)
    drawn = draws(*methods)
    means = {"moods": ("moods/en", "moods/sw"), "average": ("moods/en", "moods/sw", "answers/en")}
    weights = {"moods": (0.5, 0.5), "average": (0.25, 0.25, 0.5)}
    clusters = {"moods/en": 200, "moods/sw": 200, "answers/en": 200, "moods": 200, "average": 399}
    checked = [*found.cells, found.tasks[0], found.overall]
    assert (found.a.name, found.b.name, found.a.units, found.b.units) == ("new", "direct", 3, 3)
    for row in checked:
        places = means.get(row.name, (row.name,))
        one = bootstrap.combine(
            row.name, [(w, drawn[p]) for w, p in zip(weights.get(row.name, (1,)), places, strict=True)]
        )
        a, b = (one.point[:3], one.resampled[:3]), (one.point[3:], one.resampled[3:])
        expected = bootstrap.between_methods(*a, *b, clusters=clusters[row.name])
        interval = bootstrap.student(expected.value, expected.variance, expected.df)
        assert (row.delta, row.p, row.variance) == pytest.approx((expected.value, expected.p, expected.variance))
        assert (row.sd_a, row.sd_b) == pytest.approx((expected.sd_a, expected.sd_b))
        assert (row.low, row.high, row.method) == (
            pytest.approx(interval.low),
            pytest.approx(interval.high),
            interval.method,
        )
        assert row.method.startswith("t, ")
        assert (row.test, row.units_a, row.units_b, row.notes) == ("t over seeds", 3, 3, ())
        assert row.a_low < row.a < row.a_high
    assert [row.p_adjusted for row in found.tasks] == bootstrap.holm([row.p for row in found.tasks]).tolist()


def test_paired_seeds_go_by_their_numbers(methods):
    """With --paired-seeds runs of one seed belong together, in whatever order they are given."""
    a, b = methods
    found = compared(a, b, paired_seeds=True)
    drawn = draws(a, b)["moods/sw"]
    order = [4, 5, 3]  # the baseline's runs were given as 3, 1, 2
    expected = bootstrap.between_paired(
        drawn.point[:3], drawn.resampled[:3], drawn.point[order], drawn.resampled[order], clusters=200
    )
    row = next(one for one in found.cells if one.name == "moods/sw")
    assert (row.p, row.variance) == pytest.approx((expected.p, expected.variance))
    assert row.test == "t over paired seeds"
    again = compared(a[::-1], b, paired_seeds=True)
    assert [one.p for one in again.cells] == pytest.approx([one.p for one in found.cells], rel=1e-9)


def test_seeds_that_do_not_match_are_not_paired(methods, tmp_path):
    """Seeds are paired only if both sides have the same ones, each once; the message lists both."""
    a, b = methods
    with pytest.raises(xharness.UsageError, match="side a has 1, 2, side b 3, 1, 2"):
        compared(a[:2], b, paired_seeds=True)
    with pytest.raises(xharness.UsageError, match="side a has 1, 2, side b 3, 1"):
        compared(a[:2], b[:2], paired_seeds=True)
    again = run_at(tmp_path, "new-again", 9, places=("moods/en",), model=trained(1))
    with pytest.raises(xharness.UsageError, match="side a has 1, 1, side b 3, 1"):
        compared([a[0], again], b[:2], paired_seeds=True)


def test_one_run_against_three_says_what_is_not_estimated(methods):
    """One run on a side has no spread over seeds, and every row says so; maxt is refused."""
    a, b = methods
    found = compared(a[:1], b)
    for row in rows(found).values():
        assert (row.units_a, row.units_b, row.sd_a) == (1, 3, None)
        assert row.sd_b > 0
        assert row.notes == ("One training run on side a: how much another would differ is not estimated.",)
    with pytest.raises(xharness.UsageError, match="maxt exchanges"):
        compared(a[:1], b, correction="maxt")


@pytest.mark.parametrize("resamples", [20, 500])
def test_p_values_by_t_need_no_number_of_resamples(methods, resamples):
    """Several seeds are tested by t, so that few resamples are not refused."""
    assert compared(*methods, resamples=resamples).overall.p <= 1


def nested(folder):
    """Three runs under two intermediate runs: two target seeds under the first, one under the second."""
    given = ((1, "first", 0.62), (2, "first", 0.64), (3, "second", 0.7))
    return [
        run_at(folder, f"mnli-{seed}", 40 + seed, rate, ("moods/en", "answers/sw"), model=trained(seed, under))
        for seed, under, rate in given
    ]


def test_seeds_under_one_intermediate_run_are_averaged_first(tmp_path, methods):
    """The unit is the intermediate run: its target seeds count once, whatever their number."""
    a = nested(tmp_path)
    b = [run_at(tmp_path, f"base-{n}", 60 + n, 0.6, ("moods/en", "answers/sw"), model=trained(n)) for n in (1, 2)]
    found = compared(a, b)
    assert (found.a.units, found.b.units) == (2, 2)
    drawn = draws(a, b)
    for row in found.cells:
        point, resampled = drawn[row.name].point, drawn[row.name].resampled
        units = np.array([point[:2].mean(), point[2]])
        each = np.stack([resampled[:2].mean(axis=0), resampled[2]])
        expected = bootstrap.between_methods(units, each, point[3:], resampled[3:], clusters=200)
        assert row.a == pytest.approx(units.mean(), rel=1e-12)
        assert row.a != pytest.approx(point[:3].mean(), rel=1e-6)
        assert (row.p, row.sd_a) == pytest.approx((expected.p, np.std(units, ddof=1)))
        assert (row.units_a, row.units_b) == (2, 2)
    answers = next(row for row in found.cells if row.task == "answers")
    assert answers.a == pytest.approx(np.mean([answers.metrics[name][0] for name in ("exact_match", "f1")]))


def test_several_runs_of_one_unit_against_one_run(tmp_path):
    """Target seeds under one intermediate run are one fixed thing: the mean is tested by the shifted bootstrap."""
    a = nested(tmp_path)[:2]
    b = run_at(tmp_path, "base", 70, 0.6, ("moods/en", "answers/sw"), model=trained(1))
    found = compared(a, b)
    for row in rows(found).values():
        assert row.test == "shifted bootstrap"
        assert row.p == row.p_bootstrap
        assert (row.units_a, row.units_b, row.sd_a, row.sd_b) == (1, 1, None, None)
    point = draws(a, [b])["moods/en"].point
    assert found.cells[0].delta == pytest.approx(point[:2].mean() - point[2], rel=1e-12)
    with pytest.raises(xharness.UsageError, match="maxt exchanges"):
        compared(a, b, correction="maxt")
    with pytest.raises(xharness.UsageError, match="too few"):
        compared(a, b, resamples=5)


def test_nested_seeds_are_not_paired(tmp_path):
    """Target seeds under one intermediate run are not independent pairs, and are refused as such."""
    a = nested(tmp_path)
    b = [run_at(tmp_path, f"base-{n}", 60 + n, 0.6, ("moods/en", "answers/sw"), model=trained(n)) for n in (1, 2, 3)]
    with pytest.raises(xharness.UsageError, match=r"3 runs of side (a|b) were made under 2 intermediate"):
        compared(a, b, paired_seeds=True)
    with pytest.raises(xharness.UsageError, match=r"3 runs of side (a|b) were made under 2 intermediate"):
        compared(b, a, paired_seeds=True)


def test_the_same_run_twice_is_refused(methods):
    """A run is not its own seed."""
    a, b = methods
    with pytest.raises(xharness.UsageError, match="its own seed twice"):
        compared([a[0], a[0]], b)


# ---- larger units --------------------------------------------------------------------------------------------------


def articles(place, seed, width=10, shift=0):
    """A cell whose clusters lie in articles of `width` clusters."""
    cell = made(place, seed)
    units = [
        f"a{(int(one[1:]) + shift) // width}" for one in cell.statistics[TASKS[cell.record.task].metrics[0]].clusters
    ]
    return replace(cell, wider=units)


def wide(folder, name, seed, places, **changes):
    """A run whose cells know their articles."""
    return write_run(folder, [articles(place, seed, **changes) for place in places], name)


def test_wider_units_are_resampled(tmp_path):
    """Of the tasks named, articles are resampled instead of paragraphs: fewer units, the same scores."""
    places = ("moods/en", "moods/sw", "answers/sw")
    a, b = wide(tmp_path, "one", 1, places), wide(tmp_path, "two", 2, places)
    plain, found = compared(a, b), compared(a, b, wider=("answers", "moods"))
    assert [row.clusters for row in plain.cells] == [200, 200, 200]
    assert [row.clusters for row in found.cells] == [20, 20, 20]
    assert [row.clusters for row in found.tasks] == [20, 20]
    assert "Larger units are resampled, articles instead of paragraphs: answers, moods." in found.notes
    assert not any("Larger units" in note for note in plain.notes)
    assert [row.delta for row in found.cells] == pytest.approx([row.delta for row in plain.cells], rel=1e-9)
    some = compared(a, b, wider=("answers",))
    assert [row.clusters for row in some.cells] == [200, 200, 20]
    assert some.cells[:2] != found.cells[:2]
    assert some.cells[2].low == found.cells[2].low
    (alone,) = compared(a, b, wider=("moods",), languages=("en",)).cells
    assert (alone.low, alone.high, alone.p) == (found.cells[0].low, found.cells[0].high, found.cells[0].p)


def test_wider_is_refused_where_there_is_nothing_wider(tmp_path, two):
    """A cell that knows no articles is refused by name, with the way out."""
    with pytest.raises(xharness.RunError, match=r"answers/en.*knows no larger unit.*--wider"):
        compared(*two, wider=("answers",))
    a, b = wide(tmp_path, "one", 1, ("answers/en",)), run_at(tmp_path, "two", 2, places=("answers/en",))
    with pytest.raises(xharness.RunError, match="knows no larger unit"):
        compared(a, b, wider=("answers",))


def test_a_cluster_in_two_wider_units_is_refused(tmp_path):
    """A paragraph that lies in two articles, in one language or in two, keeps them from being resampled."""
    cells = [[articles("moods/en", seed), articles("moods/sw", seed, shift=5)] for seed in (1, 2)]
    runs = [write_run(tmp_path, several, f"run{seed}") for seed, several in enumerate(cells)]
    with pytest.raises(
        xharness.RunError, match=r"moods/sw: the cluster 'c\d+' lies in 'a1' here and in 'a0' elsewhere"
    ):
        compared(*runs, wider=("moods",))
    for language, count in (("en", 20), ("sw", 21)):
        assert compared(*runs, wider=("moods",), languages=(language,)).cells[0].clusters == count
    one = articles("answers/en", 1)
    torn = replace(one, wider=[*one.wider[:-1], "another"])
    runs = [write_run(tmp_path, [cell], name) for cell, name in ((torn, "torn"), (articles("answers/en", 2), "whole"))]
    with pytest.raises(xharness.RunError, match="lies in 'another' here and in 'a19' elsewhere"):
        compared(*runs, wider=("answers",))


# ---- what is written -----------------------------------------------------------------------------------------------


def test_json_has_the_documented_keys(two, whole):
    """Other people script against these keys; every number is the row's own."""
    shown = json.loads(formats.as_json(whole))
    levels = [shown["overall"], *shown["tasks"].values(), *shown["groups"].values(), *shown["cells"]]
    wanted = {"a", "b", "delta", "low", "high", "p", "p_adjusted", "n", "clusters", "method"}
    assert all(wanted <= set(row) for row in levels)
    assert list(shown["tasks"]) == list(TASKS)
    assert [f"{row['task']}/{row['language']}" for row in shown["cells"]] == list(PLACES)
    for row, expected in zip(shown["cells"], whole.cells, strict=True):
        assert {name: row[name] for name in wanted} == {name: getattr(expected, name) for name in wanted}
    assert shown["overall"]["delta"] == whole.overall.delta
    assert shown["sentence"] == whole.sentence


@pytest.mark.parametrize("zero_shot", [False, True])
def test_a_comparison_survives_being_written_and_read(two, methods, zero_shot):
    """What is dumped as JSON reads back equal, seeds and all."""
    for given in (two, methods):
        found = compared(*given, zero_shot=zero_shot)
        assert Comparison.model_validate(json.loads(found.model_dump_json())) == found
        assert Comparison.model_validate_json(found.model_dump_json()) == found
