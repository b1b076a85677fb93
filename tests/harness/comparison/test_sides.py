"""A side knows its runs' seeds and what is independent among them, from whatever the training's record says."""

from __future__ import annotations

import pytest
import xharness
from made_up_runs import record
from xharness.comparison.sides import apart, side


def made(seed=None, phase="target", parent=None, **more):
    """The provenance of one part; `parent` is (identity, provenance or None)."""
    found = {"made_from": {"phase": phase, "seed": seed}, **more}
    if parent is not None:
        found["parent"] = {"name": "parent", "identity": parent[0], "provenance": parent[1]}
    return found


def run(name, *heads, **changes):
    """A run of a checkpoint set with these provenances."""
    known = {f"head{place}": {"provenance": head} for place, head in enumerate(heads)}
    return record(name, model={"form": "set", "heads": known}, **changes)


ENCODER = ("public", None)


def intermediate(identity, seed, parent=ENCODER):
    """What a head's parent is after an intermediate run."""
    return identity, made(seed, "intermediate", parent)


def test_runs_of_the_direct_baseline_are_independent():
    """Without an intermediate run every run is a unit of its own, with the seed of its heads."""
    copied = made(None, "copy", ENCODER)
    found = side([run(f"direct-seed{seed}", made(seed, parent=ENCODER), copied) for seed in (1, 2, 3)])
    assert [one.seed for one in found.runs] == [1, 2, 3]
    assert [one.unit for one in found.runs] == [f"model of direct-seed{seed}" for seed in (1, 2, 3)]
    assert (found.name, found.units) == ("direct", 3)


def test_target_seeds_under_one_intermediate_run_are_nested():
    """Runs whose heads were made under the same intermediate run are one unit; the seed is the heads' own."""
    runs = [
        run(f"mnli-{under}-{seed}", made(seed, parent=intermediate(f"under {under}", 7)), made(None, "copy", ENCODER))
        for under in "xy"
        for seed in (1, 2)
    ]
    found = side(runs)
    assert [one.unit for one in found.runs] == ["under x", "under x", "under y", "under y"]
    assert [one.seed for one in found.runs] == [1, 2, 1, 2]
    assert (found.name, found.units) == ("mnli", 2)


def test_units_look_past_copies_to_the_nearest_intermediate_run():
    """An intermediate run counts at any depth, the nearest one first; heads under several make one joined unit."""
    deep = made(3, parent=("copied", made(None, "copy", intermediate("first", 1))))
    chain = made(3, parent=intermediate("second", 2, intermediate("first", 1)))
    found = side([run("deep", deep), run("chain", chain), run("both", chain, deep, made(3, parent=ENCODER))])
    assert [one.unit for one in found.runs] == ["first", "second", "first+second"]
    assert found.units == 3


def test_single_checkpoints_and_copied_encoders_have_seeds_too():
    """A checkpoint's own provenance counts; a set that only holds a copied encoder has the seed of what was copied."""
    single = record("single", model={"provenance": made(5, parent=intermediate("under", 9))})
    copied = run("copied", made(None, "copy", intermediate("under", 9)))
    mixed = run("mixed", made(1, parent=ENCODER), made(2, parent=ENCODER))
    found = side([single, copied, mixed])
    assert [(one.seed, one.unit) for one in found.runs] == [(5, "under"), (9, "under"), (None, "model of mixed")]


@pytest.mark.parametrize(
    "model",
    [
        {},
        {"provenance": "lost"},
        {"provenance": {"made_from": [], "parent": 3}},
        {"provenance": {"made_from": {"seed": True}, "parent": {"provenance": []}}},
        {"provenance": {"made_from": {"seed": "1"}, "parent": {"identity": 7, "provenance": {"made_from": None}}}},
        {"provenance": made(parent=(None, made(1.5, "intermediate")))},
        {"heads": ["a"]},
        {"heads": {"xnli": None, "panx": {"provenance": None}, "": {"provenance": {"parent": {}}}}},
    ],
)
def test_strange_records_are_passed_over(model):
    """Whatever others wrote into a model's record, the run is a unit of its own without a seed."""
    (found,) = side([record("odd", model=model)]).runs
    assert (found.seed, found.unit) == (None, "model of odd")


def test_endless_chains_end():
    """A record that is its own parent is no trap."""
    loop = made(1)
    loop["parent"] = {"identity": "loop", "provenance": loop}
    given = record("odd")
    given.model.record["provenance"] = loop
    assert side([given]).runs[0].seed == 1


def test_marks_come_with_their_heads():
    """What the training recorded that a reader must know stays with the run and is told once for the side."""
    runs = [
        run(f"m-seed{seed}", made(seed, marks=["same data twice"]), made(seed, marks=["same data twice"]))
        for seed in (1, 2)
    ]
    found = side(runs)
    assert found.runs[0].marks == {"head0": ("same data twice",), "head1": ("same data twice",)}
    assert found.marks == {"same data twice": ("head0", "head1")}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["model-direct-small-seed1"], "model-direct-small-seed1"),
        (["model-direct-small-seed1", "model-direct-small-seed2"], "model-direct-small"),
        (["mnli-seed1", "mnli-seed12"], "mnli"),
        (["mnli_seed_1", "mnli_seed_2"], "mnli"),
        (["xlm-r-1", "xlm-r-2"], "xlm-r"),
        (["direct", "direct-2"], "direct"),
        (["same", "same"], "same"),
        (["mnli", "mnli-small", "mnli-large"], "mnli"),
        (["alpha", "beta", "gamma"], "alpha and 2 more"),
        (["seed1", "seed2"], "seed1 and 1 more"),
        (["1", "2"], "1 and 1 more"),
        ([""], "identity"),
        (["", ""], "identity"),
    ],
)
def test_names_are_what_runs_have_in_common(names, expected):
    """A side is called what its runs' names share, without the seed at the end, and never nothing."""
    runs = [record(name, model=None, identity=f"identity {place}") for place, name in enumerate(names)]
    runs = [
        one.model_copy(update={"model": one.model.model_copy(update={"identity": str(place)})})
        for place, one in enumerate(runs)
    ]
    assert side(runs).name == expected


def test_equal_names_are_told_apart():
    """Two sides never bear one name: their identities, or the words that it is the same, make the difference."""
    one, other = side([record("m", identity="1" * 64)]), side([record("m", identity="2" * 64)])
    assert [found.name for found in apart(one, other)] == ["m (11111111)", "m (22222222)"]
    assert [found.name for found in apart(one, one)] == ["m", "m (itself)"]
    near = side([record("m", identity="1" * 63 + "2")])
    assert [found.name for found in apart(one, near)] == ["m (a)", "m (b)"]
    assert apart(one, side([record("n")]))[0] is one


def test_a_model_is_not_its_own_seed():
    """A run given twice, and two runs of one model with the same settings, are refused by name; other settings may differ."""
    with pytest.raises(xharness.UsageError, match=r"The run m \(identity\) is given twice.*its own seed twice"):
        side([record("m"), record("m")])
    model = record("m").model
    again = record("again", settings={"dtype": "float32", "device": "cuda:0"}, identity="another").model_copy(
        update={"model": model}
    )
    first = record("m", settings={"dtype": "float32", "device": "cpu"})
    with pytest.raises(
        xharness.UsageError, match=r"The runs m \(identity\) and again \(another\).*a model is not its own seed"
    ):
        side([first, again])
    found = side([first, again.model_copy(update={"settings": {"dtype": "bfloat16"}})])
    assert found.units == 1, "one model with two settings is one unit"
    with pytest.raises(xharness.UsageError, match="name at least one on each side"):
        side([])
