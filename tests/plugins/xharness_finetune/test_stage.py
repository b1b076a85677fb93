"""The stage as a whole: encoder in, checkpoint set out."""

from __future__ import annotations

import dataclasses
import json
import random
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xharness
import xharness_finetune
from xharness.identity import of_file, of_training
from xharness_finetune import stage
from xharness_finetune.networks.encoder import find_encoder
from xharness_finetune.recipes.builtin import find_recipe

from .conftest import SENTIMENT, TAGS, examples_of, make_task

if TYPE_CHECKING:
    from pathlib import Path

Request = Callable[..., xharness.TrainRequest]
HEADS = {
    xharness.Kind.PAIR_CLASSIFICATION: "xnli",
    xharness.Kind.CLASSIFICATION: "topics",
    xharness.Kind.TAGGING: "panx",
    xharness.Kind.SPAN_QA: "squad",
    xharness.Kind.MULTIPLE_CHOICE: "places",
}
FEW = ("target.max_steps=1",)
ONCE = ("target.epochs=1",)


def direct(request: xharness.TrainRequest) -> Path:
    """Trains by the built-in recipe `direct` and returns the set's folder."""
    return stage.train(find_recipe("direct"), request).folder


def provenance(folder: Path) -> dict[str, Any]:
    """Returns a part's provenance."""
    record: dict[str, Any] = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    return record


def parts(folder: Path) -> list[str]:
    """Returns the names of a set's whole parts."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def answers(folder: Path, kind: str, examples: list[xharness.Example]) -> list[Any]:
    """Predicts with transformers alone, one example at a time, as a user of the written folder would."""
    import torch
    import transformers

    made = {
        xharness.Kind.TAGGING: transformers.AutoModelForTokenClassification,
        xharness.Kind.SPAN_QA: transformers.AutoModelForQuestionAnswering,
        xharness.Kind.MULTIPLE_CHOICE: transformers.AutoModelForMultipleChoice,
    }.get(xharness.Kind(kind), transformers.AutoModelForSequenceClassification)
    network, loading = made.from_pretrained(folder, output_loading_info=True, use_safetensors=True)
    assert not loading["missing_keys"]
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    found: list[Any] = []
    for example in examples:
        assert example.inputs is not None
        given = example.inputs.parts()
        offsets = None
        if isinstance(example.inputs, xharness.Choices):
            context = [example.inputs.context] * len(example.inputs.options)
            rows = tokenizer(context, list(example.inputs.options), return_tensors="pt", padding=True)
            rows = {name: value[None] for name, value in rows.items()}
        elif kind == xharness.Kind.TAGGING:
            rows = tokenizer([list(given)], is_split_into_words=True, return_tensors="pt")
        else:
            rows = tokenizer(*[[part] for part in given], return_tensors="pt", return_offsets_mapping=True)
            offsets = rows.pop("offset_mapping")
        with torch.inference_mode():
            output = network(**rows)
        if kind == xharness.Kind.SPAN_QA:
            first, last = int(output.start_logits.argmax()), int(output.end_logits.argmax())
            found.append(given[1][offsets[0, first, 0] : offsets[0, last, 1]])
        elif kind == xharness.Kind.TAGGING:
            classes, words = output.logits[0].argmax(-1).tolist(), rows.word_ids(0)
            starts = [words.index(word) for word in range(len(given))]
            found.append(tuple(network.config.id2label[classes[start]] for start in starts))
        else:
            found.append(network.config.id2label[int(output.logits.argmax())])
    return found


def right(kind: str, found: list[Any], examples: list[xharness.Example]) -> float:
    """Returns the share of right answers; of words for tagging."""
    if kind == xharness.Kind.TAGGING:
        pairs = [
            pair for tags, example in zip(found, examples, strict=True) for pair in zip(tags, example.gold, strict=True)
        ]
    else:
        pairs = [(answer, example.gold) for answer, example in zip(found, examples, strict=True)]
    return float(np.mean([a == (g[0].text if kind == xharness.Kind.SPAN_QA else g) for a, g in pairs]))


def test_every_recipe_is_offered() -> None:
    """The plugin offers every built-in recipe as a stage with seeds and a text."""
    offered = {one.name: one for one in xharness_finetune.xharness_training_stages()}
    assert {"direct", "direct-xtreme", "stilts-mnli", "stilts-all+mlm", "stilts-best"} <= set(offered)
    assert offered["direct"].seeds == (42,)
    assert 'name = "direct"' in offered["direct"].text


def test_offering_recipes_loads_nothing_heavy() -> None:
    """Listing the stages imports neither numpy nor torch."""
    code = (
        "import sys, xharness_finetune; list(xharness_finetune.xharness_training_stages()); "
        "print([name for name in ('numpy', 'torch', 'transformers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("kind", list(HEADS))
@pytest.mark.parametrize("family", ["bert", "xlmr"])
def test_every_kind_learns(kind: str, family: str, request_for: Request, request: pytest.FixtureRequest) -> None:
    """A head learns a set that can be learnt: the loss falls, and plain transformers reads the written folder and is right."""
    task = make_task(kind, head=HEADS[xharness.Kind(kind)])
    epochs = 40 if kind == xharness.Kind.SPAN_QA else 8
    settings = (f"target.epochs={epochs}", "target.squad.holdout=none")
    trained = stage.train(find_recipe("direct"), request_for(request.getfixturevalue(family), task, settings=settings))
    made = trained.folder / task.head

    record = provenance(made)
    losses = [point["loss"] for point in record["training"]["curve"]]
    assert losses[-1] < 0.5 * losses[0]
    training, unseen = examples_of(kind, 96, seed=1), examples_of(kind, 40, seed=2)
    assert right(kind, answers(made, kind, training), training) > 0.9
    (shown,) = trained.heads
    assert (shown.n, shown.kept, shown.collapsed) == (40, False, False)
    assert shown.chance is not None
    assert shown.value is not None
    assert shown.value > shown.chance + 0.2
    measured = "exact_match" if kind == xharness.Kind.SPAN_QA else record["dev"]["metric"]
    assert record["dev"]["scores"][measured] == pytest.approx(right(kind, answers(made, kind, unseen), unseen))


def test_labels_are_named(
    bert: Path, request_for: Request, pair_task: xharness.Task, tagging_task: xharness.Task
) -> None:
    """A written configuration names the outputs after the task's labels, in the task's order."""
    made = direct(request_for(bert, pair_task, tagging_task, settings=FEW))
    for head, labels in (("xnli", SENTIMENT), ("panx", TAGS)):
        configuration = json.loads((made / head / "config.json").read_text(encoding="utf-8"))
        assert configuration["id2label"] == {str(index): label for index, label in enumerate(labels)}
        assert configuration["label2id"] == {label: index for index, label in enumerate(labels)}


def test_open_label_set_is_that_of_the_data(bert: Path, request_for: Request, tagging_task: xharness.Task) -> None:
    """A tagging task without labels of its own gets the sorted tags of its data, and is scored with them."""
    task = dataclasses.replace(tagging_task, labels=())
    made = direct(request_for(bert, task, settings=FEW)) / "panx"
    configuration = json.loads((made / "config.json").read_text(encoding="utf-8"))
    assert list(configuration["label2id"]) == sorted(TAGS)
    record = provenance(made)
    assert record["made_from"]["parts"][0]["labels"] == sorted(TAGS)
    assert record["dev"]["n"] == 40


def test_provenance_says_how_a_head_came_to_be(bert: Path, request_for: Request, pair_task: xharness.Task) -> None:
    """A head's provenance has parent, data, settings, seed, versions and what the training came to, and no local path."""
    settings = ("target.max_examples=40", "target.epochs=2")
    request = request_for(bert, pair_task, settings=settings, seed=5, plugins={"finetune": "xharness 9.9"})
    made = direct(request) / "xnli"
    record = provenance(made)
    split = pair_task.load(xharness.DataRequest(language="en", split="train"))
    decided = record["made_from"]
    (part,) = decided["parts"]
    assert (decided["phase"], decided["head"], decided["seed"]) == ("target", "xnli", 5)
    assert decided["parent"] == find_encoder(str(bert)).identity == record["parent"]["identity"]
    assert record["parent"]["name"] == bert.name
    assert part["data"] == of_training(split)
    assert (part["task"], part["version"], part["languages"], part["examples"]) == ("xnli", "1", ["en"], 40)
    assert (part["settings"]["epochs"], decided["run"]["weight_decay"]) == (2, 0.01)
    assert record["recipe"]["name"] == "direct"
    assert record["recipe"]["recipe"]["target"]["epochs"] == 2
    assert (record["data"]["xnli"]["available"], record["data"]["xnli"]["used"]) == (96, 40)
    assert record["seen"] == {"labelled": {"en": ["xnli"]}, "text": [], "targets": ["xnli"]}
    training = record["training"]
    assert training["steps"] == 10  # 40 examples in batches of 8, twice
    assert [point["step"] for point in training["curve"]] == list(range(1, 11))
    assert training["curve"][-1]["loss"] == training["loss"]
    assert training["seconds"] > 0
    assert training["initialised"] == {"xnli": ["classifier.weight", "classifier.bias"]}
    assert record["environment"]["packages"]["transformers"]
    assert record["plugins"] == {"finetune": "xharness 9.9"}
    for written in ("provenance.json", "config.json", "tokenizer_config.json"):
        assert str(bert.parent) not in (made / written).read_text(encoding="utf-8")


def test_loss_curve_is_saved_with_the_head(
    bert: Path, request_for: Request, pair_task: xharness.Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the weights lie the loss curve as a table and as a picture."""
    monkeypatch.undo()  # request_for draws none
    made = direct(request_for(bert, pair_task, settings=ONCE)) / "xnli"
    (table,) = made.glob("*.csv")
    assert len(table.read_text(encoding="utf-8").splitlines()) > 12  # 96 examples in batches of 8
    assert [path.suffix for path in made.iterdir() if path.suffix in (".svg", ".png")]


def test_same_seed_gives_the_same_bytes(
    tmp_path: Path, bert: Path, request_for: Request, pair_task: xharness.Task
) -> None:
    """The same request gives byte-equal files on the CPU, another seed other weights, and global generators are left alone."""
    import torch

    states = torch.get_rng_state(), random.getstate(), str(np.random.get_state())
    made = [
        direct(request_for(bert, pair_task, settings=ONCE, out=tmp_path / str(index), seed=seed)) / "xnli"
        for index, seed in enumerate((3, 3, 4))
    ]
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (random.getstate(), str(np.random.get_state())) == states[1:]
    names = ("model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json")
    first, second, other = ([of_file(folder / name) for name in names] for folder in made)
    assert first == second
    assert first[0] != other[0]


def test_training_moves_the_whole_encoder(bert: Path, request_for: Request, pair_task: xharness.Task) -> None:
    """Fine-tuning changes the encoder's own weights too, not only the head's."""
    from safetensors.numpy import load_file

    made = load_file(direct(request_for(bert, pair_task, settings=ONCE)) / "xnli" / "model.safetensors")
    name = "encoder.layer.0.attention.self.query.weight"
    assert not np.array_equal(made[f"bert.{name}"], load_file(bert / "model.safetensors")[name])


def test_a_head_does_not_depend_on_its_neighbours(
    tmp_path: Path, bert: Path, request_for: Request, pair_task: xharness.Task, tagging_task: xharness.Task
) -> None:
    """A head trained alone has the bytes of the same head trained after another."""
    alone = direct(request_for(bert, tagging_task, settings=ONCE, out=tmp_path / "alone"))
    after = direct(request_for(bert, pair_task, tagging_task, settings=ONCE, out=tmp_path / "after"))
    assert of_file(alone / "panx" / "model.safetensors") == of_file(after / "panx" / "model.safetensors")


@pytest.mark.parametrize("family", ["masked_lm", "sentence_encoder"])
def test_other_forms_of_encoder(family: str, request: pytest.FixtureRequest, request_for: Request, capfd: Any) -> None:
    """Masked language models and sentence-transformers directories are trained, and nothing is printed about new heads."""
    tasks = [make_task(kind, head=head) for kind, head in HEADS.items()]
    encoder = request.getfixturevalue(family)
    capfd.readouterr()  # what writing the encoder printed
    made = direct(request_for(encoder, *tasks, settings=FEW))
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")
    assert parts(made) == sorted(HEADS.values())
    saved = json.loads((made / "xnli" / "tokenizer.json").read_text(encoding="utf-8"))
    assert saved["truncation"] is None
    assert saved["padding"] is None
    assert "modules.json" not in {path.name for path in (made / "xnli").iterdir()}


def test_pooler_that_the_encoder_lacks_is_named_as_new(
    masked_lm: Path, request_for: Request, pair_task: xharness.Task
) -> None:
    """A masked language model has no pooler, so a pair head's pooler is recorded among the new parameters."""
    record = provenance(direct(request_for(masked_lm, pair_task, settings=FEW)) / "xnli")
    assert [name for name in record["training"]["initialised"]["xnli"] if "pooler" in name] == [
        "bert.pooler.dense.weight",
        "bert.pooler.dense.bias",
    ]


def test_encoder_is_copied_byte_for_byte(
    sentence_encoder: Path, request_for: Request, retrieval_task: xharness.Task
) -> None:
    """Without an intermediate phase retrieval and mining get the encoder's own files, pooling included, once for both."""
    mining = dataclasses.replace(retrieval_task, name="bucc2018", kind=xharness.Kind.MINING)
    trained = stage.train(find_recipe("direct"), request_for(sentence_encoder, retrieval_task, mining))
    made = trained.folder / "encoder"
    copied = {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()}
    assert {"model.safetensors", "config.json", "tokenizer.json", "modules.json", "1_Pooling/config.json"} <= copied
    assert "README.md" not in copied
    for name in copied - {"provenance.json"}:
        assert of_file(made / name) == of_file(sentence_encoder / name)
    assert provenance(made)["made_from"]["phase"] == "copy"
    assert find_encoder(str(made)).identity == find_encoder(str(sentence_encoder)).identity
    assert [(head.name, head.metric, head.kept) for head in trained.heads] == [("encoder", None, False)]


# ---- what is there already --------------------------------------------------------------------------------------------


def test_whole_heads_are_kept(
    bert: Path, request_for: Request, lines: list[str], pair_task: xharness.Task, tagging_task: xharness.Task
) -> None:
    """A second call trains only the heads that are missing."""
    made = direct(request_for(bert, pair_task, settings=ONCE))
    before = (made / "xnli" / "model.safetensors").stat().st_mtime_ns
    lines.clear()
    again = stage.train(find_recipe("direct"), request_for(bert, pair_task, tagging_task, settings=ONCE))
    assert (made / "xnli" / "model.safetensors").stat().st_mtime_ns == before
    assert lines[0] == "xnli: already whole in set, kept"
    assert not [line for line in lines[1:] if line.startswith("xnli")]
    assert [(head.name, head.kept) for head in again.heads] == [("xnli", True), ("panx", False)]
    assert again.heads[0].n == 40


def test_where_data_lie_does_not_matter(
    tmp_path: Path, bert: Path, request_for: Request, lines: list[str], pair_task: xharness.Task
) -> None:
    """A head is kept when its file was only renamed: what counts is what is in it."""
    for name in ("one.tsv", "two.tsv"):
        (tmp_path / name).write_text("", encoding="utf-8")
        lines.clear()
        direct(request_for(bert, pair_task, settings=(*FEW, f"target.xnli.file={tmp_path / name}")))
    assert lines == ["xnli: already whole in set, kept"]


def test_a_head_of_another_request_is_refused(bert: Path, request_for: Request, pair_task: xharness.Task) -> None:
    """A head that other settings or data made is neither kept nor overwritten; the message names the differences."""
    made = direct(request_for(bert, pair_task, settings=ONCE))
    before = of_file(made / "xnli" / "model.safetensors")
    with pytest.raises(
        xharness.RunError, match=r"parts\.xnli\.settings\.epochs was 1\.0, now 2\.0; seed was 42, now 1.*--out"
    ):
        direct(request_for(bert, pair_task, settings=("target.epochs=2",), seed=1))
    other = make_task(pair_task.kind, head="xnli", examples=examples_of(pair_task.kind, 96, seed=9))
    with pytest.raises(xharness.RunError, match=r"data was \w{12}…, now"):
        direct(request_for(bert, other, settings=ONCE))
    assert of_file(made / "xnli" / "model.safetensors") == before


def test_a_folder_of_unknown_origin_is_refused(
    tmp_path: Path, bert: Path, request_for: Request, lines: list[str], pair_task: xharness.Task
) -> None:
    """A head's folder without provenance is left alone."""
    (tmp_path / "set" / "xnli").mkdir(parents=True)
    with pytest.raises(xharness.RunError, match=r"xnli exists but has no provenance\.json.*--out"):
        direct(request_for(bert, pair_task))
    assert lines == []


class Interrupt:
    """A report that presses Ctrl-C when a line begins with some words."""

    def __init__(self, words: str) -> None:
        self.words = words
        self.lines: list[str] = []

    def __call__(self, line: str) -> None:
        """Notes the line, and raises when it is the one waited for."""
        self.lines.append(line)
        if line.startswith(self.words):
            raise KeyboardInterrupt


def test_interrupt_leaves_whole_heads_only(
    tmp_path: Path,
    bert: Path,
    request_for: Request,
    lines: list[str],
    pair_task: xharness.Task,
    tagging_task: xharness.Task,
) -> None:
    """Ctrl-C in the second head keeps the first whole; the same call goes on from the checkpoint, to the same bytes."""
    settings = (*ONCE, "target.checkpoint_every=4", "target.dev_every=none", "target.patience=none", "target.keep=last")
    interrupt = Interrupt("panx: step 6 of 12")
    with pytest.raises(KeyboardInterrupt):
        direct(request_for(bert, pair_task, tagging_task, settings=settings, report=interrupt))
    out = tmp_path / "set"
    assert parts(out) == ["xnli"]
    direct(request_for(bert, pair_task, tagging_task, settings=settings))
    assert [line for line in lines if "continues" in line] == ["panx: continues from the checkpoint of step 4 of 12"]
    assert sorted(path.name for path in out.iterdir()) == ["panx", "xnli"]
    assert provenance(out / "panx")["training"]["resumed_from"] == [4]
    other = direct(request_for(bert, tagging_task, settings=settings, out=tmp_path / "other"))
    assert of_file(out / "panx" / "model.safetensors") == of_file(other / "panx" / "model.safetensors")


def test_half_made_head_of_another_request_is_refused_before_training(
    tmp_path: Path, bert: Path, request_for: Request, lines: list[str], pair_task: xharness.Task
) -> None:
    """What an interrupted call began is not gone on with under changed settings, and no other head is trained first."""
    late = dataclasses.replace(pair_task, name="pawsx", head="pawsx")
    with pytest.raises(KeyboardInterrupt):
        direct(request_for(bert, late, settings=ONCE, report=Interrupt("pawsx: step")))
    with pytest.raises(xharness.RunError, match=r"begun in .*pawsx.*seed was 42, now 1.*--out"):
        direct(request_for(bert, pair_task, late, settings=ONCE, seed=1))
    assert lines == []
    assert parts(tmp_path / "set") == []


def test_checkpoints_may_come_at_other_steps_when_resumed(
    bert: Path, request_for: Request, lines: list[str], pair_task: xharness.Task
) -> None:
    """How often checkpoints are written decides no weights, so it may change."""
    with pytest.raises(KeyboardInterrupt):
        direct(request_for(bert, pair_task, settings=ONCE, report=Interrupt("xnli: step 3")))
    direct(request_for(bert, pair_task, settings=(*ONCE, "target.checkpoint_every=2")))
    assert "going on where it was interrupted" in lines[0]


def test_leftovers_of_a_killed_process_are_replaced(
    tmp_path: Path, bert: Path, request_for: Request, pair_task: xharness.Task
) -> None:
    """What a killed process left under its temporary names never becomes part of a head."""
    for name in (".xnli.partial", ".xnli.work"):
        leftover = tmp_path / "set" / name
        leftover.mkdir(parents=True)
        (leftover / "stale.bin").write_bytes(b"half")
    made = direct(request_for(bert, pair_task, settings=FEW))
    assert [path.name for path in made.iterdir()] == ["xnli"]
    assert not (made / "xnli" / "stale.bin").exists()


# ---- what a reader must know ------------------------------------------------------------------------------------------


def test_stand_in_file_is_recorded(
    tmp_path: Path, bert: Path, request_for: Request, lines: list[str], pair_task: xharness.Task
) -> None:
    """Data from a file that the layout does not name are marked as a stand-in, with the file's hash."""
    file = tmp_path / "other.tsv"
    file.write_text("anything", encoding="utf-8")
    trained = stage.train(
        find_recipe("direct"), request_for(bert, pair_task, settings=(*FEW, f"target.xnli.file={file}"))
    )
    record = provenance(trained.folder / "xnli")
    assert record["data"]["xnli"]["stand_ins"] == [{"file": "other.tsv", "sha256": of_file(file)}]
    assert record["data"]["xnli"]["source"] == "read from other.tsv"
    assert "from the stand-in file other.tsv" in lines[0]
    (mark,) = (mark for mark in trained.heads[0].marks if mark.startswith("stand-in"))
    assert "other.tsv" in mark
    assert str(tmp_path) not in json.dumps(record)


def test_languages_other_than_english_are_not_zero_shot(
    tmp_path: Path, bert: Path, request_for: Request, pair_task: xharness.Task
) -> None:
    """A head trained on files in two languages says in which of the tested ones it is not zero-shot, and names both files."""
    for language in ("en", "de"):
        (tmp_path / f"train-{language}.tsv").write_text(language, encoding="utf-8")
    task = dataclasses.replace(pair_task, languages=("en", "de", "sw"))
    settings = (*FEW, 'target.xnli.languages=["en", "de"]', f"target.xnli.file={tmp_path}/train-{{language}}.tsv")
    trained = stage.train(find_recipe("direct"), request_for(bert, task, settings=settings))
    record = provenance(trained.folder / "xnli")
    assert record["seen"]["labelled"] == {"de": ["xnli"], "en": ["xnli"]}
    assert [one["file"] for one in record["data"]["xnli"]["stand_ins"]] == ["train-en.tsv", "train-de.tsv"]
    assert record["data"]["xnli"]["available"] == 192
    assert any(mark.startswith("not zero-shot in de: ") for mark in trained.heads[0].marks)


def test_dev_examples_that_were_trained_on_are_counted(bert: Path, request_for: Request) -> None:
    """A dev score on data that was trained on says so."""
    task = make_task(xharness.Kind.TAGGING, head="panx", examples=examples_of(xharness.Kind.TAGGING, 40, seed=2))
    record = provenance(direct(request_for(bert, task, settings=FEW)) / "panx")
    assert record["dev"]["seen_in_training"] == 40
    assert "40 of 40 development examples of panx were trained on" in record["marks"]


def test_collapsed_head_is_marked(bert: Path, request_for: Request, lines: list[str]) -> None:
    """A head that is no better than the commonest label is written all the same, and marked as collapsed."""
    task = make_task(xharness.Kind.PAIR_CLASSIFICATION, head="xnli")
    trained = stage.train(find_recipe("direct"), request_for(bert, task, settings=(*FEW, "target.learning_rate=1e-9")))
    (head,) = trained.heads
    assert head.collapsed
    assert "collapsed on xnli: its development score is not above chance" in head.marks
    assert "COLLAPSED: not above chance" in lines[-1]
    assert provenance(trained.folder / "xnli")["dev"]["collapsed"] is True


def test_no_dev_split_is_said(bert: Path, request_for: Request, lines: list[str]) -> None:
    """A task without dev data is trained all the same, and the record says why there is no dev score."""
    task = make_task(xharness.Kind.TAGGING, head="panx", splits=("train", "test"))
    trained = stage.train(find_recipe("direct"), request_for(bert, task, settings=FEW))
    record = provenance(trained.folder / "panx")
    assert record["dev"] == {"missing": "the task has no dev split"}
    assert lines[-1].endswith("no dev score of panx (the task has no dev split)")
    assert (trained.heads[0].value, trained.heads[0].collapsed) == (None, False)


def test_held_out_examples_are_not_trained_on(bert: Path, request_for: Request, lines: list[str]) -> None:
    """With holdout a share of the training data is scored on and not trained on, the same one for every seed."""
    task = make_task(xharness.Kind.SPAN_QA, head="squad", splits=("train", "test"))
    settings = (*FEW, "target.squad.holdout=0.25")
    record = provenance(direct(request_for(bert, task, settings=settings)) / "squad")
    assert (record["data"]["squad"]["used"], record["data"]["squad"]["held_out"], record["dev"]["n"]) == (72, 24, 24)
    assert record["dev"]["held_out"] is True
    assert "24 held out to score on" in lines[0]


def test_best_weights_are_kept(bert: Path, request_for: Request, pair_task: xharness.Task) -> None:
    """With scores during the training the weights of the best one are written: their score is the best of the curve."""
    settings = ("target.epochs=2", "target.dev_every=3", "target.learning_rate=5e-2")
    made = direct(request_for(bert, pair_task, settings=settings)) / "xnli"
    record = provenance(made)
    curve = {point["step"]: point["value"] for point in record["training"]["dev_curve"]}
    assert list(curve) == list(range(3, 25, 3))
    assert record["dev"]["value"] == max(curve.values()) == curve[record["training"]["kept_step"]]
    assert any(mark.startswith("step selected on development data (en) of xnli") for mark in record["marks"])
    unseen = examples_of(pair_task.kind, 40, seed=2)
    assert right(pair_task.kind, answers(made, pair_task.kind, unseen), unseen) == pytest.approx(max(curve.values()))


def test_progress_says_head_step_loss_rate_and_time(
    bert: Path, request_for: Request, lines: list[str], pair_task: xharness.Task
) -> None:
    """About twenty progress lines per head, however many steps it has."""
    direct(request_for(bert, pair_task, settings=("target.epochs=5",)))
    steps = [line for line in lines if ": step " in line]
    assert 20 <= len(steps) <= 21
    assert steps[-1].startswith("xnli: step 60 of 60, loss 0.")
    assert " rows/s, " in steps[-1]
    assert steps[-1].endswith("0 s left")


# ---- what goes wrong --------------------------------------------------------------------------------------------------


def test_nan_loss_stops_the_training(tmp_path: Path, request_for: Request, pair_task: xharness.Task) -> None:
    """A loss that is not a number stops with head, step and remedy, and no head is written."""
    from safetensors.numpy import load_file, save_file

    from .conftest import write_encoder

    broken = write_encoder(tmp_path / "broken")
    weights = load_file(broken / "model.safetensors")
    weights["encoder.layer.1.output.dense.weight"][:] = np.nan
    save_file(weights, broken / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(
        xharness.HarnessError, match=r"xnli: the loss of xnli became NaN or infinite at step 1 .*learning_rate="
    ):
        direct(request_for(broken, pair_task))
    assert parts(tmp_path / "set") == []


def test_nan_in_a_late_head_keeps_the_earlier_ones(
    tmp_path: Path, bert: Path, request_for: Request, pair_task: xharness.Task, tagging_task: xharness.Task
) -> None:
    """A head that diverges does not cost the heads before it."""
    settings = (*ONCE, "target.panx.learning_rate=1e18", "target.panx.warmup=0", "target.panx.clip=1e18")
    with pytest.raises(xharness.HarnessError, match=r"panx: .* became NaN or infinite"):
        direct(request_for(bert, pair_task, tagging_task, settings=settings))
    assert parts(tmp_path / "set") == ["xnli"]


def test_failing_write_leaves_nothing(
    tmp_path: Path, bert: Path, request_for: Request, pair_task: xharness.Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that fails (no space) names the folder, the half-written head is gone, and the same call again works."""

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("xharness_finetune.origin.provenance.write", full)
        with pytest.raises(xharness.RunError, match=r"xnli could not be written \(No space left on device\)"):
            direct(request_for(bert, pair_task, settings=FEW))
    assert [path.name for path in (tmp_path / "set").iterdir()] == [".xnli.work"]
    assert parts(direct(request_for(bert, pair_task, settings=FEW))) == ["xnli"]
