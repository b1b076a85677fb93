"""What is noted while a job trains: losses, rates, development scores, and whether it is time to stop."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from xharness import HarnessError

if TYPE_CHECKING:
    from collections.abc import Callable

    from xharness_finetune.engine.jobs import Job

_LINES = 20  # progress lines per job
_POINTS = 100  # points of the loss curve per job


@dataclass(slots=True, kw_only=True)
class PartNotes:
    """One part's share so far: batches, rows and subwords seen, its loss curve, and losses since the curve's last point."""

    batches: int = 0
    rows: int = 0
    subwords: int = 0
    curve: list[tuple[int, float]] = field(default_factory=list)
    loss_sum: float = 0.0
    loss_batches: int = 0


@dataclass(slots=True, kw_only=True)
class Notes:
    """Everything that is noted, JSON-serialisable, so that a training that continues has it all.

    Attributes:
        seconds: of training up to here, over all processes one after the other.
        waited: seconds of them that were spent on putting batches together.
        stopped: the training ended before its last step, for want of better development scores.
        since_best: development scores since the best.
    """

    step: int = 0
    seconds: float = 0.0
    waited: float = 0.0
    curve: list[tuple[int, float]] = field(default_factory=list)
    dev_curve: list[tuple[int, float]] = field(default_factory=list)
    resumed_from: list[int] = field(default_factory=list)
    best_step: int | None = None
    since_best: int = 0
    stopped: bool = False
    parts: list[PartNotes] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Returns it as plain lists, numbers and dicts."""
        return asdict(self)

    @classmethod
    def from_json(cls, made: dict[str, Any]) -> Notes:
        """Returns what `as_json` gave. Raises TypeError or KeyError if it is of another form."""
        parts = [PartNotes(**{**part, "curve": _points(part["curve"])}) for part in made["parts"]]
        curves = {name: _points(made[name]) for name in ("curve", "dev_curve")}
        return cls(**{**made, **curves, "parts": parts})


def _points(made: list[list[Any]]) -> list[tuple[int, float]]:
    return [(int(step), float(value)) for step, value in made]


class Progress:
    """Keeps a job's notes up to date and says every few per cent of the steps how far it is."""

    def __init__(self, job: Job, notes: Notes, *, speaks: bool = True) -> None:
        self.job = job
        self.notes = notes
        self._speaks = speaks
        self._point_every = max(1, job.steps // _POINTS)
        self._line_every = max(1, job.steps // _LINES)
        self._began = self._counted = time.perf_counter()
        self._before = self._seen()

    def kept_step(self) -> int:
        """Returns the step whose weights would be kept if the training ended now."""
        best = self.notes.best_step if self.job.run.keep == "best" else None
        return self.notes.step if best is None else best

    def begin(self) -> None:
        """Starts the clock."""
        self._began = self._counted = time.perf_counter()
        self._before = self._seen()

    def resumed(self) -> None:
        """Says from where the training goes on."""
        self._report(f"continues from the checkpoint of step {self.notes.step:,} of {self.job.steps:,}")

    def saw(self, part: int, *, rows: int, subwords: int) -> None:
        """Counts one batch."""
        notes = self.notes.parts[part]
        notes.batches += 1
        notes.rows += rows
        notes.subwords += subwords

    def loss(self, part: int, value: float) -> None:
        """Notes one batch's loss, which is finite."""
        notes = self.notes.parts[part]
        notes.loss_sum += value
        notes.loss_batches += 1

    def tick(self) -> None:
        """Counts the time up to now."""
        now = time.perf_counter()
        self.notes.seconds += now - self._counted
        self._counted = now

    def wants_losses(self, step: int, *, last: bool) -> bool:
        """Returns whether the curve or a line is due after this step."""
        return last or step % self._point_every == 0 or step % self._line_every == 0

    def stepped(self, step: int, *, last: bool) -> None:
        """Notes that `step` steps are done; call it with all losses noted where `wants_losses` says so."""
        self.notes.step = step
        if last or step % self._point_every == 0:
            self._add_point(step)
        if last or step % self._line_every == 0:
            self._say(step)

    def scored(self, step: int, value: float) -> bool:
        """Notes a development score; returns whether it is the best so far (the first of equals is)."""
        notes = self.notes
        best = max((known for _, known in notes.dev_curve), default=-math.inf)
        notes.dev_curve.append((step, value))
        if value > best:
            notes.best_step, notes.since_best = step, 0
        else:
            notes.since_best += 1
        self._report(f"development score {value:.4f}, best {max(best, value):.4f} at step {notes.best_step:,}")
        return value > best

    def not_finite(self, *, step: int, part: int | None, rate: float, kept: str) -> HarnessError:
        """Returns the error for a loss or (without a part) a weight that is NaN or infinite."""
        what = "a weight" if part is None else f"the loss of {self.job.parts[part].name}"
        return HarnessError(
            f"{self.job.name}: {what} became NaN or infinite at step {step:,} of {self.job.steps:,}, where the learning rate "
            f"was {rate:.3g}; the training stopped and nothing was written but {kept}. Use a smaller learning rate (--set "
            f"…learning_rate={self.job.run.learning_rate / 2:.3g}) or larger batches (--set …batch_size=…), and check that the "
            f"encoder's own weights are finite; changed settings need another --out, or that folder removed."
        )

    def _add_point(self, step: int) -> None:
        total = count = 0.0
        for part in self.notes.parts:
            if part.loss_batches:
                part.curve.append((step, part.loss_sum / part.loss_batches))
            total, count = total + part.loss_sum, count + part.loss_batches
            part.loss_sum, part.loss_batches = 0.0, 0
        if count:
            self.notes.curve.append((step, total / count))

    def _say(self, step: int) -> None:
        rows, subwords, steps = (now - then for now, then in zip(self._seen(), self._before, strict=True))
        seconds = max(time.perf_counter() - self._began, 1e-9)
        loss = f"loss {self.notes.curve[-1][1]:.4f}, " if self.notes.curve else ""
        left = _span(seconds / max(steps, 1) * (self.job.steps - step))
        self._report(
            f"step {step:,} of {self.job.steps:,}, {loss}{rows / seconds:,.0f} rows/s, {subwords / seconds:,.0f} subwords/s, "
            f"{left} left{self._mix()}"
        )

    def _mix(self) -> str:
        """Returns which share of the batches was each part's, where there are several."""
        parts = self.notes.parts
        batches = sum(part.batches for part in parts)
        if len(parts) < 2 or not batches:
            return ""
        shares = (
            f"{part.name} {notes.batches / batches:.0%}" for part, notes in zip(self.job.parts, parts, strict=True)
        )
        return f" ({', '.join(shares)})"

    def _seen(self) -> tuple[int, int, int]:
        parts = self.notes.parts
        return sum(part.rows for part in parts), sum(part.subwords for part in parts), self.notes.step

    def _report(self, text: str) -> None:
        if self._speaks:
            report: Callable[[str], None] = self.job.report
            report(f"{self.job.name}: {text}")


def _span(seconds: float) -> str:
    """Returns a time in words: "42 s", "3 min", "2 h 5 min"."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
