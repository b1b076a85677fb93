"""Runs are paired by example id, and whatever would make a pair unequal is refused by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xharness
from made_up_runs import PLUGINS, stored, write_run
from xharness.comparison.pairing import pair
from xharness.runs import CellStatus, RunStatus
from xharness.store import RunFolder

MOODS = ("moods/en", "moods/sw", "moods/th")


def paired(a, b, tasks=None, languages=None):
    """The pairing of one run or several on each side."""
    sides = [one if isinstance(one, list) else [one] for one in (a, b)]
    return pair(PLUGINS, *sides, tasks, languages)


def refused(a, b, match, kind=xharness.RunError):
    """Asserts that the two runs are refused with these words, whichever of them is the baseline."""
    for one, other in ((a, b), (b, a)):
        with pytest.raises(kind, match=match) as caught:
            paired(one, other)
        assert str(a) in str(caught.value)
        assert str(b) in str(caught.value)


def two(folder, cells_a, cells_b, **changes):
    """Two runs on disk; changes are those of the first one's record."""
    return write_run(folder, cells_a, "one", **changes), write_run(folder, cells_b, "two")


# ---- what is paired ------------------------------------------------------------------------------------------------


def test_rows_are_paired_by_id_whatever_their_order(tmp_path):
    """Every order of rows in a run gives the same rows, sorted by id, the runs of a before those of b."""
    straight = [stored("moods/en", seed=seed) for seed in (1, 2, 3)]
    shuffled = np.random.default_rng(0).permutation(400)
    table = straight[0].statistics["accuracy"]
    mixed = stored(
        "moods/en",
        ids=[table.ids[place] for place in shuffled],
        rows={"accuracy": table.rows[shuffled]},
    )
    runs = [write_run(tmp_path, [cell], f"m-seed{number}") for number, cell in enumerate(straight)]
    other = write_run(tmp_path, [mixed], "mixed")
    expected = np.stack([cell.statistics["accuracy"].rows for cell in straight])
    for a, b in (([runs[0], runs[1]], runs[2]), ([other, runs[1]], runs[2])):
        (cell,) = paired(a, b).cells
        np.testing.assert_array_equal(cell.rows, expected)
        assert list(cell.clusters) == table.clusters
        assert (cell.place, cell.n, cell.asked) == ("moods/en", 400, True)
    np.testing.assert_array_equal(paired(runs[2], [other, runs[1]]).cells[0].rows, expected[[2, 0, 1]])
    scores = cell.score(cell.rows.sum(axis=1))
    assert scores.tolist() == [one.record.scores[0].value for one in straight]


def test_ids_that_only_one_system_has_are_nothing_found_for_the_other(tmp_path):
    """In mining, rows for ids of a system's own are zeros on the other side, and both scores stay what they were."""
    examples = ["1", "2", "3"]
    a = stored("pairs/en", seed=1, ids=[*examples, "x", "z"], n=3)
    b = stored("pairs/en", seed=2, ids=["3", "1", "2", "y"], n=3)
    (cell,) = paired(*two(tmp_path, [a], [b])).cells
    assert cell.rows.shape == (2, 6, 3)
    assert cell.n == 3
    assert list(cell.clusters) == ["c0", "c1", "c1", "x", "y", "z"]
    assert not cell.rows[0, 4].any()
    assert not cell.rows[1, [3, 5]].any()
    np.testing.assert_array_equal(cell.rows[0, 3], a.statistics["mined"].rows[3])
    assert cell.score(cell.rows.sum(axis=1)).tolist() == [one.record.scores[0].value for one in (a, b)]


def test_cells_of_one_side_are_listed_in_the_suites_order(tmp_path):
    """Only cells scored in every run of both sides are compared; the others are listed by side, within what is asked for."""
    a = write_run(tmp_path, [stored(place) for place in ("answers/sw", "moods/th", "moods/en", "answers/en")], "a")
    more = write_run(tmp_path, [stored(place) for place in ("answers/sw", "moods/th", "moods/en")], "more")
    b = write_run(tmp_path, [stored(place) for place in ("pairs/en", "answers/sw", "moods/sw", "moods/en")], "b")
    found = paired([a, more], b)
    assert [cell.place for cell in found.cells] == ["moods/en", "answers/sw"]
    assert (found.only_a, found.only_b) == (("moods/th",), ("moods/sw", "pairs/en"))
    assert any("only some of the runs" in note and note.endswith("have it: answers/en.") for note in found.notes)
    part = paired([a, more], b, tasks=("moods",), languages=("en", "sw"))
    assert [cell.place for cell in part.cells] == ["moods/en"]
    assert (part.only_a, part.only_b) == ((), ("moods/sw",))
    assert list(part.tasks) == ["moods", "answers", "pairs"]


def test_a_parallel_task_comes_with_all_of_its_languages(tmp_path):
    """Languages of a parallel task that are not asked for are there to be resampled with the others, but not to be reported."""
    cells = [stored(place) for place in (*MOODS, "answers/en", "answers/sw")]
    found = paired(*two(tmp_path, cells, cells), languages=("sw",))
    assert [(cell.place, cell.asked) for cell in found.cells] == [
        ("moods/en", False),
        ("moods/sw", True),
        ("moods/th", False),
        ("answers/sw", True),
    ]


def test_languages_that_are_not_asked_for_never_refuse(tmp_path):
    """A language that does not fit can be left out, also of a parallel task."""
    a, b = two(tmp_path, [stored(place) for place in MOODS], [stored("moods/en"), stored("moods/th", gold="other")])
    with pytest.raises(xharness.RunError, match="gold fingerprint"):
        paired(a, b)
    assert [cell.place for cell in paired(a, b, languages=("en",)).cells] == ["moods/en"]


def test_a_run_may_be_compared_with_itself(tmp_path):
    """The same folder on both sides gives equal rows, and sides with two names."""
    run = write_run(tmp_path, [stored("answers/en")], "m")
    found = paired(run, run)
    assert (found.a.name, found.b.name) == ("m", "m (itself)")
    np.testing.assert_array_equal(found.cells[0].rows[0], found.cells[0].rows[1])
    assert paired(run / "run.json", tmp_path).cells[0].n == 400


# ---- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"suite": "trail"}, "the suite 'trail' .*'trial'|no suite called 'trail'.*trial"),
        ({"suite_version": "2"}, "suite version '2' and .* '1'|suite version '1' and .* '2'"),
        ({"variant": "paper"}, "variant '(paper|fixed)' and .* '(fixed|paper)'"),
    ],
)
def test_other_suites_versions_and_variants_are_refused(tmp_path, changes, words):
    """Runs of another suite, suite version or variant are refused with both values."""
    a, b = two(tmp_path, [stored("moods/en")], [stored("moods/en")], **changes)
    with pytest.raises(xharness.RunError, match=words) as caught:
        paired(a, b)
    assert str(a) in str(caught.value)
    assert str(b) in str(caught.value)
    with pytest.raises(xharness.HarnessError, match=words):
        paired(b, a)


def test_runs_of_a_suite_that_is_not_installed_any_more_are_refused(tmp_path):
    """Where both runs are of another version of the suite than is installed, that is said."""
    a, b = (write_run(tmp_path, [stored("moods/en")], name, suite_version="0") for name in "ab")
    with pytest.raises(xharness.RunError, match="is of version '0' of the suite 'trial', and version '1' is installed"):
        paired(a, b)


def test_reported_numbers_are_never_tested(tmp_path):
    """A result copied from a paper is refused on either side, since there is nothing to pair."""
    a, b = two(tmp_path, [stored("moods/en")], [stored("moods/en")], kind="reported")
    for one, other in ((a, b), (b, a)):
        with pytest.raises(xharness.RunError, match=r"one is a reported result.*nothing to pair"):
            paired(one, other)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"split": "dev"}, r"moods/en: the split differs: (dev|test) in .*, (dev|test) in "),
        ({"task_version": "1-hub"}, r"the task version differs: (1|1-hub) in .*, (1|1-hub) in "),
        ({"versions": {"accuracy": "2"}}, r"the version of the metric 'accuracy' differs: [12] in .*, [12] in "),
        (
            {"signature": {"variant": "fixed", "limit": 9}},
            r"the limit on examples differs: (9|none) in .*, (9|none) in ",
        ),
        ({"gold": "h" * 64}, r"the gold fingerprint differs: (hhhhhhhhhhhh|gggggggggggg) in "),
        ({"inputs": "j" * 64}, r"the inputs fingerprint differs: (jjjjjjjjjjjj|iiiiiiiiiiii) in "),
    ],
)
def test_cells_made_otherwise_are_refused(tmp_path, changes, words):
    """Another split, task version, metric version, limit, gold or input names the difference, both values and both runs."""
    a, b = two(tmp_path, [stored("moods/en", **changes)], [stored("moods/en")])
    refused(a, b, words)


def test_inputs_that_were_not_recorded_do_not_refuse(tmp_path):
    """A run of `xharness score` knows no inputs: its gold and ids are enough."""
    scored = stored("moods/en", inputs="", signature={"variant": "fixed", "predictions": "trial"})
    found = paired(*two(tmp_path, [scored], [stored("moods/en")]))
    assert [note for note in found.notes if "scored from predictions on the other" in note and "moods/en" in note]


def test_only_tasks_that_both_have_are_held_against_each_other(tmp_path):
    """Another split of a task that only one side has is no difference."""
    cells = [stored("moods/en"), stored("answers/en", split="dev")]
    assert [cell.place for cell in paired(*two(tmp_path, cells, [stored("moods/en")])).cells] == ["moods/en"]


def test_partial_overlap_of_ids_is_told_in_numbers(tmp_path):
    """Unequal ids are refused with the counts, what is common, and the first ids of each side's own, even if gold differs."""
    a = stored("moods/en", ids=[f"{number:03d}" for number in range(300)], gold="other")
    b = stored("moods/en", ids=[f"{number:03d}" for number in range(295, 400)])
    run_a, run_b = two(tmp_path, [a], [b])
    with pytest.raises(xharness.RunError) as caught:
        paired(run_a, run_b)
    assert (
        f"moods/en: the runs have other examples: {run_a} has 300 examples (295 of its own, first: '000', '001', '002'), "
        f"{run_b} has 105 examples (100 of its own, first: '300', '301', '302'); 5 are common."
    ) in str(caught.value)


def test_subsets_and_other_examples_of_mining_are_refused(tmp_path):
    """Examples must be equal also where rows for other ids may follow, and where one side has all of the other's."""
    a = stored("pairs/en", ids=["1", "2", "3", "4"], n=3)
    refused(*two(tmp_path / "mining", [a], [stored("pairs/en", ids=["1", "2", "4", "3"], n=3)]), "2 are common")
    refused(
        *two(tmp_path / "more", [a], [stored("pairs/en", ids=["1", "2", "3", "4"], n=4)]),
        r"has 4 examples \(1 of its own",
    )
    many = stored("moods/en", ids=["1", "2", "3"])
    refused(*two(tmp_path / "subset", [many], [stored("moods/en", ids=["1", "2"])]), r"has 2 examples[,;]")


def test_other_clusters_of_an_example_are_refused(tmp_path):
    """The same id in another cluster is refused with its id, both clusters and how many there are."""
    clusters = [f"c{number // 2}" for number in range(400)]
    a = stored("moods/en", clusters=["elsewhere", "elsewhere", *clusters[2:]])
    refused(
        *two(tmp_path, [a], [stored("moods/en")]), r"2 of 400 examples belong to other clusters \(first: '000' is in"
    )
    a = stored("pairs/en", ids=["1", "2", "3"], clusters=["p", "q", "r"])
    b = stored("pairs/en", ids=["1", "2", "3", "x"], n=3, clusters=["p", "q", "s", "x"])
    refused(
        *two(tmp_path / "mining", [a], [b]), r"1 of 3 examples belong to other clusters \(first: '3' is in '[rs]' in"
    )


def test_an_id_that_occurs_twice_is_refused(tmp_path):
    """Rows that share an id cannot be paired."""
    a = stored("moods/en", ids=["1", "2", "2"])
    with pytest.raises(xharness.RunError, match=r"moods/en: .*one has the id '2' more than once"):
        paired(*two(tmp_path, [a], [stored("moods/en", ids=["1", "2", "3"])]))


def test_one_cluster_cannot_be_resampled(tmp_path):
    """A cell with fewer than two clusters is refused by name."""
    cell = stored("moods/en", ids=["1", "2"], clusters=["p", "p"])
    with pytest.raises(xharness.RunError, match=r"moods/en: its 2 examples are one cluster, and fewer than two"):
        paired(*two(tmp_path, [cell], [cell]))


def test_a_damaged_cell_is_refused_by_its_file(tmp_path):
    """A cell file that does not read names itself and the remedy."""
    a, b = two(tmp_path, [stored("moods/en")], [stored("moods/en")])
    path = RunFolder(a).cell_path("moods", "en")
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(bytes(content))
    for one, other in ((a, b), (b, a)):
        with pytest.raises(
            xharness.RunError, match=r"moods/en: .*one/cells/moods/en\.parquet is damaged.*Delete that file"
        ):
            paired(one, other)


def test_refusals_are_told_together_and_each_once(tmp_path):
    """All differences stand in one message; one that holds for many languages is told once, with the languages."""
    a = [*(stored(place, gold="other") for place in MOODS), stored("answers/en", split="dev"), stored("pairs/en")]
    b = [*(stored(place) for place in MOODS), stored("answers/en"), stored("pairs/en")]
    with pytest.raises(xharness.RunError) as caught:
        paired(*two(tmp_path, a, b))
    message = str(caught.value)
    assert message.startswith("2 differences between the runs; nothing was compared.")
    assert message.count("gold fingerprint") == 1
    assert "The same holds for moods/sw, th." in message
    assert "answers/en: the split differs: dev in" in message
    assert message.endswith("leave it out with --tasks and --languages.")


def test_every_seed_is_held_against_the_baseline(tmp_path):
    """A run that does not fit is found wherever it stands among several."""
    good = [write_run(tmp_path, [stored("moods/en", seed=seed)], f"m-seed{seed}") for seed in (1, 2, 3)]
    bad = write_run(tmp_path, [stored("moods/en", gold="other")], "bad")
    for a, b in (([good[0], bad], good[1:]), (good[:2], [good[2], bad]), (good[:2], [bad, good[2]])):
        with pytest.raises(
            xharness.RunError, match=rf"gold fingerprint differs.*{bad}|{bad}.*gold fingerprint differs"
        ):
            paired(a, b)


def test_no_common_cell_says_what_each_side_has(tmp_path):
    """Without a common cell the error lists the cells of each side, and those kept out for their data."""
    a = [stored("moods/en"), stored("moods/sw"), stored("answers/en", in_average=False)]
    with pytest.raises(
        xharness.UsageError,
        match=r"one has moods \(en, sw\); two has answers \(en\), pairs \(th\)\. .*data than.*answers/en",
    ) as caught:
        paired(*two(tmp_path, a, [stored("pairs/th"), stored("answers/en")]))
    assert "nothing to compare" in str(caught.value)
    blank = replace(
        stored("moods/en"), record=stored("moods/en").record.model_copy(update={"status": CellStatus.NO_GOLD})
    )
    with pytest.raises(xharness.UsageError, match="empty has none of the cells asked for"):
        paired(write_run(tmp_path, [blank], "empty"), tmp_path / "one")


def test_unknown_names_list_near_matches(tmp_path):
    """A task or language that does not exist is answered with those that do; a path without a run with what a run is."""
    run = write_run(tmp_path, [stored("moods/en")])
    for names, words in (
        ({"tasks": ("mood",)}, "no task of the suite 'trial' called 'mood'. Did you mean moods"),
        ({"languages": ("ew",)}, "no language of the suite 'trial' called 'ew'"),
    ):
        with pytest.raises(xharness.UsageError, match=words):
            paired(run, run, **names)
    with pytest.raises(xharness.UsageError, match="There is no run at"):
        paired(run, tmp_path / "nowhere")
    with pytest.raises(xharness.UsageError, match="given twice on one side"):
        paired([run, run], run)


# ---- what is told --------------------------------------------------------------------------------------------------


def test_notes_tell_splits_limits_counts_and_unfinished_runs(tmp_path):
    """Whatever makes the cells less than the benchmark's is told, and which runs are not finished."""
    cells = [
        stored("moods/en", split="dev"),
        stored("moods/sw", signature={"limit": 400}, official=False),
        stored("answers/en", official=False, notes=("A remark.",)),
    ]
    found = paired(*two(tmp_path, cells, cells, status=RunStatus.INTERRUPTED))
    assert list(found.notes) == [
        f"{tmp_path / 'one'} is not finished (interrupted): cells may be missing.",
        "Not on the test split: moods=dev; differences on these tasks are not test results.",
        "At most 400 examples of each cell were used: for trying things out, not for reporting.",
        "Other example counts than the benchmark's: answers/en.",
    ]


def test_notes_tell_how_the_sides_were_made_otherwise(tmp_path):
    """One note for every key of the signatures that differs, with both values and where; batch sizes do not count."""
    a = [
        stored(place, signature={"variant": "fixed", "dtype": "bfloat16", "batch_tokens": 1, "max_length": 8})
        for place in (*MOODS, "answers/en")
    ]
    b = [
        stored(place, signature={"variant": "fixed", "dtype": "float32", "batch_tokens": 2})
        for place in (*MOODS, "answers/en")
    ]
    assert list(paired(*two(tmp_path, a, b)).notes) == [
        "Made with other dtype: bfloat16 / float32 (moods, 3 cells; answers, 1 cell).",
        "Made with other max_length: 8 / none (moods, 3 cells; answers, 1 cell).",
    ]


def test_notes_tell_tiny_sets_by_task(tmp_path):
    """Sets below 300 examples are told once for a task, the smallest first, and on the cell itself."""
    ids = [f"{number:03d}" for number in range(299)]
    cells = [
        stored("moods/en"),
        stored("moods/sw", ids=ids),
        stored("moods/th", ids=ids[:100]),
        stored("answers/en", ids=ids[:205]),
        stored("answers/sw", ids=[*ids, "999"]),
    ]
    found = paired(*two(tmp_path, cells, cells))
    assert list(found.notes) == [
        "moods: tiny: th has 100 examples, sw 299; their intervals are wide.",
        "answers: tiny: en has 205 examples, its interval is wide.",
    ]


def test_a_run_on_both_sides_among_others_is_told(tmp_path):
    """Sides that share some of their runs are not independent, which is said; the same runs on both sides are a self-test."""
    runs = [write_run(tmp_path, [stored("moods/en", seed=seed)], f"m-seed{seed}") for seed in (1, 2, 3)]
    assert any(str(runs[1]) in note and "not independent" in note for note in paired(runs[:2], runs[1:]).notes)
    assert paired(runs, runs).notes == ()
