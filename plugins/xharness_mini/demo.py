"""What comes with the suite beside its data: the checkpoint `demo`, and a tour that starts from its encoder."""

from __future__ import annotations

from pathlib import Path

from xharness import Checkpoint, Step, Tour

HERE = Path(__file__).parent
FOLDER = HERE / "checkpoint" / "demo"

DEMO = Checkpoint(
    name="demo",
    folder=FOLDER,
    encoder=FOLDER / "encoder",
    suite="mini",
    description=(
        "A multilingual encoder of 1.2 million parameters with a head for each task of mini, trained from nothing on the texts "
        "of mini itself. For trying things out."
    ),
)
"""Made by the recipe demo.toml, which says how."""

_SUITE = ("--suite", "mini")
_TASKS = ("--tasks", "mini-nli,mini-retrieval")


def _trained(recipe: str) -> tuple[str, ...]:
    file = HERE / "recipes" / f"{recipe}.toml"
    return ("train", str(file), "--encoder", "demo", *_SUITE, *_TASKS, "--out", f"checkpoints/{recipe}")


TOUR = Tour(
    name="mini",
    description="two ways to train the same small encoder, compared in eight languages, in about three minutes.",
    steps=(
        Step(
            says="Trains the baseline: a head for inference, on English examples alone, straight from the encoder of `demo`.",
            command=_trained("direct"),
        ),
        Step(
            says="Trains the same encoder on another English task first, paraphrases, and then the same head.",
            command=_trained("after-paraphrase"),
        ),
        Step(
            says="Evaluates the baseline in eight languages: only in English has it seen labelled examples.",
            command=("eval", "checkpoints/direct", *_SUITE, *_TASKS),
        ),
        Step(
            says="Evaluates the other set on the same examples.",
            command=("eval", "checkpoints/after-paraphrase", *_SUITE, *_TASKS),
        ),
        Step(
            says="Asks whether the difference is real: paired by example, with intervals, corrected for the number of tasks.",
            command=("compare", "runs/after-paraphrase-*", "--baseline", "runs/direct-*"),
        ),
        Step(
            says="Begins a board that ranks systems on exactly these cells.",
            command=(
                "leaderboard",
                "new",
                "tour",
                "--title",
                "Tour",
                "--like",
                "runs/direct-*",
                "--baseline",
                "Direct",
            ),
        ),
        Step(
            says="Puts the baseline on it: its record and statistics are copied, no weights and no texts.",
            command=("leaderboard", "add", "runs/direct-*", "--name", "Direct", "--no-build"),
        ),
        Step(
            says="Puts the other set beside it, and writes the board's table.",
            command=("leaderboard", "add", "runs/after-paraphrase-*", "--name", "After paraphrases"),
        ),
        Step(
            says="Checks the board from its stored files alone: every score is made again, every file compared byte by byte.",
            command=("leaderboard", "verify", "tour"),
        ),
    ),
    next=(
        "Next: read leaderboards/tour.md there; evaluate a checkpoint of your own on the same tasks with\n"
        "  xharness eval YOUR_CHECKPOINT --suite mini\n"
        "and on the real benchmark with --suite xtreme (data: docs/data.md). How both sets came to be:\n"
        "  xharness show checkpoints/after-paraphrase"
    ),
)
"""Trainings that last a minute show how things are done, not which way to train is better."""
