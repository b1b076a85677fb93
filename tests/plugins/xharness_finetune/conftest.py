"""Tiny random encoders and made-up English tasks that a tiny encoder learns in seconds."""

from __future__ import annotations

import dataclasses
import gc
import json
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xharness
from xharness.plugins import Plugins
from xharness.scoring import score_split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from xharness_finetune.recipes.model import Recipe

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
ANIMALS = ("cat", "dog", "fox", "owl")
VERBS = ("runs", "eats", "sees", "hides")
CITIES = ("paris", "london", "berlin", "rome")
FILLERS = ("the", "a", "very", "small", "old", "in", "near", "then")
WORDS = (*ANIMALS, *VERBS, *CITIES, *FILLERS, "where", "who", "good", "bad", "so", ".")
CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
SENTIMENT = ("bad", "good")
TAGS = ("O", "ANIMAL", "CITY")
CHOICES = ("0", "1", "2")
LABELS = {"tagging": TAGS, "span_qa": (), "multiple_choice": CHOICES, "masked_lm": ()}
"""Label sets by kind, where they are not SENTIMENT."""
METRICS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "tagging": (("token_accuracy",), ("token_accuracy",)),
    "span_qa": (("squad",), ("exact_match", "f1")),
    "masked_lm": ((), ()),
}
"""Metrics and main scores by kind, where they are not accuracy."""
FAST = ("target.learning_rate=5e-3", "target.batch_size=8", "target.epochs=6")
"""What a network of width 32 needs; the defaults are made for real encoders."""


@pytest.fixture(scope="session", autouse=True)
def libraries() -> Iterator[None]:
    """Takes the libraries' objects out of garbage collection, which accelerate asks for after each training: 0.2 s each."""
    import accelerate  # noqa: F401
    import torch  # noqa: F401
    from transformers import BertModel, Trainer, XLMRobertaModel  # noqa: F401

    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Trains on one thread: tiny networks gain nothing from more, and one thread gives the same bytes anywhere."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _bert_tokenizer() -> Any:
    from transformers import BertTokenizer

    pieces = dict.fromkeys((*SPECIAL, *WORDS, *CHARACTERS, *(f"##{character}" for character in CHARACTERS)))
    return BertTokenizer(vocab={piece: index for index, piece in enumerate(pieces)}, model_max_length=512)


def _xlmr_tokenizer() -> Any:
    from transformers import XLMRobertaTokenizer

    special = ("<s>", "<pad>", "</s>", "<unk>")
    pieces = dict.fromkeys((*special, *(f"▁{word}" for word in WORDS), "▁", *CHARACTERS, "<mask>"))
    return XLMRobertaTokenizer(
        vocab=[(piece, 0.0 if piece in special else -1.0 - index / 100) for index, piece in enumerate(pieces)]
    )


def write_encoder(folder: Path, *, family: str = "bert", head: str = "", **changes: Any) -> Path:
    """Writes a random encoder: family bert or xlmr, as AutoModel{head} makes it (head "" is bare)."""
    import torch
    import transformers

    tokenizer = _bert_tokenizer() if family == "bert" else _xlmr_tokenizer()
    made = transformers.BertConfig if family == "bert" else transformers.XLMRobertaConfig
    special = {} if family == "bert" else {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}
    config = made(
        **{
            "vocab_size": len(tokenizer),
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "intermediate_size": 64,
            "max_position_embeddings": 514,
            "initializer_range": 0.1,
            **special,
            **changes,
        }
    )
    with torch.random.fork_rng():
        torch.manual_seed(7)
        network = getattr(transformers, f"AutoModel{head}").from_config(config)
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare BERT."""
    return write_encoder(tmp_path_factory.mktemp("encoders") / "bert")


@pytest.fixture(scope="session")
def xlmr(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare XLM-R: no segments, two separators, positions from 2 on."""
    return write_encoder(tmp_path_factory.mktemp("encoders") / "xlmr", family="xlmr")


@pytest.fixture(scope="session")
def masked_lm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """BERT as it is pretrained: with the language model's head, without a pooler."""
    return write_encoder(tmp_path_factory.mktemp("encoders") / "masked", head="ForMaskedLM")


@pytest.fixture(scope="session")
def sentence_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers directory whose saved tokenizer truncates to 8 and pads, as published ones do."""
    folder = write_encoder(tmp_path_factory.mktemp("encoders") / "sentences")
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    ]
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 8}', encoding="utf-8")
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}', encoding="utf-8")
    saved = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    saved["truncation"] = {"direction": "Right", "max_length": 8, "strategy": "LongestFirst", "stride": 0}
    (folder / "tokenizer.json").write_text(json.dumps(saved), encoding="utf-8")
    (folder / "README.md").write_text("Not needed to run it.", encoding="utf-8")
    return folder


# ---- made-up tasks: what is asked is one word away ----------------------------------------------------------------


def _pair(generator: np.random.Generator) -> tuple[xharness.Inputs, xharness.Gold]:
    label = str(generator.choice(SENTIMENT))
    words = [*generator.choice(FILLERS, size=generator.integers(1, 6)), label]
    return xharness.TextPair(first=" ".join(words), second=" ".join(generator.choice(ANIMALS, size=2))), label


def _text(generator: np.random.Generator) -> tuple[xharness.Inputs, xharness.Gold]:
    pair, label = _pair(generator)
    return xharness.Text(text=pair.parts()[0]), label


def _tagged(generator: np.random.Generator) -> tuple[xharness.Inputs, xharness.Gold]:
    words = [str(word) for word in generator.choice((*ANIMALS, *CITIES, *FILLERS), size=generator.integers(2, 9))]
    tags = ["ANIMAL" if word in ANIMALS else "CITY" if word in CITIES else "O" for word in words]
    return xharness.Words(words=tuple(words)), tuple(tags)


def _question(generator: np.random.Generator) -> tuple[xharness.Inputs, xharness.Gold]:
    words = [str(word) for word in generator.choice(FILLERS, size=generator.integers(3, 9))]
    place = int(generator.integers(len(words) + 1))
    words.insert(place, str(generator.choice(CITIES)))
    start = len(" ".join(words[:place])) + (place > 0)
    answer = xharness.Answer(text=words[place], start=start)
    return xharness.Question(question="where", context=" ".join(words)), (answer,)


def _choice(generator: np.random.Generator) -> tuple[xharness.Inputs, xharness.Gold]:
    options = [str(word) for word in generator.choice(ANIMALS, size=len(CHOICES))]
    right = int(generator.integers(len(options)))
    options[right] = str(generator.choice(CITIES))
    context = " ".join(generator.choice(FILLERS, size=generator.integers(1, 6)))
    return xharness.Choices(context=context, options=tuple(options)), str(right)


def _running(generator: np.random.Generator) -> tuple[xharness.Inputs, xharness.Gold]:
    animal, verb, city = (str(generator.choice(words)) for words in (ANIMALS, VERBS, CITIES))
    return xharness.Text(text=f"the {animal} {verb} in {city} ."), ""


_MAKERS: dict[str, Callable[..., Any]] = {
    xharness.Kind.PAIR_CLASSIFICATION: _pair,
    xharness.Kind.CLASSIFICATION: _text,
    xharness.Kind.TAGGING: _tagged,
    xharness.Kind.SPAN_QA: _question,
    xharness.Kind.MULTIPLE_CHOICE: _choice,
    xharness.Kind.MASKED_LM: _running,
}


def examples_of(kind: str, n: int, seed: int) -> list[xharness.Example]:
    """Returns `n` made-up examples of a kind; the same for the same seed."""
    generator = np.random.default_rng(seed)
    made = [_MAKERS[kind](generator) for _ in range(n)]
    return [
        xharness.Example(id=str(index), cluster=str(index), inputs=inputs, gold=gold)
        for index, (inputs, gold) in enumerate(made)
    ]


def make_task(
    kind: str, *, head: str, examples: Sequence[xharness.Example] | None = None, **changes: Any
) -> xharness.Task:
    """Returns a task whose train split has 96 made-up examples (or `examples`) and whose dev split has 40."""

    def load(request: xharness.DataRequest) -> xharness.Split:
        train = request.split == "train"
        made = examples_of(kind, 96 if train else 40, seed=1 if train else 2)
        source = f"read from {request.file.name}" if request.file else "made up"
        return xharness.Split(
            task=head,
            language=request.language,
            name=request.split,
            examples=examples if examples is not None and train else made,
            version="1",
            source=source,
        )

    metrics, main = METRICS.get(str(kind), (("accuracy",), ("accuracy",)))
    task = xharness.Task(
        name=head,
        version="1",
        kind=kind,
        languages=("en",),
        metrics=metrics,
        main=main,
        head=head,
        load=load,
        labels=LABELS.get(str(kind), SENTIMENT),
        splits=("train", "dev", "test"),
    )
    return dataclasses.replace(task, **changes)


@pytest.fixture
def pair_task() -> xharness.Task:
    """Which of two words is in the first text; head xnli."""
    return make_task(xharness.Kind.PAIR_CLASSIFICATION, head="xnli")


@pytest.fixture
def tagging_task() -> xharness.Task:
    """Which words are animals or cities; head panx."""
    return make_task(xharness.Kind.TAGGING, head="panx")


@pytest.fixture
def question_task() -> xharness.Task:
    """Which word is a city; head squad."""
    return make_task(xharness.Kind.SPAN_QA, head="squad")


@pytest.fixture
def choice_task() -> xharness.Task:
    """Which of three words is a city; head places."""
    return make_task(xharness.Kind.MULTIPLE_CHOICE, head="places")


@pytest.fixture
def masked_task() -> xharness.Task:
    """Sentences of one form to guess words of; head mlm."""
    return make_task(xharness.Kind.MASKED_LM, head="mlm")


@pytest.fixture
def retrieval_task() -> xharness.Task:
    """A task that asks for the encoder as it is."""
    return dataclasses.replace(make_task("classification", head="encoder"), kind=xharness.Kind.RETRIEVAL, labels=())


# ---- requests --------------------------------------------------------------------------------------------------------


@cache
def plugins() -> Plugins:
    """Returns everything that is installed."""
    return Plugins.load()


def evaluated(
    task: xharness.Task, split: xharness.Split, predictions: xharness.Predictions
) -> Sequence[xharness.Score]:
    """Scores as an evaluation does, with the installed metrics."""
    return score_split(task, split, predictions, plugins().metrics).scores


def two_phase(*tasks: str, name: str = "mine", **changes: object) -> Recipe:
    """Returns a recipe with one short intermediate phase for tiny networks; `changes` are of its table."""
    from pathlib import Path

    from xharness_finetune.recipes.reading import recipe_of

    phase = {"tasks": list(tasks), "learning_rate": 5e-3, "batch_size": 8, "max_steps": 12, **changes}
    return recipe_of({"name": name, "intermediate": phase}, Path())


@pytest.fixture
def lines() -> list[str]:
    """The progress lines of the requests made with `request_for`."""
    return []


@pytest.fixture
def request_for(
    tmp_path: Path, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., xharness.TrainRequest]:
    """Returns a request on the CPU to write `tmp_path / "set"`; `settings`, as typed, come after those for tiny networks.

    Draws no pictures, which takes longer than such a training.
    """
    monkeypatch.setattr("xharness_finetune.engine.curves._draw", lambda *_: None)

    def make(
        encoder: Path | str, *tasks: xharness.Task, settings: Sequence[str] = (), **changes: Any
    ) -> xharness.TrainRequest:
        options = {
            "out": tmp_path / "set",
            "device": "cpu",
            "report": lines.append,
            "score": evaluated,
            "offered": plugins().tasks,
            "settings": (*FAST, *settings),
            **changes,
        }
        return xharness.TrainRequest(encoder=str(encoder), tasks=tasks, **options)

    return make
