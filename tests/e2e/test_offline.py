"""What `xharness prefetch` fetched from the hub is enough: afterwards a whole evaluation runs where no socket may connect."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import datasets  # noqa: TID253 (these tests write what the hub has)
import pytest
from datasets import Dataset  # noqa: TID253
from tiny_hub import write_repository
from tiny_hub_server import serving

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

COMMIT = "ec5f1f46e9af79639a90684a7a70a956c4998f04"  # of google/xtreme, at which the tasks ask for it
UNUSED = ("optimizer.safetensors", "onnx/config.json", "notes.json")  # what a hub has beside what a loader uses
ELSEWHERE = "http://127.0.0.1:9"  # the discard port: nobody answers
# Every attempt of the interpreter to reach another machine is written down and refused (audit events, PEP 578).
WITHOUT_SOCKETS = """
import os, socket, sys
def refuse(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname") or (
        event in ("socket.connect", "socket.sendto") and arguments[0].family != socket.AF_UNIX
    ):
        with open(os.environ["SOCKETS_LOG"], "a") as log:
            print(event, arguments, file=log)
        raise OSError("no network in this test")
sys.addaudithook(refuse)
"""


def pairs(n: int) -> Dataset:
    """Paraphrases in the hub's columns."""
    first, second = ([f"the {word} dog runs {row}" for row in range(n)] for word in ("big", "small"))
    return Dataset.from_dict({"sentence1": first, "sentence2": second, "label": [str(row % 2) for row in range(n)]})


@pytest.fixture(scope="module")
def place(tmp_path_factory, bert_pawsx) -> Path:
    """A folder with a hub's repositories: PAWS-X in two languages, its English training data, and a checkpoint."""
    datasets.disable_progress_bars()
    root = tmp_path_factory.mktemp("hub")
    tables = {("PAWS-X.de", "test"): pairs(6), ("PAWS-X.en", "test"): pairs(6), ("PAWS-X.en", "train"): pairs(9)}
    write_repository(root / "datasets" / "google" / "xtreme", tables)
    shutil.copytree(bert_pawsx, root / "models" / "org" / "pairs")
    for name in UNUSED:
        path = root / "models" / "org" / "pairs" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"0" * 99)
    return root


@pytest.fixture(scope="module")
def fetched(place, tmp_path_factory, xharness_command) -> dict[str, Any]:
    """What prefetch said, and the home that it filled."""
    home = tmp_path_factory.mktemp("home") / "hf"
    command = ("prefetch", "xtreme", "org/pairs", "--tasks", "pawsx", "--languages", "de,en", "--splits", "train,test")
    with serving(place, {"google/xtreme": COMMIT}) as hub:
        done = xharness_command(*command, "--json", env=hub.environment(home))
        assert done.returncode == 0, done.stderr
        asked = len(hub.asked)
        again = xharness_command(*command, env=hub.environment(home))
        files = [one for one in hub.asked[asked:] if one.startswith("GET ") and "resolve" in one]
    return {"home": home, "document": json.loads(done.stdout), "again": again, "fetched again": files}


@pytest.fixture
def unplugged(fetched, tmp_path) -> dict[str, str]:
    """The environment of a machine with that home, where sockets are refused; `sockets` next to it has the attempts."""
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_SOCKETS, encoding="utf-8")
    return {
        "HF_HOME": str(fetched["home"]),
        "HF_ENDPOINT": ELSEWHERE,
        "HF_HUB_OFFLINE": "0",
        "PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
        "SOCKETS_LOG": str(tmp_path / "sockets"),
    }


def test_everything_is_fetched_and_named(fetched, place):
    """The document has every table with its fingerprint, the checkpoint at its commit, and what to run without network."""
    document = fetched["document"]
    read = {(one["language"], one["split"]): one for one in document["data"]}
    assert set(read) == {("de", "test"), ("en", "test"), ("en", "train")}  # training data in English only
    assert {one["status"] for one in read.values()} == {"ok"}
    assert read["en", "train"]["examples"] == 9
    assert read["de", "test"]["source"].startswith(f"hub google/xtreme@{COMMIT}")
    reference = document["checkpoints"][0]["reference"]
    assert reference.startswith("org/pairs@")
    assert document["commands"] == [f"xharness eval {reference} --suite xtreme --offline"]
    by_name = {one["name"]: one for one in document["repositories"]}
    assert set(by_name) == {"google/xtreme", "org/pairs"}
    assert not any(one["damaged"] or one["unchecked"] for one in by_name.values())
    ours = [
        path for path in (place / "models" / "org" / "pairs").iterdir() if path.is_file() and path.name not in UNUSED
    ]
    assert by_name["org/pairs"]["files"] == len(ours)
    assert by_name["org/pairs"]["size"] == sum(path.stat().st_size for path in ours)


def test_the_same_command_fetches_nothing_twice(fetched):
    """Where all is there the same command only looks, and says in words where it is and how to use it."""
    assert fetched["again"].returncode == 0
    assert fetched["fetched again"] == []
    assert "as the hub states" in fetched["again"].stdout
    assert f"with a copy of {fetched['home']} that HF_HOME names" in fetched["again"].stdout
    assert "\x1b" not in fetched["again"].stdout + fetched["again"].stderr


def test_an_evaluation_needs_no_socket(fetched, unplugged, xharness_command, tmp_path):
    """With `--offline` a small evaluation runs from the caches alone, and nothing tries to connect."""
    reference = fetched["document"]["checkpoints"][0]["reference"]
    words = ("eval", reference, "--tasks", "pawsx", "--languages", "de,en", "--offline", "--out", tmp_path / "runs")
    done = xharness_command(*words, env=unplugged, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "pawsx" in done.stdout
    shown = json.loads(xharness_command("show", tmp_path / "runs", "--json", env=unplugged).stdout)
    assert {(cell["task"], cell["language"]) for cell in shown["cells"]} == {("pawsx", "de"), ("pawsx", "en")}
    assert not (tmp_path / "sockets").exists()


def test_a_training_finds_the_same_files(unplugged, tmp_path):
    """A training without network starts from what was fetched: it asks for no other files than an evaluation."""
    code = "from xharness_finetune.networks.encoder import find_encoder; print(find_encoder('org/pairs').name)"
    environment = {**os.environ, **unplugged, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.stdout.startswith("org/pairs@"), done.stderr
    assert not (tmp_path / "sockets").exists()


def test_the_refusal_is_real(unplugged, xharness_command, tmp_path):
    """The same machine without the switch does try to connect: the log that is empty above would have shown it."""
    done = xharness_command("eval", "org/absent", "--tasks", "pawsx", env=unplugged, cwd=tmp_path)
    assert done.returncode == 1
    assert "socket." in (tmp_path / "sockets").read_text(encoding="utf-8")


@pytest.mark.parametrize("how", ["on the command", "before it", "in the environment"])
def test_a_checkpoint_that_is_not_there_names_prefetch(unplugged, xharness_command, tmp_path, how):
    """An offline machine without the checkpoint asks nobody, and says which command fetches it elsewhere."""
    words = ["eval", "org/absent", "--tasks", "pawsx"]
    words = {"on the command": [*words, "--offline"], "before it": ["--offline", *words]}.get(how, words)
    environment = unplugged | ({"XHARNESS_OFFLINE": "1"} if how == "in the environment" else {})
    done = xharness_command(*words, env=environment, cwd=tmp_path)
    assert done.returncode == 1
    assert "run `xharness prefetch org/absent` where there is one" in done.stderr
    assert not (tmp_path / "sockets").exists()


def test_data_that_are_not_there_have_three_ways(unplugged, xharness_command, bert_pawsx, tmp_path):
    """Without data, the one message explains the hub, the official files, and another machine."""
    nowhere = unplugged | {"HF_HOME": str(tmp_path / "empty")}
    done = xharness_command("eval", bert_pawsx, "--tasks", "pawsx", "--offline", env=nowhere, cwd=tmp_path)
    assert done.returncode == 1
    said = done.stderr[done.stderr.index("Error: ") :]
    assert "There are no data for 7 of the cells asked for of the suite 'xtreme'" in said
    assert "the network is not to be used (offline)" in said
    assert str(tmp_path / "empty" / "hub") in said
    assert [line[:5] for line in said.splitlines()[1:4]] == ["  1. ", "  2. ", "  3. "]
    for part in ("huggingface.co", "--data DIR", "xharness data verify DIR", "xharness prefetch xtreme", "HF_HOME"):
        assert part in said
    assert said.count("PAWS-X") == 1  # the first reason, not seven


def test_what_is_there_can_be_checked_offline(fetched, unplugged, xharness_command, tmp_path):
    """`prefetch --offline` fetches nothing: it checks, and is broken where a byte has changed."""
    home = tmp_path / "copy"
    shutil.copytree(fetched["home"], home, symlinks=True)
    environment = unplugged | {"HF_HOME": str(home)}
    reference = fetched["document"]["checkpoints"][0]["reference"]
    command = ("prefetch", "xtreme", reference, "--tasks", "pawsx", "--languages", "de", "--offline")
    assert xharness_command(*command, env=environment).returncode == 0
    weights = next(home.glob("hub/models--org--pairs/snapshots/*/model.safetensors")).resolve()
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    done = xharness_command(*command, env=environment)
    assert done.returncode == 1
    assert "damaged: model.safetensors" in done.stdout
    assert "Remove the damaged files' repository folder" in done.stdout
    other = xharness_command(*command, "--revision", "a" * 40, env=environment)
    assert other.returncode == 1
    assert f"is in this machine's cache at commit {COMMIT} only, and {'a' * 40} was asked for" in other.stdout
    assert not (tmp_path / "sockets").exists()


def test_unknown_names_are_refused(unplugged, xharness_command):
    """A split that does not exist is used wrongly; so is a task."""
    done = xharness_command("prefetch", "xtreme", "--splits", "tset", "--offline", env=unplugged)
    assert done.returncode == 2
    assert "Did you mean test" in done.stderr
