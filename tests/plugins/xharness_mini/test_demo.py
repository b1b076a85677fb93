"""The checkpoint `demo` is what its recipe says, small, whole, and answers every task; the tour runs."""

from __future__ import annotations

import dataclasses
import json
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import xharness
from xharness.identity import of_file
from xharness.models import Settings
from xharness.plugins import Plugins
from xharness.selection import Selection
from xharness.tours import run_tour
from xharness.training import TrainOptions, find_stage, plan_sets, train_one
from xharness_mini.demo import DEMO, FOLDER, HERE, TOUR

RECIPE = HERE / "demo.toml"
HEADS = ("mini-ner", "mini-nli", "mini-paraphrase", "mini-pos", "mini-qa", "mini-qa-own")
SHORT = ("intermediate.max_steps=3", "target.max_steps=2", "target.max_examples=40", "target.dev_examples=20")


@cache
def plugins() -> Plugins:
    """Returns everything that is installed."""
    return Plugins.load()


def record(part: str) -> dict[str, Any]:
    """Returns the provenance of a part of the set."""
    content: dict[str, Any] = json.loads((FOLDER / part / "provenance.json").read_text(encoding="utf-8"))
    return content


def test_the_checkpoint_is_offered_whole() -> None:
    """`demo` has an encoder and a head for every task of the suite, and is named like its folder."""
    assert FOLDER.name == DEMO.name
    assert {path.name for path in FOLDER.iterdir()} == {*HEADS, "encoder"}
    model = plugins().load_model("demo", Settings(device="cpu"))
    suite = plugins().suite(DEMO.suite)
    for task in plugins().suite_tasks(suite).values():
        assert isinstance(model.head(task), xharness.Head), task.name


def test_it_is_small() -> None:
    """All weights together take at most 4 MiB, the encoder has 1 to 2 million parameters, and pictures stay out."""
    from safetensors.numpy import load_file

    assert sum(path.stat().st_size for path in FOLDER.rglob("*.safetensors")) <= 4 * 2**20
    encoder = load_file(FOLDER / "encoder" / "model.safetensors")
    assert 1_000_000 <= sum(value.size for value in encoder.values()) <= 2_000_000
    assert {path.suffix for path in FOLDER.rglob("*") if path.is_file()} <= {".json", ".safetensors", ".csv"}


@pytest.mark.parametrize("part", ["encoder", *HEADS])
def test_it_was_made_by_the_committed_recipe(part: str) -> None:
    """Every part's record holds the recipe that is in the repository."""
    stage = find_stage(plugins(), str(RECIPE))
    written = tomllib.loads(stage.text)
    told = record(part)["recipe"]["recipe"]
    assert told == json.loads(json.dumps(_by_name(written)))


def _by_name(value: Any) -> Any:
    """Returns a recipe's data with paths by their last part, as records have them."""
    if isinstance(value, dict):
        return {
            name: Path(item).name if name in {"texts", "data"} and isinstance(item, str) else _by_name(item)
            for name, item in value.items()
        }
    return value


def test_no_path_of_a_machine_is_in_it() -> None:
    """Nothing in the set says where it was made."""
    for path in FOLDER.rglob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert "/home/" not in text, path
        assert "/root" not in text, path
        assert str(HERE.parents[1]) not in text, path


@pytest.mark.slow
def test_a_shortened_training_has_the_same_data_and_is_the_same_twice(tmp_path: Path) -> None:
    """The recipe, cut short, gives equal bytes each time; its data and its tokenizer are those of the set that is offered."""
    stage = find_stage(plugins(), str(RECIPE))
    options = TrainOptions(settings=SHORT, device="cpu")
    (planned,) = plan_sets([stage], (), options)
    selection = Selection(suite="mini", tasks=("mini-nli", "mini-pos", "mini-qa"))
    first, second = (
        train_one(plugins(), planned, selection, options, lambda _: None, out=tmp_path / name).folder for name in "ab"
    )
    files = sorted(path.relative_to(first) for path in first.rglob("*.safetensors"))
    assert [path.parts[0] for path in files] == ["encoder", "mini-nli", "mini-pos", "mini-qa"]
    for file in files:
        assert of_file(first / file) == of_file(second / file), file
    assert of_file(first / "encoder" / "tokenizer.json") == of_file(FOLDER / "encoder" / "tokenizer.json")
    made: dict[str, Any] = json.loads((first / "encoder" / "provenance.json").read_text(encoding="utf-8"))
    start, offered = made["parent"]["provenance"]["made_from"], record("encoder")["parent"]["provenance"]["made_from"]
    assert start == offered
    for key in ("text", "translation", "mixing"):
        assert made["made_from"][key] == record("encoder")["made_from"][key], key
    data = {part["task"]: part["data"] for part in made["made_from"]["parts"]}
    assert data == {part["task"]: part["data"] for part in record("encoder")["made_from"]["parts"]}


def test_the_tour_names_what_is_there() -> None:
    """Every file that a step names exists, every step says a sentence, and trainings start from `demo`."""
    for step in TOUR.steps:
        assert step.says.endswith(".")
        for word in step.command:
            assert not word.endswith(".toml") or Path(word).is_file(), word
    assert sum("demo" in step.command for step in TOUR.steps) == 2


@pytest.mark.slow
def test_the_tour_runs(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """All steps of the tour work one after the other; its trainings are cut short here."""
    steps = tuple(
        dataclasses.replace(step, command=(*step.command, "--device", "cpu", "--set", "target.max_steps=1"))
        if step.command[0] == "train"
        else step
        for step in TOUR.steps
    )
    run_tour(dataclasses.replace(TOUR, steps=steps), tmp_path / "tour", lambda _: None)
    assert (tmp_path / "tour" / "leaderboards" / "tour.md").is_file()
    assert "After paraphrases" in (tmp_path / "tour" / "leaderboards" / "tour.md").read_text(encoding="utf-8")
    assert "tour: 2 runs, as it was written" in capfd.readouterr().out
