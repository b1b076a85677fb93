"""Training in two phases: an encoder after one or several intermediate tasks, and heads that start from it."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xharness
from xharness.identity import of_file
from xharness_finetune import stage
from xharness_finetune.networks.encoder import find_encoder
from xharness_finetune.recipes.builtin import find_recipe
from xharness_finetune.recipes.reading import recipe_of

from .conftest import examples_of, make_task, plugins, two_phase
from .test_stage import Interrupt, Request, parts, provenance

if TYPE_CHECKING:
    from pathlib import Path

    from xharness_finetune.recipes.model import Recipe

PAIR = xharness.Kind.PAIR_CLASSIFICATION
FEW = ("target.max_steps=2",)
SENSE = make_task(PAIR, head="sense", examples=examples_of(PAIR, 48, seed=9))
PLACES = make_task(xharness.Kind.MULTIPLE_CHOICE, head="places")
SPOTS = make_task(xharness.Kind.SPAN_QA, head="spots")


def offering(*tasks: xharness.Task) -> dict[str, xharness.Task]:
    """Returns the installed tasks and these."""
    return {**plugins().tasks, **{task.name: task for task in tasks}}


OFFERED = offering(SENSE, PLACES, SPOTS)


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A folder with unlabelled texts in two languages, of which one has four times as many."""
    folder = tmp_path / "train" / "mlm"
    folder.mkdir(parents=True)
    (folder / "de.txt").write_text("the cat runs in rome .\n" * 40, encoding="utf-8")
    (folder / "sw.txt").write_text("a dog eats near paris .\n" * 10, encoding="utf-8")
    return folder


def weights(folder: Path) -> dict[str, Any]:
    """Returns a part's weights, body names without the body's prefix."""
    from safetensors.numpy import load_file

    return {name.removeprefix("bert."): value for name, value in load_file(folder / "model.safetensors").items()}


def every_weight(folder: Path) -> dict[str, str]:
    """Returns the SHA-256 of every weight file below a folder."""
    return {path.relative_to(folder).as_posix(): of_file(path) for path in sorted(folder.rglob("*.safetensors"))}


def test_heads_start_from_the_encoder_after_the_phase(
    bert: Path, request_for: Request, pair_task: xharness.Task
) -> None:
    """A head's parent is the phase's encoder, by identity and by weights, and its record holds the whole chain."""
    settings = (*FEW, "target.learning_rate=1e-12")  # leaves the weights where they started
    trained = stage.train(two_phase("sense"), request_for(bert, pair_task, settings=settings, offered=OFFERED))
    assert [head.name for head in trained.heads] == ["encoder", "xnli"]
    head, body = provenance(trained.folder / "xnli"), provenance(trained.folder / "encoder")
    assert head["made_from"]["parent"] == find_encoder(str(trained.folder / "encoder")).identity
    assert head["parent"]["name"] == "bert after sense"
    assert head["parent"]["provenance"]["made_from"] == body["made_from"]
    assert (body["made_from"]["phase"], body["made_from"]["head"]) == ("intermediate", None)
    assert body["made_from"]["parent"] == find_encoder(str(bert)).identity
    assert [part["task"] for part in body["made_from"]["parts"]] == ["sense"]
    assert body["seen"] == {"labelled": {"en": ["sense"]}, "text": [], "targets": []}
    assert head["seen"] == {"labelled": {"en": ["sense", "xnli"]}, "text": [], "targets": ["xnli"]}
    after, before, started = weights(trained.folder / "encoder"), weights(bert), weights(trained.folder / "xnli")
    name = "encoder.layer.0.attention.self.query.weight"
    assert not np.allclose(after[name], before[name], atol=1e-4)
    assert set(started) - set(after) == {"classifier.weight", "classifier.bias"}
    for name, value in after.items():
        np.testing.assert_allclose(started[name], value, atol=1e-8)


@pytest.mark.slow
def test_a_head_begins_otherwise_than_the_dropped_one(
    bert: Path, request_for: Request, question_task: xharness.Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new head on an encoder that has learnt the same task does not begin with the weights that the dropped head began with.

    The encoder has adapted to those: a head drawn from the same numbers answers untrained, as the second half shows.
    """
    settings = ("target.max_steps=1", "target.learning_rate=1e-12")

    def untrained(out: str) -> float:
        request = request_for(bert, question_task, settings=settings, offered=OFFERED)
        request = dataclasses.replace(request, out=request.out / out)
        made = stage.train(two_phase("spots", max_steps=480, epochs=40), request).folder
        assert provenance(made / "encoder")["dev"]["value"] > 0.9
        return float(provenance(made / "squad")["dev"]["untrained"])

    assert untrained("as-it-is") < 0.3
    monkeypatch.setattr("xharness_finetune.phases.seed_of_heads", lambda seed, *_: seed)
    assert untrained("same-numbers") > 0.5


def test_the_phase_learns(bert: Path, request_for: Request, pair_task: xharness.Task) -> None:
    """The encoder's record has the development score of its intermediate task, clearly above chance once it is learnt."""
    recipe = two_phase("places", max_steps=60)
    trained = stage.train(recipe, request_for(bert, pair_task, settings=FEW, offered=OFFERED))
    encoder = trained.heads[0]
    assert (encoder.name, encoder.metric, encoder.n, encoder.collapsed) == ("encoder", "accuracy", 40, False)
    assert encoder.value is not None
    assert encoder.value > 0.8


def test_retrieval_is_answered_by_the_encoder_after_the_phase(
    sentence_encoder: Path, request_for: Request, pair_task: xharness.Task, retrieval_task: xharness.Task
) -> None:
    """The part `encoder` is the trained one, without any head, loadable as the parent was, its pooling and tokenizer kept."""
    import transformers

    request = request_for(sentence_encoder, pair_task, retrieval_task, settings=FEW, offered=OFFERED)
    trained = stage.train(two_phase("places"), request)
    made = trained.folder / "encoder"
    assert [head.name for head in trained.heads] == ["encoder", "xnli"]
    for name in ("tokenizer.json", "modules.json", "sentence_bert_config.json", "1_Pooling/config.json"):
        assert of_file(made / name) == of_file(sentence_encoder / name)
    assert of_file(made / "model.safetensors") != of_file(sentence_encoder / "model.safetensors")
    assert find_encoder(str(made)).identity != find_encoder(str(sentence_encoder)).identity
    _, loading = transformers.AutoModel.from_pretrained(made, output_loading_info=True, use_safetensors=True)
    assert not loading["missing_keys"]
    assert not loading["unexpected_keys"]


def mixed() -> Recipe:
    """A phase with two tasks of different kinds and a masked language model."""
    return two_phase("sense", "spots", max_steps=30, sampler="uniform", mlm={"share": 0.4, "alpha": 0.5})


def test_several_tasks_and_text_share_one_encoder(
    tmp_path: Path, masked_lm: Path, request_for: Request, lines: list[str], pair_task: xharness.Task, texts: Path
) -> None:
    """Tasks of different kinds and text train one encoder; shares, texts by language, scores and marks are recorded."""
    request = request_for(masked_lm, pair_task, settings=FEW, offered=OFFERED, train_data=tmp_path / "train")
    trained = stage.train(mixed(), request)
    record = provenance(trained.folder / "encoder")
    training = record["training"]
    assert training["weights"] == pytest.approx({"sense": 0.3, "spots": 0.3, "mlm": 0.4})
    batches = {name: part["batches"] for name, part in training["facts"]["parts"].items()}
    assert sum(batches.values()) == training["steps"] == 30
    assert all(count > 3 for count in batches.values())
    rows = record["data"]["mlm"]["rows"]
    assert rows["de"] > 1.2 * rows["sw"]  # 40 and 10 texts with exponent 0.5: two to one
    assert sum(rows.values()) > 8 * batches["mlm"]
    assert set(record["dev"]["tasks"]) == {"sense", "spots"}
    scored = [one["value"] for one in record["dev"]["tasks"].values()]
    assert (record["dev"]["metric"], record["dev"]["value"]) == ("mean of 2 tasks", pytest.approx(sum(scored) / 2))
    assert record["seen"] == {"labelled": {"en": ["sense", "spots"]}, "text": ["de", "sw"], "targets": []}
    assert "unlabelled text seen in: de, sw" in record["marks"]
    assert "unlabelled text seen in: de, sw" in provenance(trained.folder / "xnli")["marks"]
    assert record["made_from"]["text"]["share"] == 0.4
    assert str(tmp_path) not in json.dumps(record)
    assert "examples of sense" in lines[0]
    assert "masked language modelling in 2 languages" in lines[0]
    assert not {name for name in weights(trained.folder / "encoder") if name.startswith(("cls.", "qa_", "classifier"))}


def test_same_seed_gives_the_same_set(
    tmp_path: Path, masked_lm: Path, request_for: Request, pair_task: xharness.Task, texts: Path
) -> None:
    """A set of two phases has the same bytes for the same seed, in every part, and other bytes for another."""
    made = [
        stage.train(
            mixed(),
            request_for(
                masked_lm,
                pair_task,
                settings=(*FEW, f"intermediate.mlm.data={texts}"),
                offered=OFFERED,
                out=tmp_path / str(index),
                seed=seed,
            ),
        ).folder
        for index, seed in enumerate((3, 3, 4))
    ]
    first, second, other = map(every_weight, made)
    assert first == second
    assert len(first) == 2
    assert not set(first.values()) & set(other.values())


def test_text_changes_the_encoder(
    tmp_path: Path, masked_lm: Path, request_for: Request, pair_task: xharness.Task, texts: Path
) -> None:
    """Another text makes another set: the texts are part of what decides it."""
    settings = (*FEW, f"intermediate.mlm.data={texts}")
    request = request_for(masked_lm, pair_task, settings=settings, offered=OFFERED)
    stage.train(mixed(), request)
    (texts / "de.txt").write_text("an owl sees berlin\n", encoding="utf-8")
    with pytest.raises(xharness.RunError, match=r"text\.texts\.de was \w+…, now"):
        stage.train(mixed(), request)


def test_phase_is_trained_once_for_sets_that_share_it(
    tmp_path: Path,
    bert: Path,
    request_for: Request,
    lines: list[str],
    pair_task: xharness.Task,
    tagging_task: xharness.Task,
) -> None:
    """Sets of two recipes with the same phase train it once, and each holds the encoder; another phase is trained anew."""
    wanted = [("one", two_phase("sense", name="one"), pair_task), ("two", two_phase("sense", name="two"), tagging_task)]
    for name, recipe, task in wanted:
        request = request_for(
            bert, task, settings=FEW, offered=OFFERED, out=tmp_path / name, shared=tmp_path / "common"
        )
        stage.train(recipe, request)
    assert len([line for line in lines if line.startswith("encoder: training on")]) == 1
    assert "encoder: already whole in common, kept" in lines
    assert every_weight(tmp_path / "one" / "encoder") == every_weight(tmp_path / "two" / "encoder")
    assert parts(tmp_path / "one") == ["encoder", "xnli"]
    assert parts(tmp_path / "two") == ["encoder", "panx"]
    assert len(parts(tmp_path / "common")) == 1
    other = request_for(
        bert, pair_task, settings=FEW, offered=OFFERED, out=tmp_path / "3", shared=tmp_path / "common", seed=1
    )
    stage.train(two_phase("sense"), other)
    assert len(parts(tmp_path / "common")) == 2
    assert every_weight(tmp_path / "3" / "encoder") != every_weight(tmp_path / "one" / "encoder")


def test_whole_phase_is_kept(
    bert: Path, request_for: Request, lines: list[str], pair_task: xharness.Task, tagging_task: xharness.Task
) -> None:
    """A further head of the same recipe is trained from the encoder that is there."""
    stage.train(two_phase("sense"), request_for(bert, pair_task, settings=FEW, offered=OFFERED))
    lines.clear()
    trained = stage.train(two_phase("sense"), request_for(bert, pair_task, tagging_task, settings=FEW, offered=OFFERED))
    assert lines[:2] == ["encoder: already whole in set, kept", "xnli: already whole in set, kept"]
    assert [(head.name, head.kept) for head in trained.heads] == [("encoder", True), ("xnli", True), ("panx", False)]


def test_phase_of_another_request_is_refused(
    bert: Path, request_for: Request, lines: list[str], pair_task: xharness.Task
) -> None:
    """A whole encoder that other settings, tasks or data made is neither kept nor overwritten; the difference is named."""
    folder = stage.train(two_phase("sense"), request_for(bert, pair_task, settings=FEW, offered=OFFERED)).folder
    before = every_weight(folder)
    cases = [
        (two_phase("sense", max_steps=13), OFFERED, r"run\.max_steps was 12, now 13"),
        (two_phase("sense", "places"), OFFERED, r"parts\.places was absent"),
        (two_phase("sense"), offering(dataclasses.replace(SENSE, version="2")), r"version was 1, now 2"),
        (two_phase("sense"), offering(make_task(PAIR, head="sense")), r"parts\.sense\.data was \w+…, now"),
    ]
    lines.clear()
    for recipe, offered, message in cases:
        with pytest.raises(xharness.RunError, match=rf"encoder was made by another request.*{message}"):
            stage.train(recipe, request_for(bert, pair_task, settings=FEW, offered=offered))
    with pytest.raises(xharness.RunError, match=r"xnli was made by another request.*parent was"):
        stage.train(find_recipe("direct"), request_for(bert, pair_task, settings=FEW))
    assert lines == []
    assert every_weight(folder) == before


def test_head_without_its_encoder_is_refused(
    bert: Path, request_for: Request, pair_task: xharness.Task, tmp_path: Path
) -> None:
    """A head whose encoder was moved away is left alone: what it was trained from cannot be checked."""
    folder = stage.train(two_phase("sense"), request_for(bert, pair_task, settings=FEW, offered=OFFERED)).folder
    (folder / "encoder").rename(tmp_path / "moved")
    with pytest.raises(xharness.RunError, match=r"xnli is there but not the encoder .*--out"):
        stage.train(two_phase("sense"), request_for(bert, pair_task, settings=FEW, offered=OFFERED))


def test_interrupted_phase_goes_on_to_the_same_bytes(
    tmp_path: Path, masked_lm: Path, request_for: Request, lines: list[str], pair_task: xharness.Task, texts: Path
) -> None:
    """Ctrl-C in the phase leaves no part; changed settings are refused by name; the same call goes on from the checkpoint."""
    settings = (*FEW, f"intermediate.mlm.data={texts}", "intermediate.checkpoint_every=5")
    request = request_for(masked_lm, pair_task, settings=settings, offered=OFFERED)
    with pytest.raises(KeyboardInterrupt):
        stage.train(mixed(), dataclasses.replace(request, report=Interrupt("encoder: step 13")))
    assert parts(request.out) == []
    changed = dataclasses.replace(request, settings=(*settings, "intermediate.mlm.share=0.1"))
    with pytest.raises(xharness.RunError, match=r"begun in .*text\.share was 0\.4, now 0\.1"):
        stage.train(mixed(), changed)
    stage.train(mixed(), request)
    assert "encoder: continues from the checkpoint of step 10 of 30" in lines
    whole = stage.train(mixed(), dataclasses.replace(request, out=tmp_path / "other")).folder
    assert every_weight(request.out) == every_weight(whole)


# ---- marks --------------------------------------------------------------------------------------------------------------


def test_same_data_in_both_phases_is_marked(bert: Path, request_for: Request, pair_task: xharness.Task) -> None:
    """A head whose training data the intermediate task had is marked, with the share; one with data of its own is not."""
    twice = offering(make_task(PAIR, head="sense"))  # the very examples of the head
    trained = stage.train(two_phase("sense"), request_for(bert, pair_task, settings=FEW, offered=twice))
    marks = provenance(trained.folder / "xnli")["marks"]
    assert "same data twice: 100.0 % of xnli's training examples were already in sense's" in marks
    assert not [mark for mark in provenance(trained.folder / "encoder")["marks"] if mark.startswith("same data")]


def test_same_data_in_an_earlier_set_is_marked(
    tmp_path: Path, bert: Path, request_for: Request, pair_task: xharness.Task, tagging_task: xharness.Task
) -> None:
    """A head that starts from the encoder of an earlier set is marked too where that one's chain had its data."""
    twice = offering(make_task(PAIR, head="sense"))
    first = stage.train(two_phase("sense"), request_for(bert, tagging_task, settings=FEW, offered=twice)).folder
    request = request_for(first / "encoder", pair_task, settings=FEW, out=tmp_path / "second")
    record = provenance(stage.train(find_recipe("direct"), request).folder / "xnli")
    assert any("same data twice" in mark and "sense" in mark for mark in record["marks"])
    assert record["seen"]["labelled"] == {"en": ["sense", "xnli"]}


def test_phase_in_another_language_is_not_zero_shot(bert: Path, request_for: Request, pair_task: xharness.Task) -> None:
    """An intermediate task in German marks the heads that are tested in German, and only those."""
    german = offering(dataclasses.replace(SENSE, languages=("de",)))
    english = make_task(xharness.Kind.TAGGING, head="words")
    tasks = (dataclasses.replace(pair_task, languages=("en", "de")), english)
    folder = stage.train(two_phase("sense"), request_for(bert, *tasks, settings=FEW, offered=german)).folder
    assert provenance(folder / "encoder")["seen"]["labelled"] == {"de": ["sense"]}
    mark = "not zero-shot in de: labelled training data in these languages (sense)"
    assert mark in provenance(folder / "xnli")["marks"]
    assert mark not in provenance(folder / "words")["marks"]


def test_stand_in_of_an_intermediate_task_is_marked(
    tmp_path: Path, bert: Path, request_for: Request, pair_task: xharness.Task
) -> None:
    """A file given for an intermediate task is recorded by name and hash."""
    file = tmp_path / "other.tsv"
    file.write_text("anything", encoding="utf-8")
    settings = (*FEW, f"intermediate.sense.file={file}")
    folder = stage.train(two_phase("sense"), request_for(bert, pair_task, settings=settings, offered=OFFERED)).folder
    assert any("other.tsv" in mark for mark in provenance(folder / "encoder")["marks"])


# ---- other forms of training -------------------------------------------------------------------------------------------


def test_labelled_file_is_a_task(tmp_path: Path, bert: Path, request_for: Request, pair_task: xharness.Task) -> None:
    """A recipe's own JSONL file is an intermediate task as any other; its language is recorded."""
    rows = [{"review": f"the {word} cat", "stars": word} for word in ("good", "bad") * 8]
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    table = {
        "kind": "classification",
        "file": "mine.jsonl",
        "fields": {"text": "review", "label": "stars"},
        "language": "sw",
    }
    data = {
        "name": "own",
        "tasks": {"reviews": table},
        "intermediate": {"tasks": ["reviews"], "max_steps": 2, "holdout": 0.25},
    }
    folder = stage.train(recipe_of(data, tmp_path), request_for(bert, pair_task, settings=FEW)).folder
    record = provenance(folder / "encoder")
    assert record["seen"]["labelled"] == {"sw": ["reviews"]}
    assert (record["data"]["reviews"]["used"], record["dev"]["n"]) == (12, 4)
    assert str(tmp_path) not in json.dumps(record)


def test_adapters_are_merged(bert: Path, request_for: Request, pair_task: xharness.Task) -> None:
    """With LoRA in both phases far fewer weights are trained, and plain transformers directories are written."""
    settings = (*FEW, "target.lora.rank=2")
    recipe = two_phase("sense", lora={"rank": 2})
    folder = stage.train(recipe, request_for(bert, pair_task, settings=settings, offered=OFFERED)).folder
    for part in ("encoder", "xnli"):
        facts = provenance(folder / part)["training"]["facts"]
        assert 0 < facts["adapter_parameters"] < facts["parameters"] / 2
        assert not list((folder / part).glob("adapter*"))
    assert set(weights(folder / "encoder")) == set(weights(bert))


def test_best_weights_of_the_phase_are_kept(bert: Path, request_for: Request, pair_task: xharness.Task) -> None:
    """With scores during the phase the encoder has the weights of the best mean over its tasks."""
    recipe = two_phase("sense", "places", dev_every=4, keep="best", learning_rate=5e-2)
    folder = stage.train(recipe, request_for(bert, pair_task, settings=FEW, offered=OFFERED)).folder
    record = provenance(folder / "encoder")
    curve = {point["step"]: point["value"] for point in record["training"]["dev_curve"]}
    assert list(curve) == [4, 8, 12]
    assert record["dev"]["value"] == pytest.approx(max(curve.values()))
    assert curve[record["training"]["kept_step"]] == max(curve.values())
