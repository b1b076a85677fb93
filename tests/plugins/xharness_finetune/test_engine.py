"""Training a job: same seed same bytes, what is trained, when it stops."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import xharness

from . import tiny_jobs
from .tiny_jobs import TinyRows, accuracy, tiny_job, weights_of

if TYPE_CHECKING:
    from pathlib import Path

TWO = {"parts": 2, "run": {"accumulate": 2}}


@pytest.mark.parametrize("options", [{}, TWO, {"run": {"dtype": "bfloat16", "gradient_checkpointing": True}}])
def test_one_seed_gives_the_same_bytes(tmp_path: Path, options: dict[str, Any]) -> None:
    """Two runs give the same weights and curve; another seed gives others; the global generators are left alone."""
    import torch
    from xharness_finetune.engine.trainer import fit

    torch.manual_seed(0)
    before = torch.random.get_rng_state()
    jobs = [tiny_job(tmp_path / name, **options, seed=seed) for name, seed in (("a", 11), ("b", 11), ("c", 12))]
    trained = [fit(job) for job in jobs]
    first, second, other = (weights_of(job) for job in jobs)
    assert first == second
    assert first != other
    assert trained[0].curve == trained[1].curve
    assert torch.equal(torch.random.get_rng_state(), before)
    assert jobs[0].parts[0].network.dtype == torch.float32
    assert not jobs[0].parts[0].network.training


def test_gradient_checkpointing_changes_no_weight(tmp_path: Path) -> None:
    """Activations that are computed anew are the same ones, dropout included; afterwards the network is as it was."""
    from xharness_finetune.engine.trainer import fit

    plain, frugal = tiny_job(tmp_path / "a"), tiny_job(tmp_path / "b", run={"gradient_checkpointing": True})
    fit(plain)
    fit(frugal)
    assert weights_of(plain) == weights_of(frugal)
    network = frugal.parts[0].network
    assert not any(getattr(module, "gradient_checkpointing", False) for module in network.modules())
    assert network.config.to_dict() == plain.parts[0].network.config.to_dict()


def test_the_parts_train_one_encoder_each_with_its_own_head(tmp_path: Path) -> None:
    """Both heads and the shared encoder move; each part's loss, rows and subwords are noted."""
    from xharness_finetune.engine.trainer import fit

    lines: list[str] = []
    job = tiny_job(tmp_path / "a", parts=2, steps=40, report=lines.append)
    before = [
        {name: value.clone() for name, value in part.network.state_dict().items() if value.is_floating_point()}
        for part in job.parts
    ]
    trained = fit(job)
    first, second = (part.network for part in job.parts)
    assert first.base_model is second.base_model
    for part, old in zip(job.parts, before, strict=True):
        new = part.network.state_dict()
        assert all((new[name] != value).any() for name, value in old.items())
    parts = trained.facts["parts"]
    assert sum(part["batches"] for part in parts.values()) == 40
    assert parts["a"]["batches"] > parts["b"]["batches"] > 0
    assert trained.facts["rows"] == sum(part["rows"] for part in parts.values()) <= 40 * 5
    assert json.loads(json.dumps(trained.facts)) == trained.facts
    assert [step for step, _ in trained.curve][-1] == trained.steps == trained.kept_step == 40
    assert trained.loss == trained.curve[-1][1]
    assert lines[-1].startswith("tiny: step 40 of 40, loss ")
    assert all(text in lines[-1] for text in ("rows/s", "subwords/s", "left", "(a ", ", b "))
    assert len(lines) == 20


def test_the_curve_is_the_mean_loss_since_the_point_before(tmp_path: Path) -> None:
    """Each point is the mean over the batches since the last, whatever the accumulation: here of losses 0, 1, 2, …"""
    from xharness_finetune.engine.trainer import fit

    job = tiny_job(tmp_path / "a", steps=200, run={"accumulate": 2})
    calls = _losses(job.parts[0].network, lambda call, loss: loss * 0 + call)
    trained = fit(job)
    assert calls[0] == 400
    assert trained.curve[:2] == ((2, 1.5), (4, 5.5))
    assert len(trained.curve) == 100


def test_biases_and_layer_norms_do_not_decay_and_frozen_weights_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The optimiser has two groups: with and without weight decay; parameters without gradient are in neither."""
    from xharness_finetune.engine.loop import JobTrainer
    from xharness_finetune.engine.trainer import fit

    seen: dict[str, float] = {}
    plain = JobTrainer.create_optimizer

    def noted(self: Any, model: Any = None) -> Any:
        optimizer = plain(self, model)
        names = {id(value): name for name, value in self.model.named_parameters()}
        for group in optimizer.param_groups:
            seen.update({names[id(value)]: group["weight_decay"] for value in group["params"]})
        return optimizer

    monkeypatch.setattr(JobTrainer, "create_optimizer", noted)
    job = tiny_job(tmp_path / "a", parts=2, steps=2, run={"weight_decay": 0.25})
    frozen = job.parts[0].network.base_model.embeddings.word_embeddings.weight
    frozen.requires_grad_(requires_grad=False)
    before = frozen.clone()
    trained = fit(job)
    assert (frozen == before).all()
    assert trained.facts["trained_parameters"] == trained.facts["parameters"] - frozen.numel()
    assert not any("word_embeddings" in name for name in seen)
    for name, decay in seen.items():
        assert decay == (0.0 if name.endswith("bias") or "LayerNorm" in name else 0.25), name
    assert {0.0, 0.25} == set(seen.values())


def test_early_stopping_ends_and_the_best_weights_are_kept(tmp_path: Path) -> None:
    """After `patience` scores without a better one the training ends, with the weights of the first best score."""
    from xharness_finetune.engine.trainer import fit

    scores = iter([0.5, 0.7, 0.7, 0.6, 0.9])
    stops = tiny_job(
        tmp_path / "a",
        steps=50,
        run={"dev_every": 3, "patience": 2, "keep": "best", "warmup_steps": 0},
        develop=lambda: next(scores),
    )
    trained = fit(stops)
    assert trained.dev_curve == ((3, 0.5), (6, 0.7), (9, 0.7), (12, 0.6))
    assert (trained.steps, trained.kept_step) == (12, 6)
    seen: list[bytes] = []
    watched = tiny_job(tmp_path / "b", steps=50, run={"dev_every": 3, "warmup_steps": 0})
    fit(dataclasses.replace(watched, develop=lambda: seen.append(weights_of(watched)) or 0.0))
    assert weights_of(stops) == seen[1]
    assert len(seen) == 17  # every third step and the last


def test_keeping_the_last_does_not_depend_on_development(tmp_path: Path) -> None:
    """Scoring changes no weight, not even where it draws random numbers."""
    import torch
    from xharness_finetune.engine.trainer import fit

    plain = tiny_job(tmp_path / "a")
    scored = tiny_job(tmp_path / "b", run={"dev_every": 2}, develop=lambda: float(torch.rand(())))
    fit(plain)
    trained = fit(scored)
    assert weights_of(plain) == weights_of(scored)
    assert trained.kept_step == 12


def test_the_network_learns(tmp_path: Path) -> None:
    """A tiny network learns which half the first subword is of, on rows that it has not seen."""
    from xharness_finetune.engine.trainer import fit

    job = tiny_job(tmp_path / "a", steps=300, run={"learning_rate": 1e-2})
    part = dataclasses.replace(job.parts[0], rows=TinyRows(400, seed=7), batch_size=16)
    job = dataclasses.replace(job, parts=(part,))
    fit(job)
    assert accuracy(lambda: job)() > 0.85


def test_a_loss_that_is_not_a_number_stops_at_once_and_says_where(tmp_path: Path) -> None:
    """The error names part, step and learning rate, and the last good checkpoint is kept; changing it is explained."""
    from xharness_finetune.engine.trainer import fit

    job = tiny_job(tmp_path / "work", run={"learning_rate": 0.5, "warmup_steps": 0, "clip": 1e-6})
    calls = _losses(job.parts[0].network, lambda call, loss: loss * (float("nan") if call == 6 else 1))
    with pytest.raises(
        xharness.HarnessError,
        match=r"tiny: the loss of a became NaN or infinite at step 7 of 12, where the learning rate was 0\.25;.*but the "
        r"checkpoint of step 4 in .*work\. .*--set …learning_rate=0\.25.*another --out",
    ):
        fit(job)
    assert calls[0] == 7
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["checkpoint-4"]


def test_weights_that_are_not_finite_are_never_kept(tmp_path: Path) -> None:
    """A weight that overflowed is found before a checkpoint is written, and at the end."""
    import torch
    from xharness_finetune.engine.trainer import fit

    for every, step in ((4, 4), (500, 12)):
        job = tiny_job(tmp_path / str(every), run={"checkpoint_every": every})
        extra = torch.nn.Parameter(torch.tensor(float("inf")))
        job.parts[0].network.register_parameter("extra", extra)
        with pytest.raises(
            xharness.HarnessError, match=rf"a weight became NaN or infinite at step {step} .*no checkpoint"
        ):
            fit(job)


def test_memory_that_runs_out_is_explained(tmp_path: Path) -> None:
    """The error names the settings that take less memory; another RuntimeError passes as it is."""
    import torch
    from xharness_finetune.engine.trainer import fit

    def failing(error: Exception) -> Any:
        def collated(rows: Any, number: int) -> Any:
            raise error

        job = tiny_job(tmp_path / "a")
        return dataclasses.replace(job, parts=(dataclasses.replace(job.parts[0], collate=collated),))

    expected = r"tiny: memory of cpu ran out .*batch_size=2 .*accumulate=2.*gradient_checkpointing=true"
    with pytest.raises(xharness.HarnessError, match=expected):
        fit(failing(torch.OutOfMemoryError("CUDA out of memory")))
    with pytest.raises(xharness.HarnessError, match=expected):
        fit(failing(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.")))
    with pytest.raises(RuntimeError, match="something else"):
        fit(failing(RuntimeError("something else")))


def test_scores_without_development_data_are_refused(tmp_path: Path) -> None:
    """Settings that need development scores are refused where there can be none, before anything is trained."""
    from xharness_finetune.engine.trainer import fit

    with pytest.raises(xharness.UsageError, match="no development data"):
        fit(tiny_job(tmp_path / "a", run={"dev_every": 2}))
    with pytest.raises(xharness.UsageError, match=r"keep = best needs .*dev_every"):
        fit(tiny_job(tmp_path / "a", run={"keep": "best"}))


def test_adapters_are_trained_and_merged(tmp_path: Path) -> None:
    """With LoRA few parameters are trained; in the end the networks are ordinary ones whose weights have moved."""
    from xharness_finetune.engine.trainer import fit

    job = tiny_job(tmp_path / "a", parts=2, run={"lora": {"rank": 2}})
    names = set(job.parts[0].network.state_dict())
    body = job.parts[0].network.base_model
    query, words = body.encoder.layer[0].attention.self.query, body.embeddings.word_embeddings
    before = query.weight.clone(), words.weight.clone()
    trained = fit(job)
    assert set(job.parts[0].network.state_dict()) == names
    assert 0 < trained.facts["adapter_parameters"] < trained.facts["trained_parameters"] < trained.facts["parameters"]
    after = body.encoder.layer[0].attention.self.query.weight
    assert (after != before[0]).any()
    assert (words.weight == before[1]).all()


@pytest.mark.slow
def test_two_processes_train_as_one_does(tmp_path: Path) -> None:
    """Under a launcher a batch is the same rows: two processes end in one and the same weights, those of one process."""
    import safetensors.torch
    import torch
    from xharness_finetune.engine.trainer import fit

    options = {"parts": 2, "run": {"accumulate": 2}, "calm": True}
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    command = [*launcher, tiny_jobs.__file__, str(tmp_path / "work"), str(tmp_path / "out"), json.dumps(options)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    assert done.returncode == 0, done.stderr
    assert sum(line.startswith("tiny: step 12 of") for line in done.stdout.splitlines()) == 1
    job = tiny_job(tmp_path / "alone", **options)
    fit(job)
    assert (tmp_path / "out.0").read_bytes() == (tmp_path / "out.1").read_bytes()
    alone, together = (safetensors.torch.load(data) for data in (weights_of(job), (tmp_path / "out.0").read_bytes()))
    for name, value in alone.items():
        assert torch.allclose(together[name], value, atol=1e-5), name


def _losses(network: Any, change: Any) -> list[int]:
    """Has `change(call, loss)` replace each loss; returns a list that holds the number of calls."""
    calls = [0]

    def hook(_: Any, __: Any, output: Any) -> Any:
        if network.training:
            output["loss"] = change(calls[0], output["loss"])
            calls[0] += 1
        return output

    network.register_forward_hook(hook)
    return calls
