"""Overrides as typed: --set key=value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import xharness
from xharness_finetune.recipes.builtin import find_recipe

from .test_settings import KINDS, recipe, task

if TYPE_CHECKING:
    from pathlib import Path

XNLI = task("pair_classification", "xnli")
PAWSX = task("pair_classification", "pawsx")


def test_any_field_can_be_overridden() -> None:
    """A setting changes its own field and no other; the recipe it came from stays as it is."""
    direct = find_recipe("direct")
    changed = direct.with_settings(["target.xnli.epochs=0.5", "seeds=[1, 2]", "target.xnli.lora={rank = 4}"])
    run, settings = changed.target_for(XNLI)
    assert (settings.epochs, changed.seeds) == (0.5, (1, 2))
    assert run.lora is not None
    assert run.lora.rank == 4
    before, after = direct.data(), changed.data()
    before["seeds"] = [1, 2]
    before["target"]["xnli"] |= {"epochs": 0.5, "lora": {"rank": 4}}  # type: ignore[index]
    assert after == before
    assert direct == find_recipe("direct")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("float32", "float32"), ('"float32"', "float32"), ("'float32'", "float32"), (" float32 ", "float32")],
)
def test_text_goes_with_and_without_quotes(typed: str, expected: str) -> None:
    """A value that is no TOML is text, so that the shell's quotes are enough."""
    run, _ = recipe().with_settings([f"target.dtype={typed}"]).target_for(XNLI)
    assert run.dtype == expected


def test_names_with_dots_need_no_quotes_where_they_are_known() -> None:
    """The longest known name wins; quotes work too; a name that is not known is refused with near matches."""
    mine = recipe(intermediate={"tasks": ["squad-v1.1", "squad-v1"]})

    def epochs(typed: str) -> dict[str, float]:
        phase = mine.with_settings([typed]).intermediate
        assert phase is not None
        return {name: phase.task_for(task("span_qa", name)).epochs for name in phase.tasks}

    assert epochs("intermediate.squad-v1.1.epochs=5") == {"squad-v1.1": 5, "squad-v1": 2}
    assert epochs('intermediate."squad-v1.1".epochs=5') == {"squad-v1.1": 5, "squad-v1": 2}
    assert epochs("intermediate.squad-v1.epochs=5") == {"squad-v1.1": 2, "squad-v1": 5}
    with pytest.raises(xharness.UsageError, match=r"'squad-v1\.2'. Did you mean squad-v1\.1.*needs quotes"):
        epochs("intermediate.squad-v1.2.epochs=5")
    given = recipe(target={}).with_settings(["target.head.2.epochs=5"], names=["head.2"])
    assert list(given.target.tables()) == ["head.2"]


def test_a_setting_of_all_heads_holds_for_all_heads() -> None:
    """target.epochs=1 goes over every head's own table, but not over a setting of one head, whichever comes first."""
    direct = find_recipe("direct")
    for typed in (["target.epochs=1", "target.xnli.epochs=3"], ["target.xnli.epochs=3", "target.epochs=1"]):
        changed = direct.with_settings(typed)
        epochs = {head: changed.target_for(task(kind, head))[1].epochs for head, kind in KINDS.items()}
        assert epochs == {**dict.fromkeys(KINDS, 1), "xnli": 3}
    every = find_recipe("stilts-all+mlm").with_settings(["intermediate.mlm.batch_size=4", "intermediate.batch_size=2"])
    assert every.intermediate is not None
    assert every.intermediate.task_for(task("span_qa", "squad-v2.0")).batch_size == 2
    assert every.intermediate.mlm_settings().batch_size == 4


def test_the_later_of_two_settings_holds() -> None:
    """Of two settings for one field the last one typed holds."""
    changed = find_recipe("direct").with_settings(["target.epochs=1", "target.epochs=2", "seeds=[3]", "seeds=[4]"])
    assert (changed.target_for(PAWSX)[1].epochs, changed.seeds) == (2, (4,))


def test_none_takes_a_field_out() -> None:
    """A field set to none is as if the recipe did not name it."""
    changed = find_recipe("direct").with_settings(
        ["target.patience=none", "target.dev_every=none", "target.keep=none", "target.xnli.epochs=none"]
    )
    run, settings = changed.target_for(XNLI)
    assert (run.patience, run.dev_every, settings.epochs) == (None, None, 2)
    assert find_recipe("stilts-mnli").with_settings(["intermediate=none"]).intermediate is None


def test_paths_are_relative_to_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path as typed is found from where the command was given, and stays where it was after another setting."""
    monkeypatch.chdir(tmp_path)
    changed = recipe().with_settings(["target.xnli.file=data/a.tsv"])
    monkeypatch.chdir("/")
    assert changed.with_settings(["target.epochs=1"]).target_for(XNLI)[1].file == tmp_path / "data" / "a.tsv"
    assert changed.target_for(XNLI)[1].file == tmp_path / "data" / "a.tsv"


def test_a_task_of_ones_own_can_be_typed(tmp_path: Path) -> None:
    """Kind, file and fields of a labelled JSONL task can all be given with --set."""
    file = tmp_path / "a.jsonl"
    file.write_text('{"p": "a", "h": "b", "label": "x"}\n{"p": "a", "h": "b", "label": "y"}\n', encoding="utf-8")
    made = recipe().with_settings(
        [
            "tasks.mine.kind=pair_classification",
            f"tasks.mine.file={file}",
            'tasks.mine.fields={first = "p", second = "h"}',
            "tasks.mine.language=sw",
            'intermediate.tasks=["mine"]',
        ]
    )
    (own,) = made.custom_tasks().values()
    assert (own.name, own.kind, own.labels, own.languages) == ("mine", "pair_classification", ("x", "y"), ("sw",))
    assert made.intermediate is not None
    assert made.intermediate.task_for(own).languages == ("sw",)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("target.xnli.epoch=1", r"--set target\.xnli\.epoch: there is no such field. Did you mean epochs\?"),
        ("target.lerning_rate=1", r"--set target\.lerning_rate: there is no such field. Did you mean learning_rate"),
        ("traget.epochs=1", r"--set traget\.epochs: traget: there is no such field. Did you mean target\?"),
        ("target.xnli.epochs=many", r'--set target\.xnli\.epochs is "many"; expected a number\.'),
        ("target.xnli.epochs=0", "is 0; expected a number above 0"),
        ("target.xnli.batch_size=2.5", "is 2.5; expected a whole number"),
        ('target.xnli.batch_size="8"', 'is "8"; expected a whole number'),
        ("target.gradient_checkpointing=1", "is 1; expected true or false"),
        ("target.keep=worst", "expected 'last' or 'best'"),
        ("seeds=[]", r"--set seeds is \[\]; expected at least 1"),
        ("seeds=1", "--set seeds is 1; expected a list"),
        ("seeds=[1, 1]", "seeds are repeated"),
        ("seeds=[1, x]", r"--set seeds=\[1, x\]: the value is no TOML"),
        ("seeds", "--set seeds: expected KEY=VALUE"),
        ("seeds=", "--set seeds=: expected KEY=VALUE"),
        ("my task.epochs=1", "is no TOML key.*needs quotes"),
        ("a = 1\nb=1", "is no TOML key|there is no such field"),
        ("name.epochs=1", r"--set name\.epochs: name is no table"),
        ("intermediate.epochs=1", r"--set intermediate\.epochs: intermediate: there is nothing to train on"),
        ("intermediate.mnli.epochs=1", "intermediate: there is nothing to train on"),
        ("name=../up", "--set name is .*expected a text of the form"),
    ],
)
def test_errors_name_the_key_as_typed(typed: str, message: str) -> None:
    """What is wrong is told with the key as it was typed, what was expected, and what is near."""
    with pytest.raises(xharness.UsageError, match=message):
        recipe().with_settings([typed])


def test_tables_of_tasks_that_are_not_trained_are_refused() -> None:
    """A table for a task that the phase does not have is an error with near matches."""
    with pytest.raises(xharness.UsageError, match=r"--set intermediate\.mnil\.epochs: .*'mnil'. Did you mean mnli"):
        find_recipe("stilts-all").with_settings(["intermediate.mnil.epochs=1"])


def test_settings_of_the_intermediate_phase_are_for_the_candidates() -> None:
    """A recipe that chooses among others leaves settings of their intermediate phases to them, and takes the rest."""
    changed = find_recipe("stilts-best").with_settings(["intermediate.max_steps=3", "target.epochs=1"])
    assert changed.intermediate is None
    assert changed.target_for(XNLI)[1].epochs == 1
