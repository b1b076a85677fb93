"""The stage as a whole: encoder in, checkpoint set out."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xharness
import xharness_finetune
from xharness.identity import of_file, of_split
from xharness_finetune import direct, trainer

from .conftest import SENTIMENT, TAGS, examples_of, make_task

if TYPE_CHECKING:
    from pathlib import Path

Request = Callable[..., xharness.TrainRequest]
HEADS = {
    xharness.Kind.PAIR_CLASSIFICATION: "xnli",
    xharness.Kind.CLASSIFICATION: "topics",
    xharness.Kind.TAGGING: "panx",
    xharness.Kind.SPAN_QA: "squad",
}


def provenance(folder: Path) -> dict[str, Any]:
    """Returns a head's provenance."""
    record: dict[str, Any] = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    return record


def answers(folder: Path, kind: str, examples: list[xharness.Example]) -> list[Any]:
    """Predicts with transformers alone, one example at a time, as a user of the written folder would."""
    import torch
    import transformers

    made = {
        xharness.Kind.TAGGING: transformers.AutoModelForTokenClassification,
        xharness.Kind.SPAN_QA: transformers.AutoModelForQuestionAnswering,
    }.get(xharness.Kind(kind), transformers.AutoModelForSequenceClassification)
    network, loading = made.from_pretrained(folder, output_loading_info=True, use_safetensors=True)
    assert not loading["missing_keys"]
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    found: list[Any] = []
    for example in examples:
        assert example.inputs is not None
        parts = example.inputs.parts()
        if kind == xharness.Kind.TAGGING:
            rows = tokenizer([list(parts)], is_split_into_words=True, return_tensors="pt")
        else:
            rows = tokenizer(*[[part] for part in parts], return_tensors="pt", return_offsets_mapping=True)
        offsets = rows.pop("offset_mapping", None)
        with torch.inference_mode():
            output = network(**rows)
        if kind == xharness.Kind.SPAN_QA:
            first, last = int(output.start_logits.argmax()), int(output.end_logits.argmax())
            found.append(parts[1][offsets[0, first, 0] : offsets[0, last, 1]])
        elif kind == xharness.Kind.TAGGING:
            classes, words = output.logits[0].argmax(-1).tolist(), rows.word_ids(0)
            starts = [words.index(word) for word in range(len(parts))]
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


def test_stage_is_offered() -> None:
    """The plugin offers one stage, called direct."""
    assert [stage.name for stage in xharness_finetune.xharness_training_stages()] == ["direct"]


def test_offering_the_stage_loads_nothing_heavy() -> None:
    """Listing the stage imports neither numpy nor torch."""
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
    made = direct.train(request_for(request.getfixturevalue(family), task, epochs=epochs)) / task.head

    record = provenance(made)
    losses = [point["loss"] for point in record["curve"]]
    assert losses[-1] < 0.5 * losses[0]
    training, unseen = examples_of(kind, 96, seed=1), examples_of(kind, 40, seed=2)
    assert right(kind, answers(made, kind, training), training) > 0.9
    assert record["dev"]["n"] == len(unseen)
    assert record["dev"]["value"] == pytest.approx(right(kind, answers(made, kind, unseen), unseen))


def test_labels_are_named(
    bert: Path, request_for: Request, pair_task: xharness.Task, tagging_task: xharness.Task
) -> None:
    """A written configuration names the outputs after the task's labels, in the task's order."""
    made = direct.train(request_for(bert, pair_task, tagging_task, max_steps=1))
    for head, labels in (("xnli", SENTIMENT), ("panx", TAGS)):
        configuration = json.loads((made / head / "config.json").read_text(encoding="utf-8"))
        assert configuration["id2label"] == {str(index): label for index, label in enumerate(labels)}
        assert configuration["label2id"] == {label: index for index, label in enumerate(labels)}


def test_provenance_says_how_a_head_came_to_be(bert: Path, request_for: Request, pair_task: xharness.Task) -> None:
    """A head's provenance has parent, data, settings, seed, versions and what the training came to, and no local path."""
    made = direct.train(request_for(bert, pair_task, max_examples=40, epochs=2, seed=5)) / "xnli"
    record = provenance(made)
    split = pair_task.load(xharness.DataRequest(language="en", split="train"))
    decided = record["made_from"]
    assert decided["phase"] == "target"
    assert decided["parent"] == direct.find_encoder(str(bert)).identity
    assert decided["data"] == of_split(split)
    assert (decided["examples"], record["data"]["available"]) == (40, 96)
    assert (decided["task"], decided["task_version"], decided["language"], decided["seed"]) == ("xnli", "1", "en", 5)
    assert decided["settings"]["epochs"] == 2
    assert decided["settings"]["weight_decay"] == 0.01
    assert record["steps"] == 10  # 40 examples in batches of 8, twice
    assert [point["step"] for point in record["curve"]] == list(range(1, 11))
    assert record["curve"][-1]["loss"] == record["train_loss"]
    assert record["seconds"] > 0
    assert record["environment"]["packages"]["transformers"]
    assert record["initialised"] == ["classifier.weight", "classifier.bias"]
    for written in ("provenance.json", "config.json", "tokenizer_config.json"):
        assert str(bert.parent) not in (made / written).read_text(encoding="utf-8")


def test_same_seed_gives_the_same_bytes(
    tmp_path: Path, bert: Path, request_for: Request, pair_task: xharness.Task
) -> None:
    """The same request gives byte-equal files on the CPU, another seed other weights, and global generators are left alone."""
    import torch

    state = torch.get_rng_state()
    made = [
        direct.train(request_for(bert, pair_task, epochs=1, out=tmp_path / str(index), seed=seed)) / "xnli"
        for index, seed in enumerate((3, 3, 4))
    ]
    assert torch.equal(torch.get_rng_state(), state)
    names = ("model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json")
    first, second, other = ([of_file(folder / name) for name in names] for folder in made)
    assert first == second
    assert first[0] != other[0]


def test_training_moves_the_whole_encoder(bert: Path, request_for: Request, pair_task: xharness.Task) -> None:
    """Fine-tuning changes the encoder's own weights too, not only the head's."""
    from safetensors.numpy import load_file

    made = load_file(direct.train(request_for(bert, pair_task, epochs=1)) / "xnli" / "model.safetensors")
    name = "encoder.layer.0.attention.self.query.weight"
    assert not np.array_equal(made[f"bert.{name}"], load_file(bert / "model.safetensors")[name])


def test_a_head_does_not_depend_on_its_neighbours(
    tmp_path: Path, bert: Path, request_for: Request, pair_task: xharness.Task, tagging_task: xharness.Task
) -> None:
    """A head trained alone has the bytes of the same head trained after another."""
    alone = direct.train(request_for(bert, tagging_task, epochs=1, out=tmp_path / "alone"))
    after = direct.train(request_for(bert, pair_task, tagging_task, epochs=1, out=tmp_path / "after"))
    assert of_file(alone / "panx" / "model.safetensors") == of_file(after / "panx" / "model.safetensors")


@pytest.mark.parametrize("family", ["masked_lm", "sentence_encoder"])
def test_other_forms_of_encoder(family: str, request: pytest.FixtureRequest, request_for: Request, capfd: Any) -> None:
    """Masked language models and sentence-transformers directories are trained, and nothing is printed about new heads."""
    tasks = [make_task(kind, head=head) for kind, head in HEADS.items()]
    encoder = request.getfixturevalue(family)
    capfd.readouterr()  # what writing the encoder printed
    made = direct.train(request_for(encoder, *tasks, max_steps=1))
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")
    assert all((made / head / "model.safetensors").is_file() for head in HEADS.values())
    saved = json.loads((made / "xnli" / "tokenizer.json").read_text(encoding="utf-8"))
    assert saved["truncation"] is None
    assert saved["padding"] is None
    assert "modules.json" not in {path.name for path in (made / "xnli").iterdir()}


def test_pooler_that_the_encoder_lacks_is_named_as_new(
    masked_lm: Path, request_for: Request, pair_task: xharness.Task
) -> None:
    """A masked language model has no pooler, so a pair head's pooler is recorded among the new parameters."""
    record = provenance(direct.train(request_for(masked_lm, pair_task, max_steps=1)) / "xnli")
    assert [name for name in record["initialised"] if "pooler" in name] == [
        "bert.pooler.dense.weight",
        "bert.pooler.dense.bias",
    ]


def test_encoder_is_copied_byte_for_byte(
    sentence_encoder: Path, request_for: Request, retrieval_task: xharness.Task
) -> None:
    """Retrieval and mining get the encoder's own files, pooling and tokenizer settings included, once for both."""
    mining = dataclasses.replace(retrieval_task, name="bucc2018", kind=xharness.Kind.MINING)
    made = direct.train(request_for(sentence_encoder, retrieval_task, mining)) / "encoder"
    copied = {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()}
    assert {"model.safetensors", "config.json", "tokenizer.json", "modules.json", "1_Pooling/config.json"} <= copied
    assert "README.md" not in copied
    for name in copied - {"provenance.json"}:
        assert of_file(made / name) == of_file(sentence_encoder / name)
    assert provenance(made)["made_from"]["phase"] == "copy"
    assert direct.find_encoder(str(made)).identity == direct.find_encoder(str(sentence_encoder)).identity


def test_whole_heads_are_kept(
    bert: Path, request_for: Request, lines: list[str], pair_task: xharness.Task, tagging_task: xharness.Task
) -> None:
    """A second call trains only the heads that are missing."""
    made = direct.train(request_for(bert, pair_task, epochs=1))
    before = (made / "xnli" / "model.safetensors").stat().st_mtime_ns
    lines.clear()
    direct.train(request_for(bert, pair_task, tagging_task, epochs=1))
    assert (made / "xnli" / "model.safetensors").stat().st_mtime_ns == before
    assert lines[0] == "xnli: already whole in set, kept"
    assert not [line for line in lines[1:] if line.startswith("xnli")]
    assert (made / "panx" / "provenance.json").is_file()


def test_a_head_of_another_request_is_refused(bert: Path, request_for: Request, pair_task: xharness.Task) -> None:
    """A head that other settings or data made is neither kept nor overwritten; the message names the differences."""
    made = direct.train(request_for(bert, pair_task, epochs=1))
    before = of_file(made / "xnli" / "model.safetensors")
    with pytest.raises(xharness.RunError, match=r"seed was 42, now 1; settings\.epochs was 1, now 2.*--out"):
        direct.train(request_for(bert, pair_task, epochs=2, seed=1))
    other = make_task(pair_task.kind, head="xnli", examples=examples_of(pair_task.kind, 96, seed=9))
    with pytest.raises(xharness.RunError, match=r"data was \w{12}…, now"):
        direct.train(request_for(bert, other, epochs=1))
    assert of_file(made / "xnli" / "model.safetensors") == before


def test_a_folder_of_unknown_origin_is_refused(
    tmp_path: Path, bert: Path, request_for: Request, pair_task: xharness.Task
) -> None:
    """A head's folder without provenance is left alone."""
    (tmp_path / "set" / "xnli").mkdir(parents=True)
    with pytest.raises(xharness.RunError, match=r"xnli exists but its provenance\.json does not say.*--out"):
        direct.train(request_for(bert, pair_task))


def test_interrupt_leaves_whole_heads_only(
    bert: Path, request_for: Request, pair_task: xharness.Task, tagging_task: xharness.Task
) -> None:
    """Ctrl-C in the second head keeps the first whole and leaves nothing of the second; the same call then finishes."""
    stopped: list[str] = []

    def interrupt(line: str) -> None:
        if line.startswith("panx: step"):
            stopped.append(line)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        direct.train(request_for(bert, pair_task, tagging_task, epochs=1, report=interrupt))
    out = request_for(bert).out
    assert len(stopped) == 1
    assert [path.name for path in out.iterdir()] == ["xnli"]
    direct.train(request_for(bert, pair_task, tagging_task, epochs=1))
    assert sorted(path.name for path in out.iterdir()) == ["panx", "xnli"]


def test_leftovers_of_a_killed_process_are_replaced(
    tmp_path: Path, bert: Path, request_for: Request, pair_task: xharness.Task
) -> None:
    """What a killed process left under its temporary name never becomes part of a head."""
    leftover = tmp_path / "set" / ".xnli.partial"
    leftover.mkdir(parents=True)
    (leftover / "stale.bin").write_bytes(b"half")
    made = direct.train(request_for(bert, pair_task, max_steps=1))
    assert [path.name for path in made.iterdir()] == ["xnli"]
    assert not (made / "xnli" / "stale.bin").exists()


def test_stand_in_file_is_recorded(
    tmp_path: Path, bert: Path, request_for: Request, lines: list[str], pair_task: xharness.Task
) -> None:
    """Data from a file that the layout does not name are marked as a stand-in, with the file's hash."""
    file = tmp_path / "other.tsv"
    file.write_text("anything", encoding="utf-8")
    made = direct.train(request_for(bert, pair_task, files={"xnli": file}, max_steps=1)) / "xnli"
    assert provenance(made)["data"]["stand_in"] == f"stand-in file other.tsv, sha256 {of_file(file)}"
    assert provenance(made)["data"]["source"] == "read from other.tsv"
    assert "from the stand-in file other.tsv" in lines[0]


def test_dev_examples_that_were_trained_on_are_counted(bert: Path, request_for: Request) -> None:
    """A dev score on data that was trained on says so."""
    task = make_task(xharness.Kind.TAGGING, head="panx", examples=examples_of(xharness.Kind.TAGGING, 40, seed=2))
    record = provenance(direct.train(request_for(bert, task, max_steps=1)) / "panx")
    assert record["dev"]["seen_in_training"] == 40


def test_no_dev_split_is_said(bert: Path, request_for: Request, lines: list[str]) -> None:
    """A task without dev data is trained all the same, and the record says why there is no dev score."""
    task = make_task(xharness.Kind.SPAN_QA, head="squad", splits=("train", "test"))
    record = provenance(direct.train(request_for(bert, task, max_steps=1)) / "squad")
    assert record["dev"] == {"missing": "the task has no dev split"}
    assert lines[-1].endswith("no dev score (the task has no dev split)")


def test_progress_says_head_step_loss_rate_and_time(
    bert: Path, request_for: Request, lines: list[str], pair_task: xharness.Task
) -> None:
    """About twenty progress lines per head, however many steps it has."""
    direct.train(request_for(bert, pair_task, epochs=5))
    steps = [line for line in lines if ": step " in line]
    assert 20 <= len(steps) <= 21
    assert steps[-1].startswith("xnli: step 60 of 60, loss 0.")
    assert " rows/s, " in steps[-1]
    assert steps[-1].endswith("0 s left")


# ---- bad input ----------------------------------------------------------------------------------------------------


def test_missing_data_of_a_late_head_stops_before_any_training(
    bert: Path, request_for: Request, lines: list[str], pair_task: xharness.Task
) -> None:
    """All heads' data are looked at first; the loader's error comes with the flag that supplies a stand-in."""

    def load(request: xharness.DataRequest) -> xharness.Split:
        raise xharness.DataError(f"pawsx/{request.language}: no file pawsx/train-en.tsv.")

    late = make_task(xharness.Kind.PAIR_CLASSIFICATION, head="pawsx", load=load)
    with pytest.raises(xharness.DataError, match=r"pawsx/en: no file pawsx/train-en\.tsv.*--train-data pawsx=FILE"):
        direct.train(request_for(bert, pair_task, late))
    assert lines == []
    assert not request_for(bert).out.exists()


def test_nan_loss_stops_the_training(tmp_path: Path, request_for: Request, pair_task: xharness.Task) -> None:
    """A loss that is not a number stops with head, step and remedy, and no head is written."""
    from safetensors.numpy import load_file, save_file

    from .conftest import write_encoder

    broken = write_encoder(tmp_path / "broken")
    weights = load_file(broken / "model.safetensors")
    weights["encoder.layer.1.output.dense.weight"][:] = np.nan
    save_file(weights, broken / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(
        xharness.HarnessError, match=r"xnli: the loss became NaN or infinite at step 1;.*--learning-rate"
    ):
        direct.train(request_for(broken, pair_task))
    assert list(request_for(broken).out.iterdir()) == []


def test_wrong_requests_are_refused(
    tmp_path: Path, bert: Path, request_for: Request, pair_task: xharness.Task, question_task: xharness.Task
) -> None:
    """What cannot be meant is refused with the flag to change."""
    file = tmp_path / "file.tsv"
    cases: list[tuple[str, xharness.TrainRequest]] = [
        ("No task to train", request_for(bert)),
        (
            "several tasks \\(squad, mlqa\\)",
            request_for(bert, question_task, dataclasses.replace(question_task, name="mlqa")),
        ),
        ("called 'xlni'.*Did you mean xnli", request_for(bert, pair_task, files={"xlni": file})),
        ("--epochs is 0", request_for(bert, pair_task, epochs=0)),
        ("--learning-rate is -1", request_for(bert, pair_task, learning_rate=-1.0)),
        ("--max-train-examples is 0", request_for(bert, pair_task, max_examples=0)),
        (
            "no head can be trained for tasks of kind 'poetry'",
            request_for(bert, dataclasses.replace(pair_task, kind="poetry")),
        ),
        ("no device 'tpu'", request_for(bert, pair_task, device="tpu")),
        ("is a checkpoint itself.*--out", request_for(bert, pair_task, out=bert)),
    ]
    for message, request in cases:
        with pytest.raises(xharness.UsageError, match=message):
            direct.train(request)


def test_full_disk_is_seen_before_training(
    bert: Path, request_for: Request, pair_task: xharness.Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too little space for the heads is an error at the start, with both sizes."""
    monkeypatch.setattr(direct.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 2**20 // 8})())
    with pytest.raises(xharness.RunError, match=r"1 heads need about .* MiB are free; make room.*--out"):
        direct.train(request_for(bert, pair_task))


def test_failing_write_leaves_nothing(
    bert: Path, request_for: Request, pair_task: xharness.Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that fails (no space) is an error that names the folder, and the half-written head is gone."""

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("xharness_finetune.origin.provenance.write", full)
    with pytest.raises(xharness.RunError, match=r"xnli could not be written \(No space left on device\)"):
        direct.train(request_for(bert, pair_task, max_steps=1))
    assert list(request_for(bert).out.iterdir()) == []


def test_absent_gpu_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU that torch does not see, or one past the first, is refused with the way out."""
    monkeypatch.setattr(trainer.torch.cuda, "is_available", lambda: False)
    assert trainer.pick_device("auto").type == "cpu"
    with pytest.raises(xharness.UsageError, match="sees no CUDA device; use --device cpu"):
        trainer.pick_device("cuda:0")
    monkeypatch.setattr(trainer.torch.cuda, "is_available", lambda: True)
    with pytest.raises(xharness.UsageError, match="CUDA_VISIBLE_DEVICES=1"):
        trainer.pick_device("cuda:1")
