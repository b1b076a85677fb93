"""A training that was cut off goes on to the same bytes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import xharness

from . import tiny_jobs
from .tiny_jobs import accuracy, tiny_job, weights_of

if TYPE_CHECKING:
    from pathlib import Path

BEST = {"dev_every": 3, "keep": "best"}


class CutOff(BaseException):
    """What stands for a kill: nothing of ours catches it."""


def _fit(job: Any) -> Any:
    from xharness_finetune.engine.trainer import fit

    return fit(job)


def _cut_off(job: Any, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trains until `step` steps are done and the next begins."""
    from xharness_finetune.engine.loop import JobTrainer

    plain = JobTrainer.compute_loss

    def cut(self: Any, *given: Any, **named: Any) -> Any:
        if self.state.global_step == step:
            raise CutOff
        return plain(self, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(JobTrainer, "compute_loss", cut)
        with pytest.raises(CutOff):
            _fit(job)


@pytest.mark.parametrize(
    "options",
    [{}, {"parts": 2, "run": {"accumulate": 2}}, {"run": {"lora": {"rank": 2}}}],
    ids=["plain", "two parts, accumulated", "adapters"],
)
def test_a_training_that_was_cut_off_twice_ends_in_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    """Cut off before and after its first checkpoint and once more: weights and all curves are those of one run."""
    whole = tiny_job(tmp_path / "whole", **options)
    expected = _fit(whole)
    for step in (2, 6, 9):
        _cut_off(tiny_job(tmp_path / "work", **options), step, monkeypatch)
    job = tiny_job(tmp_path / "work", **options)
    trained = _fit(job)
    assert weights_of(job) == weights_of(whole)
    assert trained.curve == expected.curve
    assert trained.facts["parts"] == expected.facts["parts"]
    assert trained.resumed_from == (4, 8)
    assert expected.resumed_from == ()


@pytest.mark.parametrize("step", [4, 7, 11])
def test_the_best_weights_survive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """With keep = best the best step, its weights and the development curve are those of one run."""
    jobs: list[Any] = []
    expected = _best(tmp_path / "whole", jobs)
    _cut_off(_scored(tmp_path / "work"), step, monkeypatch)
    trained = _best(tmp_path / "work", jobs)
    assert weights_of(jobs[0]) == weights_of(jobs[1])
    assert trained.dev_curve == expected.dev_curve
    assert trained.kept_step == expected.kept_step == 6
    assert trained.resumed_from == (step // 3 * 3,)


def _scored(work: Path) -> Any:
    """Returns a job whose development score falls with the steps from step 6 on."""
    values = {3: 0.5, 6: 0.8, 9: 0.7, 12: 0.6}

    def score() -> float:
        done = [int(path.name.rpartition("-")[2]) for path in work.iterdir() if path.name.startswith("checkpoint-")]
        return values[max(done, default=0) + 3]

    return tiny_job(work, run=BEST, develop=score)


def _best(work: Path, jobs: list[Any]) -> Any:
    jobs.append(_scored(work))
    return _fit(jobs[-1])


def test_an_early_stop_is_not_forgotten(tmp_path: Path) -> None:
    """Started again after it had ended early, a training does not go on: the same weights come back."""
    scores = [0.5, 0.4, 0.3, 0.9, 0.9]
    first = tiny_job(tmp_path / "work", run={**BEST, "patience": 2}, develop=lambda: scores.pop(0))
    ended = _fit(first)
    again = tiny_job(tmp_path / "work", run={**BEST, "patience": 2}, develop=lambda: scores.pop(0))
    trained = _fit(again)
    assert (ended.steps, ended.kept_step) == (trained.steps, trained.kept_step) == (9, 3)
    assert weights_of(first) == weights_of(again)
    assert len(scores) == 2


@pytest.mark.parametrize("damage", ["no state", "short state", "short weights", "short optimizer", "no notes"])
def test_a_half_written_checkpoint_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    """A checkpoint that is not whole is not resumed from: the one before it is, or the start, to the same bytes."""
    whole = tiny_job(tmp_path / "whole")
    _fit(whole)
    work = tmp_path / "work"
    _cut_off(tiny_job(work), 6, monkeypatch)
    newer = work / "checkpoint-5"
    newer.mkdir()
    for path in (work / "checkpoint-4").iterdir():
        (newer / path.name).write_bytes(path.read_bytes())
    (work / "partial-6").mkdir()
    (work / "partial-6" / "weights.safetensors").write_bytes(b"half")
    name = {"state": "trainer_state.json", "weights": "weights.safetensors", "optimizer": "optimizer.pt"}.get(
        damage.split()[1], "progress.json"
    )
    if damage.startswith("no"):
        (newer / name).unlink()
    else:
        (newer / name).write_bytes((newer / name).read_bytes()[:-40])
    job = tiny_job(work)
    trained = _fit(job)
    assert trained.resumed_from == (4,)
    assert weights_of(job) == weights_of(whole)
    assert {path.name for path in work.iterdir()} == {"checkpoint-8"}


def test_another_jobs_checkpoint_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint whose weights have other names or shapes is not taken for this job's."""
    _cut_off(tiny_job(tmp_path / "work", parts=2), 6, monkeypatch)
    with pytest.raises(xharness.CheckpointError, match=r"not those of this training.*remove .*work"):
        _fit(tiny_job(tmp_path / "work"))


def test_a_checkpoint_that_cannot_be_written_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No space: the error says so, nothing half-written stays, and the training goes on from the checkpoint before."""
    from xharness_finetune.engine import resume

    plain, work = resume.save_weights, tmp_path / "work"

    def full(network: Any, path: Path) -> None:
        if path.parent.name.endswith("-8"):
            path.write_bytes(b"half")
            raise OSError(28, "No space left on device")
        plain(network, path)

    with monkeypatch.context() as patch:
        patch.setattr(resume, "save_weights", full)
        with pytest.raises(xharness.RunError, match=r"tiny: .*No space left.*before it is kept.*same command"):
            _fit(tiny_job(work))
    assert [path.name for path in work.iterdir()] == ["checkpoint-4"]
    whole, job = tiny_job(tmp_path / "whole"), tiny_job(work)
    _fit(whole)
    assert _fit(job).resumed_from == (4,)
    assert weights_of(job) == weights_of(whole)


def test_ctrl_c_passes_through(tmp_path: Path) -> None:
    """An interrupt is not turned into another error, and the last checkpoint stays."""

    def interrupt(line: str) -> None:
        if "step 6 of" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _fit(tiny_job(tmp_path / "work", report=interrupt))
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["checkpoint-4"]


def test_a_killed_process_is_continued_to_the_same_bytes(tmp_path: Path) -> None:
    """Kill −9 in the middle, and the same command again: the bytes are those of a run that was left alone."""
    options = {"parts": 2, "steps": 120, "run": {"accumulate": 2, "checkpoint_every": 7}}
    command = [sys.executable, tiny_jobs.__file__, str(tmp_path / "work"), str(tmp_path / "out"), json.dumps(options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "step 30 of" in line:
                process.kill()
                break
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "out").exists()
    lines: list[str] = []
    whole, job = tiny_job(tmp_path / "whole", **options), tiny_job(tmp_path / "work", **options, report=lines.append)
    _fit(whole)
    _fit(job)
    assert weights_of(job) == weights_of(whole)
    assert lines[0].startswith("tiny: continues from the checkpoint of step ")


def test_a_real_score_is_the_same_after_a_resumption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Development scores of the networks themselves are those of one run."""
    made: list[Any] = []
    curves = []
    for name in ("whole", "work"):
        work = tmp_path / name
        if name == "work":
            made.append(tiny_job(work, run=BEST, develop=accuracy(lambda: made[-1])))
            _cut_off(made[-1], 7, monkeypatch)
        made.append(tiny_job(work, run=BEST, develop=accuracy(lambda: made[-1])))
        curves.append(_fit(made[-1]).dev_curve)
    assert curves[0] == curves[1]
