"""`xharness compare`, and the comparison at the end of `xharness eval --baseline`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from xharness.cli import completion, options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from xharness.comparison.compare import Options
    from xharness.comparison.result import Comparison
    from xharness.errors import UsageError
    from xharness.plugins import Plugins

FORMATS = ("table", "json", "markdown", "csv", "latex")


class TakesBaselines(TyperCommand):
    """A command whose `--baseline` takes every value up to the next option, so that several seeds can be named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Repeats the option before each of its values, which is the form that the parser knows."""
        completing = ctx.resilient_parsing  # then the line is not whole yet
        return super().parse_args(ctx, args if completing else repeated("--baseline", args))


def repeated(flag: str, args: Sequence[str]) -> list[str]:
    """Returns the arguments with `flag A B` written as `flag A flag B`. Raises UsageError for a flag without a value."""
    found: list[str] = []
    inside = False
    for position, one in enumerate([*args, "--"]):
        is_option = one.startswith("-") and len(one) > 1
        if is_option and found[-1:] == [flag]:
            raise _nothing_after(flag)
        if one == "--":
            return [*found, *args[position:]]
        if is_option:
            inside = one == flag
        elif inside and found[-1] != flag:
            found.append(flag)
        found.append(one)
    return found


def _nothing_after(flag: str) -> UsageError:
    from xharness.errors import UsageError

    return UsageError(
        f"{flag} names no run: give the folder of one, or of several that are seeds of one method, after it."
    )


Baseline = Annotated[
    list[Path] | None,
    typer.Option(
        "--baseline",
        help="Run (or runs: its seeds) to compare with; takes all folders up to the next option.",
        metavar="RUN...",
        rich_help_panel="Significance",
        autocompletion=completion.runs,
    ),
]
Resamples = Annotated[
    int, typer.Option("--resamples", help="Bootstrap resamples, and exchanges.", min=1, rich_help_panel="Significance")
]
Level = Annotated[
    float, typer.Option("--level", help="Of intervals; tests use 1 − level.", rich_help_panel="Significance")
]


def compare_command(
    runs: Annotated[
        list[Path],
        typer.Argument(
            help="Folders of runs of the method to judge; several are its seeds.",
            metavar="RUN...",
            autocompletion=completion.runs,
        ),
    ],
    baseline: Baseline = None,
    tasks: options.Tasks = None,
    languages: options.Languages = None,
    resamples: Resamples = 10_000,
    seed: Annotated[
        int, typer.Option("--seed", help="Seed of the random draws.", min=0, rich_help_panel="Significance")
    ] = 0,
    level: Level = 0.95,
    family: Annotated[
        str,
        typer.Option(
            "--family",
            help="What is tested together: tasks (cells are then exploratory) or cells.",
            metavar="tasks|cells",
            rich_help_panel="Significance",
        ),
    ] = "tasks",
    correction: Annotated[
        str | None,
        typer.Option(
            "--correction",
            help="For many comparisons in the family. Default: holm for tasks, bh for cells.",
            metavar="holm|bh|maxt",
            rich_help_panel="Significance",
        ),
    ] = None,
    zero_shot: Annotated[
        bool,
        typer.Option("--zero-shot", help="Means without English, and English on its own.", rich_help_panel="What"),
    ] = False,
    paired_seeds: Annotated[
        bool,
        typer.Option(
            "--paired-seeds", help="The same seeds on both sides belong together.", rich_help_panel="Significance"
        ),
    ] = False,
    wider: Annotated[
        str | None,
        typer.Option(
            "--wider",
            help="Tasks of which the larger unit is resampled, articles instead of paragraphs: xquad,tydiqa.",
            metavar="A,B",
            rich_help_panel="Significance",
        ),
    ] = None,
    form: Annotated[
        str, typer.Option("--format", help="Form of the output.", metavar="|".join(FORMATS), rich_help_panel="Output")
    ] = "table",
    picture: Annotated[
        Path | None,
        typer.Option("--picture", help="Also draw a forest plot: FILE.svg or .png.", rich_help_panel="Output"),
    ] = None,
    no_plugin: options.NoPlugin = None,
) -> None:
    """Compare runs with a baseline: is the difference real, where, and how large?

    Differences are paired by example and tested by approximate randomisation; intervals come from a bootstrap of
    premises, paragraphs, sentences, the same in all languages of a parallel task. Several runs on a side are seeds of one
    method: then methods are compared, by t. Nothing needs the model or the data.

    Examples:
      xharness compare runs/stilts-mnli --baseline runs/direct
      xharness compare runs/mnli-* --baseline runs/direct-* --zero-shot --picture forest.svg
      xharness compare runs/mnli --baseline runs/direct --family cells --correction maxt --format csv
    """
    from xharness.comparison.compare import Options
    from xharness.errors import UsageError
    from xharness.pictures import check_picture
    from xharness.plugins import Plugins

    options.choice("--format", form, FORMATS)
    if not baseline:
        raise UsageError("Name the run to compare with: xharness compare RUN --baseline RUN.")
    if picture is not None:
        check_picture(picture)
    chosen = Options(
        tasks=options.names(tasks),
        languages=options.names(languages),
        resamples=resamples,
        seed=seed,
        level=level,
        family=family,
        correction=correction,
        zero_shot=zero_shot,
        paired_seeds=paired_seeds,
        wider=options.names(wider) or (),
    )
    with options.interruptible():
        comparison = compared(Plugins.load(no_plugin or ()), runs, baseline, chosen)
    show_comparison(comparison, form, picture)


def compared(plugins: Plugins, runs: Sequence[Path], baseline: Sequence[Path], chosen: Options) -> Comparison:
    """Returns the comparison, showing how far it is on a terminal."""
    from dataclasses import replace

    from xharness.comparison.compare import compare

    with _progress() as advance:
        return compare(plugins, runs, baseline, replace(chosen, advance=advance))


def show_comparison(comparison: Comparison, form: str = "table", picture: Path | None = None) -> None:
    """Prints a comparison in a form, and draws its picture."""
    from xharness.cli.compare_display import print_comparison
    from xharness.comparison import formats

    if form == "table":
        print_comparison(comparison)
    else:
        write = {
            "json": formats.as_json,
            "csv": formats.as_csv,
            "markdown": formats.as_markdown,
            "latex": formats.as_latex,
        }
        text = write[form](comparison)
        typer.echo(text, nl=not text.endswith("\n"))
    if picture is not None:
        from xharness.comparison.forest import forest

        forest(comparison, picture)
        typer.echo(f"The forest plot is in {picture}.", err=True)


@contextmanager
def _progress() -> Iterator[Callable[[str], None] | None]:
    """Yields what is called with every set of clusters that is done; nothing is shown where there is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status("Resampling") as status:
        yield lambda name: status.update(f"Resampling: {name} done")
