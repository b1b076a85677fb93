"""The recipes that have names."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import xharness
from xharness_finetune.recipes.builtin import INTERMEDIATE, builtin_data, builtin_recipes, candidates, find_recipe
from xharness_finetune.recipes.reading import read_recipe

if TYPE_CHECKING:
    from pathlib import Path

    from xharness_finetune.recipes.model import Recipe

from .test_settings import KINDS, task

NINE = ("anli-plus", "mnli", "qqp", "squad-v1.1", "squad-v2.0", "hellaswag", "ccg", "cosmosqa", "commonsenseqa")


def test_there_is_a_recipe_for_each_system() -> None:
    """Direct fine-tuning twice, each of nine intermediate tasks, all of them, each with MLM, and the best of the nine."""
    names = [recipe.name for recipe in builtin_recipes()]
    stilts = [f"stilts-{name}" for name in (*NINE, "all")]
    assert names == ["direct", "direct-xtreme", *stilts, *(f"{name}+mlm" for name in stilts), "stilts-best"]
    assert list(builtin_data()) == names
    assert tuple(INTERMEDIATE) == NINE


@pytest.mark.parametrize("recipe", builtin_recipes(), ids=lambda recipe: recipe.name)
def test_each_can_be_written_and_read_again(recipe: Recipe, tmp_path: Path) -> None:
    """A named recipe, printed to a file of any name, is the same recipe; it names only what there is."""
    file = tmp_path / "other.toml"
    file.write_text(recipe.text(), encoding="utf-8")
    assert read_recipe(file) == recipe
    assert read_recipe(file).record() == recipe.record()
    recipe.check_names(NINE, KINDS)
    assert recipe.seeds == (42,)
    assert recipe.description.endswith(".")


def test_direct_stops_early_as_jiant_does() -> None:
    """The first 500 English development examples every 1,000 steps, patience 30, the best weights: for every head."""
    for head, kind in KINDS.items():
        run, settings = find_recipe("direct").target_for(task(kind, head))
        assert (run.dev_every, run.patience, run.keep, settings.dev_examples) == (1000, 30, "best", 500)
        assert (run.learning_rate, run.warmup, run.weight_decay) == (1e-5, 0.1, 0.01)


def test_direct_xtreme_is_the_official_scripts() -> None:
    """Batch × accumulation, epochs, learning rate, length, warm-up, weight decay and choice are spec/xtreme.md §4's."""
    found = {}
    for head, kind in KINDS.items():
        run, one = find_recipe("direct-xtreme").target_for(task(kind, head))
        found[head] = (
            *(one.batch_size, run.accumulate, one.epochs, run.learning_rate, one.length),
            *(run.warmup_steps, run.weight_decay, run.dev_every, run.keep),
        )
    assert found == {
        "xnli": (8, 4, 5, 2e-5, 128, 0, 0, 100, "best"),
        "pawsx": (8, 4, 5, 2e-5, 128, 0, 0, 200, "best"),
        "udpos": (8, 4, 10, 2e-5, 128, 0, 0, 500, "best"),
        "panx": (8, 4, 10, 2e-5, 128, 0, 0, 1000, "best"),
        "squad": (4, 8, 3, 3e-5, 384, 500, 1e-4, None, "last"),
        "tydiqa": (4, 8, 3, 3e-5, 384, 500, 1e-4, None, "last"),
    }


def test_the_intermediate_phases() -> None:
    """Learning rate 1e-5, with MLM 5e-6; all nine at once are drawn with a cap of 2^17; the heads are trained as directly."""
    direct = find_recipe("direct")
    for recipe in builtin_recipes():
        phase = recipe.intermediate
        if phase is None:
            continue
        assert recipe.target == direct.target
        assert (phase.mlm is not None) == recipe.name.endswith("+mlm")
        assert phase.run().learning_rate == (5e-6 if phase.mlm else 1e-5)
        assert set(phase.tables()) == set(phase.tasks)
        everything = recipe.name.removesuffix("+mlm") == "stilts-all"
        assert phase.tasks == (NINE if everything else (recipe.name.removesuffix("+mlm").removeprefix("stilts-"),))
        assert phase.mixing_record() == ({"sampler": "capped", "cap": 2**17} if everything else {})


def test_what_no_source_is_on_record_for_is_said() -> None:
    """Only recipes whose every number has a source keep silent about sources."""
    silent = [recipe.name for recipe in builtin_recipes() if "No source is on record" not in recipe.description]
    assert silent == ["direct", "direct-xtreme", "stilts-mnli", "stilts-squad-v1.1", "stilts-best"]


def test_the_best_of_the_nine() -> None:
    """`stilts-best` chooses among the nine; a recipe without [select] among none."""
    assert [recipe.name for recipe in candidates(find_recipe("stilts-best"))] == [f"stilts-{name}" for name in NINE]
    assert candidates(find_recipe("direct")) == ()


def test_candidates_are_checked(tmp_path: Path) -> None:
    """Candidates may be files beside the recipe; one that is not there, chooses itself or shares a name is refused."""
    (tmp_path / "mine.toml").write_text("[target]\nepochs = 1\n", encoding="utf-8")
    (tmp_path / "direct.toml").write_text("[target]\nepochs = 1\n", encoding="utf-8")

    def chosen(*names: str) -> list[str]:
        file = tmp_path / "choice.toml"
        file.write_text(f"[select]\ncandidates = {list(names)}\n", encoding="utf-8")
        return [recipe.name for recipe in candidates(read_recipe(file))]

    assert chosen("mine.toml", "direct") == ["mine", "direct"]
    with pytest.raises(xharness.UsageError, match=r"no recipe file .*gone\.toml"):
        chosen("gone.toml", "direct")
    with pytest.raises(xharness.UsageError, match=r"no recipe called 'driect'\. Did you mean direct"):
        chosen("mine.toml", "driect")
    with pytest.raises(xharness.UsageError, match="stilts-best chooses among recipes itself"):
        chosen("direct", "stilts-best")
    with pytest.raises(xharness.UsageError, match="two candidates have the same name"):
        chosen("direct", "direct.toml")


def test_listing_recipes_loads_nothing_heavy() -> None:
    """Making every named recipe imports neither numpy nor torch, and their names alone not even validation."""
    code = (
        "import sys; from xharness_finetune.recipes import builtin; builtin.builtin_data(); "
        "assert 'pydantic' not in sys.modules; builtin.builtin_recipes(); "
        "print(sorted({'numpy', 'torch', 'transformers', 'datasets'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
