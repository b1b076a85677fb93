"""What `xharness data verify` says about a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from xharness_xtreme import udpos_files
from xharness_xtreme.verify import verify

if TYPE_CHECKING:
    from pathlib import Path

    from xharness import Finding


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _by_place(folder: Path, labels: Path | None = None) -> dict[str, Finding]:
    return {finding.place: finding for finding in verify(folder, labels)}


def test_an_empty_folder_is_missing_everything(tmp_path: Path) -> None:
    """Each test cell, each dev cell and the training data are reported as missing, by file name."""
    findings = _by_place(tmp_path)
    assert {finding.status for finding in findings.values()} == {"missing"}
    assert sum(place.endswith(" test") for place in findings) == 162
    assert findings["xnli/sw test"].message == "xnli/test-sw.tsv: not there."
    assert findings["bucc2018/ru test"].message == "bucc2018/ru-en.test.ru and bucc2018/ru-en.test.en: not there."


def test_sizes_and_gold_are_told_apart(tmp_path: Path) -> None:
    """Data of the right size without gold, of another size, and broken data are three different findings."""
    _written(tmp_path / "pawsx/test-de.tsv", "a\tb\n" * 2000)
    _written(tmp_path / "pawsx/test-en.tsv", "a\tb\n" * 1999)
    _written(tmp_path / "pawsx/test-fr.tsv", "a\tb\nc\n")
    _written(tmp_path / "labels/pawsx/test-en.tsv", "0\n" * 1999)
    findings = _by_place(tmp_path, tmp_path / "labels")
    assert (findings["pawsx/de test"].status, findings["pawsx/de test"].message) == (
        "ok",
        "2,000 rows, as in the benchmark.",
    )
    assert findings["pawsx/de test gold"].status == "missing"
    assert "can be predicted, not scored" in findings["pawsx/de test gold"].message
    assert findings["pawsx/en test"].status == "differs"
    assert findings["pawsx/en test"].message == "1,999 rows where the benchmark has 2,000."
    assert findings["pawsx/en test gold"].message == "gold for all 1,999 rows."
    assert findings["pawsx/fr test"].status == "broken"
    assert "line 2: 1 column where 2" in findings["pawsx/fr test"].message


def test_broken_gold_is_not_broken_data(tmp_path: Path) -> None:
    """Gold that does not fit is reported on the gold's line; the data stay as they are."""
    _written(tmp_path / "pawsx/test-de.tsv", "a\tb\n" * 2000)
    _written(tmp_path / "labels/pawsx/test-de.tsv", "0\n" * 7)
    findings = _by_place(tmp_path, tmp_path / "labels")
    assert findings["pawsx/de test"].status == "ok"
    assert findings["pawsx/de test gold"].status == "broken"
    assert "2,000 rows but 7 lines of gold" in findings["pawsx/de test gold"].message


def test_udpos_tokens_are_compared_by_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens of the right number that are not the official ones differ; the official ones are confirmed."""
    text = "\n\n".join(["a b".replace(" ", "\n")] * 55)
    tokens = text.replace("b", "b\nc\nd\ne\nf") + "\n"
    path = _written(tmp_path / "udpos/test-tl.tsv", tokens)
    assert _by_place(tmp_path)["udpos/tl test"].status == "differs"
    short = "\n\n".join(["\n".join("abcde")] * 54 + ["\n".join("abcdefghijklmnopqrstuv")]) + "\n"
    path.write_text(short, encoding="utf-8")
    finding = _by_place(tmp_path)["udpos/tl test"]
    assert finding.status == "differs"
    assert "not the official ones: SHA-256" in finding.message
    sentences = [block.split("\n") for block in short.strip("\n").split("\n\n")]
    monkeypatch.setitem(udpos_files.TOKEN_SHA256, "tl", udpos_files.token_sha256(sentences))  # type: ignore[arg-type]
    finding = _by_place(tmp_path)["udpos/tl test"]
    assert (finding.status, "Every token is the official one" in finding.message) == ("ok", True)


@pytest.mark.slow
@pytest.mark.shared
def test_the_real_copies_are_what_they_are_known_to_be(shared: Path) -> None:
    """On the real data nothing differs and nothing is broken; what is missing is exactly what the copies lack."""
    data = shared / "data"
    findings = verify(data / "xtreme", data / "xtreme-labels")
    assert {finding.status for finding in findings} == {"ok", "missing"}
    missing = {finding.place for finding in findings if finding.status == "missing"}
    without_gold = {place for place in missing if place.endswith("gold")}
    assert "udpos/de test gold" in without_gold
    assert len(without_gold) == 1 + 33
    train = {"xnli/en train", "pawsx/en train", "xquad/en train", "mlqa/en train"}
    assert train <= missing
    assert len(missing - without_gold - train) == 7 + 4 + 3 + 1  # MLQA test, BUCC test and dev, PAN-X th dev
    official = [finding for finding in findings if "official one (SHA-256)" in finding.message]
    assert len(official) == 29
