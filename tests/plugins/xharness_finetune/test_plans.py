"""What is refused before anything is trained or written: requests, data of every part, recipes that contradict themselves."""

from __future__ import annotations

import dataclasses
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import xharness
from xharness_finetune import stage
from xharness_finetune.engine import trainer
from xharness_finetune.recipes.builtin import find_recipe
from xharness_finetune.recipes.reading import recipe_of

from .conftest import examples_of, make_task, plugins, two_phase, write_encoder
from .test_stage import Request, provenance

if TYPE_CHECKING:
    from pathlib import Path

    from xharness_finetune.recipes.model import Recipe

PAIR = xharness.Kind.PAIR_CLASSIFICATION
FEW = ("target.max_steps=1",)
SENSE = make_task(PAIR, head="sense", examples=examples_of(PAIR, 48, seed=9))


def offering(*tasks: xharness.Task) -> dict[str, xharness.Task]:
    """Returns the installed tasks and these."""
    return {**plugins().tasks, **{task.name: task for task in tasks}}


@pytest.fixture
def refused(tmp_path: Path, request_for: Request, lines: list[str]) -> Any:
    """Checks that a recipe is refused with an error and a message, and that nothing was trained or written."""

    def check(error: type[Exception], message: str, recipe: Recipe, *given: Any, **changes: Any) -> None:
        with pytest.raises(error, match=message):
            stage.train(recipe, request_for(*given, **changes))
        assert lines == []
        assert not (tmp_path / "set").exists()

    return check


def absent(request: xharness.DataRequest) -> xharness.Split:
    """A loader that finds nothing."""
    raise xharness.DataError(f"late/{request.language}: no file late/train-en.tsv.")


# ---- data -------------------------------------------------------------------------------------------------------------


def test_missing_data_of_a_late_head_stops_before_any_training(
    bert: Path, refused: Any, pair_task: xharness.Task
) -> None:
    """All heads' data are looked at first; the loader's error comes with the setting that supplies a file."""
    late = make_task(PAIR, head="pawsx", load=absent)
    message = r"late/en: no file late/train-en\.tsv.*--set target\.pawsx\.file=FILE"
    refused(xharness.DataError, message, find_recipe("direct"), bert, pair_task, late)


def test_missing_data_of_an_intermediate_task_stop_before_any_training(
    bert: Path, refused: Any, pair_task: xharness.Task
) -> None:
    """So are those of every intermediate task, the last one included; a name with dots is quoted in the remedy."""
    late = make_task(PAIR, head="late-2.0", load=absent)
    message = r'late/en: no file.*--set intermediate\."late-2\.0"\.file=FILE'
    recipe = two_phase("sense", "late-2.0")
    refused(xharness.DataError, message, recipe, bert, pair_task, offered=offering(SENSE, late))


def test_missing_data_of_a_head_stop_the_intermediate_phase(bert: Path, refused: Any) -> None:
    """The heads' data are looked at before the intermediate phase is trained."""
    late = make_task(PAIR, head="xnli", load=absent)
    refused(xharness.DataError, "late/en: no file", two_phase("sense"), bert, late, offered=offering(SENSE))


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        ([], r"the train data \(made up\) are empty"),
        ([dataclasses.replace(one, gold="good") for one in examples_of(PAIR, 5, seed=1)], "have the label 'good'"),
        (
            [dataclasses.replace(one, gold="ugly") for one in examples_of(PAIR, 5, seed=1)],
            "label is 'ugly', expected one of bad, good",
        ),
    ],
    ids=["empty", "one class", "unknown label"],
)
@pytest.mark.parametrize("phase", ["target", "intermediate"])
def test_data_that_cannot_be_learnt_from_are_refused(
    examples: list[xharness.Example], message: str, phase: str, bert: Path, refused: Any, pair_task: xharness.Task
) -> None:
    """Empty, one-class and mislabelled data of either phase are refused with place and remedy."""
    bad = make_task(PAIR, head="sense", examples=examples)
    if phase == "target":
        refused(xharness.DataError, rf"sense/en: .*{message}.*--set target\.sense", find_recipe("direct"), bert, bad)
        return
    where = rf"intermediate phase: sense/en: .*{message}.*--set intermediate\.sense\.file"
    refused(xharness.DataError, where, two_phase("sense"), bert, pair_task, offered=offering(bad))


def test_texts_must_be_there(tmp_path: Path, bert: Path, refused: Any, pair_task: xharness.Task) -> None:
    """A masked language model without texts is refused with the two ways to name them, or with the folder looked in."""
    recipe = two_phase("sense", mlm={"share": 0.5})
    given: dict[str, Any] = {"offered": offering(SENSE)}
    message = r"nothing says where its texts are.*--set intermediate\.mlm\.data=DIR.*--train-data"
    refused(xharness.UsageError, message, recipe, bert, pair_task, **given)
    refused(xharness.DataError, "mlm is no folder", recipe, bert, pair_task, train_data=tmp_path, **given)
    (tmp_path / "mlm").mkdir()
    (tmp_path / "mlm" / "de.txt").write_text("a\n", encoding="utf-8")
    settings = ('intermediate.mlm.languages=["de", "sw"]',)
    refused(xharness.DataError, r"no sw\.txt", recipe, bert, pair_task, train_data=tmp_path, settings=settings, **given)


# ---- recipes and requests ---------------------------------------------------------------------------------------------


def test_unknown_names_are_refused_with_near_matches(bert: Path, refused: Any, pair_task: xharness.Task) -> None:
    """A task, a head or a field that does not exist is named, with what was probably meant."""
    direct = find_recipe("direct")
    refused(xharness.UsageError, "intermediate task.*'mnil'.*mnli", two_phase("mnil"), bert, pair_task)
    refused(xharness.UsageError, "'xlni'.*xnli", direct, bert, pair_task, settings=("target.xlni.epochs=1",))
    refused(xharness.UsageError, "epoch.*epochs", direct, bert, pair_task, settings=("target.epoch=1",))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (("target.epochs=0",), r"target\.epochs"),
        (("target.learning_rate=-1",), r"target\.learning_rate"),
        (("target.xnli.max_examples=0",), r"target\.xnli\.max_examples"),
        (("target.keep=best", "target.dev_every=none"), "dev_every"),
        (('target.xnli.languages=["en", "de"]', "target.xnli.file=a.tsv"), "placeholder"),
        (("target.xnli.file=gone.tsv",), r"there is no training file .*gone\.tsv"),
        (("target.xnli.dev_file=gone.tsv",), r"there is no development file .*gone\.tsv"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(
    settings: tuple[str, ...], message: str, bert: Path, refused: Any, pair_task: xharness.Task
) -> None:
    """Values out of range, settings that contradict each other and files that are not there name the setting."""
    refused(xharness.HarnessError, message, find_recipe("direct"), bert, pair_task, settings=settings)


def test_wrong_requests_are_refused(
    bert: Path, refused: Any, pair_task: xharness.Task, question_task: xharness.Task
) -> None:
    """No task, two tasks for one head, a kind without a head, a device that does not exist: each is named."""
    mlqa = dataclasses.replace(question_task, name="mlqa")
    poetry = dataclasses.replace(pair_task, kind="poetry", head="poems")
    direct = find_recipe("direct")
    refused(xharness.UsageError, "No task to train", direct, bert)
    refused(xharness.UsageError, r"several tasks \(squad, mlqa\)", direct, bert, question_task, mlqa)
    refused(xharness.UsageError, "no head can be trained for tasks of kind 'poetry'", direct, bert, poetry)
    refused(xharness.UsageError, "no device 'tpu'", direct, bert, pair_task, device="tpu")


def test_a_checkpoint_is_no_folder_for_a_set(bert: Path, request_for: Request, pair_task: xharness.Task) -> None:
    """A set is not written into a checkpoint's own folder."""
    with pytest.raises(xharness.UsageError, match=r"is a checkpoint itself.*--out"):
        stage.train(find_recipe("direct"), request_for(bert, pair_task, out=bert))


def test_encoder_without_tokenizer_is_refused_before_data_are_read(
    tmp_path: Path, refused: Any, pair_task: xharness.Task
) -> None:
    """An encoder that cannot be trained is the first thing seen."""
    folder = write_encoder(tmp_path / "encoder")
    for path in folder.glob("tokenizer*"):
        path.unlink()
    for path in folder.glob("vocab*"):
        path.unlink()
    unread = dataclasses.replace(pair_task, load=absent)
    refused(xharness.CheckpointError, "has no tokenizer", find_recipe("direct"), folder, unread)


def test_no_seeds_and_no_tasks_are_refused() -> None:
    """A recipe without seeds, or with an intermediate phase without tasks, is none."""
    with pytest.raises(xharness.UsageError, match="seeds"):
        recipe_of({"name": "a", "seeds": []}, _here())
    with pytest.raises(xharness.UsageError, match="tasks"):
        recipe_of({"name": "a", "intermediate": {"tasks": []}}, _here())


def _here() -> Path:
    from pathlib import Path

    return Path()


def test_without_development_data_nothing_is_chosen_by_them(bert: Path, request_for: Request) -> None:
    """`direct` keeps the best weights by development score: for a task without such data it keeps the last ones."""
    task = make_task(PAIR, head="xnli", splits=("train",))
    record = provenance(stage.train(find_recipe("direct"), request_for(bert, task, settings=FEW)).folder / "xnli")
    assert (record["made_from"]["run"]["keep"], record["made_from"]["run"]["dev_every"]) == ("last", None)


def test_planning_writes_nothing(tmp_path: Path, bert: Path, request_for: Request, pair_task: xharness.Task) -> None:
    """What would be done can be asked for without a trace, and names phases and heads."""
    plan = stage.plan(two_phase("sense"), request_for(bert, pair_task, offered=offering(SENSE)))
    assert plan.intermediate is not None
    assert [unit.task.name for unit in plan.intermediate.units] == ["sense"]
    assert [phase.name for phase in plan.heads] == ["xnli"]
    assert not (tmp_path / "set").exists()


# ---- the machine ------------------------------------------------------------------------------------------------------


def test_full_disk_is_seen_before_training(
    tmp_path: Path,
    bert: Path,
    request_for: Request,
    lines: list[str],
    pair_task: xharness.Task,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Too little space for the parts is an error at the start, with both sizes."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": 2**20 // 8})())
    request = request_for(bert, pair_task, offered=offering(SENSE))
    with pytest.raises(xharness.RunError, match=r"2 parts and .* need about .* MiB are free; make room.*--out"):
        stage.train(two_phase("sense"), request)
    assert lines == []
    assert list((tmp_path / "set").iterdir()) == []


def test_absent_gpu_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU that torch does not see, or one past the first, is refused with the way out."""
    monkeypatch.setattr(trainer.torch.cuda, "is_available", lambda: False)
    assert trainer.pick_device("auto").type == "cpu"
    with pytest.raises(xharness.UsageError, match="sees no CUDA device; use --device cpu"):
        trainer.pick_device("cuda:0")
    monkeypatch.setattr(trainer.torch.cuda, "is_available", lambda: True)
    with pytest.raises(xharness.UsageError, match="CUDA_VISIBLE_DEVICES=1"):
        trainer.pick_device("cuda:1")
