"""`xharness show CHECKPOINT`: how a checkpoint came to be, oldest first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from xharness_finetune.origin import provenance
from xharness_finetune.origin.chain import describe

from .tiny_provenance import child_of, dev, encoder_after, part, trained, write_part

if TYPE_CHECKING:
    from pathlib import Path

OLD: dict[str, Any] = {
    "schema": 1,
    "made_from": {"phase": "target", "parent": "ab" * 32, "task": "xnli", "language": "en", "examples": 1200, "seed": 42},
    "parent_name": "tiny-xlmr",
    "steps": 75,
    "dev": {"metric": "accuracy", "value": 0.75, "n": 400},
}  # fmt: skip


@pytest.fixture
def stilts(tmp_path: Path) -> Path:
    """A set after MNLI: encoder, xnli with a mark, pawsx that collapsed."""
    encoder = encoder_after("mnli", dev=dev(0.8))
    folder = tmp_path / "after-mnli"
    write_part(folder / "encoder", encoder)
    mark = "same data twice: 100.0 % of xnli's training examples were already in mnli's"
    parent = child_of(encoder)
    write_part(folder / "xnli", trained("target", part("xnli"), parent=parent, head="xnli", marks=(mark,)))
    low = dev(0.34, collapsed=True)
    write_part(folder / "pawsx", trained("target", part("pawsx"), parent=parent, head="pawsx", dev=low))
    return folder


def test_a_set_shows_its_common_chain_once(stilts: Path) -> None:
    """Public encoder, intermediate task, then a line for each head with data, seed, seconds and score against chance."""
    text = describe(stilts)
    assert text is not None
    lines = text.splitlines()
    assert lines[0] == "after-mnli: a checkpoint set of 3 parts, oldest first"
    assert [line for line in lines if line[:2] in {"1.", "2.", "3."}] == [
        "1. start: tiny-xlmr (abababababab)",
        "2. intermediate: encoder  mnli 1,200 examples (en), 75 steps, seed 42, 61 s, "
        "dev accuracy 80.0 % (n 400, chance 33.3)",
    ]
    xnli = next(line for line in lines if line.startswith("   xnli"))
    assert xnli.endswith("xnli 1,200 examples (en), 75 steps, seed 42, 61 s, dev accuracy 75.0 % (n 400, chance 33.3)")
    assert lines[lines.index(xnli) + 1].strip().startswith("! same data twice: 100.0 %")
    assert next(line for line in lines if line.startswith("   pawsx")).endswith("COLLAPSED")
    assert any("encoder" in line and "retrieval" in line for line in lines)
    assert lines[-1].startswith("Made with: recipe stilts-mnli, xharness ")


def test_heads_of_other_origin_stand_apart(stilts: Path) -> None:
    """A head from another parent gets a chain of its own."""
    write_part(stilts / "panx", trained("target", part("panx"), head="panx"))
    text = describe(stilts)
    assert text is not None
    groups = text.split("\n\n")
    (panx,) = [group for group in groups if "panx" in group]
    assert "mnli" not in panx
    assert "start: tiny-xlmr" in panx
    (xnli,) = [group for group in groups if "   xnli" in group]
    assert "pawsx" in xnli


def test_a_head_shows_its_chain_from_the_oldest_parent_down(stilts: Path) -> None:
    """One head's folder gives parents, then itself, then what was seen."""
    text = describe(stilts / "xnli")
    assert text is not None
    places = [text.index(words) for words in ("start: tiny-xlmr", "intermediate: encoder  mnli", "   xnli  xnli 1,200")]
    assert places == sorted(places)
    assert "labelled data seen: en: mnli, xnli" in text
    assert "   ! same data twice" in text


def test_several_tasks_and_text_show_their_shares(tmp_path: Path) -> None:
    """A multi-task phase names each task with its share of the batches, and the languages of unlabelled text."""
    record = trained("intermediate", part("mnli"), part("qqp")).record()
    record["made_from"]["text"] = {"sha256": "00"}
    record["training"]["weights"] = {"mnli": 0.5, "qqp": 0.25, "mlm": 0.25}
    record["data"] = {"mlm": {"rows": {"de": 10, "sw": 20}}}
    folder = write_part(tmp_path / "head", trained("target", part("xnli"), parent=child_of(encoder_after("x"))))
    provenance.write(folder, {**record, "parent": None})
    child = trained("target", part("xnli"), head="xnli").record()
    child["parent"] = {"name": "encoder", "identity": "cd", "provenance": record}
    provenance.write(folder, child)
    text = describe(folder)
    assert text is not None
    assert "mnli 1,200 examples (en) in 50.0 % of the batches + qqp 1,200 examples (en) in 25.0 %" in text
    assert "unlabelled text (de, sw) in 25.0 % of the batches" in text


def test_a_selection_is_told(tmp_path: Path) -> None:
    """Among what a part was chosen, by what, and what the score is worth without the choice."""
    chosen = {"chosen": "mnli", "criterion": "accuracy", "candidates": {"mnli": 0.8, "qqp": 0.7}, "nested": 0.775}
    write_part(tmp_path / "xnli", trained("target", part("xnli"), head="xnli", selection=chosen))
    text = describe(tmp_path / "xnli")
    assert text is not None
    assert "! chosen: mnli, by accuracy in % of mnli 80.0, qqp 70.0; 77.5 where the choice has not seen it" in text


def test_what_is_unknown_is_none(tmp_path: Path) -> None:
    """Folders without a record, files and nothing at all are not described; a half-made part is none."""
    (tmp_path / "plain").mkdir()
    (tmp_path / "file").write_text("x", encoding="utf-8")
    write_part(tmp_path / "set" / ".xnli.partial", encoder_after("mnli"))
    for name in ("plain", "file", "absent", "set"):
        assert describe(tmp_path / name) is None


def test_an_older_form_is_shown_in_short(tmp_path: Path) -> None:
    """A head that schema 1 describes shows start, task, seed and score; so does a chain that ends in one."""
    write_part(tmp_path / "set" / "xnli", OLD)
    text = describe(tmp_path / "set")
    assert text is not None
    assert "1. start: tiny-xlmr (abababababab)" in text
    assert "xnli 1,200 examples (en), 75 steps, seed 42, dev accuracy 75.0 % (n 400) (form 1)" in text
    newer = trained("target", part("panx"), head="panx").record()
    newer["parent"] = {"name": "xnli", "identity": "00", "provenance": OLD}
    write_part(tmp_path / "panx", newer)
    text = describe(tmp_path / "panx")
    assert text is not None
    assert text.splitlines()[1] == "1. start: tiny-xlmr (abababababab)"
    assert text.splitlines()[2].startswith("2. target: xnli  xnli 1,200 examples")


def test_damaged_and_newer_records_are_named(tmp_path: Path) -> None:
    """A record that cannot be read does not hide the others."""
    write_part(tmp_path / "xnli", encoder_after("mnli"))
    write_part(tmp_path / "pawsx", {"schema": 9})
    (tmp_path / "udpos").mkdir()
    (tmp_path / "udpos" / provenance.FILE).write_text("{", encoding="utf-8")
    text = describe(tmp_path)
    assert text is not None
    assert "udpos" in text
    assert "cannot be read (JSONDecodeError" in text
    assert "made by another version of xharness (form 9)" in text
    assert "mnli 1,200 examples" in text


def _everywhere(value: Any, foreign: Any) -> list[Any]:
    """Every variant of a JSON value in which one part of it is replaced by something foreign."""
    if isinstance(value, dict):
        return [foreign] + [
            {**value, key: changed} for key, one in value.items() for changed in _everywhere(one, foreign)
        ]
    if isinstance(value, list):
        return [foreign] + [
            [*value[:index], changed, *value[index + 1 :]]
            for index, one in enumerate(value)
            for changed in _everywhere(one, foreign)
        ]
    return [foreign]


@pytest.mark.parametrize("foreign", [None, "text", 10**400, -1.5, True, [], {}, [[3]], {"a": {"b": 1}}])
def test_no_foreign_value_breaks_the_display(tmp_path: Path, foreign: Any) -> None:
    """Whatever stands in the place of any value of a record, the text comes out."""
    chosen = {"chosen": "mnli", "candidates": {"mnli": 0.8}, "nested": 0.7}
    parent = child_of(encoder_after("mnli"))
    record = trained("target", part("xnli"), parent=parent, head="xnli", selection=chosen, marks=("m",)).record()
    record["environment"] = {"packages": {"xharness": "1"}, "code": {"commit": "abc"}}
    for variant in _everywhere(record, foreign):
        if not isinstance(variant, dict):
            continue
        folder = tmp_path / "set" / "xnli"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / provenance.FILE).write_text(json.dumps(variant), encoding="utf-8")
        assert describe(folder)
        assert describe(folder.parent)


def test_no_control_character_reaches_the_terminal(tmp_path: Path) -> None:
    """Escape sequences, line ends and direction marks in a record are shown as text."""
    evil = "a\x1b[2Jb\nc\u202ed\x07"
    record = trained("target", part(evil), head=evil, marks=(evil,), recipe={"name": evil}).record()
    record["parent"]["name"] = evil
    write_part(tmp_path / "xnli", record)
    text = describe(tmp_path / "xnli")
    assert text is not None
    assert "a\\x1b[2Jb\\nc\\u202ed\\x07" in text
    assert all(character.isprintable() or character == "\n" for character in text)
