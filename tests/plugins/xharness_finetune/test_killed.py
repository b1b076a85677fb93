"""A training that is killed, interrupted or changed: the real command, in processes of its own."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tiny_xtreme import sentence, write_xtreme
from xharness.identity import of_file

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.slow

RECIPE = """
[tasks.sense]
kind = "pair_classification"
file = "sense.jsonl"

[intermediate]
tasks = ["sense"]
batch_size = 4
epochs = 60
max_steps = 60
holdout = 0.2
checkpoint_every = 5
mlm = { data = "texts", share = 0.4 }

[target]
batch_size = 4
epochs = 60
max_steps = 60
checkpoint_every = 5
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a recipe of two phases and its data."""
    root = tmp_path_factory.mktemp("killed")
    write_xtreme(root)
    rng = random.Random(5)
    rows = [
        {"first": sentence(rng), "second": sentence(rng), "label": rng.choice(["same", "other"])} for _ in range(40)
    ]
    (root / "sense.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (root / "texts").mkdir()
    (root / "texts" / "de.txt").write_text("".join(sentence(rng) + "\n" for _ in range(60)), encoding="utf-8")
    (root / "mine.toml").write_text(RECIPE, encoding="utf-8")
    return root


class Training:
    """One process of `xharness train`; its progress is read line by line from stderr."""

    def __init__(self, place: Path, encoder: Path, out: Path, *settings: str) -> None:
        command = [Path(sys.executable).with_name("xharness"), "train", place / "mine.toml", "--encoder", encoder]
        command += ["--data", place / "xtreme", "--tasks", "xnli", "--out", out, "--device", "cpu"]
        command += [word for setting in settings for word in ("--set", setting)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
        )

    def until(self, words: str, send: signal.Signals) -> int:
        """Waits for a line that begins with `words`, sends a signal, and returns the exit code."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))
            if line.startswith(words):
                self.process.send_signal(send)
                break
        return self.end()

    def end(self) -> int:
        """Reads the rest and returns the exit code."""
        assert self.process.stderr is not None
        self.lines += self.process.stderr.read().splitlines()
        self.process.stderr.close()
        return self.process.wait()

    def continued(self) -> Sequence[str]:
        """Returns which parts went on from a checkpoint."""
        return [line.partition(":")[0] for line in self.lines if "continues from the checkpoint of step" in line]


def weights(folder: Path) -> dict[str, str]:
    """Returns the SHA-256 of every weight file below a folder."""
    return {path.relative_to(folder).as_posix(): of_file(path) for path in sorted(folder.rglob("*.safetensors"))}


@pytest.fixture(scope="module")
def whole(place: Path, bert_masked_lm: Path) -> dict[str, str]:
    """The weights of a training that nothing interrupts."""
    training = Training(place, bert_masked_lm, place / "whole")
    assert training.end() == 0, training.lines
    made = weights(place / "whole")
    assert set(made) == {"encoder/model.safetensors", "xnli/model.safetensors"}
    return made


def test_killed_in_each_phase_it_ends_with_the_same_bytes(
    place: Path, bert_masked_lm: Path, whole: dict[str, str], tmp_path: Path
) -> None:
    """Kill −9 in the intermediate phase, and again in the head: given again, the command ends with the very same weights."""
    out = tmp_path / "set"
    first = Training(place, bert_masked_lm, out)
    assert first.until("encoder: step 15 ", signal.SIGKILL) == -signal.SIGKILL, first.lines
    assert not (out / "encoder").exists()
    second = Training(place, bert_masked_lm, out)
    assert second.until("xnli: step 15 ", signal.SIGKILL) == -signal.SIGKILL, second.lines
    assert second.continued() == ["encoder"]
    assert (out / "encoder").exists()
    assert not (out / "xnli").exists()
    third = Training(place, bert_masked_lm, out)
    assert third.end() == 0, third.lines
    assert third.continued() == ["xnli"]
    assert "encoder: already whole in set, kept" in third.lines
    assert weights(out) == whole


def test_interrupted_it_says_so_and_refuses_other_settings(
    place: Path, bert_masked_lm: Path, whole: dict[str, str], tmp_path: Path
) -> None:
    """Ctrl-C ends with 130 and a sentence; other settings are refused by name; the same command ends with the same bytes."""
    out = tmp_path / "set"
    stopped = Training(place, bert_masked_lm, out)
    assert stopped.until("encoder: step 15 ", signal.SIGINT) == 130, stopped.lines
    assert stopped.lines[-1] == "Interrupted. Run the same command again to continue where it stopped."
    changed = Training(place, bert_masked_lm, out, "intermediate.learning_rate=2e-5")
    assert changed.end() == 1, changed.lines
    told = " ".join(" ".join(changed.lines).split())
    assert "resuming with changed settings is refused: run.learning_rate was 1e-05, now 2e-05" in told
    again = Training(place, bert_masked_lm, out)
    assert again.end() == 0, again.lines
    assert again.continued() == ["encoder"]
    assert weights(out) == whole
