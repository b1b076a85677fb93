"""The data that flows through the harness: frozen records, no behaviour beyond reading themselves.

Scores are fractions in [0, 1] everywhere; percent exists in renderers only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]


class Kind(StrEnum):
    """The task kinds that the built-in predictors recognise. A task's kind is an open string."""

    CLASSIFICATION = "classification"
    PAIR_CLASSIFICATION = "pair_classification"
    TAGGING = "tagging"
    SPAN_QA = "span_qa"
    RETRIEVAL = "retrieval"
    MINING = "mining"


class Variant(StrEnum):
    """How known defects of the official scripts are treated."""

    FIXED = "fixed"
    PAPER = "paper"


# ---- what a model sees -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text: a sentence to classify, to encode or to find."""

    text: str

    def parts(self) -> tuple[str, ...]:
        """Returns the strings that make up this input, in a fixed order."""
        return (self.text,)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPair:
    """Two texts whose relation is classified."""

    first: str
    second: str

    def parts(self) -> tuple[str, ...]:
        """Returns the strings that make up this input, in a fixed order."""
        return (self.first, self.second)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A tokenised sentence; one tag per word is predicted."""

    words: tuple[str, ...]

    def parts(self) -> tuple[str, ...]:
        """Returns the strings that make up this input, in a fixed order."""
        return self.words


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question whose answer is a span of the context."""

    question: str
    context: str

    def parts(self) -> tuple[str, ...]:
        """Returns the strings that make up this input, in a fixed order."""
        return (self.question, self.context)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A gold answer; `start` is its first character in the context, absent where only the text is known."""

    text: str
    start: int | None = None


Inputs: TypeAlias = Text | TextPair | Words | Question
Gold: TypeAlias = str | tuple[str, ...] | tuple[Answer, ...]
"""By kind: a label; one tag per word; accepted answers; retrieval and mining: the ids of the right documents."""

Prediction: TypeAlias = str | tuple[str, ...]
"""By kind: a label; one tag per word; an answer; retrieval: the id of the document found; mining: the ids paired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One scored unit.

    Attributes:
        id: unique in its split; the same item in another language of a parallel task has the same id.
        cluster: the unit that is resampled (spec: premise, paragraph, sentence); examples of a cluster stay together.
        inputs: what the model sees, None where only gold is at hand (scoring somebody's predictions).
        gold: None where the gold is not public.
    """

    id: str
    cluster: str
    inputs: Inputs | None
    gold: Gold | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One candidate of a retrieval or mining pool."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The examples of one task in one language.

    Attributes:
        version: version of the task as loaded from this source; differs from the task's where the source deviates.
        official: the counts equal the benchmark's.
        in_average: may enter the suite's average (false for a source that changes the task).
        pool: retrieval and mining: what is searched, in file order.
        tuning: mining: the split (with gold) on which the threshold is found; the split itself when it is dev.
        source: where it came from, in words that a reader can follow (layout or hub id at commit), without local paths.
        notes: what a reader of the score must know, one sentence each.
    """

    task: str
    language: str
    name: str
    examples: Sequence[Example]
    version: str
    source: str
    pool: Sequence[Document] = ()
    tuning: Split | None = None
    official: bool = True
    in_average: bool = True
    notes: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Returns "task/language", the prefix of every message about this split."""
        return f"{self.task}/{self.language}"

    @property
    def has_gold(self) -> bool:
        """Returns whether every example has gold (a split has gold for all of its examples or is not scored)."""
        return bool(self.examples) and all(example.gold is not None for example in self.examples)


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """A system's answers to one split.

    Attributes:
        ids: example ids, unique; need not be in the split's order.
        values: one per id; None says "no answer given", which a metric may score by its own rule or refuse.
        record: what a reader should know about how they were made (truncations, windows, threshold), JSON-serialisable.
    """

    ids: Sequence[str]
    values: Sequence[Prediction | None]
    record: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """For every example a row of numbers that adds up: the hinge between predictions and everything after them.

    Attributes:
        ids: (n,) example ids.
        clusters: (n,) the unit that is resampled.
        columns: (k,) names of the columns.
        rows: float64 (n, k); the sum over any set of examples is all that a metric needs to score that set.
    """

    ids: Sequence[str]
    clusters: Sequence[str]
    columns: tuple[str, ...]
    rows: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One number of one cell: a fraction in [0, 1] over `n` examples; `main` ones make up the task's mean."""

    metric: str
    value: float
    n: int
    main: bool


# ---- what a plugin offers ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRequest:
    """What a task's loader is asked for.

    Attributes:
        split: "train", "dev" or "test".
        data: folder in the suite's official layout; None asks for the hub (or for gold only, see `gold_only`).
        labels: folder with gold in the scorer's layout.
        file: reads exactly this file instead of the one that the layout names (training stand-ins).
        revision: hub commit; None takes the task's pinned one.
        gold_only: there are no inputs; build examples from the gold alone.
    """

    language: str
    split: str
    data: Path | None = None
    labels: Path | None = None
    file: Path | None = None
    revision: str | None = None
    variant: Variant = Variant.FIXED
    gold_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A target task: what is asked, in which languages, scored how, and how its data are loaded.

    Attributes:
        version: raise it whenever labels, languages, metric or data change: runs of different versions never mix.
        kind: what a predictor must be able to do, usually one of `Kind`.
        labels: the label set of classification and tagging, in the order that a new head gets.
        label_aliases: other names, in lower case, under which checkpoints know the labels ("paraphrase" → "1").
        metrics: names of offered metrics; their scores appear in this order.
        main: names of the scores whose mean over languages is the task's score (the mean of them if several).
        head: which head of a checkpoint set answers it, and the name under which one is trained.
        load: reads one language of one split; raises DataError. Returns a Split whose examples all lack gold where the
            gold is not at hand.
        max_length: subwords per input, special tokens included (for span questions per window).
        parallel: languages share example ids and clusters.
        splits: the splits that exist for some language.
    """

    name: str
    version: str
    kind: str
    languages: tuple[str, ...]
    metrics: tuple[str, ...]
    main: tuple[str, ...]
    head: str
    load: Callable[[DataRequest], Split]
    labels: tuple[str, ...] = ()
    label_aliases: Mapping[str, str] = field(default_factory=dict)
    max_length: int = 128
    parallel: bool = False
    splits: tuple[str, ...] = ("test",)
    title: str = ""
    license: str = ""
    citation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregator:
    """How task scores become groups and one average: a named, versioned object, since several conventions circulate.

    Attributes:
        description: the rule in one sentence, printed under every average.
        groups: group name → tasks. A mean exists only where every cell below it is scored.
    """

    name: str
    version: str
    description: str
    groups: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of a data check: what was looked at, whether it is as the benchmark has it, and what was seen."""

    place: str
    status: str  # "ok", "differs", "missing", "broken"
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Tasks that are reported together.

    Attributes:
        tasks: task names in report order.
        submission: name of the submission format that `score` and `export` use by default.
        verify: checks a data folder (and label folder, or None) against what the benchmark has; yields findings.
    """

    name: str
    version: str
    tasks: tuple[str, ...]
    aggregator: Aggregator
    submission: str
    verify: Callable[[Path, Path | None], Sequence[Finding]] | None = None
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionFormat:
    """A folder layout for predictions.

    Attributes:
        read: (folder, split with gold, task) → predictions of that split, None where the file is absent; raises
            PredictionError for a malformed or misaligned file.
        write: (folder, task, language, split name, ids, values) → writes one file. `ids` are in the order of the data.
    """

    name: str
    read: Callable[[Path, Split, Task], Predictions | None]
    write: Callable[[Path, Task, str, str, Sequence[str], Sequence[Prediction | None]], None]
    description: str = ""


# ---- how a model is asked ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a checkpoint is run. What could change a score is part of a cell's signature; the rest is only recorded.

    Attributes:
        device: "auto", "cpu" or "cuda:N".
        dtype: "float32", "bfloat16" or "float16".
        batch_tokens: subwords per batch, padding included; None finds one for the device.
        index: name of the offered index that searches.
        label_names: head → names of its outputs in order, for checkpoints that do not name them.
        state: hidden state that is pooled into a sentence vector, 0 = embeddings; None takes the default.
        pooling: "mean" or "cls"; None takes the default.
        special_tokens: whether [CLS] and [SEP] are pooled too; None takes the default.
        qa_decoder: "offsets" or "official"; None follows the variant.
        allow_pickle, trust_remote_code: off unless the user says otherwise.
    """

    device: str = "auto"
    dtype: str = "float32"
    batch_tokens: int | None = None
    variant: Variant = Variant.FIXED
    index: str = "flat"
    label_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    state: int | None = None
    pooling: str | None = None
    special_tokens: bool | None = None
    qa_decoder: str | None = None
    revision: str | None = None
    allow_pickle: bool = False
    trust_remote_code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The part of a checkpoint that answers a task.

    Attributes:
        name: "xnli", "squad", "encoder", or the checkpoint's own name.
        identity: SHA-256 (hex) over the bytes that make the predictions: weights, tokenizer files, configuration.
        architecture: class name as the configuration gives it.
        outputs: task labels in the order of the head's outputs, empty where it has none.
    """

    name: str
    identity: str
    architecture: str
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoHead:
    """Says why a checkpoint cannot answer a task; such a task is reported as `no head`, never scored."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainRequest:
    """What a training stage is asked for.

    Attributes:
        encoder: a checkpoint reference (folder or hub id).
        out: folder of the checkpoint set to write; heads that are already whole there are kept.
        tasks: one task for each head to train, in order.
        data: folder in the suite's layout; None asks the hub.
        files: head → training file to read instead of the layout's.
        max_examples: at most this many training examples per head, drawn with the seed.
        epochs, learning_rate, batch_size, max_steps: override the stage's own settings for every head.
        report: called with one line of progress in words.
    """

    encoder: str
    out: Path
    tasks: tuple[Task, ...]
    data: Path | None = None
    revision: str | None = None
    files: Mapping[str, Path] = field(default_factory=dict)
    max_examples: int | None = None
    epochs: float | None = None
    learning_rate: float | None = None
    batch_size: int | None = None
    max_steps: int | None = None
    seed: int = 42
    device: str = "auto"
    report: Callable[[str], None] = print


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingStage:
    """A way to turn an encoder into a checkpoint set; `train` returns the set's folder."""

    name: str
    description: str
    train: Callable[[TrainRequest], Path]
