"""How a part came to be: written whole, read back, compared."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
import xharness
from xharness_finetune.origin import made, provenance
from xharness_finetune.origin.outcome import dev_record, trained_head
from xharness_finetune.origin.provenance import Parent
from xharness_finetune.origin.seen import Seen
from xharness_finetune.recipes.settings import RunSettings, TaskSettings

from .conftest import make_task
from .tiny_provenance import PUBLIC, child_of, dev, encoder_after, part, trained, write_part

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """A part's record holds what decides it, its parent's whole record, and the versions that made it."""
    head = trained("target", part("xnli"), parent=child_of(encoder_after("mnli")), head="xnli", marks=("a mark",))
    provenance.write(tmp_path, head)
    found = provenance.read(tmp_path)
    assert found is not None
    assert found["schema"] == 2
    assert found["made_from"] == head.made_from
    assert found["parent"]["provenance"]["made_from"]["parts"][0]["task"] == "mnli"
    assert found["parent"]["provenance"]["parent"] == {"name": "tiny-xlmr", "identity": "ab" * 32, "provenance": None}
    assert found["seen"] == {"labelled": {"en": ["mnli", "xnli"]}, "text": [], "targets": ["xnli"]}
    assert found["marks"] == ["a mark"]
    assert found["environment"]["packages"]["xharness"] == xharness.__version__
    assert set(found["environment"]["training_packages"]) == {"accelerate", "safetensors"}
    assert "selection" not in found


def test_only_the_newest_record_keeps_its_curve(tmp_path: Path) -> None:
    """A chain's curves do not pile up: a part has its own, its parents have none, and all else of them stays."""
    provenance.write(tmp_path, trained("target", part("xnli"), parent=child_of(encoder_after("mnli")), head="xnli"))
    found = provenance.read(tmp_path)
    assert found is not None
    assert found["training"]["curve"]
    assert found["parent"]["provenance"]["training"] == {"device": "cpu", "seconds": 61.2, "steps": 75}


def test_a_long_chain_keeps_its_newest_records() -> None:
    """However often training goes on from a trained encoder, the record stays bounded."""
    record = encoder_after("mnli")
    for round_ in range(40):
        record = trained("intermediate", part(f"task{round_}"), parent=child_of(record))
    tasks = []
    found = record.record()
    while found is not None:
        tasks.append(found["made_from"]["parts"][0]["task"])
        found = found["parent"]["provenance"]
    assert tasks == [f"task{round_}" for round_ in range(39, 22, -1)]


def test_no_record_is_none_and_a_broken_one_an_error(tmp_path: Path) -> None:
    """A folder without a record is told from one whose record is damaged, which the message names."""
    assert provenance.read(tmp_path) is None
    for text in ('{"schema": 2,', "[1, 2]", "[" * 100_000, '{"a": "\udcff"}'):
        (tmp_path / provenance.FILE).write_bytes(text.encode("utf-8", "surrogateescape"))
        with pytest.raises(xharness.RunError, match=r"provenance\.json .*expected a"):
            provenance.read(tmp_path)


def test_no_odd_value_loses_the_record(tmp_path: Path) -> None:
    """A loss that is not finite, a path or a file name that is no UTF-8 is written as null or text, after hours of training."""
    odd = {
        "loss": float("nan"),
        "facts": {"file": tmp_path, "name": "a\udcff", "pair": (np.int64(1), True), "rate": np.float32(0.5)},
    }
    provenance.write(tmp_path, trained("target", part("xnli"), head="xnli", training=odd))
    found = provenance.read(tmp_path)
    assert found is not None
    assert found["training"] == {
        "loss": None,
        "facts": {"file": str(tmp_path), "name": "a\\udcff", "pair": [1, True], "rate": 0.5},
    }


def test_an_interrupted_write_leaves_the_old_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is never half written: if the disk fails, what was there before is there still, and nothing else."""
    provenance.write(tmp_path, encoder_after("mnli"))

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(xharness.RunError, match="No space"):
        provenance.write(tmp_path, encoder_after("qqp"))
    found = provenance.read(tmp_path)
    assert found is not None
    assert found["made_from"]["parts"][0]["task"] == "mnli"
    assert [path.name for path in tmp_path.iterdir()] == [provenance.FILE]


def test_same_request_is_made_already(tmp_path: Path) -> None:
    """A folder is kept if and only if all that decides the part is equal; the recipe's name decides nothing."""
    record = trained("target", part("xnli"), head="xnli")
    assert not provenance.is_made(tmp_path / "xnli", record.made_from)
    write_part(tmp_path / "xnli", record)
    again = trained("target", part("xnli"), head="xnli", recipe={"name": "another"}, dev=dev(0.1))
    assert provenance.is_made(tmp_path / "xnli", again.made_from)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        (trained("target", part("xnli", settings={"epochs": 3.0}), head="xnli"), "parts.xnli.settings.epochs was 2.0, now 3.0"),
        (trained("target", part("xnli", data="other"), head="xnli"), "parts.xnli.data was d0, now other"),
        (trained("target", part("xnli"), part("mnli"), head="xnli"), "parts.mnli was absent"),
        (trained("target", part("xnli"), parent=Parent(name="other", identity="ef" * 32), head="xnli"), "parent was abab"),
    ],
)  # fmt: skip
def test_another_request_is_refused_with_its_differences(
    tmp_path: Path, changed: provenance.Provenance, named: str
) -> None:
    """A folder made by another request is neither kept nor overwritten, and the message says what differs."""
    write_part(tmp_path / "xnli", trained("target", part("xnli"), head="xnli"))
    with pytest.raises(xharness.RunError, match="was made by another request and is not overwritten") as caught:
        provenance.is_made(tmp_path / "xnli", changed.made_from)
    assert named in str(caught.value)


@pytest.mark.parametrize("content", [None, "{", '{"schema": 1, "made_from": {}}', '{"schema": 2}'])
def test_a_folder_that_does_not_say_how_it_was_made_is_refused(tmp_path: Path, content: str | None) -> None:
    """A folder without a record, or with one that is damaged or of another form, is neither kept nor overwritten."""
    (tmp_path / "xnli").mkdir()
    if content is not None:
        (tmp_path / "xnli" / provenance.FILE).write_text(content, encoding="utf-8")
    with pytest.raises(xharness.RunError, match=r"xnli exists.*(not|nor) overwritten.*--out"):
        provenance.is_made(tmp_path / "xnli", {"phase": "target"})


def test_a_half_made_part_goes_on_with_the_same_settings_only(tmp_path: Path) -> None:
    """A work folder is continued by the request that began it; other settings are refused, and named."""
    work = tmp_path / ".xnli.work"
    assert not provenance.continues(work, {"seed": 42})
    settings = trained("target", part("xnli"), head="xnli").made_from
    provenance.begin(work, settings)
    assert provenance.continues(work, settings)
    changed = trained("target", part("xnli", settings={"epochs": 2.0, "batch_size": 8}), head="xnli").made_from
    with pytest.raises(xharness.RunError, match="resuming with changed settings is refused") as caught:
        provenance.continues(work, changed)
    assert "parts.xnli.settings.batch_size was 32, now 8" in str(caught.value)


def test_a_fresh_record_equals_itself_read_back(tmp_path: Path) -> None:
    """Tuples, paths and floats of the settings compare equal after the way through the file."""
    task = make_task(xharness.Kind.PAIR_CLASSIFICATION, head="xnli")
    settings = TaskSettings(languages=("en", "de"))
    share = made.part_made(task, settings, data="d0", examples=96, dev=None)
    decides = made.target_made("ab" * 32, "xnli", share, run=RunSettings(), seed=1)
    provenance.begin(tmp_path, decides)
    assert provenance.continues(tmp_path, decides)
    assert list(provenance.differences(json.loads(json.dumps(decides)), decides)) == []


def test_a_files_name_decides_nothing_and_many_labels_are_hashed(tmp_path: Path) -> None:
    """The same data under another name are the same part; a label set of 1,363 is recorded by its hash."""
    task = make_task(xharness.Kind.TAGGING, head="ccg", labels=tuple(f"T{number}" for number in range(60)))
    here = made.part_made(task, TaskSettings(file=tmp_path / "a.tsv"), data="d0", examples=9)
    there = made.part_made(task, TaskSettings(file=tmp_path / "b.tsv"), data="d0", examples=9)
    assert here == there
    assert here["labels"]["n"] == 60
    assert len(here["labels"]["sha256"]) == 64
    other = make_task(xharness.Kind.TAGGING, head="ccg", labels=tuple(f"T{number}" for number in range(1, 61)))
    assert made.part_made(other, TaskSettings(), data="d0", examples=9) != here


def test_what_was_seen_accumulates_over_a_chain() -> None:
    """Languages, tasks and targets of the parents count, each once; a foreign record adds nothing."""
    first = Seen().and_labelled("mnli", ("en", "de")).and_text(("sw", "en"))
    second = Seen.of({"seen": first.record()}).and_labelled("xnli", ("en",)).and_target("xnli").and_target("xnli")
    assert second.labelled == {"de": ("mnli",), "en": ("mnli", "xnli")}
    assert second.text == ("en", "sw")
    assert second.targets == ("xnli",)
    assert Seen.of(None) == Seen.of({"seen": 3}) == Seen.of({"seen": {"labelled": [], "text": "en"}}) == Seen()


class _Score:
    metric, value, n, halves = "accuracy", 0.36, 100, (0.3, 0.42)
    scores = {"accuracy": 0.36}  # noqa: RUF012


def test_a_score_is_recorded_with_what_chance_gives() -> None:
    """Chance is the better of the commonest label and the untrained head; a head not above it is called collapsed."""
    record = dev_record(_Score(), majority=0.3, untrained=0.35, source="made up", data="dev0")  # type: ignore[arg-type]
    assert record["chance"] == 0.35
    assert record["collapsed"] is True
    told = trained_head("xnli", {"dev": record, "training": {"seconds": 3}, "marks": ["a mark"]}, kept=False)
    assert told == xharness.TrainedHead(
        name="xnli", seconds=3.0, metric="accuracy", value=0.36, n=100, chance=0.35, collapsed=True, marks=("a mark",)
    )
    without = trained_head("xnli", {"dev": {"missing": "no dev split"}}, kept=True)
    assert (without.value, without.kept) == (None, True)
    assert PUBLIC.provenance is None
