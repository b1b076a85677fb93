"""What a plugin offers by name: tasks, suites, formats, checkpoints, tours, training stages, and what they are asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xharness.records import Variant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from xharness.leaderboard.content import BoardContent
    from xharness.records import Prediction, Predictions, Score, Split


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
    """A task: what is asked, in which languages, scored how, and how its data are loaded.

    Target tasks are listed by a suite. Any other offered task can be an intermediate one: a training stage asks it for
    "train" and "dev".

    Attributes:
        version: raise it whenever labels, languages, metric or data change: runs of different versions never mix.
        kind: what a predictor must be able to do, usually one of `Kind`.
        labels: the label set of classification and tagging, in the order that a new head gets; of multiple choice the
            numbers of the options.
        unpredicted_labels: labels that gold may hold beside them and that no head predicts (UDPOS has `_`).
        label_aliases: other names, in lower case, under which checkpoints know the labels ("paraphrase" → "1").
        metrics: names of offered metrics; their scores appear in this order.
        main: names of the scores whose mean over languages is the task's score (the mean of them if several).
        head: which head of a checkpoint set answers it, and the name under which one is trained.
        load: reads one language of one split; raises DataError. Returns a Split whose examples all lack gold where the
            gold is not at hand.
        max_length: subwords per input, special tokens included (for span questions per window).
        parallel: languages share example ids and clusters.
        unanswerable: span questions: an example with gold () has no answer in its context.
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
    unpredicted_labels: tuple[str, ...] = ()
    label_aliases: Mapping[str, str] = field(default_factory=dict)
    max_length: int = 128
    parallel: bool = False
    unanswerable: bool = False
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


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderboardFormat:
    """A form in which a leaderboard is shown.

    Attributes:
        suffix: of the file, with its dot: a board called "xtreme" becomes "xtreme.md".
        render: content → the whole text of the file. The same content gives the same text, with no time in it. Names and links
            come from strangers: nothing of them may become markup.
        built: written by every `xharness leaderboard build`; others on request.
    """

    name: str
    suffix: str
    render: Callable[[BoardContent], str]
    built: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A checkpoint that comes with a plugin: `xharness eval NAME` evaluates it, `xharness train --encoder NAME` starts from it.

    A file or folder of that name in the working directory wins over it.

    Attributes:
        name: also the last part of `folder`, by which runs are named.
        folder: what a user would otherwise name: a checkpoint of any form, or a checkpoint set.
        suite: name of the suite that it was made for.
        encoder: folder that a training starts from; None takes `folder`.
    """

    name: str
    folder: Path
    suite: str
    encoder: Path | None = None
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command of a tour.

    Attributes:
        says: what the command does, in a sentence for a reader who has never seen it.
        command: arguments of `xharness`; paths are relative to the tour's folder, and "runs/direct-*" is what is there by then.
    """

    says: str
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tour:
    """Commands that show what the harness does, run one after the other in a fresh folder by `xharness tour NAME`.

    Attributes:
        next: what a reader may do after it, in lines for a terminal.
    """

    name: str
    description: str
    steps: tuple[Step, ...]
    next: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainRequest:
    """What a training stage is asked for.

    Attributes:
        encoder: a checkpoint reference (folder or hub id).
        out: folder of the checkpoint set to write; heads that are already whole there are kept.
        tasks: one target task for each head to train, in order.
        offered: every task that any plugin offers, by name: intermediate tasks are found here.
        score: scores predictions of a labelled split as an evaluation does; raises PredictionError.
        data: folder in the suite's layout; None asks the hub.
        train_data: folder with the data of other tasks, a sub-folder for each; None asks the hub.
        settings: overrides as typed, "target.xnli.epochs=1"; the stage says what it knows.
        shared: folder for what several sets of one call have in common (an intermediate phase); None keeps it in `out`.
        plugins: "distribution version" by plugin name, for the record.
        report: called with one line of progress in words.
    """

    encoder: str
    out: Path
    tasks: tuple[Task, ...]
    score: Callable[[Task, Split, Predictions], Sequence[Score]]
    offered: Mapping[str, Task] = field(default_factory=dict)
    data: Path | None = None
    train_data: Path | None = None
    revision: str | None = None
    settings: tuple[str, ...] = ()
    seed: int = 42
    device: str = "auto"
    shared: Path | None = None
    plugins: Mapping[str, str] = field(default_factory=dict)
    report: Callable[[str], None] = print


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedHead:
    """One part of a checkpoint set, in short.

    Attributes:
        name: head, or phase ("encoder" for what an intermediate phase made).
        kept: it was whole before this call.
        metric, value, n: English development score (a fraction) over n examples; None where there is none.
        chance: the better of two scores on the same examples: always the commonest label, and the head before training.
        collapsed: `value` is not clearly above `chance`.
        marks: what a reader must know, one sentence each ("same data twice: …", "not zero-shot in de: …").
    """

    name: str
    kept: bool = False
    seconds: float = 0.0
    metric: str | None = None
    value: float | None = None
    n: int = 0
    chance: float | None = None
    collapsed: bool = False
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedSet:
    """A checkpoint set that a stage has made or found whole."""

    folder: Path
    heads: tuple[TrainedHead, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingStage:
    """A way to turn an encoder into a checkpoint set: a recipe with a name.

    Attributes:
        train: does it; may be called again to go on where it was interrupted.
        check: raises what can be known to go wrong before anything is trained, and changes nothing: several sets are all
            checked before the first is trained. None where there is nothing to check.
        seeds: those that a caller trains with who names none.
        encoder: the checkpoint reference that the stage itself names, if any.
        text: the whole recipe as a user would write it, printed by `xharness recipes NAME`.
        schema: returns the JSON schema of recipe files, None where the stage is not one.
    """

    name: str
    description: str
    train: Callable[[TrainRequest], TrainedSet]
    check: Callable[[TrainRequest], object] | None = None
    seeds: tuple[int, ...] = (42,)
    encoder: str | None = None
    text: str = ""
    schema: Callable[[], Mapping[str, object]] | None = None
