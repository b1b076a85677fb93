"""The data that flows through the harness: frozen records, no behaviour beyond reading themselves.

Scores are fractions in [0, 1] everywhere; percent exists in renderers only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    MULTIPLE_CHOICE = "multiple_choice"
    MASKED_LM = "masked_lm"


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
class Choices:
    """Continuations of a text, one of which is right: each is read after `context`, which may be empty."""

    context: str
    options: tuple[str, ...]

    def parts(self) -> tuple[str, ...]:
        """Returns the strings that make up this input, in a fixed order."""
        return (self.context, *self.options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A gold answer; `start` is its first character in the context, absent where only the text is known."""

    text: str
    start: int | None = None


Inputs: TypeAlias = Text | TextPair | Words | Question | Choices
Gold: TypeAlias = str | tuple[str, ...] | tuple[Answer, ...]
"""By kind: a label; one tag per word; accepted answers, none if the context holds no answer; the number of the right option
("0", "1", …); retrieval and mining: the ids of the right documents; text for a masked language model: ""."""

Prediction: TypeAlias = str | tuple[str, ...]
"""By kind: a label; one tag per word; an answer, "" for "the context holds none"; the number of an option; retrieval: the id of
the document found; mining: the ids paired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One scored unit.

    Attributes:
        id: unique in its split; the same item in another language of a parallel task has the same id.
        cluster: the unit that is resampled (spec: premise, paragraph, sentence); examples of a cluster stay together.
        wider: a larger unit in which the whole cluster lies (the article of a paragraph), which can be resampled instead; ""
            where there is none.
        inputs: what the model sees, None where only gold is at hand (scoring somebody's predictions).
        gold: None where the gold is not public.
    """

    id: str
    cluster: str
    inputs: Inputs | None
    gold: Gold | None = None
    wider: str = ""


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
