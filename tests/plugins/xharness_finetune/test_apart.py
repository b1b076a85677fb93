"""Heads as adapters apart from the set's encoder, and weights stored in half precision."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import xharness
from safetensors.numpy import load_file
from xharness.identity import of_file
from xharness.models import Settings
from xharness_finetune import stage
from xharness_finetune.recipes.reading import recipe_of

from .conftest import evaluated, plugins, two_phase
from .test_phases import OFFERED
from .test_stage import Request, provenance

APART = ("target.lora.rank=4", "target.lora.merge=false", "target.learning_rate=1e-2")
DIRECT = recipe_of({"name": "plain"}, Path())


def score_of(folder: Path, task: xharness.Task) -> float:
    """Returns the score of a set on a task's development data, loaded and predicted as an evaluation does."""
    settings = Settings(device="cpu")
    model = plugins().load_model(str(folder), settings)
    predictor = plugins().predictor(model, task, plugins().indexes["flat"], settings)
    split = task.load(xharness.DataRequest(language="en", split="dev"))
    return evaluated(task, split, predictor.predict(predictor.prepare(split), lambda _: None))[0].value


@pytest.mark.parametrize("kind", ["pair_task", "tagging_task", "question_task"])
def test_an_apart_head_answers_as_it_was_scored(
    bert: Path, request_for: Request, kind: str, request: pytest.FixtureRequest
) -> None:
    """A head that is an adapter on the set's encoder is found by the loader and scores what its record says."""
    task = request.getfixturevalue(kind)
    made = stage.train(DIRECT, request_for(bert, task, settings=APART)).folder
    head = made / task.head
    assert sorted(path.name for path in head.iterdir() if path.suffix in {".json", ".safetensors"}) == [
        "adapter_config.json", "adapter_model.safetensors", "config.json", "provenance.json",
    ]  # fmt: skip
    assert (
        json.loads((head / "adapter_config.json").read_text(encoding="utf-8"))["base_model_name_or_path"]
        == "../encoder"
    )
    dev = provenance(head)["dev"]
    assert dev["value"] > dev["chance"]
    assert score_of(made, task) == pytest.approx(dev["value"])


def test_an_apart_head_of_options_has_its_class(bert: Path, request_for: Request, choice_task: xharness.Task) -> None:
    """Multiple choice, for which PEFT has no name, is stored under the network's class."""
    made = stage.train(DIRECT, request_for(bert, choice_task, settings=(*APART, "target.max_steps=2"))).folder
    config = json.loads((made / "places" / "adapter_config.json").read_text(encoding="utf-8"))
    assert config["auto_mapping"]["base_model_class"] == "BertForMultipleChoice"
    assert config["modules_to_save"] == ["classifier"]


def test_a_drawn_pooler_is_stored_with_the_head(
    masked_lm: Path, request_for: Request, pair_task: xharness.Task
) -> None:
    """A pooler that the encoder lacks is part of the head: it was drawn and trained there."""
    made = stage.train(DIRECT, request_for(masked_lm, pair_task, settings=APART)).folder
    names = load_file(made / "xnli" / "adapter_model.safetensors")
    assert "base_model.model.bert.pooler.dense.weight" in names
    assert score_of(made, pair_task) == pytest.approx(provenance(made / "xnli")["dev"]["value"])


def test_identity_covers_adapter_and_base(bert: Path, request_for: Request, pair_task: xharness.Task) -> None:
    """A changed byte of the adapter, or of the encoder below it, is another identity of the head."""
    made = stage.train(DIRECT, request_for(bert, pair_task, settings=(*APART, "target.max_steps=2"))).folder

    def identity() -> str:
        head = plugins().load_model(str(made), Settings(device="cpu")).head(pair_task)
        assert isinstance(head, xharness.Head)
        return head.identity

    found = [identity()]
    for file in (made / "xnli" / "adapter_model.safetensors", made / "encoder" / "model.safetensors"):
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)
        found.append(identity())
    assert len(set(found)) == 3


def test_the_same_bytes_twice(bert: Path, request_for: Request, pair_task: xharness.Task, tmp_path: Path) -> None:
    """Adapter weights and configuration are the same bytes each time."""
    files = []
    for name in "ab":
        request = request_for(bert, pair_task, settings=(*APART, "target.max_steps=4"), out=tmp_path / name)
        head = stage.train(DIRECT, request).folder / "xnli"
        files.append(
            [of_file(head / one) for one in ("adapter_model.safetensors", "adapter_config.json", "config.json")]
        )
    assert files[0] == files[1]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_rounded_weights_are_what_was_scored(
    bert: Path, request_for: Request, pair_task: xharness.Task, dtype: str
) -> None:
    """With `stored` every file holds that type, apart or not, and its score is the recorded one."""
    import safetensors.torch

    for extra in ((), APART):
        settings = (*extra, f"target.stored={dtype}", f"intermediate.stored={dtype}")
        request = request_for(bert, pair_task, settings=settings, offered=OFFERED)
        made = stage.train(two_phase("sense"), dataclasses.replace(request, out=request.out / str(len(extra)))).folder
        for file in made.rglob("*.safetensors"):
            assert {str(value.dtype) for value in safetensors.torch.load_file(file).values()} == {f"torch.{dtype}"}, (
                file
            )
        assert score_of(made, pair_task) == pytest.approx(provenance(made / "xnli")["dev"]["value"])


def test_defaults_leave_old_records_as_they_were(bert: Path, request_for: Request, pair_task: xharness.Task) -> None:
    """Fields that came later are in what decides a part only where they are not as before."""
    few = ("target.max_steps=1",)
    plain = stage.train(DIRECT, request_for(bert, pair_task, settings=(*few, "target.lora.rank=2"))).folder
    run: dict[str, Any] = provenance(plain / "xnli")["made_from"]["run"]
    assert "stored" not in run
    assert sorted(run["lora"]) == ["alpha", "dropout", "modules", "rank"]


def test_heads_apart_cannot_be_chosen_among(bert: Path, request_for: Request, pair_task: xharness.Task) -> None:
    """A choice among recipes takes heads from several sets, which heads on their own set's encoder do not allow."""
    chooses = recipe_of({"name": "best", "select": {"candidates": ["direct", "stilts-mnli"]}}, bert)
    with pytest.raises(xharness.UsageError, match=r"candidate direct: xnli: a head as adapters .*lora\.merge=true"):
        stage.check(chooses, request_for(bert, pair_task, settings=APART))
