"""What a board says is what its runs say: scores, intervals, ranks, seeds, and what is missing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from made_up_runs import METRICS, SUITE, TASKS, stored, write_run
from xharness import bootstrap
from xharness.leaderboard.adding import add
from xharness.leaderboard.beginning import Beginning, begin
from xharness.leaderboard.content import AVERAGE
from xharness.leaderboard.entries import rows_of
from xharness.leaderboard.ranking import variances
from xharness.leaderboard.standing import content_of
from xharness.store import RunFolder

IDS = [f"{number:03d}" for number in range(120)]
LANGUAGES = ("en", "sw", "th")
CLOSED = tuple(f"{task}/{language}" for task in ("moods", "answers") for language in LANGUAGES)
ALL = (*CLOSED, *(f"pairs/{language}" for language in LANGUAGES))
COLUMNS = {"moods": 1, "answers": 2}


def answers(place, rate, seed):
    """Rows by metric in which every column but the last is 1 at this rate."""
    task = place.partition("/")[0]
    generator = np.random.default_rng([seed, *place.encode()])
    made = {}
    for metric in TASKS[task].metrics:
        rows = (generator.random((len(IDS), len(METRICS[metric].columns))) < rate).astype(float)
        rows[:, -1] = 1
        made[metric] = rows
    return made


def cells(places=ALL, rate=0.6, seed=0):
    """Scored cells at this rate."""
    return [stored(place, ids=IDS, rows=answers(place, rate, seed)) for place in places]


@pytest.fixture
def made(tmp_path, plugins):
    """Begins a board and adds systems, each given as a list of runs, which are lists of cells."""

    def make(systems, tasks=None, name="trial", **asked):
        chosen = {"resamples": 200, "baseline": "base", **({"tasks": tasks} if tasks else {}), **asked}
        board = begin(tmp_path / name / "trial", plugins, Beginning(title="Trial", suite="trial", **chosen))
        for system, runs in systems.items():
            written = [write_run(tmp_path / name / "made", run, f"{system}-{seed}") for seed, run in enumerate(runs)]
            add(board, plugins, written, system, date="2026-01-02")
        return board

    return make


@pytest.fixture
def content(made, plugins):
    """What such a board says."""
    return lambda *arguments, **options: content_of(made(*arguments, **options), plugins)


def by_name(found):
    """Systems of a board, complete or not."""
    return {one.name: one for one in (*found.complete, *found.incomplete)}


def direct(runs, resamples=200, seed=0):
    """Draws of closed cells by row, with everything in memory and nothing stored: (points, resampled) of all runs."""
    whole = []
    for position, place in enumerate(CLOSED):
        task = place.partition("/")[0]
        tables = [[run[position].statistics[TASKS[task].metrics[-1]] for run in runs]]
        rows = np.stack([table.rows for table in tables[0]])
        width = COLUMNS[task]
        whole.append(
            bootstrap.Cell(
                name=place,
                stratum="moods" if task == "moods" else place,
                clusters=tables[0][0].clusters,
                rows=rows,
                score=lambda totals, width=width: (totals[..., :width] / totals[..., -1:]).mean(axis=-1),
                shared=True,
            )
        )
    drawn = bootstrap.resample(whole, resamples=resamples, seed=seed, influences=False)
    found = {place: (one.point, one.resampled) for place, one in drawn.items()}
    for task in COLUMNS:
        members = [found[f"{task}/{language}"] for language in LANGUAGES]
        found[task] = tuple(np.mean([one[part] for one in members], axis=0) for part in (0, 1))
    found[AVERAGE] = tuple((found["moods"][part] + found["answers"][part]) / 2 for part in (0, 1))
    return found


# ---- scores --------------------------------------------------------------------------------------------------------


def test_scores_are_those_of_the_run_and_of_a_computation_by_hand(content):
    """Cells are sums over sums, tasks means over languages, the average a mean over tasks; all as the run's record has it."""
    made = cells(rate=0.7, seed=3)
    system = by_name(content({"base": [made]}))["base"]
    tasks = dict.fromkeys(TASKS, 0.0)
    for cell in made:
        totals = {name: table.rows.sum(axis=0) for name, table in cell.statistics.items()}
        by_hand = {
            "moods": lambda of: of["accuracy"][0] / 120,
            "answers": lambda of: (of["overlap"][0] / 120 + of["overlap"][1] / 120) / 2,
            "pairs": lambda of: 2 * of["mined"][0] / (of["mined"][1] + of["mined"][2]),
        }[cell.record.task](totals)
        assert system.cells[cell.record.place].value == pytest.approx(by_hand, abs=1e-14)
        tasks[cell.record.task] += by_hand / 3
        if cell.record.task == "answers":
            shown = system.metrics[cell.record.place]
            assert shown == {name: totals["overlap"][at] / 120 for at, name in enumerate(("exact_match", "f1"))}
    for name, value in tasks.items():
        assert system.scores[name].value == pytest.approx(value, abs=1e-14)
    assert system.scores[AVERAGE].value == pytest.approx(sum(tasks.values()) / 3, abs=1e-14)


def test_means_are_those_of_the_runs_own_record(made, plugins):
    """The board makes from its statistics what the run's record says of tasks and average."""
    board = made({"base": [cells(seed=1)], "other": [cells(seed=2)]})
    systems = by_name(content_of(board, plugins))
    for entry in board.entries():
        own, shown = entry.record.averages, systems[entry.name].scores
        assert shown[AVERAGE].value == pytest.approx(own.average, abs=1e-12)
        assert {name: shown[name].value for name in TASKS} == pytest.approx(own.tasks, abs=1e-12)


def test_intervals_are_those_of_resamples_made_in_memory(content):
    """Cells, tasks and average have the percentiles of draws from all rows at once, by the strata's names and the seed."""
    runs = [cells(CLOSED, 0.6, 1), cells(CLOSED, 0.7, 2)]
    systems = by_name(content({"base": [runs[0]], "other": [runs[1]]}, tasks=("moods", "answers"), seed=5))
    for row, (points, resampled) in direct(runs, seed=5).items():
        for place, name in enumerate(("base", "other")):
            shown = systems[name].cells[row] if "/" in row else systems[name].scores[row]
            low, high = np.quantile(resampled[place], [0.025, 0.975])
            assert (shown.value, shown.low, shown.high) == pytest.approx((points[place], low, high), abs=1e-12)


# ---- others on the board -------------------------------------------------------------------------------------------


def test_another_system_changes_nothing_of_those_there(content):
    """Draws are fixed by names: scores, intervals and unadjusted differences stay as they were, to the last bit."""
    there = {
        "base": [cells(CLOSED, 0.6, 1)],
        "one": [cells(CLOSED, 0.7, 2)],
        "two": [cells(CLOSED, 0.7, s) for s in (3, 4)],
    }
    asked = {"tasks": ("moods", "answers")}
    before = by_name(content(there, name="before", **asked))
    after = by_name(
        content({"aaa": [cells(CLOSED, 0.65, 9)], **there, "zzz": [cells(CLOSED, 0.1, 8)]}, name="after", **asked)
    )
    assert set(after) - set(before) == {"aaa", "zzz"}
    for name, one in before.items():
        assert after[name].scores == one.scores
        assert after[name].cells == one.cells
        assert after[name].sd == one.sd
        for row, difference in one.to_baseline.items():
            now = after[name].to_baseline[row]
            assert (now.delta, now.low, now.high, now.p) == (
                difference.delta,
                difference.low,
                difference.high,
                difference.p,
            )


def test_of_mining_another_system_changes_only_the_draws(content):
    """What a system finds makes further rows: scores stay, intervals of mining move by the noise of other resamples only."""
    there = {"base": [cells(seed=1)], "one": [cells(seed=2)]}
    before = by_name(content(there, name="before", resamples=4000))
    after = by_name(content({**there, "zzz": [cells(rate=0.3, seed=8)]}, name="after", resamples=4000))
    for name, one in before.items():
        for place, shown in one.cells.items():
            now = after[name].cells[place]
            assert now.value == shown.value
            if place.startswith("pairs"):
                assert (now.low, now.high) == pytest.approx((shown.low, shown.high), abs=0.012)  # 3.5 σ
            else:
                assert now == shown


def test_an_incomplete_system_changes_nothing_of_the_others(content):
    """Those that lack cells are drawn by themselves."""
    there = {"base": [cells(seed=1)], "one": [cells(seed=2)]}
    before = content(there, name="before")
    after = content({**there, "part": [cells(("moods/sw", "pairs/th"), seed=3)]}, name="after")
    assert after.complete == before.complete
    assert after.variances == before.variances


def test_the_order_of_adding_does_not_matter(content):
    """A board is its runs: whatever came first, it says the same."""
    systems = {"base": [cells(seed=1)], "one": [cells(seed=s) for s in (2, 3)], "two": [cells(("moods/sw",))]}
    first = content(systems, name="first")
    assert content(dict(reversed(systems.items())), name="second") == first


def test_variances_are_the_same_bits_on_every_board_and_processor(content):
    """They are sums in a fixed order, not products whose last digit depends on the library, the processor, or other systems."""
    runs = [cells(CLOSED, 0.6 + seed / 50, seed) for seed in range(7)]
    systems = {"base" if seed == 0 else f"s{seed}": [run] for seed, run in enumerate(runs)}
    found = content(systems, tasks=("moods", "answers"))
    few = content(dict(list(systems.items())[:3]), name="few", tasks=("moods", "answers"))
    names, fewer = ([one.name for one in board.complete] for board in (found, few))
    for row, matrix in few.variances.items():
        places = [names.index(name) for name in fewer]
        assert [[found.variances[row][i][j] for j in places] for i in places] == matrix
    resampled = np.random.default_rng(0).random((9, 500))
    expected = [[(one - other).var(ddof=1) for other in resampled] for one in resampled]
    assert variances(resampled, np.zeros(9)).tolist() == expected


# ---- what is alike and what is better ------------------------------------------------------------------------------


def test_a_copy_is_tied_with_its_original(content):
    """The same answers from another model: difference 0, undecided, the same rank, and a rank interval of both."""
    found = content({"base": [cells(seed=1)], "copy": [cells(seed=1)]})
    base, copy = (by_name(found)[name] for name in ("base", "copy"))
    assert base.rank == copy.rank == 1
    assert (copy.rank_low, copy.rank_high) == (base.rank_low, base.rank_high) == (1, 2)
    assert set(copy.to_baseline) == {*ALL, *TASKS, AVERAGE}
    for difference in copy.to_baseline.values():
        told = (difference.delta, difference.low, difference.high, difference.p, difference.p_adjusted)
        assert told == (0, 0, 0, 1, 1)
        assert difference.verdict == "undecided"
    assert all(matrix == [[0, 0], [0, 0]] for matrix in found.variances.values())
    assert copy.scores == base.scores


def test_a_better_system_is_first_and_better_everywhere(content):
    """95 % against 50 % right on 120 examples is decided on the average, every task and every cell; the baseline has none."""
    found = content(
        {"base": [cells(rate=0.5, seed=1)], "good": [cells(rate=0.95, seed=2)], "bad": [cells(rate=0.1, seed=3)]}
    )
    assert [(one.name, one.rank, one.rank_low, one.rank_high) for one in found.complete] == [
        ("good", 1, 1, 1),
        ("base", 2, 2, 2),
        ("bad", 3, 3, 3),
    ]
    good, base, bad = found.complete
    assert {one.verdict for one in good.to_baseline.values()} == {"better"}
    assert {one.verdict for one in bad.to_baseline.values()} == {"worse"}
    assert base.is_baseline
    assert base.to_baseline == {}
    assert all(one.low > 0 for one in good.to_baseline.values())


# ---- seeds ---------------------------------------------------------------------------------------------------------


def test_seeds_are_one_row_with_their_mean_and_spread(content):
    """A score is the mean over the runs; the spread is their standard deviation; runs that differ widen the interval."""
    runs = [cells(CLOSED, rate, seed) for seed, rate in enumerate((0.5, 0.65, 0.8))]
    base = cells(CLOSED, 0.6, 9)
    found = content({"base": [base], "many": runs}, tasks=("moods", "answers"))
    many = by_name(found)["many"]
    alone = direct([base, *runs])
    for row in ("moods", "answers", AVERAGE):
        points, resampled = alone[row]
        assert many.scores[row].value == pytest.approx(points[1:].mean(), abs=1e-12)
        assert many.sd[row] == pytest.approx(points[1:].std(ddof=1), abs=1e-12)
        low, high = np.quantile(resampled[1:].mean(axis=0), [0.025, 0.975])
        assert many.scores[row].high - many.scores[row].low > 2 * (high - low)
    assert [run.name for run in many.runs] == ["many-0", "many-1", "many-2"]
    assert by_name(found)["base"].sd == {}
    shown = many.metrics["answers/sw"]["f1"]
    expected = [run[4].statistics["overlap"].rows[:, 1].mean() for run in runs]
    assert shown == pytest.approx(sum(expected) / 3, abs=1e-14)


def test_variances_are_of_items_and_of_seeds(content):
    """The matrix has the variance of each difference in shared resamples plus σ²/S of both, in the order of the systems."""
    runs = [cells(CLOSED, rate, seed) for seed, rate in enumerate((0.3, 0.5, 0.8))]
    base, other = cells(CLOSED, 0.9, 9), cells(CLOSED, 0.4, 8)
    found = content({"base": [base], "many": runs, "other": [other]}, tasks=("moods", "answers"))
    assert [one.name for one in found.complete] == ["base", "many", "other"]
    assert set(found.variances) == {"moods", "answers", AVERAGE}
    for row, matrix in found.variances.items():
        points, resampled = direct([base, *runs, other])[row]
        means = [resampled[0], resampled[1:4].mean(axis=0), resampled[4]]
        apart = resampled[1:4] - means[1]
        noise = max(0.0, points[1:4].var(ddof=1) - 1.5 * apart.var(axis=1, ddof=1).mean())
        assert noise > 0
        for i in range(3):
            for j in range(3):
                added = (noise / 3 if 1 in (i, j) else 0) if i != j else 0
                expected = (means[i] - means[j]).var(ddof=1) + added
                assert matrix[i][j] == pytest.approx(expected, abs=1e-13)
        difference = found.complete[1].to_baseline[row]
        assert difference.high - difference.low > 2 * 1.96 * math.sqrt(matrix[1][0])


# ---- what is missing -----------------------------------------------------------------------------------------------


def test_an_incomplete_system_has_no_rank(content):
    """It has the scores of its cells and of tasks of which every language is there, and names the cells that are not."""
    part = (*CLOSED[:3], "answers/th", "pairs/en", "pairs/sw")
    found = content({"base": [cells(seed=1)], "part": [cells(part, seed=2)]})
    (system,) = found.incomplete
    assert [one.name for one in found.complete] == ["base"]
    assert (system.rank, system.rank_low, system.rank_high) == (None, None, None)
    assert tuple(system.missing) == ("answers/en", "answers/sw", "pairs/th")
    assert set(system.cells) == set(part)
    assert set(system.scores) == {"moods"}
    assert system.to_baseline == {}
    assert system.scores["moods"].value == pytest.approx(sum(system.cells[one].value for one in CLOSED[:3]) / 3)


def test_one_incomplete_seed_makes_the_system_incomplete(content):
    """What one of the runs lacks is missing, and cells are means over all runs or not there."""
    runs = [cells(CLOSED, seed=1), cells(CLOSED[1:], 0.9, seed=2)]
    found = content({"base": [cells(CLOSED, seed=3)], "many": runs}, tasks=("moods", "answers"))
    (system,) = found.incomplete
    assert tuple(system.missing) == ("moods/en",)
    assert "moods/en" not in system.cells
    both = [run[at].statistics["accuracy"].rows[:, 0].mean() for run, at in ((runs[0], 1), (runs[1], 0))]
    assert system.cells["moods/sw"].value == pytest.approx(sum(both) / 2)
    assert set(system.scores) == {"answers"}


def test_a_baseline_that_is_not_there_is_told(content):
    """Nothing is compared with it, and a note says so; the same for one that is incomplete."""
    absent = content({"one": [cells(seed=1)], "two": [cells(seed=2)]}, name="absent")
    partial = content({"base": [cells(("moods/sw",))], "two": [cells(seed=2)]}, name="partial")
    for found in (absent, partial):
        assert list(found.notes) == ["The baseline 'base' is not among the complete systems."]
        assert all(one.to_baseline == {} and not one.is_baseline for one in found.complete)
    assert partial.incomplete[0].is_baseline
    assert list(content({"one": [cells(seed=1)]}, name="none", baseline=None).notes) == []


def test_a_board_without_complete_systems_says_so_by_being_empty(content):
    """No runs at all, or incomplete ones only: no ranks, no variances, and what is there is shown."""
    assert (content({}, name="empty").complete, content({}, name="empty2").variances) == ([], {})
    found = content({"part": [cells(("moods/sw",))]}, name="part")
    assert (found.complete, found.variances) == ([], {})
    assert [one.name for one in found.incomplete] == ["part"]


def test_a_single_system_is_first(content):
    """Rank 1 to 1, variance 0."""
    found = content({"base": [cells()]})
    assert [(one.rank, one.rank_low, one.rank_high) for one in found.complete] == [(1, 1, 1)]
    assert found.variances[AVERAGE] == [[0]]


def test_every_cell_is_told_once(made, plugins):
    """`advance` hears of every cell of the board."""
    heard = []
    content_of(made({"base": [cells(seed=1)], "one": [cells(seed=2)]}), plugins, heard.append)
    assert sorted(heard) == sorted(ALL)


# ---- mining: rows of zeros are not stored --------------------------------------------------------------------------


def mined(seed, zeros, place="pairs/en"):
    """A mining cell: 200 gold pairs, 40 wrong ones that only this system found, and examples on which nothing is to find."""
    generator = np.random.default_rng(seed)
    gold = [f"g{number:03d}" for number in range(200)]
    empty = [f"z{number:03d}" for number in range(zeros)]
    wrong = [f"w{seed}-{number:02d}" for number in range(40)]
    right = (generator.random(200) < 0.7).astype(float)
    rows = [*np.stack([right, right, np.ones(200)], axis=1), *np.zeros((zeros, 3)), *np.tile([0.0, 1.0, 0.0], (40, 1))]
    clusters = [*gold, *empty, *(f"g{number:03d}" if number < 20 else f"w{seed}-{number}" for number in range(40))]
    return stored(place, ids=[*gold, *empty, *wrong], n=200 + zeros, clusters=clusters, rows={"mined": np.array(rows)})


def with_zeros(cells):
    """One array with the rows of all ids of both cells, zeros included: (clusters, rows)."""
    tables = [cell.statistics["mined"] for cell in cells]
    clusters = {id_: cluster for table in tables for id_, cluster in zip(table.ids, table.clusters, strict=True)}
    places = {id_: place for place, id_ in enumerate(sorted(clusters))}
    rows = np.zeros((len(cells), len(places), 3))
    for position, table in enumerate(tables):
        rows[position, [places[id_] for id_ in table.ids]] = table.rows
    return [clusters[id_] for id_ in places], rows


@pytest.mark.parametrize("zeros", [0, 1, 30, 900])
def test_mining_is_resampled_as_if_its_zeros_were_there(made, plugins, zeros):
    """Scores are equal and intervals those of a computation with every row of zeros, up to the noise of other draws."""
    chosen = [mined(1, zeros), mined(2, zeros)]
    asked = {"tasks": ("pairs",), "languages": ("en",), "resamples": 8000}
    board = made({"base": [[chosen[0]]], "one": [[chosen[1]]]}, **asked)
    clusters, rows, further = rows_of(board.entries(), "pairs/en")
    all_clusters, all_rows = with_zeros(chosen)
    assert further == zeros
    assert len(set(clusters)) + further == len(set(all_clusters)) == 240 + zeros
    assert (rows.sum(axis=1) == all_rows.sum(axis=1)).all()

    def f1(totals):
        return METRICS["mined"].score(totals)["f1"]

    whole = bootstrap.Cell(name="w", stratum="w", clusters=all_clusters, rows=all_rows, score=f1, shared=True)
    drawn = bootstrap.resample([whole], resamples=8000, seed=1, influences=False)["w"]
    found = content_of(board, plugins)
    systems = by_name(found)
    for place, name in enumerate(("base", "one")):
        shown = systems[name].cells["pairs/en"]
        assert shown.value == drawn.point[place]
        bounds = np.quantile(drawn.resampled[place], [0.025, 0.975])
        assert (shown.low, shown.high) == pytest.approx(tuple(bounds), abs=0.004)
    expected = (drawn.resampled[1] - drawn.resampled[0]).var(ddof=1)
    assert found.variances["pairs"][0][1] == pytest.approx(expected, rel=0.1)


def test_the_average_is_the_suites(made, plugins, tmp_path):
    """The made-up suite's rule, a mean of tasks, is what the board computes: a run's own average says so."""
    board = made({"base": [cells(seed=4)]})
    own = RunFolder(tmp_path / "trial" / "made" / "base-0").read_record().averages.average
    assert SUITE.aggregator.name == content_of(board, plugins).aggregator[0]
    assert by_name(content_of(board, plugins))["base"].scores[AVERAGE].value == pytest.approx(own, abs=1e-12)
