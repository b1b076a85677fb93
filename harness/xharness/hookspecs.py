"""The hooks through which everything enters the harness.

A plugin is a module (or object) with some of these functions, marked with `xharness.hookimpl`, and registered in the
entry point group `xharness`:

    [project.entry-points.xharness]
    mine = "xharness_mine"

Three kinds: **offers** are plural nouns and return records, which are collected by name (a name offered twice is an error
that names both plugins); **stages** are verbs, the first plugin that does not decline with None answers; **watches** are
in the past tense and return nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from xharness.models import Settings
    from xharness.offers import Checkpoint, LeaderboardFormat, SubmissionFormat, Suite, Task, Tour, TrainingStage
    from xharness.protocols import Index, Metric, Model, Predictor
    from xharness.runs import CellRecord

hookspec = pluggy.HookspecMarker("xharness")
hookimpl = pluggy.HookimplMarker("xharness")

CONTRACT = 1
"""Version of what plugins and harness expect of each other: the hooks, the records and the protocols. It rises when a plugin
must change; one that says `XHARNESS_CONTRACT = 1` in its module is refused from then on, instead of failing later."""


@hookspec
def xharness_suites() -> Iterable[Suite]:  # type: ignore[empty-body]  # a specification has no body
    """Offers suites: which tasks are reported together, and how they are averaged.

    Example:
        >>> import xharness
        >>> mean = xharness.Aggregator(name="mean", version="1", description="Mean.", groups={"all": ("topics",)})
        >>> @xharness.hookimpl
        ... def xharness_suites():
        ...     return [xharness.Suite(name="mine", version="1", tasks=("topics",), aggregator=mean, submission="xtreme")]
        >>> [suite.name for suite in xharness_suites()]
        ['mine']
    """


@hookspec
def xharness_tasks() -> Iterable[Task]:  # type: ignore[empty-body]
    """Offers tasks: a suite's targets, and tasks to train on before them.

    Called whenever names are needed: return records, read no data here.

    Example:
        >>> import xharness
        >>> def load(request):
        ...     example = xharness.Example(id="0", cluster="0", inputs=xharness.Text(text="Habari"), gold="news")
        ...     return xharness.Split(task="topics", language=request.language, name=request.split, version="1",
        ...                           examples=[example], source="made up")
        >>> @xharness.hookimpl
        ... def xharness_tasks():
        ...     return [xharness.Task(name="topics", version="1", kind="classification", labels=("news", "sport"),
        ...                           languages=("sw",), metrics=("accuracy",), main=("accuracy",), head="topics", load=load)]
        >>> [task.name for task in xharness_tasks()]
        ['topics']
    """


@hookspec
def xharness_metrics() -> Iterable[Metric]:  # type: ignore[empty-body]
    """Offers metrics: rows that add up, and scores from their sums. Construct them without importing numpy.

    Example:
        >>> import numpy, xharness
        >>> class Length:
        ...     name, version, columns, scores = "answered", "1", ("answered", "all"), ("answered",)
        ...     def statistics(self, split, predictions):
        ...         rows = numpy.array([[value is not None, 1] for value in predictions.values], dtype=float)
        ...         return xharness.Statistics(ids=predictions.ids, columns=self.columns, rows=rows,
        ...                                    clusters=[example.cluster for example in split.examples])
        ...     def score(self, totals):
        ...         return {"answered": totals[..., 0] / totals[..., 1]}
        >>> @xharness.hookimpl
        ... def xharness_metrics():
        ...     return [Length()]
        >>> [metric.name for metric in xharness_metrics()]
        ['answered']
    """


@hookspec
def xharness_indexes() -> Iterable[Index]:  # type: ignore[empty-body]
    """Offers indexes that search sentence vectors, chosen with `--index`.

    Example:
        >>> import xharness
        >>> class Slow:
        ...     name, exact = "slow", True
        ...     def search(self, queries, pool, k, advance=None): ...
        ...     def search_both(self, left, right, k, advance=None): ...
        >>> @xharness.hookimpl
        ... def xharness_indexes():
        ...     return [Slow()]
        >>> [index.name for index in xharness_indexes()]
        ['slow']
    """


@hookspec
def xharness_leaderboard_formats() -> Iterable[LeaderboardFormat]:  # type: ignore[empty-body]
    """Offers forms in which a leaderboard is shown, chosen with `xharness leaderboard build --format`.

    Example:
        >>> import xharness
        >>> def render(content):
        ...     return ", ".join(repr(system.name) for system in content.complete)
        >>> @xharness.hookimpl
        ... def xharness_leaderboard_formats():
        ...     return [xharness.LeaderboardFormat(name="names", suffix=".txt", render=render)]
        >>> [form.name for form in xharness_leaderboard_formats()]
        ['names']
    """


@hookspec
def xharness_training_stages() -> Iterable[TrainingStage]:  # type: ignore[empty-body]
    """Offers ways to turn an encoder into a checkpoint set, chosen with `xharness train NAME`.

    Example:
        >>> import xharness
        >>> def train(request):
        ...     request.report(f"training {len(request.tasks)} heads")
        ...     return xharness.TrainedSet(folder=request.out)
        >>> @xharness.hookimpl
        ... def xharness_training_stages():
        ...     return [xharness.TrainingStage(name="mine", description="Nothing at all.", train=train)]
        >>> [stage.name for stage in xharness_training_stages()]
        ['mine']
    """


@hookspec(firstresult=True)
def xharness_read_recipe(file: Path) -> TrainingStage | None:
    """Reads a recipe file into a training stage. None declines: it is not a form that this plugin knows.

    A form that is known but malformed raises UsageError with file, field and near matches.

    Example:
        >>> import pathlib, xharness
        >>> @xharness.hookimpl
        ... def xharness_read_recipe(file):
        ...     return None if file.suffix != ".mine" else xharness.TrainingStage(
        ...         name=file.stem, description="Mine.", train=lambda request: xharness.TrainedSet(folder=request.out))
        >>> xharness_read_recipe(file=pathlib.Path("a.mine")).name
        'a'
    """


@hookspec(firstresult=True)
def xharness_describe(checkpoint: Path) -> str | None:
    """Returns how a checkpoint folder came to be, in lines for a terminal. None declines: nothing is known of it here.

    Example:
        >>> import pathlib, xharness
        >>> @xharness.hookimpl
        ... def xharness_describe(checkpoint):
        ...     note = checkpoint / "NOTE.txt"
        ...     return note.read_text() if note.is_file() else None
        >>> xharness_describe(checkpoint=pathlib.Path("nowhere")) is None
        True
    """


@hookspec
def xharness_submission_formats() -> Iterable[SubmissionFormat]:  # type: ignore[empty-body]
    """Offers folder layouts for predictions, read by `xharness score` and written by `xharness export`.

    Example:
        >>> import xharness
        >>> def read(folder, split, task): ...
        >>> def write(folder, task, language, split, ids, values): ...
        >>> @xharness.hookimpl
        ... def xharness_submission_formats():
        ...     return [xharness.SubmissionFormat(name="mine", read=read, write=write)]
        >>> [form.name for form in xharness_submission_formats()]
        ['mine']
    """


@hookspec
def xharness_checkpoints() -> Iterable[Checkpoint]:  # type: ignore[empty-body]
    """Offers checkpoints that come with the plugin: `xharness eval NAME` and `--encoder NAME` find them by name.

    Example:
        >>> import pathlib, xharness
        >>> @xharness.hookimpl
        ... def xharness_checkpoints():
        ...     return [xharness.Checkpoint(name="little", folder=pathlib.Path("weights") / "little", suite="mine")]
        >>> [checkpoint.name for checkpoint in xharness_checkpoints()]
        ['little']
    """


@hookspec
def xharness_tours() -> Iterable[Tour]:  # type: ignore[empty-body]
    """Offers tours: commands that `xharness tour NAME` runs and explains, one after the other, in a fresh folder.

    Example:
        >>> import xharness
        >>> look = xharness.Step(says="Lists the tasks.", command=("tasks",))
        >>> @xharness.hookimpl
        ... def xharness_tours():
        ...     return [xharness.Tour(name="short", description="One command.", steps=(look,))]
        >>> [(tour.name, len(tour.steps)) for tour in xharness_tours()]
        [('short', 1)]
    """


@hookspec(firstresult=True)
def xharness_load(checkpoint: str, settings: Settings) -> Model | None:
    """Loads a checkpoint reference (folder or hub id). None declines: it is not a form that this plugin knows.

    Cheap: identify and validate; load weights when a head is first used. A form that is known but broken raises
    CheckpointError.

    Example:
        >>> import xharness
        >>> @xharness.hookimpl
        ... def xharness_load(checkpoint, settings):
        ...     return None if not checkpoint.endswith(".vec") else open(checkpoint)
        >>> xharness_load(checkpoint="a/folder", settings=None) is None
        True
    """


@hookspec(firstresult=True)
def xharness_predict(model: Model, task: Task, index: Index, settings: Settings) -> Predictor | None:
    """Returns what answers splits of `task` with `model`. None declines: not this kind of task, or not this model.

    Called only for tasks for which `model.head(task)` is a Head. `index` is the one chosen with `--index`.

    Example:
        >>> import xharness
        >>> @xharness.hookimpl
        ... def xharness_predict(model, task):
        ...     return None if task.kind != "my kind" else model
        >>> xharness_predict(model=None, task=type("Task", (), {"kind": "tagging"})) is None
        True
    """


@hookspec
def xharness_cell_scored(run: Path, cell: CellRecord) -> None:
    """Called after a cell is whole on disk, scored or not (`cell.status` says which). `run` is the run's folder.

    Example:
        >>> import xharness
        >>> @xharness.hookimpl
        ... def xharness_cell_scored(cell):
        ...     print(cell)
        >>> xharness_cell_scored(cell="xnli/sw")
        xnli/sw
    """


@hookspec
def xharness_run_finished(run: Path) -> None:
    """Called once after the run's record is on disk, complete or not.

    Example:
        >>> import xharness
        >>> @xharness.hookimpl
        ... def xharness_run_finished(run):
        ...     print(run)
        >>> xharness_run_finished(run="runs/mine-1a2b3c4d")
        runs/mine-1a2b3c4d
    """
