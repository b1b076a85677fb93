"""Jobs for a network of width 16 that take a second, and a command that trains one: `python tiny_jobs.py WORK OUT OPTIONS`."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from xharness_finetune.engine.jobs import Job, Part
from xharness_finetune.recipes.settings import RunSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch
    from transformers import PreTrainedModel
    from xharness_finetune.rows.features import Row

VOCABULARY = 40


class TinyRows:
    """Rows of random subwords; the class of a row is whether its first subword is in the upper half."""

    def __init__(self, n: int, *, seed: int) -> None:
        generator = np.random.default_rng(seed)
        self.lengths = generator.integers(3, 12, size=n).tolist()
        self._ids = [generator.integers(4, VOCABULARY, size=length).tolist() for length in self.lengths]

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, index: int) -> Row:
        ids = self._ids[index]
        return {"input_ids": ids, "labels": int(ids[0] >= VOCABULARY // 2)}


def collate(rows: Sequence[Row], number: int, *, hides: float = 0.05) -> dict[str, torch.Tensor]:
    """Pads, and hides every subword with probability `hides`, drawn from the batch's number."""
    import torch

    width = max(len(row["input_ids"]) for row in rows)
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for index, row in enumerate(rows):
        ids[index, : len(row["input_ids"])] = torch.tensor(row["input_ids"])
        mask[index, : len(row["input_ids"])] = 1
    hidden = np.random.default_rng([5, number]).random(ids.shape) < hides
    ids[torch.from_numpy(hidden) & (mask == 1)] = 1
    return {"input_ids": ids, "attention_mask": mask, "labels": torch.tensor([row["labels"] for row in rows])}


def networks(count: int, *, dropout: float = 0.1) -> list[PreTrainedModel]:
    """Returns random networks with `count` heads on one encoder; the same each time."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    config = BertConfig(
        vocab_size=VOCABULARY,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=16,
        num_labels=2,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        made = [BertForSequenceClassification(config) for _ in range(count)]
    for network in made[1:]:
        setattr(network, network.base_model_prefix, made[0].base_model)
    return made


def tiny_job(
    work: Path,
    *,
    parts: int = 1,
    steps: int = 12,
    run: dict[str, Any] | None = None,
    calm: bool = False,
    **changes: Any,
) -> Job:
    """Returns a job of `parts` tasks on one encoder: a, b, …, drawn as 3 : 1 : 1 …; if `calm` without any randomness."""
    import torch

    work.mkdir(parents=True, exist_ok=True)
    weights = np.array([3.0, *[1.0] * (parts - 1)])
    made = tuple(
        Part(
            name="abcd"[index],
            network=network,
            rows=TinyRows(30 + 10 * index, seed=index),
            collate=partial(collate, hides=0.0) if calm else collate,
            batch_size=4 + index,
            weight=float(weights[index] / weights.sum()),
        )
        for index, network in enumerate(networks(parts, dropout=0.0 if calm else 0.1))
    )
    settings = RunSettings(**{"learning_rate": 5e-3, "checkpoint_every": 4, **(run or {})})
    given: dict[str, Any] = {"name": "tiny", "seed": 11, "device": torch.device("cpu"), "report": _quiet, **changes}
    return Job(parts=made, run=settings, steps=steps, work=work, **given)


def weights_of(job: Job) -> bytes:
    """Returns the bytes of all weights of all parts."""
    import safetensors.torch

    named = {
        f"{part.name}.{name}": value.detach().clone()
        for part in job.parts
        for name, value in part.network.state_dict().items()
    }
    return safetensors.torch.save(named)


def accuracy(job_of: Callable[[], Job]) -> Callable[[], float]:
    """Returns a development score of the job's first part: the share of other rows that it gets right."""
    rows = TinyRows(24, seed=99)

    def score() -> float:
        import torch

        batch = collate([rows[index] for index in range(len(rows))], 0)
        labels = batch.pop("labels")
        with torch.no_grad():
            logits = job_of().parts[0].network(**batch).logits
        return float((logits.argmax(-1) == labels).double().mean())

    return score


def _quiet(_: str) -> None:
    """Says nothing."""


def main() -> None:
    """Trains the job that the arguments ask for and writes its weights to OUT (under a launcher OUT.RANK)."""
    import json

    import torch
    from xharness_finetune.engine.trainer import fit

    torch.set_num_threads(1)
    work, out, options = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    job = tiny_job(work, report=lambda line: print(line, flush=True), **options)
    fit(job)
    rank = os.environ.get("RANK")
    (out if rank is None else out.with_suffix(f".{rank}")).write_bytes(weights_of(job))


if __name__ == "__main__":
    main()
