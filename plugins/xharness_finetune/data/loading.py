"""The training and development data of one task: loaded, checked, and drawn from, before any training starts."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xharness import DataError, DataRequest, HarnessError, Kind, UsageError
from xharness.identity import of_file, of_record, of_split, of_training

from xharness_finetune.data.checks import TRAINED_KINDS, check, check_variety
from xharness_finetune.rows.windows import locate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from xharness import Example, Split, Task

    from xharness_finetune.recipes.settings import TaskSettings


LANGUAGE_MARK = "{language}"
"""Stands for the language in the name of a training file, where several languages are trained on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a task's data are looked for: `folder` in the layout that its loader knows, None for the hub."""

    folder: Path | None
    revision: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData:
    """What one task trains on.

    Attributes:
        task: as offered; where it left its label set open, with the labels found in the data.
        split: the training split of the first language, with the examples of all languages that are used, in order.
        every: all training examples that were available, held-out ones included.
        skipped: how many more were drawn but cannot be learnt from: the answer's text is not in the context.
        fingerprint: over all that were available.
        stand_ins: name and SHA-256 of the files, one per language, that were read instead of the task's own training data.
        dev: the development examples that are scored; None, with the reason in `no_dev`, where there are none.
        held_out: `dev` was taken out of the training data.
    """

    task: Task
    split: Split
    every: Sequence[Example]
    skipped: int
    fingerprint: str
    languages: tuple[str, ...]
    stand_ins: tuple[Mapping[str, str], ...] = ()
    dev: Split | None = None
    no_dev: str = ""
    held_out: bool = False

    @property
    def dev_fingerprint(self) -> str | None:
        """Returns the SHA-256 (hex) over the development examples, None where there are none."""
        return None if self.dev is None else of_split(self.dev)

    @property
    def examples(self) -> Sequence[Example]:
        """Returns the examples that are trained on."""
        return self.split.examples


def load_training_data(task: Task, settings: TaskSettings, source: Source, *, seed: int, key: str) -> TrainingData:
    """Returns a task's data; `key` is the recipe's table for it ("target.xnli"), for messages.

    At most `settings.max_examples` are used, drawn with seed and task name. Development data are `settings.holdout` of the
    training data, by whole clusters, where that is given; else `settings.dev_file`, or the task's own.

    Raises UsageError for a kind that cannot be trained or settings that contradict each other; DataError if the data are not
    there, not labelled, or do not fit the task; the message says how to supply a file.
    """
    if task.kind not in TRAINED_KINDS:
        raise UsageError(
            f"{task.name}: no head can be trained for tasks of kind {task.kind!r}; leave the task out, or use a stage that "
            f"trains it. Kinds that can be trained: {', '.join(sorted(TRAINED_KINDS))}."
        )
    if settings.file is not None and len(settings.languages) > 1 and LANGUAGE_MARK not in str(settings.file):
        raise UsageError(
            f"{key}: the file {settings.file} holds one language, but languages are {', '.join(settings.languages)}. Name a "
            f"file for each with a placeholder, as in train-{LANGUAGE_MARK}.tsv."
        )
    remedy = f"another file can be given with --set {key}.file=FILE."
    parts = [_load_training(task, settings, source, language, remedy) for language in settings.languages]
    dev, no_dev = (None, "") if settings.holdout else _load_development(task, settings, source, key)
    task = _with_labels(task, [*parts, *([dev] if dev else [])])
    for part in parts:
        check(task, part, remedy)
    if dev is not None:
        try:
            check(task, dev, f"another file can be given with --set {key}.dev_file=FILE.")
        except DataError as err:
            if settings.dev_file is not None:
                raise
            dev, no_dev = None, str(err)
    every = [example for part in parts for example in part.examples]
    kept: Sequence[Example] = every
    held: Sequence[Example] = ()
    if settings.holdout:
        kept, held = hold_out(every, settings.holdout, name=task.name)
        dev, no_dev = replace(parts[0], name="dev", examples=held, pool=()), ""
    drawn = draw(kept, settings.max_examples, seed=seed, name=task.name)
    usable = drawn if task.kind != Kind.SPAN_QA else [one for one in drawn if not one.gold or locate(one) is not None]
    check_variety(task, parts[0], usable, remedy)
    return TrainingData(
        task=task,
        split=replace(parts[0], examples=usable),
        every=every,
        skipped=len(drawn) - len(usable),
        fingerprint=_fingerprint(parts),
        languages=settings.languages,
        stand_ins=tuple(_stand_in(file_of(settings.file, one)) for one in settings.languages) if settings.file else (),
        dev=None if dev is None else replace(dev, examples=list(dev.examples[: settings.dev_examples])),
        no_dev=no_dev,
        held_out=bool(held),
    )


def file_of(pattern: Path, language: str) -> Path:
    """Returns the file of a language: the placeholder, where there is one, filled in."""
    return pattern.with_name(pattern.name.replace(LANGUAGE_MARK, language))


def draw(examples: Sequence[Example], most: int | None, *, seed: int, name: str) -> Sequence[Example]:
    """Returns at most `most` examples without repetition, in their order; the same for the same seed and task name."""
    if most is None or most >= len(examples):
        return examples
    import numpy as np

    generator = np.random.default_rng([seed, zlib.crc32(name.encode("utf-8"))])
    chosen = np.sort(generator.choice(len(examples), size=most, replace=False))
    return [examples[index] for index in chosen.tolist()]


def hold_out(examples: Sequence[Example], share: float, *, name: str) -> tuple[Sequence[Example], Sequence[Example]]:
    """Returns (kept, held out): whole clusters are held out until at least `share` of the examples are.

    The draw depends on the task's name alone, so that trainings with other seeds are scored on the same examples.
    """
    import numpy as np

    clusters = list(dict.fromkeys(example.cluster for example in examples))
    sizes: dict[str, int] = dict.fromkeys(clusters, 0)
    for example in examples:
        sizes[example.cluster] += 1
    generator = np.random.default_rng(zlib.crc32(name.encode("utf-8")))
    out: set[str] = set()
    total = 0
    for index in generator.permutation(len(clusters)).tolist():
        if total >= share * len(examples):
            break
        out.add(clusters[index])
        total += sizes[clusters[index]]
    kept = [example for example in examples if example.cluster not in out]
    held = [example for example in examples if example.cluster in out]
    return kept, [held[index] for index in generator.permutation(len(held)).tolist()]


def _load_training(task: Task, settings: TaskSettings, source: Source, language: str, remedy: str) -> Split:
    file = None if settings.file is None else file_of(settings.file, language)
    if file is not None and not file.is_file():
        raise DataError(f"{task.name}: there is no training file {file}; give an existing one.")
    wanted = DataRequest(language=language, split="train", data=source.folder, file=file, revision=source.revision)
    try:
        return task.load(wanted)
    except DataError as err:
        raise DataError(f"{err} (training data of {task.name}: {remedy})") from err


def _load_development(
    task: Task, settings: TaskSettings, source: Source, key: str
) -> tuple[Split, str] | tuple[None, str]:
    """Returns the development split, or why there is none. A file that was named must be there and fit."""
    language = settings.languages[0]
    if settings.dev_file is not None:
        if not settings.dev_file.is_file():
            raise DataError(f"{key}: there is no development file {settings.dev_file}; give an existing one.")
        # Read in the form of training data, which every loader knows; tasks without a dev split have no other.
        wanted = DataRequest(language=language, split="train", data=source.folder, file=settings.dev_file)
        return replace(task.load(wanted), name="dev"), ""
    if "dev" not in task.splits:
        return None, "the task has no dev split"
    wanted = DataRequest(language=language, split="dev", data=source.folder, revision=source.revision)
    try:
        split = task.load(wanted)
        if not split.has_gold:
            return None, "its gold is not at hand"
    except HarnessError as err:
        return None, str(err)
    return split, ""


def _with_labels(task: Task, splits: Sequence[Split]) -> Task:
    """Returns the task with the tags found in its data, where it leaves its label set open."""
    if task.labels or task.kind != Kind.TAGGING:
        return task
    found = {
        tag for split in splits for example in split.examples if isinstance(example.gold, tuple) for tag in example.gold
    }
    return replace(task, labels=tuple(sorted(str(tag) for tag in found)))


def _fingerprint(parts: Sequence[Split]) -> str:
    prints = [of_training(part) for part in parts]
    return prints[0] if len(prints) == 1 else of_record(prints)


def _stand_in(file: Path) -> dict[str, str]:
    return {"file": file.name, "sha256": of_file(file)}
