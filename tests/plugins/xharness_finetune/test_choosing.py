"""The best of several recipes for each head: trained, compared, assembled, and kept when asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import xharness
from xharness.identity import of_file
from xharness_finetune import stage
from xharness_finetune.recipes.reading import recipe_of

from .conftest import examples_of, make_task, plugins
from .test_stage import Request, parts, provenance

if TYPE_CHECKING:
    from pathlib import Path

    from xharness_finetune.recipes.model import Recipe

PAIR = xharness.Kind.PAIR_CLASSIFICATION
FEW = ("target.max_steps=16",)
OFFERED = {
    **plugins().tasks,
    "sense": make_task(PAIR, head="sense", examples=examples_of(PAIR, 96, seed=9)),
    "places": make_task(xharness.Kind.MULTIPLE_CHOICE, head="places"),
}
PHASE = """
name = "{name}"
[intermediate]
tasks = ["{task}"]
learning_rate = 5e-3
batch_size = 8
epochs = 8
max_steps = {steps}
"""


@pytest.fixture
def best(tmp_path: Path) -> Recipe:
    """The better of a phase on what the head asks for and a short one on something else."""
    for name, task, steps in (("long", "sense", 96), ("short", "places", 1)):
        text = PHASE.format(name=name, task=task, steps=steps)
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    return recipe_of({"name": "best", "select": {"candidates": ["short.toml", "long.toml"]}}, tmp_path)


def test_each_head_is_the_best_candidates(
    best: Recipe,
    bert: Path,
    request_for: Request,
    lines: list[str],
    pair_task: xharness.Task,
    retrieval_task: xharness.Task,
) -> None:
    """The set holds the head and encoder with the best development score, byte for byte, and says what was compared."""
    request = request_for(bert, pair_task, retrieval_task, settings=FEW, offered=OFFERED)
    trained = stage.train(best, request)
    out = trained.folder
    assert parts(out) == ["candidates", "encoder", "xnli"]
    sets = {name: out / "candidates" / name for name in ("short", "long")}
    values = {name: provenance(folder / "xnli")["dev"]["value"] for name, folder in sets.items()}
    assert values["long"] > values["short"]
    record = provenance(out / "xnli")
    assert (record["selection"]["candidates"], record["selection"]["chosen"]) == (values, "long")
    halves = {name: provenance(folder / "xnli")["dev"]["halves"] for name, folder in sets.items()}
    even, odd = (max(halves, key=lambda name, half=half: halves[name][half]) for half in (0, 1))  # type: ignore[misc]
    assert record["selection"]["nested"] == pytest.approx((halves[even][1] + halves[odd][0]) / 2)
    assert provenance(out / "encoder")["selection"]["chosen"] == "long"
    assert record["recipe"]["name"] == "best"
    assert [part["task"] for part in record["parent"]["provenance"]["made_from"]["parts"]] == ["sense"]
    for part in ("xnli", "encoder"):
        assert of_file(out / part / "model.safetensors") == of_file(sets["long"] / part / "model.safetensors")
    assert {head.name: (head.value, head.kept) for head in trained.heads}["xnli"] == (values["long"], False)
    assert "selected on English development data among 2 intermediate tasks" in trained.heads[0].marks
    assert lines[0] == "candidate short"
    assert any(line.startswith("xnli: long chosen by accuracy") for line in lines)


def test_asked_again_everything_is_kept(
    best: Recipe, bert: Path, request_for: Request, lines: list[str], pair_task: xharness.Task
) -> None:
    """The same call trains nothing and leaves every file as it is."""
    request = request_for(bert, pair_task, settings=FEW, offered=OFFERED)
    out = stage.train(best, request).folder
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    lines.clear()
    trained = stage.train(best, request)
    assert [head.kept for head in trained.heads] == [True]
    assert not [line for line in lines if "training on" in line]
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()} == before


@pytest.fixture
def refused(best: Recipe, tmp_path: Path, request_for: Request, lines: list[str]) -> Any:
    """Checks that the recipe is refused before any candidate is trained."""

    def check(error: type[Exception], message: str, *given: Any, **changes: Any) -> None:
        with pytest.raises(error, match=message):
            stage.train(best, request_for(*given, **{"offered": OFFERED, **changes}))
        assert lines == []
        assert not (tmp_path / "set").exists()

    return check


def test_data_of_a_late_candidate_are_looked_at_first(bert: Path, refused: Any, pair_task: xharness.Task) -> None:
    """Where the last candidate's data are not there, the first is not trained either; the error names the candidate."""

    def absent(request: xharness.DataRequest) -> xharness.Split:
        raise xharness.DataError(f"sense/{request.language}: no file.")

    offered = {**OFFERED, "sense": make_task(PAIR, head="sense", load=absent)}
    refused(xharness.DataError, "candidate long: .*sense/en: no file", bert, pair_task, offered=offered)


def test_nothing_to_choose_by_is_seen_first(bert: Path, refused: Any, retrieval_task: xharness.Task) -> None:
    """Without development data, or with retrieval alone, nothing can be chosen: said before hours of training."""
    unscored = make_task(PAIR, head="xnli", splits=("train",))
    refused(xharness.UsageError, r"xnli: there are no development data.*target\.xnli\.holdout=", bert, unscored)
    refused(xharness.UsageError, "Retrieval and mining have no development data", bert, retrieval_task)
    refused(xharness.UsageError, "No task to train", bert)
