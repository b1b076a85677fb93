"""The tables of a recipe file, each checked field by field.

Wherever a table takes settings of a run or of a task, its fields are made from those records: all optional, same limits.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping  # noqa: TC003  # pydantic reads annotations at run time
from pathlib import Path  # noqa: TC003
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator
from xharness import Kind, UsageError

from xharness_finetune.recipes import defaults
from xharness_finetune.recipes.settings import Count, Lora, Positive, RunSettings, TaskSettings
from xharness_finetune.rows.masking import CHOSEN
from xharness_finetune.rows.mixing import CAP, Sampler, probabilities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness import Task

MLM = "mlm"
"""Name of the masked language model among the tasks of an intermediate phase."""

TRANSLATION = "translation"
"""Name of translation ranking among the tasks of an intermediate phase."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$")]
Weight = Annotated[float, Field(gt=0, lt=math.inf)]
Column: TypeAlias = str | Annotated[tuple[str, ...], Field(min_length=1)]


class Table(BaseModel):
    """A table of a recipe; `given` keeps apart what it says and what is a default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def given(self, settings: type[BaseModel]) -> dict[str, object]:
        """Returns the fields of `settings` that the file names here."""
        return {name: getattr(self, name) for name in settings.model_fields if name in self.model_fields_set}

    def tables(self) -> Mapping[str, Table]:
        """Returns the tables of single tasks or heads in this one."""
        return self.__pydantic_extra__ or {}


def attributes(docstring: str) -> dict[str, str]:
    """Returns what a record's docstring says of each of its attributes, by name."""
    lines = inspect.cleandoc(docstring).partition("Attributes:")[2].splitlines()
    found: dict[str, str] = {}
    names: list[str] = []
    for line in filter(None, (line.removeprefix("    ") for line in lines)):
        names_here, _, words = line.partition(": ") if not line.startswith(" ") else ("", "", line.strip())
        names = names_here.split(", ") if names_here else names
        found |= {name: f"{found.get(name, '')} {words}".strip() for name in names}
    return found


def _with(name: str, base: type[Table], *settings: type[BaseModel], only: Sequence[str] | None = None) -> type[Table]:
    """Returns `base` with the fields of `settings` (or `only` some), each optional; its docstring is the base's."""
    fields = {
        field: (Annotated[(info.annotation | None, *info.metadata, Field(description=words.get(field)))], None)  # type: ignore[operator]
        for record in settings
        for words in (attributes(record.__doc__ or ""),)
        for field, info in record.model_fields.items()
        if only is None or field in only
    }
    made: type[Table] = create_model(  # type: ignore[call-overload]
        name, __base__=base, __module__=__name__, __doc__=base.__doc__, **fields
    )
    return made


class Labelled(Table):
    """A task of one's own: a JSONL file with one labelled example per line.

    Attributes:
        kind: what an example is.
        file, dev_file: training and development examples, relative to the recipe file's folder.
        fields: where an example's parts are in a line, by part; a part that is not named is in the field of its own name.
            A list of fields is joined by a space; for the options of multiple choice it names one field for each.
        labels: the label set, in the head's order; without it, the sorted set found in `file`.
        language: of the texts; training on other than English is recorded as not zero-shot.
        unanswerable: span questions: an empty answer says that the context holds none.
    """

    kind: Literal["classification", "pair_classification", "tagging", "span_qa", "multiple_choice"]
    file: Path
    dev_file: Path | None = None
    fields: dict[str, Column] = {}
    labels: Annotated[tuple[str, ...], Field(min_length=2)] | None = None
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]+)*$")] = "en"
    unanswerable: bool = False

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Labelled:
        parts = PARTS[self.kind]
        for part, column in self.fields.items():
            if part not in parts:
                raise ValueError(f"fields names {part!r}; expected parts of {self.kind}: {', '.join(parts)}")
            if not isinstance(column, str) and part not in JOINED:
                raise ValueError(f"fields.{part} is a list; expected the name of one field")
        if self.labels is not None and self.kind in ("span_qa", "multiple_choice"):
            raise ValueError(f"labels are given, but {self.kind} has none; leave them out")
        if self.labels is not None and len(set(self.labels)) < len(self.labels):
            raise ValueError("labels are repeated; name each once")
        if self.unanswerable and self.kind != "span_qa":
            raise ValueError(f"unanswerable is for span_qa only, and this is {self.kind}; leave it out")
        return self


PARTS: Mapping[str, tuple[str, ...]] = {
    Kind.CLASSIFICATION: ("text", "label"),
    Kind.PAIR_CLASSIFICATION: ("first", "second", "label"),
    Kind.TAGGING: ("words", "tags"),
    Kind.SPAN_QA: ("question", "context", "answer", "start"),
    Kind.MULTIPLE_CHOICE: ("context", "options", "label"),
}
"""What an example of each kind is made of; each part is in one or several fields of a line."""

JOINED = frozenset({"text", "first", "second", "question", "context", "options"})
"""Parts that may be in several fields."""


class _Mlm(Table):
    """A multilingual masked language model as one more task.

    Attributes:
        data: folder with <language>.txt, one text per line; without it, the folder `mlm` of --train-data.
        languages: which of them; without it, all.
        alpha: exponent of language sampling, q ∝ n^alpha: 1 is proportional to the number of texts, 0 uniform.
        share: probability of a batch being of masked texts; without tasks, its weight against `translation`.
        parallel: line n of each file is a translation of line n of the others, and a text is a line followed by its
            translation into another language (translation language modelling, Conneau & Lample 2019).
        masked: share of the subwords that are guessed (Devlin et al. 2019: 0.15).
    """

    data: Path | None = None
    languages: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    alpha: Annotated[float, Field(ge=0, le=1)] = 0.3
    share: Annotated[float, Field(gt=0, lt=1)] = 0.2
    parallel: bool = False
    masked: Annotated[float, Field(gt=0, lt=1)] = CHOSEN


class _Translation(Table):
    """Translation ranking as one more task: of all second sentences of a batch, which one translates the first?

    The loss is the cross-entropy over the cosines of mean-pooled vectors, in both directions (Yang et al. 2019,
    arXiv:1902.08564, without their margin).

    Attributes:
        data: folder with <language>.txt, line n of each a translation of line n of the others; without it, the folder
            `translation` of --train-data.
        languages: which of them, at least two; without it, all.
        share: probability of a batch being of translations; without tasks, its weight against `mlm`.
        temperature: divides the cosines.
        states: hidden states that are pooled, each with a loss of its own, of which the mean counts; 0 = embeddings, which
            makes words with the same meaning alike. Without it the one at two thirds of the layers, as retrieval is answered.
        subwords: sentences are compared a second way too, subword by subword: the mean over the subwords of one of the cosine
            with the nearest of the other (Khattab & Zaharia 2020, arXiv:2004.12832), which aligns words, not only sentences.
    """

    data: Path | None = None
    languages: Annotated[tuple[str, ...], Field(min_length=2)] | None = None
    share: Annotated[float, Field(gt=0, lt=1)] = 0.2
    temperature: Positive = 0.05
    states: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)] | None = None
    subwords: bool = False


class _TaskTable(Table):
    """Settings of one intermediate task."""


class _HeadTable(Table):
    """Settings of one head, and of the run that trains it."""


if TYPE_CHECKING:
    Mlm: TypeAlias = _Mlm
    Translation: TypeAlias = _Translation
    TaskTable: TypeAlias = _TaskTable
    HeadTable: TypeAlias = _HeadTable
else:
    Mlm = _with("Mlm", _Mlm, TaskSettings, only=("batch_size", "length"))
    Translation = _with("Translation", _Translation, TaskSettings, only=("batch_size", "length"))
    TaskTable = _with("TaskTable", _TaskTable, TaskSettings)
    HeadTable = _with("HeadTable", _HeadTable, RunSettings, TaskSettings)


class _Target(Table):
    """Settings of all heads; a table in it has those of one head."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[Name, HeadTable]


class _Intermediate(Table):
    """The intermediate phase: one encoder, a head for each task, one task per batch; the heads are dropped in the end.

    A table in it has the settings of one task.

    Attributes:
        tasks: names of offered tasks, or of the recipe's own; none where `mlm` or `translation` and `max_steps` are given.
        sampler: how the task of a batch is drawn, see `rows.mixing.probabilities`.
        cap: capped: rows from which on a task counts as no larger. Bounds how long a task is trained on, too, where there
            are several.
        temperature: temperature: 1 is proportional to size, higher is more even.
        weights: weights: one for each task.
        mlm: a masked language model beside the tasks.
        translation: translation ranking beside them.
    """

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[Name, TaskTable]

    tasks: tuple[Name, ...] = ()
    sampler: Sampler = "capped"
    cap: Count = CAP
    temperature: Positive = 2.0
    weights: dict[str, Weight] | None = None
    mlm: Mlm | None = None
    translation: Translation | None = None

    @model_validator(mode="after")
    def _has_something_to_do(self) -> _Intermediate:
        if not self.tasks and not self._shares():
            raise ValueError("there is nothing to train on; name tasks, or add a table mlm or translation")
        if not self.tasks and "max_steps" not in self.given(RunSettings):
            raise ValueError("without tasks nothing says how long the phase is; add max_steps")
        if self.tasks and sum(self._shares().values()) >= 1:
            raise ValueError(
                "the shares of mlm and translation leave nothing for the tasks; let them sum to less than 1"
            )
        lora = self.given(RunSettings).get("lora")
        if isinstance(lora, Lora) and not lora.merge:
            raise ValueError("lora.merge = false is for heads; the encoder that they stand on is a network of its own")
        return self

    @model_validator(mode="after")
    def _names_its_tasks(self) -> _Intermediate:
        if len(set(self.tasks)) < len(self.tasks):
            raise ValueError(
                "tasks are repeated; name each once, and give weights for one that should be seen more often"
            )
        if (self.sampler == "weights") != (self.weights is not None):
            raise ValueError('sampler = "weights" and a table of weights need each other')
        if self.weights is not None and set(self.weights) != set(self.tasks):
            raise ValueError(
                f"the weights name {', '.join(sorted(self.weights)) or 'nothing'}; expected exactly the tasks: "
                f"{', '.join(sorted(self.tasks))}"
            )
        return self

    def run(self) -> RunSettings:
        """Returns the settings of the phase's one training. Raises UsageError for some that contradict each other."""
        return run_settings(self.given(RunSettings), "[intermediate]")

    def task_for(self, task: Task) -> TaskSettings:
        """Returns the settings of one task: its kind's < the phase's < its own."""
        return self._settings(task.kind, source_languages(task), self.tables().get(task.name))

    def _settings(self, kind: str, languages: tuple[str, ...], own: Table | None) -> TaskSettings:
        given = own.given(TaskSettings) if own else {}
        if isinstance(own, (_Mlm, _Translation)):
            given.pop("languages", None)  # which texts are read: no setting of a task
        return TaskSettings.model_validate(
            {"languages": languages, **defaults.INTERMEDIATE.get(kind, {}), **self.given(TaskSettings), **given}
        )

    def probabilities(self, sizes: Mapping[str, int]) -> dict[str, float]:
        """Returns the probability of a batch being a task's, by name; they sum to 1.

        The masked language model and translation ranking have their `share` under the names "mlm" and "translation"; the
        tasks share the rest. Without tasks the two shares are scaled to sum to 1.

        Args:
            sizes: training rows of each task, without these two.
        """
        shares = self._shares()
        if not self.tasks:
            return {name: share / sum(shares.values()) for name, share in shares.items()}
        drawn = probabilities(sizes, self.sampler, cap=self.cap, temperature=self.temperature, weights=self.weights)
        rest = 1 - sum(shares.values())
        return {name: rest * share for name, share in drawn.items()} | shares

    def _shares(self) -> dict[str, float]:
        return {
            name: table.share for name, table in ((MLM, self.mlm), (TRANSLATION, self.translation)) if table is not None
        }

    def mixing_record(self) -> dict[str, object]:
        """Returns what decides how the tasks share their batches, besides sizes; JSON-serialisable, empty for one task."""
        if len(self.tasks) <= 1:
            return {}
        decides = {"capped": "cap", "temperature": "temperature", "weights": "weights"}.get(self.sampler)
        return {"sampler": self.sampler} | ({decides: getattr(self, decides)} if decides else {})

    def mlm_settings(self) -> TaskSettings:
        """Returns the settings of the masked language model as a task: its batch size and length are what counts."""
        return self._settings(Kind.MASKED_LM, ("en",), self.mlm)

    def translation_settings(self) -> TaskSettings:
        """Returns the settings of translation ranking as a task: pairs per batch, and subwords per sentence."""
        return self._settings(Kind.MASKED_LM, ("en",), self.translation)

    def batches(self, rows: Mapping[str, int], settings: Mapping[str, TaskSettings]) -> int:
        """Returns the batches of the whole phase: Σ epochs × ceil(min(n, K) / batch) (spec/training.md §3), and the texts'.

        Texts (`mlm`, `translation`) come on top: of all batches they have their shares, the tasks keep theirs. K bounds
        nothing for a single task or with a sampler other than "capped". Without tasks, `max_steps` says it.

        Args:
            rows: training rows of each task, without texts.
            settings: of each of them.
        """
        if not self.tasks:
            run = self.run()
            return (run.max_steps or 1) * run.accumulate
        capped = self.sampler == "capped" and len(rows) > 1
        of_tasks = sum(settings[name].batches(min(n, self.cap) if capped else n) for name, n in rows.items())
        shares = self._shares()
        return max(of_tasks, math.ceil(of_tasks / (1 - sum(shares.values())))) if shares else of_tasks

    def steps(self, rows: Mapping[str, int], settings: Mapping[str, TaskSettings]) -> int:
        """Returns the optimiser steps of the whole phase: `batches` over `accumulate`, at most `max_steps`."""
        run = self.run()
        wanted = math.ceil(self.batches(rows, settings) / run.accumulate)
        return wanted if run.max_steps is None else min(wanted, run.max_steps)


if TYPE_CHECKING:
    Target: TypeAlias = _Target
    Intermediate: TypeAlias = _Intermediate
else:
    Target = _with("Target", _Target, RunSettings, TaskSettings)
    Intermediate = _with("Intermediate", _Intermediate, RunSettings, TaskSettings)


class Select(Table):
    """In place of an intermediate phase: for each target the best of several recipes, by development score.

    Attributes:
        candidates: names of built-in recipes, or recipe files (ending in .toml, relative to this file's folder).
    """

    candidates: Annotated[tuple[str, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _compares(self) -> Select:
        if len(set(self.candidates)) < len(self.candidates):
            raise ValueError("candidates are repeated; name each once")
        return self


def run_settings(given: Mapping[str, object], where: str) -> RunSettings:
    """Returns the settings of a run. Raises UsageError if they choose by development scores that are never made."""
    run = RunSettings.model_validate(given)
    if run.dev_every is None and (run.keep == "best" or run.patience is not None):
        needs = 'keep = "best"' if run.keep == "best" else f"patience = {run.patience}"
        raise UsageError(
            f"{where}: {needs} needs development scores during the training; say how many steps apart (dev_every), or "
            "leave keep and patience out."
        )
    return run


def source_languages(task: Task) -> tuple[str, ...]:
    """Returns the languages that a task is trained on unless a recipe says otherwise: English where it has any."""
    return ("en",) if "en" in task.languages or not task.languages else task.languages[:1]
