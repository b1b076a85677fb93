"""`xharness eval`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xharness.cli import completion, options
from xharness.cli.compare import Baseline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness.evaluation import Outcome
    from xharness.plugins import Plugins
    from xharness.selection import Request, Selection
    from xharness.training import PlannedSet, TrainOptions

DTYPES = ("float32", "bfloat16", "float16")


def evaluate_command(
    checkpoints: Annotated[
        list[str],
        typer.Argument(
            help=(
                "Folders or hub ids (org/name@revision): a fine-tuned model, a checkpoint set, a bare encoder, a "
                "sentence-transformers or PEFT adapter directory."
            ),
            metavar="CHECKPOINT...",
            autocompletion=completion.checkpoints,
        ),
    ],
    suite: options.Suite = "xtreme",
    tasks: options.Tasks = None,
    languages: options.Languages = None,
    split: options.Split = "test",
    limit: Annotated[
        int | None,
        typer.Option("--limit", help="At most this many examples of each cell.", min=1, rich_help_panel="What"),
    ] = None,
    variant: options.VariantName = "fixed",
    data: options.Data = None,
    labels: options.Labels = None,
    revision: options.Revision = None,
    strict: options.Strict = False,
    device: options.Device = "auto",
    dtype: Annotated[
        str,
        typer.Option("--dtype", help="Precision.", metavar="|".join(DTYPES), rich_help_panel="How"),
    ] = "float32",
    batch_tokens: Annotated[
        int | None,
        typer.Option("--batch-tokens", help="Subwords per batch, padding included.", min=1, rich_help_panel="How"),
    ] = None,
    index: Annotated[
        str, typer.Option("--index", help="Search index for retrieval and mining.", rich_help_panel="How")
    ] = "flat",
    label_names: Annotated[
        list[str] | None,
        typer.Option(
            "--label-names",
            help="Names of a head's outputs in order: xnli=contradiction,entailment,neutral. Repeatable.",
            metavar="HEAD=A,B",
            rich_help_panel="How",
        ),
    ] = None,
    state: Annotated[
        int | None,
        typer.Option("--state", help="Hidden state to pool into a sentence vector.", min=0, rich_help_panel="How"),
    ] = None,
    pooling: Annotated[
        str | None, typer.Option("--pooling", help="mean or cls.", metavar="mean|cls", rich_help_panel="How")
    ] = None,
    special_tokens: Annotated[
        bool | None,
        typer.Option("--special-tokens/--no-special-tokens", help="Pool [CLS] and [SEP] too.", rich_help_panel="How"),
    ] = None,
    qa_decoder: Annotated[
        str | None,
        typer.Option(
            "--qa-decoder", help="How answer texts are cut.", metavar="offsets|official", rich_help_panel="How"
        ),
    ] = None,
    out: options.Out = Path("runs"),
    train: Annotated[
        list[str] | None,
        typer.Option(
            "--train",
            help="Train the encoders with this recipe first: a name or a file. Repeatable.",
            metavar="RECIPE",
            rich_help_panel="Training",
            autocompletion=completion.recipes,
        ),
    ] = None,
    overrides: options.Overrides = None,
    seed: options.Seeds = None,
    train_data: options.TrainData = None,
    checkpoints_dir: Annotated[
        Path,
        typer.Option("--checkpoints", help="Folder for trained checkpoint sets.", rich_help_panel="Training"),
    ] = Path("checkpoints"),
    allow_pickle: Annotated[
        bool, typer.Option("--allow-pickle", help="Load pickled weights. They can run code.", rich_help_panel="Safety")
    ] = False,
    trust_remote_code: Annotated[
        bool,
        typer.Option("--trust-remote-code", help="Run code that comes with a checkpoint.", rich_help_panel="Safety"),
    ] = False,
    baseline: Baseline = None,
    picture: options.ScorePicture = None,
    offline: options.Offline = False,
    no_plugin: options.NoPlugin = None,
) -> None:
    """Evaluate checkpoints and print scores by task and language.

    Everything is checked first; cells that are already in the run's folder are kept, so the same command continues an
    interrupted run.

    Examples:
      xharness eval my-xnli-model --tasks xnli --data xtreme
      xharness eval xlm-roberta-base --train direct --data xtreme
      xharness eval xlm-roberta-base --train direct --train stilts-mnli --seed 1 --seed 2 --data xtreme
      xharness eval my-stilts-model --data xtreme --baseline runs/direct
    """
    options.obey(offline)
    from xharness.comparison.before import check_baselines
    from xharness.errors import UsageError
    from xharness.models import Settings
    from xharness.plugins import Plugins
    from xharness.records import Variant
    from xharness.selection import Request, Selection

    selection = Selection(
        suite=suite,
        tasks=options.names(tasks),
        languages=options.names(languages),
        split=split,
        data=data,
        labels=labels,
        revision=revision,
        variant=Variant(options.choice("--variant", variant, tuple(Variant))),
        limit=limit,
        strict=strict,
    )
    settings = Settings(
        device=device,
        dtype=options.choice("--dtype", dtype, DTYPES),
        batch_tokens=batch_tokens,
        variant=selection.variant,
        index=index,
        label_names={
            head: options.names(text) or () for head, text in options.pairs("--label-names", label_names).items()
        },
        state=state,
        pooling=options.choice("--pooling", pooling, ("mean", "cls")) if pooling else None,
        special_tokens=special_tokens,
        qa_decoder=options.choice("--qa-decoder", qa_decoder, ("offsets", "official")) if qa_decoder else None,
        allow_pickle=allow_pickle,
        trust_remote_code=trust_remote_code,
    )
    training = options.train_options(overrides, seed, train_data, device, checkpoints_dir)
    if not train and (overrides or seed or train_data):
        raise UsageError("--set, --seed and --train-data say how to train: add --train RECIPE, or leave them out.")
    plugins = Plugins.load(no_plugin or ())
    request = Request(selection=selection, settings=settings, out=out)
    check_baselines(plugins, baseline or (), selection)
    planned = _planned(plugins, request, checkpoints, train, training)
    _check_picture(picture, planned)
    with options.interruptible():
        outcomes = [_one(plugins, request, one, training) for one in planned]
        _draw(picture, outcomes[0])
        _compare(plugins, planned, outcomes, baseline or ())
    if any(_failed(one) for one in outcomes):
        raise typer.Exit(1)


def _failed(outcome: Outcome) -> bool:
    from xharness.runs import CellStatus

    return any(cell.status is CellStatus.FAILED for cell in outcome.record.cells)


def _planned(
    plugins: Plugins, request: Request, encoders: list[str], recipes: list[str] | None, training: TrainOptions
) -> list[str | PlannedSet]:
    """Returns what to evaluate: checkpoints, or sets to train first, checked for what would fail after the first training."""
    from xharness.planning import check_names
    from xharness.training import check_sets, find_stage, plan_sets

    if not recipes:
        return [*encoders]
    check_names(plugins, request)
    sets = plan_sets([find_stage(plugins, name) for name in recipes], encoders, training, lasting=True)
    if len(sets) > 1:
        check_sets(plugins, sets, request.selection, training, out=training.checkpoints)
    return [*sets]


def _check_picture(picture: Path | None, planned: Sequence[str | PlannedSet]) -> None:
    """Raises UsageError, before anything is computed, for a picture that cannot be drawn, or one of several runs."""
    from xharness.errors import UsageError
    from xharness.pictures import check_picture

    if picture is None:
        return
    check_picture(picture)
    if len(planned) > 1:
        raise UsageError(
            f"--picture {picture} is of one run, and {len(planned)} are asked for: leave it out, and draw each with "
            "`xharness show RUN --picture FILE`."
        )


def _draw(picture: Path | None, outcome: Outcome) -> None:
    from xharness.cli.show import draw

    if picture is not None:
        draw(outcome.record, picture)


def _one(plugins: Plugins, request: Request, planned: str | PlannedSet, training: TrainOptions) -> Outcome:
    """Evaluates one checkpoint, trained first if it is only planned, prints its table, and returns its run."""
    from xharness.cli.display import observer
    from xharness.cli.show import print_run
    from xharness.evaluation import evaluate

    checkpoint = planned if isinstance(planned, str) else _trained(plugins, request.selection, planned, training)
    with observer() as watching:
        outcome = evaluate(plugins, request, checkpoint, watching)
    print_run(outcome.record, outcome.folder.path)
    return outcome


def _compare(
    plugins: Plugins, planned: Sequence[str | PlannedSet], outcomes: Sequence[Outcome], baseline: Sequence[Path]
) -> None:
    """Prints one comparison for each checkpoint; sets that differ in their seed alone are compared together, as seeds."""
    if not baseline:
        return
    from xharness.cli.compare import compared, show_comparison
    from xharness.comparison.compare import Options

    methods: dict[object, list[Path]] = {}
    for one, outcome in zip(planned, outcomes, strict=True):
        method = one if isinstance(one, str) else (one.encoder, one.stage.name)
        methods.setdefault(method, []).append(outcome.folder.path)
    for runs in methods.values():
        show_comparison(compared(plugins, list(dict.fromkeys(runs)), baseline, Options()))


def _trained(plugins: Plugins, selection: Selection, planned: PlannedSet, training: TrainOptions) -> str:
    """Trains a set, or finds it whole, prints its development scores, and returns its folder."""
    from xharness.cli.trained import print_set
    from xharness.training import SHARED, train_one

    folder = training.checkpoints
    trained = train_one(
        plugins,
        planned,
        selection,
        training,
        lambda line: typer.echo(line, err=True),
        out=folder / planned.name,
        shared=folder / SHARED,
    )
    print_set(trained)
    return str(trained.folder)
