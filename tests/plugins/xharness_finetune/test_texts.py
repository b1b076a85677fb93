"""Unlabelled texts for a masked language model."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
import xharness
from xharness_finetune.data.texts import load_texts, mlm_task, sample_texts

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Texts in three languages."""
    (tmp_path / "de.txt").write_text("\ufeffeins\n\n zwei \r\ndrei\n", encoding="utf-8")
    (tmp_path / "sw.txt").write_text("moja", encoding="utf-8")
    (tmp_path / "en.txt").write_text("one\ntwo\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("No texts.", encoding="utf-8")
    return tmp_path


def test_every_line_is_a_text(folder: Path) -> None:
    """A text is a line without the white space around it; empty lines and other files are none."""
    assert load_texts(folder) == {"de": ["eins", "zwei", "drei"], "en": ["one", "two"], "sw": ["moja"]}
    assert list(load_texts(folder, ["sw", "de"])) == ["de", "sw"]


def test_missing_and_empty_texts_are_refused(folder: Path, tmp_path: Path) -> None:
    """A language that is not there is named with near matches, an empty or broken file with its name."""
    with pytest.raises(xharness.MissingDataError, match=r"There is no sv\.txt in .*did you mean sw\?.*de, en, sw"):
        load_texts(folder, ["sv"])
    with pytest.raises(xharness.MissingDataError, match=r"There is no \.\./sw\.txt"):
        load_texts(folder, ["../sw"])
    (folder / "fi.txt").write_text("\n \n", encoding="utf-8")
    with pytest.raises(xharness.DataError, match=r"fi\.txt has no text"):
        load_texts(folder)
    (folder / "fi.txt").write_bytes(b"ab\xff")
    with pytest.raises(xharness.DataError, match=r"fi\.txt: byte 2 is not valid UTF-8"):
        load_texts(folder)
    with pytest.raises(xharness.MissingDataError, match=r"is no folder.*intermediate\.mlm\.data"):
        load_texts(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(xharness.MissingDataError, match=r"has no file <language>\.txt"):
        load_texts(tmp_path / "empty")


def test_no_text_comes_again_before_all_have_come() -> None:
    """The texts of a language are drawn without repetition until they are used up, then again in another order."""
    texts = {"de": [f"t{n}" for n in range(40)]}
    sample = sample_texts(texts, 100, alpha=0.3, generator=np.random.default_rng(3))
    drawn = [example.inputs.parts()[0] for example in sample.examples if example.inputs]
    assert sorted(drawn[:40]) == sorted(texts["de"]) == sorted(drawn[40:80])
    assert drawn[:40] != drawn[40:80]
    assert max(Counter(drawn).values()) == 3
    assert sample.passes == {"de": 3}
    assert len({example.id for example in sample.examples}) == 100
    assert {example.gold for example in sample.examples} == {""}


def test_languages_are_drawn_by_alpha() -> None:
    """The share of a language is its smoothed probability, within four standard deviations of a fair draw."""
    texts = {"de": ["x"] * 10_000, "sw": ["y"] * 100}
    n = 4000
    sample = sample_texts(texts, n, alpha=0.5, generator=np.random.default_rng(0))
    expected = 100 / 110
    assert abs(sample.counts["de"] - n * expected) < 4 * (n * expected * (1 - expected)) ** 0.5
    assert sum(sample.counts.values()) == n == len(sample.examples)
    uniform = sample_texts(texts, n, alpha=0, generator=np.random.default_rng(0))
    assert abs(uniform.counts["de"] - n / 2) < 4 * (n / 4) ** 0.5


def test_the_generator_decides_and_the_order_of_languages_does_not() -> None:
    """One seed gives one sample, whatever the order of the languages; another seed gives another."""
    texts = {"de": ["a", "b", "c"], "sw": ["x", "y"]}
    turned = dict(reversed(texts.items()))
    first = sample_texts(texts, 20, alpha=0.3, generator=np.random.default_rng(1))
    assert sample_texts(turned, 20, alpha=0.3, generator=np.random.default_rng(1)) == first
    assert sample_texts(texts, 20, alpha=0.3, generator=np.random.default_rng(2)) != first


def test_the_texts_are_a_task(folder: Path) -> None:
    """The masked language model over a folder is a task whose training data are the texts of each language."""
    task = mlm_task(folder)
    assert (task.name, task.kind, task.languages) == ("mlm", xharness.Kind.MASKED_LM, ("de", "en", "sw"))
    split = task.load(xharness.DataRequest(language="de", split="train"))
    assert [example.inputs for example in split.examples] == [xharness.Text(text=t) for t in ("eins", "zwei", "drei")]
    assert str(folder) not in split.source
