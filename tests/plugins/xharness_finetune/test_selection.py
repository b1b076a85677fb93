"""The best intermediate task per target: chosen on development data, logged, nested, assembled."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
import xharness
from xharness_finetune.origin import provenance
from xharness_finetune.selection import assemble, choose

from .tiny_provenance import child_of, dev, encoder_after, part, trained, write_part

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def write_candidate(folder: Path, task: str, scores: Mapping[str, Mapping[str, Any]]) -> Path:
    """A set after one intermediate task: an encoder, and a head for each development record."""
    encoder = encoder_after(task)
    write_part(folder / "encoder", encoder, weights=f"{task} encoder")
    for head, score in scores.items():
        record = trained("target", part(head), parent=child_of(encoder), head=head, dev=score)
        write_part(folder / head, record, weights=f"{task} {head}")
    return folder


@pytest.fixture
def candidates(tmp_path: Path) -> dict[str, Path]:
    """Three sets with the heads xnli and panx."""
    values = {
        "mnli": {"xnli": dev(0.80, (0.82, 0.78)), "panx": dev(0.50, (0.50, 0.50))},
        "qqp": {"xnli": dev(0.79, (0.76, 0.82)), "panx": dev(0.60, (0.58, 0.62))},
        "ccg": {"xnli": dev(0.33, (0.34, 0.32), collapsed=True), "panx": dev(0.60, (0.61, 0.59))},
    }
    return {task: write_candidate(tmp_path / task, task, scores) for task, scores in values.items()}


def test_the_best_development_score_is_chosen(candidates: dict[str, Path]) -> None:
    """Each head comes from its best candidate, the first of equal ones; collapsed candidates are listed, not dropped."""
    by_head = {choice.head: choice for choice in choose(candidates)}
    assert {head: choice.chosen for head, choice in by_head.items()} == {
        "xnli": "mnli",
        "panx": "qqp",
        "encoder": "qqp",
    }
    xnli = by_head["xnli"]
    assert xnli.values == {"mnli": 0.80, "qqp": 0.79, "ccg": 0.33}
    assert xnli.collapsed == ("ccg",)
    assert (xnli.criterion, xnli.language, xnli.n, xnli.data) == ("accuracy", "en", 400, "dev0")


def test_the_nested_estimate_never_reads_what_it_chose_by(candidates: dict[str, Path]) -> None:
    """Chosen on the even examples and read on the odd ones, and the other way round: hand-computed."""
    by_head = {choice.head: choice for choice in choose(candidates)}
    assert by_head["xnli"].nested == pytest.approx((0.78 + 0.76) / 2)  # even chooses mnli, odd chooses qqp
    assert by_head["panx"].nested == pytest.approx((0.59 + 0.58) / 2)  # even chooses ccg, odd chooses qqp


def test_the_encoder_is_chosen_by_the_mean_over_heads(candidates: dict[str, Path]) -> None:
    """Retrieval has no English development data of its own: the best mean over the trained heads decides."""
    (encoder,) = [choice for choice in choose(candidates) if choice.head == "encoder"]
    assert encoder.values == pytest.approx({"mnli": 0.65, "qqp": 0.695, "ccg": 0.465})
    assert encoder.chosen == "qqp"
    assert encoder.n == 800
    assert encoder.nested == pytest.approx(
        (0.72 + 0.67) / 2
    )  # both halves choose qqp: 0.72 on the odd, 0.67 on the even
    assert "mean of panx accuracy, xnli accuracy" in encoder.criterion


def test_a_choice_without_difference_is_worth_its_score(tmp_path: Path) -> None:
    """Where all candidates are the same, the nested estimate is the score itself; without halves there is none."""
    same = {name: write_candidate(tmp_path / name, name, {"xnli": dev(0.7, (0.6, 0.8))}) for name in ("a", "b")}
    (_, xnli) = choose(same)
    assert xnli.nested == pytest.approx(0.7)
    bare = {"c": write_candidate(tmp_path / "c", "c", {"xnli": dev(0.7, halves=[])})}
    assert choose(bare, ["xnli"])[0].nested is None


def test_a_candidate_without_development_score_is_an_error(candidates: dict[str, Path]) -> None:
    """No candidate is dropped in silence: those without a score are named, with the reason."""
    provenance.write(candidates["qqp"] / "xnli", trained("target", part("xnli"), dev={"missing": "no dev split"}))
    with pytest.raises(xharness.RunError, match=r"xnli: .*no development score: qqp \(no dev split\)"):
        choose(candidates)
    assert [choice.chosen for choice in choose(candidates, ["panx"])] == ["qqp"]


@pytest.mark.parametrize("change", [{"n": 399}, {"metric": "f1"}, {"data": "dev1"}, {"language": "de"}])
def test_scores_on_other_data_are_not_compared(candidates: dict[str, Path], change: dict[str, Any]) -> None:
    """Candidates scored on other examples, in another language or by another metric are refused by name."""
    provenance.write(candidates["ccg"] / "panx", trained("target", part("panx"), dev=dev(0.9, **change)))
    with pytest.raises(xharness.RunError, match=r"panx: .*different development data.*: ccg"):
        choose(candidates)


@pytest.mark.parametrize("value", [1e300, 10**400, -0.1, 1.1, True, "0.5", None])
def test_a_score_that_is_no_fraction_is_none(candidates: dict[str, Path], value: object) -> None:
    """A damaged score never wins."""
    record = trained("target", part("xnli")).record()
    record["dev"]["value"] = value
    provenance.write(candidates["mnli"] / "xnli", record)
    with pytest.raises(xharness.RunError, match="no development score: mnli"):
        choose(candidates)


def test_candidates_must_have_the_same_heads(candidates: dict[str, Path]) -> None:
    """A head that only some candidates have is an error that names who lacks it; so is nothing to choose among."""
    shutil.rmtree(candidates["ccg"] / "panx")
    with pytest.raises(xharness.RunError, match="ccg lacks panx"):
        choose(candidates)
    with pytest.raises(xharness.UsageError, match="nothing to select among"):
        choose({})
    with pytest.raises(xharness.UsageError, match="without a trained head"):
        choose(candidates, ["encoder"])
    with pytest.raises(xharness.UsageError, match="no name of a head"):
        choose(candidates, ["../xnli"])


def test_the_chosen_parts_make_one_set(candidates: dict[str, Path], tmp_path: Path) -> None:
    """The set has the chosen weights; each record says among what it was chosen, by what, and is marked."""
    lines: list[str] = []
    out = assemble(choose(candidates), candidates, tmp_path / "best", recipe={"name": "best"}, report=lines.append)
    weights = {path.parent.name: path.read_text(encoding="utf-8") for path in out.glob("*/model.safetensors")}
    assert weights == {"xnli": "mnli xnli", "panx": "qqp panx", "encoder": "qqp encoder"}
    record, source = provenance.read(out / "xnli"), provenance.read(candidates["mnli"] / "xnli")
    assert record is not None
    assert source is not None
    assert record["selection"]["candidates"] == {"mnli": 0.80, "qqp": 0.79, "ccg": 0.33}
    assert record["selection"]["nested"] == pytest.approx(0.77)
    assert record["selection"]["chosen"] == "mnli"
    assert record["marks"] == ["selected on English development data among 3 intermediate tasks"]
    assert record["recipe"] == {"name": "best"}
    assert record["made_from"] == source["made_from"]
    assert "selection" not in source
    assert sorted(path.name for path in out.iterdir()) == ["encoder", "panx", "xnli"]
    (told,) = [line for line in lines if line.startswith("xnli")]
    assert "mnli chosen by accuracy" in told
    assert "ccg 33.0 (collapsed)" in told
    assert "77.0 where the choice has not seen it" in told


def test_the_same_choice_again_keeps_what_is_whole(candidates: dict[str, Path], tmp_path: Path) -> None:
    """A second call copies nothing; another choice is refused and named."""
    choices = choose(candidates)
    assemble(choices, candidates, tmp_path / "best", report=lambda line: None)
    (tmp_path / "best" / "xnli" / "model.safetensors").write_text("untouched", encoding="utf-8")
    lines: list[str] = []
    assemble(choices, candidates, tmp_path / "best", report=lines.append)
    assert (tmp_path / "best" / "xnli" / "model.safetensors").read_text(encoding="utf-8") == "untouched"
    assert "xnli: already whole in best, kept" in lines
    fewer = {name: candidates[name] for name in ("mnli", "qqp")}
    with pytest.raises(xharness.RunError, match=r"selected otherwise.*candidates\.ccg"):
        assemble(choose(fewer), fewer, tmp_path / "best", report=lambda line: None)


def test_a_copy_is_whole_or_absent(
    candidates: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the disk fails in the middle of a copy, nothing of the part is left, and the message says how to go on."""

    def full(*arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", full)
    with pytest.raises(xharness.RunError, match=r"No space left on device.*nothing of it was left"):
        assemble(choose(candidates), candidates, tmp_path / "best", report=lambda line: None)
    assert list((tmp_path / "best").iterdir()) == []
