"""Checkpoints of every form answer the tasks that they can answer, and no others."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import xharness_transformers
from xharness import CheckpointError, Head, NoHead, Settings, Task, UsageError
from xharness_transformers.checkpoint import TransformersModel

Tasks = Mapping[str, Task]


def opened(folder: Path, **settings: Any) -> TransformersModel:
    """Loads a folder as the harness does."""
    model = xharness_transformers.xharness_load(checkpoint=str(folder), settings=Settings(**settings))
    assert isinstance(model, TransformersModel)
    return model


def copy(source: Path, target: Path) -> Path:
    """A checkpoint that a test may alter."""
    return Path(shutil.copytree(source, target))


def edit(path: Path, **changes: Any) -> None:
    """Changes keys of a JSON object on disk."""
    content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps({**content, **changes}), encoding="utf-8")


def answered(model: TransformersModel, tasks: Tasks) -> set[str]:
    """Names of the tasks that a checkpoint has a head for."""
    return {name for name, task in tasks.items() if isinstance(model.head(task), Head)}


def reason(model: TransformersModel, task: Task) -> str:
    """Why a checkpoint has no head for a task."""
    head = model.head(task)
    assert isinstance(head, NoHead)
    return head.reason


# ---- which tasks run ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fixture", "expected"),
    [
        ("bert_nli", {"xnli", "topics", "tatoeba", "bucc2018"}),
        ("xlmr_nli", {"xnli", "topics", "tatoeba", "bucc2018"}),
        ("lora_nli", {"xnli", "topics", "tatoeba", "bucc2018"}),
        ("bert_pawsx", {"pawsx", "tatoeba", "bucc2018"}),
        ("xlmr_tagger", {"panx", "tatoeba", "bucc2018"}),
        ("bert_qa", {"xquad", "tydiqa", "tatoeba", "bucc2018"}),
        ("bert_encoder", {"tatoeba", "bucc2018"}),
        ("bert_masked_lm", {"tatoeba", "bucc2018"}),
        ("sentence_folder", {"tatoeba", "bucc2018"}),
        ("checkpoint_set", {"xnli", "topics", "pawsx", "panx", "udpos", "xquad", "tatoeba", "bucc2018"}),
    ],
)
def test_the_head_decides_which_tasks_run(
    fixture: str, expected: set[str], tasks: Tasks, request: pytest.FixtureRequest
) -> None:
    """A checkpoint answers the tasks that its head and its labels fit, and nothing else."""
    assert answered(opened(request.getfixturevalue(fixture)), tasks) == expected


def test_a_missing_head_says_why(bert_nli: Path, bert_encoder: Path, checkpoint_set: Path, tasks: Tasks) -> None:
    """The reason names the class and the need, both label sets, or the set's folders."""
    assert reason(opened(bert_encoder), tasks["xnli"]) == (
        "BertModel has no head for sequence classification, which xnli needs"
    )
    assert reason(opened(bert_nli), tasks["pawsx"]) == (
        "the head has no output for 0, 1: its outputs are ENTAILMENT, NEUTRAL, CONTRADICTION; the labels of pawsx are 0, 1"
    )
    assert reason(opened(checkpoint_set), tasks["tydiqa"]) == (
        "the set has no folder 'tydiqa' (it has encoder, panx, pawsx, squad, udpos, xnli)"
    )


def test_heads_say_what_they_are(bert_nli: Path, checkpoint_set: Path, tasks: Tasks) -> None:
    """A head's name is the set's folder, "encoder", or the checkpoint's own name; its outputs are the task's labels."""
    single, whole = opened(bert_nli), opened(checkpoint_set)
    head = single.head(tasks["xnli"])
    assert isinstance(head, Head)
    assert (head.name, head.architecture) == (bert_nli.name, "BertForSequenceClassification")
    assert head.outputs == ("entailment", "neutral", "contradiction")
    assert [single.head(tasks["tatoeba"]).name, whole.head(tasks["xquad"]).name] == ["encoder", "squad"]  # type: ignore[union-attr]
    assert whole.head(tasks["xquad"]).outputs == ()  # type: ignore[union-attr]


def test_a_set_s_head_of_another_type_is_an_error(
    checkpoint_set: Path, bert_qa: Path, tasks: Tasks, tmp_path: Path
) -> None:
    """In a set a folder is meant for its head: another class there is an error that names folder and way out."""
    folder = copy(checkpoint_set, tmp_path / "heads")
    shutil.rmtree(folder / "xnli")
    copy(bert_qa, folder / "xnli")
    with pytest.raises(CheckpointError, match=r"heads/xnli: BertForQuestionAnswering has no head .*remove the folder"):
        opened(folder).head(tasks["xnli"])


def test_a_set_s_head_without_a_label_is_an_error(
    checkpoint_set: Path, bert_pawsx: Path, tasks: Tasks, tmp_path: Path
) -> None:
    """In a set a head that lacks a label of its task is an error that lists both label sets."""
    folder = copy(checkpoint_set, tmp_path / "heads")
    shutil.rmtree(folder / "xnli")
    copy(bert_pawsx, folder / "xnli")
    with pytest.raises(
        CheckpointError, match=r"heads/xnli: .*not_paraphrase, paraphrase; the labels of xnli are contra"
    ):
        opened(folder).head(tasks["xnli"])


def test_kinds_of_other_plugins_take_a_set_s_folder(checkpoint_set: Path, bert_nli: Path, tasks: Tasks) -> None:
    """A task of an unknown kind is answered by the folder named after its head, and by no single checkpoint."""
    task = replace(tasks["xnli"], kind="my kind")
    assert isinstance(opened(checkpoint_set).head(task), Head)
    assert "my kind" in reason(opened(bert_nli), task)


# ---- labels ------------------------------------------------------------------------------------------------------


def test_outputs_follow_the_names(bert_nli: Path, xlmr_tagger: Path, bert_qa: Path, tasks: Tasks) -> None:
    """The label of an output is the one its name means, whatever the order; heads without labels have none."""
    assert opened(bert_nli).outputs(tasks["xnli"]) == ("entailment", "neutral", "contradiction")
    assert opened(xlmr_tagger).outputs(tasks["panx"]) == tasks["panx"].labels[::-1]
    assert opened(bert_qa).outputs(tasks["xquad"]) == ()
    assert opened(bert_nli).outputs(tasks["tatoeba"]) == ()


def test_outputs_outside_the_task_are_none(write_checkpoint: Any, tasks: Tasks) -> None:
    """A tagger that also knows B-MISC answers PAN-X; that output means nothing."""
    folder = write_checkpoint(head="token", labels=("B-MISC", *tasks["panx"].labels))
    model = opened(folder)
    assert model.outputs(tasks["panx"]) == (None, *tasks["panx"].labels)
    head = model.head(tasks["panx"])
    assert isinstance(head, Head)
    assert head.outputs == ("", *tasks["panx"].labels)


def test_unnamed_outputs_need_names(bert_unnamed: Path, tasks: Tasks) -> None:
    """LABEL_0 is refused with the flag that resolves it, and the flag resolves it."""
    with pytest.raises(
        CheckpointError, match=r"bert-sequence: the 3 outputs .*--label-names xnli=contradiction,entailment,neutral"
    ):
        opened(bert_unnamed).head(tasks["xnli"])
    names = ("neutral", "entailment", "contradiction")
    for key in ("xnli", bert_unnamed.name):
        named = opened(bert_unnamed, label_names={key: names})
        assert named.outputs(tasks["xnli"]) == names


def test_unnamed_outputs_of_another_count_are_no_head(bert_unnamed: Path, tasks: Tasks) -> None:
    """Three unnamed outputs cannot be meant for a task of two labels."""
    assert reason(opened(bert_unnamed), tasks["pawsx"]) == "the head has 3 unnamed outputs, pawsx has 2 labels"
    named = opened(bert_unnamed, label_names={"else": ("a",)})
    assert "not for xnli" in reason(named, tasks["xnli"])


def test_unnamed_outputs_in_a_set_are_refused(
    checkpoint_set: Path, bert_unnamed: Path, tasks: Tasks, tmp_path: Path
) -> None:
    """A set's head is meant for its task, so unnamed outputs are an error whatever their count."""
    folder = copy(checkpoint_set, tmp_path / "heads")
    shutil.rmtree(folder / "pawsx")
    copy(bert_unnamed, folder / "pawsx")
    with pytest.raises(CheckpointError, match=r"heads/pawsx: the 3 outputs .*--label-names pawsx=0,1"):
        opened(folder).head(tasks["pawsx"])


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("entailment", "neutral"), r"--label-names xnli=entailment,neutral gives 2 names, but the head has 3 outputs"),
        (
            ("entailment", "neutral", "x"),
            r"no output for contradiction: .* Correct --label-names xnli=entailment,neutral,x",
        ),
        (("entailment", "neutral", "neutral"), r"both mean the label 'neutral'"),
    ],
)
def test_wrong_label_names_are_errors(bert_unnamed: Path, tasks: Tasks, names: tuple[str, ...], message: str) -> None:
    """Names of another number, outside the task, or given twice are refused."""
    with pytest.raises(CheckpointError, match=message):
        opened(bert_unnamed, label_names={"xnli": names}).head(tasks["xnli"])


def test_left_out_outputs_are_an_error(bert_nli: Path, tasks: Tasks, tmp_path: Path) -> None:
    """An id2label with a gap names the file."""
    folder = copy(bert_nli, tmp_path / "mine")
    edit(folder / "config.json", id2label={"0": "entailment", "2": "neutral", "3": "contradiction"})
    with pytest.raises(CheckpointError, match=r"mine: id2label in .*config\.json numbers its outputs \[0, 2, 3\]"):
        opened(folder).head(tasks["xnli"])


# ---- loading -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fixture", ["bert_nli", "xlmr_nli", "bert_tagger", "bert_qa"])
def test_the_loaded_network_is_the_saved_one(fixture: str, tasks: Tasks, request: pytest.FixtureRequest) -> None:
    """Logits equal those of the network that transformers itself loads, bit for bit."""
    import torch
    import transformers

    folder = request.getfixturevalue(fixture)
    architecture = json.loads((folder / "config.json").read_text(encoding="utf-8"))["architectures"][0]
    reference = getattr(transformers, architecture).from_pretrained(folder).eval()
    task = {"bert_tagger": tasks["panx"], "bert_qa": tasks["xquad"]}.get(fixture, tasks["xnli"])
    head = opened(folder).loaded(task)
    batch = head.tokenizer("the dog eats", "Paris", return_tensors="pt")
    with torch.inference_mode():
        ours, theirs = head.network(**batch).to_tuple(), reference(**batch).to_tuple()
    assert type(head.network) is type(reference)
    assert all(torch.equal(left, right) for left, right in zip(ours, theirs, strict=True))
    assert not head.network.training
    assert (head.dtype, head.device.type, head.max_positions) == (torch.float32, "cpu", 512)


@pytest.mark.parametrize(
    "fixture", ["bert_nli", "bert_masked_lm", "xlmr_tagger", "bert_qa", "bert_encoder", "lora_nli"]
)
def test_encoders_of_headed_checkpoints_are_their_own(
    fixture: str, tasks: Tasks, request: pytest.FixtureRequest
) -> None:
    """The encoder of a checkpoint gives the hidden states of the checkpoint's own network; a head is taken off."""
    import torch
    import transformers

    folder = request.getfixturevalue(fixture)
    model = opened(folder)
    encoder = model.loaded(tasks["tatoeba"])
    batch = encoder.tokenizer("the dog eats", return_tensors="pt")
    if fixture == "lora_nli":
        reference = model.loaded(tasks["xnli"]).network
    else:
        architecture = json.loads((folder / "config.json").read_text(encoding="utf-8"))["architectures"][0]
        reference = getattr(transformers, architecture).from_pretrained(folder).eval()
    with torch.inference_mode():
        ours = encoder.network(**batch, output_hidden_states=True).hidden_states
        theirs = reference(**batch, output_hidden_states=True).hidden_states
    assert type(encoder.network).__name__ in {"BertModel", "XLMRobertaModel"}
    assert all(torch.equal(left, right) for left, right in zip(ours, theirs, strict=True))


def test_one_network_is_kept(checkpoint_set: Path, tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same head again costs nothing; another head replaces it; close frees it; each can be loaded again."""
    from xharness_transformers import checkpoint

    loads: list[str] = []
    load = checkpoint.load_network

    def counted(part: Any, *arguments: Any) -> Any:
        loads.append(part.place.rpartition("/")[2])
        return load(part, *arguments)

    monkeypatch.setattr(checkpoint, "load_network", counted)
    model = opened(checkpoint_set)
    first = model.loaded(tasks["xnli"]).network
    assert model.loaded(tasks["topics"]).network is first
    model.loaded(tasks["xquad"])
    model.loaded(tasks["xnli"])
    model.close()
    model.close()
    model.loaded(tasks["xnli"])
    assert loads == ["xnli", "squad", "xnli", "xnli"]


def test_tokenizers_need_no_network_and_are_shared(
    checkpoint_set: Path, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads that ask for a tokenizer at once get one object, and no weights are read."""
    from xharness_transformers import checkpoint

    monkeypatch.setattr(checkpoint, "load_network", lambda *_: pytest.fail("a network was loaded"))
    model, found = opened(checkpoint_set), []
    threads = [threading.Thread(target=lambda: found.append(model.tokenizer(tasks["xnli"]))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(tokenizer is found[0] for tokenizer in found)
    assert (model.max_positions(tasks["xnli"]), model.pooling(tasks["tatoeba"])) == (512, None)


def test_tokenizers_have_no_limits_of_their_own(bert_nli: Path, tasks: Tasks, tmp_path: Path) -> None:
    """Truncation and padding that tokenizer.json carries from training are switched off, and nothing warns."""
    from tokenizers import Tokenizer

    folder = copy(bert_nli, tmp_path / "mine")
    limited = Tokenizer.from_file(str(folder / "tokenizer.json"))
    limited.enable_truncation(4)
    limited.enable_padding(length=16)
    limited.save(str(folder / "tokenizer.json"))
    edit(folder / "tokenizer_config.json", model_max_length=4)
    tokenizer = opened(folder).tokenizer(tasks["xnli"])
    words = "the dog eats in the park"
    assert len(tokenizer(words)["input_ids"]) == 8
    assert len(tokenizer.backend_tokenizer.encode(words).ids) == 8


def test_a_vocabulary_alone_is_a_tokenizer(bert_nli: Path, tasks: Tasks, tmp_path: Path) -> None:
    """Old BERT checkpoints with vocab.txt only get a fast tokenizer with the same ids."""
    folder = copy(bert_nli, tmp_path / "mine")
    whole = opened(bert_nli).tokenizer(tasks["xnli"])
    entries = sorted(whole.get_vocab().items(), key=lambda entry: entry[1])
    (folder / "vocab.txt").write_text("\n".join(piece for piece, _ in entries), encoding="utf-8")
    (folder / "tokenizer.json").unlink()
    edit(folder / "tokenizer_config.json", do_lower_case=False)
    tokenizer = opened(folder).tokenizer(tasks["xnli"])
    text = "the dog eats Paris, nicht zebra"
    assert tokenizer.is_fast
    assert tokenizer(text)["input_ids"] == whole(text)["input_ids"]


def test_a_sentencepiece_model_alone_is_a_tokenizer(xlmr_nli: Path, tasks: Tasks, tmp_path: Path) -> None:
    """Old XLM-R checkpoints with sentencepiece.bpe.model only get a fast tokenizer with offsets and fairseq's ids."""
    import io

    import sentencepiece

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["the dog eats", "the cat sleeps", "a dog sleeps in the park"] * 20),
        model_writer=model,
        vocab_size=22,
        minloglevel=2,
    )
    folder = copy(xlmr_nli, tmp_path / "mine")
    (folder / "tokenizer.json").unlink()
    (folder / "sentencepiece.bpe.model").write_bytes(model.getvalue())
    tokenizer = opened(folder).tokenizer(tasks["xnli"])
    encoded = tokenizer("the dog", return_offsets_mapping=True)
    pieces = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue()).encode("the dog")
    # fairseq puts <s> <pad> </s> <unk> first, sentencepiece <unk> <s> </s>: its pieces move up by one.
    assert encoded["input_ids"] == [0, *(piece + 1 for piece in pieces), 2]
    assert encoded["offset_mapping"][-2][1] == len("the dog")


def test_a_tokenizer_of_another_family_is_kept(
    bert_encoder: Path, xlmr_nli: Path, tasks: Tasks, tmp_path: Path
) -> None:
    """A BERT network with XLM-R's tokenizer, as multilingual MiniLM has it, is not given BERT's."""
    folder = copy(bert_encoder, tmp_path / "mine")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(xlmr_nli / name, folder / name)
    text = "the dog eats, nicht zebra"
    own, expected = opened(folder).tokenizer(tasks["tatoeba"]), opened(xlmr_nli).tokenizer(tasks["xnli"])
    assert own(text, text)["input_ids"] == expected(text, text)["input_ids"]


def test_lower_casing_of_sentence_transformers_is_applied(sentence_folder: Path, tasks: Tasks, tmp_path: Path) -> None:
    """With do_lower_case, as in that library, capitals make no difference; without it they do."""
    folder = copy(sentence_folder, tmp_path / "mine")
    edit(folder / "sentence_bert_config.json", do_lower_case=True)
    for where, same in ((folder, True), (sentence_folder, False)):
        tokenizer = opened(where).tokenizer(tasks["tatoeba"])
        assert (tokenizer("The DOG")["input_ids"] == tokenizer("the dog")["input_ids"]) is same


def test_a_sentence_folder_keeps_its_pooling(sentence_folder: Path, tasks: Tasks) -> None:
    """The pooling of modules.json comes with the loaded encoder."""
    pooling = opened(sentence_folder).loaded(tasks["tatoeba"]).pooling
    assert pooling is not None
    assert (pooling.mode, pooling.state, pooling.normalize, pooling.max_length) == ("cls", 2, True, 64)


def test_the_dtype_is_the_setting_s_not_the_file_s(bert_nli: Path, tasks: Tasks, tmp_path: Path) -> None:
    """Weights stored in float16 run in float32 by default, in another dtype on request."""
    import torch
    from transformers import AutoModelForSequenceClassification

    folder = copy(bert_nli, tmp_path / "mine")
    AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float16).save_pretrained(folder)
    for dtype in ("float32", "bfloat16"):
        head = opened(folder, dtype=dtype).loaded(tasks["xnli"])
        assert {parameter.dtype for parameter in head.network.parameters()} == {getattr(torch, dtype)} == {head.dtype}


def test_attention_is_sdpa_where_there_is_one(bert_nli: Path, tasks: Tasks, write_checkpoint: Any) -> None:
    """SDPA is used and recorded; an architecture without it runs eager and says so."""
    model = opened(bert_nli)
    assert model.loaded(tasks["xnli"]).network.config._attn_implementation == "sdpa"
    assert model.record["attention"] == "sdpa"
    from transformers import MPNetConfig
    from xharness_transformers.heads import HeadType
    from xharness_transformers.networks import attention

    assert attention(HeadType.NONE, MPNetConfig()) == "eager"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dtype": "float23"}, r"no dtype called 'float23'\. Did you mean .*float32"),
        ({"device": "gpu"}, r"no device called 'gpu'\..*cuda:N"),
    ],
)
def test_unknown_settings_are_refused_at_once(bert_nli: Path, settings: dict[str, str], message: str) -> None:
    """An unknown dtype or device is an error before anything is loaded, with what is known."""
    with pytest.raises(UsageError, match=message):
        opened(bert_nli, **settings)


def test_a_gpu_that_is_not_there_is_an_error(bert_nli: Path, tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU that the machine lacks is never replaced silently."""
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UsageError, match=r"--device cuda:1: this machine has no usable GPUs\. Use --device cpu"):
        opened(bert_nli, device="cuda:1").loaded(tasks["xnli"])


# ---- bad checkpoints ---------------------------------------------------------------------------------------------


def test_a_head_without_weights_is_never_random(bert_encoder: Path, tasks: Tasks, tmp_path: Path) -> None:
    """A configuration that promises a head whose weights are not there is refused, with the tensors' names."""
    folder = copy(bert_encoder, tmp_path / "mine")
    labels = dict(enumerate(tasks["xnli"].labels))
    edit(folder / "config.json", architectures=["BertForSequenceClassification"], id2label=labels)
    with pytest.raises(CheckpointError, match=r"mine: the weights lack classifier\.bias, classifier\.weight.*random"):
        opened(folder).loaded(tasks["xnli"])


def test_an_encoder_without_weights_is_never_random(bert_encoder: Path, tasks: Tasks, tmp_path: Path) -> None:
    """An encoder that lacks a layer is refused; a pooler that is missing does not matter to sentence vectors."""
    from safetensors.torch import load_file, save_file

    folder = copy(bert_encoder, tmp_path / "mine")
    tensors = load_file(folder / "model.safetensors")
    for dropped, fits in (("pooler.dense.weight", True), ("encoder.layer.1.output.dense.bias", False)):
        kept = {name: tensor for name, tensor in tensors.items() if name != dropped}
        save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
        if fits:
            assert opened(folder).loaded(tasks["tatoeba"]).network is not None
        else:
            with pytest.raises(CheckpointError, match=r"the weights lack encoder\.layer\.1\.output\.dense\.bias"):
                opened(folder).loaded(tasks["tatoeba"])


def test_weights_of_another_shape_are_refused(bert_nli: Path, tasks: Tasks, tmp_path: Path) -> None:
    """Weights and configuration from different saves are an error that names the checkpoint."""
    folder = copy(bert_nli, tmp_path / "mine")
    edit(folder / "config.json", hidden_size=64)
    with pytest.raises(CheckpointError, match=r"mine: .*is stored as \[32\], .* asks for \[64\]; \d+ more .*same save"):
        opened(folder).loaded(tasks["xnli"])


def test_a_tokenizer_of_another_checkpoint_is_refused(bert_nli: Path, tasks: Tasks, tmp_path: Path) -> None:
    """A tokenizer with ids beyond the embeddings is refused with both numbers, before anything runs."""
    from tokenizers import Tokenizer

    folder = copy(bert_nli, tmp_path / "mine")
    larger = Tokenizer.from_file(str(folder / "tokenizer.json"))
    rows = larger.get_vocab_size()
    larger.add_tokens(["zebra", "gnu"])
    larger.save(str(folder / "tokenizer.json"))
    with pytest.raises(
        CheckpointError,
        match=rf"mine: the tokenizer .* gives ids up to {rows + 1}, the network has embeddings for {rows} ",
    ):
        opened(folder).tokenizer(tasks["xnli"])


def test_a_broken_tokenizer_is_refused(bert_nli: Path, tasks: Tasks, tmp_path: Path) -> None:
    """A tokenizer.json that cannot be read names the folder and what writes it again."""
    folder = copy(bert_nli, tmp_path / "mine")
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"mine: the tokenizer in .*mine cannot be loaded .*save_pretrained"):
        opened(folder).tokenizer(tasks["xnli"])


def test_a_tokenizer_that_cannot_pad_is_refused(bert_nli: Path, tasks: Tasks, tmp_path: Path) -> None:
    """A tokenizer without padding token names the file to correct."""
    folder = copy(bert_nli, tmp_path / "mine")
    edit(folder / "tokenizer_config.json", pad_token=None, tokenizer_class="PreTrainedTokenizerFast")
    with pytest.raises(CheckpointError, match=r"mine: .*no padding token.*tokenizer_config\.json"):
        opened(folder).tokenizer(tasks["xnli"])


def test_an_unknown_model_type_is_refused(bert_nli: Path, tasks: Tasks, tmp_path: Path) -> None:
    """A configuration that transformers does not know names the file."""
    folder = copy(bert_nli, tmp_path / "mine")
    edit(folder / "config.json", model_type="not-yet-invented")
    with pytest.raises(CheckpointError, match=r"mine: transformers does not understand .*config\.json.*newer"):
        opened(folder).head(tasks["xnli"])


def test_pickled_weights_run_with_permission(bert_nli: Path, tasks: Tasks, tmp_path: Path) -> None:
    """With --allow-pickle, pickled weights give the same network as safe ones."""
    import torch
    from safetensors.torch import load_file

    folder = copy(bert_nli, tmp_path / "mine")
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match="--allow-pickle"):
        opened(folder)
    pickled, safe = opened(folder, allow_pickle=True), opened(bert_nli)
    mine, theirs = (model.loaded(tasks["xnli"]).network.state_dict() for model in (pickled, safe))
    assert all(torch.equal(mine[name], theirs[name]) for name in theirs)


# ---- adapters ----------------------------------------------------------------------------------------------------


class TestAdapters:
    """PEFT adapters, merged into their base."""

    @pytest.fixture
    def adapter(self, lora_nli: Path, tmp_path: Path) -> Path:
        """An adapter with its base beside it, to alter."""
        copy(lora_nli.parent, tmp_path / "home")
        return tmp_path / "home" / "adapter"

    def test_a_merged_adapter_answers_as_peft_does(self, lora_nli: Path, tasks: Tasks) -> None:
        """Logits equal those of peft's unmerged network within float32 rounding, and differ from the base's."""
        import warnings

        import torch
        from peft import PeftModel
        from transformers import AutoModelForSequenceClassification

        head = opened(lora_nli).loaded(tasks["xnli"])
        base = AutoModelForSequenceClassification.from_pretrained(lora_nli.parent / "base", num_labels=3).eval()
        batch = head.tokenizer("the dog eats", "Paris", return_tensors="pt")
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore", FutureWarning)
            plain = base(**batch).logits
            expected = PeftModel.from_pretrained(base, lora_nli).eval()(**batch).logits
            torch.testing.assert_close(head.network(**batch).logits, expected, rtol=1e-4, atol=1e-4)
        assert not torch.allclose(plain, expected, atol=1e-2)
        assert type(head.network).__name__ == "BertForSequenceClassification"
        assert not any("lora" in name for name, _ in head.network.named_parameters())

    def test_without_own_configuration_the_outputs_are_unnamed(self, adapter: Path, tasks: Tasks) -> None:
        """A head that only the adapter has is not named by the base's configuration, even of the same size."""
        names = tasks["xnli"].labels
        edit(adapter.parent / "base" / "config.json", id2label=dict(enumerate(names)))
        (adapter / "config.json").unlink()
        with pytest.raises(CheckpointError, match=r"adapter: the 3 outputs .*--label-names xnli="):
            opened(adapter).head(tasks["xnli"])
        head = opened(adapter, label_names={"xnli": names}).loaded(tasks["xnli"])
        assert head.outputs == names

    def test_a_head_that_nobody_trained_is_refused(self, adapter: Path, tasks: Tasks) -> None:
        """An adapter without its head, over a base without one, would be random."""
        from safetensors.torch import load_file, save_file

        path = adapter / "adapter_model.safetensors"
        tensors = {name: tensor for name, tensor in load_file(path).items() if "classifier" not in name}
        save_file(tensors, path, metadata={"format": "pt"})
        edit(adapter / "adapter_config.json", modules_to_save=None)
        with pytest.raises(
            CheckpointError, match=r"adapter: neither .* trained weights for classifier\.bias.*modules_to_save"
        ):
            opened(adapter).loaded(tasks["xnli"])

    def test_absent_adapter_tensors_are_refused(self, adapter: Path, tasks: Tasks) -> None:
        """An adapter file that lacks a tensor of its own configuration is an error."""
        from safetensors.torch import load_file, save_file

        path = adapter / "adapter_model.safetensors"
        tensors = load_file(path)
        del tensors[next(name for name in tensors if "lora_A" in name)]
        save_file(tensors, path, metadata={"format": "pt"})
        with pytest.raises(CheckpointError, match=r"adapter: adapter_model\.safetensors does not have .*lora_A"):
            opened(adapter).loaded(tasks["xnli"])

    def test_an_adapter_of_another_base_is_refused(
        self, adapter: Path, tasks: Tasks, write_checkpoint: Any, tmp_path: Path
    ) -> None:
        """Over a base of another width or depth the adapter does not fit, and the message names the base."""
        shallow = write_checkpoint(folder=tmp_path / "shallow", num_hidden_layers=1)
        wide = write_checkpoint(folder=tmp_path / "wide", hidden_size=64)
        for base in (shallow, wide):
            edit(adapter / "adapter_config.json", base_model_name_or_path=str(base))
            with pytest.raises(
                CheckpointError, match=rf"adapter: the adapter .* base {base.name}.*base_model_name_or_path"
            ):
                opened(adapter).loaded(tasks["xnli"])

    def test_prompts_cannot_be_merged(self, bert_encoder: Path, tasks: Tasks, tmp_path: Path) -> None:
        """Prompt tuning leaves the weights alone; the message says which adapters are supported."""
        import warnings

        from peft import PromptTuningConfig, TaskType, get_peft_model
        from transformers import AutoModelForSequenceClassification

        base = AutoModelForSequenceClassification.from_pretrained(bert_encoder, num_labels=3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            prompted = get_peft_model(base, PromptTuningConfig(task_type=TaskType.SEQ_CLS, num_virtual_tokens=2))
            prompted.save_pretrained(tmp_path / "prompts")
        model = opened(tmp_path / "prompts", label_names={"xnli": tasks["xnli"].labels})
        with pytest.raises(CheckpointError, match=r"prompts: adapters of type PROMPT_TUNING cannot be merged.*LoRA"):
            model.loaded(tasks["xnli"])

    def test_both_adapter_and_base_are_in_the_identity(self, adapter: Path) -> None:
        """A changed byte of the base or of the adapter's weights is another identity."""
        identities = [opened(adapter).identity]
        edit(adapter / "adapter_config.json", lora_alpha=9)
        identities.append(opened(adapter).identity)
        path = adapter.parent / "base" / "model.safetensors"
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
        identities.append(opened(adapter).identity)
        assert len(set(identities)) == 3

    def test_the_record_names_the_base(self, lora_nli: Path) -> None:
        """Form, adapted class and base are recorded, without local paths."""
        record = opened(lora_nli).record
        assert record["form"] == "PEFT adapter directory"
        assert record["architecture"] == "BertForSequenceClassification"
        assert record["base"] == {"name": "base", "commit": None}
        assert str(lora_nli.parent) not in json.dumps(record)


# ---- identity and record -----------------------------------------------------------------------------------------


def test_identity_knows_no_names(checkpoint_set: Path, bert_nli: Path, sentence_folder: Path, tmp_path: Path) -> None:
    """The same bytes under another name have the same identity; a read-me or training state changes nothing."""
    for number, source in enumerate((checkpoint_set, bert_nli, sentence_folder)):
        folder = copy(source, tmp_path / f"another-{number}")
        for name in ("README.md", "training_args.bin", "optimizer.pt"):
            (folder / name).write_text("anything", encoding="utf-8")
        assert opened(folder).identity == opened(source).identity


@pytest.mark.parametrize(
    "changed",
    [
        "model.safetensors",
        "config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "modules.json",
        "1_Pooling/config.json",
    ],
)
def test_every_byte_that_runs_is_in_the_identity(sentence_folder: Path, tmp_path: Path, changed: str) -> None:
    """A changed byte of weights, configuration, tokenizer or pooling is another identity."""
    folder = copy(sentence_folder, tmp_path / "mine")
    path = folder / changed
    content = bytearray(path.read_bytes())
    if changed == "model.safetensors":
        content[-1] ^= 1
    else:
        content += b" "
    path.write_bytes(content)
    assert opened(folder).identity != opened(sentence_folder).identity


def test_label_names_are_in_the_identity(bert_unnamed: Path, tasks: Tasks) -> None:
    """Other names for the same outputs give other answers, so they are another identity."""
    names = tasks["xnli"].labels
    models = [opened(bert_unnamed, label_names={"xnli": order}) for order in (names, names[::-1])]
    assert models[0].identity != models[1].identity
    assert models[0].head(tasks["xnli"]).identity != models[1].head(tasks["xnli"]).identity  # type: ignore[union-attr]


def test_a_set_s_identity_covers_every_head(checkpoint_set: Path, tasks: Tasks, tmp_path: Path) -> None:
    """A changed head changes the set's identity and its own, and no other head's."""
    folder = copy(checkpoint_set, tmp_path / "heads")
    path = folder / "panx" / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    before, after = opened(checkpoint_set), opened(folder)
    assert before.identity != after.identity
    changed = {name for name in answered(before, tasks) if before.head(tasks[name]) != after.head(tasks[name])}
    assert changed == {"panx"}


def test_the_record_says_what_ran(bert_nli: Path) -> None:
    """Form, class, sizes and outputs are recorded; parameters are those that every token meets."""
    from transformers import BertModel

    network = BertModel.from_pretrained(bert_nli)
    expected = sum(parameter.numel() for parameter in network.encoder.parameters())
    record = dict(opened(bert_nli).record)
    assert record == {
        "form": "transformers directory",
        "architecture": "BertForSequenceClassification",
        "head": "sequence classification",
        "layers": 2,
        "width": 32,
        "vocabulary": network.config.vocab_size,
        "encoder_parameters_without_embeddings": expected,
        "attention": "sdpa",
        "outputs": ["ENTAILMENT", "NEUTRAL", "CONTRADICTION"],
    }


def test_provenance_is_carried_into_the_record(checkpoint_set: Path, tmp_path: Path) -> None:
    """What a training stage wrote about a set is part of the record; broken provenance names the file."""
    folder = copy(checkpoint_set, tmp_path / "heads")
    (folder / "provenance.json").write_text('{"stage": "direct", "seed": 42}', encoding="utf-8")
    (folder / "panx" / "provenance.json").write_text('{"examples": 7}', encoding="utf-8")
    record = opened(folder).record
    assert record["heads"]["panx"]["provenance"] == {"examples": 7}  # type: ignore[index]
    assert record["provenance"] == {"stage": "direct", "seed": 42}
    assert record["form"] == "checkpoint set"
    assert sorted(record["heads"]) == ["encoder", "panx", "pawsx", "squad", "udpos", "xnli"]  # type: ignore[call-overload]
    json.dumps(record)
    (folder / "provenance.json").write_text("{", encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"provenance\.json is not valid JSON"):
        _ = opened(folder).record


# ---- the real encoder --------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_minilm_loads_with_its_own_pooling(minilm: Path, tasks: Tasks) -> None:
    """The real MiniLM is an encoder of 10.6 million parameters that pools by mean and normalises."""
    model = opened(minilm)
    assert answered(model, tasks) == {"tatoeba", "bucc2018"}
    head = model.loaded(tasks["tatoeba"])
    assert head.pooling is not None
    assert (head.pooling.mode, head.pooling.state, head.pooling.normalize, head.pooling.max_length) == (
        "mean",
        6,
        True,
        256,
    )
    assert model.record["encoder_parameters_without_embeddings"] == sum(
        parameter.numel() for parameter in head.network.encoder.parameters()
    )
    ids = head.tokenizer("The dog eats.")["input_ids"]
    assert head.tokenizer.convert_ids_to_tokens(ids) == ["[CLS]", "the", "dog", "eats", ".", "[SEP]"]
