"""Settings: their limits, and what a recipe says of each head and task."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import xharness
from pydantic import ValidationError
from xharness_finetune.recipes.reading import recipe_of
from xharness_finetune.recipes.settings import RunSettings, TaskSettings

if TYPE_CHECKING:
    from xharness_finetune.recipes.model import Recipe


def task(kind: str, name: str, *, head: str | None = None, languages: tuple[str, ...] = ("en",)) -> xharness.Task:
    """Returns a task without data."""
    return xharness.Task(
        name=name,
        version="1",
        kind=kind,
        languages=languages,
        metrics=("accuracy",),
        main=("accuracy",),
        head=head or name,
        load=lambda request: pytest.fail(f"loaded {request}"),
    )


def recipe(**tables: object) -> Recipe:
    """Returns a recipe with these tables."""
    return recipe_of({"name": "mine", **tables}, Path())


KINDS = {
    "xnli": "pair_classification",
    "pawsx": "pair_classification",
    "udpos": "tagging",
    "panx": "tagging",
    "squad": "span_qa",
    "tydiqa": "span_qa",
}


def test_defaults_are_jiants() -> None:
    """Without tables, every XTREME head has spec/training.md §3's batch, epochs, length, learning rate and warm-up."""
    found = {head: recipe().target_for(task(kind, head)) for head, kind in KINDS.items()}
    assert {head: (one.batch_size, one.epochs, one.length) for head, (_, one) in found.items()} == {
        "xnli": (32, 2, 256),
        "pawsx": (32, 5, 256),
        "udpos": (32, 10, 256),
        "panx": (32, 10, 256),
        "squad": (16, 2, 384),
        "tydiqa": (16, 2, 384),
    }
    assert {(run.learning_rate, run.warmup, run.clip) for run, _ in found.values()} == {(1e-5, 0.1, 1.0)}


def test_layers_of_a_head() -> None:
    """A head's own table goes over [target], and that over the defaults; what neither names stays."""
    mine = recipe(target={"epochs": 7, "learning_rate": 3e-5, "xnli": {"epochs": 1, "clip": 2}})
    run, settings = mine.target_for(task("pair_classification", "xnli"))
    assert (settings.epochs, settings.batch_size, run.learning_rate, run.clip) == (1, 32, 3e-5, 2)
    run, settings = mine.target_for(task("pair_classification", "pawsx"))
    assert (settings.epochs, run.clip) == (7, 1)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("tagging", (32, 10, 256)),
        ("span_qa", (16, 2, 384)),
        ("classification", (32, 5, 256)),
        ("multiple_choice", (32, 2, 256)),
    ],
)
def test_unknown_heads_take_the_settings_of_their_kind(kind: str, expected: tuple[int, float, int]) -> None:
    """A head that no table names is trained like one of the same kind."""
    _, settings = recipe().target_for(task(kind, "mine"))
    assert (settings.batch_size, settings.epochs, settings.length) == expected


def test_a_like_head_lends_its_settings_but_not_its_data() -> None:
    """What a recipe says of UDPOS holds for an unknown tagging head, but for what says which data are read."""
    tables = {"epochs": 3, "learning_rate": 2e-5, "file": "pos.tsv", "max_examples": 9, "languages": ["de"]}
    mine = recipe(target={"max_examples": 100, "udpos": tables})
    run, settings = mine.target_for(task("tagging", "chunks"))
    assert (settings.epochs, run.learning_rate) == (3, 2e-5)
    assert (settings.file, settings.max_examples, settings.languages) == (None, 100, ("en",))
    _, settings = mine.target_for(task("tagging", "panx"))  # jiant's table names this one
    assert settings.epochs == 10


def test_kinds_without_a_head_are_refused() -> None:
    """A task whose kind has no head to train is an error that lists the kinds that have one."""
    with pytest.raises(xharness.UsageError, match=r"no head can be trained for tasks of kind 'summaries'.*tagging"):
        recipe().target_for(task("summaries", "mine"))


def test_layers_of_an_intermediate_task() -> None:
    """A task's own table goes over the phase's settings, and these over its kind's."""
    phase = recipe(
        intermediate={
            "tasks": ["mnli", "squad-v1.1", "ccg"],
            "learning_rate": 5e-6,
            "batch_size": 8,
            "mnli": {"epochs": 1},
            "mlm": {"length": 64, "languages": ["de"]},
        }
    ).intermediate
    assert phase is not None
    found = {
        name: phase.task_for(task(kind, name)) for name, kind in [("mnli", "pair_classification"), ("ccg", "tagging")]
    }
    assert {name: (one.batch_size, one.epochs, one.length) for name, one in found.items()} == {
        "mnli": (8, 1, 256),
        "ccg": (8, 2, 256),
    }
    assert phase.task_for(task("span_qa", "squad-v1.1")).length == 384
    assert (phase.mlm_settings().batch_size, phase.mlm_settings().length) == (8, 64)
    assert phase.run().learning_rate == 5e-6


def test_the_source_language_is_english_where_there_is_any() -> None:
    """A task is trained on its English data, or on its first language where it has no English, unless a recipe says."""
    phase = recipe(intermediate={"tasks": ["a", "b"], "b": {"languages": ["fi", "sw"]}}).intermediate
    assert phase is not None
    assert phase.task_for(task("tagging", "a", languages=("de", "en"))).languages == ("en",)
    assert phase.task_for(task("tagging", "a", languages=("sw",))).languages == ("sw",)
    assert phase.task_for(task("tagging", "b", languages=("sw", "fi"))).languages == ("fi", "sw")


def test_batches_and_steps() -> None:
    """Batches are rows over batch size times epochs, rounded up, at least one."""
    settings = TaskSettings(batch_size=32, epochs=2)
    assert [settings.batches(rows) for rows in (64, 65, 1)] == [4, 6, 2]
    assert TaskSettings(batch_size=32, epochs=0.1).batches(64) == 1


def test_steps_of_an_intermediate_phase() -> None:
    """Steps are Σ epochs × ceil(min(n, cap) / batch), with MLM's share on top, over `accumulate`, at most `max_steps`."""
    settings = {"a": TaskSettings(batch_size=10, epochs=2), "b": TaskSettings(batch_size=5, epochs=1)}
    rows = {"a": 1000, "b": 33}

    def steps(**fields: object) -> int:
        phase = recipe(intermediate={"tasks": ["a", "b"], "cap": 100, **fields}).intermediate
        assert phase is not None
        return phase.steps(rows, settings)

    assert steps() == 2 * 10 + 7
    assert steps(sampler="proportional") == 2 * 100 + 7
    assert steps(accumulate=4) == 7
    assert steps(max_steps=5) == 5
    assert steps(mlm={"share": 0.25}) == 36  # 27 of 36 are the tasks'
    single = recipe(intermediate={"tasks": ["a"], "cap": 100}).intermediate
    assert single is not None
    assert single.steps({"a": 1000}, settings) == 200  # nothing beside it that the cap would protect


def test_the_shares_of_an_intermediate_phase() -> None:
    """The recipe's sampler decides the tasks' shares; what it was is recorded without what it does not use."""
    phase = recipe(intermediate={"tasks": ["a", "b"], "cap": 100}).intermediate
    assert phase is not None
    assert phase.probabilities({"a": 1000, "b": 25}) == pytest.approx({"a": 0.8, "b": 0.2})
    assert phase.mixing_record() == {"sampler": "capped", "cap": 100}
    weighted = {"tasks": ["a", "b"], "sampler": "weights", "weights": {"a": 3, "b": 1}}
    phase = recipe(intermediate=weighted).intermediate
    assert phase is not None
    assert phase.probabilities({"a": 1000, "b": 25}) == pytest.approx({"a": 0.75, "b": 0.25})
    assert phase.mixing_record() == {"sampler": "weights", "weights": {"a": 3, "b": 1}}
    phase = recipe(intermediate={"tasks": ["a"], "cap": 100}).intermediate
    assert phase is not None
    assert phase.mixing_record() == {}
    phase = recipe(intermediate={"tasks": ["a", "b"], "cap": 100, "mlm": {"share": 0.4}}).intermediate
    assert phase is not None
    assert phase.probabilities({"a": 1000, "b": 25}) == pytest.approx({"a": 0.48, "b": 0.12, "mlm": 0.4})


def test_rows_fit_the_encoder() -> None:
    """Rows are no longer than the encoder takes, and a question leaves room for its context."""
    settings = TaskSettings(length=384)
    assert settings.within(510) is settings
    assert settings.within(None) is settings
    short = settings.within(60)
    assert (short.length, short.question_length) == (60, 20)


@pytest.mark.parametrize(
    "field",
    [{"learning_rate": 0}, {"learning_rate": float("inf")}, {"warmup": 1.1}, {"accumulate": 0}, {"keep": "worst"}],
)
def test_values_out_of_range_are_refused(field: dict[str, object]) -> None:
    """A value that no training can have is refused at once."""
    with pytest.raises(ValidationError):
        RunSettings.model_validate(field)


def test_choosing_by_scores_that_are_never_made_is_refused() -> None:
    """The best weights, or patience, without development scores during the training are an error in either phase."""
    xnli = task("pair_classification", "xnli")
    for table, message in [({"keep": "best"}, 'keep = "best" needs'), ({"patience": 3}, "patience = 3 needs")]:
        with pytest.raises(xharness.UsageError, match=rf"\[target\.xnli\]: {message}.*dev_every"):
            recipe(target=table).target_for(xnli)
        phase = recipe(intermediate={"tasks": ["mnli"], **table}).intermediate
        assert phase is not None
        with pytest.raises(xharness.UsageError, match=rf"\[intermediate\]: {message}"):
            phase.run()
    run, _ = recipe(target={"keep": "best", "patience": 3, "dev_every": 5}).target_for(xnli)
    assert (run.keep, run.patience) == ("best", 3)
