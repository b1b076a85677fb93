"""`xharness train` turns an encoder into checkpoint sets by recipes, keeps what is whole, and says how it came to be."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tiny_xtreme import sentence, write_xtreme

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

RELATIONS = ("contradiction", "entailment", "neutral")
FEW = ("--set", "target.max_steps=2", "--set", "target.max_examples=16")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    """A folder with a made-up `xtreme` and a made-up MNLI in `train`."""
    root = tmp_path_factory.mktemp("tiny")
    write_xtreme(root)
    rng = random.Random(3)
    for name, rows in (("train", 24), ("dev_matched", 8), ("dev_mismatched", 8)):
        lines = [
            json.dumps(
                {
                    "gold_label": RELATIONS[row % 3],
                    "pairID": f"{name}-{row}",
                    "promptID": f"{name}-{row}",
                    "sentence1": sentence(rng),
                    "sentence2": sentence(rng),
                }
            )
            for row in range(rows)
        ]
        file = root / "train" / "mnli" / f"multinli_1.0_{name}.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root


@pytest.fixture
def train(xharness_command, tiny, bert_encoder):
    """Calls `xharness train` with the tiny encoder, the made-up data and few steps; arguments follow the recipes."""
    return lambda *arguments: xharness_command(
        "train", *arguments, "--encoder", bert_encoder, "--data", tiny / "xtreme", "--device", "cpu", *FEW
    )


def weights(folder: Path) -> dict[str, str]:
    """The SHA-256 of every weight file below a folder."""
    found = sorted(folder.rglob("*.safetensors"))
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def test_one_set_is_made_kept_shown_and_guarded(train, xharness_command, tmp_path):
    """The set is made once, kept by the same command, told by `show`, and refused to another recipe."""
    out = tmp_path / "set"
    first = train("direct", "--tasks", "xnli,tatoeba", "--out", out)
    assert first.returncode == 0, first.stderr
    assert {path.name for path in out.iterdir() if not path.name.startswith(".")} == {"xnli", "encoder"}
    rows = {line.split()[0]: line.split() for line in first.stdout.splitlines() if line.strip()}
    assert rows["xnli"][-1] == "new"
    assert f"xharness eval {out}" in first.stdout
    made = weights(out)
    again = train("direct", "--tasks", "xnli,tatoeba", "--out", out)
    assert again.returncode == 0, again.stderr
    rows = {line.split()[0]: line.split() for line in again.stdout.splitlines() if line.strip()}
    assert (rows["xnli"][-1], rows["encoder"][-1]) == ("kept", "kept")
    assert weights(out) == made
    told = xharness_command("show", out)
    assert told.returncode == 0, told.stderr
    assert "xnli" in told.stdout
    other = train("direct", "--tasks", "xnli", "--out", out, "--set", "target.xnli.batch_size=3")
    assert other.returncode in {1, 2}
    assert "batch_size" in other.stderr
    assert weights(out) == made


def test_grid_trains_all_and_lists_all(train, tiny, tmp_path):
    """Recipes × seeds give as many sets and rows; the intermediate training is shared; a second call keeps all."""
    arguments = ("direct", "stilts-mnli", "--grid", "--seed", 1, "--seed", 2, "--tasks", "xnli", "--out", tmp_path)
    more = ("--train-data", tiny / "train")
    first = train(*arguments, *more)
    assert first.returncode == 0, first.stderr
    rows = list(csv.DictReader(io.StringIO((tmp_path / "grid.csv").read_text(encoding="utf-8"))))
    sets = {row["set"] for row in rows}
    assert len(sets) == 4
    assert {row["seed"] for row in rows} == {"1", "2"}
    assert all(0 <= float(row["value"]) <= 1 for row in rows if row["head"] == "xnli")
    for name in sets:
        assert (tmp_path / name / "xnli" / "config.json").is_file()
        assert name in first.stdout
    again = train(*arguments, *more)
    assert again.returncode == 0, again.stderr
    stored = json.loads((tmp_path / "grid.json").read_text(encoding="utf-8"))
    assert [one["status"] for one in stored["sets"]] == ["kept"] * 4


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["dirct"], 2, ["no recipe called 'dirct'", "Did you mean direct"]),
        (["nothing.toml"], 2, ["no recipe file nothing.toml"]),
        (["direct", "--seed", "1", "--seed", "2"], 2, ["2 checkpoint sets", "--grid"]),
        (["direct", "--set", "target.xnly.epochs=1"], 2, ["target.xnly", "xnli"]),
        (["direct", "--set", "target.epoch=1"], 2, ["target.epoch", "epochs"]),
        (["direct", "--tasks", "xnly"], 2, ["'xnly'", "Did you mean xnli"]),
        (["stilts-mnli", "--train-data", "/nothing"], 1, ["--train-data /nothing", "no such folder"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_bad_requests_are_refused_before_training(train, tmp_path, arguments, code, words):
    """Used wrongly, the command says what is wrong and what exists, and writes nothing."""
    done = train(*arguments, "--out", tmp_path / "set")
    assert done.returncode == code, done.stderr
    for word in words:
        assert word in done.stderr
    assert not (tmp_path / "set").exists()


def test_absent_training_data_stop_everything(train, tiny, tmp_path):
    """An intermediate task whose files are not there is named with what was expected, before anything is trained."""
    done = train("stilts-qqp", "--tasks", "xnli", "--train-data", tiny / "train", "--out", tmp_path / "set")
    assert done.returncode == 1
    assert "qqp" in done.stderr
    assert "train.tsv" in done.stderr
    assert not weights(tmp_path)


def test_absent_data_of_a_late_recipe_stop_the_grid(train, tiny, tmp_path):
    """A grid whose second recipe lacks its data trains nothing, whatever comes first."""
    done = train(
        "direct", "stilts-qqp", "--grid", "--tasks", "xnli", "--train-data", tiny / "train", "--out", tmp_path / "grid"
    )
    assert done.returncode == 1
    assert "stilts-qqp: " in done.stderr
    assert "train.tsv" in done.stderr
    assert not (tmp_path / "grid").exists()


def test_broken_recipe_names_file_and_field(train, tmp_path):
    """A recipe with a misspelt field is refused with file, field and near match."""
    file = tmp_path / "mine.toml"
    file.write_text("[target]\nlearning_rat = 1e-5\n", encoding="utf-8")
    done = train(file, "--tasks", "xnli", "--out", tmp_path / "set")
    assert done.returncode == 2, done.stderr
    for word in ("mine.toml", "learning_rat", "learning_rate"):
        assert word in done.stderr


def test_printed_recipe_is_a_recipe(xharness_command, train, tmp_path):
    """What `xharness recipes NAME` prints, saved to a file, trains the very set that NAME trains."""
    file = tmp_path / "direct.toml"
    file.write_text(xharness_command("recipes", "direct").stdout, encoding="utf-8")
    for recipe, name in (("direct", "named"), (file, "filed")):
        done = train(recipe, "--tasks", "xnli", "--out", tmp_path / name)
        assert done.returncode == 0, done.stderr
    assert weights(tmp_path / "named") == weights(tmp_path / "filed") != {}


def test_module_is_the_command(tmp_path):
    """`python -m xharness`, which `accelerate launch -m` starts, is the same command with the same exit codes."""
    command = [sys.executable, "-m", "xharness", "train", "direct", "--out", str(tmp_path / "set")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "names no encoder" in done.stderr
