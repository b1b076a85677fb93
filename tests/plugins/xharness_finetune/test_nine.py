"""Each of the nine intermediate tasks from small files in their original form to a whole set, by the recipe of its name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tiny_xtreme import write_xtreme
from xharness_finetune import stage
from xharness_finetune.recipes.builtin import INTERMEDIATE, find_recipe

from .conftest import plugins
from .test_stage import Request, parts, provenance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import xharness

FEW = ("intermediate.max_steps=2", "target.max_steps=1")
RELATIONS = ("entailment", "neutral", "contradiction")
N = 6
DEV = {"anli-plus": 5 * N, "mnli": 2 * N, "ccg": N}
"""Development examples, where they are not N: ANLI+ has three rounds, matched MNLI and SNLI; MNLI has two halves."""
Split = tuple[str, str]


def _lines(records: Sequence[dict[str, Any]]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def _nli(prefix: str) -> str:
    return _lines(
        [
            {
                "gold_label": RELATIONS[i % 3],
                "sentence1": f"the cat {i} runs .",
                "sentence2": f"a dog eats in rome {prefix}",
                "pairID": f"{prefix}{i}",
            }
            for i in range(N)
        ]
    )


def _anli(prefix: str) -> str:
    return _lines(
        [
            {"uid": f"{prefix}{i}", "context": f"the owl {i}", "hypothesis": f"a fox {prefix}", "label": "enc"[i % 3]}
            for i in range(N)
        ]
    )


def _write_mnli(folder: Path) -> None:
    for name in ("train", "dev_matched", "dev_mismatched"):
        _put(folder / "mnli" / f"multinli_1.0_{name}.jsonl", _nli(name))


def _write_anli_plus(folder: Path) -> None:
    _write_mnli(folder)
    for name in ("train", "dev"):
        _put(folder / "snli" / f"snli_1.0_{name}.jsonl", _nli(f"snli {name}"))
        for number in ("R1", "R2", "R3"):
            _put(folder / "anli" / number / f"{name}.jsonl", _anli(f"{number} {name}"))


def _write_qqp(folder: Path) -> None:
    for name in ("train", "dev"):
        rows = "".join(f"{i}\t{2 * i}\t{2 * i + 1}\twhere {name} {i}\twho {i}\t{i % 2}\n" for i in range(N))
        _put(folder / "qqp" / f"{name}.tsv", f"id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n{rows}")


def _write_squad(folder: Path, version: str) -> None:
    for name in ("train", "dev"):
        paragraphs = []
        for i in range(N):
            entry: dict[str, Any] = {"id": f"{name}{i}", "question": "where", "answers": []}
            if version == "v2.0":
                entry["is_impossible"] = i % 2 == 1
            if not entry.get("is_impossible"):
                entry["answers"] = [{"text": "rome", "answer_start": 11}]
            paragraphs.append({"context": f"the cat in rome {name} {i}", "qas": [entry]})
        content = {"version": version, "data": [{"title": "t", "paragraphs": paragraphs}]}
        _put(folder / "squad" / f"{name}-{version}.json", json.dumps(content))


def _write_squad_1(folder: Path) -> None:
    _write_squad(folder, "v1.1")


def _write_squad_2(folder: Path) -> None:
    _write_squad(folder, "v2.0")


def _write_hellaswag(folder: Path) -> None:
    for name in ("train", "val"):
        records = [
            {"ind": i, "ctx": f"the cat {name} {i}", "endings": ["runs", "eats", "sees", "hides"], "label": i % 4}
            for i in range(N)
        ]
        full = [{**record, "source_id": f"wikihow~{record['ind']}"} for record in records]
        _put(folder / "hellaswag" / f"hellaswag_{name}.jsonl", _lines(full))


def _write_ccg(folder: Path) -> None:
    for name in ("train", "dev"):
        _put(folder / "ccg" / f"ccg.{name}", "the|DT|NP/N cat|NN|N runs|VBZ|S\\NP\n" * N)


def _write_cosmosqa(folder: Path) -> None:
    header = "id,context,question,answer0,answer1,answer2,answer3,label\n"
    for name in ("train", "valid"):
        rows = "".join(f'{name}{i},"the cat {i}, small",where ?,rome,paris,london,berlin,{i % 4}\n' for i in range(N))
        _put(folder / "cosmosqa" / f"{name}.csv", header + rows)


def _write_commonsenseqa(folder: Path) -> None:
    for name in ("train", "dev"):
        records = [
            {
                "answerKey": "ABCDE"[i % 5],
                "id": f"{name}{i}",
                "question": {
                    "stem": f"where {i} ?",
                    "choices": [{"label": label, "text": f"in {label}"} for label in "ABCDE"],
                },
            }
            for i in range(N)
        ]
        _put(folder / "commonsenseqa" / f"{name}_rand_split.jsonl", _lines(records))


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")


WRITERS: dict[str, Callable[[Path], None]] = {
    "anli-plus": _write_anli_plus,
    "mnli": _write_mnli,
    "qqp": _write_qqp,
    "squad-v1.1": _write_squad_1,
    "squad-v2.0": _write_squad_2,
    "hellaswag": _write_hellaswag,
    "ccg": _write_ccg,
    "cosmosqa": _write_cosmosqa,
    "commonsenseqa": _write_commonsenseqa,
}


@pytest.fixture(scope="module")
def xtreme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made-up data in XTREME's layout."""
    data, _ = write_xtreme(tmp_path_factory.mktemp("xtreme"))
    return data


@pytest.fixture
def asked(tmp_path: Path, masked_lm: Path, xtreme: Path, request_for: Request) -> Callable[..., xharness.TrainRequest]:
    """Returns a request for XNLI's head, with the files of some intermediate tasks below `--train-data`."""

    def make(*tasks: str) -> xharness.TrainRequest:
        for task in tasks:
            WRITERS[task](tmp_path / "train")
        where = {"data": xtreme, "train_data": tmp_path / "train"}
        return request_for(masked_lm, plugins().tasks["xnli"], settings=FEW, **where)

    return make


def test_all_nine_are_here() -> None:
    """There is a recipe and a writer of files for each of the nine tasks."""
    assert set(WRITERS) == set(INTERMEDIATE)
    assert len(WRITERS) == 9


@pytest.mark.parametrize("task", WRITERS)
def test_each_intermediate_task_makes_a_set(task: str, asked: Callable[..., xharness.TrainRequest]) -> None:
    """`stilts-<task>` reads the original files, trains, scores on their development half, and the head's chain names it."""
    trained = stage.train(find_recipe(f"stilts-{task}"), asked(task))
    assert parts(trained.folder) == ["encoder", "xnli"]
    encoder, head = trained.heads
    assert (encoder.name, encoder.n) == ("encoder", DEV.get(task, N))
    assert encoder.value is not None
    assert 0 <= encoder.value <= 1
    record = provenance(trained.folder / "xnli")
    assert record["parent"]["name"].endswith(f" after {task}")
    before = record["parent"]["provenance"]
    assert [part["task"] for part in before["made_from"]["parts"]] == [task]
    assert (before["made_from"]["phase"], before["training"]["steps"]) == ("intermediate", 2)
    assert before["dev"]["n"] == DEV.get(task, N)
    assert record["seen"]["labelled"] == {"en": sorted([task, "xnli"])}
    assert (head.name, head.n) == ("xnli", 6)


@pytest.mark.parametrize("name", ["stilts-all", "stilts-all+mlm"])
def test_all_nine_at_once_make_a_set(name: str, tmp_path: Path, asked: Callable[..., xharness.TrainRequest]) -> None:
    """One encoder is trained on all nine, each with a head and a score of its own; with `+mlm` on texts as well."""
    request = asked(*WRITERS)
    for language in ("en", "sw"):
        _put(tmp_path / "train" / "mlm" / f"{language}.txt", "the cat runs in rome .\n" * 8)
    trained = stage.train(find_recipe(name), request)
    assert parts(trained.folder) == ["encoder", "xnli"]
    record = provenance(trained.folder / "encoder")
    assert {part["task"] for part in record["made_from"]["parts"]} == set(WRITERS)
    assert set(record["dev"]["tasks"]) == set(WRITERS)
    assert {task: one["n"] for task, one in record["dev"]["tasks"].items()} == {t: DEV.get(t, N) for t in WRITERS}
    assert sum(record["training"]["weights"].values()) == pytest.approx(1)
    with_text = name.endswith("+mlm")
    assert record["training"]["weights"].get("mlm", 0.0) == pytest.approx(0.2 if with_text else 0)
    assert record["seen"]["text"] == (["en", "sw"] if with_text else [])
    assert provenance(trained.folder / "xnli")["parent"]["provenance"]["made_from"] == record["made_from"]
