"""Shows an evaluation while it runs: a live display in a terminal, plain lines elsewhere. Both go to stderr."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from xharness.runs import CellRecord, CellStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.progress import Progress, TaskID

    from xharness.evaluation import Observer
    from xharness.store import RunFolder


@contextmanager
def observer() -> Iterator[Observer]:
    """Yields what shows an evaluation on this output."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    live = Live()
    with live.progress:
        yield live


class Lines:
    """One line for every step, for logs and pipes."""

    def __init__(self) -> None:
        self.pace = Pace()

    def say(self, message: str) -> None:
        """Prints the message."""
        sys.stderr.write(f"{message}\n")
        sys.stderr.flush()

    def planned(self, run: RunFolder, cells: Sequence[CellRecord], kept: int) -> None:
        """Prints how much there is to do, and where it goes."""
        self.pace.plan(cells)
        self.say(plan_line(run, cells, kept))

    def cell_started(self, cell: CellRecord, work: int) -> None:
        """Prints nothing: the finished cell has a line."""

    def advanced(self, work: int) -> None:
        """Prints nothing."""

    def cell_finished(self, cell: CellRecord, seconds: float) -> None:
        """Prints the cell's outcome, its rate, and the time left."""
        self.pace.finish(cell)
        rate = f"{cell.n / seconds:,.0f}/s" if seconds else ""
        self.say(f"{outcome(cell)}  {seconds:.1f} s  {rate}  ({self.pace})")


class Live:
    """A live display: the suite above, the cell below; finished cells scroll by."""

    def __init__(self) -> None:
        self.progress = _bars()
        self.pace = Pace()
        self.whole: TaskID | None = None
        self.cell: TaskID | None = None

    def say(self, message: str) -> None:
        """Prints the message above the bars."""
        self.progress.console.print(message, highlight=False, markup=False)

    def planned(self, run: RunFolder, cells: Sequence[CellRecord], kept: int) -> None:
        """Starts the bar of the whole evaluation, counted in examples."""
        self.pace.plan(cells)
        self.say(plan_line(run, cells, kept))
        self.whole = self.progress.add_task("all cells", total=sum(cell.n for cell in cells), unit="examples")

    def cell_started(self, cell: CellRecord, work: int) -> None:
        """Starts the bar of one cell, counted in subwords."""
        self.cell = self.progress.add_task(cell.place, total=max(work, 1), unit="subwords")

    def advanced(self, work: int) -> None:
        """Moves the cell's bar."""
        if self.cell is not None:
            self.progress.advance(self.cell, work)

    def cell_finished(self, cell: CellRecord, seconds: float) -> None:
        """Prints the cell's outcome and moves the bar of the whole."""
        self.pace.finish(cell)
        if self.cell is not None:
            self.progress.remove_task(self.cell)
            self.cell = None
        if self.whole is not None:
            self.progress.advance(self.whole, cell.n)
        self.say(f"{outcome(cell)}  {seconds:.1f} s")


class Pace:
    """How far an evaluation is, and how long the rest may take."""

    def __init__(self) -> None:
        self.cells = self.examples = self.done = self.done_examples = 0
        self.started = time.monotonic()

    def plan(self, cells: Sequence[CellRecord]) -> None:
        """Starts the clock."""
        self.cells, self.examples = len(cells), sum(cell.n for cell in cells)
        self.started = time.monotonic()

    def finish(self, cell: CellRecord) -> None:
        """Counts a finished cell."""
        self.done += 1
        self.done_examples += cell.n

    def __str__(self) -> str:
        left = self.examples - self.done_examples
        if not self.done_examples or not left:
            return f"{self.done}/{self.cells}"
        seconds = (time.monotonic() - self.started) / self.done_examples * left
        return f"{self.done}/{self.cells}, about {duration(seconds)} left"


def duration(seconds: float) -> str:
    """Returns "45 s", "12 min" or "3 h 05 min"."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60:02d} min"


def plan_line(run: RunFolder, cells: Sequence[CellRecord], kept: int) -> str:
    """Returns what will be done and where it is stored, in one sentence."""
    before = f"; {kept} cells are there from before" if kept else ""
    examples = sum(cell.n for cell in cells)
    return f"{len(cells)} cells with {examples:,} examples to evaluate into {run.path}{before}."


def outcome(cell: CellRecord) -> str:
    """Returns a cell's outcome in a line."""
    if cell.status is CellStatus.SCORED:
        scores = "  ".join(f"{score.metric} {100 * score.value:.1f}" for score in cell.scores)
        return f"{cell.place:16} {scores}"
    return f"{cell.place:16} {cell.status}: {cell.reason}"


def _bars() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(TextColumn):
        """Units per second."""

        def render(self, task: object) -> Text:
            speed = getattr(task, "speed", None)
            unit = getattr(task, "fields", {}).get("unit", "")
            return Text(f"{speed:,.0f} {unit}/s" if speed else "")

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        Rate(""),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
